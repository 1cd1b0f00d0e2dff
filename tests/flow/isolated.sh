#!/bin/sh
# Modules in processes of their own, in a real server: another user who can
# read neither ledger nor keys and holds nothing but its sockets; killed
# between payments, nobody notices; gone with a reload, with the rear unit,
# and with the server.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
RETURN_URL=https://journal.example/return
export RETURN_URL

# Users that every Debian has, as in privsep.sh.
rear=daemon front=nobody module=games
root=no
[ "$(id -u)" -ne 0 ] || root=yes
if [ $root = yes ]; then
	chmod 711 "$TMPDIR"
	mkdir -m 755 "$TMPDIR/bin" "$TMPDIR/bin/modules" "$TMPDIR/pages"
	cp "$TILL_BUILD/tilld" "$TILL_BUILD/tillctl" \
	    "$TILL_BUILD/tests/tools/seize" "$TMPDIR/bin"
	cp "$TILL_BUILD"/modules/*.so "$TILL_BUILD/tests/modules/saboteur.so" \
	    "$TMPDIR/bin/modules"
	cp "$TILL_SRC"/etc/pages/* "$TMPDIR/pages"
	chmod -R go+rX "$TMPDIR/bin" "$TMPDIR/pages"
	CTL="$TMPDIR/bin/tillctl -r $TILL_RUN"
fi

# start MODULE-USER: a server whose units are apart, if we can
start() {
	if [ $root = no ]; then
		till_start
		return
	fi
	[ -e "$TILL_STATE" ] || "$TMPDIR/bin/tillctl" init -d "$TILL_STATE" \
	    -f "$TILL_CONF" >/dev/null || fail "tillctl init"
	: >"$TMPDIR/tilld.out"
	"$TMPDIR/bin/tilld" -f "$TILL_CONF" -d "$TILL_STATE" -r "$TILL_RUN" \
	    -m "$TMPDIR/bin/modules" -p "$TMPDIR/pages" -l 127.0.0.1:0 \
	    --allow-mock --module-user "$1" \
	    >"$TMPDIR/tilld.out" 2>>"$TILL_LOG" &
	TILL_PID=$!
}

# "third" is of no module that comes with till.
{
	cat <<'END'
module  pin     auth_password  cost=1 delay=10ms isolate=process timeout=20s
module  caps    policy_limits  per-ticket="500.00 EUR" per-day="900.00 EUR" isolate=process
module  third   saboteur
module  near    saboteur       isolate=no
module  wallet  settle_wallet  isolate=process
policy  required   caps
policy  required   third
policy  required   near
auth    requisite  pin
settle  route      wallet
settle  refuse     "not handled"
END
	[ $root = no ] || printf 'set rear-user %s\nset front-user %s\n' $rear $front
} >"$TILL_CONF"
chmod 644 "$TILL_CONF"

if [ $root = yes ]; then
	start no-such-user
	wait "$TILL_PID" && fail "it started without a user for hosts"
	TILL_PID=
	grep -q 'there is no user for module hosts' "$TILL_LOG" ||
		fail "it does not say that the user is missing"
fi
start $module
wait_until 60 till_serves || fail "tilld does not serve"
TILL_URL=$(sed -n 1p "$TMPDIR/tilld.out")
export TILL_URL

node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk" >/dev/null
till_customer alice Alice "correct horse" >/dev/null
$CTL topup alice "100.00 EUR" >/dev/null

# pay JTI PASSWORD
pay() {
	JTI=$1 PASSWORD=$2 node - <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL, TMPDIR, RETURN_URL, JTI, PASSWORD } = process.env;
const merchant = new Merchant(TMPDIR, 'press-1', RETURN_URL);
fetch(`${TILL_URL}/v1/orders`, { method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ customer: 'alice',
		ticket: merchant.ticket(TILL_URL, JTI, { amount: '1.00' }),
		answers: { password: PASSWORD } }) })
	.then(async (r) => console.log(r.status, await r.text()));
END
}

# host_pid INSTANCE, and how many there are
host_pid() {
	$CTL status --json |
		tr '{' '\n' | sed -n "s/.*\"instance\": *\"$1\".*\"pid\": *\([0-9]*\).*/\1/p"
}
hosts() {
	pgrep -f '^tilld host [0-9]' | while read -r pid; do
		[ "$(ps -o ppid= -p "$pid" | tr -d ' ')" != "$spawner" ] || echo "$pid"
	done
}

check "a payment" "$(pay first 'correct horse')" '200 *"voucher"*'

pin=$(host_pid pin)
[ "${pin:-0}" -gt 0 ] || fail "no host: $($CTL status --json)"
spawner=$(ps -o ppid= -p "$pin" | tr -d ' ')
check "four are isolated" "$(hosts | wc -l)" 4
check "not the one that is not to be" "$(host_pid near)" ""
rear_pid=$(till_unit_pid rear)
# Nobody but root may look into them.
if [ $root = yes ]; then
	grep -q auth_password "/proc/$rear_pid/maps" &&
		fail "the rear unit has the module, too"
	grep -q saboteur "/proc/$rear_pid/maps" || fail "isolate=no is not kept"
fi

for pid in $(hosts); do
	check "no new privileges" "$(sed -n 's/^NoNewPrivs:\t//p' \
	    "/proc/$pid/status")" 1
	check "no core" "$(sed -n 's/^Max core file size *\([0-9]*\).*/\1/p' \
	    "/proc/$pid/limits")" 0
	check "few files" "$(sed -n 's/^Max open files *\([0-9]*\).*/\1/p' \
	    "/proc/$pid/limits")" 256
	check "its session" "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid"
	[ $root = yes ] || continue
	check "its folder" "$(readlink "/proc/$pid/cwd")" /
	check "its environment" "$(tr '\0' ' ' <"/proc/$pid/environ")" ''
	for fd in "/proc/$pid/fd/"*; do
		case $(readlink "$fd") in
		/dev/null|pipe:*|socket:*|*.so) ;;
		*) fail "it holds $(readlink "$fd")" ;;
		esac
	done
	# Of one that no debugger of its own user may look at; a sanitizer
	# must.
	if [ "${TILL_SANITIZE:-no}" = no ]; then
		check "not dumpable" "$(stat -c %U "/proc/$pid/mem")" root
		check "its program" "$(readlink "/proc/$pid/exe")" \
		    '/memfd:tilld*'
		check "which it cannot read" \
		    "$(stat -L -c '%U %a' "/proc/$pid/exe")" 'root 111'
	fi
	check "its user" "$(sed -n 's/^Uid:\t\([0-9]*\)\t.*/\1/p' \
	    "/proc/$pid/status")" "$(id -u $module)"
	check "its groups" "$(sed -n 's/^Groups:[\t ]*//p' "/proc/$pid/status")" ''
	check "capabilities" "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" \
	    0000000000000000
done
if [ $root = yes ]; then
	for what in ledger keys/current.pem; do
		setpriv --reuid=$module --regid=$module --clear-groups \
		    cat "$TILL_STATE/$what" 2>/dev/null &&
			fail "a host may read $what"
	done
fi

# Killed between payments: the next one finds a new host.
gone() {
	! kill -0 "$1" 2>/dev/null
}
for i in 1 2 3; do
	for name in pin caps third wallet; do
		pid=$(host_pid $name)
		kill -9 "$pid"
		wait_until 20 gone "$pid" || fail "$pid is still there"
	done
	check "payment $i after it" "$(pay "killed-$i" 'correct horse')" \
	    '200 *"voucher"*'
done
check "deaths are counted" "$($CTL status)" \
    '*instance*died*pin*auth_password*serves*'
check "and logged" "$(grep -c '"event":"host.broken".*signal 9' "$TILL_LOG")" 12

# Whoever has taken over a host cannot get hold of another one, not even in the
# moment in which that is started.
if [ $root = yes ] && [ "${TILL_SANITIZE:-no}" = no ]; then
	setpriv --reuid=$module --regid=$module --clear-groups \
	    "$TMPDIR/bin/seize" "$spawner" >"$TMPDIR/seize.out" &
	seize=$!
	at_exit "kill -9 $seize 2>/dev/null"
	i=0
	while [ "$i" -lt 15 ]; do
		i=$((i + 1))
		pid=$(host_pid third)
		kill -9 "$pid"
		wait_until 20 gone "$pid" || fail "$pid is still there"
		check "while they are seized" "$(pay "seized-$i" \
		    'correct horse')" '200 *"voucher"*'
	done
	kill "$seize" 2>/dev/null || :
	wait "$seize" || fail "a host was got hold of: $(cat "$TMPDIR/seize.out")"
fi

# A reload: new hosts, and the old ones end.
before=$(hosts)
$CTL reload >/dev/null || fail "reload"
old_gone() {
	for pid in $before; do
		gone "$pid" || return 1
	done
}
wait_until 20 old_gone || fail "hosts of the old configuration are left"
check "as many as before" "$(hosts | wc -l)" 4
check "a payment after it" "$(pay reloaded 'correct horse')" '200 *"voucher"*'

# The rear unit dies: so do its spawner and its hosts, and all come back.
before="$(hosts) $spawner"
kill -9 "$rear_pid"
wait_until 20 old_gone || fail "hosts outlive the rear unit"
paid_again() {
	case $(pay "$1" 'correct horse') in
	'200 '*voucher*) ;;
	*) return 1 ;;
	esac
}
wait_until 30 paid_again back || fail "it does not come back"

# The spawner dies: the rear unit ends in order, and all come back.
spawner=$(ps -o ppid= -p "$(host_pid pin)" | tr -d ' ')
rear_pid=$(till_unit_pid rear)
before="$(hosts) $rear_pid"
kill -9 "$spawner"
wait_until 30 old_gone || fail "the rear unit goes on without its spawner"
wait_until 30 paid_again "and-back" || fail "it does not come back"

spawner=$(ps -o ppid= -p "$(host_pid pin)" | tr -d ' ')
before="$(hosts) $spawner"
till_stop
old_gone || fail "processes are left behind"

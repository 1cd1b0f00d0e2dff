#!/bin/sh
# reload - 16 customers pay without a pause while the configuration is changed
# again and again, by tillctl and by SIGHUP, to others and to wrong ones.  No
# order fails, is refused or is paid twice; each is decided by one configuration
# alone, also one that began before a change; a wrong one is refused where it was
# asked for; nothing of the old ones is left behind.
# TILL_ROUNDS changes (20, with as many wrong ones); TILL_FLOW=long makes 100.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

case ${TILL_FLOW:-} in
short)	rounds=6 ;;
long)	rounds=100 ;;
*)	rounds=20 ;;
esac
rounds=${TILL_ROUNDS:-$rounds}

# conf LETTER LIMIT: its names end in the letter, but that of the instance which
# keeps the passwords.  Its bank has a thread and a file, so that what is left of
# a generation can be counted.
conf() {
	cat <<END
module  pin         auth_password  max-tries=5 delay=10ms
module  anybody-$1  auth_mock      answer=grant
module  caps-$1     policy_limits  per-ticket="$2 EUR"
module  wallet-$1   settle_wallet  max-balance="100000.00 EUR"
module  bank-$1     settle_mock    async=yes journal=$TMPDIR/bank
policy  required  caps-$1
auth    required  pin        when customer == bob
auth    required  anybody-$1
settle  route     wallet-$1  when amount <= 5.00 EUR
settle  route     bank-$1
settle  refuse    "not handled"
set     conversation-ttl  10s
set     pending-after     20s
END
}

put() {
	conf "$@" >"$TILL_CONF.new"
	mv "$TILL_CONF.new" "$TILL_CONF"
}

put a 20.00
till_start
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/press.pem" >"$TMPDIR/press.jwk"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return
$CTL merchant key press-1 --jwk "$TMPDIR/press.jwk"
$CTL merchant add press-2 --name "Other" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
till_customer bob Bob "correct horse"
$CTL topup alice "50000.00 EUR"
$CTL topup bob "100.00 EUR"

: >"$TMPDIR/journal"
"$TILL_BUILD/tests/tools/steady" "$TILL_URL" press-1 "$TMPDIR/press.pem" \
    alice 16 "$TMPDIR/journal" &
steady=$!
at_exit "kill -9 $steady 2>/dev/null"

rear=$(till_unit_pid rear)
threads() {
	find "/proc/$rear/task" -mindepth 1 -maxdepth 1 | wc -l
}
files() {
	find "/proc/$rear/fd" -mindepth 1 -maxdepth 1 | wc -l
}
lines() {
	wc -l <"$TMPDIR/journal"
}
grown() {
	[ "$(lines)" -gt "$had" ]
}
generation() {
	$CTL status --json | sed -n 's/.*"generation":[ ]*\([0-9]*\).*/\1/p'
}
is_generation() {
	[ "$(generation)" = "$1" ]
}
refused() {
	grep -c '"config.refused"' "$TILL_LOG" || true
}
is_refused() {
	[ "$(refused)" = "$1" ]
}
# more N: so many more payments are made.
more() {
	had=$(($(lines) + $1))
	wait_until 30 grown || fail "nobody pays any more"
}

# change NUMBER: by SIGHUP or by tillctl, in turns.
change() {
	if [ $(($1 / 2 % 2)) -eq 0 ]; then
		out=$($CTL reload 2>&1) || fail "reload: $out"
		check "reload" "$out" "*generation $(($1 + 1)) is at work*"
	else
		kill -HUP "$TILL_PID"
		wait_until 20 is_generation $(($1 + 1)) || fail "SIGHUP $1"
	fi
}

# wrong NUMBER: the same with a file that is refused.
wrong() {
	before=$(generation) had_refused=$(refused)
	cp "$TILL_CONF" "$TMPDIR/good"
	case $(($1 % 3)) in
	0)	echo 'settle route nowhere' ;;
	1)	echo 'module x settle_wallet max-balance=much' ;;
	2)	echo 'module x auth_nobody' ;;
	esac >>"$TILL_CONF"
	if [ $(($1 % 2)) -eq 0 ]; then
		! out=$($CTL reload 2>&1) || fail "a wrong file was taken"
		check "where" "$out" "*till.conf:14:*error:*"
	else
		kill -HUP "$TILL_PID"
		wait_until 20 is_refused $((had_refused + 1)) ||
			fail "a wrong file was not refused"
	fi
	check "the old one serves" "$(generation)" "$before"
	mv "$TMPDIR/good" "$TILL_CONF"
}

more 200
threads=$(threads) files=$(files)
i=0 letter=a
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	case $letter in
	a)	letter=b; put b 10.00 ;;
	b)	letter=a; put a 20.00 ;;
	esac
	if [ "$i" -eq 2 ] || [ "$i" -eq 3 ]; then
		# Bob has begun on what is about to be replaced.
		bob=$(node "$TILL_SRC/tests/flow/reload.js" begin "bob-$i") ||
			fail "bob cannot begin"
		change "$i"
		node "$TILL_SRC/tests/flow/reload.js" end "$bob" ||
			fail "bob cannot go on"
	else
		change "$i"
	fi
	more 50
	wrong "$i"
	more 50
done
kill -TERM "$steady"
wait "$steady" || fail "a payment was never known"

settled() {
	[ "$(threads)" -le "$threads" ] && [ "$(files)" -le "$files" ]
}
# What bob's conversations began with goes when they are forgotten.
wait_until 30 settled ||
	fail "threads: $threads, now $(threads); files: $files, now $(files)"
$CTL register verify >/dev/null || fail "the register does not verify"
register_whole >"$TMPDIR/register.json"
node "$TILL_SRC/tests/flow/reload.js" books "$TMPDIR/register.json" \
    "$TMPDIR/journal" "$TILL_LOG" || fail "the books differ"
check "busy" "$($CTL status --json | grep -o '"busy":[ ]*[0-9]*' | tr -d ' ')" \
    '"busy":0'
check "in flight" "$($CTL status --json | grep -o '"in_flight":[ ]*[0-9]*' |
	tr -d ' ')" '"in_flight":0'
echo "$rounds changes and $rounds wrong files"
till_stop

# shellcheck shell=sh
# lib.sh - what the flow tests share: a real tilld in a scratch folder.
#
#	. "$TILL_SRC/tests/flow/lib.sh"
#	till_start
#	$CTL customer list
#	check "says so" "$(curl -s "$TILL_URL/...")"  '*something*'
#
# till_start [OPTION...]	state and configuration below $TMPDIR, tilld on a
#		free port of loopback with OPTIONs; returns when it serves.
#		A $TMPDIR/till.conf that is already there is used.
#		Sets TILL_URL, TILL_STATE, TILL_RUN, TILL_CONF, TILL_PID, CTL.
# till_stop	end it gracefully; fails if it did not end well
# till_customer CID NAME PASSWORD	add one
# till_unit_pid rear|front	the process id of a unit
# register_whole	all of the register, a line of JSON for each part of it
# fail TEXT...	say why, show the end of the log, end the test
# check WHAT TEXT PATTERN	fail unless TEXT matches the shell pattern
# wait_until SECONDS COMMAND...	poll until it succeeds; 1 if it never does
# at_exit COMMAND	run it when the test ends, the newest first
set -eu
: "${TILL_SRC:?}" "${TILL_BUILD:?}" "${TMPDIR:?}"

umask 077
TILL_PID=
TILL_STATE=$TMPDIR/state
TILL_RUN=$TMPDIR/run
TILL_CONF=$TMPDIR/till.conf
TILL_LOG=$TMPDIR/tilld.log
CTL="$TILL_BUILD/tillctl -r $TILL_RUN"
export TILL_STATE TILL_RUN TILL_CONF CTL

at_exit_commands=
at_exit() {
	at_exit_commands="$*
$at_exit_commands"
}

finish() {
	status=$?
	trap - EXIT
	set +e
	eval "$at_exit_commands"
	if [ -n "$TILL_PID" ] && kill -TERM "$TILL_PID" 2>/dev/null; then
		wait_until 20 till_is_gone || kill -9 "$TILL_PID"
	fi
	if [ "$status" -eq 0 ] && crashes; then
		status=1
	fi
	exit "$status"
}

# A unit that crashed is back before anybody misses it; so is what a sanitizer
# has found.
crashes() {
	[ -e "$TILL_LOG" ] &&
		grep -E -A 30 'ThreadSanitizer: |AddressSanitizer: [hgsud]|runtime error: |"unit\.(died|ended-badly)".*signal (4|7|8|11)"' \
		    "$TILL_LOG" >&2
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# The path of a unix socket has at most 107 octets.
if [ ${#TILL_RUN} -gt 80 ]; then
	TILL_RUN=$(mktemp -d /tmp/till-run.XXXXXX)
	CTL="$TILL_BUILD/tillctl -r $TILL_RUN"
	at_exit "rm -rf '$TILL_RUN'"
fi

till_is_gone() {
	! kill -0 "$TILL_PID" 2>/dev/null
}

fail() {
	echo "FAILED: $*" >&2
	[ ! -e "$TILL_LOG" ] || tail -n 30 "$TILL_LOG" >&2
	exit 1
}

# tillctl lists 100,000 entries at once, and says where to go on.
register_whole() {
	register_from=1
	while [ -n "$register_from" ]; do
		$CTL register list --from "$register_from" --json \
		    >"$TMPDIR/register.part" || fail "register list"
		cat "$TMPDIR/register.part"
		register_from=$(grep -o '"next": *"[0-9]*"' "$TMPDIR/register.part" |
			tr -dc 0-9)
	done
}

check() {
	# shellcheck disable=SC2254 # a pattern is what it is
	case $2 in
	$3)	;;
	*)	fail "$1: got '$2', wanted '$3'" ;;
	esac
}

wait_until() {
	wait_end=$(($(date +%s) + $1))
	shift
	while ! "$@"; do
		[ "$(date +%s)" -lt "$wait_end" ] || return 1
		sleep 0.05
	done
}

# The smallest useful configuration; tests that want another write it first.
till_conf() {
	cat <<'EOF'
module  pin     auth_password   max-tries=5 delay=10ms
module  caps    policy_limits   per-ticket="500.00 EUR"
module  wallet  settle_wallet   max-balance="1000.00 EUR"

policy  required   caps
auth    requisite  pin
settle  route      wallet
settle  refuse     "this amount or currency is not handled"

set     currencies  EUR
set     operator    "Test till"
EOF
}

till_serves() {
	[ -s "$TMPDIR/tilld.out" ] && return 0
	kill -0 "$TILL_PID" 2>/dev/null || fail "tilld did not start"
	return 1
}

# till_tilld OPTION...: start tilld in the background with our folders.
till_tilld() {
	: >"$TMPDIR/tilld.out"
	"$TILL_BUILD/tilld" -f "$TILL_CONF" -d "$TILL_STATE" -r "$TILL_RUN" \
	    -m "$TILL_BUILD/modules" -m "$TILL_BUILD/tests/modules" \
	    -p "$TILL_SRC/etc/pages" -l 127.0.0.1:0 --allow-mock \
	    --no-privsep "$@" >"$TMPDIR/tilld.out" 2>>"$TILL_LOG" &
	TILL_PID=$!
}

till_start() {
	[ -e "$TILL_CONF" ] || till_conf >"$TILL_CONF"
	if [ ! -e "$TILL_STATE" ]; then
		"$TILL_BUILD/tillctl" init -d "$TILL_STATE" -f "$TILL_CONF" --no-privsep \
		    >>"$TILL_LOG" 2>&1 || fail "tillctl init"
	fi
	till_tilld "$@"
	wait_until 60 till_serves || fail "tilld does not serve"
	TILL_URL=$(sed -n 1p "$TMPDIR/tilld.out")
	export TILL_URL TILL_PID
}

till_stop() {
	kill -TERM "$TILL_PID" || fail "tilld is gone"
	till_ended=0
	wait "$TILL_PID" || till_ended=$?
	TILL_PID=
	[ "$till_ended" -eq 0 ] || fail "tilld ended with status $till_ended"
}

till_unit_pid() {
	pgrep -P "$TILL_PID" -f "tilld $1 "
}

till_customer() {
	printf '%s\n' "$3" | $CTL customer add "$1" --name "$2" --password-fd 0
}

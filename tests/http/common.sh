# shellcheck shell=sh
# common.sh - a front unit with a fake rear, for the tests of its edge.
#
#	. "$TILL_SRC/tests/http/common.sh"
#	edge_start [OPTION...]	both are up; OPTIONs are front_unit's.  Sets
#				EDGE_URL, EDGE_HOST, FRONT_PID, REAR_PID,
#				EDGE_ADMIN (the socket of the admin listener)
#	edge_rear		start the fake rear (again)
#	edge_stop		end the front; fails unless it ends well
#	edge_orders		"pays N paid M" of the fake rear
#	ticket JTI [CLAIMS]	a ticket that only the fake rear believes
set -eu
: "${TILL_SRC:?}" "${TILL_BUILD:?}" "${TMPDIR:?}"

FRONT_PID='' REAR_PID=''
EDGE_LINK=$TMPDIR/link EDGE_ADMIN=$TMPDIR/admin
export EDGE_LINK EDGE_ADMIN

edge_finish() {
	status=$?
	trap - EXIT
	for pid in $FRONT_PID $REAR_PID; do
		kill -9 "$pid" 2>/dev/null || :
	done
	[ $status -eq 0 ] || cat "$TMPDIR/front.log" >&2
	exit $status
}
trap edge_finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# poll SECONDS COMMAND...: until it succeeds.
poll() {
	poll_end=$(($(date +%s) + $1))
	shift
	while ! "$@"; do
		[ "$(date +%s)" -lt "$poll_end" ] || return 1
		sleep 0.05
	done
}

edge_linked() {
	curl -s -o "$TMPDIR/ready" --unix-socket "$EDGE_ADMIN" \
	    -w '%{http_code}' http://admin/readyz | grep -q '^200'
}

edge_rear() {
	: >"$TMPDIR/rear.out"
	"$TILL_BUILD/tests/tools/fake_rear" "$EDGE_LINK" "$EDGE_ISSUER" \
	    >"$TMPDIR/rear.out" 2>>"$TMPDIR/front.log" &
	REAR_PID=$!
}

edge_front() {
	: >"$TMPDIR/port"
	"$TILL_BUILD/tests/tools/front_unit" -a "unix:$EDGE_ADMIN" "$@" \
	    "$EDGE_LINK" "$TILL_SRC/etc/pages" >"$TMPDIR/port" \
	    2>>"$TMPDIR/front.log" &
	FRONT_PID=$!
	poll 30 test -s "$TMPDIR/port" || fail "the front unit does not start"
}

edge_start() {
	scheme=http
	case " $* " in *' -c '*) scheme=https ;; esac
	edge_front "$@"
	EDGE_HOST=127.0.0.1:$(cat "$TMPDIR/port")
	EDGE_URL=$scheme://$EDGE_HOST
	EDGE_ISSUER=${EDGE_ISSUER:-$EDGE_URL}
	export EDGE_HOST EDGE_URL EDGE_ISSUER FRONT_PID
	edge_rear
	export REAR_PID
	poll 30 edge_linked || fail "the link does not come up"
}

edge_stop() {
	kill -TERM "$FRONT_PID"
	edge_status=0
	wait "$FRONT_PID" || edge_status=$?
	FRONT_PID=
	[ $edge_status -eq 0 ] || fail "the front ended with $edge_status"
}

edge_orders() {
	edge_lines=$(wc -l <"$TMPDIR/rear.out")
	kill -USR1 "$REAR_PID"
	poll 10 edge_said || fail "the fake rear is silent"
	tail -n 1 "$TMPDIR/rear.out"
}

edge_said() {
	[ "$(wc -l <"$TMPDIR/rear.out")" -gt "$edge_lines" ]
}

ticket() {
	node "$TILL_SRC/tests/http/edge.js" "$1" "$EDGE_ISSUER" "${2:-}"
}

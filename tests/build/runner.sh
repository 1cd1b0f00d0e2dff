#!/bin/sh
# tests/run counts right, shows what failed, kills what hangs or stays behind,
# and takes a skip for a failure in CI.
set -eu
cd "$TMPDIR"
runner=$TILL_SRC/tests/run
mkdir -p src b
export TILL_SRC="$TMPDIR/src" TILL_BUILD="$TMPDIR/b"

fail() {
	echo "runner: $*" >&2
	cat out >&2
	exit 1
}

# run STATUS LAST-LINE TEST...
run() {
	want=$1 last=$2 got=0
	shift 2
	sh "$runner" -t 2 "$@" >out 2>&1 || got=$?
	[ $got -eq "$want" ] || fail "$*: status $got, not $want"
	[ "$(tail -n 1 out)" = "$last" ] || fail "$*: last line is not '$last'"
}


unset CI
echo 'test -d "$TMPDIR" && test -z "$(ls "$TMPDIR")"; touch "$TMPDIR/x"' >src/good.sh
echo 'echo the reason; exit 3' >src/bad.sh
echo 'echo no such peer; exit 77' >src/skip.sh
echo 'trap "" TERM; while :; do sleep 1; done' >src/hang.sh
echo 'setsid sh -c "echo \$\$ >$TILL_BUILD/pid; exec sleep 1000" &
	while ! [ -s "$TILL_BUILD/pid" ]; do sleep 0.01; done' >src/stray.sh
echo 'kill -9 $$' >src/killed.sh

run 0 '1 passed, 0 failed' good.sh
run 1 '1 passed, 1 failed' good.sh bad.sh
grep -q '| the reason' out || fail "the output of a failure is not shown"
run 0 '1 passed, 0 failed, 1 skipped' good.sh skip.sh
grep -q 'skip.*no such peer' out || fail "a skip does not say why"
CI=true run 1 '1 passed, 1 failed' good.sh skip.sh
run 1 '0 passed, 0 failed, 1 skipped' skip.sh
run 1 '1 passed, 1 failed' good.sh hang.sh
run 1 '0 passed, 1 failed' killed.sh
run 1 '0 passed, 1 failed' nothing-there
run 0 '1 passed, 0 failed' stray.sh
# A dead process whose parent does not wait for it may still be listed.
! grep -q '^State:[[:space:]]*[^[:space:]ZX]' "/proc/$(cat b/pid)/status" 2>/dev/null ||
	fail "a process was left running"
got=0
sh "$runner" >out 2>&1 || got=$?
[ $got -ne 0 ] || fail "no test at all is a pass"

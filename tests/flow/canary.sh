#!/bin/sh
# Passwords that were typed, right ones and wrong ones, by a page, by a program
# and by the operator: in no log, no file of the state, no reply and no core, and
# in the memory of the front unit no longer than the request.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

right=zebra-crossing-4711-right wrong=zebra-crossing-4712-wrong
# Whoever starts tilld may allow cores: its units leave none.
# shellcheck disable=SC3045 # where it is not known nothing is allowed
ulimit -c unlimited 2>/dev/null || :
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" \
    --return-url http://127.0.0.1:9/return >/dev/null
$CTL merchant key press-1 --jwk "$TMPDIR/key.jwk" >/dev/null
till_customer alice Alice "$right" >/dev/null
$CTL topup alice "20.00 EUR" >/dev/null

node "$TILL_SRC/tests/flow/canary.js" "$right" "$wrong" >"$TMPDIR/said" ||
	fail "canary.js"
check "what was paid" "$(cat "$TMPDIR/said")" "*page paid*program paid*account shown*"
$CTL customer show alice --json >"$TMPDIR/show.json"
$CTL register list --json >"$TMPDIR/register.json"
$CTL customer statement alice --json >"$TMPDIR/statement.json"

holds() {
	python3 "$TILL_SRC/tests/flow/numbers.py" "$@" -- "$right" "$wrong"
}
# The scan finds what is there.
mkdir "$TMPDIR/here"
printf 'x%s' "$right" | base64 >"$TMPDIR/here/it"
holds "$TMPDIR/here" >/dev/null && fail "the scan finds nothing"
rm -r "$TMPDIR/here"
# The memory of a unit is root's to read, and a sanitizer's has no end.
memory=
if [ "$(id -u)" -eq 0 ] && [ "${TILL_SANITIZE:-no}" = no ]; then
	memory=pid:$(till_unit_pid front)
fi
holds "$TMPDIR" ${memory:+"$memory"} || fail "a password is kept"

serves() {
	$CTL status >/dev/null 2>&1 &&
		curl -sf "$TILL_URL/.well-known/jwks.json" >/dev/null
}
fresh() {
	pid=$(till_unit_pid "$unit") && [ -n "$pid" ] && [ "$pid" != "$old" ]
}
for unit in front rear; do
	old=$(till_unit_pid "$unit")
	grep -q '^Max core file size *0 ' "/proc/$old/limits" ||
		fail "the $unit unit may leave a core"
	kill -KILL "$old"
	wait_until 60 fresh || fail "the $unit unit did not come back"
done
wait_until 60 serves || fail "it does not serve any more"
till_stop
holds "$TMPDIR" || fail "a password is kept after the end"

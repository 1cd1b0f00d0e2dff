#!/bin/sh
# guessing - whoever guesses passwords learns nothing and shuts nobody out.
# TILL_FLOW=long makes 10000 guesses from one address and as many from 1000, and
# holds an honest sign-in during that to two seconds; otherwise 400 and 400.
# TILL_REPORT names a file to which the figures are added.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

case ${TILL_FLOW-} in
long)	GUESSES=10000 KNOWN=200 HONEST_MS=2000 ;;
*)	GUESSES=400 KNOWN=60 HONEST_MS=60000 ;;
esac
export GUESSES KNOWN HONEST_MS
cat >"$TILL_CONF" <<'END'
module  pin      auth_password   max-tries=5 delay=10m
module  patient  auth_password   max-tries=100
module  strict   auth_password   max-tries=5 on-max=suspend
module  wallet   settle_wallet   max-balance="1000.00 EUR"
list    tested   ada ben eve fay
list    locked   carl dora
auth    requisite  pin      when not customer in tested and not customer in locked
auth    requisite  patient  when customer in tested
auth    requisite  strict   when customer in locked
settle  route    wallet
settle  refuse   "not handled"
set     proxies  127.0.0.1
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" \
    --return-url http://127.0.0.1:9/return --jwk "$TMPDIR/key.jwk"
for cid in alice bob gina ada ben carl; do
	case $cid in
	ada|ben) instance=patient ;;
	carl) instance=strict ;;
	*) instance=pin ;;
	esac
	printf 'correct horse\n' | $CTL customer add $cid --name "$cid" \
	    --password-fd 0 --instance $instance >/dev/null
	$CTL topup $cid "50.00 EUR" >/dev/null
done
guess() {
	node "$TILL_SRC/tests/flow/guessing.js" "$@" >>"$TMPDIR/said" || fail "$*"
}

guess alike
guess one
guess many
check "not cancelled" "$($CTL customer show bob)" "*status: *active*"
check "honest people paid" "$($CTL balance alice --json)" '*"46.40"*'
# The operator lifts what is left of it.
guess shut-out bob
$CTL customer resume bob
guess let-in bob

# Nor is it of use to try many names.
guess spray-one
guess spray-many
grep -q '"auth.alert".*"203.0.114.9".*one network' "$TILL_LOG" ||
	fail "no alert for a network"

# suspend is for good, wherever one comes from, until the operator lifts it; and
# a new start tells nobody who is suspended and who is unknown.
guess suspended
guess suspended-alike
till_stop
till_start
guess suspended-alike
$CTL customer resume carl
guess let-in carl
grep -q '"auth.alert".*"customer":"carl"' "$TILL_LOG" || fail "no alert"
$CTL register list --json | grep -q 'customer unlock carl' ||
	fail "the register does not say who lifted it"
! grep -E 'correct horse|wrong horse' "$TILL_LOG" || fail "a password in the log"
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop
[ -z "${TILL_REPORT:-}" ] || {
	echo "Guessing, $GUESSES times"
	cat "$TMPDIR/said"
} >>"$TILL_REPORT"

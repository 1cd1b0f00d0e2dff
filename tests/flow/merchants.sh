#!/bin/sh
# merchants - whoever guesses a merchant's password learns nothing, not even who is
# a merchant; who fails too often waits for the operator; and the customer of the
# same name has nothing to do with it.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

conf() { # SETTINGS: of the module that asks merchants
	cat >"$TILL_CONF" <<END
module  pin      auth_password   $1
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
settle  route    wallet
settle  refuse   "not handled"
set     proxies  127.0.0.1
END
}
conf max-tries=100
till_start
for mid in press paper; do
	$CTL merchant add $mid --name "$mid" >/dev/null
done
printf 'paper and ink\n' | $CTL merchant passwd press --password-fd 0
till_customer press "Peter Ress" "correct horse" >/dev/null

act() {
	node "$TILL_SRC/tests/flow/merchants.js" "$@" || fail "$*"
}
act alike

conf "max-tries=3 on-max=suspend"
$CTL reload >/dev/null
$CTL merchant resume press
act locked
grep -q '"auth.alert".*"merchant":"press"' "$TILL_LOG" || fail "no alert"
grep -q '"auth.alert".*"customer":"press"' "$TILL_LOG" &&
	fail "an alert of the customer"
$CTL merchant resume press
act let-in "paper and ink"
$CTL register list --json | grep -q 'merchant unlock press' ||
	fail "the register does not say who lifted it"
# A new password lifts a lock, too.
act locked
printf 'ink and paper\n' | $CTL merchant passwd press --password-fd 0
act let-in "ink and paper"
if grep -qE 'correct horse|paper and ink|ink and paper' "$TILL_LOG"; then
	fail "a password is in the log"
fi
till_stop

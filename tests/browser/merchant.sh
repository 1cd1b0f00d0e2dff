#!/bin/sh
# A merchant's till in a real browser: signing in, what is shown there, files, and
# what customers and other merchants would like to see of it.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
cat >"$TILL_CONF" <<'END_CONF'
module  pin     auth_password   delay=10ms cost=1
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
settle  route      wallet   when currency == EUR or currency == CHF
settle  refuse     "this currency is not handled"
set     currencies EUR CHF
set     operator   "Harbour Pay"
END_CONF
till_start
till_customer alice "Alice Martin" "correct horse"
$CTL topup alice "100.00 EUR"
$CTL topup alice "100.00 CHF"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
node "$TILL_BUILD/tests/node/browser/merchant.mjs" "$@" || fail "in the browser"
$CTL register verify
if grep -qE 'correct horse|paper and ink' "$TILL_LOG"; then
	fail "a password is in the log"
fi
till_stop

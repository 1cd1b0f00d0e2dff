#!/bin/sh
# A customer's account in a real browser: signing in, what is shown there, stopping
# all payments, and what others would like to do with it.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
cat >"$TILL_CONF" <<END
module  token   auth_token
module  pin     auth_password   delay=10ms
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  token    when customer == robot
auth    requisite  pin
settle  route      wallet   when currency == EUR
settle  refuse     "this currency is not handled"
set     currencies EUR
set     operator   "Harbour Pay"
END
till_start
till_customer alice "Alice Martin" "correct horse"
till_customer bob "Bob Durand" "battery staple"
$CTL topup alice "100.00 EUR"
$CTL topup bob "5.00 EUR"
$CTL customer token alice --create --each "1.00 EUR" --day "5.00 EUR" \
    --label "=1+1 the reader's robot" >/dev/null 2>&1
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
node "$TILL_BUILD/tests/node/browser/account.mjs" "$@" || fail "in the browser"
$CTL register verify
if grep -qE 'correct horse|battery staple' "$TILL_LOG"; then
	fail "a password is in the log"
fi
till_stop

#!/bin/sh
# What a customer lets a merchant have without being asked, in a real browser.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
cat >"$TILL_CONF" <<EOF
module  pin     auth_password   delay=10ms
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
settle  route      wallet   when currency == EUR
settle  refuse     "this currency is not handled"
set     currencies EUR
set     operator   "Harbour Pay"
EOF
till_start
till_customer alice "Alice Martin" "correct horse"
$CTL topup alice "100.00 EUR"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
node "$TILL_BUILD/tests/node/browser/allowance.mjs" "$@" || fail "in the browser"
$CTL register verify
till_stop

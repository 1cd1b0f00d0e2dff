#!/bin/sh
# A page says that its time is nearly over, by a clock of the test's own: of a
# payment request, and of a customer's session.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
cat >"$TILL_CONF" <<END
module  pin     auth_password   delay=10ms
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
settle  route      wallet   when currency == EUR
settle  refuse     "this currency is not handled"
set     currencies EUR
set     operator   "Harbour Pay"
END
till_start
till_customer alice "Alice Martin" "correct horse"
$CTL topup alice "100.00 EUR"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url https://press.example/return --jwk "$TMPDIR/key.jwk"
node "$TILL_BUILD/tests/node/browser/announce.mjs" "$@" || fail "in the browser"
till_stop

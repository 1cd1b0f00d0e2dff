#!/bin/sh
# refunded - whoever may ask what became of a ticket is told how much of it was
# given back: the merchant, the customer, and the receipt page.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "100.00 EUR" >/dev/null
node "$TILL_SRC/tests/flow/refunded.js" || fail "refunded.js"
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"

#!/bin/sh
# Purchases in a browser and by programs, against the real server.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
RETURN_URL=https://journal.example/return
export RETURN_URL
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Le Journal S.A." --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk"
till_customer alice "Alice Martin" sesame-street-1
till_customer bob "Bob Lenoir" sesame-street-2
$CTL topup bob "10.00 EUR"
$CTL topup alice "200.00 EUR"
node "$TILL_SRC/tests/flow/pages.js"
$CTL register verify
if grep -q 'sesame-street-1' "$TILL_LOG"; then fail "a password is in the log"; fi
till_stop

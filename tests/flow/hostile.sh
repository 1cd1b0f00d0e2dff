#!/bin/sh
# hostile - what merchants and customers are called, and what is sold, may be any
# text: it is shown as it is, written in one line of the log, or refused where
# it comes from.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<'END'
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    required  anybody
settle  route     wallet
settle  refuse    "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
cp "$TMPDIR/key.pem" "$TMPDIR/press.pem"
$CTL merchant add press --name "Example Press" \
    --return-url "https://shop.example/r" --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "100.00 EUR" >/dev/null
node "$TILL_SRC/tests/flow/hostile.js" || fail "a hostile text"
till_stop

#!/bin/sh
# factors - a program answers several factors, and several questions of one of
# them, over the API: all in one request, or step by step.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<'END'
module  pin      auth_password   max-tries=5 delay=10ms
module  pair     auth_pair
module  mock     auth_mock       ask=yes
module  twin     auth_mock       ask=yes expect=other
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    required  pin
auth    required  pair   when amount > 1.00 EUR
auth    required  mock   when amount > 1.00 EUR
auth    required  twin   when amount > 2.00 EUR
settle  route     wallet
settle  refuse    "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "50.00 EUR"
node "$TILL_SRC/tests/flow/factors.js" || fail "the factors"
check "paid" "$($CTL balance alice --json)" '*"36.20"*'
# Replies are for nobody else: not in the log, not in the ledger.
! grep -E 'sesame|correct horse' "$TILL_LOG" || fail "a secret is in the log"
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

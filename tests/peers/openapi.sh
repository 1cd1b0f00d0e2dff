#!/bin/sh
# openapi - doc/openapi.yaml is sound, and the running server does what it says:
# each answer there is has been given, and none that is not there.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<END
module  pin     auth_password
module  wallet  settle_wallet  max-balance="1000.00 EUR"
module  slow    settle_mock    answer=unknown journal=$TMPDIR/slow
auth    required  pin
settle  route     slow    when amount == 33.00 EUR
settle  route     wallet
settle  refuse    "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "100.00 EUR" >/dev/null
rear=$(till_unit_pid rear)
at_exit "kill -CONT $rear 2>/dev/null"
export REAR="$rear"
node "$TILL_BUILD/tests/node/peers/openapi.mjs" || fail "see above"

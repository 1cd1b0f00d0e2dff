#!/bin/sh
# Many connections at once over HTTP: one ticket by 64 of them is paid once,
# and 100 tickets on a wallet that holds the money of 50 pay exactly 50.
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
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
till_customer bob Bob "correct horse"
$CTL topup alice "50.00 EUR"
$CTL topup bob "50.00 EUR"

payments() {
	$CTL register list --customer "$1" --json | grep -o '"payment"' | wc -l
}

node "$TILL_SRC/tests/flow/parallel.js" one || fail "one ticket"
check "alice paid once" "$(payments alice)" 1
check "alice was debited once" "$($CTL balance alice --json)" '*"48.80"*'

node "$TILL_SRC/tests/flow/parallel.js" many || fail "many tickets"
check "bob paid fifty times" "$(payments bob)" 50
check "bob has nothing left" "$($CTL balance bob --json)" '*"0.00"*'

verified=$($CTL register verify) || fail "the register does not verify"
check "the sum of all accounts" "$verified" "*is whole*EUR *0.00 EUR*"
till_stop

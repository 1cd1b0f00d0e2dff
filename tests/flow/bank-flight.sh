#!/bin/sh
# 500 purchases under way at once on one connection to a bank that answers none
# of them yet: payments from wallets go through, and when the bank answers all
# are paid.  What that costs the wallet payments is measured by "make bench".
# TILL_FLOW=short makes 100.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
# shellcheck source=tests/bank/lib.sh
. "$TILL_SRC/tests/bank/lib.sh"

case ${TILL_FLOW:-} in
short)	FLIGHT=100 WALLET=50 ;;
*)	FLIGHT=500 WALLET=500 ;;
esac
export FLIGHT WALLET
card=4000001234567899

cat >"$TMPDIR/script" <<END
account $card 978 100000000
when mti=0200 do hold
END
bank_start
bank_link >"$TMPDIR/link" <<END
response=240s
END
cat >"$TILL_CONF" <<END
module  anybody  auth_mock      answer=grant
module  wallet   settle_wallet  max-balance="1000.00 EUR"
module  bank     settle_bank    link=$TMPDIR/link state=$TMPDIR/books timeout=5m
auth    required  anybody
settle  route     wallet  when amount < 1.00 EUR
settle  route     bank
settle  refuse    "not handled"
set     pending-after  0s
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
till_customer bob Bob "correct horse"
$CTL topup bob "900.00 EUR"
bank_customer alice $card
wait_until 60 bank_is_up || fail "the link is down: $($CTL bank status)"

node "$TILL_SRC/tests/flow/bank-flight.js" held || fail "the flight"
check "payments" "$($CTL register list --json | grep -o '"kind":[ ]*"payment"' |
	wc -l)" $((FLIGHT + WALLET))
check "the card" "$(bank_ctl dump | grep '"account":1,"name"')" \
    "*\"balance\":$((100000000 - FLIGHT * 10000)),*"
check "what is owed" "$($CTL bank reversals --all)" ''
verified=$($CTL register verify) || fail "the register does not verify"
check "the register" "$verified" '*is whole*EUR *0.00 EUR*'
till_stop

#!/bin/sh
# What customers do, and what others would like to do to them, in a real browser
# against the real server, its bank, the shop of ours and one of nobody's.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899
mkdir -m 700 "$TMPDIR/bank" "$TMPDIR/books" "$TMPDIR/shop"

# The bank answers a payment of 70.00 when it is told to.
cat >"$TMPDIR/bank/script" <<END
account $card 978 100000 expiry=2912
when mti=0200 amount=7000 do hold
when mti=0200 amount=5151 do answer=51
END
"$BANK" --script "$TMPDIR/bank/script" --control "$TMPDIR/bank/control" \
    >"$TMPDIR/port" 2>"$TMPDIR/bank.err" &
at_exit "kill $! 2>/dev/null"
wait_until 60 test -s "$TMPDIR/port" || fail "no bank: $(cat "$TMPDIR/bank.err")"
cat >"$TMPDIR/link" <<END
address=127.0.0.1:$(cat "$TMPDIR/port")
tls=no
response=120s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=BREST
country=FR
END
cat >"$TILL_CONF" <<END
module  pin     auth_password   delay=10ms
module  caps    policy_limits   per-ticket="500.00 EUR"
module  wallet  settle_wallet   max-balance="1000.00 EUR"
module  bank    settle_bank     link=$TMPDIR/link state=$TMPDIR/books
module  hook    notify_webhook  allow-private=127.0.0.1
policy  required   caps
auth    requisite  pin
settle  route      wallet   when amount <= 30.00 EUR
settle  route      bank
settle  refuse     "this amount or currency is not handled"
notify  must       hook
set     currencies EUR
set     operator   "Harbour Pay"
END
till_start
bank_is_up() {
	$CTL bank status | grep -q ' up for '
}
wait_until 60 bank_is_up || fail "no link: $($CTL bank status)"

shop=$TMPDIR/shop
cp "$TILL_SRC"/tests/demo/shop/* "$shop"
"$TILL_BUILD/till-shop" --make-key "$shop/press-1.pem" >"$shop/press-1.jwk"
sed -e "s|@LISTEN@|127.0.0.1:0|; s|@STATE@|$shop|; s|@ISSUER@|$TILL_URL|" \
    -e 's|"currency":|"patience": 60, &|' \
    "$shop/catalogue.json.in" >"$shop/catalogue.json"
"$TILL_BUILD/till-shop" -c "$shop/catalogue.json" >"$TMPDIR/shop.out" 2>&1 &
at_exit "kill $! 2>/dev/null"
wait_until 60 grep -q 'is open at' "$TMPDIR/shop.out" || fail "no shop"
SHOP_URL=$(sed -n 's/.*is open at \([^ ]*\) .*/\1/p' "$TMPDIR/shop.out")
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url "$SHOP_URL/return" --jwk "$shop/press-1.jwk"
$CTL merchant webhook press-1 "$SHOP_URL/till-events"
till_customer alice "Alice Martin" "correct horse"
till_customer bob "Bob Durand" "battery staple"
$CTL topup alice "100.00 EUR"
$CTL topup bob "0.20 EUR"
$CTL customer bank alice --card --expiry 2912 --number-fd 3 3<<END
$card
END
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
BANK_CTL="$BANK ctl $TMPDIR/bank/control"
export SHOP_URL BANK_CTL
node "$TILL_BUILD/tests/node/browser/pay.mjs" ||
	{ cat "$TMPDIR/shop.out"; fail "in the browser"; }
$CTL register verify
if grep -qE 'correct horse|battery staple' "$TILL_LOG"; then
	fail "a password is in the log"
fi
till_stop

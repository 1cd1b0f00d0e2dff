#!/bin/sh
# shop-refund - till-shop gives back what a sale was paid with, in parts, and
# delivers until all of it is given back; it hears of refunds that others made.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<'END'
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="1000.00 EUR"
module  hook     notify_webhook  allow-private=127.0.0.1
auth    required  anybody
settle  route     wallet
settle  refuse    "not handled"
notify  must      hook
END
till_start
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/press.pem" >"$TMPDIR/press.jwk"
cat >"$TMPDIR/shop.json" <<END
{ "merchant": "press", "name": "Example Press", "currency": "EUR",
  "listen": "127.0.0.1:0", "patience": 60, "key": "press.pem", "sales": "sales.jsonl",
  "servers": [ { "issuer": "$TILL_URL", "name": "till" } ],
  "articles": [ { "id": "page", "title": "One page", "price": "5.00",
                  "vat": "5.5", "file": "shop.json", "type": "text/plain" } ] }
END
SHOP="$TILL_BUILD/till-shop -c $TMPDIR/shop.json"
$SHOP >"$TMPDIR/shop.out" 2>&1 &
shop=$!
at_exit "kill $shop 2>/dev/null"
wait_until 60 grep -q 'is open at' "$TMPDIR/shop.out" || fail "no shop"
SHOP_URL=$(sed -n 's/.*is open at \([^ ]*\) .*/\1/p' "$TMPDIR/shop.out")
export SHOP_URL
$CTL merchant add press --name "Example Press" --return-url "$SHOP_URL/return" \
    --jwk "$TMPDIR/press.jwk"
$CTL merchant webhook press "$SHOP_URL/till-events"
till_customer alice Alice "correct horse"
$CTL topup alice "100.00 EUR" >/dev/null

# buy: the path of an order, and the cookie of its visitor, in $TMPDIR/$1.
buy() {
	node "$TILL_SRC/tests/flow/shop-refund.js" buy >"$TMPDIR/$1" ||
		fail "no sale: $(cat "$TMPDIR/$1")"
}
# see NAME WHAT: status and text of what is below that order.
see() {
	node "$TILL_SRC/tests/flow/shop-refund.js" see "$TMPDIR/$1" "$2"
}
id() {
	sed -n 's|.*/order/\([^" ]*\).*|\1|p' "$TMPDIR/$1"
}
given() {
	$SHOP --sales | grep "^$(id "$1") " | grep -q " $2\$"
}

buy first
check "it is delivered" "$(see first /file/page)" '200 *'
check "nothing is given back" "$($SHOP --sales)" "*$(id first)*paid*5.00*0.00"
check "a part" "$($SHOP --refund "$(id first)" --amount 2.00 --id r1 \
    --note torn)" "2.00 EUR of $(id first), refund r1: done"
check "the wallet" "$($CTL balance --customer alice)" '*97.00*'
check "what it was for" "$($CTL order show press "$(id first)")" '*torn*'
given first 2.00 || fail "$($SHOP --sales)"
check "a part leaves it delivered" "$(see first /file/page)" '200 *'
check "the page says so" "$(see first '')" '200 *Given back to you: *2.00*'
# The same id is the same refund, and none of another sum.
$SHOP --refund "$(id first)" --amount 2.00 --id r1 >/dev/null
check "once" "$($CTL balance --customer alice)" '*97.00*'
refused() {
	set +e
	out=$($SHOP "$@" 2>&1)
	echo "$? $out"
	set -e
}
check "too much" "$(refused --refund "$(id first)" --amount 3.01)" \
    '65 *more than what is left*'
check "no such order" "$(refused --refund nothing)" '65 *no order*'
check "no amount" "$(refused --refund "$(id first)" --amount 0)" '65 *'
check "an amount of nothing" "$(refused --amount 1.00)" '64 *'
check "the rest" "$($SHOP --refund "$(id first)")" "3.00 EUR of *: done"
given first 5.00 || fail "$($SHOP --sales)"
check "it is delivered no more" "$(see first /file/page)" '403 *'
check "the page says so" "$(see first '')" '200 *was given back*5.00*'
check "nothing is left" "$(refused --refund "$(id first)")" \
    '65 *more than what is left*'

# The till's operator gives it back: the shop hears of it.
buy second
check "it is delivered" "$(see second /file/page)" '200 *'
$CTL refund --id op1 --note 'a complaint' press "$(id second)" >/dev/null
wait_until 60 given second 5.00 || fail "the shop never heard: $($SHOP --sales)"
check "it is delivered no more" "$(see second /file/page)" '403 *'

# No answer: it may have been made, so it is asked for again by the same id.
buy third
check "it is delivered" "$(see third /file/page)" '200 *'
kill -STOP "$TILL_PID"
till_stop_front=$(till_unit_pid front)
kill -9 "$till_stop_front"
check "no answer" "$(refused --refund "$(id third)" --amount 1.00)" '75 *'
given third 0.00 || fail "$($SHOP --sales)"
kill -CONT "$TILL_PID"
check "another sum meanwhile" \
    "$(refused --refund "$(id third)" --amount 2.00)" '65 *not known*'
# Nor does it end when the shop is not heard.
heard() {
	$CTL status >/dev/null 2>&1 && curl -s -o /dev/null "$TILL_URL/"
}
wait_until 60 heard || fail "the front unit did not come back"
$CTL merchant suspend press
check "not heard" "$(refused --refund "$(id third)" --amount 1.00)" \
    '75 *unauthorized*'
check "another sum meanwhile" \
    "$(refused --refund "$(id third)" --amount 2.00)" '65 *not known*'
$CTL merchant resume press
again() {
	$SHOP --refund "$(id third)" --amount 1.00 >"$TMPDIR/again" 2>&1
}
wait_until 60 again || fail "$(cat "$TMPDIR/again")"
given third 1.00 || fail "$($SHOP --sales)"
check "lines of the third" "$(grep -c "\"$(id third)\"" \
    "$TMPDIR/sales.jsonl.refunds")" 2

# Another start knows it, and a line that a crash has torn harms nothing.
kill "$shop"
wait "$shop" || true
printf '{"sale":"torn' >>"$TMPDIR/sales.jsonl.refunds"
given first 5.00 || fail "$($SHOP --sales)"
check "after that" "$($SHOP --refund "$(id third)" --amount 1.50)" \
    "1.50 EUR of *: done"
given third 2.50 || fail "$($SHOP --sales)"
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"
echo "a shop gives back, and delivers what it has not given back"

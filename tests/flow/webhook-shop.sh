#!/bin/sh
# webhook-shop - till-shop delivers to a visitor who has paid, though no voucher
# ever came back: a signed event did.
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
  "articles": [ { "id": "page", "title": "One page", "price": "0.05",
                  "vat": "5.5", "file": "shop.json", "type": "text/plain" } ] }
END
"$TILL_BUILD/till-shop" -c "$TMPDIR/shop.json" >"$TMPDIR/shop.out" 2>&1 &
shop=$!
at_exit "kill $shop 2>/dev/null"
wait_until 20 grep -q 'is open at' "$TMPDIR/shop.out" || fail "no shop"
SHOP_URL=$(sed -n 's/.*is open at \([^ ]*\) .*/\1/p' "$TMPDIR/shop.out")
export SHOP_URL
$CTL merchant add press --name "Example Press" --return-url "$SHOP_URL/return" \
    --jwk "$TMPDIR/press.jwk"
$CTL merchant webhook press "$SHOP_URL/till-events"
till_customer alice Alice "correct horse"
$CTL topup alice "1.00 EUR"
node "$TILL_SRC/tests/flow/webhook-shop.js" ||
	{ cat "$TMPDIR/shop.out"; fail "the visitor"; }
check "what the shop has heard" "$(cat "$TMPDIR/sales.jsonl.events")" \
    "1 $TILL_URL"
check "what the forger was told" "$(cat "$TMPDIR/shop.out")" "*event: *"
till_stop

# shellcheck shell=sh disable=SC2153
# common.sh - for shop-en.sh and shop-fr.sh: every page of till-shop in a real
# browser.  The shop trusts two payment servers, of which one is not there.
. "$TILL_SRC/tests/flow/lib.sh"
shop=$TMPDIR/shop
mkdir -m 700 "$shop"
till_start
cp "$TILL_SRC"/tests/demo/shop/* "$shop"
"$TILL_BUILD/till-shop" --make-key "$shop/press-1.pem" >"$shop/press-1.jwk"
sed -e "s|@LISTEN@|127.0.0.1:0|; s|@STATE@|$shop|; s|@ISSUER@|$TILL_URL|" \
    -e 's|"Harbour Pay" }|&, { "issuer": "http://127.0.0.1:1",\
      "name": "Station Till", "merchant": "papers" }|' \
    "$shop/catalogue.json.in" >"$shop/catalogue.json"
"$TILL_BUILD/till-shop" -c "$shop/catalogue.json" >"$TMPDIR/shop.out" 2>&1 &
at_exit "kill $! 2>/dev/null"
wait_until 60 grep -q 'is open at' "$TMPDIR/shop.out" ||
	fail "no shop: $(cat "$TMPDIR/shop.out")"
SHOP_URL=$(sed -n 's/.*is open at \([^ ]*\) .*/\1/p' "$TMPDIR/shop.out")
export SHOP_URL
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url "$SHOP_URL/return" --jwk "$shop/press-1.jwk"
till_customer alice "Alice Martin" "correct horse"
$CTL topup alice "100.00 EUR"

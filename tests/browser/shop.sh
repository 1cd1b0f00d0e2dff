#!/bin/sh
# Every page of till-shop in both languages, as pages-en.sh and pages-fr.sh look at
# those of the payment server, and hostile texts of merchants, of which
# tests/flow/hostile.sh has the rest: in one browser, at one payment server.  The
# shop trusts a second one that is not there; another shop has nothing but hostile
# texts.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# shop_start NAME CATALOGUE: a shop; its address in $url.
shop_start() {
	"$TILL_BUILD/till-shop" -c "$2" >"$TMPDIR/$1.out" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	wait_until 60 grep -q 'is open at' "$TMPDIR/$1.out" ||
		fail "no shop: $(cat "$TMPDIR/$1.out")"
	url=$(sed -n 's/.* is open at \([^ ]*\) (port .*/\1/p' "$TMPDIR/$1.out")
}

till_start
shop=$TMPDIR/shop
mkdir -m 700 "$shop"
cp "$TILL_SRC"/tests/demo/shop/* "$shop"
"$TILL_BUILD/till-shop" --make-key "$shop/press-1.pem" >"$shop/press-1.jwk"
sed -e "s|@LISTEN@|127.0.0.1:0|; s|@STATE@|$shop|; s|@ISSUER@|$TILL_URL|" \
    -e 's|"Harbour Pay" }|&, { "issuer": "http://127.0.0.1:1",\
      "name": "Station Till", "merchant": "papers" }|' \
    -e 's|"currency":|"patience": 60, &|' \
    "$shop/catalogue.json.in" >"$shop/catalogue.json"
shop_start pages "$shop/catalogue.json"
SHOP_URL=$url
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url "$SHOP_URL/return" --jwk "$shop/press-1.jwk"
till_customer alice "Alice Martin" "correct horse"
$CTL topup alice "200.00 EUR"

node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press --name '<img src=x onerror="window.hostile=1">' \
    --return-url "https://shop.example/r" --jwk "$TMPDIR/key.jwk"
node - >"$TMPDIR/shop.json" <<'END'
const rows = JSON.parse(require('fs').readFileSync(
	`${process.env.TILL_SRC}/tests/vectors/hostile.json`));
console.log(JSON.stringify({ merchant: 'press', name: rows[0].text,
	currency: 'EUR', listen: '127.0.0.1:0', key: 'key.pem',
	sales: 'sales.jsonl',
	servers: rows.slice(2, 5).map(({ text }, i) => ({ name: text,
		issuer: `https://pay${i}.example` })),
	articles: rows.filter(({ ok }) => ok).map(({ text }, i) => ({
		id: `a${i}`, title: text, blurb: text, price: '0.05',
		...(i === 0 ? { place: text } : { file: 'shop.json' }) })) }));
END
shop_start hostile "$TMPDIR/shop.json"
HOSTILE_URL=$url
export SHOP_URL HOSTILE_URL

node "$TILL_BUILD/tests/node/browser/shop.mjs" ||
	{ cat "$TMPDIR/pages.out" "$TMPDIR/hostile.out"; fail "in the browser"; }
till_stop

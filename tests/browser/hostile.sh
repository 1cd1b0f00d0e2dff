#!/bin/sh
# Hostile texts of merchants, in a real browser; tests/flow/hostile.sh has the rest.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
till_start
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
"$TILL_BUILD/till-shop" -c "$TMPDIR/shop.json" >"$TMPDIR/shop.out" 2>&1 &
at_exit "kill $! 2>/dev/null"
wait_until 60 grep -q 'is open at' "$TMPDIR/shop.out" ||
	fail "no shop: $(cat "$TMPDIR/shop.out")"
SHOP_URL=$(sed -n 's/.* is open at \([^ ]*\) (port .*/\1/p' "$TMPDIR/shop.out")
export SHOP_URL
node "$TILL_BUILD/tests/node/browser/hostile.mjs" ||
	{ cat "$TMPDIR/shop.out"; fail "in the browser"; }
till_stop

#!/bin/sh
# What a customer and a merchant are shown of their money: every line, refunds
# with the payments that they are of, and sums that hold.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<END
set     reversal-retry  100ms
module  anybody  auth_mock      answer=grant
module  wallet   settle_wallet  max-balance="1000.00 EUR"
module  card     settle_lossy   isolate=no journal=$TMPDIR/card charge=committed
auth    required  anybody
settle  route     wallet  when amount < 30.00 EUR
settle  route     card
settle  refuse    "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
printf '4000001234567899\n' | $CTL customer bank alice --card --expiry 2912 \
    --number-fd 0
pay() {
	node "$TILL_SRC/tests/flow/order.js" alice "$1" "$2"
}
statement() {
	$CTL "$@"
}

check "of nobody yet" "$(statement customer statement alice)" ''
$CTL topup alice "100.00 EUR" --id first >/dev/null
check "a payment" "$(pay 10.00 w)" '200 *'
$CTL refund --amount '2.50 EUR' --id r1 --note 'came back' press-1 w >/dev/null
check "a payment by card" "$(pay 40.00 c)" '200 *'
$CTL refund --amount '15.00 EUR' --id r1 --note 'came back' press-1 c >/dev/null
refunded() {
	$CTL order show press-1 c | grep -q 'r1 .* done '
}
wait_until 20 refunded || fail "the card was not refunded"

out=$(statement customer statement alice)
check "opening" "$out" 'opening balance: 0.00 EUR*'
check "closing" "$out" '*closing balance: 92.50 EUR'
check "the lines" "$out" '*topup *100.00 EUR *100.00 EUR *first*payment *-10.00 EUR *90.00 EUR *w *press-1 *wallet *2.50 EUR*refund *2.50 EUR *92.50 EUR *w *press-1*done*payment *-40.00 EUR *c *press-1 *card 400000*7899 *15.00 EUR*refund *15.00 EUR *c *card 400000*7899*done*'
out=$(statement merchant statement press-1)
check "the merchant's" "$out" 'opening balance: 0.00 EUR*payment *10.00 EUR *10.00 EUR *w *alice*refund *-2.50 EUR *7.50 EUR*payment *40.00 EUR *47.50 EUR*refund *-15.00 EUR *32.50 EUR*done*closing balance: 32.50 EUR'
case $out in
*7899*)	fail "the merchant is shown the customer's card" ;;
esac

# Which refund is of which payment.
statement customer statement alice --json >"$TMPDIR/json"
node - "$TMPDIR/json" <<'END' || fail "$(cat "$TMPDIR/json")"
const assert = require('assert');
const { lines, opening, closing } =
	JSON.parse(require('fs').readFileSync(process.argv[2]));
const byCard = lines.find((x) => x.kind === 'payment' && x.jti === 'c');
const refund = lines.find((x) => x.kind === 'refund' && x.jti === 'c');
assert.equal(refund.payment, byCard.serial);
assert.equal(refund.id, 'r1');
assert.equal(refund.balance, undefined);
assert.equal(byCard.refunded, '15.00 EUR');
assert.deepEqual([opening, closing], [['0.00 EUR'], ['92.50 EUR']]);
END

# In several parts, as many lines as there are.
n=0
while [ $n -lt 120 ]; do
	n=$((n + 1))
	$CTL topup alice "0.10 EUR" >/dev/null
done
check "all of them" "$(statement customer statement alice |
	grep -c ' topup ')" 121
check "its sums" "$(statement customer statement alice)" \
    'opening balance: 0.00 EUR*closing balance: 104.50 EUR'
check "the newest" "$(statement customer statement alice --limit 2)" \
    '(what is older*opening balance: 104.30 EUR*closing balance: 104.50 EUR'

# Times, and what is wrong.
check "before there was anything" \
    "$(statement customer statement alice --to 2020-12-31)" \
    'opening balance: 0.00 EUR*closing balance: 0.00 EUR'
check "to come" "$(statement customer statement alice --from 2100-01-01)" \
    'opening balance: 104.50 EUR*closing balance: 104.50 EUR'
check "today" "$(statement merchant statement press-1 \
    --from "$(date -u +%Y-%m-%d -d yesterday)" --to "$(date -u +%Y-%m-%d)" |
	grep -c ' payment ')" 2
status() {
	set +e
	$CTL "$@" >/dev/null 2>&1
	echo $?
	set -e
}
check "nobody" "$(status customer statement nobody)" 67
check "no such merchant" "$(status merchant statement nobody)" 67
check "no time" "$(status customer statement alice --from yesterday)" 64
check "backwards" "$(status customer statement alice --from 2026-02-01 \
    --to 2026-01-01)" 64
check "nobody said" "$(status customer statement)" 64
check "help" "$($CTL customer statement --help)" '*CID*--from*--to*'
echo "statements have every line, and their sums hold"

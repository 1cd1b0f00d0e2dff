#!/bin/sh
# What was paid is given back, in parts, up to the price and once for each id:
# from a wallet at once, over a network when that has done it, or not.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# conf CARD: how the network behaves.
conf() {
	cat >"$TILL_CONF" <<END
set     reversal-retry  100ms
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="150.00 EUR"
module  card     settle_lossy    isolate=no journal=$TMPDIR/card \
    charge=committed $1
auth    required  anybody
settle  route     wallet  when amount < 30.00 EUR
settle  route     card
settle  refuse    "not handled"
END
}
conf ''
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "100.00 EUR" >/dev/null
printf '4000001234567899\n' | $CTL customer bank alice --card --expiry 2912 \
    --number-fd 0

pay() {
	JTI=$1 AMOUNT=$2 node - <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const url = process.env.TILL_URL;
fetch(`${url}/v1/orders`, { method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ customer: 'alice', ticket: merchant.ticket(url,
		process.env.JTI, { amount: process.env.AMOUNT }) }) })
	.then(async (response) => console.log(response.status,
		await response.text()));
END
}
refund() {
	$CTL refund --note 'came back' "$@" 2>&1 || true
}
order() {
	$CTL order show press-1 "$1"
}
has() {
	order "$1" | grep -q "$2"
}

# From the wallet.
check "a payment" "$(pay w 10.00)" '200 *'
check "a part" "$(refund --amount '2.50 EUR' --id r1 press-1 w)" \
    '2.50 EUR of press-1/w, entry *, done'
check "again" "$(refund --amount '2.50 EUR' --id r1 press-1 w)" \
    '2.50 EUR of press-1/w, entry *, done (asked for before)'
check "another amount" "$(refund --amount '2.51 EUR' --id r1 press-1 w)" \
    '*has this id*'
check "too much" "$(refund --amount '7.500001 EUR' press-1 w)" \
    '*more than what is left*'
check "another currency" "$(refund --amount '1.00 USD' press-1 w)" \
    '*another currency*'
out=$($CTL refund press-1 w 2>&1) && fail "a refund without a note"
check "no note" "$out" '*note*'
check "the wallet" "$($CTL balance --customer alice)" '*92.50*'
check "the till" "$($CTL balance --merchant press-1)" '*7.50*'
check "a millionth" "$(refund --amount '0.000001 EUR' --id r2 press-1 w)" \
    '0.000001 EUR *done'
check "the rest" "$(refund --id r3 press-1 w)" '7.499999 EUR *done'
check "nothing is left" "$(refund press-1 w)" '*all of it*'
check "the order" "$(order w)" '*refunded*10.00 EUR*r1*2.50 EUR*done*came back*'
check "alice's statement" "$($CTL register list --customer alice)" \
    '*refund*7.499999*refund*refund*2.50*payment*10.00*'
check "the merchant's statement" "$($CTL register list --merchant press-1)" \
    '*refund*7.499999*refund*refund*2.50*payment*10.00*'
check "no such order" "$(refund press-1 nothing)" '*no such order*'

# Over the network, when it has done so.
check "a payment by card" "$(pay c 40.00)" '200 *'
check "a part" "$(refund --amount '15.00 EUR' --id r1 press-1 c)" \
    '15.00 EUR of press-1/c, entry *'
wait_until 20 has c 'r1 .*done' || fail "the card was not refunded"
check "its call" "$(grep '^5 ' "$TMPDIR/card")" \
    '5 * 632612000003 refund card:4000001234567899:2912'
check "the till" "$($CTL balance --merchant press-1)" '*25.00*'
check "what is pending" "$($CTL balance refund:pending)" '*0.00*'
check "too much" "$(refund --amount '25.01 EUR' press-1 c)" \
    '*more than what is left*'
check "no minor unit" "$(refund --amount '1.001 EUR' press-1 c)" \
    '*whole minor units*'
check "the statement" "$($CTL register list --customer alice)" \
    '*refund-done*15.00*refund*15.00*payment*40.00*'

# A network that does not answer, and the rear unit dies meanwhile.
conf 'reverse=unknown'
$CTL reload
check "no answer" "$(refund --amount '5.00 EUR' --id r2 press-1 c)" \
    '5.00 EUR *pending'
check "what is pending" "$($CTL balance refund:pending)" '*5.00*'
check "what is owed" "$($CTL bank reversals)" '*press-1*c*2*refund*5.00 EUR*'
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"
old=$(till_unit_pid rear)
kill -9 "$old"
fresh() {
	new=$(till_unit_pid rear) && [ -n "$new" ] && [ "$new" != "$old" ] &&
		$CTL bank status >/dev/null 2>&1
}
wait_until 20 fresh || fail "the rear unit did not come back"
check "it is owed still" "$($CTL bank reversals)" '*refund*5.00 EUR*'

# One that declines: the merchant has it again, and may try again.
conf 'reverse=declined'
$CTL reload
$CTL bank retry --number 2 press-1 c >/dev/null
wait_until 20 has c 'r2 .*returned' || fail "it was not returned"
check "the till" "$($CTL balance --merchant press-1)" '*25.00*'
check "what is refunded" "$(order c)" '*refunded*15.00 EUR*'
check "the same id" "$(refund --id r2 press-1 c)" '5.00 EUR *returned (asked*'
conf ''
$CTL reload
check "the rest" "$(refund --id r3 press-1 c)" '25.00 EUR *'
wait_until 20 has c 'r3 .*done' || fail "the rest was not refunded"
check "the till" "$($CTL balance --merchant press-1)" '*0.00*'

# A till gives what it covers.
conf 'reverse=unknown'
$CTL reload
check "a payment" "$(pay d 10.00)" '200 *'
check "a payment" "$(pay e 50.00)" '200 *'
check "all of it" "$(refund press-1 e)" '50.00 EUR *pending'
check "the till" "$($CTL balance --merchant press-1)" '*10.00*'
out=$($CTL bank drop --note 'the bank is gone' press-1 e 2>&1) &&
	fail "it was dropped, and may have been made"
check "drop" "$out" '*may have been made*statement*--force*'
check "it is owed still" "$(order e)" '*50.00 EUR*pending*'
check "drop" "$($CTL bank drop --force --note 'not on the statement' press-1 e)" \
    'refund 1 of press-1/e is dropped'
check "the order" "$(order e)" '*paid*returned*'

# The merchant asks, by its signature.  ask JTI ID CLAIMS [WHO]
ask() {
	JTI=$1 ID=$2 CLAIMS=$3 WHO=${4:-press-1} node - <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TMPDIR, TILL_URL, JTI, ID, CLAIMS, WHO } = process.env;
const merchant = new Merchant(TMPDIR, WHO, 'http://127.0.0.1:9/return');
const token = merchant.refund(TILL_URL, JTI, ID, JSON.parse(CLAIMS));
const json = ID !== 'bare';
fetch(`${TILL_URL}/v1/refunds`, { method: 'POST',
	headers: { 'Content-Type': json ? 'application/json' : 'text/plain' },
	body: json ? JSON.stringify({ refund: token }) : token })
	.then(async (response) => console.log(response.status,
		response.headers.get('content-type'), await response.text()));
END
}
half='{"amount":"5.00","currency":"EUR","desc":"torn"}'
check "a part" "$(ask d m1 "$half")" \
    '200 application/json {*"jti":"d","refund":"m1","amount":"5.00","currency":"EUR","txn":*"state":"done"}*'
check "again" "$(ask d m1 "$half")" '200 *"amount":"5.00"*"done"*'
check "another amount" "$(ask d m1 '{"amount":"4.00","currency":"EUR"}')" \
    '409 application/problem+json *conflict*'
check "too much" "$(ask d m2 '{"amount":"5.01","currency":"EUR"}')" \
    '403 application/problem+json *refused*"reason":"amount"*'
check "no such ticket" "$(ask nothing m1 '{}')" '404 *not-found*'
check "no amount" "$(ask d m2 '{"amount":"0.00","currency":"EUR"}')" '401 *'
check "of long ago" "$(ask d m2 '{"iat":1000,"exp":1060}')" \
    '401 *unauthorized*exp*'
check "of another server" "$(ask d m2 '{"aud":"https://pay.example"}')" \
    '401 *unauthorized*aud*'
check "in another's name" "$(ask d m2 '{}' press-2)" '401 *unauthorized*iss*'
check "another's signature" "$(ask d 'm2"' '{}')" '401 *unauthorized*'
check "the rest" "$(ask d bare '{}')" '200 *"amount":"5.00"*"done"*'
check "who it was" "$(order d)" '*m1*merchant:press-1*torn*'
check "nothing is left" "$(ask d m3 '{}')" '403 *"reason":"amount"*'
check "a bank's" "$(ask e m1 "$half")" '200 *"state":"pending"*'
check "no token" "$(curl -s -o /dev/null -w '%{http_code}' \
    -H 'Content-Type: application/json' -d '{}' "$TILL_URL/v1/refunds")" 400
check "no method" "$(curl -s -o /dev/null -w '%{http_code}' \
    "$TILL_URL/v1/refunds")" 405
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"
echo "what was paid is given back, once and to where it came from"

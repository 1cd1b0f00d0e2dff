#!/bin/sh
# What an operator sees and does when a network loses answers: reversals that
# are owed, parked, tried again and dropped, a dispute, an order in doubt that
# only the network's own statement ends; and kill -9 of the rear unit between
# the loss and the reversal.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# conf AFTER CARD DOUBT: how the two networks behave.
conf() {
	cat >"$TILL_CONF" <<END
set     reversal-after  $1
set     reversal-retry  100ms
module  anybody  auth_mock       answer=grant
module  card     settle_lossy    journal=$TMPDIR/card $2
module  doubt    settle_lossy    journal=$TMPDIR/doubt $3
auth    required  anybody
settle  route     doubt  when amount > 50.00 EUR
settle  route     card
settle  refuse    "not handled"
END
}
conf 1h '' 'charge=unknown query=unknown'
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
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
calls() {
	grep -c "^$2 " "$TMPDIR/$1" || true
}
state() {
	$CTL order show press-1 "$1" --json |
		sed -n 's/.*"state":[ ]*"\([a-z]*\)".*/\1/p'
}
# ended JTI NUMBER STATE
ended() {
	$CTL bank reversals --all --json | tr -d ' \n' | grep -q \
	    "\"jti\":\"$1\",\"number\":$2,\"state\":\"$3\""
}

check "what is lost" "$(pay lost 20.00)" '40[0-9] *"bank"*'
check "its state" "$(state lost)" refused
check "what decided it" "$($CTL order show press-1 lost)" '*card=lost*'
check "what is owed" "$($CTL bank reversals)" \
    '*press-1*lost*1*waiting*timeout*20.00 EUR*alice*card*'
check "what is owed in all" "$($CTL bank status)" '*owed back: 1*'
check "calls before it is time" "$(calls card 5)" 0

# The rear unit dies in between: what is owed is known to the next one.
old=$(till_unit_pid rear)
kill -9 "$old"
fresh() {
	new=$(till_unit_pid rear) && [ -n "$new" ] && [ "$new" != "$old" ] &&
		$CTL bank status >"$TMPDIR/status" 2>/dev/null
}
wait_until 20 fresh || fail "the rear unit did not come back"
check "what is owed after a crash" "$(cat "$TMPDIR/status")" '*owed back: 1*'
check "park" "$($CTL bank park --note 'the bank is asked by phone' press-1 lost)" \
    '*is parked'
check "what is parked" "$($CTL bank reversals)" '*parked*by phone*'
check "retry" "$($CTL bank retry press-1 lost)" '*is waiting'
wait_until 20 ended lost 1 'done' || fail "it was not reversed"
check "its call" "$(grep '^5 ' "$TMPDIR/card")" \
    '5 * * timeout card:4000001234567899:2912'
check "what has ended" "$($CTL bank reversals)" ''
check "what was" "$($CTL bank reversals --all)" '*lost*done*'
out=$($CTL bank retry press-1 lost 2>&1) && fail "it has ended"
check "what has ended is not tried again" "$out" '*nothing is owed back*'
out=$($CTL bank drop press-1 lost 2>&1) && fail "no note"
check "a drop without a note" "$out" '*note*'

# A network that refuses to reverse, and one that takes back itself.
conf 0s 'reverse=declined late=taken-back' 'charge=unknown query=unknown'
$CTL reload
check "another loss" "$(pay refused 20.00)" '40[0-9] *"bank"*'
wait_until 20 ended refused 1 parked || fail "it was not parked"
check "the alarm" "$(grep -c '"reversal.parked"' "$TILL_LOG")" 1
check "disputes" "$($CTL bank disputes)" '*refused*2*parked*dispute*'
check "drop" "$($CTL bank drop --note 'paid by cheque' press-1 refused)" \
    'reversal 1 of press-1/refused is dropped'
check "the dispute ends" \
    "$($CTL bank drop --number 2 --note settled press-1 refused)" \
    'dispute 2 of press-1/refused is dropped'
check "no disputes" "$($CTL bank disputes)" ''

# In doubt for ever: the operator reads the network's statement.
check "in doubt" "$(pay doubt-1 60.00)" '202 *'
check "in doubt, too" "$(pay doubt-2 60.00)" '202 *'
unknown() {
	[ "$(state "$1")" = unknown ]
}
wait_until 20 unknown doubt-1 || fail "it is not in doubt"
wait_until 20 unknown doubt-2 || fail "it is not in doubt"
out=$($CTL order resolve --paid press-1 doubt-1 2>&1) && fail "no note"
out=$($CTL order resolve --note 'statement 7' press-1 doubt-1 2>&1) &&
	fail "neither paid nor refused"
check "what it is" "$out" '*--paid and --refused*'
$CTL order resolve --paid --reference RRN-7 --note 'statement 7' \
    press-1 doubt-1
$CTL order resolve --refused --note 'statement 7' press-1 doubt-2
check "paid" "$(state doubt-1)" paid
check "refused" "$(state doubt-2)" refused
check "the till" "$($CTL balance --merchant press-1)" '*60.00*'
out=$($CTL order resolve --paid --note again press-1 doubt-2 2>&1) &&
	fail "it has ended"
check "what has ended" "$out" '*refused already*'
check "the bank's identity in the log" \
    "$(grep -c 4000001234567899 "$TILL_LOG" || true)" 0
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"
echo "reversals and doubts end as the operator says"

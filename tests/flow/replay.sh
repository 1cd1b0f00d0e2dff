#!/bin/sh
# replay - orders are looked at again with what was told when they were decided:
# the channel, the merchant's country, the counters since the last strong
# authentication.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# conf GUARD [LINE]: the wallet's guard, and one line more.
conf() {
	cat <<END
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="1000.00 EUR"
${2-}
auth    required  anybody
settle  route     wallet  when $1
settle  refuse    "not handled"
END
}
conf "since-strong.count <= 5" >"$TILL_CONF"
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --country FR \
    --return-url http://127.0.0.1:9/return --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "50.00 EUR"
node - <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');

(async () => {
	for (const jti of ['one', 'two', 'three']) {
		const response = await fetch(`${url}/v1/orders`, { method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ customer: 'alice',
				ticket: press.ticket(url, jti, { amount: '2.00' }) }) });
		if (response.status !== 200)
			throw new Error(await response.text());
	}
})();
END

out=$($CTL explain --order press-1/two)
check "what was told" "$out" "*channel: *api*country: *FR*decided: *2*\
strong_amount: *4.00 EUR*strong_count: *2*"

# replay WHAT PATTERN STATUS GUARD [LINE]
replay() {
	what=$1 pattern=$2 wanted=$3 status=0
	shift 3
	conf "$@" >"$TMPDIR/other.conf"
	out=$($CTL replay -m "$TILL_BUILD/modules" --allow-mock \
	    "$TMPDIR/other.conf" 2>&1) || status=$?
	[ "$status" -eq "$wanted" ] || fail "$what: status $status: $out"
	check "$what" "$out" "$pattern"
}
replay "as it was" "3 orders, 0 would*" 0 "since-strong.count <= 5"
replay "the number of payments" "*three*3 orders, 1 would*" 1 \
    "since-strong.count <= 2"
replay "the sum of payments" "*three*two*3 orders, 2 would*" 1 \
    "since-strong.amount < 4.00 EUR"
replay "the same channel" "3 orders, 0 would*" 0 "channel == api"
replay "another channel" "*3 orders, 3 would*" 1 "channel == browser"
replay "the same country" "3 orders, 0 would*" 0 "amount > 0.01 EUR" \
    "module  home     policy_rules    allow-country=FR
policy  required  home"
replay "another country" "*3 orders, 3 would*" 1 "amount > 0.01 EUR" \
    "module  home     policy_rules    allow-country=DE
policy  required  home"

explained() {
	$CTL explain -f "$TMPDIR/other.conf" -m "$TILL_BUILD/modules" --allow-mock \
	    --amount "2.00 EUR" "$@"
}
check "explain, of this country" "$(explained --country DE)" "*paid*"
check "explain, of another" "$(explained --country FR)" "*refused: policy*"
! explained --country fr 2>/dev/null || fail "fr is no country"

# An order that its line committed and the ledger refused: by the rules it
# would go the same way.
cat >"$TILL_CONF" <<'END'
module  anybody  auth_mock     answer=grant
module  thief    settle_thief  deed=give-credit
auth    required  anybody
settle  route     thief
settle  refuse    "not handled"
END
modules="-m $TILL_BUILD/modules -m $TILL_BUILD/tests/modules --allow-mock"
till_stop
# shellcheck disable=SC2086 # options
till_start $modules
node - <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');

(async () => {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ customer: 'alice',
			ticket: press.ticket(url, 'stolen', { amount: '2.00' }) }) });
	if (!(await response.text()).includes('technical'))
		throw new Error(`${response.status}`);
})();
END
out=$($CTL explain --order press-1/stolen)
check "why it was refused" "$out" "*refused because of: bank (technical)*\
rule 1 of settle, *: thief=committed*"
sed 's/ thief/ other/' "$TILL_CONF" >"$TMPDIR/other.conf"
# shellcheck disable=SC2086 # options
out=$($CTL replay $modules "$TILL_CONF") || true
case $out in
*stolen*) fail "the ledger's refusal is a change: $out" ;;
esac
# shellcheck disable=SC2086 # options
out=$($CTL replay $modules "$TMPDIR/other.conf") || true
check "another line" "$out" "*stolen*paid by other*"
for honest in "settle_wallet" "settle_thief deed=honest"; do
	sed "s/settle_thief .*/$honest/" "$TILL_CONF" >"$TMPDIR/other.conf"
	# shellcheck disable=SC2086 # options
	out=$($CTL replay $modules "$TMPDIR/other.conf") || true
	check "another module or setting of that name" "$out" "*stolen*paid by thief*"
done
till_stop

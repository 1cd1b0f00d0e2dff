#!/bin/sh
# Programs as modules, in a real server: codes.py asks for a one-time code,
# bank.py charges, and a script is told.  The bank is killed while it works.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
RETURN_URL=https://journal.example/return
export RETURN_URL

# The source folder may belong to somebody else, whose programs are not run.
real=$(cd "$TMPDIR" && pwd -P)
cp "$TILL_SRC/tests/thirdparty/auth_python/codes.py" \
    "$TILL_SRC/tests/thirdparty/settle_python/bank.py" "$real"
printf 'alice GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n' >"$real/codes"
cat >"$real/tell" <<'END'
#!/bin/sh
{ printf '%s %s ' "$TILL_EVENT" "$TILL_MERCHANT"; cat; } >>"$1"
END
# It lets in whomever it is asked about, and writes down what it was asked.
cat >"$real/seen" <<'END'
#!/bin/sh
while read -r line; do
	case $line in
	*'"call":"hello"'*) echo '{"id":0,"protocol":1,"name":"seen"}' ;;
	*)	printf '%s\n' "$line" >>"$1"
		id=${line#*\"id\":}
		echo "{\"id\":${id%%,*},\"result\":\"grant\",\"methods\":[{\"amr\":\"pop\"}]}" ;;
	esac
done
END
chmod 700 "$real/seen" "$real"/*.py "$real/tell"

cat >"$TILL_CONF" <<END
module  pin   auth_password
module  code  auth_proc    program=$real/codes.py arg=$real/codes deadline=30s
module  seen  auth_proc    program=$real/seen arg=$real/asked deadline=30s
module  bank  settle_proc  program=$real/bank.py arg=$real/journal arg=40 deadline=8s
module  tell  notify_exec  program=$real/tell arg=$real/told
auth    requisite  seen  when amount > 900.00 EUR
auth    requisite  pin
auth    required   code  when amount > 10.00 EUR
settle  refuse     "less than a cent" when amount < 0.01 EUR
settle  route      bank
settle  refuse     "not handled"
notify  must       tell
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"

out=$(node - <<'END'
const { createHmac } = require('crypto');
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	process.env.RETURN_URL);

// RFC 6238 with the secret of the file "codes".
function code() {
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
	const mac = createHmac('sha1', '12345678901234567890').update(step).digest();
	const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
	return String(number % 1000000).padStart(6, '0');
}

async function post(path, body) {
	const response = await fetch(`${url}${path}`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return [response.status, await response.text()];
}

async function pay(jti, amount, customer = 'alice') {
	const result = await post('/v1/orders', { customer,
		ticket: merchant.ticket(url, jti, { amount }),
		answers: { password: 'correct horse' } });
	console.log(jti, ...result);
	return result;
}

// One answer to the prompt of a conversation that waits.
async function answer(name, waiting, code) {
	const { conversation } = JSON.parse(waiting);
	console.log(name, ...await post(`/v1/orders/${conversation}`,
		{ answers: { code } }));
}

async function main() {
	await pay('small', '5.00');
	const [, first] = await pay('asks', '20.00');
	const right = code();
	const wrong = right === '000000' ? '000001' : '000000';
	await answer('wrong', first, wrong);
	await answer('right', first, right);
	await pay('again', '5.00');
	const [, second] = await pay('much', '40.01');
	await answer('used', second, right);
	await pay('known', '901.00');
	await pay('stranger', '901.00', 'mallory');
}

main();
END
) || fail "no orders: $out"
line() {
	echo "$out" | sed -n "s/^$1 //p"
}
check "a small one is paid" "$(line small)" '200 *"voucher"*'
check "a larger one needs a code" "$(line asks)" '202 *"conversation"*"code"*'
check "a wrong code asks again" "$(line wrong)" '202 *wrong-code*'
check "the right code pays" "$(line right)" '200 *"voucher"*'
check "another one is paid" "$(line again)" '200 *"voucher"*'
check "a code is good for once" "$(line used)" '202 *wrong-code*'
# A program is told whether the server knows who is asked about; the one who asks
# is not.
check "a stranger" "$(line stranger)" '403 *"reason":"auth"*'
check "the known one" "$(line known)" '202 *'
check "told of alice" "$(grep '"customer":"alice"' "$real/asked")" \
    '*"known":true*'
check "told of mallory" "$(grep '"customer":"mallory"' "$real/asked")" \
    '*"known":false*'
check "the bank knows three keys" \
    "$(grep -c '"result": "committed"' "$real/journal")" 3
check "the money came from the bank" "$($CTL balance till:press-1)" "*30.00*"

told() {
	[ "$(grep -c '^voucher.issued press-1 {.*"via":"proc"' "$real/told")" -eq 3 ]
}
wait_until 20 told || fail "told: $(cat "$real/told" 2>&1)"

# Killed, the bank is there again for the next payment.
bank=$(pgrep -f "$real/bank.py") || fail "the bank does not run"
kill -9 "$bank"
pay_one() {
	node - "$1" <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	process.env.RETURN_URL);

fetch(`${url}/v1/orders`, { method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ customer: 'alice',
		ticket: merchant.ticket(url, process.argv[2], { amount: '5.00' }),
		answers: { password: 'correct horse' } }) })
	.then(async (r) => console.log(r.status, await r.text()));
END
}
check "paid by another bank process" "$(pay_one after-kill)" '200 *"voucher"*'

# Stopped, it leaves the payment in doubt until it answers a query.
bank=$(pgrep -f "$real/bank.py") || fail "the bank does not run"
kill -STOP "$bank"
check "in doubt" "$(pay_one in-doubt)" '202 *'
resolved() {
	$CTL order show press-1 in-doubt 2>&1 | grep -qE 'state: *(paid|refused)'
}
wait_until 60 resolved || fail "$($CTL order show press-1 in-doubt 2>&1)"
check "settled after all" "$($CTL order show press-1 in-doubt)" "*state: *paid*"
check "once" "$($CTL balance till:press-1)" "*40.00*"
$CTL register verify
till_stop
! pgrep -f "$real/bank.py" >/dev/null || fail "the bank outlives the server"

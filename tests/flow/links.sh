#!/bin/sh
# Two links to one bank, the first by a line that is cut: what is new goes over
# the other one, what was under way is undone and never sent again, and the
# first has the payments when it is there again.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899
mkdir -m 700 "$TMPDIR/books"
cd "$TMPDIR"

cat >script <<END
account $card 978 100000 expiry=2912
when mti=0200 amount=7000 do delay=600000
END
"$BANK" --script script --control bank.s >port 2>bank.err &
at_exit "kill $! 2>/dev/null"
wait_until 20 test -s port || fail "no bank: $(cat bank.err)"
bank() {
	(cd "$TMPDIR" && "$BANK" ctl bank.s "$@")
}

# join [PORT]: the line of the first link, at this port or any.
join() {
	: >line
	node "$TILL_SRC/tests/flow/relay.js" "$(cat port)" "$@" >line &
	line_pid=$!
	wait_until 20 test -s line || fail "no line"
}
cut_line() {
	kill -9 "$line_pid"
	wait "$line_pid" 2>/dev/null || true
}
join
at_exit 'kill $line_pid 2>/dev/null'

# link FILE PORT
link() {
	cat >"$1" <<END
address=127.0.0.1:$2
tls=no
response=60s
echo-after=3600s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
}
link first "$(cat line)"
link second "$(cat port)"
cat >"$TILL_CONF" <<END
module  pin   auth_password
module  bank  settle_bank  link=$TMPDIR/first link=$TMPDIR/second state=$TMPDIR/books timeout=90s
auth    required  pin
settle  route     bank
settle  refuse    "not handled"
set     reversal-after  1s
set     reversal-retry  1s
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL customer bank alice --card --expiry 2912 --number-fd 3 3<<END
$card
END

buy() {
	node "$TILL_SRC/tests/flow/bank.js" "$@"
}
# order CUSTOMER JTI: the same by a program, which asks until it is decided.
order() {
	node - "$@" <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const url = process.env.TILL_URL;
const [, , customer, jti] = process.argv;
const who = { customer, answers: { password: 'correct horse' } };
const ticket = merchant.ticket(url, jti, { amount: '40.00' });
const until = Date.now() + 60000;

async function post(path, what) {
	const response = await fetch(`${url}/v1/orders${path}`, {
		method: 'POST', body: JSON.stringify(what),
		headers: { 'Content-Type': 'application/json' } });
	return response.json();
}

(async () => {
	let answer = await post('', { ...who, ticket });
	while (answer.status === 'pending' && Date.now() < until) {
		await new Promise((done) => setTimeout(done, 100));
		answer = await post(`/${answer.conversation}`, who);
	}
	console.log(JSON.stringify(answer));
})();
END
}
# is LINK STATE
is() {
	$CTL bank status | grep -q "^link $1 [^ ]* $2 "
}
both_up() {
	is 1 up && is 2 up
}
both_down() {
	! is 1 up && ! is 2 up
}
# sent LINK: so many messages.
sent() {
	$CTL bank status | sed -n "s/^link $1 .* sent \([0-9]*\),.*/\1/p"
}
# at_bank CENTS STATE
at_bank() {
	bank dump | grep '"mti":"0200"' | grep "\"amount\":$1," |
		grep -q "\"state\":\"$2\""
}
wait_until 30 both_up || fail "a link is down: $($CTL bank status)"

till_customer bob Bob "correct horse"
check "no bank identity" "$(order bob none-4)" '*"code":"no-bank"*'

before=$(sent 2)
check "paid over the first" "$(buy alice 10.00 paid-1)" 'Paid*'
check "nothing over the second" "$(sent 2)" "$before"

# One is under way when the line is cut; what is new takes the other link.
buy alice 70.00 cut-1 >lost &
under_way=$!
wait_until 60 at_bank 7000 charged || fail "not at the bank: $(bank dump)"
cut_line
# The log says so although nothing is asked of the module.
told() {
	grep -q '"module".*"bank".*link 1 is down' "$TILL_LOG"
}
wait_until 20 told || fail "the log does not say that the link is down"
wait $under_way || fail "cut: $(cat lost)"
check "what was under way" "$(cat lost)" \
    '*refused*has not answered in time*You have not been charged.*'
check "paid over the second" "$(buy alice 20.00 paid-2)" 'Paid*'
wait_until 60 at_bank 7000 reversed ||
	fail "not undone: $(bank dump) $($CTL bank reversals)"
check "sent once" \
    "$(bank dump | grep '"mti":"0200"' | grep -c '"amount":7000,')" 1

# The line is there again, and has what is new.
join "$(cat line)"
wait_until 120 is 1 up || fail "the first is down: $($CTL bank status)"
before=$(sent 2)
check "paid over the first again" "$(buy alice 30.00 paid-3)" 'Paid*'
check "nothing over the second again" "$(sent 2)" "$before"
check "the card" "$(bank dump | grep '"account":1,"name"')" '*"balance":94000,*'

# Without a link nothing is attempted, and the customer reads so.
bank quit >/dev/null
wait_until 30 both_down || fail "a link is up: $($CTL bank status)"
check "no link" "$(buy alice 40.00 none-1)" \
    '*refused*cannot be reached just now.*You have not been charged.*'
check "no link, in French" "$(TILL_LANG=fr buy alice 40.00 none-2)" \
    '*refus*ne peut pas être jointe*pas été débité.*'
check "no link, by the API" "$(order alice none-3)" '*"code":"bank_unavailable"*'
no=$($CTL bank reconcile --now 2>&1) && fail "nobody is there to ask"
check "nobody to ask" "$no" '*the bank cannot be asked now: link*'
check "the merchant" "$($CTL balance press-1)" '*60.00*EUR*'
check "the register" "$($CTL register verify)" '*is whole*EUR *0.00 EUR*'

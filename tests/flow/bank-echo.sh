#!/bin/sh
# An approval whose trace number, amount, currency or reference is not that of
# the payment approves nothing: no voucher, no booking, and what the bank has
# taken is given back.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899
mkdir -m 700 "$TMPDIR/books"
cd "$TMPDIR"

cat >script <<END
account $card 978 100000 expiry=2912
when mti=0200 amount=1001 do wrong=stan
when mti=0200 amount=1002 do wrong=amount
when mti=0200 amount=1003 do wrong=currency
when mti=0200 amount=1004 do wrong=rrn
END
"$BANK" --script script --control bank.s >port 2>bank.err &
at_exit "kill $! 2>/dev/null"
wait_until 20 test -s port || fail "no bank: $(cat bank.err)"
bank() {
	(cd "$TMPDIR" && "$BANK" ctl bank.s "$@")
}
cat >link.conf <<END
address=127.0.0.1:$(cat port)
tls=no
response=3s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
cat >"$TILL_CONF" <<END
module  pin   auth_password
module  bank  settle_bank  link=$TMPDIR/link.conf state=$TMPDIR/books
module  hear  notify_mock  answer=delivered
auth    required  pin
settle  route     bank
settle  refuse    "not handled"
notify  must      hear
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
is_up() {
	$CTL bank status | grep -q ' up for '
}
wait_until 30 is_up || fail "the link is down: $($CTL bank status)"
buy() {
	node "$TILL_SRC/tests/flow/bank.js" "$@"
}
# at_bank CENTS STATE
at_bank() {
	bank dump | grep '"mti":"0200"' | grep "\"amount\":$1," |
		grep -q "\"state\":\"$2\""
}

check "the right answer" "$(buy alice 10.00 right)" 'Paid*'
for what in stan:1001 amount:1002 currency:1003 rrn:1004; do
	amount=${what#*:} what=${what%:*}
	check "another $what" "$(buy alice "10.0${amount#100}" "wrong-$what")" \
	    '*refused*has not answered in time*You have not been charged.*'
	check "the order of another $what" \
	    "$($CTL order show press-1 "wrong-$what")" '*refused*bank=lost*'
	wait_until 60 at_bank "$amount" reversed ||
		fail "another $what is not given back: $(bank dump)"
done
nothing_owed() {
	! $CTL bank reversals | grep -q press-1
}
wait_until 60 nothing_owed || fail "owed still: $($CTL bank reversals)"
check "the card" "$(bank dump | grep '"account":1,"name"')" '*"balance":99000,*'
check "the merchant" "$($CTL balance press-1)" '*10.00*EUR*'
check "vouchers" "$($CTL register list --customer alice --json |
	grep -o '"kind":[ ]*"payment"' | wc -l)" 1
# Each is told of; another trace number is one that nothing waits for.
for text in 'DE4 ' 'DE49 ' 'no answer to it by' 'to nothing that waits'; do
	grep -q "$text" "$TILL_LOG" || fail "the log has no '$text'"
done
alarms() {
	[ "$($CTL event list | grep -c 'settle.alarm')" = 3 ]
}
wait_until 20 alarms || fail "no three alarms: $($CTL event list)"
check "the register" "$($CTL register verify)" '*is whole*EUR *0.00 EUR*'

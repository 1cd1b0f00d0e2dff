#!/bin/sh
# A bank that has nothing of till's, but the iso_8583 library, is paid by way of
# the running server: it reads what the link sends, and the link takes what it
# answers, from sign-on to the totals of the day.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
card=4000001234567899

node "$TILL_BUILD/tests/node/peers/iso8583-bank.mjs" >"$TMPDIR/bank" \
    2>"$TMPDIR/bank.err" &
at_exit "kill $! 2>/dev/null"
wait_until 60 test -s "$TMPDIR/bank" || fail "no bank: $(cat "$TMPDIR/bank.err")"

mkdir -m 700 "$TMPDIR/books"
cat >"$TMPDIR/link" <<END
address=127.0.0.1:$(sed -n 1p "$TMPDIR/bank")
tls=no
response=5s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
cat >"$TILL_CONF" <<END
set     reversal-after  0s
module  pin     auth_password
module  bank    settle_bank    link=$TMPDIR/link state=$TMPDIR/books
auth    required  pin
settle  route     bank
settle  refuse    "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL customer bank alice --card --expiry 2912 --number-fd 3 3<<END
$card
END
link_is_up() {
	$CTL bank status | grep -q ' up for '
}
wait_until 60 link_is_up || fail "the link is down: $($CTL bank status)"

buy() {
	node "$TILL_SRC/tests/flow/bank.js" alice "$@"
}
check "paid" "$(buy 50.00 paid)" 'Paid*'
check "refused" "$(buy 51.51 poor)" \
    '*refused*There is not enough money in your bank account.*'
check "lost" "$(buy 60.00 lost)" '*refused*bank has not answered*'
reconciled() {
	$CTL bank reconcile | grep -q 'the bank says the same'
}
wait_until 60 reconciled || fail "no totals: $($CTL bank reconcile)
$(cat "$TMPDIR/bank" "$TMPDIR/bank.err")"
check "nothing is owed" "$($CTL bank reversals)" ''
till_stop

# came TYPE NUMBER: the one which the bank read, of those of its type.
came() {
	grep "^came {\"0\":\"$1\"" "$TMPDIR/bank" | sed -n "$2p"
}
trace() {
	came "$1" "$2" | sed 's/.*"11":"\([0-9]*\)".*/\1/'
}
check "sign-on" "$(came 0800 1)" '*"70":"001"}'
check "a payment" "$(came 0200 1)" \
    '*"2":"'$card'","3":"000000","4":"000000005000",*"14":"2912","18":"5192","22":"810","25":"59","32":"123456",*"41":"PAYSRV01","42":"MERCHANT0000001","43":"Press *PARIS *FR","49":"978"}'
check "what is refused" "$(came 0200 2)" '*"4":"000000005151",*'
check "what is lost" "$(came 0200 3)" '*"4":"000000006000",*'
check "its reversal" "$(came 0420 1)" \
    '*"2":"'$card'",*"4":"000000006000",*"39":"68",*"49":"978","90":"0200'"$(trace 0200 3)"'*"}'
check "the answer to the bank's own" "$(came 0810 1)" '*"39":"00","70":"201"}'
check "totals" "$(came 0500 1)" \
    '*"15":"1122",*"50":"978",*"76":"0000000001",*"88":"0000000000005000",*"97":"D0000000000005000"*'
check "sign-off" "$(came 0800 2)" '*"70":"002"}'
echo "till and iso_8583 understand each other"

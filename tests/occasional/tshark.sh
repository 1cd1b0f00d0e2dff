#!/bin/sh
# tshark, which has an ISO 8583 dissector of its own, reads a captured run of a
# plain link: a payment, a refusal, a lost answer and its reversal, the totals
# of the day.  tshark.py compares all of it with what was meant.
#
# Not among the tests that "make check" runs: tshark is large.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899 expiry=2912
capture=$TMPDIR/run.pcapng

for tool in tshark dumpcap python3; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done

cat >"$TMPDIR/script" <<END
account $card 978 100000 expiry=$expiry
when mti=0200 amount=5151 do answer=51
when mti=0200 amount=6000 do drop
END
cd "$TMPDIR"
"$BANK" --script script --control bank.s --log bank.log >port 2>bank.err &
at_exit "kill $! 2>/dev/null"
wait_until 20 test -s port || fail "no bank: $(cat bank.err)"
port=$(cat port)

dumpcap -q -i lo -f "tcp port $port" -w "$capture" 2>capture.err &
capture_pid=$!
at_exit "kill $capture_pid 2>/dev/null"
captures() {
	grep -q '^File:' capture.err || ! kill -0 $capture_pid 2>/dev/null
}
wait_until 20 captures || fail "dumpcap: $(cat capture.err)"
kill -0 $capture_pid 2>/dev/null || {
	echo "loopback cannot be captured: $(tail -n 1 capture.err)"
	exit 77
}

mkdir -m 700 books
cat >"$TMPDIR/link" <<END
address=127.0.0.1:$port
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
$CTL customer bank alice --card --expiry $expiry --number-fd 3 3<<END
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
check "refused" "$(buy 51.51 poor)" '*refused*'
check "lost" "$(buy 60.00 lost)" '*refused*bank has not answered*'
nothing_owed() {
	[ -z "$($CTL bank reversals)" ]
}
wait_until 60 nothing_owed || fail "owed still: $($CTL bank reversals)"
"$BANK" ctl bank.s cutover >/dev/null
reconciled() {
	$CTL bank reconcile | grep -q 'the bank says'
}
wait_until 60 reconciled || fail "no totals: $($CTL bank reconcile)"
till_stop

# What was sent last may not be in the file yet.
reads() {
	tshark -r "$capture" -d "tcp.port==$port,iso8583" \
	    -o "iso8583.len_endian:Big endian" \
	    -o "iso8583.charset:Digits represented as ASCII Characters" \
	    -o "iso8583.binencode:Bin data not encoded" \
	    -Y iso8583 -T pdml >read.xml 2>read.err &&
		python3 "$TILL_SRC/tests/occasional/tshark.py" read.xml bank.log \
		    "$port" $card $expiry >compared 2>&1
}
wait_until 60 reads || fail "$(cat read.err compared)"
cat compared

#!/bin/sh
# settle_bank in a process of its own: a reload hands the state folder from one
# host to the next, after what is under way was answered; and a host that dies
# is followed by another one.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899
mkdir -m 700 "$TMPDIR/books"
cd "$TMPDIR"

cat >script <<END
account $card 978 100000 expiry=2912
when mti=0200 amount=2000 do delay=1500
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
response=20s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
cat >"$TILL_CONF" <<END
module  pin   auth_password
module  bank  settle_bank  isolate=process link=$TMPDIR/link.conf state=$TMPDIR/books timeout=40s
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
is_up() {
	$CTL bank status | grep -q ' up for '
}
wait_until 30 is_up || fail "the link is down: $($CTL bank status)"
buy() {
	node "$TILL_SRC/tests/flow/bank.js" "$@"
}
host() {
	$CTL status --json | tr -d ' \n' |
		sed -n 's/.*"instance":"bank"[^}]*"pid":\([0-9]*\).*/\1/p'
}
check "paid" "$(buy alice 10.00 paid-1)" 'Paid*'
check "a host has it" "$(host)" '[0-9]*'

# A payment that is under way during a reload is answered all the same.
buy alice 20.00 slow-1 >slow &
slow=$!
seen() {
	bank dump | grep -q '"amount":2000,'
}
wait_until 60 seen || fail "not at the bank: $(bank dump)"
old=$(host)
sed -i 's/^response=.*/response=15s/' link.conf
$CTL reload || fail "the reload is refused: $(tail -n 5 "$TILL_LOG")"
wait $slow || fail "slow: $(cat slow)"
check "paid meanwhile" "$(cat slow)" 'Paid*'
wait_until 30 is_up || fail "the link is down: $($CTL bank status)"
new=$(host)
[ "$new" != "$old" ] || fail "it has the same host still: $new"
check "paid by the next host" "$(buy alice 30.00 paid-2)" 'Paid*'

# A configuration that is refused leaves the first one its links.
cp "$TILL_CONF" good.conf
sed -i 's/^settle  refuse.*/settle  route no-such/' "$TILL_CONF"
$CTL reload 2>/dev/null && fail "there is no such instance"
cp good.conf "$TILL_CONF"
check "paid after a refused reload" "$(buy alice 40.00 paid-3)" 'Paid*'

# A host that dies.
kill -9 "$(host)"
wait_until 30 is_up || fail "the link is down: $($CTL bank status)"
check "paid after a crash" "$(buy alice 50.00 paid-4)" 'Paid*'
check "the card" "$(bank dump | grep '"account":1,"name"')" '*"balance":85000,*'
check "the merchant" "$($CTL balance press-1)" '*150.00*EUR*'
check "the register" "$($CTL register verify)" '*is whole*EUR *0.00 EUR*'

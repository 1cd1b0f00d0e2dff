#!/bin/sh
# Refunds over the simulated bank: in parts and up to the paid sum, refused,
# with an answer that is lost, one that comes too late, and a kill of the rear
# unit with one under way.  In the end the bank's books and ours say the same.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899
mkdir -m 700 "$TMPDIR/bank" "$TMPDIR/books"

cat >"$TMPDIR/bank/script" <<END
account $card 978 100000 expiry=2912
when mti=0200 amount=1111 do answer=57
when mti=0200 amount=1222 do drop
when mti=0201 amount=1222 nth=1..3 do answer=91
when mti=0200 amount=1333 do lose
when mti=0200 amount=1444 do delay=4000
when mti=0200 amount=1555 do drop
when mti=0200 amount=6600 do drop
when mti=0201 amount=1555 nth=1 do lose
END
cd "$TMPDIR"
"$BANK" --script bank/script --control bank.s --log bank.log \
    >"$TMPDIR/port" 2>"$TMPDIR/bank.err" &
bank_pid=$!
at_exit "kill -CONT $bank_pid 2>/dev/null; kill $bank_pid 2>/dev/null"
has_port() {
	[ -s "$TMPDIR/port" ]
}
wait_until 20 has_port || fail "no bank: $(cat "$TMPDIR/bank.err")"
bank() {
	(cd "$TMPDIR" && "$BANK" ctl bank.s "$@")
}
cat >"$TMPDIR/link" <<END
address=127.0.0.1:$(cat "$TMPDIR/port")
tls=no
response=2s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
cat >"$TILL_CONF" <<END
module  anybody  auth_mock      answer=grant
module  wallet   settle_wallet  max-balance="1000.00 EUR"
module  bank     settle_bank    link=$TMPDIR/link state=$TMPDIR/books
auth    required  anybody
settle  route     wallet  when amount <= 30.00 EUR
settle  route     bank
settle  refuse    "not handled"
set     reversal-after  1s
set     reversal-retry  500ms
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
printf '%s\n' "$card" | $CTL customer bank alice --card --expiry 2912 \
    --number-fd 0
link_is_up() {
	$CTL bank status | grep -q ' up for '
}
wait_until 30 link_is_up || fail "the link is down: $($CTL bank status)"

pay() {
	node "$TILL_SRC/tests/flow/order.js" alice "$1" "$2"
}
refund() {
	$CTL refund --note 'came back' "$@" 2>&1 || true
}
# became JTI ID STATE
became() {
	$CTL order show press-1 "$1" | grep -q "^$2 .* $3 "
}
# waits JTI ID STATE
waits() {
	wait_until 60 became "$@" ||
		fail "$2 is not $3: $($CTL order show press-1 "$1")"
}
# at_bank AMOUNT STATE: what the bank has of so many cents is in this state.
at_bank() {
	bank dump | grep "\"amount\":$1," | grep -q "\"state\":\"$2\""
}

# In parts, and not a cent more.
check "a payment" "$(pay 60.00 parts)" '200 *'
check "a part" "$(refund --amount '20.00 EUR' --id p1 press-1 parts)" \
    '20.00 EUR of press-1/parts, entry *'
waits parts p1 'done'
check "again" "$(refund --amount '20.00 EUR' --id p1 press-1 parts)" \
    '20.00 EUR *done (asked for before)'
check "too much" "$(refund --amount '40.01 EUR' press-1 parts)" \
    '*more than what is left*'
check "less than a cent" "$(refund --amount '0.001 EUR' press-1 parts)" \
    '*whole minor units*'
check "another part" "$(refund --amount '39.99 EUR' --id p2 press-1 parts)" \
    '39.99 EUR *'
waits parts p2 'done'
check "one cent too much" "$(refund --amount '0.02 EUR' press-1 parts)" \
    '*more than what is left*'
check "the last cent" "$(refund --id p3 press-1 parts)" '0.01 EUR *'
waits parts p3 'done'
check "nothing is left" "$(refund press-1 parts)" '*all of it*'
check "at the bank" "$(bank dump | grep -c '"state":"refunded"')" 3
check "the till" "$($CTL balance --merchant press-1)" '*0.00*'

# The bank refuses: the merchant has it again.
check "a payment" "$(pay 90.00 more)" '200 *'
refund --amount '11.11 EUR' --id refused press-1 more >/dev/null
waits more refused returned
check "the till" "$($CTL balance --merchant press-1)" '*90.00*'

# The answer is lost, and when the bank is asked again it does not know at
# first; the request is lost; the answer comes too late.
refund --amount '12.22 EUR' --id dropped press-1 more >/dev/null
at_bank_refunded() {
	at_bank 1222 refunded
}
wait_until 60 at_bank_refunded || fail "the bank never saw it: $(bank dump)"
check "its state" "$($CTL order show press-1 more)" '*dropped*12.22*pending*'
check "what is pending" "$($CTL balance refund:pending)" '*12.22*'
out=$($CTL bank drop --number 9 --note none press-1 more 2>&1) &&
	fail "there is none to drop"
check "drop of nothing" "$out" '*nothing is owed back*'
refund --amount '13.33 EUR' --id lost press-1 more >/dev/null
refund --amount '14.44 EUR' --id late press-1 more >/dev/null
waits more dropped 'done'
waits more lost 'done'
waits more late 'done'

# The rear unit dies with one under way.
refund --amount '15.55 EUR' --id killed press-1 more >/dev/null
killed_refunded() {
	at_bank 1555 refunded
}
wait_until 60 killed_refunded || fail "the bank never saw it: $(bank dump)"
old=$(till_unit_pid rear)
kill -9 "$old"
fresh() {
	new=$(till_unit_pid rear) && [ -n "$new" ] && [ "$new" != "$old" ] &&
		$CTL bank status >/dev/null 2>&1
}
wait_until 30 fresh || fail "the rear unit did not come back"
waits more killed 'done'

# Both books: what the bank paid out is what we say it has.
check "the till" "$($CTL balance --merchant press-1)" '*34.46*'
check "what is pending" "$($CTL balance refund:pending)" '*0.00*'
check "the card" "$(bank dump | grep '"account":1,"name"')" '*"balance":96554,*'
check "refunds at the bank" "$(bank dump | grep -c '"state":"refunded"')" 7
check "refunds here" "$($CTL register list --customer alice --json |
	grep -o '"kind":[ ]*"refund-done"' | wc -l)" 7
check "the register" "$($CTL register verify)" '*is whole*EUR *0.00 EUR*'
bank cutover >/dev/null
reconciled() {
	$CTL bank reconcile | grep -q 'the bank says the same'
}
wait_until 60 reconciled || fail "not the same: $($CTL bank reconcile)"
check "reconciliation" "$($CTL bank reconcile)" '*refunds: ours 7, 11554*'

# What was charged and reversed is no payment; what the bank has taken back
# itself is with the customer already.
check "a charge without answer" "$(pay 66.00 gone)" '403 *'
check "it paid nothing" "$(refund press-1 gone)" '*has paid nothing*'
gone() {
	at_bank 6600 reversed
}
wait_until 60 gone || fail "it is not reversed: $(bank dump)"
check "and was reversed" "$(refund press-1 gone)" '*has paid nothing*'
check "says the merchant's answer" \
    "$(CLAIMS='{}' node "$TILL_SRC/tests/flow/refund.js" gone g1)" \
    '403 *"reason":"not-paid"*'
check "a payment" "$(pay 50.00 taken)" '200 *'
check "a part" "$(refund --amount '10.00 EUR' --id t1 press-1 taken)" '10.00 *'
waits taken t1 'done'

# While the bank is asked it is not dropped.
sed -i 's/^response=.*/response=60s/' "$TMPDIR/link"
$CTL reload
wait_until 30 link_is_up || fail "the link is down: $($CTL bank status)"
kill -STOP $bank_pid
refund --amount '5.00 EUR' --id t0 press-1 taken >/dev/null
under_way() {
	$CTL bank status | grep -q '^under way 1$'
}
wait_until 30 under_way || fail "it is not under way: $($CTL bank status)"
number=$($CTL bank reversals | awk '/taken/ { print $3 }')
out=$($CTL bank drop --number "$number" --note 'too slow' --force \
    press-1 taken 2>&1) &&
	fail "it was dropped while the bank was asked"
check "drop of one under way" "$out" '*being asked for*'
kill -CONT $bank_pid
waits taken t0 'done'

key=$(bank dump | grep '"amount":5000,' |
	sed -n 's/.*"key":"\([^"]*\)".*"state":"charged".*/\1/p')
bank issuer-reversal "$key" >/dev/null
disputed() {
	$CTL bank disputes | grep -q 'taken'
}
wait_until 60 disputed || fail "no dispute: $($CTL bank disputes)"
check "no refund" "$(refund --amount '1.00 EUR' press-1 taken)" \
    '*the bank has taken back*'
check "nor to the merchant" \
    "$(CLAIMS='{}' node "$TILL_SRC/tests/flow/refund.js" taken t2)" \
    '403 *"reason":"disputed"*'
out=$($CTL refund --disputed --note won press-1 taken 2>&1) &&
	fail "the dispute is open"
check "an open dispute" "$out" '*the bank has taken back*'
number=$($CTL bank disputes | awk '/taken/ { print $3 }')
out=$($CTL bank retry --number "$number" press-1 taken 2>&1) &&
	fail "a dispute is asked for"
check "a dispute is nothing to try again" "$out" '*taken back by the bank*'
$CTL bank drop --number "$number" --note 'the bank has paid again' \
    press-1 taken >/dev/null
check "no refund by itself" "$(refund --amount '1.00 EUR' press-1 taken)" \
    '*the bank has taken back*'
check "but as the operator says" \
    "$(refund --disputed --amount '1.00 EUR' --id t3 press-1 taken)" '1.00 *'
waits taken t3 'done'
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"
echo "a bank's refunds are made once, or the merchant has them again"

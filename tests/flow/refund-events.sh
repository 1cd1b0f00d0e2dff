#!/bin/sh
# refund-events - who is owed events hears of refunds: when they are made, at
# once or by a network, and when a network has not made one.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TMPDIR/tell" <<END
#!/bin/sh
line=\$(cat)
echo "\$TILL_EVENT \$TILL_SEQUENCE \$line" >>"$TMPDIR/told"
END
chmod 700 "$TMPDIR/tell"
: >"$TMPDIR/told"
# conf CARD: how the network behaves.
conf() {
	cat >"$TILL_CONF" <<END
set     reversal-retry  100ms
module  anybody  auth_mock      answer=grant
module  wallet   settle_wallet  max-balance="1000.00 EUR"
module  card     settle_lossy   isolate=no journal=$TMPDIR/card charge=committed $1
module  exec     notify_exec    program=$TMPDIR/tell
module  log      notify_mock
auth    required  anybody
settle  route     wallet  when amount < 30.00 EUR
settle  route     card
settle  refuse    "not handled"
notify  must      exec
notify  try       log
END
}
conf ''
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
printf '4000001234567899\n' | $CTL customer bank alice --card --expiry 2912 \
    --number-fd 0
$CTL topup alice "100.00 EUR" >/dev/null
pay() {
	node "$TILL_SRC/tests/flow/order.js" alice "$1" "$2"
}
refund() {
	$CTL refund --note 'came back' "$@" >/dev/null
}
# heard TYPE ID: the line of an event about that refund, soon.
told() {
	grep "^$1 .*\"refund\":\"$2\"" "$TMPDIR/told"
}
heard() {
	wait_until 30 told "$1" "$2" >/dev/null ||
		fail "no $1 of $2: $(cat "$TMPDIR/told")"
	told "$1" "$2"
}

check "a payment" "$(pay 10.00 w)" '200 *'
refund --amount '2.50 EUR' --id w1 press-1 w
out=$(heard refund.made w1)
check "what it says" "$out" '*"merchant":"press-1"*'
check "of what" "$out" '*"jti":"w"*'
check "of whom" "$out" '*"customer":"alice"*'
check "how much" "$out" '*"amount":"2.50"*'
serial=$($CTL register list --merchant press-1 --limit 1 --json |
	sed -n 's/.*"serial":[ ]*\([0-9]*\).*/\1/p')
check "its entry" "$out" "*\"txn\":$serial*"
# Again is no other event.
refund --amount '2.50 EUR' --id w1 press-1 w

# A network's, when it has made it, and not before.
check "a payment by card" "$(pay 40.00 c)" '200 *'
conf 'unknowns=2'
$CTL reload
refund --amount '15.00 EUR' --id c1 press-1 c
check "what it says" "$(heard refund.made c1)" '*"amount":"15.00"*'
check "asked for" "$(grep -c '^5 ' "$TMPDIR/card")" 3

# One that it declines, with what it said.
conf 'reverse=declined'
$CTL reload
refund --amount '5.00 EUR' --id c2 press-1 c
check "what it says" "$(heard refund.failed c2)" '*"amount":"5.00"*'
check "all that were told" "$(grep -c '^refund\.' "$TMPDIR/told")" 3
check "each once" "$(grep press-1 "$TMPDIR/told" | cut -d' ' -f2 | sort -n |
	uniq -d)" ''
check "the list" "$($CTL event list --merchant press-1)" \
    '*refund.made*2.50 EUR*refund.made*15.00 EUR*refund.failed*5.00 EUR*'

# Over a kill of the rear unit: what was owed is told by the next one.
chmod 000 "$TMPDIR/tell"
refund --amount '1.00 EUR' --id w2 press-1 w
old=$(till_unit_pid rear)
kill -9 "$old"
chmod 700 "$TMPDIR/tell"
check "after a kill" "$(heard refund.made w2)" '*"amount":"1.00"*'
# It tells before it listens to operators.
serves() {
	$CTL status >/dev/null 2>&1
}
wait_until 60 serves || fail "the rear unit does not come back"
check "how much of the ticket" "$($CTL order show press-1 w)" \
    '*refunded: *3.50 EUR*'
$CTL register verify >"$TMPDIR/verify" || fail "$(cat "$TMPDIR/verify")"
echo "refunds are told of, once each"

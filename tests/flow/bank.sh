#!/bin/sh
# Purchases over the simulated bank, by TLS: paid, refused, lost, approved too
# late, and cut off by a kill of the rear unit.  In the end the bank's books and
# ours say the same, and no card number is where it must not be.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
BANK=$TILL_BUILD/tests/tools/bank
card=4000001234567899
mkdir -m 700 "$TMPDIR/bank" "$TMPDIR/books"

# What the bank knows; this folder is the one that has the number.
cat >"$TMPDIR/bank/script" <<END
account $card 978 100000 expiry=2912
when mti=0200 amount=5151 do answer=51
when mti=0200 amount=6000 do drop
when mti=0200 amount=7000 do delay=8000
when mti=0200 amount=8000 do drop
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=bank.example -addext subjectAltName=DNS:bank.example \
    -keyout "$TMPDIR/bank.key" -out "$TMPDIR/bank.pem" 2>/dev/null ||
	fail "no certificate"
cd "$TMPDIR"
"$BANK" --script bank/script --control bank.s --log bank.log \
    --tls bank.pem --tls-key bank.key >"$TMPDIR/port" 2>"$TMPDIR/bank.err" &
at_exit "kill $! 2>/dev/null"
has_port() {
	[ -s "$TMPDIR/port" ]
}
wait_until 20 has_port || fail "no bank: $(cat "$TMPDIR/bank.err")"
bank() {
	(cd "$TMPDIR" && "$BANK" ctl bank.s "$@")
}

cat >"$TMPDIR/link" <<END
address=127.0.0.1:$(cat "$TMPDIR/port")
tls-name=bank.example
tls-ca=$TMPDIR/bank.pem
response=5s
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
cat >"$TILL_CONF" <<END
module  pin     auth_password
module  wallet  settle_wallet  max-balance="1000.00 EUR"
module  bank    settle_bank    link=$TMPDIR/link state=$TMPDIR/books
auth    required  pin
settle  route     wallet  when amount <= 30.00 EUR
settle  route     bank
settle  refuse    "not handled"
set     reversal-after  1s
set     reversal-retry  1s
END
# What is wrong is told with its place, and nothing is made.
mkdir -m 700 "$TMPDIR/none"
printf 'tls=no\naddress=bank\n' >"$TMPDIR/bad-link"
echo '51=approved' >"$TMPDIR/bad-codes"
sed "s|link=.*|link=$TMPDIR/bad-link state=$TMPDIR/none codes=$TMPDIR/bad-codes|" \
    "$TILL_CONF" >"$TMPDIR/bad.conf"
wrong=$("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" "$TMPDIR/bad.conf" \
    2>&1) && fail "a bad link is taken"
check "what is wrong" "$wrong" \
    '*bad-link:2: address is HOST:PORT*bad-codes:1: only 00 and 11 approve*'
rmdir "$TMPDIR/none" || fail "check writes to the state folder"

# Whoever starts it may have asked for core files.
# shellcheck disable=SC3045 # dash has it
ulimit -c unlimited 2>/dev/null || echo "core files cannot be allowed here"
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
till_customer bob Bob "correct horse"
$CTL customer bank alice --card --expiry 2912 --number-fd 3 3<<END
$card
END

buy() {
	node "$TILL_SRC/tests/flow/bank.js" "$@"
}
# at_bank AMOUNT STATE: the bank has a charge of so many cents in this state.
at_bank() {
	bank dump | grep '"mti":"0200"' | grep "\"amount\":$1," |
		grep -q "\"state\":\"$2\""
}
link_is_up() {
	$CTL bank status | grep -q ' up for '
}
wait_until 30 link_is_up || fail "the link is down: $($CTL bank status)"

check "paid by the bank" "$(buy alice 50.00 paid-1)" 'Paid*'
check "the merchant has it" "$($CTL balance press-1)" '*50.00*EUR*'
check "51" "$(buy alice 51.51 poor-1)" \
    '*refused*There is not enough money in your bank account.*'
check "no bank identity" "$(buy bob 52.00 none-1)" \
    '*refused*No card or account of yours is known here.*not been charged.*'
check "no bank identity, in French" "$(TILL_LANG=fr buy bob 52.00 none-2)" \
    '*refus*Aucune carte ni aucun compte*pas été débité.*'

# An answer that is lost, and one that comes too late.
TILL_LANG=fr buy alice 60.00 lost-1 >"$TMPDIR/lost" &
lost=$!
buy alice 70.00 late-1 >"$TMPDIR/late" || fail "late: $(cat "$TMPDIR/late")"
wait $lost || fail "lost: $(cat "$TMPDIR/lost")"
check "lost, in French" "$(cat "$TMPDIR/lost")" \
    '*refus*pas répondu à temps*rendu*pas été débité.*'
check late "$(cat "$TMPDIR/late")" \
    '*refused*has not answered in time*given back*You have not been charged.*'

came_late() {
	$CTL bank reversals --all | grep -q 'late-1 *2 .* late '
}
wait_until 60 came_late || fail "no second reversal: $($CTL bank reversals --all)"

# And one under way when the rear unit is killed: its bank identity is known to
# nobody but the ledger any more.
buy alice 80.00 killed-1 >"$TMPDIR/killed" &
killed=$!
seen() {
	at_bank 8000 charged || at_bank 8000 reversed
}
wait_until 60 seen || fail "the bank never saw it: $(bank dump)"
rear=$(till_unit_pid rear)
at=$(readlink "/proc/$rear/cwd") || fail "where is the rear unit?"
: >"$TMPDIR/before"
kill -ABRT "$rear"
wait $killed || fail "killed: $(cat "$TMPDIR/killed")"
check killed "$(cat "$TMPDIR/killed")" \
    '*refused*has not answered in time*You have not been charged.*'
if [ "$(cat /proc/sys/kernel/core_pattern)" = core ]; then
	no_core=$(find "$at" -maxdepth 1 -name 'core*' -newer "$TMPDIR/before")
	check "core files of the rear unit" "$no_core" ''
	# Any other program leaves one.
	(mkdir "$TMPDIR/cores" && cd "$TMPDIR/cores" && sh -c 'kill -ABRT $$') || true
	# shellcheck disable=SC3045
	[ "$(ulimit -c)" = 0 ] || [ -n "$(ls "$TMPDIR/cores")" ] ||
		fail "nobody leaves a core file here"
fi
for amount in 6000 7000 8000; do
	wait_until 60 at_bank $amount reversed ||
		fail "$amount is not given back: $(bank dump) $($CTL bank reversals)"
done
nothing_owed() {
	! $CTL bank reversals | grep -q press-1
}
wait_until 60 nothing_owed || fail "owed still: $($CTL bank reversals)"

# Other links take the place of the old ones; the journal stays one.
$CTL reload
check "paid after a reload" "$(buy alice 40.00 paid-2)" 'Paid*'
sed -i 's/^response=.*/response=10s/' "$TMPDIR/link"
$CTL reload
wait_until 30 link_is_up || fail "the link is down: $($CTL bank status)"
check "paid over the new link" "$(buy alice 60.01 paid-3)" 'Paid*'

# Both books: 1000.00 less three payments.
check "the card" "$(bank dump | grep '"account":1,"name"')" '*"balance":84999,*'
check "the merchant" "$($CTL balance press-1)" '*150.01*EUR*'
check "payments" "$($CTL register list --customer alice --json |
	grep -o '"kind":[ ]*"payment"' | wc -l)" 3
check "the register" "$($CTL register verify)" '*is whole*EUR *0.00 EUR*'

# The bank's day ends: what is in doubt is told of beside the difference.
bank cutover >/dev/null
reconciled() {
	$CTL bank reconcile | grep -q 'the bank says'
}
wait_until 60 reconciled || fail "no reconciliation: $($CTL bank reconcile)"
check "reconciliation" "$($CTL bank reconcile)" '*payments: ours*in doubt:*'
# Once more by hand; and what cannot be asked for says so.
day=$($CTL bank reconcile | sed -n 's/^day \([0-9]*\),.*/\1/p' | head -n 1)
check "asked for" "$($CTL bank reconcile --now --day "$day" bank)" \
    '*asked for 1 total;*'
no=$($CTL bank reconcile --now --day 0230 2>&1) && fail "no such day"
check "no such day" "$no" '*the journal has nothing of day 0230*'
no=$($CTL bank reconcile --now --day 1322 2>&1) && fail "no day"
check "no day" "$no" '*a day is MMDD*'
no=$($CTL bank reconcile --day 1122 2>&1) && fail "a day alone"
check "a day alone" "$no" '*--day is for --now*'

# The numbers: in files, and in the memory of the unit that faces the network.
numbers() {
	python3 "$TILL_SRC/tests/flow/numbers.py" "$@"
}
numbers "$TMPDIR/bank" -- $card >/dev/null && fail "the scan finds nothing"
if [ "$(id -u)" = 0 ] && [ "${TILL_SANITIZE:-no}" = no ]; then
	numbers "pid:$(till_unit_pid front)" -- $card ||
		fail "the front unit has it in its memory"
fi
till_stop
rm -r "$TMPDIR/bank"
numbers "$TMPDIR" -- $card || fail "a number is where it must not be"

#!/bin/sh
# flight.sh - what 500 purchases that wait for a bank cost wallet payments.
#
# The bank answers after 8 s.  In turn, in one server: wallet payments alone;
# beside 500 that have begun and wait; and beside 500 of which each that ends
# makes room for another, 62 a second, so that what they cost to begin, to
# settle and to end is counted, too.  Each lasts about 2 s, so that the 500 still
# wait at its end, and is compared with what was measured alone right before; of
# FLIGHT_ROUNDS (5) the median counts.
# Prints one "name value" per line.
set -eu
: "${TILL_SRC:?}" "${TILL_BUILD:?}"
TMPDIR=$(mktemp -d "$TILL_BUILD/flight.XXXXXX")
export TMPDIR
# shellcheck source=tests/flow/lib.sh
. "$TILL_SRC/tests/flow/lib.sh"
at_exit "rm -rf '$TMPDIR'"
# shellcheck source=tests/bank/lib.sh
. "$TILL_SRC/tests/bank/lib.sh"

rounds=${FLIGHT_ROUNDS:-5}
customers=16
FLIGHT=500 DELAY_S=8
export FLIGHT DELAY_S
card=4000001234567899

cat >"$TMPDIR/script" <<END
account $card 978 900000000000
when mti=0200 do delay=${DELAY_S}000
END
bank_start
bank_link >"$TMPDIR/link" </dev/null
cat >"$TILL_CONF" <<END
module  anybody  auth_mock      answer=grant
module  pin      auth_password
module  wallet   settle_wallet  max-balance="1000.00 EUR"
module  bank     settle_bank    link=$TMPDIR/link state=$TMPDIR/books timeout=1m
auth    required  pin      when amount < 1.00 EUR
auth    required  anybody  when amount >= 1.00 EUR
settle  route     wallet   when amount < 1.00 EUR
settle  route     bank
settle  refuse    "not handled"
set     pending-after  0s
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
for merchant in press-1 press-2; do
	$CTL merchant add $merchant --name "Press" \
	    --return-url http://127.0.0.1:9/return >/dev/null
done
$CTL merchant key press-1 --jwk "$TMPDIR/key.jwk" >/dev/null
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/wallet.pem" >"$TMPDIR/wallet.jwk"
$CTL merchant key press-2 --jwk "$TMPDIR/wallet.jwk" >/dev/null
till_customer alice Alice "password" >/dev/null
bank_customer alice $card >/dev/null
i=0
while [ $i -lt $customers ]; do
	till_customer "reader-$i" "Reader $i" "password-$i" >/dev/null
	$CTL topup "reader-$i" "900.00 EUR" >/dev/null
	echo "reader-$i password-$i"
	i=$((i + 1))
done >"$TMPDIR/customers"
wait_until 60 bank_is_up || fail "the link is down: $($CTL bank status)"

# wallet N: N complete payments, from wallets; how many a second
wallet() {
	"$TILL_BUILD/tests/bench/pay" -p "${TILL_URL##*:}" -i "$TILL_URL" \
	    -r http://127.0.0.1:9/return -C "$TMPDIR/customers" \
	    -P "$TILL_PID" -c 64 -n "$1" -m "press-2=$TMPDIR/wallet.pem" \
	    >"$TMPDIR/wallet"
	sed -n 's/^per_second //p' "$TMPDIR/wallet"
}
under_way() {
	bank_ctl stats | sed -n 's/.*"under_way":\([0-9]*\).*/\1/p'
}
is_ready() {
	grep -q ready "$TMPDIR/flight"
}

# beside HOW: wallet payments while purchases are under way
beside() {
	: >"$TMPDIR/flight"
	node "$TILL_SRC/tests/flow/bank-flight.js" "$1" <"$TMPDIR/go" \
	    >"$TMPDIR/flight" &
	flight=$!
	exec 4>"$TMPDIR/go"
	wait_until 120 is_ready || fail "no purchases"
	under_way >>"$TMPDIR/$1-under-way"
	wallet "$n" >>"$TMPDIR/$1"
	under_way >>"$TMPDIR/$1-under-way"
	exec 4>&-
	wait $flight || fail "the purchases"
}

mkfifo "$TMPDIR/go"
n=$(($(wallet 4000) * 2))
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	wallet "$n" >>"$TMPDIR/alone"
	beside waiting
	beside steady
done
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

median() {
	sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"
}
least() {
	sort -n "$1" | head -n 1
}
for how in alone waiting steady; do
	echo "$how $(median "$TMPDIR/$how")"
done
for how in waiting steady; do
	paste "$TMPDIR/$how" "$TMPDIR/alone" |
		awk '{ print int($1 * 100 / $2) }' >"$TMPDIR/$how-percent"
	echo "$how-percent $(median "$TMPDIR/$how-percent")"
	echo "$how-under-way $(least "$TMPDIR/$how-under-way")"
done

#!/bin/sh
# async - 1,000 settlements of 5 s each in flight at once, while payments from
# wallets keep their speed; then the same number, and kill -9 of the rear unit
# while they are in flight: all end paid, once each, and nothing grows with them
# that has no bound.
# TILL_FLOW=short makes 100 of 2 s; TILL_ORDERS says another number.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

case ${TILL_FLOW:-} in
short)	ORDERS=100 DELAY_S=2 ;;
*)	ORDERS=1000 DELAY_S=5 ;;
esac
ORDERS=${TILL_ORDERS:-$ORDERS}
export ORDERS DELAY_S

cat >"$TILL_CONF" <<END
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="100000.00 EUR"
module  bank     settle_mock     async=yes async-query=yes delay=${DELAY_S}s \\
    journal=$TMPDIR/bank
auth    required  anybody
settle  route     wallet  when amount < 1.00 EUR
settle  route     bank
settle  refuse    "not handled"
set     pending-after  0s
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
till_customer bob Bob "correct horse"
$CTL topup bob "50000.00 EUR"

# of CUSTOMER: the payments in the register, and how many different ones.
of() {
	$CTL register list --customer "$1" --json >"$TMPDIR/register"
	grep -o '"kind":[ ]*"payment"' "$TMPDIR/register" | wc -l
}
threads() {
	find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l
}
files() {
	find "/proc/$1/fd" -mindepth 1 -maxdepth 1 | wc -l
}
kilobytes() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}
status() {
	$CTL status --json | sed -n "s/.*\"$1\":[ ]*\([0-9]*\).*/\1/p"
}

rear=$(till_unit_pid rear)
: >"$TMPDIR/out"
node "$TILL_SRC/tests/flow/async.js" measure >"$TMPDIR/out" &
client=$!
at_exit "kill -9 $client 2>/dev/null"

# The client says "ready" with its first wallet payments behind it, and
# "flight" when all have been told that their payment is pending.
said() {
	grep -q "^$1" "$TMPDIR/out" && return 0
	kill -0 "$client" 2>/dev/null || fail "the client ended"
	return 1
}
wait_until 60 said ready || fail "no wallet payments"
threads=$(threads "$rear") files=$(files "$rear") memory=$(kilobytes "$rear")
wait_until 120 said flight || fail "the settlements did not begin"
flying=$(status in_flight)
more_threads=$(($(threads "$rear") - threads))
more_files=$(($(files "$rear") - files))
more_memory=$(($(kilobytes "$rear") - memory))
wait "$client" || { cat "$TMPDIR/out"; fail "the client"; }
cat "$TMPDIR/out"
echo "in flight: $flying orders, $more_threads more threads," \
    "$more_files more files, $more_memory kB more"
# A wallet payment may just have been at work, too.
if grep -q '^flight in time' "$TMPDIR/out"; then
	[ "$flying" -ge "$ORDERS" ] || fail "$flying in flight, not $ORDERS"
fi
[ "$more_threads" -le 0 ] || fail "$more_threads more threads"
[ "$more_files" -le 0 ] || fail "$more_files more files"
[ "$TILL_SANITIZE" != no ] || [ "$more_memory" -le $((ORDERS * 64 + 8192)) ] ||
	fail "$more_memory kB for $ORDERS orders"
check "each was paid once" "$(of alice)" "$ORDERS"

# Those that are in flight when the rear unit dies are found out by QUERY, which
# takes as long, but not one after the other.
: >"$TMPDIR/out"
node "$TILL_SRC/tests/flow/async.js" killed >"$TMPDIR/out" &
client=$!
wait_until 120 said flight || fail "the settlements did not begin"
kill -9 "$(till_unit_pid rear)"
wait "$client" || { cat "$TMPDIR/out"; fail "the client"; }
cat "$TMPDIR/out"
check "each was paid once" "$(of alice)" $((ORDERS * 2))
check "the bank was asked" "$(grep -c '^call 6 ' "$TMPDIR/bank")" '[1-9]*'

sum=$($CTL balance press-1 --json)
paid=$((ORDERS * 2 * 120 + $(of bob)))
check "what the merchant has" "$sum" \
    "*\"$((paid / 100)).$(printf %02d $((paid % 100)))\"*"
verified=$($CTL register verify) || fail "the register does not verify"
check "the sum of all accounts" "$verified" "*is whole*EUR *0.00 EUR*"
till_stop

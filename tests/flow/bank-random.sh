#!/bin/sh
# The random run: thousands of purchases through a simulated bank that loses,
# delays, doubles and garbles messages, declines, answers wrongly and hangs up,
# while the rear unit is killed now and then.  Once with a bank that remembers
# a reversal which overtakes its purchase, once with one that forgets it.  When
# all that is owed back has been given back, the bank's books and ours say the
# same, order by order; bank-plan.js has the faults, bank-books.js compares.
# TILL_FLOW=long makes 20000 in each mode and a kill every 4000, short 100 and
# 50, otherwise 300 and 150; TILL_PURCHASES says another number, TILL_SEED
# repeats.  TILL_REPORT names a file to which the table is added.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
# shellcheck source=tests/bank/lib.sh
. "$TILL_SRC/tests/bank/lib.sh"

case ${TILL_FLOW:-} in
short)	PURCHASES=100 KILL_EVERY=50 BUYERS=16 ;;
long)	PURCHASES=20000 KILL_EVERY=4000 BUYERS=128 ;;
*)	PURCHASES=300 KILL_EVERY=150 BUYERS=24 ;;
esac
PURCHASES=${TILL_PURCHASES:-$PURCHASES}
SEED=${TILL_SEED:-$(($(date +%s) % 1000000))}
export PURCHASES KILL_EVERY BUYERS SEED
echo "seed $SEED, $PURCHASES purchases in each mode"

plan() {
	node "$TILL_SRC/tests/flow/bank-plan.js" "$@"
}
plan script remembers "$SEED" >"$TMPDIR/script"
bank_start --roams

# Four links: when one is closed another one takes over.
settings=$(plan settings)
bank_link >"$TMPDIR/link-1" <<END
response=${settings% *}
END
links=
for i in 2 3 4; do
	cp "$TMPDIR/link-1" "$TMPDIR/link-$i"
	links="$links link=$TMPDIR/link-$i"
done
cat >"$TILL_CONF" <<END
module  anybody  auth_mock    answer=grant
module  bank     settle_bank  state=$TMPDIR/books link=$TMPDIR/link-1 \\
   $links
auth    required  anybody
settle  route     bank
settle  refuse    "not handled"
set     reversal-after  ${settings#* }
set     reversal-retry  500ms
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
plan cards >"$TMPDIR/cards"
while read -r cid card; do
	till_customer "$cid" Reader "correct horse"
	bank_customer "$cid" "$card"
done <"$TMPDIR/cards" >"$TMPDIR/made"
wait_until 60 bank_is_up || fail "the link is down: $($CTL bank status)"

node "$TILL_SRC/tests/flow/bank-random.js" remembers forgets ||
	fail "the random run with TILL_SEED=$SEED"
verified=$($CTL register verify) || fail "the register does not verify"
check "the register" "$verified" '*is whole*EUR *0.00 EUR*'
till_stop

# What has grown: the next start reads it.
began=$(date +%s%3N)
till_start
wait_until 60 bank_is_up || fail "the link is down: $($CTL bank status)"
serves=$(($(date +%s%3N) - began))
kilobytes=$(du -k "$TMPDIR/books/journal" | cut -f 1)
echo "journal of $kilobytes kB; it serves $serves ms after its start" |
	tee -a "$TMPDIR/report"
[ -z "${TILL_REPORT:-}" ] || {
	echo "The random run, seed $SEED"
	cat "$TMPDIR/report"
} >>"$TILL_REPORT"
till_stop

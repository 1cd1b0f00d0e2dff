#!/bin/sh
# kill - kill -9 of the rear unit at random moments under load: nothing that
# was accepted is lost, nothing is paid twice, and it is back within 2 s of
# the supervisor seeing it.
# TILL_ROUNDS kills (20); TILL_FLOW=short makes 5, long 200; TILL_SEED repeats.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

case ${TILL_FLOW:-} in
short)	rounds=5 ;;
long)	rounds=200 ;;
*)	rounds=20 ;;
esac
rounds=${TILL_ROUNDS:-$rounds}
export rounds
seed=${TILL_SEED:-$(date +%s)}
echo "seed $seed, $rounds rounds"

# random N: 0..N-1, from the seed
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	echo $((seed / 65536 % $1))
}

cat >"$TILL_CONF" <<'END'
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="100000.00 EUR"
auth    required  anybody
settle  route     wallet
settle  refuse    "not handled"
END
till_start
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/press.pem" >"$TMPDIR/press.jwk"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return
$CTL merchant key press-1 --jwk "$TMPDIR/press.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "50000.00 EUR"
: >"$TMPDIR/journal"
"$TILL_BUILD/tests/tools/steady" "$TILL_URL" press-1 "$TMPDIR/press.pem" \
    alice 8 "$TMPDIR/journal" &
steady=$!
at_exit "kill -9 $steady 2>/dev/null"

lines() {
	wc -l <"$TMPDIR/journal"
}
grown() {
	[ "$(lines)" -gt "$had" ]
}
fresh() {
	pid=$(till_unit_pid rear) && [ -n "$pid" ] && [ "$pid" != "$old" ]
}
had=0
wait_until 60 grown || fail "no payment at all"
i=0
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	sleep "0.$(($(random 60) + 10))"
	old=$(till_unit_pid rear)
	kill -9 "$old"
	had=$(lines)
	wait_until 60 fresh || fail "round $i: the supervisor did not restart it"
	# One payment that is answered says that it serves again.
	wait_until 60 grown || fail "round $i: no payment after the restart"
	had=$(lines)
	wait_until 60 grown || fail "round $i: no payment after the restart"
done
kill -TERM "$steady"
wait "$steady" || fail "a payment was never known"

$CTL register verify || fail "the register does not verify"
register_whole >"$TMPDIR/register.json"
node - "$TMPDIR/register.json" "$TMPDIR/journal" "$TILL_LOG" <<'END' || fail "the books differ"
const fs = require("fs");
const [, , register, journal, log] = process.argv;
const text = fs.readFileSync(register, "utf8").trim();
const entries = text.startsWith("[") ? JSON.parse(text)
	: text.split("\n").flatMap((l) => JSON.parse(l).entries ?? JSON.parse(l));
const paid = new Map();
let bad = 0;
const complain = (t) => { bad++; console.error(t); };
for (const e of entries.filter((x) => x.kind === "payment")) {
	if (paid.has(e.jti)) complain(`${e.jti} was paid twice`);
	paid.set(e.jti, e.serial);
}
let n = 0;
for (const line of fs.readFileSync(journal, "utf8").trim().split("\n")) {
	const [jti, txn] = line.split(" ");
	n++;
	if (txn === "refused") complain(`${jti} was refused`);
	else if (paid.get(jti) !== Number(txn)) complain(`${jti} was lost`);
}
if (paid.size !== n) complain(`${n} answers, ${paid.size} entries`);

// From the moment the supervisor saw it end until it served again.
const back = [];
let ended = null;
for (const line of fs.readFileSync(log, "utf8").trim().split("\n")) {
	if (!line.includes('"unit":"supervisor"')) continue;
	const e = JSON.parse(line);
	if (e.name !== "rear") continue;
	if (e.event === "unit.died") ended = Date.parse(e.time);
	if (e.event === "unit.serves" && ended !== null) {
		back.push(Date.parse(e.time) - ended);
		ended = null;
	}
}
back.sort((a, b) => a - b);
console.log(`back after ${back[back.length >> 1]} ms, at most ${back.at(-1)} ms`);
// Of a machine of its own: others that want the same cores stretch it.
const os = require("os");
const bound = 2000 * Math.max(1, os.loadavg()[0] / os.cpus().length);
if (process.env.TILL_SANITIZE === "no" && back.at(-1) > bound)
	complain(`the rear unit was away for more than ${Math.round(bound)} ms`);
if (back.length < Number(process.env.rounds)) complain("kills went unseen");
console.log(`${n} payments answered, ${paid.size} in the register`);
process.exit(bad === 0 ? 0 : 1);
END
n=$(lines)
cents=$((5000000 - n))
check "alice's balance" "$($CTL balance alice --json)" \
    "*\"$((cents / 100)).$(printf %02d $((cents % 100)))\"*"
till_stop

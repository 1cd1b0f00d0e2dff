#!/bin/sh
# What tillctl says of a configuration without a server: check, explain and
# graph; and what it says of an order that a server has recorded.
: "${TILL_SRC:?}"
# shellcheck source=tests/flow/lib.sh
. "$TILL_SRC/tests/flow/lib.sh"

# says WHAT STATUS PATTERN COMMAND...: run tillctl, compare status and output.
says() {
	what=$1 wanted=$2 pattern=$3
	shift 3
	status=0
	out=$("$TILL_BUILD/tillctl" "$@" 2>&1 </dev/null) || status=$?
	[ "$status" -eq "$wanted" ] || fail "$what: status $status: $out"
	check "$what" "$out" "$pattern"
}

dirs="-m $TILL_BUILD/modules -m $TILL_BUILD/tests/modules"
conf=$TMPDIR/stacks.conf
cat >"$conf" <<'END'
module  caps    policy_limits  per-ticket="500.00 EUR"
module  pin     auth_password
module  card    auth_mock
module  wallet  settle_wallet
module  bank    settle_mock
module  log     notify_syslog
list    trusted press-1 press-2
set     timezone Europe/Paris
policy  veto      caps
auth    requisite pin
auth    required  card    when amount > 50.00 EUR and not merchant in trusted
settle  route     wallet  when amount <= 30.00 EUR
settle  route     bank    when amount > 40.00 EUR and not hour in 22:00..06:00 on declined=next
settle  fallback  wallet  when auth.level >= 2
settle  refuse    "at night" when hour in 22:00..06:00
settle  refuse    "this amount or currency is not handled"
notify  try       log
END
# shellcheck disable=SC2086 # folders of our own making
explain() {
	what=$1 pattern=$2
	shift 2
	says "$what" 0 "$pattern" explain -f "$conf" $dirs --allow-mock "$@"
}

# Who makes a credential is asked what any sign-in is, and more.
# shellcheck disable=SC2086
asks_more() {
	says "kind $1" 0 "$2" explain -f "$TMPDIR/enrol.conf" $dirs --allow-mock \
	    --amount "0.00 EUR" --kind "$1"
}
{
	cat "$conf"
	echo 'auth required card when kind == enrol'
	echo 'set  enrol password'
} >"$TMPDIR/enrol.conf"
asks_more identity '*kind == enrol: no, it is identity*identified*'
asks_more enrol '*required card *assumed grant*kind == enrol*identified*'
# check: exact amounts, and modules that do not come back.
# shellcheck disable=SC2086
says "holes" 0 "*EUR tickets that a route takes only under conditions: above 30.00 to 40.00 EUR*" \
    check --allow-mock $dirs "$conf"
bad=$TMPDIR/bad.conf
cat >"$bad" <<'END'
module  a       policy_faulty fault=crash
module  b       policy_faulty fault=hang
module  c       policy_faulty fault=exit
module  d       policy_faulty fault=print
module  pin     auth_pasword
policy  veto    a
policy  veto    b
policy  veto    c
policy  veto    d
auth    required pin
settle  refuse  "no"
END
# shellcheck disable=SC2086
says "lost modules" 1 "*bad.conf:1:17: error: module policy_faulty crashed*\
*:2:17: error: *was not open after*:3:17: error: *ended the process*\
*:5:17: error: *'auth_pasword'*'auth_password'*" check $dirs "$bad"
# shellcheck disable=SC2086
out=$("$TILL_BUILD/tillctl" check $dirs --json - <"$bad") && fail "check: $out"
check "what a module prints is not in it" "$out" "[[]*"
check "all in JSON, from a pipe" "$(echo "$out" | grep -o '"level": *"error"' | wc -l)" 4

# dump, explain and replay open modules in the same way.
# shellcheck disable=SC2086
{
lost="*bad.conf:1:17: error: module policy_faulty crashed*\
*:2:17: error: *was not open after*:3:17: error: *ended the process*"
says "dump with lost modules" 1 "$lost" dump $dirs "$bad"
says "explain with lost modules" 78 "$lost" explain -f "$bad" $dirs --amount "1.00 EUR"
says "replay with lost modules" 78 "$lost" replay -s "$TMPDIR/nowhere" $dirs "$bad"
# talks FAULT WHEN: a configuration of a module that does so.
talks() {
	cat <<-END >"$TMPDIR/talks.conf"
	module  d       policy_faulty fault=$1 when=$2
	module  pin     auth_password
	module  wallet  settle_wallet
	policy  required d
	auth    required pin
	settle  route   wallet
	settle  refuse  "no"
	END
}
talks print opened
"$TILL_BUILD/tillctl" dump $dirs "$TMPDIR/talks.conf" 2>/dev/null >"$TMPDIR/dumped.conf"
says "what dump prints can be read" 0 "*: right: 3 modules*" check $dirs "$TMPDIR/dumped.conf"
out=$("$TILL_BUILD/tillctl" dump $dirs - 2>/dev/null <"$TMPDIR/talks.conf")
check "a dump from a pipe" "$out" "*module wallet settle_wallet*"
talks print asked
out=$("$TILL_BUILD/tillctl" explain --json -f "$TMPDIR/talks.conf" $dirs --amount "1.00 EUR" 2>/dev/null)
check "what a module prints is no answer" "$out" '{"ticket":*"verdict":"paid"*'
talks crash asked
says "one that crashes when it is asked" 70 "tillctl: module policy_faulty crashed when it was asked*" \
    explain -f "$TMPDIR/talks.conf" $dirs --amount "1.00 EUR"
talks hang asked
says "one that hangs when it is asked" 70 '{"error":"module policy_faulty did not answer in * seconds"}' \
    explain --json -f "$TMPDIR/talks.conf" $dirs --amount "1.00 EUR"
}
mkfifo "$TMPDIR/never"
exec 9<>"$TMPDIR/never"
# shellcheck disable=SC2086 # a list of options
timeout 60 "$TILL_BUILD/tillctl" check --allow-mock $dirs "$conf" <&9 >/dev/null ||
	fail "a standard input that nobody asked for is waited for"
exec 9>&-

# explain: which line decides, and why.
noon="--at 2026-11-22T12:00"
# shellcheck disable=SC2086
{
explain "a small one" "*caps*asked allow*pin*assumed grant*card*not matched*\
when amount > 50.00 EUR: no, it is 20.00 EUR*paid, by wallet in line 12*" \
    --amount "20.00 EUR" --merchant press-9 $noon
explain "a large one" "*card*assumed grant/1*granted*bank*committed*\
paid, by bank in line 13*" --amount 60 --currency EUR --merchant press-9 $noon
explain "of a trusted merchant" "*merchant in trusted: yes, it is press-2*\
paid, by bank*" --amount "60 EUR" --merchant press-2 $noon
explain "a denial" "*supplied deny*ended*settle: not walked*\
refused: the auth stack did not grant, by pin in line 10*" \
    --amount "20.00 EUR" --answer pin=deny $noon
explain "beyond a limit" "*asked refuse (limit)*refused: policy, by caps*" \
    --amount "500.01 EUR" $noon
explain "at night" "*sunday 23:30 Europe/Paris*hour in 22:00..06:00: yes*\
refused: no route takes it, by line 15: at night*" \
    --amount "60.00 EUR" --at 2026-11-22T22:30Z
explain "a hole" "*refused: no route takes it, by line 16: *" \
    --amount "35.00 EUR" $noon
explain "a fallback" "*supplied declined*paid, by wallet in line 14*" \
    --amount "60.00 EUR" --answer bank=declined --answer card=grant/2 $noon
explain "no fallback" "*auth.level >= 2: no, it is 1*\
refused: it could not be settled*" --amount "60.00 EUR" \
    --merchant press-1 --answer bank=declined $noon
explain "in doubt" "*unknown: *by bank*" --amount "60.00 EUR" \
    --answer bank=error $noon
explain "a failure that moved nothing" "*supplied error*\
refused: it could not be settled*" --amount "20.00 EUR" \
    --answer wallet=error $noon
explain "and in JSON" '*"instance":"wallet"*"result":"error"*' \
    --amount "20.00 EUR" --answer wallet=unknown $noon --json
explain "who are you" "*not walked*identified*" --amount "0.00 EUR" $noon
explain "in JSON" '{"ticket":*"verdict":"paid","instance":"wallet"}' \
    --amount "20.00 EUR" $noon --json
says "no such instance" 64 "*no rule uses an instance 'pim'*" explain -f "$conf" \
    $dirs --allow-mock --amount "2 EUR" --answer pim=deny
says "no such answer" 64 "*'allow' is no answer of 'pin'*" explain -f "$conf" \
    $dirs --allow-mock --amount "2 EUR" --answer pin=allow
for word in held released reversed not-found; do
	says "no charge is $word" 64 "*'$word' is no answer of 'bank'*" \
	    explain -f "$conf" $dirs --allow-mock --amount "60 EUR" \
	    --answer bank=$word
done
says "no such day" 64 "*a time is*" explain -f "$conf" $dirs --allow-mock \
    --amount "2 EUR" --at 2026-02-30T10:00
}
says "nothing to explain" 64 "*is missing*" explain -f "$conf"
# shellcheck disable=SC2086 # options
says "no such ticket" 66 "*nowhere*" explain -f "$conf" $dirs --allow-mock \
    --ticket "$TMPDIR/nowhere"
says "no such file" 66 "*nowhere*" explain -f "$TMPDIR/nowhere" --amount "1.00 EUR"
echo "nonsense" >"$TMPDIR/wrong.conf"
says "a wrong configuration" 78 "*error*" explain -f "$TMPDIR/wrong.conf" \
    --amount "1.00 EUR"

# graph
says "in a terminal" 0 "EUR*up to 30.00*wallet (line 12)*-----*above 40.00*bank (line 13)*" \
    graph "$conf"
says "as a picture" 0 "<svg *stacks.conf*class=\"hatch\"*</svg>" graph --svg "$conf"

# shellcheck disable=SC2086 # folders of our own making
{
says "with the options of check" 0 "EUR*" graph $dirs --allow-mock "$conf"
says "in JSON" 0 '[[]{"currency":"EUR","settle":[[]{"kind":"routed","name":"wallet (line 12)","from":"*","to":"30.00"}*"kind":"partly"*' \
    graph --json "$conf"
says "wrong, in JSON" 1 '{"error":"*","findings":[[]*' graph --json "$TMPDIR/wrong.conf"

# A file that is not there, and arguments that are wrong, are so everywhere.
for c in "check" "dump" "graph" "replay" "explain --amount 1.00EUR -f"; do
	says "no file: $c" 66 "*nowhere*" $c "$TMPDIR/nowhere"
	says "no option: $c" 64 "tillctl: unrecognized option*" ${c%% *} --foo
	status=0
	out=$("$TILL_BUILD/tillctl" ${c%% *} --json --foo 2>/dev/null </dev/null) || status=$?
	[ "$status" -eq 64 ] || fail "no option in JSON: $c: $status"
	check "no option in JSON: $c" "$out" '{"error":"*"}'
done
for c in "replay" "explain --amount 1.00EUR -f"; do
	status=0
	out=$("$TILL_BUILD/tillctl" $c "$TMPDIR/nowhere" --json 2>/dev/null </dev/null) || status=$?
	[ "$status" -eq 66 ] || fail "no file in JSON: $c: $status"
	check "no file in JSON: $c" "$(echo "$out" | tr -d '\n')" '{"error":"*","findings":[[]*[]]}'
done
says "no server, in JSON" 69 '*{"error":"*"}*' replay --json --allow-mock -s "$TMPDIR/nowhere" $dirs "$conf"
says "no folder" 64 "tillctl: -m '' names no folder*" check -m "" "$conf"
says "no folder for explain" 64 "tillctl: -m names no folder*" explain -m "" --amount "1.00 EUR"
says "what is told" 0 "*try log * delivered *done*" explain -f "$conf" $dirs \
    --allow-mock --amount "20.00 EUR"
}

# What a server has recorded.
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
RETURN_URL=https://journal.example/return
$CTL merchant add press-1 --name "Press" --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk" >/dev/null
till_customer alice Alice "correct horse"
$CTL topup alice "50.00 EUR" >/dev/null
export RETURN_URL
node - <<'END'
const fs = require('fs');
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	process.env.RETURN_URL);
const ticket = merchant.ticket(url, 'j1', { amount: '4.00' });

fs.writeFileSync(`${process.env.TMPDIR}/ticket`, `${ticket}\n`);
async function pay(one) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ customer: 'alice', ticket: one,
			answers: { password: 'correct horse' } }) });
	if (!(await response.text()).includes('"paid"'))
		throw new Error(`not paid: ${response.status}`);
}

// More than one answer of the server's can hold.
async function all() {
	await pay(ticket);
	for (let i = 0; i < 54; i++)
		await pay(merchant.ticket(url, `n-${i}`, { amount: '0.01' }));
}

all();
END
out=$($CTL explain --order press-1/j1 2>&1) || fail "explain --order: $out"
check "the recorded decision" "$out" "*state: *paid*rule 1 of policy, $TILL_CONF:[0-9]*: caps=allow\
*rule 1 of auth, *: pin=grant*rule 1 of settle, *: wallet=committed"

# A rule is known by its number while the stacks are the same, wherever their
# lines stand, and is found where it stands now.
cp "$TILL_CONF" "$TMPDIR/before.conf"
at() {
	awk -v word="$1" '$1 == word { print NR; exit }' "$TILL_CONF"
}
was=$(at settle)
{ echo "# one line more"; cat "$TMPDIR/before.conf"; } >"$TILL_CONF"
$CTL reload || fail "reload"
[ "$(at settle)" -eq $((was + 1)) ] || fail "the rule has not moved"
check "it has moved" "$($CTL explain --order press-1/j1)" \
    "*rule 1 of settle, $TILL_CONF:$((was + 1)): wallet=committed"
{ cat "$TMPDIR/before.conf"; echo 'auth veto pin'; } >"$TILL_CONF"
$CTL reload || fail "reload"
out=$($CTL explain --order press-1/j1)
check "the stacks are others" "$out" "*rule 1 of settle: wallet=committed*others now*"
cp "$TMPDIR/before.conf" "$TILL_CONF"
$CTL reload || fail "reload"

# The same orders under another configuration.
# shellcheck disable=SC2086
out=$($CTL replay $dirs "$TILL_CONF") || fail "replay: $out"
check "nothing changes" "$out" "55 orders, 0 would go another way"
sed 's/^settle  route.*/& when amount < 1.00 EUR/' "$TILL_CONF" >"$TMPDIR/other.conf"
status=0
# shellcheck disable=SC2086
out=$($CTL replay $dirs --since 2026-01-01T00:00 "$TMPDIR/other.conf") || status=$?
[ "$status" -eq 1 ] || fail "replay: status $status: $out"
check "one changes" "$out" "*press-1*j1*4.00 EUR*paid by wallet*refused*\
no route takes it*55 orders, 1 would go another way"
# shellcheck disable=SC2086
out=$($CTL replay $dirs --since @4102444800 --json "$TMPDIR/other.conf") ||
    fail "replay: $out"
check "none since then" "$out" '{"orders":*0,*"changes":*[]}'

explain "the ticket itself" "4.00 EUR, single, browser, merchant press-1*paid*" \
    --ticket "$TMPDIR/ticket" --at 2026-11-22T12:00
till_stop

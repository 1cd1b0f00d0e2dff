#!/bin/sh
# tokens - a customer's program pays by a token within its caps: one request an
# order, exactly as much as a day has room for, and the secret is kept nowhere.
# bob's tokens are in a module host.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<'END'
module  token    auth_token      alert-after=3 max-each="5.00 EUR"
module  boxed    auth_token      isolate=process
module  short    auth_token      lifetime=3s
module  pin      auth_password   max-tries=5 delay=10ms
module  wallet   settle_wallet   max-balance="1000.00 EUR"
list    others   bob dave erin
auth    requisite   token  when not customer in others
auth    requisite   boxed  when customer == bob
auth    requisite   short  when customer == erin
auth    sufficient  token  when customer == dave
auth    sufficient  pin    when customer == dave
settle  route     wallet
settle  refuse    "not handled"
END
till_start
mkdir "$TMPDIR/other"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR/other"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
$CTL merchant add press-2 --name "Other" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/other/key.jwk"
# The module that asks for a password is found behind the ones that do not.
till_customer dave Dave "correct horse"
$CTL customer add alice --name Alice
$CTL customer add bob --name Bob
$CTL customer add erin --name Erin
for cid in alice bob dave erin; do
	$CTL topup $cid "50.00 EUR"
done

# token CID NAME OPTION...: make one; NAME becomes it, on one line.
token() {
	cid=$1 name=$2
	shift 2
	$CTL customer token "$cid" --create --label "$name" "$@" \
	    >"$TMPDIR/$name.token" 2>"$TMPDIR/$name.said" ||
		fail "$name: $(cat "$TMPDIR/$name.said")"
	check "$name is a token" "$(cat "$TMPDIR/$name.token")" \
	    'till_[0-9a-f]*_[0-9a-f]*'
	[ "$(wc -c <"$TMPDIR/$name.token")" -eq 87 ] || fail "$name: its length"
	id=$(cut -d _ -f 2 "$TMPDIR/$name.token")
	secret=$(cut -d _ -f 3 "$TMPDIR/$name.token")
	check "what is said of $name" "$(cat "$TMPDIR/$name.said")" \
	    "token $id: $name: *"
	echo "$secret" >>"$TMPDIR/canaries"
}

# wrong PATTERN OPTION...: no token is made, and that is why.
wrong() {
	pattern=$1
	shift
	status=0
	out=$($CTL customer token "$@" 2>&1) || status=$?
	[ "$status" -ne 0 ] || fail "customer token $*: $out"
	check "customer token $*" "$out" "$pattern"
}

token alice small --each "0.10 EUR" --day "2.00 EUR" --merchants press-1
token alice day --each "1.00 EUR" --day "7.50 EUR"
token alice count --each "1.00 EUR" --day "40.00 EUR" --count 3 --channel any
token bob boxed --instance boxed --each "1.00 EUR" --day "7.50 EUR"

wrong '*--each is missing*' alice --create --day "2.00 EUR"
wrong '*each: is at most 5.00 EUR here*' alice --create --each "5.01 EUR" \
    --day "9.00 EUR"
wrong '*that is over*' alice --create --each "1.00 EUR" --day "1.00 EUR" \
    --expires 2026-01-01
wrong '*there is no customer*' nobody --create --each "1.00 EUR" --day "1.00 EUR"
wrong '*one of --create*' alice
wrong '*one of --create*' alice --create --list
wrong '*--each is for --create*' alice --list --each "1.00 EUR"
wrong '*there is no such token*' alice --revoke 0123456789abcdef
wrong "*no auth_token of the auth stack*" alice --create --instance pin \
    --each "1.00 EUR" --day "1.00 EUR"

# With --json the token is still alone on standard output.
$CTL customer token alice --create --json --each "1.00 EUR" --day "1.00 EUR" \
    >"$TMPDIR/json.token" 2>"$TMPDIR/json.said"
check "the JSON" "$(cat "$TMPDIR/json.said")" '{*"label":"1.00 each, *"*}'
check "beside it" "$(cat "$TMPDIR/json.token")" 'till_*_*'
cut -d _ -f 3 "$TMPDIR/json.token" >>"$TMPDIR/canaries"

node "$TILL_SRC/tests/flow/tokens.js" caps || fail "caps"
node "$TILL_SRC/tests/flow/tokens.js" password || fail "a password instead"
node "$TILL_SRC/tests/flow/tokens.js" strangers || fail "strangers"
node "$TILL_SRC/tests/flow/tokens.js" pages || fail "pages"

# As much as fits, of twenty at once, and the ledger agrees.
payments() {
	$CTL register list --customer "$1" --json | grep -o '"payment"' | wc -l
}
before=$(payments alice)
node "$TILL_SRC/tests/flow/tokens.js" day alice || fail "a day's sum"
[ "$(payments alice)" -eq $((before + 7)) ] || fail "a day's payments"
node "$TILL_SRC/tests/flow/tokens.js" count alice || fail "a day's number"
[ "$(payments alice)" -eq $((before + 9)) ] || fail "a day's number of them"
node "$TILL_SRC/tests/flow/tokens.js" boxed bob || fail "in a module host"
[ "$(payments bob)" -eq 7 ] || fail "bob's payments"
check "bob paid seven" "$($CTL balance bob --json)" '*"43.00"*'
check "alice paid nine and a little" "$($CTL balance alice --json)" '*"40.60"*'

# One that is over before anything was paid shows less: then another one.
brief=3
for n in 1 2 3 4 5; do
	[ "$brief" -eq 3 ] || break
	token erin "brief$n" --instance short --each "1.00 EUR" --day "40.00 EUR"
	brief=0
	node "$TILL_SRC/tests/flow/tokens.js" brief "brief$n" || brief=$?
done
[ "$brief" -eq 0 ] || fail "brief"

# Listed by its id, and gone when it is revoked.
id=$(cut -d _ -f 2 "$TMPDIR/small.token")
check "the list" "$($CTL customer token alice --list)" \
    "*$id  token  small: 0.10 each, 2.00 EUR a day, at press-1, api, to 20*"
$CTL customer token alice --list --json >"$TMPDIR/list.json"
$CTL customer show alice --json >"$TMPDIR/show.json"
check "revoked" "$($CTL customer token alice --revoke "$id")" \
    "token $id is revoked"
check "it is gone" "$($CTL customer token alice --list | grep -c "$id")" 0
wrong '*there is no such token*' alice --revoke "$id"
node "$TILL_SRC/tests/flow/tokens.js" revoked || fail "revoked"

# Both are in the register, by whom.
$CTL register list --json >"$TMPDIR/register.json"
for what in create revoke; do
	grep -q "customer token alice $what $id" "$TMPDIR/register.json" ||
		fail "the register does not say $what"
done
grep -q '"auth.alert".*"instance":"token".*wrong tokens' "$TILL_LOG" ||
	fail "nobody is told of wrong tokens"
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

# The secrets are for nobody else; an id is where it is looked for.
grep -rqaF "$id" "$TILL_STATE" || fail "no id is kept"
[ "$(wc -l <"$TMPDIR/canaries")" -ge 6 ] || fail "the canaries"
! grep -rlaF -f "$TMPDIR/canaries" "$TILL_LOG" "$TILL_STATE" "$TMPDIR"/*.json \
    "$TMPDIR"/*.said || fail "a secret was kept"

#!/bin/sh
# enrol - who changes a password or makes a token, by nothing but HTTP: with a fresh
# sign-in, and with the card where there is one; and nobody else in any way.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<END
module  token   auth_token      max-each="2.00 EUR" max-day="3.00 EUR"
module  pin     auth_password   delay=10ms
module  card    auth_smartcard  delay=10ms
module  wallet  settle_wallet   max-balance="1000.00 EUR"
module  ear     notify_mock     journal=$TMPDIR/ear
auth    requisite  token  when channel == api
auth    requisite  pin    when channel == browser
auth    required   card   when amount > 100.00 EUR
settle  route      wallet
settle  refuse     "not handled"
notify  must       ear
set     enrol      password token
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
mkdir "$TMPDIR/other"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR/other"
for mid in press-1 press-2; do
	folder=$TMPDIR
	[ $mid = press-1 ] || folder=$TMPDIR/other
	$CTL merchant add $mid --name "$mid" \
	    --return-url http://127.0.0.1:9/return --jwk "$folder/key.jwk"
done
for cid in alice bob; do
	till_customer $cid $cid "correct horse"
	$CTL topup $cid "50.00 EUR"
done
openssl ecparam -name prime256v1 -genkey -noout -out "$TMPDIR/card.pem"
openssl ec -in "$TMPDIR/card.pem" -pubout -out "$TMPDIR/card.pub" 2>/dev/null
$CTL customer key bob --add "$TMPDIR/card.pub"

node "$TILL_SRC/tests/flow/enrol.js" || fail "enrol.js"
# What alice has done, and nothing of bob's.
all_told() {
	[ "$(grep -c 'notify auth.alert ' "$TMPDIR/ear")" -ge 4 ]
}
wait_until 20 all_told || fail "somebody is not told"
check "the alerts" "$(grep -c 'notify auth.alert ' "$TMPDIR/ear")" 4
made=$($CTL register list --limit 200)
check "what is recorded" "$made" '*customer passwd alice*customer token alice create*'
case $made in
*'passwd bob'*|*'token bob'*) fail "somebody has made something of bob's" ;;
esac
# Of secrets nothing is anywhere but in what a browser was told.
! grep -r -q -a "staple gun" "$TMPDIR/ear" "$TILL_LOG" "$TILL_STATE" ||
	fail "the password is kept"

# Without "set enrol" nothing is offered, and nothing is taken.
grep -v '^set  *enrol' "$TILL_CONF" >"$TMPDIR/closed"
cat "$TMPDIR/closed" >"$TILL_CONF"
$CTL reload
node "$TILL_SRC/tests/flow/enrol.js" closed || fail "enrol.js closed"
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

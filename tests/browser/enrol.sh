#!/bin/sh
# A customer changes a password, adds passkeys of a virtual authenticator, makes a
# token and signs out everywhere, in a real browser; and what others would like to do
# with that changes nothing.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
conf() {
	cat <<CONF
module  token   auth_token      max-each="2.00 EUR" max-day="20.00 EUR"
module  pin     auth_password   delay=10ms
module  card    auth_smartcard  max-tries=100 ${1-}
module  wallet  settle_wallet   max-balance="1000.00 EUR"
module  ear     notify_mock     journal=$TMPDIR/ear
auth    requisite  token  when channel == api
auth    requisite  pin    when channel == browser
auth    required   card   when amount > 100.00 EUR
settle  route      wallet when currency == EUR
settle  refuse     "this currency is not handled"
notify  try        ear
set     currencies EUR
set     enrol      password passkey token
set     operator   "Harbour Pay"
CONF
}
# A passkey is for a name and not for an address; the port is known only now.
conf >"$TILL_CONF"
till_start
till_stop
port=${TILL_URL##*:}
openssl rand -base64 33 >"$TMPDIR/decoys"
conf "origin=http://localhost:$port decoys=$TMPDIR/decoys" >"$TILL_CONF"
till_start -l "127.0.0.1:$port" --issuer "http://localhost:$port"
TILL_URL=http://localhost:$port
till_customer alice "Alice Martin" "correct horse"
till_customer bob "Bob Durand" "battery staple"
$CTL topup alice "50.00 EUR"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url https://press.example/return --jwk "$TMPDIR/key.jwk"
node "$TILL_BUILD/tests/node/browser/enrol.mjs" || fail "in the browser"
# One for each change: a password, two passkeys, a token made and revoked.
check "the alerts" "$(grep -c 'notify auth.alert ' "$TMPDIR/ear")" 5
for canary in 'staple gun' 'till_[0-9a-f]\{16\}_'; do
	! grep -q "$canary" "$TILL_LOG" || fail "the log has a secret"
done
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

#!/bin/sh
# A passkey is made and pays in a real browser, whose authenticator is a virtual
# one, also in the browser's own dialog for payments; and what is wrong with a signature in any way pays nothing.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
conf() {
	cat <<END
module  pin     auth_password   delay=10ms
module  card    auth_smartcard  max-tries=100 ${1-}
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin   when amount > 10.00 EUR
auth    required   card
settle  route      wallet
settle  refuse     "not handled"
set     currencies EUR
set     operator   "Harbour Pay"
END
}
# A passkey is for a name and not for an address; the port is known only now.
conf >"$TILL_CONF"
till_start
till_stop
port=${TILL_URL##*:}
# As README says, by whoever has an ordinary umask.
how=$(sed -n "s|^    # \(.*openssl rand.*\)/etc/till/decoys|\1$TMPDIR/decoys|p" \
    "$TILL_SRC/README")
( umask 022; eval "$how" )
conf "origin=http://localhost:$port decoys=$TMPDIR/decoys" >"$TILL_CONF"
till_start -l "127.0.0.1:$port" --issuer "http://localhost:$port"
TILL_URL=http://localhost:$port
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url https://press.example/return --jwk "$TMPDIR/key.jwk"
till_customer alice "Alice Martin" "correct horse"
till_customer bob "Bob Durand" "battery staple"
$CTL topup alice "50.00 EUR"
$CTL topup bob "50.00 EUR"
node "$TILL_BUILD/tests/node/browser/passkey.mjs" || fail "in the browser"
check "bob has paid nothing" "$($CTL balance bob --json)" '*"50.00"*'
# The page says one thing of all; the log says which.
for why in 'made at another origin' 'made for another challenge' \
    'has no such passkey' 'signature is wrong' 'user was not verified' \
    'counter went back' 'another amount was shown'; do
	grep 'a signature is refused' "$TILL_LOG" | grep -q "$why" ||
		fail "nothing was refused as: $why"
done
grep -q '"auth.alert"' "$TILL_LOG" || fail "no alert for the copy"
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

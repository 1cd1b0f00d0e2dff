#!/bin/sh
# An ID card pays from the page by the extension Web eID, for which a script stands
# in: its answers are signed by a card of openssl's making.  What is wrong with one
# in any way pays nothing.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
conf() {
	cat <<END
module  card    auth_smartcard  max-tries=100 ${1-}
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    required   card
settle  route      wallet
settle  refuse     "not handled"
set     currencies EUR
set     operator   "Harbour Pay"
END
}
# A CA, and of it alice's card; another CA with her name, too.
for ca in ca other; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes \
	    -days 2 -subj "/CN=Card CA $ca" -keyout "$TMPDIR/$ca.key" \
	    -out "$TMPDIR/$ca.pem" -addext basicConstraints=critical,CA:TRUE \
	    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
done
cat >"$TMPDIR/card.ext" <<END
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
END
card() {
	openssl req -new -newkey ec -pkeyopt "ec_paramgen_curve:$3" -nodes \
	    -subj "/CN=Alice Martin" -keyout "$TMPDIR/$1.key" \
	    -out "$TMPDIR/$1.csr" 2>/dev/null
	openssl x509 -req -in "$TMPDIR/$1.csr" -days 2 -CA "$TMPDIR/$2.pem" \
	    -CAkey "$TMPDIR/$2.key" -set_serial "$4" \
	    -extfile "$TMPDIR/card.ext" -out "$TMPDIR/$1.pem" 2>/dev/null
}
card mine ca P-384 1
card forged other P-384 2
card stolen ca P-256 3
mkdir "$TMPDIR/lists"
: >"$TMPDIR/lists/index"
cat >"$TMPDIR/lists/conf" <<END
[ca]
default_ca = it
[it]
database = $TMPDIR/lists/index
default_md = sha256
default_crl_days = 1
END
revoke() {
	openssl ca -config "$TMPDIR/lists/conf" -cert "$TMPDIR/ca.pem" \
	    -keyfile "$TMPDIR/ca.key" "$@" 2>/dev/null
}
revoke -revoke "$TMPDIR/stolen.pem"
revoke -gencrl -out "$TMPDIR/crl.pem"
# A browser's site is known only with the port.
conf >"$TILL_CONF"
till_start
till_stop
port=${TILL_URL##*:}
openssl rand -base64 33 >"$TMPDIR/decoys"
conf "web-eid=yes ca=$TMPDIR/ca.pem crl=$TMPDIR/crl.pem \
    origin=http://localhost:$port decoys=$TMPDIR/decoys" >"$TILL_CONF"
till_start -l "127.0.0.1:$port" --issuer "http://localhost:$port"
TILL_URL=http://localhost:$port
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url https://press.example/return --jwk "$TMPDIR/key.jwk"
$CTL customer add alice --name "Alice Martin"
$CTL customer add bob --name "Bob Durand"
$CTL topup alice "50.00 EUR"
$CTL topup bob "50.00 EUR"
$CTL customer key alice --add "$TMPDIR/mine.pem" --by-subject --label "ID card"
node "$TILL_BUILD/tests/node/browser/web-eid.mjs" "$@" || fail "in the browser"
check "bob has paid nothing" "$($CTL balance bob --json)" '*"50.00"*'
# The page says one thing of all; the log says which.
for why in 'at another origin' 'certificate revoked' 'unable to get' \
    "none of the customer" 'format is not'; do
	grep 'a signature is refused' "$TILL_LOG" | grep -q "$why" ||
		fail "nothing was refused as: $why"
done
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

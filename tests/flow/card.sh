#!/bin/sh
# card - a program pays with a key and with a certificate, and what is wrong in
# any way is refused with the same words.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# A CA, two certificates of it, and its CRL, by a tool that is not ours.
mkdir "$TMPDIR/ca"
cat >"$TMPDIR/ca.cnf" <<END
[ca]
default_ca = cards
[cards]
database = $TMPDIR/ca/index
serial = $TMPDIR/ca/serial
crlnumber = $TMPDIR/ca/crlnumber
new_certs_dir = $TMPDIR/ca
certificate = $TMPDIR/ca.pem
private_key = $TMPDIR/ca.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
x509_extensions = card
unique_subject = no
[any]
commonName = supplied
[card]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
END
: >"$TMPDIR/ca/index"
echo 1001 >"$TMPDIR/ca/serial"
echo 01 >"$TMPDIR/ca/crlnumber"
ssl() {
	openssl "$@" >>"$TMPDIR/openssl.log" 2>&1 || {
		cat "$TMPDIR/openssl.log"
		fail "openssl $*"
	}
}
p256() {
	ssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}
crl() {
	ssl ca -config "$TMPDIR/ca.cnf" -gencrl -out "$TMPDIR/crl.new"
	mv "$TMPDIR/crl.new" "$TMPDIR/crl.pem"
}
p256 "$TMPDIR/ca.key"
ssl req -new -x509 -config "$TMPDIR/ca.cnf" -extensions authority \
    -subj "/CN=Card CA" -days 30 -key "$TMPDIR/ca.key" -out "$TMPDIR/ca.pem"
for name in alice bob; do
	p256 "$TMPDIR/$name.key"
	ssl pkey -in "$TMPDIR/$name.key" -pubout -out "$TMPDIR/$name.pub"
	ssl req -new -config "$TMPDIR/ca.cnf" -subj "/CN=$name" \
	    -key "$TMPDIR/$name.key" -out "$TMPDIR/$name.csr"
	ssl ca -batch -config "$TMPDIR/ca.cnf" -notext -in "$TMPDIR/$name.csr" \
	    -out "$TMPDIR/$name.crt"
done
crl

cat >"$TILL_CONF" <<END
module  pin      auth_password   max-tries=5 delay=10ms
module  card     auth_smartcard  max-tries=100 ca=$TMPDIR/ca.pem crl=$TMPDIR/crl.pem usage=clientAuth
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    required  pin    when amount <= 1.00 EUR
auth    required  card   when amount > 1.00 EUR
settle  route     wallet
settle  refuse    "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
till_customer bob Bob "battery staple"
$CTL topup alice "50.00 EUR"
$CTL topup bob "50.00 EUR"

# Enrolled by the operator: a key of alice's, and by their names certificates
# of both.
kid=$($CTL customer key alice --add "$TMPDIR/alice.pub" --label "blue card")
check "the key's id is told" "$kid" \
    "key ??????????????????????????????????????????? added"
kid=${kid#key }
kid=${kid% added}
for name in alice bob; do
	check "a certificate is enrolled" "$($CTL customer key $name \
	    --add "$TMPDIR/$name.crt" --by-subject)" "key subject.* added"
done
check "it is listed" "$($CTL customer show alice)" "*$kid*card*blue card*"
$CTL customer key alice --add "$TMPDIR/alice.key" 2>"$TMPDIR/err" &&
	fail "a private key was taken"
check "a private key is refused" "$(cat "$TMPDIR/err")" "*private key*"
$CTL customer key alice --add "$TMPDIR/ca.pem" 2>"$TMPDIR/err" &&
	fail "the CA's certificate was taken"
check "so is a CA's certificate" "$(cat "$TMPDIR/err")" "*a CA's*"
$CTL customer key alice 2>"$TMPDIR/err" && fail "nothing was added"

export KID="$kid"
node "$TILL_SRC/tests/flow/card.js" before || fail "the payments"

# From the moment that the CRL says so, without a reload.
ssl ca -config "$TMPDIR/ca.cnf" -revoke "$TMPDIR/bob.crt"
crl
node "$TILL_SRC/tests/flow/card.js" revoked || fail "a revoked certificate"
check "the log says why" "$(grep 'a signature is refused' "$TILL_LOG" | tail -n 1)" \
    '*certificate revoked*'

check "it is removed" "$($CTL customer key alice --remove "$kid")" \
    "key $kid removed"
$CTL customer key alice --remove "$kid" 2>"$TMPDIR/err" && fail "it was there"
check "that it was not there is said" "$(cat "$TMPDIR/err")" "*no such key*"
node "$TILL_SRC/tests/flow/card.js" removed || fail "a removed key"

check "alice has paid" "$($CTL balance alice --json)" '*"45.00"*'
check "bob has paid" "$($CTL balance bob --json)" '*"48.50"*'
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

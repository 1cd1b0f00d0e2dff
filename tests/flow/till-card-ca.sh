#!/bin/sh
# till-card by a certificate on a PKCS #11 token: it pays as long as the CA stands
# for it, and nobody else's does.
# shellcheck source=tests/flow/common.sh disable=SC2153
. "$TILL_SRC/tests/flow/common.sh"
station_token bob
station_ca
station_start
echo 123456 >"$TMPDIR/pin"

# certify NAME ID: a certificate of the CA for the token's key of that id, in the
# token.
certify() {
	station_p11 --token-label bob --read-object --type pubkey --id "$2" \
	    --output-file "$TMPDIR/$1.spki"
	station_ssl pkey -pubin -inform DER -in "$TMPDIR/$1.spki" \
	    -out "$TMPDIR/$1.pub"
	station_issue "$1" "$TMPDIR/$1.pub"
	put "$1" "$2"
}

put() {
	station_ssl x509 -in "$TMPDIR/$1.crt" -outform DER \
	    -out "$TMPDIR/$1.der"
	station_p11 --token-label bob --login --pin 123456 --write-object \
	    "$TMPDIR/$1.der" --type cert --id "$2" --label "$1"
}

# sign STATUS ID OPTION... TICKET: bob pays by the key of that id.
sign() {
	status=$1 id=$2
	shift 2
	station "$status" pay --json -c bob --pkcs11 "$module" --id "$id" \
	    --pin-file "$TMPDIR/pin" "$@"
}

# refused WHY: nobody was charged, and the log says why.
refused() {
	json status refused
	json reason auth
	grep -q "$1" "$TILL_LOG" || fail "the log does not say '$1'"
}

# A key without a certificate signs by no certificate.
sign 4 01 --certificate "$(ticket bare)"
check "why" "$(cat "$TMPDIR/said")" "*has no certificate*"

certify bob 01
station 0 list --pkcs11 "$module"
check "it is listed" "$(cat "$TMPDIR/out")" "*id 01*label bob*certificate*ES256*"
$CTL customer key bob --add "$TMPDIR/bob.crt" --by-subject
sign 0 01 --certificate "$(ticket paid-1)"
json status paid
json payee press-1
balance bob 48.80
# The key by itself was not enrolled.
sign 1 01 "$(ticket key)"
refused "the customer has no such key"

# Another certificate of the CA's is somebody else's; one with bob's name of
# another CA is nobody's.
station_p11 --token-label bob --login --pin 123456 --keypairgen \
    --key-type rsa:2048 --id 02 --label second
certify mallory 02
sign 1 02 --certificate "$(ticket mallory)"
refused "none of the customer's"
station_p11 --token-label bob --login --pin 123456 --keypairgen \
    --key-type EC:prime256v1 --id 03 --label third
mkdir "$TMPDIR/true"
mv "$TMPDIR/ca" "$TMPDIR/ca.key" "$TMPDIR/ca.pem" "$TMPDIR/crl.pem" \
    "$TMPDIR/bob.crt" "$TMPDIR/true"
station_ca
certify bob 03
mv "$TMPDIR/bob.crt" "$TMPDIR/false.crt"
rm -r "$TMPDIR/ca"
mv "$TMPDIR/true"/* "$TMPDIR"
sign 1 03 --certificate "$(ticket forged)"
refused "unable to get local issuer certificate"

# The next one of the same name is bob's, too, with a key of another kind.
certify bob 02
station_p11 --token-label bob --login --pin 123456 --delete-object \
    --type cert --id 02 --label mallory
sign 0 02 --certificate "$(ticket renewed)"
balance bob 47.60

# From the moment when the CA revokes it, a certificate pays nothing; and the
# other one still does.
station_revoke bob
sign 1 02 --certificate "$(ticket revoked)"
refused "certificate revoked"
sign 0 01 --certificate "$(ticket paid-2)"
balance bob 46.40
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

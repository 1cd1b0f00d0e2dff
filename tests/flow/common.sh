# shellcheck shell=sh
# common.sh - what the tests of till-card share: a till with a merchant, and
# customers who pay by what the test is about.
#
#	. "$TILL_SRC/tests/flow/common.sh"
#	station_start		a till behind between.js whose stack is by customer: alice and bob
#		sign, carol has a password, dave a token; each has 50.00 EUR
#	ticket JTI [CLAIMS]	prints a ticket of press-1's, or $payee's
#	station STATUS OPTION...	runs till-card with OPTIONs, fails unless it
#		ends with STATUS; $TMPDIR/out and $TMPDIR/said are what it wrote
#	json EXPRESSION PATTERN	$TMPDIR/out is JSON of which j.EXPRESSION
#		matches the shell pattern
#	station_token LABEL	a token of SoftHSM2's with PIN 123456 and a P-256 key
#		"pay" of id 01; sets $module.  Ends the test where there is none.
#	station_p11 ARGUMENT...	pkcs11-tool with that module, silently
#	station_ssl ARGUMENT...	openssl, silently
#	station_ca	makes a CA in $TMPDIR: ca.pem, and crl.pem
#	station_issue NAME PUBLIC	NAME.crt of it for a public key in PEM
#	station_revoke NAME	and into its CRL
#	manner WORD	from here on the line between till-card and the till behaves
#		in this manner (between.js)
#	balance CID PATTERN	fails unless that is what the customer has
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# A token in software, with keys made by a tool that is not ours.
station_token() {
	module=
	for f in /usr/lib/softhsm/libsofthsm2.so \
	    /usr/lib/*/softhsm/libsofthsm2.so; do
		[ ! -e "$f" ] || module=$f
	done
	[ -n "$module" ] || { echo "softhsm2 is not installed"; exit 77; }
	export SOFTHSM2_CONF="$TMPDIR/softhsm2.conf"
	mkdir -p "$TMPDIR/tokens"
	printf 'directories.tokendir = %s\nlog.level = ERROR\n' \
	    "$TMPDIR/tokens" >"$SOFTHSM2_CONF"
	softhsm2-util --init-token --free --label "$1" --so-pin 87654321 \
	    --pin 123456 >"$TMPDIR/softhsm.log" 2>&1 || fail "softhsm2-util"
	station_p11 --token-label "$1" --login --pin 123456 --keypairgen \
	    --key-type EC:prime256v1 --id 01 --label pay
}

station_p11() {
	pkcs11-tool --module "$module" "$@" >"$TMPDIR/p11.log" 2>&1 || {
		cat "$TMPDIR/p11.log"
		fail "pkcs11-tool $*"
	}
}

station_ssl() {
	openssl "$@" >>"$TMPDIR/openssl.log" 2>&1 || {
		cat "$TMPDIR/openssl.log"
		fail "openssl $*"
	}
}

station_ca() {
	mkdir "$TMPDIR/ca"
	cat >"$TMPDIR/ca.cnf" <<END_OF_CNF
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
END_OF_CNF
	: >"$TMPDIR/ca/index"
	echo 1001 >"$TMPDIR/ca/serial"
	echo 01 >"$TMPDIR/ca/crlnumber"
	station_ssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	    -out "$TMPDIR/ca.key"
	station_ssl req -new -x509 -config "$TMPDIR/ca.cnf" \
	    -extensions authority -subj "/CN=Card CA" -days 30 \
	    -key "$TMPDIR/ca.key" -out "$TMPDIR/ca.pem"
	station_crl
}

station_crl() {
	station_ssl ca -config "$TMPDIR/ca.cnf" -gencrl -out "$TMPDIR/crl.new"
	mv "$TMPDIR/crl.new" "$TMPDIR/crl.pem"
}

# The request is signed by another key, which no CA would take in earnest;
# what it issues is for the public key.
station_issue() {
	station_ssl req -new -config "$TMPDIR/ca.cnf" -subj "/CN=$1" \
	    -key "$TMPDIR/ca.key" -out "$TMPDIR/$1.csr"
	station_ssl x509 -req -in "$TMPDIR/$1.csr" -force_pubkey "$2" \
	    -CA "$TMPDIR/ca.pem" -CAkey "$TMPDIR/ca.key" -days 30 -sha256 \
	    -CAserial "$TMPDIR/ca/serial" -extfile "$TMPDIR/ca.cnf" \
	    -extensions card -out "$TMPDIR/$1.crt"
}

station_revoke() {
	station_ssl ca -config "$TMPDIR/ca.cnf" -revoke "$TMPDIR/$1.crt"
	station_crl
}

station_line() {
	manner pass
	node "$TILL_SRC/tests/flow/between.js" "$TMPDIR" >"$TMPDIR/line" \
	    2>"$TMPDIR/line.said" &
	line_pid=$!
	at_exit "kill $line_pid 2>/dev/null"
	wait_until 60 test -s "$TMPDIR/line" || fail "no line to the till"
}

manner() {
	echo "$1" >"$TMPDIR/manner"
}

station_start() {
	station_line
	# Passkeys are taken as well, so that each card's prompt has another
	# one beside it.
	(umask 077 && openssl rand -base64 33 >"$TMPDIR/decoys")
	cat >"$TILL_CONF" <<END_OF_CONF
module  pin      auth_password   max-tries=5 delay=10ms
module  card     auth_smartcard  max-tries=100 ca=$TMPDIR/ca.pem crl=$TMPDIR/crl.pem usage=clientAuth origin=https://pay.example decoys=$TMPDIR/decoys
module  token    auth_token
module  wallet   settle_wallet   max-balance="1000.00 EUR"
module  slow     settle_mock     async=yes delay=10s
list    signers  alice bob
auth    required  card   when customer in signers
auth    required  pin    when customer == carol
auth    required  token  when not customer in signers and not customer == carol
settle  route     slow   when amount > 40.00 EUR
settle  route     wallet
settle  refuse    "not handled"
set     issuer    $(cat "$TMPDIR/line")
set     operator  "Test till"
END_OF_CONF
	till_start
	sed -n 's|.*"front.started","listen":"\([^"]*\)".*|http://\1|p' "$TILL_LOG" \
	    >"$TMPDIR/target"
	[ -s "$TMPDIR/target" ] || fail "the log does not say where the till is"
	TILL_URL=$(cat "$TMPDIR/line")
	for m in press-1 press-2; do
		mkdir "$TMPDIR/$m"
		node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR/$m"
		$CTL merchant add $m --name "Example Press" \
		    --return-url http://127.0.0.1:9/return \
		    --jwk "$TMPDIR/$m/key.jwk"
	done
	for cid in alice bob dave; do
		$CTL customer add $cid --name $cid
	done
	till_customer carol Carol "correct horse"
	for cid in alice bob carol dave; do
		$CTL topup $cid "50.00 EUR"
	done
}

ticket() {
	node "$TILL_SRC/tests/flow/merchant.js" ticket \
	    "$TMPDIR/${payee:-press-1}" "${payee:-press-1}" "$TILL_URL" "$@"
}

station() {
	wanted=$1 ended=0
	shift
	"$TILL_BUILD/till-card" "$@" >"$TMPDIR/out" 2>"$TMPDIR/said" || ended=$?
	[ "$ended" -eq "$wanted" ] || fail "till-card $1: status $ended, \
wanted $wanted: $(cat "$TMPDIR/said" "$TMPDIR/out")"
}

json() {
	got=$(node -e 'const j = JSON.parse(require("fs").readFileSync(
	    process.argv[1], "utf8")); console.log(String(j[process.argv[2]]));' \
	    "$TMPDIR/out" "$1") || fail "no JSON: $(cat "$TMPDIR/out")"
	check "$1" "$got" "$2"
}

balance() {
	check "$1 has" "$($CTL balance "$1" --json)" "*\"$2\"*"
}

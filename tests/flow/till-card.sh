#!/bin/sh
# till-card - a customer's program pays by a PKCS #11 token, a password and a
# bearer token; whatever is wrong is refused, tried once, and told apart.
# shellcheck source=tests/flow/common.sh disable=SC2153
. "$TILL_SRC/tests/flow/common.sh"

station_token alice
station_p11 --token-label alice --login --pin 123456 --keypairgen \
    --key-type rsa:2048 --id 02 --label rsa
station_p11 --token-label alice --login --pin 123456 --keypairgen \
    --key-type EC:prime256v1 --id 03 --label stranger

station_ca
station_start
echo 123456 >"$TMPDIR/pin"
echo 654321 >"$TMPDIR/wrong-pin"
printf 'correct horse\n' >"$TMPDIR/password"
printf 'battery staple\n' >"$TMPDIR/wrong-password"

# pkcs11 STATUS LABEL PIN-FILE OPTION... TICKET: alice pays by a key.
pkcs11() {
	status=$1 label=$2 pin=$3
	shift 3
	station "$status" pay --json -c alice --pkcs11 "$module" \
	    --token-label alice --label "$label" --pin-file "$TMPDIR/$pin" "$@"
}

# What there is, and the keys' enrolment.
station 0 list --pkcs11 "$module"
for key in "id 01*label pay*ES256" "id 02*label rsa*RS256"; do
	check "a key is listed" "$(cat "$TMPDIR/out")" "*token alice*$key*"
done
for label in pay rsa; do
	station 0 key --pkcs11 "$module" --token-label alice --label $label
	cp "$TMPDIR/out" "$TMPDIR/$label.jwk"
	check "a key is enrolled" "$($CTL customer key alice \
	    --add "$TMPDIR/$label.jwk")" "key *"
done
station 4 key --pkcs11 "$module"
check "one is to be chosen" "$(cat "$TMPDIR/said")" "*more than one key*"
station 4 key --pkcs11 "$module" --label nothing
check "there is no such key" "$(cat "$TMPDIR/said")" "*no such key*"
station 4 key --pkcs11 /nowhere.so
check "there is no module" "$(cat "$TMPDIR/said")" "*/nowhere.so*"

# A key of each kind pays: 1.25 and 1.20.
manner record
pkcs11 0 pay pin "$(ticket p11-1 '{"amount":"1.25"}')"
json status paid
json amount 1.25
json payee press-1
json payee_name "Example Press"
json voucher '*.*.*'
json txn '[0-9]*'
check "it was shown" "$(cat "$TMPDIR/said")" \
    "Pay*Example Press (press-1)*For*Amount*1.25 EUR*$TILL_URL*"
manner pass
station 0 pay -c alice --pkcs11 "$module" --id 02 --pin-file "$TMPDIR/pin" \
    "$TILL_URL/pay?t=$(ticket p11-2)"
check "the voucher is told" "$(cat "$TMPDIR/out")" '*.*.*'
balance alice 47.55

# A reply that has paid pays nothing else, and what was signed for the ticket
# that was shown does not pay another one; what is said of that one says nothing
# of the ticket here.
check "a replay" "$(node "$TILL_SRC/tests/flow/replay-card.js" alice \
    "$(ticket p11-3 '{"amount":"1.25"}')" "$TMPDIR/reply")" "403 auth"
number=0
for claims in '{"amount":"30.00"}' '{}'; do
	number=$((number + 1))
	ticket "other-$number" "$claims" >"$TMPDIR/other"
	manner swap
	pkcs11 2 pay pin "$(ticket "shown-$number")"
	json status unknown
	json message '*was not told*'
done
payee=press-2
ticket other-payee '{}' >"$TMPDIR/other"
payee=
pkcs11 2 pay pin "$(ticket shown-payee)"
json status unknown
manner pass
balance alice 47.55

# A wrong PIN is tried once, and the order stays open.
t=$(ticket p11-4)
pkcs11 3 pay wrong-pin "$t"
json status secret
check "why" "$(cat "$TMPDIR/said")" "*the PIN is wrong*nothing was paid by this run*"
# What no PIN can be is not tried, not even its beginning.
printf '%0100d\n' 0 >"$TMPDIR/long-pin"
pkcs11 4 pay long-pin "$t"
check "why" "$(cat "$TMPDIR/said")" "*this one was not tried*"
pkcs11 0 pay pin "$t"
# Told into a disk that is full, it is told again.
ended=0
"$TILL_BUILD/till-card" pay -c alice --pkcs11 "$module" --label pay \
    --token-label alice --pin-file "$TMPDIR/pin" "$t" >/dev/full \
    2>"$TMPDIR/said" || ended=$?
check "a full disk" "$ended" 74
pkcs11 1 stranger pin "$(ticket p11-5)"
json reason auth
balance alice 46.35

# The same ticket again is the same payment.
pkcs11 0 pay pin "$t"
json status paid
balance alice 46.35

# Answers that are lost are asked for again; nobody pays twice.
manner lose
pkcs11 0 pay pin "$(ticket p11-6)"
json status paid
balance alice 45.15
t=$(ticket p11-7)
manner mute
# So long it asks again; and so long it may take until it has asked at all.
pkcs11 2 pay pin --timeout 15 "$t"
json status unknown
manner pass
pkcs11 0 pay pin "$t"
balance alice 43.95
t=$(ticket p11-8)
manner deaf
pkcs11 2 pay pin "$t"
check "why" "$(cat "$TMPDIR/said")" "*was not heard*the same ticket again*"
pkcs11 0 pay pin "$t"
balance alice 42.75

# A bank that takes its time: neither the run that gave the answer nor one that
# comes meanwhile can say that nothing was paid, and the last one hears it.
t=$(ticket slow-1 '{"amount":"41.00"}')
pkcs11 2 pay pin --timeout 1 "$t"
json status unknown
pkcs11 2 pay pin --timeout 1 "$t"
json status unknown
check "why" "$(cat "$TMPDIR/said")" "*does not know yet; the same ticket again*"
pkcs11 0 pay pin "$t"
json status paid
balance alice 42.75

# Paid, and who cannot show it is not told that it is not.
station 2 pay --json -c bob --pkcs11 "$module" --token-label alice \
    --label pay --pin-file "$TMPDIR/pin" "$t"
json status unknown
check "why" "$(cat "$TMPDIR/said")" "*was not told*"

# What the customer does not want is not begun.
t=$(ticket p11-9)
pkcs11 65 pay pin --max "1.19 EUR" "$t"
pkcs11 65 pay pin --max "1000 JPY" "$t"
pkcs11 65 pay pin --payee press-2 "$t"
pkcs11 65 pay pin --server https://pay.example "$t"
pkcs11 65 pay pin "http://127.0.0.1:1/pay?t=$t"
pkcs11 65 pay pin "$TILL_URL/t/abc"
pkcs11 65 pay pin "${t%????}AAAA"
pkcs11 65 pay pin nothing
station 64 pay "$t"
check "who pays is to be said" "$(cat "$TMPDIR/said")" "*--customer*"
station 64 pay
station 64 pay --timeout 0 "$t"
pkcs11 0 pay pin --max "1.20 EUR" --payee press-1 --server "$TILL_URL" "$t"
balance alice 41.55

# By a password and by a token, to a server that is named.
t=$(ticket word-1)
station 64 pay -c carol --password-file "$TMPDIR/password" "$t"
check "why" "$(cat "$TMPDIR/said")" "*--server*"
station 3 pay --json -c carol --server "$TILL_URL" \
    --password-file "$TMPDIR/wrong-password" "$t"
json status secret
station 64 pay -c carol --server "$TILL_URL" "$t"
station 0 pay --json -c carol --server "$TILL_URL" \
    --password-file "$TMPDIR/password" - <<END_OF_TICKET
$t
END_OF_TICKET
balance carol 48.80
$CTL customer token dave --create --label program --each "1.50 EUR" \
    --day "5.00 EUR" --merchants press-1 \
    >"$TMPDIR/token"
station 0 pay --json -c dave --server "$TILL_URL" \
    --token-file "$TMPDIR/token" "$(ticket token-1)"
json status paid
station 1 pay --json -c dave --server "$TILL_URL" --token-file "$TMPDIR/token" \
    "$(ticket token-2 '{"amount":"1.60"}')"
json reason limit
balance dave 48.80

# A till that is not there.
kill "$line_pid"
station 69 pay -c alice --pkcs11 "$module" --pin-file "$TMPDIR/pin" "$t"
check "why" "$(cat "$TMPDIR/said")" \
    "*nothing was paid by this run; if the ticket was given before, it tells*"
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

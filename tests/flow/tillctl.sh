#!/bin/sh
# What an administrator does, and how tillctl answers.
: "${TILL_SRC:?}"
# shellcheck source=tests/flow/lib.sh
. "$TILL_SRC/tests/flow/lib.sh"

# says WHAT STATUS PATTERN COMMAND...: run tillctl, compare status and output.
says() {
	what=$1 wanted=$2 pattern=$3
	shift 3
	status=0
	out=$($CTL "$@" 2>&1 </dev/null) || status=$?
	[ "$status" -eq "$wanted" ] || fail "$what: status $status: $out"
	check "$what" "$out" "$pattern"
}

newline='
'

# Before there is a server.
says "no server" 69 "*is tilld running*" status
says "no command" 64 "usage:*"
says "an unknown command" 64 "*did you mean 'customer'*" custmer
says "an unknown word" 64 "*did you mean 'passwd'*" customer passwrd
says "help" 0 "usage:*register*" --help
says "version" 0 "tillctl [0-9]*" version
says "a missing operand" 64 "*CID is missing*" customer show
says "one operand too many" 64 "*more than*" customer show a b
says "what looks like an option" 64 "*goes behind \"--\"*" order show press-1 -7
says "and is none" 69 "*is tilld running*" order show -- press-1 -7
says "a number that is none" 64 "*limit is a number*" customer list --limit x
for c in customer merchant register key order; do
	says "help of $c" 0 "usage: tillctl $c*" $c --help
	for s in $($CTL $c --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
		says "help of $c $s" 0 "usage: tillctl $c $s*" $c "$s" --help
	done
done
for c in topup balance status reload; do
	says "help of $c" 0 "usage: tillctl $c*" $c --help
done
for c in init check dump token; do
	"$TILL_BUILD/tillctl" $c --help | grep -q "^usage: tillctl $c" ||
		fail "help of $c"
done

till_start
status=0
out=$("$TILL_BUILD/tillctl" init -d "$TILL_STATE" -f "$TILL_CONF" 2>&1) ||
	status=$?
[ $status -eq 73 ] || fail "init: status $status"
check "init does not overwrite" "$out" "*not empty*never overwritten*"
check "the state is private" "$(stat -c %a "$TILL_STATE")" 700

# Customers.
says "the first customer" 0 "customer alice added" \
    customer add alice --name "Alice Été" --lang fr
says "the same again" 65 "*there is a customer 'alice' already" \
    customer add alice --name Alice
says "a bad id" 64 "*an id has 1 to 32 of*" customer add Alice --name Alice
says "no name" 64 "*needs 'name'*" customer add bob
says "show" 0 "*name: *Alice Été*status: *active*wallet:alice *0.00 *EUR*" \
    customer show alice
says "show as JSON" 0 '{*"customer":"alice"*"accounts":\[*}' \
    customer show alice --json
says "nobody" 67 "*no customer 'nobody'*" customer show nobody
says "an error as JSON" 67 '{"error":"there is no customer*"}' \
    customer show nobody --json
out=$(echo short | $CTL customer passwd alice --password-fd 0 2>&1) &&
	fail "a short password was taken"
check "a short password" "$out" "*8*"
echo "long enough" | $CTL customer passwd alice --password-fd 0
says "the password is a credential" 0 "*password*pin*" customer show alice
out=$(echo short | $CTL customer add carl --name Carl --password-fd 0 2>&1) &&
	fail "a customer with a short password was added"
says "who got no password is not made" 67 "*" customer show carl
says "a limit" 0 "" customer limit alice 20.00 EUR
says "the limit is shown" 0 "*limit: *20.00 EUR*" customer show alice
says "a limit in no currency" 64 "*" customer limit alice "20.00 XXX"
says "no limit any more" 0 "" customer limit alice
says "suspended" 0 "" customer suspend alice
says "is suspended" 0 "*status: *suspended*" customer show alice
says "resumed" 0 "" customer resume alice
says "nobody suspended" 67 "*" customer suspend nobody

# A public address without a proxy is a warning, where it is written.
{ echo "set listen 0.0.0.0:8080"; echo "set issuer https://pay.example"; grep -v "^set *listen" "$TILL_CONF"; } >"$TMPDIR/public.conf"
check "a public address" \
    "$("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" "$TMPDIR/public.conf")" \
    "*public.conf:1:12: warning: libmicrohttpd * public network *"
echo "set proxies 127.0.0.1" >>"$TMPDIR/public.conf"
check "a public address behind a proxy" \
    "$("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" "$TMPDIR/public.conf")" \
    "*0 warnings"

# What tilld would refuse at its start is an error at its place.
grep -v "^set *listen" "$TILL_CONF" >"$TMPDIR/rest.conf"
refused() { # WHAT SET-LINE WANTED
	{ echo "$2"; cat "$TMPDIR/rest.conf"; } >"$TMPDIR/refused.conf"
	check "$1" "$("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" "$TMPDIR/refused.conf")" \
	    "*refused.conf:1:$3"
}
refused "no address" "set listen foo" "12: error: listen: 'foo' is not *"
refused "no port" "set listen 127.0.0.1:99999" "12: error: listen: *"
refused "no socket" "set listen unix:" "12: error: listen: *"
refused "no address of the administrator" "set admin-listen foo" "18: error: admin-listen: *"
refused "no proxy" 'set proxies "1.2.3.4 bar"' "13: error: 'bar' is not a proxy*"
refused "no key" "set tls-key /nonexistent" "5: error: 'tls-key' is set, but not 'tls-certificate'*: No such file*"
refused "no URL for others" "set listen 0.0.0.0:8080" "12: error: 'set issuer' is missing*"
refused "no URL of all addresses" 'set listen "*:0"' "12: error: 'set issuer' is missing*"
refused "no URL of a socket" "set listen unix:/run/x" "12: error: 'set issuer' is missing*"
refused "a relative socket" "set admin-listen unix:rel" "18: error: admin-listen: 'unix:rel' is not *"
refused "one address twice" "set admin-listen localhost:8080" "18: error: admin-listen is the address of listen*"
refused "one address of all" "set admin-listen 0.0.0.0:8080" "18: error: admin-listen is the address of listen*"
refused "a folder as certificate" "set tls-certificate /etc" "21: error: tls-certificate: /etc: Is a directory*"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout "$TMPDIR/a.key" -out "$TMPDIR/a.crt" 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=b -keyout "$TMPDIR/b.key" -out "$TMPDIR/b.crt" 2>/dev/null
refused "junk as certificate" "set tls-certificate $TMPDIR/rest.conf" "21: error: *rest.conf holds no certificate*"
refused "junk as key" "set tls-key $TMPDIR/a.crt" "13: error: *a.crt holds no private key*"
echo "set tls-certificate $TMPDIR/a.crt" >>"$TMPDIR/rest.conf"
refused "another's key" "set tls-key $TMPDIR/b.key" "13: error: *b.key is not the key of *a.crt*"
{ echo "set tls-key $TMPDIR/a.key"; echo "set listen localhost:8080"; cat "$TMPDIR/rest.conf"; } >"$TMPDIR/tls.conf"
check "a certificate and its key" \
    "$("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" "$TMPDIR/tls.conf")" "*0 warnings"
sed -i /tls-certificate/d "$TMPDIR/rest.conf"
# What the options of tilld say is not missing in the file.
echo "set listen 0.0.0.0:8080" | cat - "$TMPDIR/rest.conf" >"$TMPDIR/public.conf"
"$TILL_BUILD/tilld" -n -f "$TMPDIR/public.conf" -m "$TILL_BUILD/modules" \
    --issuer https://pay.example >/dev/null 2>&1 || fail "the issuer of an option is missing"
! "$TILL_BUILD/tilld" -n -f "$TMPDIR/public.conf" -m "$TILL_BUILD/modules" >/dev/null 2>&1 ||
	fail "no issuer, and tilld -n says nothing"
refused "a relative folder" "set state-dir rel" "15: error: state-dir is a path from the root*"

# All of it in one run, and by tilld -n as well.
{ echo "set listen foo"; echo "auth requisit pin"; cat "$TMPDIR/rest.conf"; } >"$TMPDIR/refused.conf"
for by in "tillctl check" "tilld -n -f"; do
	# shellcheck disable=SC2086 # words
	check "all in one run by $by" \
	    "$("$TILL_BUILD/"$by "$TMPDIR/refused.conf" -m "$TILL_BUILD/modules" 2>&1)" \
	    "*:1:12: error: listen: 'foo'*:2:6: error: unknown control*"
done
{ echo "set tls-certificate"; echo "set tls-key /dev/null"; cat "$TMPDIR/rest.conf"; } >"$TMPDIR/refused.conf"
case $("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" "$TMPDIR/refused.conf") in
*"but not 'tls-certificate'"*) fail "a line that was not read is called missing" ;;
*":1:20: error: "*) ;;
*)	fail "a set line without a value is right" ;;
esac

# A file that bears the name of a module that comes with till is not that one.
mkdir -m 755 "$TMPDIR/other"
cp "$TILL_BUILD/modules/auth_password.so" "$TMPDIR/other"
other() { # SETTING
	cat <<-END >"$TMPDIR/other.conf"
	module  pin  auth_password${1:-}
	auth    required  pin
	settle  refuse    "none"  when kind != identity
	settle  refuse    "no"
	END
	"$TILL_BUILD/tillctl" check -m "$TMPDIR/other" -m "$TILL_BUILD/modules" "$TMPDIR/other.conf"
}
check "another one of that name" "$(other)" \
    "*other.conf:1:14: warning: auth_password is the name *$TMPDIR/other/auth_password.so*isolate=no*"
check "it is meant" "$(other " isolate=no")" "*0 warnings"

# Merchants and their keys.
says "a merchant" 0 "merchant press-1 added" merchant add press-1 --name "Press SA" --country FR \
    --return-url https://press.example/r
says "the same merchant" 65 "*already*" merchant add press-1 --name Press
says "a bad country" 64 "*capital*" merchant add press-2 --name P --country f
says "a bad address" 64 "*url*" merchant add press-2 --name P \
    --return-url http://press.example/r
says "another address" 0 "" merchant return-url press-1 http://127.0.0.1:9/r
says "twice the same" 65 "*already*" merchant return-url press-1 \
    http://127.0.0.1:9/r
says "one less" 0 "" merchant return-url press-1 --remove \
    https://press.example/r
says "what is left" 0 "*return_urls: http://127.0.0.1:9/r${newline}*" \
    merchant show press-1
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/k.pem" >"$TMPDIR/k.jwk"
says "a key" 0 "key * added" merchant key press-1 --jwk "$TMPDIR/k.jwk"
says "the same key" 65 "*already*" merchant key press-1 --jwk "$TMPDIR/k.jwk"
says "another's key" 65 "*another merchant*" merchant add press-2 \
    --name P --jwk "$TMPDIR/k.jwk"
says "a private key" 64 "*private*" merchant key press-1 --jwk "$TMPDIR/k.pem"
openssl genpkey -algorithm ED25519 -out "$TMPDIR/e.pem" 2>/dev/null
openssl pkey -in "$TMPDIR/e.pem" -pubout -out "$TMPDIR/e.pub"
says "a key in PEM" 0 "key * added" merchant key press-1 --jwk "$TMPDIR/e.pub"
kid=${out#key } kid=${kid% added}
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null |
	openssl pkey -pubout -out "$TMPDIR/p.pub"
out=$($CTL merchant key press-1 --jwk - <"$TMPDIR/p.pub")
check "a key from standard input" "$out" "key * added"
openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -out "$TMPDIR/r.pub" \
    2>/dev/null
says "an RSA key" 64 "*only P-256 and Ed25519*" merchant key press-1 \
    --jwk "$TMPDIR/r.pub"
says "no key" 64 "*" merchant key press-1 --jwk /dev/null
says "a key retires" 0 "" merchant key press-1 --retire "$kid"
says "it is retired" 0 "*$kid *retired*" merchant show press-1

# Money.
says "a top-up" 0 "50.00 EUR for alice*50.00*" topup alice "50.00 EUR" --id t1
says "the same, once" 0 "*booked before*50.00*" topup alice 50.00 EUR --id t1
says "the same id, another amount" 65 "*another booking*" \
    topup alice 51.00 EUR --id t1
says "too much" 65 "*max-balance*" topup alice 960.00 EUR
says "nothing" 64 "*nothing*" topup alice 0.00 EUR
says "less than nothing" 64 "*" topup alice -- "-5.00 EUR"
says "an odd amount" 64 "*amount*" topup alice 5,00 EUR
says "to nobody" 67 "*nobody*" topup nobody 5.00 EUR
says "the smallest amount" 0 "*50.000001 *" topup alice "0.000001 EUR"
says "a balance" 0 "*wallet:alice *50.000001  EUR" balance alice
says "a merchant's" 0 "*till:press-1 *0.00  EUR" balance press-1

# Merchants have passwords, and no customer has them.
out=$(echo short | $CTL merchant passwd press-1 --password-fd 0 2>&1) &&
	fail "a short password was taken"
check "a merchant's short password" "$out" "*8*"
says "a merchant without a password" 0 '{*}' merchant show press-1 --json
case $out in *'"password"'*) fail "he has none: $out" ;; esac
echo "long enough" | $CTL merchant passwd press-1 --password-fd 0
says "since when he has one" 0 "*password: *20[0-9][0-9]-*" merchant show press-1
out=$(echo "long enough" | $CTL merchant passwd nobody --password-fd 0 2>&1) &&
	fail "nobody got a password"
check "nobody's password" "$out" "*there is no merchant 'nobody'*"
says "it is in the register, but for itself" 0 "*merchant passwd press-1*" \
    register list
says "one account" 0 "*bank:clearing *-50.000001  EUR" balance bank:clearing
says "all accounts" 0 "*bank:clearing*wallet:alice*" balance
says "as JSON" 0 '*"currency":"EUR","balance":"50.000001"*' balance alice --json
says "of nobody" 67 "*neither*" balance nobody

# The register.
says "the register" 0 "*customer add alice*operator:*topup *50.00 EUR*" \
    register list
says "one party's, newest first" 0 "*0.000001 EUR*50.00 EUR*" \
    register list --customer alice
says "one entry" 0 "*kind: *admin*note: *customer add alice*hash: *" \
    register show 1
says "an entry that is not there" 65 "*no entry 999*" register show 999
says "verified" 0 "*is whole*EUR *0.00 EUR" register verify
says "an order that is not there" 65 "*no order 'x'*" order show press-1 x

# Keys and configuration.
says "keys" 0 "*ES256 *next*ES256 *current" key list
current=$($CTL key list | awk '$3 == "next" { print $1 }')
says "rotated" 0 "*$current *current*past" key rotate
says "reload" 0 "generation 2 is at work" reload
echo 'auth requisit pin' >>"$TILL_CONF"
says "a bad configuration" 78 "*till.conf:*error*did you mean*generation 2*" \
    reload
says "still there" 0 "*generation: *2*writable: *yes*" status
says "status as JSON" 0 '*"generation":2*"ledger":{*' status --json

# A long list comes whole without a limit, and in parts with one.
n=0
while [ $n -lt 230 ]; do
	$CTL customer add "reader-$n" --name "Reader $n" >/dev/null
	n=$((n + 1))
done
check "all customers" "$($CTL customer list --json | grep -o reader- | wc -l)" 230
says "the first three" 0 '*"customer":"alice"*"next":"reader-10"*' \
    customer list --limit 3 --json
says "from one on" 0 '*"customers":\[{"customer":"reader-99"*' \
    customer list --from reader-99 --json
[ "$($CTL register list | wc -l)" -gt 240 ] || fail "entries are missing"
check "newest first, all" "$($CTL register list --customer alice --json |
    grep -o '"kind":"topup"' | wc -l)" 2

# A password is asked for at the terminal, twice, and not shown.
mkfifo "$TMPDIR/keys"
script -qec "$CTL customer passwd alice" /dev/null <"$TMPDIR/keys" \
    >"$TMPDIR/screen" 2>&1 &
typist=$!
exec 3>"$TMPDIR/keys"
wait_until 20 grep -q "New password of alice:" "$TMPDIR/screen" ||
	fail "no prompt: $(cat "$TMPDIR/screen")"
sleep 0.2
echo "battery staple" >&3
wait_until 20 grep -q "The same again:" "$TMPDIR/screen" ||
	fail "no second prompt: $(cat "$TMPDIR/screen")"
sleep 0.2
echo "battery staple" >&3
wait $typist || fail "passwd: $(cat "$TMPDIR/screen")"
exec 3>&-
grep -q "battery" "$TMPDIR/screen" && fail "the password was shown"

grep -q "long enough" "$TILL_LOG" && fail "a password is in the log"
till_stop

# Without a server --json is JSON all the same.
out=$($CTL module new --json policy made "$TMPDIR/made")
check "a new module, as JSON" "$out" "{\"folder\":\"$TMPDIR/made\"}"
out=$($CTL module new --json policy made "$TMPDIR/made" 2>/dev/null) && fail "made twice"
check "a new module that is there, as JSON" "$out" '{"error":"*"}'
out=$($CTL module new --json polic made 2>/dev/null) && fail "no kind"
check "no kind, as JSON" "$out" '{"error":"*did you mean*policy*"}'
status=0
out=$($CTL status --json 2>/dev/null) || status=$?
[ "$status" -eq 69 ] || fail "no server, as JSON: $status"
check "no server, as JSON" "$out" '{"error":"*"}'
status=0
out=$($CTL topup --json alice 2>/dev/null) || status=$?
[ "$status" -eq 64 ] || fail "no amount, as JSON: $status"
check "no amount, as JSON" "$out" '{"error":"*is missing"}'

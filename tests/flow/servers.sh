#!/bin/sh
# servers - a shop that trusts several payment servers: the customer chooses where
# he has his account, no server can speak for another, and one that hangs holds up
# nobody but its own.
# shellcheck source=tests/flow/lib.sh disable=SC2153,SC2154
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TMPDIR/both.conf" <<'END'
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    required  anybody
settle  route     wallet
settle  refuse    "not handled"
set     voucher-lifetime 1h
END
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/press.pem" >"$TMPDIR/press.jwk"

# server NAME: a second one of everything, by the names of lib.sh.
server() {
	TILL_STATE=$TMPDIR/$1.state
	TILL_CONF=$TMPDIR/$1.conf
	cp "$TMPDIR/both.conf" "$TILL_CONF"
	till_start
	mkdir -p "$TMPDIR/$1"
	$CTL customer list >/dev/null
}
run=$TILL_RUN
server a
a_url=$TILL_URL a_pid=$TILL_PID a_ctl=$CTL
at_exit "kill $a_pid 2>/dev/null"
TILL_RUN=$run.b
CTL="$TILL_BUILD/tillctl -r $TILL_RUN"
at_exit "rm -rf '$TILL_RUN'"
server b
b_url=$TILL_URL b_ctl=$CTL

node "$TILL_SRC/tests/flow/servers.js" silent "$TMPDIR/called" \
    >"$TMPDIR/silent.out" &
at_exit "kill $! 2>/dev/null"
wait_until 60 grep -q http "$TMPDIR/silent.out" || fail "no silent server"
c_url=$(cat "$TMPDIR/silent.out")

# The shop is another merchant at each; the third one hangs.
cat >"$TMPDIR/shop.json" <<END
{ "name": "Example Press", "currency": "EUR",
  "identity_above": "100.00", "patience": 60,
  "listen": "127.0.0.1:0", "key": "press.pem", "sales": "sales.jsonl",
  "servers": [ { "issuer": "$a_url", "name": "Harbour Pay",
                 "merchant": "press" },
               { "issuer": "$b_url", "name": "Station Till",
                 "merchant": "papers",
                 "keys": "$b_url/.well-known/jwks.json" },
               { "issuer": "$c_url", "name": "Silent Pay",
                 "merchant": "press" } ],
  "articles": [
END
i=0
while [ $i -lt 32 ]; do
	echo "{ \"id\": \"map$i\", \"price\": \"0.10\", \"file\": \"shop.json\",
	  \"title\": \"Map $i of the western ports, their lights, their tides,\
 and of all rocks that a boat had better not meet\" },"
	i=$((i + 1))
done >>"$TMPDIR/shop.json"
cat >>"$TMPDIR/shop.json" <<END
                { "id": "atlas", "title": "All of them", "price": "150.00",
                  "file": "shop.json" },
                { "id": "page", "title": "One page", "price": "5.00",
                  "vat": "5.5", "file": "shop.json", "type": "text/plain" } ] }
END
# shop_start CATALOGUE
shop_start() {
	"$TILL_BUILD/till-shop" -c "$1" >"$TMPDIR/shop.out" 2>&1 &
	shop=$!
	at_exit "kill $shop 2>/dev/null"
	wait_until 60 grep -q 'is open at' "$TMPDIR/shop.out" ||
		fail "no shop: $(cat "$TMPDIR/shop.out")"
	SHOP_URL=$(sed -n 's/.*is open at \([^ ]*\) .*/\1/p' \
	    "$TMPDIR/shop.out")
	export SHOP_URL
}
shop_start "$TMPDIR/shop.json"
$a_ctl merchant add press --name "Example Press" \
    --return-url "$SHOP_URL/return" --jwk "$TMPDIR/press.jwk"
$b_ctl merchant add papers --name "Example Press" \
    --return-url "$SHOP_URL/return" --jwk "$TMPDIR/press.jwk"
for CTL in "$a_ctl" "$b_ctl"; do
	till_customer alice Alice "correct horse"
	$CTL topup alice "20.00 EUR" >/dev/null
done
A_URL=$a_url B_URL=$b_url C_URL=$c_url
B_SEAL=$TMPDIR/b.state/keys
export A_URL B_URL C_URL B_SEAL
node "$TILL_SRC/tests/flow/servers.js" sell ||
	{ cat "$TMPDIR/shop.out"; fail "both"; }
check "paid at a" "$($a_ctl balance press)" '*5.00*'
check "paid at b" "$($b_ctl balance papers)" '*10.00*'

# One does not take what is pushed to it, and later does.
$b_ctl merchant suspend papers
node "$TILL_SRC/tests/flow/servers.js" refused "$TMPDIR/long.json" ||
	{ cat "$TMPDIR/shop.out"; fail "a push that is refused"; }
grep -q '/order/[^ ]*/go: .*/tickets: answered 4' "$TMPDIR/shop.out" ||
	fail "nobody said why: $(cat "$TMPDIR/shop.out")"
$b_ctl merchant resume papers
node "$TILL_SRC/tests/flow/servers.js" taken "$TMPDIR/long.json" ||
	{ cat "$TMPDIR/shop.out"; fail "a push that is taken"; }

node "$TILL_SRC/tests/flow/servers.js" hang "$TMPDIR/called" ||
	{ cat "$TMPDIR/shop.out"; fail "one hangs"; }

# One of them is gone: the shop says so, and sells by the other.
till_stop
node "$TILL_SRC/tests/flow/servers.js" down ||
	{ cat "$TMPDIR/shop.out"; fail "one is down"; }
check "paid at a again" "$($a_ctl balance press)" '*10.00*'
TILL_PID=$a_pid
till_stop
check "no order is lost" "$("$TILL_BUILD/till-shop" -c "$TMPDIR/shop.json" \
    --sales | grep -c ' paid ')" 4

kill "$shop"
wait "$shop" || true
node - "$TMPDIR/shop.json" "$TMPDIR/one.json" <<'END'
const fs = require('fs');
const shop = JSON.parse(fs.readFileSync(process.argv[2]));
shop.servers = shop.servers.filter(({ name }) => name !== 'Station Till');
fs.writeFileSync(process.argv[3], JSON.stringify(shop));
END
shop_start "$TMPDIR/one.json"
node "$TILL_SRC/tests/flow/servers.js" gone ||
	{ cat "$TMPDIR/shop.out"; fail "one is not trusted any more"; }
kill "$shop"
echo "a shop sells by two payment servers, and each speaks for itself only"

#!/bin/sh
# Pay through the real nginx with the snippet that is shipped, over a unix
# socket, with TLS.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
command -v nginx >/dev/null || PATH=$PATH:/usr/sbin
command -v nginx >/dev/null || { echo "nginx is not installed"; exit 77; }

RETURN_URL=https://journal.example/return
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1",
    () => { console.log(s.address().port); s.close(); })')
EDGE_URL=https://localhost:$port
export RETURN_URL EDGE_URL

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$TMPDIR/tls.key" -out "$TMPDIR/tls.crt" 2>/dev/null

# The snippet, with the names and places of this test.
sed -e "s|unix:/run/till-http/socket|unix:$TMPDIR/http.sock|" \
    -e "s|listen 443 |listen 127.0.0.1:$port |" -e '/listen \[::\]/d' \
    -e "s|listen 80;|listen unix:$TMPDIR/plain.sock;|" \
    -e "s|server_name pay.example|server_name localhost|" \
    -e "s|/etc/letsencrypt/live/pay.example/fullchain.pem|$TMPDIR/tls.crt|" \
    -e "s|/etc/letsencrypt/live/pay.example/privkey.pem|$TMPDIR/tls.key|" \
    -e "s|/var/log/nginx/till.log|$TMPDIR/access.log|" \
    "$TILL_SRC/etc/nginx/till.conf" >"$TMPDIR/site.conf"
{
	echo "daemon off; pid $TMPDIR/nginx.pid; error_log stderr warn;"
	[ "$(id -u)" -ne 0 ] || echo "user root;"
	echo "worker_processes 1; events { worker_connections 512; } http {"
	for d in client_body proxy fastcgi uwsgi scgi; do
		echo "${d}_temp_path $TMPDIR/nginx-$d;"
	done
	echo "include $TMPDIR/site.conf; }"
} >"$TMPDIR/nginx.conf"

till_start -l "unix:$TMPDIR/http.sock" --issuer "$EDGE_URL" --proxies unix:
nginx -p "$TMPDIR" -c "$TMPDIR/nginx.conf" 2>"$TMPDIR/nginx.log" &
nginx=$!
at_exit "kill $nginx 2>/dev/null; wait $nginx 2>/dev/null || :"
nginx_answers() {
	kill -0 $nginx 2>/dev/null || fail "nginx: $(cat "$TMPDIR/nginx.log")"
	curl -sko /dev/null "$EDGE_URL/"
}
wait_until 20 nginx_answers || fail "nginx does not serve"

node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Le Journal S.A." --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk"
till_customer alice "Alice Martin" sesame-street-1
$CTL topup alice "200.00 EUR"
NODE_EXTRA_CA_CERTS=$TMPDIR/tls.crt node "$TILL_SRC/tests/flow/nginx.js"

# Neither ticket nor voucher nor password is in nginx's log.
[ -s "$TMPDIR/access.log" ] || fail "nginx did not log"
if grep -qE 'eyJ|sesame' "$TMPDIR/access.log"; then fail "a secret in the log"; fi
till_stop

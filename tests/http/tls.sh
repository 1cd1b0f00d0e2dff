#!/bin/sh
# TLS in the front unit itself: by certificate, with cookies that only https has.
. "$TILL_SRC/tests/http/common.sh"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=till -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$TMPDIR/tls.key" -out "$TMPDIR/tls.crt" 2>/dev/null
edge_start -c "$TMPDIR/tls.crt" -k "$TMPDIR/tls.key"

curl -s --cacert "$TMPDIR/tls.crt" -c "$TMPDIR/jar" -D "$TMPDIR/head" \
    -L -o "$TMPDIR/body" "$EDGE_URL/pay?t=$(ticket tls-1)"
grep -q '^<h1>Confirm payment' "$TMPDIR/body" || fail "$(cat "$TMPDIR/body")"
grep -qi '^set-cookie: __Host-till=.*; Secure' "$TMPDIR/head" || fail "no cookie"

# Several requests on one connection, and an order.
n=$(curl -s --cacert "$TMPDIR/tls.crt" -o /dev/null -o /dev/null -o /dev/null \
    -w '%{num_connects} ' "$EDGE_URL/" "$EDGE_URL/style.css" "$EDGE_URL/")
[ "$n" = "1 0 0 " ] || fail "connections: $n"
curl -s --cacert "$TMPDIR/tls.crt" -H 'Content-Type: application/json' \
    --data-binary @- "$EDGE_URL/v1/orders" >"$TMPDIR/body" <<EOT
{"ticket":"$(ticket tls-2)","customer":"alice","answers":{"password":"sesame"}}
EOT
grep -q '"status":"paid"' "$TMPDIR/body" || fail "$(cat "$TMPDIR/body")"

# Old versions are not spoken, and plain text is not answered.
for v in tls1 tls1_1; do
	! openssl s_client -connect "$EDGE_HOST" "-$v" -cipher ALL:@SECLEVEL=0 \
	    </dev/null >"$TMPDIR/out" 2>&1 || fail "$v is spoken"
done
openssl s_client -connect "$EDGE_HOST" -tls1_3 </dev/null >"$TMPDIR/out" 2>&1 ||
	fail "TLS 1.3 is not spoken"
! curl -s -m 5 -o /dev/null "http://$EDGE_HOST/" || fail "plain text is answered"
edge_stop

# A key that is not the certificate's is a clear error at the start.
openssl ecparam -name prime256v1 -genkey -noout -out "$TMPDIR/other.key"
! "$TILL_BUILD/tests/tools/front_unit" -c "$TMPDIR/tls.crt" \
    -k "$TMPDIR/other.key" "$EDGE_LINK" "$TILL_SRC/etc/pages" \
    >"$TMPDIR/out" 2>&1 || fail "a foreign key is taken"
grep -q 'are certificate and key a pair' "$TMPDIR/out" || fail "$(cat "$TMPDIR/out")"

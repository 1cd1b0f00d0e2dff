#!/bin/sh
# The rear unit goes away, at the worst moment too, and comes back.
. "$TILL_SRC/tests/http/common.sh"
edge_start

order() {
	curl -s -m 30 -o "$TMPDIR/body" -D "$TMPDIR/head" -w '%{http_code}' \
	    -H 'Content-Type: application/json' --data-binary @- \
	    "$EDGE_URL/v1/orders" <<EOT
{"ticket":"$(ticket "$1")","customer":"alice","answers":{"password":"sesame"}}
EOT
}

# The link breaks while the order is on it, and is back at once: the client
# does not notice.
[ "$(order drop-1)" = 200 ] || fail "a broken link was not mended: $(cat "$TMPDIR/body")"
grep -q '"status":"paid"' "$TMPDIR/body"
curl -s --unix-socket "$EDGE_ADMIN" http://admin/metrics |
	grep -q '^till_link_resent_total [1-9]' || fail "nothing was sent again"

# What may not be done twice is not sent again: it is said that it may have
# been done, and where to look.  Payments are stopped in any case.
deed() {
	curl -s -m 30 -o "$TMPDIR/body" -w '%{http_code}' \
	    -H "Origin: $EDGE_URL" -H "Cookie: till-session=a-session" \
	    --data-urlencode "csrf=$(printf account | openssl dgst -sha256 \
		-hmac a-session -binary | base64 | tr '+/' '-_' | tr -d =)" \
	    -d "do=$1" "$EDGE_URL/account"
}
resent() {
	curl -s --unix-socket "$EDGE_ADMIN" http://admin/metrics |
		grep '^till_link_resent_total '
}
poll 30 edge_linked || fail "the link does not come back"
before=$(resent)
[ "$(deed unfreeze)" = 503 ] || fail "unfreeze: $(cat "$TMPDIR/body")"
grep -q 'This may have been done' "$TMPDIR/body" ||
	fail "what is not known: $(cat "$TMPDIR/body")"
grep -q 'href="/account/security' "$TMPDIR/body"
poll 30 edge_linked || fail "the link does not come back"
[ "$(resent)" = "$before" ] || fail "it was sent again"
[ "$(deed freeze)" = 303 ] || fail "freeze: $(cat "$TMPDIR/body")"
[ "$(resent)" != "$before" ] || fail "to stop payments was not sent again"
poll 30 edge_linked || fail "the link does not come back"

# It is gone: nothing is done, and that is what is said.
kill -9 "$REAR_PID"
wait "$REAR_PID" 2>/dev/null || :
edge_down() {
	! edge_linked
}
poll 20 edge_down || fail "/readyz does not notice"
[ "$(order down-1)" = 503 ] || fail "API without a rear: $(cat "$TMPDIR/body")"
grep -qi '^retry-after: 1' "$TMPDIR/head"
grep -q 'urn:till:problem:unavailable' "$TMPDIR/body"
code=$(curl -s -o "$TMPDIR/body" -D "$TMPDIR/head" -L -w '%{http_code}' \
    "$EDGE_URL/pay?t=$(ticket down-2)")
[ "$code" = 503 ] || fail "a page without a rear: $code"
grep -q 'You have not been charged by this page' "$TMPDIR/body"
grep -qi '^refresh: 3' "$TMPDIR/head" || fail "the page does not try again"
[ "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$EDGE_ADMIN" \
    http://admin/livez)" = 200 ]

# An order on its way when the rear dies for longer than is waited: unknown.
edge_rear
poll 30 edge_linked || fail "the link does not come back"
order lost-wait9000 >"$TMPDIR/code" &
ordering=$!
poll 20 sh -c 'kill -0 '$ordering' && curl -s --unix-socket "$EDGE_ADMIN" \
    http://admin/metrics | grep -q "^till_http_requests_active 1"' ||
	fail "the order is not on its way"
kill -9 "$REAR_PID"
wait "$REAR_PID" 2>/dev/null || :
wait $ordering
[ "$(cat "$TMPDIR/code")" = 503 ] || fail "lost: $(cat "$TMPDIR/code")"
grep -q 'urn:till:problem:unknown-outcome' "$TMPDIR/body"

# An order that is sent again, to a rear that has no time for it: the one
# before may have paid it, and nothing else is said.
edge_rear
poll 30 edge_linked || fail "the link does not come back"
[ "$(order drop-busy-1)" = 503 ] || fail "busy: $(cat "$TMPDIR/body")"
grep -q 'urn:till:problem:busy.*it is paid at most once' "$TMPDIR/body" ||
	fail "busy after a broken link: $(cat "$TMPDIR/body")"
[ "$(order busy-1)" = 503 ] || fail "busy: $(cat "$TMPDIR/body")"
grep -q 'urn:till:problem:busy.*nothing was done' "$TMPDIR/body" ||
	fail "busy at once: $(cat "$TMPDIR/body")"

# And in the middle of orders the front is asked to end: the one that has its
# answer in time is answered, the other one told to come again, all of it
# long before a supervisor would kill.
order last-wait1500 >"$TMPDIR/code" &
ordering=$!
curl -s -m 30 -o "$TMPDIR/late" -w '%{http_code}' \
    -H 'Content-Type: application/json' --data-binary @- "$EDGE_URL/v1/orders" \
    >"$TMPDIR/late-code" <<EOT &
{"ticket":"$(ticket late-wait20000)","customer":"alice","answers":{"password":"sesame"}}
EOT
late=$!
poll 20 sh -c 'curl -s --unix-socket "$EDGE_ADMIN" http://admin/metrics |
    grep -q "^till_http_requests_active 2"' || fail "not on their way"
began=$(date +%s)
edge_stop
took=$(($(date +%s) - began))
wait $ordering || :
wait $late || :
[ "$(cat "$TMPDIR/code")" = 200 ] || fail "a graceful end: $(cat "$TMPDIR/code")"
[ "$(cat "$TMPDIR/late-code")" = 503 ] || fail "late: $(cat "$TMPDIR/late-code")"
grep -q 'urn:till:problem:unknown-outcome' "$TMPDIR/late"
[ $took -lt 13 ] || fail "the end took $took s"

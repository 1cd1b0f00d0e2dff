#!/bin/sh
# valgrind - a purchase, a refusal and a wrong password under memcheck: no
# error in any unit, and nothing lost when they have ended.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# unit NAME: one unit under valgrind (a supervisor cannot start itself there),
# at the address that the server had before.
unit() {
	valgrind --quiet --leak-check=full \
	    --errors-for-leak-kinds=definite,indirect \
	    --show-leak-kinds=definite,indirect --error-exitcode=9 \
	    --suppressions="$TILL_SRC/tests/support/valgrind.supp" \
	    --log-file="$TMPDIR/valgrind.$1" \
	    "$TILL_BUILD/tilld" "$1" -f "$TILL_CONF" -d "$TILL_STATE" \
	    -r "$TILL_RUN" -m "$TILL_BUILD/modules" -p "$TILL_SRC/etc/pages" \
	    -l "${TILL_URL#http://}" --issuer "$TILL_URL" --no-privsep \
	    >>"$TILL_LOG" 2>&1 &
}

# ended PID NAME: end a unit and see how it ended.
ended() {
	kill -TERM "$1"
	status=0
	wait "$1" || status=$?
	# Lines with "--" are valgrind's own troubles: mlock2 is new to it.
	if grep '^==' "$TMPDIR/valgrind.$2"; then
		fail "valgrind has findings in the $2 unit"
	fi
	[ $status -eq 0 ] || fail "the $2 unit ended with status $status"
}

ready() {
	[ "$(curl -s -o "$TMPDIR/ready" -w '%{http_code}' \
	    "$TILL_URL/.well-known/till.json")" = 200 ]
}

# order JTI PASSWORD: the status of the answer, for 0.05 EUR
order() {
	ticket=$("$TILL_BUILD/tests/tools/token" ticket "$TMPDIR/shop.pem" \
	    "$TILL_URL" "$1" "$(date +%s)")
	printf '{"ticket":"%s","customer":"alice","answers":{"password":"%s"}}' \
	    "$ticket" "$2" >"$TMPDIR/order"
	again
}

# again: the latest order once more
again() {
	curl -sS --max-time 60 -o "$TMPDIR/answer" -w '%{http_code}' \
	    -H 'Content-Type: application/json' -d @"$TMPDIR/order" \
	    "$TILL_URL/v1/orders"
}

command -v valgrind >/dev/null || { echo "no valgrind"; exit 77; }
till_start
till_stop
unit rear
rear=$!
at_exit "kill -9 $rear 2>/dev/null"
unit front
front=$!
at_exit "kill -9 $front 2>/dev/null"
wait_until 60 ready || fail "the units do not serve"
"$TILL_BUILD/till-shop" --make-key "$TMPDIR/shop.pem" >"$TMPDIR/shop.jwk"
$CTL merchant add shop --name Press --return-url https://shop.example/voucher
$CTL merchant key shop --jwk "$TMPDIR/shop.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "0.05 EUR"
check "a purchase" "$(order one "correct horse")" 200
check "the same again" "$(again)" 200
check "a wrong password" "$(order two "wrong horse")" 202
check "no money left" "$(order three "correct horse")" 403
$CTL register verify
ended "$front" front
ended "$rear" rear

#!/bin/sh
# webhook - signed events to five merchants: one who takes them, one who fails in
# every way, one who hangs, one who wants none any more, and one without an
# address; kill -9 of the rear unit meanwhile.  Each gets what it is owed.
# TILL_KILLS kills (3) with TILL_EACH orders of each merchant (5) in each round.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

KILLS=${TILL_KILLS:-3} EACH=${TILL_EACH:-5}
export KILLS EACH
cat >"$TILL_CONF" <<'END'
module  anybody  auth_mock       answer=grant
module  caps     policy_limits   per-ticket="500.00 EUR"
module  wallet   settle_wallet   max-balance="100000.00 EUR"
module  hook     notify_webhook  allow-private=127.0.0.0/8 deadline=2s
policy  required  caps
auth    required  anybody
settle  route     wallet
settle  refuse    "not handled"
notify  must      hook
END
till_start
for merchant in good flaky stuck gone none; do
	folder=$TMPDIR/$merchant
	mkdir "$folder"
	node "$TILL_SRC/tests/flow/merchant.js" new "$folder"
	$CTL merchant add "$merchant" --name "$merchant" \
	    --return-url http://127.0.0.1:9/return --jwk "$folder/key.jwk"
done
till_customer alice Alice "correct horse"
$CTL topup alice "1000.00 EUR"
http_proxy=http://127.0.0.1:9 node "$TILL_SRC/tests/flow/webhook.js" ||
	fail "the merchants"
verified=$($CTL register verify) || fail "the register does not verify: $verified"
check "what is verified" "$verified" "*is whole*events:*"

# Lines that there are, and what waits for one that is at work.
for deed in "replay --server --line nope" "forget nope" "forget hook"; do
	status=0
	# shellcheck disable=SC2086 # words
	out=$($CTL event $deed 2>&1) || status=$?
	[ "$status" -eq 65 ] || fail "event $deed: $status: $out"
done
check "it is not given up" "$out" "*hook*--force*"

# A line that is gone keeps what waits for it, until it is given up.
sed -i -e '/notify_webhook/d' -e '/^notify/d' "$TILL_CONF"
$CTL reload || fail "reload"
check "a line that is gone" "$($CTL status)" "*hook*no*1*"
check "what is given up" "$($CTL event forget hook)" "1 events for hook*"
id=$($CTL event list --merchant good | sed -n '$s/ .*//p')
check "how it ended" "$($CTL event show "$id")" "*hook*forgotten*"
case $($CTL status) in
*hook*)	fail "it is still there" ;;
esac
till_stop

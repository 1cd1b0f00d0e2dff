#!/bin/sh
# A merchant that has nothing of till's sells by way of the running server:
# jose signs the ticket, and jose verifies the voucher by the published keys.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<'END'
module  anybody  auth_mock       answer=grant
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    required  anybody
settle  route     wallet
settle  refuse    "not handled"
END
till_start
till_customer alice Alice "correct horse"
$CTL topup alice "50.00 EUR"
for alg in ES256 Ed25519; do
	shop=shop-$(echo "$alg" | tr '[:upper:]' '[:lower:]')
	node "$TILL_BUILD/tests/node/peers/merchant.mjs" key "$TMPDIR" "$alg"
	$CTL merchant add "$shop" --name "Shop" \
	    --return-url https://shop.example/voucher
	$CTL merchant key "$shop" --jwk "$TMPDIR/$alg.jwk"
	node "$TILL_BUILD/tests/node/peers/merchant.mjs" sell "$TMPDIR" "$alg" \
	    "$shop" || fail "$alg"
done
check "alice's balance" "$($CTL balance alice --json)" '*"47.60"*'
till_stop

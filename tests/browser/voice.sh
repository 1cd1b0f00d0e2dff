#!/bin/sh
# A phrase is said into a real browser's microphone, which hears a sound file,
# and arrives as it must; and who has no microphone, or no script, goes on.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
cat >"$TILL_CONF" <<'END'
module  pin     auth_password   delay=10ms
module  voice   auth_voiceprint recordings=9
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
auth    veto       voice
settle  route      wallet
settle  refuse     "not handled"
set     currencies EUR
set     operator   "Harbour Pay"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "The Paper Boat Ltd" \
    --return-url http://127.0.0.1:9/return --jwk "$TMPDIR/key.jwk"
till_customer alice "Alice Martin" "correct horse"
$CTL topup alice "50.00 EUR"
node "$TILL_BUILD/tests/node/browser/voice.mjs" || fail "in the browser"
check "paid" "$($CTL balance alice --json)" '*"45.00"*'
till_stop

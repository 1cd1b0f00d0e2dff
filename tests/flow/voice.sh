#!/bin/sh
# voice - a recording goes over the API to auth_voiceprint, which is asked for
# beside a password and never counts as one; and the verifier of
# doc/voice-verifier.md is right as it stands.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
awk '/^```python$/ { on = 1; next } /^```$/ { on = 0 } on' \
    "$TILL_SRC/doc/voice-verifier.md" >"$TMPDIR/verifier.py"
socket=$TMPDIR/voices
python3 "$TMPDIR/verifier.py" "$socket" 2>"$TMPDIR/verifier.err" &
at_exit "kill $! 2>/dev/null"
wait_until 60 test -S "$socket" || fail "no verifier: $(cat "$TMPDIR/verifier.err")"

# What it says is heard.
cat >"$TMPDIR/enrol.test" <<END
set         verifier=unix:$socket deadline=10s
enrol       add
expect      need-input
expect      prompt voice kind=audio
reply       voice="times:4000:hex:000200fe"
enrol       add
expect      grant
expect      credential voiceprint
auth
reply       voice="times:4000:hex:000200fe"
auth
expect      abstain code=not-evaluated
expect      log "the verifier says 'n', score 65535"
order       auth-level=9
auth
reply       voice="times:4000:AA~~"
auth
expect      deny code=voice
order       auth-level=1
auth
reply       voice=""
auth
expect      deny code=voice-step-up
order       auth-level=2
auth
reply       voice=""
auth
expect      abstain
enrol       remove
expect      grant
expect      no credential voiceprint
END
"$TILL_BUILD/tillctl" module test --no-suite --timeout 120s \
    "$TILL_BUILD/modules/auth_voiceprint.so" "$TMPDIR/enrol.test" ||
	fail "the verifier: $(cat "$TMPDIR/verifier.err")"

cat >"$TILL_CONF" <<END
module  pin      auth_password   delay=10ms
module  voice    auth_voiceprint verifier=unix:$socket
module  apart    auth_voiceprint isolate=process
module  wallet   settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
auth    veto       voice
auth    veto       apart   when amount > 3.00 EUR
settle  route      wallet
settle  refuse     "not handled"
END
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "50.00 EUR"
node "$TILL_SRC/tests/flow/voice.js" || fail "the purchases"
check "paid" "$($CTL balance alice --json)" '*"42.50"*'
# Of the recordings nothing is left, neither as they came nor as they are.
! grep -rlaE 'QUF-fkFBfn5BQX5-|AA~~AA~~' "$TILL_STATE" "$TILL_LOG" ||
	fail "a recording was kept"
till_stop

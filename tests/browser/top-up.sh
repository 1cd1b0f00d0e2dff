#!/bin/sh
# How a customer fills his wallet by a transfer: what the page says, and what a
# bank's app reads from the picture of it.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
conf() {
	cat <<END
module  pin     auth_password   delay=10ms
module  wallet  settle_wallet   max-balance="1000.00 EUR"
auth    requisite  pin
settle  route      wallet   when currency == EUR
settle  refuse     "this currency is not handled"
set     currencies EUR
set     operator   "Harbour Pay"
END
	[ $# -eq 0 ] || printf 'set     %s\n' "$@"
}
conf >"$TILL_CONF"
till_start
till_customer alice "Alice Martin" "correct horse"
till_customer reader-of-the-morning-paper "Bob Durand" "battery staple"
$CTL customer bank alice --iban --number-fd 3 3<<END
DE89370400440532013000
END
check "the reference" "$($CTL customer show alice)" "*reference: *RF07CALICE*"
conf 'topup-iban "FR14 2004 1010 0505 0001 3M02 606"' >"$TMPDIR/plain.conf"
conf 'topup-iban "FR14 2004 1010 0505 0001 3M02 606"' 'topup-bic PSSTFRPPPAR' \
    'topup-name "Société du Port & Fils"' >"$TMPDIR/full.conf"
conf 'topup-iban "FR14 2004 1010 0505 0001 3M02 607"' >"$TMPDIR/wrong.conf"
check "a wrong IBAN" "$("$TILL_BUILD/tillctl" check -m "$TILL_BUILD/modules" \
    "$TMPDIR/wrong.conf" 2>&1)" "*wrong.conf:8:20: error: topup-iban: *digits*"
node "$TILL_BUILD/tests/node/browser/top-up.mjs" "$@" || fail "in the browser"
till_stop

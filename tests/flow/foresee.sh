#!/bin/sh
# From what the confirm page says that a payment would be taken: what the settle
# stack's own rules say, and nothing where that depends on who pays.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

conf() {
	cat <<END
module  pin     auth_password
module  wallet  settle_wallet   max-balance="1000.00 EUR"
module  other   settle_mock     answer=declined
auth    required   pin
$1
settle  refuse     "not handled"
END
}
rules() {
	conf "$1" >"$TILL_CONF"
	$CTL reload >>"$TILL_LOG" || fail "no reload"
}
# says AMOUNT [CUSTOMER]: the row of the page.
says() {
	node "$TILL_SRC/tests/flow/foresee.js" "$@"
}

conf 'settle  route  wallet' >"$TILL_CONF"
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url http://127.0.0.1:9/return \
    --jwk "$TMPDIR/key.jwk"
rules 'settle  route  wallet  when amount <= 30.00 EUR
settle  route  other   when amount <= 90.00 EUR'
check "a small one" "$(says 30.00)" 'Your wallet'
check "a large one" "$(says 30.01)" 'mock'
check "one that nothing takes" "$(says 90.01)" 'That depends on who pays*'
rules 'settle  route     wallet  on declined=next
settle  fallback  other'
check "with a fallback" "$(says 1.00)" 'Your wallet If that is not possible: mock'
rules 'settle  route  wallet  when customer == alice
settle  route  other'
check "where it depends on who pays" "$(says 1.00)" 'That depends on who pays*'
rules 'settle  route  wallet  when merchant == press-1 and channel == browser
settle  route  other   when kind == single'
check "by the ticket" "$(says 1.00)" 'Your wallet'
rear=$(till_unit_pid rear)
check "to who gives no such number" "$(says 1.00 'A B')" 'Your wallet'
[ "$(till_unit_pid rear)" = "$rear" ] || fail "the rear unit is another one"
till_stop

#!/bin/sh
# allowance - what a customer lets a merchant have without being asked: tillctl,
# the pages without a browser, the configuration, and what is kept.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
RETURN_URL=https://journal.example/return
export RETURN_URL
till_start
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Le Journal S.A." --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk"
mkdir "$TMPDIR/other"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR/other"
$CTL merchant add press-2 --name "La Gazette S.A." --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/other/key.jwk"
till_customer alice "Alice Martin" sesame-street-1
$CTL topup alice "200.00 EUR"

# wrong PATTERN OPTION...: nothing is set, and that is why.
wrong() {
	pattern=$1
	shift
	if $CTL customer allowance alice "$@" >"$TMPDIR/said" 2>&1; then
		fail "allowance $* is taken"
	fi
	check "allowance $*" "$(cat "$TMPDIR/said")" "$pattern"
}
wrong "*no merchant 'press-9'*" --set press-9 --each "0.10 EUR" --day "1.00 EUR"
wrong "*how much is allowed*" --set press-1 --each "0.10 EUR"
wrong "*one currency*" --set press-1 --each "0.10 EUR" --day "1.00 USD"
wrong "*at most what*" --set press-1 --each "1.00 EUR" --day "0.10 EUR"
wrong "*above zero*" --set press-1 --each "0 EUR" --day "0.10 EUR"
wrong "*no allowances in USD*" --set press-1 --each "0.10 USD" --day "1.00 USD"
wrong "*more than allowance-each*" --set press-1 --each "1.01 EUR" --day "5.00 EUR"
wrong "*more than allowance-each*" --set press-1 --each "1.00 EUR" --day "10.01 EUR"
wrong "*one of --list, --set*" --set press-1 --withdraw press-1
wrong "*are for --set*" --each "0.10 EUR"
wrong "*is for --withdraw*" --currency EUR
wrong "*no allowance of 'alice' at 'press-1'*" --withdraw press-1
check "none yet" "$($CTL customer allowance alice --json)" '*"allowances":\[\]*'

node "$TILL_SRC/tests/flow/allowance.js"

check "who has set it" "$($CTL register list --json)" \
    '*customer allowance alice set press-1 0.10 EUR 0.25 EUR*'
check "who has withdrawn it" "$($CTL register list --json)" \
    '*customer allowance alice withdraw press-1 EUR*'
$CTL customer allowance alice --set press-1 --each "0.10 EUR" --day "1.00 EUR"
check "it is listed" "$($CTL customer allowance alice)" "*press-1*0.10 EUR*1.00 EUR*"
check "it is shown" "$($CTL customer show alice)" "*press-1*0.10 EUR*"
check "the statement says so" "$($CTL customer statement alice --json)" \
    '*"unasked":true*'
case $($CTL merchant statement press-1 --json) in
*allowance*)	fail "the merchant reads who was not asked" ;;
esac

# The operator bounds it later, or ends it: what was set is there, and asked.
echo 'set allowance-each none' >>"$TILL_CONF"
$CTL reload
wrong "*no allowances in EUR*" --set press-1 --each "0.10 EUR" --day "1.00 EUR"
check "it is bounded" "$($CTL customer allowance alice --json)" '*"bounded":true*'
OFF=1 node "$TILL_SRC/tests/flow/allowance.js"
$CTL customer allowance alice --withdraw press-1
$CTL register verify
till_stop

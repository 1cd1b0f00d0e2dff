#!/bin/sh
# Bank identities: kept sealed, shown masked, sealed anew under a new key; and
# nowhere in the state folder, the logs or the memory of the units in any form
# in which a person or a program would find them.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

cat >"$TILL_CONF" <<'END'
module  wallet   settle_wallet   max-balance="1000.00 EUR"
module  pin      auth_password
auth    required  pin
settle  route     wallet
settle  refuse    "not handled"
END
card=4000001234567899
iban=FR1420041010050500013M02606
till_start
till_customer alice Alice "correct horse"
till_customer bob Bob "correct horse"
till_customer carol Carol "correct horse"

# bank CID NUMBER OPTION...: as an operator's script does it.
bank() {
	cid=$1 number=$2
	shift 2
	$CTL customer bank "$cid" "$@" --number-fd 3 3<<END
$number
END
}

check "a card is shown masked" \
    "$(bank alice '4000 0012 3456 7899' --card --expiry 2912)" \
    'card 400000[*][*][*][*][*][*]7899'
check "an IBAN is shown masked" \
    "$(bank bob 'FR14 2004 1010 0505 0001 3M02 606' --iban)" \
    'iban [*]*[*]2606'
check "a token is shown masked" "$(bank carol tok_9f8e7d6c5b --token)" \
    'token [*]*[*]6c5b'
check "customer show" "$($CTL customer show alice)" \
    '*card 400000[*][*][*][*][*][*]7899*'

# refused STATUS TEXT COMMAND...: it fails so, and what was there stays.
refused() {
	want=$1 text=$2
	shift 2
	status=0
	out=$("$@" 2>&1) || status=$?
	check "status of: $*" "$status" "$want"
	check "$*" "$out" "*$text*"
	case $out in
	*4000001234567890*|*FR1520041*) fail "the number is in: $out" ;;
	esac
}
refused 65 'that is no card number' bank alice 4000001234567890 --card
refused 65 'a card expires in a year and month' \
    bank alice $card --card --expiry 2913
refused 65 'its check digits are wrong' \
    bank bob FR1520041010050500013M02606 --iban
refused 65 'only a card expires' bank bob $iban --iban --expiry 2912
refused 64 'one of --card, --iban' bank alice $card --card --iban
refused 64 'one of --card, --iban' bank alice $card
refused 67 'no customer' bank nobody $card --card
check "what was there" "$($CTL customer show alice --json)" \
    '*card 400000[*][*][*][*][*][*]7899*'

# A new key: all are sealed anew, and after a kill all still open.
check "rekey" "$($CTL key rekey --json)" '*"sealed"*3*'
serves() {
	$CTL customer show alice >/dev/null 2>&1
}
kill -9 "$(till_unit_pid rear)"
wait_until 20 serves || fail "the rear unit does not come back"
check "rekey again" "$($CTL key rekey)" '*destroyed*active*'
check "alice's after two keys" "$($CTL customer show alice)" \
    '*card 400000[*][*][*][*][*][*]7899*'
$CTL customer bank bob --remove
case $($CTL customer show bob) in
*iban*) fail "bob's is still there" ;;
esac

# What was replaced is kept for refunds, until all is forgotten.
bank alice 4000001234567881 --card >/dev/null
check "forgotten" "$($CTL customer bank alice --forget)" 'no bank identity'
check "and again" "$($CTL customer bank alice --forget)" 'no bank identity'
check "others" "$($CTL key rekey --json)" '*"sealed":2[!0-9]*'
check "a new one" "$(bank alice '4000 0012 3456 7899' --card)" \
    'card 400000[*][*][*][*][*][*]7899'

# The scan finds a number in every form, so what it does not find is not there.
echo "$card" >"$TMPDIR/planted"
python3 "$TILL_SRC/tests/flow/numbers.py" "$TMPDIR" -- $card >/dev/null &&
	fail "the scan does not find what is there"
rm "$TMPDIR/planted"
till_stop
python3 "$TILL_SRC/tests/flow/numbers.py" "$TMPDIR" -- \
    $card $iban tok_9f8e7d6c5b ||
	fail "a number is in the state or in a log"

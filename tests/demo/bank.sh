# shellcheck shell=sh disable=SC2154
# bank.sh - the demo's bank network: what is above 30.00 EUR goes over ISO 8583,
# by TLS, to a simulated bank that keeps books of its own, refuses, and loses
# an answer.  For demo, whose functions it uses; SHOP and HOPS are its.
#
#	bank_begin	start the bank, put its link to work, enter a card
#	bank_show	buy over it, step by step
#	$bank_pid	the bank's process
: "${TILL_BUILD:?}" "${TMPDIR:?}"

BANK=$TILL_BUILD/tests/tools/bank
BANK_WAIT=60 # seconds, for whatever comes by itself
CARD_HELD=30000 # cents, at first
bank_pid=

at_bank() {
	"$BANK" ctl "$TMPDIR/bank/control" "$@"
}

# The bank knows one card; this folder alone has its number.
bank_start() {
	mkdir -m 700 "$TMPDIR/bank" "$TMPDIR/link-state"
	cat >"$TMPDIR/bank/script" <<-END
	account 4000001234567899 978 $CARD_HELD expiry=2912
	when mti=0200 amount=12600..14000 do drop
	END
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj /CN=bank.example -addext subjectAltName=DNS:bank.example \
	    -keyout "$TMPDIR/bank/key.pem" -out "$TMPDIR/bank.pem" 2>/dev/null ||
		fail "no certificate for the bank"
	"$BANK" --script "$TMPDIR/bank/script" --control "$TMPDIR/bank/control" \
	    --log "$TMPDIR/bank.log" --tls "$TMPDIR/bank.pem" \
	    --tls-key "$TMPDIR/bank/key.pem" >"$TMPDIR/bank.port" &
	bank_pid=$!
	at_exit "kill $bank_pid 2>/dev/null"
	wait_until 20 test -s "$TMPDIR/bank.port" || fail "the bank does not start"
}

# A short wait for answers, and for reversals, so that the demo is short.
bank_link() {
	cat >"$TMPDIR/link" <<-END
	address=127.0.0.1:$(cat "$TMPDIR/bank.port")
	tls-name=bank.example
	tls-ca=$TMPDIR/bank.pem
	response=3s
	acquirer=123456
	terminal=PAYSRV01
	merchant=MERCHANT0000001
	mcc=5192
	city=BREST
	country=FR
	END
	cat >"$TMPDIR/bank.rules" <<-END
	module  bank    settle_bank     link=$TMPDIR/link state=$TMPDIR/link-state
	settle  route      wallet   when amount <= 30.00 EUR
	settle  route      bank
	set     reversal-after  1s
	set     reversal-retry  1s
	END
	sed -e "/^module  wallet/r $TMPDIR/bank.rules" \
	    -e '/^settle  *route  *wallet$/d' "$TILL_CONF" >"$TILL_CONF.new"
	mv "$TILL_CONF.new" "$TILL_CONF"
}

bank_is_up() {
	$CTL bank status | grep -q ' up for '
}

bank_begin() {
	step "The operator adds a bank network, for what is above 30.00 EUR"
	bank_start
	bank_link
	echo "    the rules:"
	sed "s|$TMPDIR|...|g" "$TMPDIR/bank.rules" | show
	shown ctl reload
	wait_until $BANK_WAIT bank_is_up || fail "no link: $($CTL bank status)"
	shown ctl bank status
	echo "    alice's card, its number typed at a prompt or read from a file:"
	shown ctl customer bank alice --card --expiry 2912 --number-fd 3 3<<-END
	4000001234567899
	END
	bank_books
	clearing=$(clearing)
}

# messages TYPE ELEMENT...: what was asked last with it, and answered.
messages() {
	messages_type=$1
	shift
	awk -v mti="$messages_type" -v show="$*" \
	    -f "$TILL_SRC/tests/demo/messages.awk" "$TMPDIR/bank.log" \
	    >"$TMPDIR/shown" || fail "the bank has seen no $messages_type"
	show <"$TMPDIR/shown"
}

cents() {
	printf '%d.%02d' $(($1 / 100)) $(($1 % 100))
}

# What the bank says of alice's card, in cents.
card_holds() {
	at_bank dump | sed -n 's/^{"account":1,.*"balance":\([0-9]*\),.*/\1/p'
}

bank_books() {
	echo "    the bank's own books: alice's card holds" \
	    "$(cents "$(card_holds)") EUR"
}

# What came in by the bank, as in our books, in cents: a source is below zero.
clearing() {
	balance bank:clearing | tr -d . | sed 's/^\(-*\)0*\(.\)/\1\2/'
}

# bank_state CENTS: what became of the payment of so much, in the bank's books.
bank_state() {
	at_bank dump | sed -n "/\"mti\":\"0200\".*\"amount\":$1,/s/.*\"state\":\"\([a-z]*\)\".*/\1/p"
}

bank_has() {
	[ "$(bank_state "$1")" = "$2" ]
}

# buy_large ARTICLE CENTS: who it is first, then the payment's own ticket and Pay.
buy_large() {
	browser large
	visit "$SHOP/"
	submit_to "/buy/$1"
	submit_to "$(tr '\n' ' ' <"$PAGE" |
	    sed -n 's/.*action="\(\/order\/[^"]*\/delivery\)".*/\1/p')" \
	    "recipient=Alice Martin" "address=2 Side Street"
	to_payment
	submit customer=alice "answers.password=correct horse" do=pay
	reached "Nothing has been charged yet."
	to_payment
	printf '%s %s\n' "$2" "$("$TILL_BUILD/tillctl" token "$TICKET" |
	    sed -n 's/.*"jti": *"\([^"]*\)".*/\1/p')" >>"$TMPDIR/bank.orders"
	submit customer=alice "answers.password=correct horse" do=pay
}

bank_ended() {
	page_text | grep -q '^In progress$' || return 0
	visit "$AT"
	return 1
}

# The page is in progress until the bank has answered, or has not.
bank_wait() {
	wait_until $BANK_WAIT bank_ended || fail "no end at $AT"
}

bank_paid() {
	step "Alice buys a sextant for 84.00 EUR: the bank pays"
	buy_large sextant 8400
	bank_wait
	reached "Paid."
	echo "    what went over the network, in ISO 8583 (amounts in cents):"
	messages 0200 2 3 4 11 15 37 38 39 41 43 49
	bank_books
	balances
}

bank_refused() {
	step "A model ship costs 450.00 EUR, which her card does not hold"
	buy_large ship 45000
	bank_wait
	page_text | show
	reached "There is not enough money in your bank account."
	reached "You have not been charged."
	echo "    what the bank has answered is 51, not sufficient funds:"
	messages 0200 2 4 11 37 39
	bank_books
}

bank_day() {
	step "The bank's day ends: its totals of that day and ours"
	at_bank cutover >/dev/null
	wait_until $BANK_WAIT bank_agrees ||
		fail "no agreement: $($CTL bank reconcile)"
	echo "    the bank has begun a new day, and is sent the totals of the old one:"
	messages 0500 11 15 76 88 97 66
	shown ctl bank reconcile
}

bank_agrees() {
	$CTL bank reconcile | grep -q 'the bank says the same'
}

# none_owed: every reversal has been made.
none_owed() {
	[ -z "$($CTL bank reversals)" ]
}

bank_lost() {
	step "A chronometer for 140.00 EUR: the bank's answer is lost"
	before=$(card_holds)
	buy_large chronometer 14000
	echo "    at first the page says:"
	page_text | show
	reached "We do not know yet"
	wait_until $BANK_WAIT bank_has 14000 charged ||
		fail "the bank has not seen it: $(at_bank dump)"
	echo "    the bank has taken the money, but nobody has heard of it:"
	messages 0200 2 4 11 37
	bank_books
	echo "    there is no answer in time, so the payment is refused:"
	bank_wait
	page_text | show
	reached "Your bank has not answered in time"
	reached "You have not been charged."
	echo "    and what the bank may have taken is claimed back (68: no answer" \
	    "in time) until it says 00:"
	wait_until $BANK_WAIT bank_has 14000 reversed ||
		fail "it was not given back: $(at_bank dump)"
	wait_until $BANK_WAIT none_owed ||
		fail "it is owed still: $($CTL bank reversals)"
	messages 0420 2 4 11 37 39 90
	shown ctl bank reversals --all
	bank_books
	expect "taken from alice in the end" 0.00 \
	    "$(cents $((before - $(card_holds))))"
}

# Each payment in the bank's books and in ours, and what both come to.
bank_compare() {
	step "The bank's books and ours, after all of this"
	shown ctl bank status
	printf '    %14s  %-17s %s\n' amount "the bank's books" ours
	while read -r cents jti; do
		theirs=$(bank_state "$cents")
		ours=$($CTL order show --json -- press-1 "$jti" |
		    sed -n 's/.*"state": *"\([a-z]*\)".*/\1/p')
		case $theirs:$ours in
		charged:paid|declined:refused|reversed:refused) ;;
		*)	fail "$cents: '$theirs' there and '$ours' here" ;;
		esac
		printf '    %10s EUR  %-17s %s\n' "$(cents "$cents")" \
		    "$theirs" "$ours"
	done <"$TMPDIR/bank.orders"
	theirs=$((CARD_HELD - $(card_holds)))
	ours=$((clearing - $(clearing)))
	echo "    taken from the card, by the bank's books: $(cents $theirs) EUR"
	echo "    paid by the bank, by ours:                $(cents $ours) EUR"
	expect "difference" 0 $((theirs - ours))
}

bank_show() {
	bank_paid
	bank_refused
	bank_day
	bank_lost
	bank_compare
}

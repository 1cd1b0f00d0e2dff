# shellcheck shell=sh
# lib.sh - the simulated bank beside a real tilld, by TLS, for tests/flow and
# tests/bench; README has its script and its commands.  To be read after
# tests/flow/lib.sh.
#
# bank_start [OPTION...]	start it with $TMPDIR/script; it ends with the
#		test.  Makes $TMPDIR/books for settle_bank.
# bank_ctl COMMAND...	tell it something; $TMPDIR/bank.s is its socket
# bank_link	a link's file for it, with the lines of standard input
# bank_customer CID CARD	what the bank knows a customer as
# bank_is_up	is some link to it up?

bank_start() {
	mkdir -m 700 "$TMPDIR/books"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj /CN=bank.example \
	    -addext subjectAltName=DNS:bank.example \
	    -keyout "$TMPDIR/bank.key" -out "$TMPDIR/bank.pem" 2>/dev/null ||
		fail "no certificate"
	# The path of a socket must be short.
	(cd "$TMPDIR" && exec "$TILL_BUILD/tests/tools/bank" --script script \
	    --control bank.s --tls bank.pem --tls-key bank.key "$@" \
	    >"$TMPDIR/port" 2>"$TMPDIR/bank.err") &
	at_exit "kill $! 2>/dev/null"
	wait_until 60 bank_has_port ||
		fail "no bank: $(cat "$TMPDIR/bank.err")"
}

bank_has_port() {
	[ -s "$TMPDIR/port" ]
}

bank_ctl() {
	(cd "$TMPDIR" && "$TILL_BUILD/tests/tools/bank" ctl bank.s "$@")
}

bank_link() {
	cat <<END
address=127.0.0.1:$(cat "$TMPDIR/port")
tls-name=bank.example
tls-ca=$TMPDIR/bank.pem
acquirer=123456
terminal=PAYSRV01
merchant=MERCHANT0000001
mcc=5192
city=PARIS
country=FR
END
	cat
}

bank_customer() {
	printf '%s\n' "$2" >"$TMPDIR/card"
	$CTL customer bank "$1" --card --expiry 2912 --number-fd 3 3<"$TMPDIR/card"
	rm "$TMPDIR/card"
}

bank_is_up() {
	$CTL bank status | grep -q ' up for '
}

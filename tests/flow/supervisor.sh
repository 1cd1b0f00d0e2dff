#!/bin/sh
# A unit that dies is back soon; an end is graceful; what cannot start says why.
: "${TILL_SRC:?}"
# shellcheck source=tests/flow/lib.sh
. "$TILL_SRC/tests/flow/lib.sh"

# A unit of a sanitizer's build is slow to start.
[ "${TILL_SANITIZE-no}" = no ] && soon=2000 || soon=20000

now_ms() {
	date +%s%3N
}

rear_is_new() {
	pid=$(till_unit_pid rear) && [ "$pid" != "$old" ] &&
		$CTL status >/dev/null 2>&1
}

front_is_new() {
	pid=$(till_unit_pid front) && [ "$pid" != "$old" ] &&
		curl -sf "$TILL_URL/.well-known/jwks.json" >/dev/null
}

# back UNIT: kill it, wait until it serves again, within the time.
back() {
	old=$(till_unit_pid "$1") || fail "there is no $1"
	began=$(now_ms)
	kill -9 "$old"
	wait_until 30 "$1_is_new" || fail "the $1 did not come back"
	took=$(($(now_ms) - began))
	echo "the $1 was back after $took ms"
	[ "$took" -le "$soon" ] || fail "the $1 took $took ms"
}

log_says() {
	grep -q "$1" "$TILL_LOG"
}

# A copy in memory of how the end of a start went: WHAT STATUS TEXT.
refuses() {
	what=$1 wanted=$2 text=$3
	shift 3
	: >"$TMPDIR/refused"
	status=0
	"$TILL_BUILD/tilld" "$@" >"$TMPDIR/refused" 2>&1 </dev/null || status=$?
	[ "$status" -eq "$wanted" ] ||
		fail "$what: status $status, wanted $wanted: $(cat "$TMPDIR/refused")"
	grep -q -e "$text" "$TMPDIR/refused" ||
		fail "$what: no '$text' in: $(cat "$TMPDIR/refused")"
}

till_start
address=$TILL_URL
back rear
back rear
back front
check "a front that comes back has the same address" \
    "$(curl -s "$address/.well-known/till.json")" "*\"issuer\":\"$address\"*"
$CTL register verify >/dev/null || fail "the register does not verify"

# The rear cannot start while its key is away; it is tried again and again.
old=$(till_unit_pid rear)
mv "$TILL_STATE/keys/current.pem" "$TMPDIR/away.pem"
kill -9 "$old"
wait_until 20 log_says '"event":"unit.failed"' || fail "the rear did not fail"
curl -sf "$TILL_URL/.well-known/jwks.json" >/dev/null ||
	fail "the front went with the rear"
mv "$TMPDIR/away.pem" "$TILL_STATE/keys/current.pem"
wait_until 30 rear_is_new || fail "the rear did not recover"

# A second server on the same state is refused by what it finds there.
refuses "a second server" 69 'open in process' -f "$TILL_CONF" -d "$TILL_STATE" \
    -r "$TMPDIR/run2" -m "$TILL_BUILD/modules" -p "$TILL_SRC/etc/pages" \
    -l 127.0.0.1:0 --no-privsep

# SIGHUP reads the configuration again.
echo 'set session-max 1h' >>"$TILL_CONF"
kill -HUP "$TILL_PID"
wait_until 20 log_says '"event":"config.reloaded"' || fail "no reload at SIGHUP"

front=$(till_unit_pid front) rear=$(till_unit_pid rear)
till_stop
kill -0 "$front" 2>/dev/null && fail "the front outlived the supervisor"
kill -0 "$rear" 2>/dev/null && fail "the rear outlived the supervisor"
[ ! -e "$TILL_RUN/ctl" ] || fail "the control socket was left behind"
log_says '"event":"stopped"' || fail "the end was not logged"

# Units do not outlive a supervisor that is killed.
till_start
front=$(till_unit_pid front) rear=$(till_unit_pid rear)
kill -9 "$TILL_PID"
TILL_PID=
orphans_are_gone() {
	! kill -0 "$front" 2>/dev/null && ! kill -0 "$rear" 2>/dev/null
}
wait_until 20 orphans_are_gone || fail "units outlived a killed supervisor"

# What cannot start says why.
at="-r $TMPDIR/run3 -m $TILL_BUILD/modules -p $TILL_SRC/etc/pages --no-privsep"
printf 'auth requisit pin\n' >"$TMPDIR/bad.conf"
# shellcheck disable=SC2086 # a list of options
{
	refuses "a bad configuration" 78 'bad.conf:1:' -f "$TMPDIR/bad.conf" \
	    -d "$TILL_STATE" -l 127.0.0.1:0 $at
	refuses "no configuration" 78 'none.conf' -f "$TMPDIR/none.conf" $at
	refuses "no state" 69 'none' -f "$TILL_CONF" -d "$TMPDIR/none" \
	    -l 127.0.0.1:0 $at
	refuses "no address" 78 'ADDRESS:PORT' -f "$TILL_CONF" -l nowhere $at
	refuses "an issuer of plain http" 78 'https' -f "$TILL_CONF" \
	    -l 127.0.0.1:0 --issuer http://pay.example $at
	refuses "a public address without an issuer" 78 'set issuer' \
	    -f "$TILL_CONF" -l 0.0.0.0:0 $at
	refuses "a key without a certificate" 78 'belong together' \
	    -f "$TILL_CONF" -l 127.0.0.1:0 --tls-key /none $at
	refuses "a module that is not there" 69 '' -f "$TILL_CONF" \
	    -d "$TILL_STATE" -l 127.0.0.1:0 -r "$TMPDIR/run3" -m "$TMPDIR" \
	    -p "$TILL_SRC/etc/pages" --no-privsep
}
refuses "an unknown option" 64 'usage' --nonsense
refuses "an unknown part" 64 "parts are" middle
refuses "help" 0 'usage: tilld' --help
refuses "version" 0 'tilld ' --version
refuses "a check" 0 'OK' -n -f "$TILL_CONF" -m "$TILL_BUILD/modules"
refuses "a check of a bad file" 78 'bad.conf:1:' -n -f "$TMPDIR/bad.conf" \
    -m "$TILL_BUILD/modules"
refuses "a check that prints" 0 'settle .*route' -nn -f "$TILL_CONF" \
    -m "$TILL_BUILD/modules"

#!/bin/sh
# till-card by a PIV card: a real pcscd of the test's own, with a virtual reader, in
# which a card in software is.  It pays; whatever is wrong is refused, told apart,
# and costs at most one try of the PIN.
# shellcheck source=tests/flow/common.sh disable=SC2153
. "$TILL_SRC/tests/flow/common.sh"
driver=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
[ -e $driver ] || { echo "vsmartcard-vpcd is not installed"; exit 77; }
[ -x /usr/sbin/pcscd ] || { echo "pcscd is not installed"; exit 77; }
[ "$(id -u)" -eq 0 ] || { echo "only root starts a pcscd"; exit 77; }

# Three keys of alice's card; the last one is not enrolled.  Slot 9e is empty.
card=$TMPDIR/card
mkdir "$card"
station_ca
station_ssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$card/9a.key"
station_ssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
    -out "$card/9c.key"
station_ssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$card/9d.key"
for slot in 9a 9c 9d; do
	station_ssl pkey -in "$card/$slot.key" -pubout -out "$card/$slot.pub"
	station_issue "alice-$slot" "$card/$slot.pub"
	cp "$TMPDIR/alice-$slot.crt" "$card/$slot.crt"
done
"$TILL_BUILD/tests/tools/piv_card" "$card" 123456 >"$TMPDIR/card.port" \
    2>"$TMPDIR/card.said" &
at_exit "kill $! 2>/dev/null"
wait_until 60 test -s "$TMPDIR/card.port" || fail "no card"

# pcscd takes a socket that somebody has made for it, and then leaves the host's
# own alone, if there is one; but for the file with its number.  It is killed, as
# it would tidy up more at its end.
number=/run/pcscd/pcscd.pid
if [ -e $number ]; then
	cp $number "$TMPDIR/number"
	at_exit "cp '$TMPDIR/number' $number"
else
	at_exit "rm -f $number"
fi
mkdir "$TMPDIR/readers"
port=$(printf '0x%X' "$(cat "$TMPDIR/card.port")")
cat >"$TMPDIR/readers/virtual" <<END_OF_READER
FRIENDLYNAME "Virtual reader"
DEVICENAME   127.0.0.1:$port
LIBPATH      $driver
CHANNELID    $port
END_OF_READER
cat >"$TMPDIR/pcscd.py" <<'END_OF_PYTHON'
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv("/usr/sbin/pcscd", ["pcscd", "--foreground", "--error", "--config",
                             sys.argv[2]])
END_OF_PYTHON
export PCSCLITE_CSOCK_NAME="$TMPDIR/pcscd.socket"
station 4 key
check "no service" "$(cat "$TMPDIR/said")" "*pcscd, does not run*"
python3 "$TMPDIR/pcscd.py" "$PCSCLITE_CSOCK_NAME" "$TMPDIR/readers" \
    >"$TMPDIR/pcscd.log" 2>&1 &
at_exit "kill -9 $! 2>/dev/null"
station_start
echo 123456 >"$TMPDIR/pin"
echo 654321 >"$TMPDIR/wrong-pin"
echo 12345678901 >"$TMPDIR/long-pin"

listed() {
	"$TILL_BUILD/till-card" list >"$TMPDIR/out" 2>&1 &&
		grep -q 'slot 9d' "$TMPDIR/out" &&
		grep -q 'is no PIV card' "$TMPDIR/out"
}
wait_until 60 listed || fail "no reader: $(cat "$TMPDIR/out" "$TMPDIR/pcscd.log")"
for line in "slot 9a*ES256*CN=alice-9a" "slot 9c*RS256*CN=alice-9c" \
    "slot 9d*ES256*CN=alice-9d" "00 01*is no PIV card"; do
	check "what there is" "$(cat "$TMPDIR/out")" "*Virtual reader*$line*"
done

# piv STATUS SLOT PIN-FILE OPTION... TICKET: alice pays by a key of her card.
piv() {
	status=$1 slot=$2 pin=$3
	shift 3
	station "$status" pay --json -c alice --reader "reader 00 00" \
	    --slot "$slot" --pin-file "$TMPDIR/$pin" "$@"
}

# tried N: commands to the card that tried a PIN, so far.
tried() {
	check "PINs were tried" "$(grep -c '^20 8 ' "$TMPDIR/card.said")" "$1"
}

for slot in 9a 9c; do
	station 0 key --reader "00 00" --slot $slot
	mv "$TMPDIR/out" "$TMPDIR/$slot.jwk"
	$CTL customer key alice --add "$TMPDIR/$slot.jwk"
done
station 4 key
check "one is to be chosen" "$(cat "$TMPDIR/said")" "*2 readers*--reader*"
station 4 key --reader "00 01"
check "another card" "$(cat "$TMPDIR/said")" "*is no PIV card*"
station 4 key --reader nothing
check "no reader" "$(cat "$TMPDIR/said")" "*no such card reader*"
station 4 key --reader "00 00" --slot 9e
check "an empty slot" "$(cat "$TMPDIR/said")" "*no certificate in slot 9e*"
station 64 key --slot 9b

# A key of each kind pays: 1.25 and 1.20.
manner record
piv 0 9a pin "$(ticket piv-1 '{"amount":"1.25"}')"
json status paid
json payee press-1
json voucher '*.*.*'
json tries_left undefined
manner pass
piv 0 9c pin "$(ticket piv-2)"
balance alice 47.55
tried 2

# A replay, another amount, another payee, an unknown key.
check "a replay" "$(node "$TILL_SRC/tests/flow/replay-card.js" alice \
    "$(ticket piv-3 '{"amount":"1.25"}')" "$TMPDIR/reply")" "403 auth"
manner swap
ticket other-1 '{"amount":"30.00"}' >"$TMPDIR/other"
piv 2 9a pin "$(ticket shown-1)"
json status unknown
payee=press-2
ticket other-2 >"$TMPDIR/other"
payee=
piv 2 9a pin "$(ticket shown-2)"
json status unknown
manner pass
piv 1 9d pin "$(ticket piv-4)"
json reason auth
balance alice 47.55

# The certificate pays for bob, to whom it belongs, until the CA revokes it.
$CTL customer key bob --add "$TMPDIR/alice-9a.crt"
certified() {
	station "$1" pay --json -c bob --reader "00 00" --certificate \
	    --pin-file "$TMPDIR/pin" "$2"
}
certified 0 "$(ticket crt-1)"
balance bob 48.80
station_revoke alice-9a
certified 1 "$(ticket crt-2)"
json reason auth
grep -q "certificate revoked" "$TILL_LOG" || fail "the log does not say why"
balance bob 48.80
tried 7

# A wrong PIN is tried once, and what cannot be one not at all; the order stays
# open, and a right one has all tries back.
t=$(ticket piv-5)
piv 3 9a wrong-pin "$t"
json status secret
json tries_left 2
check "why" "$(cat "$TMPDIR/said")" "*the PIN is wrong, 2 tries left; nothing was paid by this run*"
piv 4 9a long-pin "$t"
tried 8
piv 0 9a pin "$t"
json tries_left undefined
balance alice 46.35

# A card that takes no PIN any more is not asked again.
t=$(ticket piv-6)
piv 3 9a wrong-pin "$t"
piv 3 9a wrong-pin "$t"
json tries_left 1
piv 3 9a wrong-pin "$t"
check "why" "$(cat "$TMPDIR/said")" "*PIN is blocked*"
json tries_left 0
tried 12
piv 3 9a pin "$t"
check "why" "$(cat "$TMPDIR/said")" "*PIN is blocked; nothing was paid by this run*"
tried 12
balance alice 46.35
$CTL register verify >/dev/null || fail "the register does not verify"
till_stop

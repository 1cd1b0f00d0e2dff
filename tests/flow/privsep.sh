#!/bin/sh
# Started as root, the units run as their own users, and only those who may
# reach the sockets do; started as anybody else, all is that user's.
: "${TILL_SRC:?}"
# shellcheck source=tests/flow/lib.sh
. "$TILL_SRC/tests/flow/lib.sh"

# Whom is process $1 of?
user_of() {
	stat -c %U "/proc/$1"
}

if [ "$(id -u)" -ne 0 ]; then
	till_conf >"$TILL_CONF"
	"$TILL_BUILD/tillctl" init -d "$TILL_STATE" -f "$TILL_CONF" >/dev/null
	till_start
	check "the rear is ours" "$(user_of "$(till_unit_pid rear)")" "$(id -un)"
	check "the front is ours" "$(user_of "$(till_unit_pid front)")" "$(id -un)"
	till_stop
	exit 0
fi

# Two users that every Debian has stand for till and till-front, a third one
# for anybody.  They need to reach the programs and the folder.
rear=daemon front=nobody other=games
chmod 711 "$TMPDIR"
mkdir -m 755 "$TMPDIR/bin" "$TMPDIR/bin/modules" "$TMPDIR/pages"
cp "$TILL_BUILD/tilld" "$TILL_BUILD/tillctl" "$TMPDIR/bin"
cp "$TILL_BUILD"/modules/*.so "$TMPDIR/bin/modules"
cp "$TILL_SRC"/etc/pages/* "$TMPDIR/pages"
chmod -R go+rX "$TMPDIR/bin" "$TMPDIR/pages"
{
	till_conf
	echo "set rear-user $rear"
	echo "set front-user $front"
} >"$TILL_CONF"
chmod 644 "$TILL_CONF"

out=$("$TMPDIR/bin/tillctl" init -d "$TILL_STATE" -f "$TILL_CONF" \
    --user no-such-user 2>&1) && fail "init took a user that is not there"
check "a user that is not there" "$out" "*adduser*no-such-user*"
"$TMPDIR/bin/tillctl" init -d "$TILL_STATE" -f "$TILL_CONF" >/dev/null
check "the state is the rear's" "$(stat -c %U:%a "$TILL_STATE")" $rear:700
check "so are the keys" "$(stat -c %U:%a "$TILL_STATE/keys/current.pem")" \
    "$rear:400"

: >"$TMPDIR/tilld.out"
"$TMPDIR/bin/tilld" -f "$TILL_CONF" -d "$TILL_STATE" -r "$TILL_RUN" \
    -m "$TMPDIR/bin/modules" -p "$TMPDIR/pages" -l 127.0.0.1:0 \
    >"$TMPDIR/tilld.out" 2>>"$TILL_LOG" &
TILL_PID=$!
wait_until 60 till_serves || fail "tilld does not serve"
TILL_URL=$(cat "$TMPDIR/tilld.out")

front_pid=$(till_unit_pid front) rear_pid=$(till_unit_pid rear)
check "the rear's user" "$(user_of "$rear_pid")" $rear
check "the front's user" "$(user_of "$front_pid")" $front
for pid in $front_pid $rear_pid; do
	uid=$(sed -n 's/^Uid:\t//p' "/proc/$pid/status" | tr -s '\t' '\n' | sort -u)
	[ "$(echo "$uid" | wc -l)" -eq 1 ] || fail "$pid has several users: $uid"
	check "groups of $pid" "$(sed -n 's/^Groups:\t//p' "/proc/$pid/status")" \
	    "[0-9]* "
	check "no new privileges" "$(sed -n 's/^NoNewPrivs:\t//p' \
	    "/proc/$pid/status")" 1
	check "no core" "$(sed -n 's/^Max core file size *\([0-9]*\).*/\1/p' \
	    "/proc/$pid/limits")" 0
	check "capabilities" "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" \
	    0000000000000000
done
curl -sf "$TILL_URL/.well-known/jwks.json" >/dev/null ||
	fail "the front does not reach the rear"

# as USER COMMAND...
as() {
	user=$1
	shift
	setpriv --reuid="$user" --regid=nogroup --clear-groups "$@"
}
CTL="$TMPDIR/bin/tillctl -r $TILL_RUN"
$CTL status >/dev/null || fail "root may not use the control socket"
# shellcheck disable=SC2086 # a command and its options
as $rear $CTL status >/dev/null || fail "the rear's user may not"
for user in $front $other; do
	# shellcheck disable=SC2086 # a command and its options
	as $user $CTL status >/dev/null 2>&1 && fail "$user may use tillctl"
done
till_stop

# A group may be let in.
echo "set admin-group games" >>"$TILL_CONF"
: >"$TMPDIR/tilld.out"
"$TMPDIR/bin/tilld" -f "$TILL_CONF" -d "$TILL_STATE" -r "$TILL_RUN" \
    -m "$TMPDIR/bin/modules" -p "$TMPDIR/pages" -l 127.0.0.1:0 \
    >"$TMPDIR/tilld.out" 2>>"$TILL_LOG" &
TILL_PID=$!
wait_until 60 till_serves || fail "tilld does not serve"
# shellcheck disable=SC2086 # a command and its options
setpriv --reuid=games --regid=games --clear-groups $CTL status >/dev/null ||
	fail "the admin group may not use tillctl"
# shellcheck disable=SC2086 # a command and its options
as $front $CTL status >/dev/null 2>&1 && fail "others may use tillctl"
till_stop

#!/bin/sh
# All modules that come with till keep the contract of their facility, and so
# do the programs in Python behind auth_proc and settle_proc.
# What the suite has to know of each lies in tests/kit.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
n=0
cp "$TILL_SRC/tests/thirdparty/settle_python/bank.py" \
    "$TILL_SRC/tests/thirdparty/auth_python/codes.py" \
    "$TILL_SRC/tests/kit/card.sh" "$TMPDIR"

# The bank that settle_bank speaks to; it ends with us.
echo 'account 4000001234567899 978 100000000 expiry=2912' >"$TMPDIR/bank"
"$TILL_BUILD/tests/tools/bank" --script "$TMPDIR/bank" \
    >"$TMPDIR/bank.port" 2>"$TMPDIR/bank.err" &
at_exit "kill $! 2>/dev/null"
has_port() {
	[ -s "$TMPDIR/bank.port" ]
}
wait_until 20 has_port || fail "no bank: $(cat "$TMPDIR/bank.err")"

for dir in "$TILL_SRC"/modules/*/; do
	name=$(basename "$dir")
	grep -qs 'TILL_MODULE("' "$dir"*.c || continue
	set --
	if [ -f "$TILL_SRC/tests/kit/$name.test" ]; then
		sed -e "s|@BUILD@|$TILL_BUILD|" \
		    -e "s|@BANK@|$(cat "$TMPDIR/bank.port")|" \
		    "$TILL_SRC/tests/kit/$name.test" >"$TMPDIR/$name.test"
		set -- "$TMPDIR/$name.test"
	fi
	out=$("$TILL_BUILD/tillctl" module test --timeout 60s \
	    "$TILL_BUILD/modules/$name.so" "$@" 2>&1) || fail "$name: $out"
	case $out in
	*"skip  auth-right: the suite"*) fail "$name: nothing right is known: $out" ;;
	esac
	n=$((n + 1))
done
[ "$n" -ge 16 ] || fail "only $n modules"
echo "$n modules conform"

#!/bin/sh
# All modules that come with till keep the contract of their facility, and so
# do the programs in Python behind auth_proc and settle_proc.
# What the suite has to know of each lies in tests/kit.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
n=0
cp "$TILL_SRC/tests/thirdparty/settle_python/bank.py" \
    "$TILL_SRC/tests/thirdparty/auth_python/codes.py" "$TMPDIR"
for dir in "$TILL_SRC"/modules/*/; do
	name=$(basename "$dir")
	grep -qs 'TILL_MODULE("' "$dir"*.c || continue
	set --
	if [ -f "$TILL_SRC/tests/kit/$name.test" ]; then
		sed "s|@BUILD@|$TILL_BUILD|" "$TILL_SRC/tests/kit/$name.test" \
		    >"$TMPDIR/$name.test"
		set -- "$TMPDIR/$name.test"
	fi
	out=$("$TILL_BUILD/tillctl" module test --timeout 60s \
	    "$TILL_BUILD/modules/$name.so" "$@" 2>&1) || fail "$name: $out"
	case $out in
	*"skip  auth-right"*)	fail "$name: nothing right is known: $out" ;;
	esac
	n=$((n + 1))
done
[ "$n" -ge 13 ] || fail "only $n modules"
echo "$n modules conform"

#!/bin/sh
# The module ABI is what was recorded of it: later headers only append, and a
# change that does more is found.  A module that was built with the headers
# of ABI 1.0 runs in the servers of today and of tomorrow.
set -eu
# shellcheck source=tests/abi/lib.sh
. "$TILL_SRC/tests/abi/lib.sh"
CC=$(sed -n 's/^CC = //p' "$TILL_BUILD/Makefile")
PATH=$TILL_BUILD:$PATH
export CC PATH
include=$TILL_SRC/include
minor=$(abi_minor "$include")

fail() {
	echo "abi: $*" >&2
	exit 1
}

command -v abidiff >/dev/null || { echo "abidiff is not installed"; exit 77; }
[ "$(getconf LONG_BIT)" = 64 ] || { echo "recorded for 64 bits only"; exit 77; }

abi_object "$include" "$TMPDIR/now.o"
for old in "$TILL_SRC"/tests/abi/module-1.*.abi; do
	abi_judge "$old" "$TMPDIR/now.o" ||
		fail "the header is not compatible with ${old##*/}"
done
recorded=$TILL_SRC/tests/abi/module-1.$minor.abi
[ -f "$recorded" ] || fail "ABI 1.$minor is not recorded: see tests/abi/record"
abidiff --no-architecture --harmless "$recorded" "$TMPDIR/now.o" >"$TMPDIR/why" ||
	{ cat "$TMPDIR/why"; fail "the header is not ABI 1.$minor as it was" \
	    "recorded: raise TILL_ABI_MINOR and run tests/abi/record"; }
for d in "$TILL_SRC"/tests/abi/1.*; do
	abi_object "$d" "$TMPDIR/frozen.o"
	abi_judge "$TILL_SRC/tests/abi/module-${d##*/}.abi" "$TMPDIR/frozen.o" ||
		fail "the frozen header of ${d##*/} is not what was recorded"
done

# The guard itself: each of these is a change that breaks a module, and is
# found; the last three are not, and pass.
changed() {
	rm -rf "$TMPDIR/h"
	cp -R "$TILL_SRC/tests/abi/1.0" "$TMPDIR/h"
	chmod -R u+w "$TMPDIR/h"
	sed -i "$1" "$TMPDIR/h/till/module.h"
	! cmp -s "$TMPDIR/h/till/module.h" "$TILL_SRC/tests/abi/1.0/till/module.h" ||
		fail "nothing is changed by: $1"
	abi_object "$TMPDIR/h" "$TMPDIR/h.o" || fail "does not compile: $1"
	abi_judge "$TILL_SRC/tests/abi/module-1.0.abi" "$TMPDIR/h.o" >"$TMPDIR/found"
}
refused=0
while read -r change; do
	if changed "$change"; then fail "not found: $change"; fi
	refused=$((refused + 1))
done <<'END'
s/^	uint32_t auth_level;/	uint64_t auth_level;/
s/^	const char \*merchant_name;.*/&\n	const char *merchant_city;/
/^	const char \*merchant_country;/d
s/const char \*jti, \*oid, \*desc;/const char *oid, *jti, *desc;/
s/^	TILL_DENY,/	TILL_DENY2,\n&/
s/^	TILL_CAP_HOLD = 4,/	TILL_CAP_HOLD = 5,/
s/^	TILL_CAP_HOLD = 4,/	TILL_CAP_HOLD = 8,/;s/^	TILL_CAP_REVERSE = 8,/	TILL_CAP_REVERSE = 4,/
/^	TILL_TELL_ERROR$/d
s/^#define TILL_REF_MAX 64/#define TILL_REF_MAX 65/
s/^#define TILL_STATE_MAX 4096/#define TILL_STATE_MAX 8192/
s/^	int (\*failed)(struct till_context \*);/	int (*failed)(struct till_context *, int);/
s/^	int (\*alert)(/	int (*warn)(/
s/int (\*state_put)(struct till_context \*, struct till_bytes state);/int (*state_put)(struct till_context *, struct till_bytes *state);/
s/^	void (\*close)(void \*self);/	int (*close)(void *self);/
s/^	int64_t micro; /	int32_t micro; /
s/char owner\[8\];/char owner[16];/
s/^#define TILL_ABI_MAJOR 1/#define TILL_ABI_MAJOR 2/
END
while read -r change; do
	changed "$change" || { cat "$TMPDIR/found"; fail "refused: $change"; }
done <<'END'
s/^	int (\*random)(void \*buf, size_t len);/&\n	int (*more)(int);/
s/^	TILL_CAP_ABSTAINS = 2048/&,\n	TILL_CAP_MORE = 1 << 20/
s/^	int64_t issued_s, expires_s;.*/&\n	const char *more;/
END

# Built with the headers of 1.0, tested on hosts of 1.0, of now and of later.
for kind in policy auth settle notify; do
	(cd "$TMPDIR" && tillctl module new $kind frozen >/dev/null &&
		"$CC" -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror -O2 -fPIC \
		    -fvisibility=hidden -shared -I"$TILL_SRC/tests/abi/1.0" \
		    -o ${kind}_frozen.so frozen/${kind}_frozen.c) ||
		fail "$kind: does not build with the headers of 1.0"
	out=$(tillctl module test "$TMPDIR/${kind}_frozen.so" \
	    "$TMPDIR/frozen/tests" 2>&1) || fail "$kind: $out"
	for word in 'ABI 1.0:' 'ok    older-host' 'ok    newer-host'; do
		echo "$out" | grep -q "$word" || fail "$kind: no '$word': $out"
	done
	rm -rf "$TMPDIR/frozen"
done
echo "ABI 1.$minor; $refused changes refused"

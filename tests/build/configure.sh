#!/bin/sh
# configure takes what GNU's and Debian's tools pass, expands directories
# wholly, refuses what it cannot honour, and repeats itself by config.status.
set -eu

fail() {
	echo "configure: $*" >&2
	exit 1
}

# defines NAME VALUE: does config.h say so?
defines() {
	grep -qxF "#define $1 \"$2\"" config.h ||
		fail "$1 is not $2 but: $(grep "$1" config.h)"
}

# refused TEXT ARGUMENT...: configure must fail and say TEXT.
refused() {
	text=$1
	shift
	! "$TILL_SRC/configure" "$@" >out 2>&1 || fail "accepted $*"
	grep -q -- "$text" out || fail "$* gave: $(cat out)"
}

mkdir "$TMPDIR/b"
cd "$TMPDIR/b"
# As dh_auto_configure of Debian 12 calls it.
dash "$TILL_SRC/configure" --build=x86_64-linux-gnu --prefix=/usr \
    '--includedir=${prefix}/include' '--mandir=${prefix}/share/man' \
    '--infodir=${prefix}/share/info' --sysconfdir=/etc --localstatedir=/var \
    --disable-option-checking --disable-silent-rules \
    '--libdir=${prefix}/lib/x86_64-linux-gnu' --runstatedir=/run \
    --disable-maintainer-mode --disable-dependency-tracking \
    CFLAGS='-g -O2 -Wformat' >out 2>&1 || { cat out; fail "Debian's options"; }
defines TILL_MODULEDIR /usr/lib/x86_64-linux-gnu/till/modules
defines TILL_SYSCONFDIR /etc/till
defines TILL_DATADIR /usr/share/till
defines TILL_LOCALSTATEDIR /var
defines TILL_RUNSTATEDIR /run
! grep -F '${' config.h || fail "a variable is left in config.h"
grep -q 'ignoring --disable-maintainer-mode' out || fail "ignores without a word"
grep -qx 'V = 1' Makefile || fail "commands would not be shown"
grep -q '^CFLAGS = -g -O2 -Wformat' Makefile || fail "CFLAGS are not kept"

# The same again by config.status: nothing changes, so nothing is made anew.
touch -d '2001-01-01' config.h
cp Makefile before
./config.status >/dev/null
cmp Makefile before || fail "config.status made another Makefile"
[ -z "$(find config.h -newermt 2002-01-01)" ] || fail "config.h was written anew"

"$TILL_SRC/configure" --prefix=/opt/till >/dev/null
defines TILL_SYSCONFDIR /opt/till/etc/till
defines TILL_RUNSTATEDIR /opt/till/var/run

"$TILL_SRC/configure" --enable-sanitize=address >/dev/null
grep -q '^CFLAGS = .*-fsanitize=address,undefined' Makefile || fail "no sanitizer"
! grep -q '_FORTIFY_SOURCE=2' Makefile || fail "fortified under the sanitizer"

refused 'unknown argument' --frobnicate
refused 'address or =thread' --enable-sanitize=memory
refused 'address or =thread' --enable-sanitize
refused 'absolute path' --prefix=relative
refused 'absolute path' '--sysconfdir=/etc/with space'
refused 'cannot make a program' CC=/bin/false

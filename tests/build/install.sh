#!/bin/sh
# What "make install" puts under DESTDIR, "make uninstall" takes away: every
# file of it, and nothing that the administrator changed.
set -eu
root=$TMPDIR/root

fail() {
	echo "install: $*" >&2
	exit 1
}

listing() {
	(cd "$root" && find . ! -type d | sort)
}

cd "$TILL_BUILD"
value() {
	sed -n "s|^$1 = ||p" Makefile
}
make -s install DESTDIR="$root" prefix=/usr exec_prefix=/usr libdir=/usr/lib \
    sysconfdir=/etc >"$TMPDIR/log" 2>&1 || { cat "$TMPDIR/log"; fail "make install"; }
listing >"$TMPDIR/installed"

for f in "$TILL_SRC"/include/till/*.h; do
	cmp -s "$f" "$root/usr/include/till/${f##*/}" || fail "missing header $f"
done
for d in "$TILL_SRC"/modules/*/; do
	m=$(basename "$d")
	[ -f "$root/usr/lib/till/modules/$m.so" ] || fail "missing module $m"
	exported=$(nm -D --defined-only "$root/usr/lib/till/modules/$m.so" | wc -l)
	[ "$exported" -eq 1 ] || fail "$m exports $exported symbols, not one"
done
for f in sbin/tilld sbin/tillctl bin/till-shop lib/libtill.a lib/libtill.so.1; do
	[ -f "$root/usr/$f" ] || fail "missing $f"
done
foreign=$(nm -D --defined-only "$root/usr/lib/libtill.so.1" | grep -v ' till_') || :
[ -z "$foreign" ] || fail "libtill.so.1 exports $foreign"

# A module's author and a merchant see the installed tree through pkg-config.
export PKG_CONFIG_PATH="$root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
prefix=$(value prefix)
cflags=$(pkg-config --define-variable=prefix=/usr --cflags till)
[ "$cflags" = "-I$root/usr/include" ] || [ "$prefix" != /usr ] ||
	fail "pkg-config says $cflags"
printf '#include <till/module.h>\nint x;\n' >"$TMPDIR/m.c"
cc -std=c17 -Wall -Wextra -Werror -I"$root/usr/include" -c -o "$TMPDIR/m.o" \
    "$TMPDIR/m.c" || fail "the installed module.h does not compile"

# A changed configuration stays through another install and through uninstall.
conf=$root/etc/till/till.conf
[ -f "$conf" ] || fail "missing till.conf"
echo '# changed' >>"$conf"
cp "$conf" "$TMPDIR/changed"
args="DESTDIR=$root prefix=/usr exec_prefix=/usr libdir=/usr/lib sysconfdir=/etc"
# shellcheck disable=SC2086 # a list of words
make -s install $args >/dev/null
cmp -s "$conf" "$TMPDIR/changed" || fail "install overwrote a changed till.conf"
# shellcheck disable=SC2086
make -s uninstall $args >/dev/null
cmp -s "$conf" "$TMPDIR/changed" || fail "uninstall removed a changed till.conf"
left=$(listing)
[ "$left" = ./etc/till/till.conf ] || fail "left behind: $left"

cp "$TILL_SRC/etc/till.conf" "$conf"
# shellcheck disable=SC2086
make -s uninstall $args >/dev/null
left=$(listing)
[ -z "$left" ] || fail "left behind: $left"
[ ! -e "$root/etc/till" ] && [ ! -e "$root/usr/share/till" ] ||
	fail "empty folders of its own stay"
echo "$(wc -l <"$TMPDIR/installed") files come and go"

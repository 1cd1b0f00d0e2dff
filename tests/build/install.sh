#!/bin/sh
# What "make install" puts under DESTDIR, "make uninstall" takes away: every
# file of it, and nothing that the administrator changed.  In between, a
# module's author and a merchant find there what they need through pkg-config.
set -eu
root=$TMPDIR/root

fail() {
	echo "install: $*" >&2
	exit 1
}

listing() {
	(cd "$root" && find . ! -type d | sort)
}

# configured NAME: the folder that config.h gives NAME, below DESTDIR.
configured() {
	echo "$root$(sed -n "s/^#define $1 \"\(.*\)\"/\1/p" config.h)"
}

# exports FILE: the names that a shared object gives away.
exports() {
	nm -D --defined-only "$1" | awk '{ print $3 }' | grep -v '^__\?[a-z]*san_' || :
}

installed() {
	[ -f "$1" ] || fail "missing $1"
}

cd "$TILL_BUILD"
make -s install DESTDIR="$root" >"$TMPDIR/log" 2>&1 ||
	{ cat "$TMPDIR/log"; fail "make install"; }
listing >"$TMPDIR/installed"
modules=$(configured TILL_MODULEDIR)
lib=${modules%/till/modules}

export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
include=$(pkg-config --cflags till)
include=${include#-I} include=${include% }
for f in "$TILL_SRC"/include/till/*.h; do
	cmp -s "$f" "$include/till/${f##*/}" || fail "missing header $f"
done
for d in "$TILL_SRC"/modules/*/; do
	[ -e "$d$(basename "$d").c" ] || continue
	m=$modules/$(basename "$d").so
	installed "$m"
	[ "$(exports "$m" | wc -l)" -eq 1 ] || fail "$m exports: $(exports "$m")"
done
sbin=$(configured TILL_SBINDIR)
for f in "$sbin/tilld" "$sbin/tillctl" "${sbin%/sbin}/bin/till-shop" \
    "${sbin%/sbin}/bin/till-card" \
    "$lib/libtill.a" "$lib/libtill.so.1"; do
	installed "$f"
done
foreign=$(exports "$lib/libtill.so.1" | grep -v '^till_') || :
[ -z "$foreign" ] || fail "libtill.so.1 exports $foreign"

printf '#include <till/module.h>\nconst int size = TILL_MODULE_NAME_MAX;\n' \
    >"$TMPDIR/m.c"
# shellcheck disable=SC2046 # a list of flags
cc -std=c17 -Wall -Wextra -Werror $(pkg-config --cflags till) -c \
    -o "$TMPDIR/m.o" "$TMPDIR/m.c" || fail "pkg-config till is not enough"

# A changed configuration stays through another install and through uninstall.
conf=$(configured TILL_SYSCONFDIR)/till.conf
installed "$conf"
echo '# changed' >>"$conf"
cp "$conf" "$TMPDIR/changed"
make -s install DESTDIR="$root" >/dev/null
cmp -s "$conf" "$TMPDIR/changed" || fail "install overwrote a changed till.conf"
make -s uninstall DESTDIR="$root" >/dev/null
cmp -s "$conf" "$TMPDIR/changed" || fail "uninstall removed a changed till.conf"
[ "$root/$(listing)" = "$root/.${conf#"$root"}" ] || fail "left behind: $(listing)"

cp "$TILL_SRC/etc/till.conf" "$conf"
make -s uninstall DESTDIR="$root" >/dev/null
[ -z "$(listing)" ] || fail "left behind: $(listing)"
for d in TILL_SYSCONFDIR TILL_DATADIR TILL_MODULEDIR; do
	[ ! -e "$(configured $d)" ] || fail "its own empty folder stays: $d"
done
echo "$(wc -l <"$TMPDIR/installed") files come and go"

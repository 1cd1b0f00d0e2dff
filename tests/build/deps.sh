#!/bin/sh
# --install-deps asks apt for what is missing and for nothing else, refreshes
# its lists when they are stale, leaves it alone when all is there, and without
# root prints the one line to run.  The packaging tools here are stand-ins that
# write down how they were called.
set -eu
mkdir -p "$TMPDIR/bin" "$TMPDIR/b"
cd "$TMPDIR/b"
PATH=$TMPDIR/bin:$PATH
export PATH TMPDIR

fail() {
	echo "deps: $*" >&2
	cat out "$TMPDIR/calls" >&2
	exit 1
}

# tool NAME < body: a stand-in program.
tool() {
	{ echo '#!/bin/sh'; cat; } >"$TMPDIR/bin/$1"
	chmod +x "$TMPDIR/bin/$1"
}

# What $TMPDIR/absent names is not installed; apt-get empties it, but only
# after an update where $TMPDIR/stale exists.
tool dpkg-query <<'END'
for p; do :; done
grep -qx "$p" "$TMPDIR/absent" || printf installed
END
tool apt-get <<'END'
echo "apt-get $*" >>"$TMPDIR/calls"
case " $* " in
*" update "*) rm -f "$TMPDIR/stale" ;;
*) [ ! -e "$TMPDIR/stale" ] || exit 100
   : >"$TMPDIR/absent" ;;
esac
END
tool id <<'END'
cat "$TMPDIR/uid"
END
tool sudo <<'END'
[ -e "$TMPDIR/sudo" ] || exit 1
echo "sudo $*" >>"$TMPDIR/calls"
[ "$1" != -n ] || shift
exec "$@"
END

# given UID ABSENT...: a machine in this state.
given() {
	echo "$1" >"$TMPDIR/uid"
	shift
	: >"$TMPDIR/calls"
	printf '%s\n' "$@" >"$TMPDIR/absent"
	rm -f "$TMPDIR/stale" "$TMPDIR/sudo"
}

configure() {
	"$TILL_SRC/configure" --install-deps >out 2>&1
}

given 0
configure || fail "with all packages there"
[ ! -s "$TMPDIR/calls" ] || fail "apt was called for nothing"

given 0 valgrind libdb5.3-dev
configure || fail "as root"
grep -q 'apt-get .*install libdb5.3-dev valgrind$' "$TMPDIR/calls" ||
	fail "not exactly the two missing ones"
! grep -q update "$TMPDIR/calls" || fail "an update that was not needed"

given 0 valgrind
touch "$TMPDIR/stale"
configure || fail "with stale lists"
[ "$(grep -c ' install valgrind' "$TMPDIR/calls")" -eq 2 ] || fail "no second try"
grep -q '^apt-get .*update' "$TMPDIR/calls" || fail "lists were not refreshed"

given 1000 valgrind curl
! configure || fail "went on without root and without packages"
[ "$(tail -n 1 out)" = 'apt-get install --no-install-recommends valgrind curl' ] ||
	fail "did not print the line to run"
! grep -q apt-get "$TMPDIR/calls" || fail "called apt without root"

given 1000 valgrind
touch "$TMPDIR/sudo"
configure || fail "with sudo"
grep -q '^sudo .*apt-get .*install valgrind$' "$TMPDIR/calls" || fail "not by sudo"

#!/bin/sh
# doc/writing-a-module.md, step by step, as somebody new to it would do it: in
# an empty folder, with an installed till.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
umask 022
root=$TMPDIR/root
make -s -C "$TILL_BUILD" install DESTDIR="$root" >"$TMPDIR/log" 2>&1 ||
	{ cat "$TMPDIR/log"; fail "make install"; }
pc=$(find "$root" -name till.pc)
prefix=$root$(sed -n 's/^prefix=//p' "$pc")

# A till below DESTDIR is where its till.pc says it is, but for the prefix.
mkdir "$TMPDIR/bin" "$TMPDIR/new"
cat >"$TMPDIR/bin/pkg-config" <<END
#!/bin/sh
exec $(command -v pkg-config) --define-variable=prefix=$prefix "\$@"
END
chmod +x "$TMPDIR/bin/pkg-config"
export PKG_CONFIG_PATH="${pc%/*}"
PATH=$TMPDIR/bin:$prefix/sbin:$PATH

awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' \
    "$TILL_SRC/doc/writing-a-module.md" >"$TMPDIR/steps"
[ "$(grep -c . "$TMPDIR/steps")" -gt 20 ] || fail "no steps: $(cat "$TMPDIR/steps")"

# "! command" has to fail, which sh -e alone would not notice.
sed 's/^! \(.*\)$/if \1; then echo "no failure: \1"; exit 1; fi/' \
    "$TMPDIR/steps" >"$TMPDIR/script"
out=$(cd "$TMPDIR/new" && sh -ex "$TMPDIR/script" 2>&1) ||
	fail "as the document has it: $out"
check "info says what it is" "$out" "*name:       auth_demo*facilities: auth*"
check "check takes it" "$out" "*till.conf: right: 2 modules, 3 rules*"
echo "$(grep -c . "$TMPDIR/steps") lines of the document work"

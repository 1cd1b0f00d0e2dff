#!/bin/sh
# lint finds each thing that it is there to find.  A small clean tree passes;
# then one fault at a time is put into it.
set -eu

fail() {
	echo "lint: $*" >&2
	cat "$TMPDIR/out" >&2
	exit 1
}

# tree: a fresh clean tree in $TMPDIR/t, which is now the current folder.
tree() {
	rm -rf "$TMPDIR/t"
	mkdir -p "$TMPDIR/t" && cd "$TMPDIR/t"
	mkdir -p tests include/till lib daemon/part modules/auth_x supplier/libtill doc/man
	cp "$TILL_SRC/tests/lint" "$TILL_SRC/tests/lint.awk" tests
	cp "$TILL_SRC/.clang-format" "$TILL_SRC/.shellcheckrc" .
	printf '#ifndef TILL_A_H\n#define TILL_A_H\n\nint till_a(void);\n\n#endif\n' \
	    >include/till/a.h
	for f in lib/a.c daemon/part/a.c modules/auth_x/a.c supplier/libtill/a.c; do
		printf '#include <till/a.h>\n\nint\ntill_a(void)\n{\n\treturn 0;\n}\n' >$f
	done
	echo 'int part(void);' >daemon/part/part.h
}

# finds TEXT: the current tree must be refused, and with this.
finds() {
	! sh tests/lint >"$TMPDIR/out" 2>&1 || fail "did not find: $1"
	grep -qE -- "$1" "$TMPDIR/out" || fail "did not say: $1"
	tree
}

# line FILE TEXT: put a line at the head of a file.
line() {
	{ echo "$2"; cat "$1"; } >"$TMPDIR/new"
	cp "$TMPDIR/new" "$1"
}

tree
sh tests/lint >"$TMPDIR/out" 2>&1 || fail "a clean tree is refused"

while IFS='|' read -r file text; do
	line "$file" "$text"
	finds "^include: $file:1:"
done <<'END'
lib/a.c|#include "part/part.h"
lib/a.c|#include <db.h>
lib/a.c|#include <syslog.h>
lib/a.c|#include "no-such-file.h"
daemon/part/a.c|#include <db.h>
daemon/part/a.c|#include <dlfcn.h>
daemon/part/a.c|#include <microhttpd.h>
daemon/part/a.c|#include "libtill/a.h"
modules/auth_x/a.c|#include "part/part.h"
modules/auth_x/a.c|#include "../../daemon/part/part.h"
modules/auth_x/a.c|#include <db.h>
supplier/libtill/a.c|#include "part/part.h"
supplier/libtill/a.c|# include <db.h>
include/till/a.h|#include <jansson.h>
include/till/a.h|#include <openssl/evp.h>
include/till/a.h|#include "config.h"
END

for word in strcpy strcat sprintf gets strtok atoi atol atof rand system popen \
    alloca; do
	echo "void $word(int);" >>lib/a.c
	finds "^text: lib/a.c:8: '$word'"
done
for word in float double; do
	echo "$word x;" >>daemon/part/a.c
	finds "^text: daemon/part/a.c:8: '$word'"
done
# Words in comments and literals are only words.
line lib/a.c '#include <openssl/rand.h>'
printf '/*\n * A double strcpy,\n * or atoi.\n */\nconst char *a = "system \\" popen";\n' \
    >>lib/a.c
sh tests/lint >"$TMPDIR/out" 2>&1 || fail "words in comments are refused"
tree

{ printf 'void\nlong_one(void)\n{\n'; yes '	till_a();' | head -n 71; echo '}'; } >>lib/a.c
finds '^text: lib/a.c:10: the function has 71 lines'
yes 'int x;' | head -n 500 >>lib/a.c
finds '^text: lib/a.c:501: the file is longer'
echo 'int  x;' >>lib/a.c
finds '^format: lib/a.c:8'
echo "/* TO""DO */" >>lib/a.c
finds '^left open: lib/a.c:8'
printf '#!/bin/sh\n[[ a = b ]]\n' >script
finds '^shellcheck: script:2'
printf '.Dd x\n' >doc/man/x.1
finds '^mandoc: .*x.1'
echo 'till_undeclared x;' >>include/till/a.h
finds '^header: include/till/a.h does not compile'
printf 'a\0b' >blob
finds '^binary: blob'

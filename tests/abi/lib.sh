# lib.sh - what test and record share: how the ABI is seen.
# abi_object HEADERS OUT: an object that names all of the ABI in HEADERS.
abi_object() {
	"${CC:-cc}" -std=c17 -g -O0 -c -I"$1" -o "$2" "$TILL_SRC/tests/abi/types.c"
}

# abi_text OBJECT: its ABI, without what is only of this machine.
abi_text() {
	abidw --no-comp-dir-path --no-corpus-path --no-show-locs \
	    --no-architecture --no-parameter-names "$1" |
		sed "s/ path='[^']*'//; s/ language='[^']*'//"
}

# abi_values < ABI: the values of all enumerations, sorted.
abi_values() {
	grep -o "<enumerator name='[^']*' value='[^']*'" | sort
}

# abi_judge OLD NEW: may a minor version change the ABI OLD into that of the
# object NEW?  What it may not is printed.  abidiff takes two values of an
# enumeration for the same where they are equal, so those are compared here.
abi_judge() {
	abidiff --no-architecture --leaf-changes-only --harmless --redundant \
	    "$1" "$2" >"$TMPDIR/report" || [ $? -lt 16 ] || return 1
	awk -f "$TILL_SRC/tests/abi/judge.awk" "$TMPDIR/report" || return 1
	abi_text "$2" | abi_values >"$TMPDIR/values.new"
	abi_values <"$1" >"$TMPDIR/values.old"
	! comm -23 "$TMPDIR/values.old" "$TMPDIR/values.new" | grep .
}

# abi_minor HEADERS: the minor version that they are of.
abi_minor() {
	awk '$2 == "TILL_ABI_MINOR" { print $3 }' "$1/till/module.h"
}

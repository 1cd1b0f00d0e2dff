#!/bin/sh
# The manual pages know what the programs know: each command of tillctl with
# all its options, each option of tilld, and of each setting its initial value.
: "${TILL_SRC:?}"
# shellcheck source=tests/flow/lib.sh
. "$TILL_SRC/tests/flow/lib.sh"

tillctl=$TILL_BUILD/tillctl
man=$TILL_SRC/doc/man

# entry PAGE SECTION WORDS: what the page says below ".It SECTION WORDS", the
# heads of several that are explained together included.
entry() {
	awk -v head=".It $2 $3" '
	/^\.(It|El|Sh|Ss)/ {
		if (!heads) { text = ""; found = 0 }
		heads = /^\.It/
		if ($0 == head || index($0, head " ") == 1) found = all = 1
	}
	!/^\.(It|El|Sh|Ss)/ { heads = 0 }
	{ text = text $0 "\n" }
	found && !heads { printf "%s", text; text = "" }
	END { exit !all }
	' "$man/$1"
}

# options PAGE COMMAND HELP: each --option of a help is in its entry.
options() {
	text=$(entry "$1" Cm "$2") || fail "$1 does not know '$2'"
	for option in $(printf '%s\n' "$3" | grep -oE -- '--[a-z][a-z-]*' |
	    sort -u); do
		case $option in
		--help)	continue ;;
		--module-dir) option=--m ;;
		--file)	option=--f ;;
		--json)	case $2 in
			check|dump|explain|replay|module*|token) ;;
			*) continue ;; # of all that ask the server
			esac ;;
		esac
		printf '%s\n' "$text" | grep -qE -- "Fl -?${option#--}( |\$)" ||
			fail "$1: $2 has no word on $option"
	done
}

n=0
for command in $("$tillctl" --help | awk '/^  [a-z]/ { print $1 }'); do
	help=$("$tillctl" "$command" --help) || fail "$command --help"
	subs=$(printf '%s\n' "$help" | awk '/^  [a-z]/ { print $1 }')
	case $command in
	module)	# its help is that of all three
		for sub in new info test; do
			entry tillctl.8 Cm "module $sub" >/dev/null ||
				fail "module $sub is not in the manual"
		done
		for option in $(printf '%s\n' "$help" | grep -oE -- '--[a-z][a-z-]*'); do
			entry tillctl.8 Cm "module" | grep -q "Fl -${option#--}" ||
				fail "module has no word on $option"
		done
		continue ;;
	esac
	[ -n "$subs" ] || options tillctl.8 "$command" "$help"
	for sub in $subs; do
		options tillctl.8 "$command $sub" \
		    "$("$tillctl" "$command" "$sub" --help)"
		n=$((n + 1))
	done
done
[ "$n" -ge 25 ] || fail "only $n commands were found"

for option in $("$TILL_BUILD/tilld" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u); do
	grep -qE "Fl -${option#--}( |\$)" "$man/tilld.8" ||
		fail "tilld.8 has no word on $option"
done

# The value that a setting has where it is not set.
cat >"$TMPDIR/least.conf" <<'END'
module  pin  auth_password
auth    required  pin
settle  refuse    "none"  when kind != identity
settle  refuse    "no"
END
"$tillctl" dump -m "$TILL_BUILD/modules" "$TMPDIR/least.conf" >"$TMPDIR/dump" ||
	fail "dump"
n=0
while read -r set key value rest; do
	[ "$set" = set ] || continue
	check "$rest" "$rest" "*# built in"
	entry till.conf.5 Ic "$key" >"$TMPDIR/entry" || fail "till.conf.5: $key"
	grep -qE "[( ]${value}[),. ]" "$TMPDIR/entry" ||
		fail "till.conf.5: $key is $value where it is not set"
	n=$((n + 1))
done <"$TMPDIR/dump"
[ "$n" -ge 15 ] || fail "only $n settings have an initial value"

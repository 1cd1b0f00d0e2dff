#!/bin/sh
# Unknown outcomes, over every order of events: the model of intent.pml keeps
# its promises in four worlds, and breaks one with each of the mistakes.
set -u
: "${TILL_SRC:?}" "${TMPDIR:?}"
model=$TILL_SRC/tests/model/intent.pml

command -v spin >/dev/null || {
	echo "spin is not installed; ./configure --install-deps brings it"
	exit 77
}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# build NAME OPTION...: the verifier of a variant, in a folder of its own; with
# optimize=-O1 it is slower to make and faster to run.
build() {
	mkdir "$TMPDIR/$1" && cd "$TMPDIR/$1" || exit 1
	name=$1
	shift
	options=$*
	spin "$@" -a "$model" >spin.out 2>&1 || fail "$name: $(cat spin.out)"
	cc "$optimize" -w -o pan pan.c || fail "$name: the verifier does not compile"
}

# errors CLAIM: how many are found; the whole must have been searched.
errors() {
	./pan -a -m100000 -N "$1" >"$1.out" 2>&1
	! grep -qE 'max search depth too small|out of memory|aborted' "$1.out" ||
		fail "$name: $(cat "$1.out")"
	sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$1.out"
}

# holds NAME CLAIM: and say how much was searched.
holds() {
	[ "$(errors "$2")" = 0 ] || {
		# shellcheck disable=SC2086 # words
		spin $options -k intent.pml.trail -t -p "$model" | tail -n 80
		fail "$1: $(grep '^pan' "$2.out")"
	}
	echo "$1: $2, $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$2.out") states"
}

# A world is good if nothing that can happen in it breaks a promise.
world() {
	build "$@"
	holds "$1" safe
	case $1 in
	remembers|forgets-later) holds "$1" ends ;;
	esac
}

# A mistake must break one, or the promises mean nothing.
mistake() {
	build "$@"
	[ "$(errors safe)" = 1 ] || fail "$1 breaks nothing"
	echo "$1: $(sed -n 's/^pan:1: //p' safe.out)"
}

optimize=-O1
later="-DOVERTAKES=1 -DLATE_COMES=1"

world remembers
world remembers-overtaken -DOVERTAKES=1
world forgets -DFORGETS=1
# shellcheck disable=SC2086 # two options
world forgets-later -DFORGETS=1 $later

optimize=-O0
for m in NO_INTENT NO_JOURNAL NO_REVERSAL TWO_WRITES MEMORY_QUEUE ACCEPT_LATE \
    NEW_KEY NEXT_ROUTE QUERY_FIRST; do
	mistake $m -D$m=1
done
# A bank that forgets shows some more.
mistake SENDS_LATE -DFORGETS=1 -DSENDS_LATE=1
mistake TOO_EARLY -DFORGETS=1 -DOVERTAKES=1
for m in NO_AGAIN SAME_KEY TOLD_FIRST; do
	# shellcheck disable=SC2086
	mistake $m -DFORGETS=1 $later -D$m=1
done

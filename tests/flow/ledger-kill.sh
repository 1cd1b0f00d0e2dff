#!/bin/sh
# ledger-kill - kill -9 of a ledger at random moments under full load: what was
# answered is there, nothing is there twice, and all sums are zero.
# TILL_ROUNDS kills (20); TILL_FLOW=short makes 5, long 200; TILL_SEED repeats.
set -eu
: "${TILL_BUILD:?}"

case ${TILL_FLOW-} in
short)	rounds=5 ;;
long)	rounds=200 ;;
*)	rounds=20 ;;
esac
set -- -r "${TILL_ROUNDS:-$rounds}"
[ -z "${TILL_SEED-}" ] || set -- "$@" -s "$TILL_SEED"
exec "$TILL_BUILD/tests/tools/ledger_torture" "$@"

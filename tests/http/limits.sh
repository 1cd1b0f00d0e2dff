#!/bin/sh
# Slow, greedy and absent clients; a thousand connections; nobody starves.
. "$TILL_SRC/tests/http/common.sh"
# shellcheck disable=SC3045 # every sh that this runs under has it
ulimit -n "$(ulimit -H -n)"
edge_start
node "$TILL_SRC/tests/http/limits.js"
edge_stop

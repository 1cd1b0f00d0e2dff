#!/bin/sh
# Slow, greedy and absent clients; a thousand connections; nobody starves.
. "$TILL_SRC/tests/http/common.sh"
ulimit -n "$(ulimit -H -n)"
edge_start
node "$TILL_SRC/tests/http/limits.js"
edge_stop

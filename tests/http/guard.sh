#!/bin/sh
# What the guard lets in, and what it refuses with all that is behind it.
. "$TILL_SRC/tests/http/common.sh"
edge_start
node "$TILL_SRC/tests/http/guard.js"
edge_stop

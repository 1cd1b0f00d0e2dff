#!/bin/sh
# The interface for programs.
. "$TILL_SRC/tests/http/common.sh"
edge_start
node "$TILL_SRC/tests/http/api.js"
# No password has reached the log.
if grep -q canary "$TMPDIR/front.log"; then fail "a secret is in the log"; fi
edge_stop

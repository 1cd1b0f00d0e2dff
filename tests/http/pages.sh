#!/bin/sh
# The payment page as browsers use it, and as others would like to.
. "$TILL_SRC/tests/http/common.sh"
edge_start
node "$TILL_SRC/tests/http/pages.js"
edge_stop

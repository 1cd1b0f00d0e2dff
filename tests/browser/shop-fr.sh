#!/bin/sh
# Every page of till-shop in French, as pages-fr.sh looks at those of the payment
# server.
# shellcheck source=tests/browser/common.sh disable=SC2153
. "$TILL_SRC/tests/browser/common.sh"
node "$TILL_BUILD/tests/node/browser/shop.mjs" fr ||
	{ cat "$TMPDIR/shop.out"; fail "in the browser"; }
till_stop

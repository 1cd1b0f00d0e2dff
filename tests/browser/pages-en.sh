#!/bin/sh
# Every page that a customer may see, in English, in a real browser: no finding of
# axe-core, nothing wider than a telephone, no complaint on the console, and a
# picture of each in tests/browser/shots/ of the build folder.  A rear unit that
# believes everything brings each page about at once.
. "$TILL_SRC/tests/http/common.sh"
edge_start
node "$TILL_BUILD/tests/node/browser/pages.mjs" en
edge_stop

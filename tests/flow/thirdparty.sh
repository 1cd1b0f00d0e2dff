#!/bin/sh
# A module of somebody else's: built in a folder of its own with the installed
# headers alone, loaded by its name, deciding a ticket.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
root=$TMPDIR/root
author=$TMPDIR/author

# As root would install it: others may read, but only we may write.
umask 022
make -s -C "$TILL_BUILD" install DESTDIR="$root" >"$TMPDIR/log" 2>&1 ||
	{ cat "$TMPDIR/log"; fail "make install"; }
# The file still names the folders that it was configured for.
prefix=$root$(sed -n 's/^prefix=//p' "$TILL_BUILD/till.pc")
pc=$(find "$root" -name till.pc)
export PKG_CONFIG_PATH="${pc%/*}"
PKG_CONFIG="pkg-config --define-variable=prefix=$prefix"
modules=$($PKG_CONFIG --variable=moduledir till)

cp -R "$TILL_SRC/tests/thirdparty/policy_even" "$author"
case ${TILL_SANITIZE:-no} in
thread)	flags="-g -fsanitize=thread" ;;
address) flags="-g -fsanitize=address,undefined" ;;
*)	flags="-O2" ;;
esac
# A sanitizer's runtime is the compiler's own: both must come from one, and
# what it brings is not there when the module is linked.
[ "${TILL_SANITIZE:-no}" = no ] && ldflags=-Wl,-z,defs || ldflags=
make -s -C "$author" CC="$(sed -n 's/^CC = //p' "$TILL_BUILD/Makefile")" \
    CFLAGS="$flags -Wall -Wextra -Werror" LDFLAGS="$ldflags" \
    PKG_CONFIG="$PKG_CONFIG" install || fail "the module does not build"
[ -f "$modules/policy_even.so" ] || fail "the module is not installed"

cat >"$TILL_CONF" <<'END'
module  even    policy_even
module  pin     auth_password
module  wallet  settle_wallet
policy  required   even
auth    requisite  pin
settle  route      wallet
settle  refuse     "not handled"
END
check_conf() {
	"$TILL_BUILD/tillctl" check -m "$modules" "$@" 2>&1
}
out=$(check_conf "$TILL_CONF") || fail "check: $out"
sed 's/policy_even/policy_evne/' "$TILL_CONF" >"$TMPDIR/wrong.conf"
out=$(check_conf "$TMPDIR/wrong.conf") && fail "check found no mistake"
check "a wrong name" "$out" "*wrong.conf:1:17: error: *'policy_evne'*'policy_even'*"
chmod g+w "$modules/policy_even.so"
out=$(check_conf "$TILL_CONF") && fail "check took a file that others may write"
check "an unsafe file" "$out" "*:1:17: error: *policy_even.so may be written*"
chmod g-w "$modules/policy_even.so"

umask 077
till_start -m "$modules"
RETURN_URL=https://journal.example/return
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name "Press" --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
$CTL topup alice "50.00 EUR"
export RETURN_URL
out=$(node - <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	process.env.RETURN_URL);

async function pay(jti, amount) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ customer: 'alice',
			ticket: merchant.ticket(url, jti, { amount }),
			answers: { password: 'correct horse' } }) });
	console.log(amount, response.status, await response.text());
}

pay('j1', '4.00').then(() => pay('j2', '5.00'));
END
) || fail "no orders: $out"
check "an even amount is paid" "$out" '*4.00 200 *"voucher"*'
check "an odd one is refused" "$out" '*5.00 403 *policy*'
check "one was paid" "$($CTL balance wallet:alice)" "*46.00*"
$CTL register verify
till_stop

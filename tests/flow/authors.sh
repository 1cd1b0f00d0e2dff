#!/bin/sh
# Four modules of somebody else's, one of each facility: each is built with
# nothing but an installed till, passes its tests, and has its say in a
# running server.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
RETURN_URL=https://journal.example/return
export RETURN_URL
umask 022
root=$TMPDIR/root
make -s -C "$TILL_BUILD" install DESTDIR="$root" >"$TMPDIR/log" 2>&1 ||
	{ cat "$TMPDIR/log"; fail "make install"; }
# The file still names the folders that it was configured for.
pc=$(find "$root" -name till.pc)
export PKG_CONFIG_PATH="${pc%/*}"
PKG_CONFIG="pkg-config --define-variable=prefix=$root$(sed -n 's/^prefix=//p' "$pc")"
modules=$($PKG_CONFIG --variable=moduledir till)
case ${TILL_SANITIZE:-no} in
thread)	flags="-g -fsanitize=thread" ;;
address) flags="-g -fsanitize=address,undefined" ;;
*)	flags="-O2" ;;
esac
[ "${TILL_SANITIZE:-no}" = no ] && ldflags=-Wl,-z,defs || ldflags=
for m in policy_even auth_badge settle_bonus notify_spool; do
	cp -R "$TILL_SRC/tests/thirdparty/$m" "$TMPDIR/$m"
	# A sanitizer's runtime is the compiler's own: both come from one.
	out=$(make -C "$TMPDIR/$m" PKG_CONFIG="$PKG_CONFIG" \
	    CC="$(sed -n 's/^CC = //p' "$TILL_BUILD/Makefile")" \
	    CFLAGS="$flags -Werror" LDFLAGS="$ldflags" test install 2>&1) ||
		fail "$m: $out"
	[ -f "$modules/$m.so" ] || fail "$m is not installed"
	echo "$out" | grep -q ' 0 failed' || fail "$m: $out"
done

umask 077
mkdir "$TMPDIR/spool"
cat >"$TILL_CONF" <<END
module  even    policy_even
module  pin     auth_password
module  badge   auth_badge
module  wallet  settle_wallet
module  bonus   settle_bonus  per-mille=50
module  spool   notify_spool  folder=$TMPDIR/spool
policy  required   even
auth    requisite  pin
auth    required   badge
settle  route      wallet  when amount > 1000.00 EUR
settle  route      bonus
settle  refuse     "not handled"
notify  must       spool
END
till_start -m "$modules"
node "$TILL_SRC/tests/flow/merchant.js" new "$TMPDIR"
$CTL merchant add press-1 --name Press --return-url "$RETURN_URL" \
    --jwk "$TMPDIR/key.jwk"
till_customer alice Alice "correct horse"
echo 40071123 | $CTL customer passwd alice --instance badge --password-fd 0
$CTL topup alice "50.00 EUR"

pay() {
	node - "$@" <<'END'
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const url = process.env.TILL_URL;
const merchant = new Merchant(process.env.TMPDIR, 'press-1',
	process.env.RETURN_URL);
const [jti, amount, badge] = process.argv.slice(2);

fetch(`${url}/v1/orders`, { method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ customer: 'alice',
		ticket: merchant.ticket(url, jti, { amount }),
		answers: { password: 'correct horse', badge } }) })
	.then(async (r) => console.log(r.status, await r.text()));
END
}
check "paid" "$(pay a 4.00 40071123)" '200 *"voucher"*'
check "the policy module refuses" "$(pay b 5.00 40071123)" '403 *policy*'
check "the auth module refuses" "$(pay c 4.00 40071124)" '403 *'
check "the settle module took it" "$($CTL balance wallet:alice)" "*46.00*"
check "and gave a bonus" "$($CTL balance points:alice)" "*0.20*"
check "the till has the rest" "$($CTL balance till:press-1)" "*3.80*"
told() {
	grep -qs '"voucher.issued"' "$TMPDIR"/spool/*
}
wait_until 20 told || fail "nobody was told: $(ls "$TMPDIR/spool")"
$CTL register verify
till_stop

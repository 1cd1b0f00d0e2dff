#!/bin/sh
# The shipped presets: each is right without a warning, comes through dump
# unchanged, and does with five tickets what its comments promise.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

dirs="-m $TILL_BUILD/modules"
count=0

# preset NAME: the one that the next lines are about.
preset() {
	conf=$TILL_SRC/etc/presets/$1.conf
	count=$((count + 1))
	# shellcheck disable=SC2086 # folders of our own making
	{
	out=$("$TILL_BUILD/tillctl" check $dirs "$conf" 2>&1) || fail "$1: $out"
	check "$1 is right" "$out" "*$1.conf: right: * modules, * rules, 0 warnings"
	"$TILL_BUILD/tillctl" dump $dirs "$conf" >"$TMPDIR/once" || fail "dump of $1"
	"$TILL_BUILD/tillctl" dump $dirs - <"$TMPDIR/once" | sed 's/ *#.*//' \
	    >"$TMPDIR/twice" || fail "dump of the dump of $1"
	sed 's/ *#.*//' "$TMPDIR/once" | diff - "$TMPDIR/twice" >&2 ||
		fail "$1 is another one after dump"
	}
}

# explain PATTERN AMOUNT OPTION...: what becomes of alice's ticket.
explain() {
	pattern=$1 amount=$2
	shift 2
	# shellcheck disable=SC2086
	out=$("$TILL_BUILD/tillctl" explain -f "$conf" $dirs --amount "$amount" \
	    --customer alice "$@" 2>&1) || fail "$conf: explain $amount: $out"
	check "$conf: $amount $*" "$out" "$pattern"
}

preset small-publisher
explain "*paid, by wallet in line*" "0.05 EUR" --merchant press-1
explain "*paid, by wallet in line*" "20.00 EUR" --merchant press-1 --channel api
explain "*limits*asked refuse (limit)*refused: policy, by limits*" "20.01 EUR"
explain "*refused: the auth stack did not grant, by password*" "1.00 EUR" \
    --answer password=deny
explain "*refused: policy, by pace*" "1.00 EUR" --answer pace=refuse

preset eu-low-value
explain "*second *not matched*paid, by wallet*" "30.00 EUR"
explain "*second *supplied grant/2*paid, by wallet*" "30.01 EUR" \
    --answer second=grant/2
explain "*supplied deny*since-strong.amount > 100.00 EUR: yes*refused: *by second*" \
    "20.00 EUR" --strong-amount "100.01 EUR" --strong-count 4 --answer second=deny
explain "*supplied unavailable*since-strong.count > 5: yes*refused: *by second*" \
    "1.00 EUR" --strong-amount "6.00 EUR" --strong-count 6 \
    --answer second=unavailable
explain "*since-strong.count > 5: no*paid, by wallet*" "20.00 EUR" \
    --strong-amount "100.00 EUR" --strong-count 5
# Nobody sees an account by the password alone.
explain "*second *supplied deny*refused: the auth stack did not grant, by second*" \
    "0.00 EUR" --kind identity --answer second=deny
explain "*second *supplied grant/2*identified*" "0.00 EUR" --kind identity \
    --answer second=grant/2

preset campus
explain "*paid, by wallet*" "4.80 EUR" --merchant canteen --at 2026-11-23T12:30
explain "*campus*asked refuse (closed)*refused: policy, by campus*" "4.80 EUR" \
    --merchant canteen --at 2026-11-23T20:00
explain "*paid, by wallet*" "0.10 EUR" --merchant printers --at 2026-11-28T13:59
explain "*campus*asked refuse (merchant-not-allowed)*refused: policy, by campus*" \
    "4.80 EUR" --merchant pizza --at 2026-11-23T12:30
explain "*identified*" "0.00 EUR" --kind identity --merchant library \
    --at 2026-11-23T07:00

preset api-seller
explain "*paid, by wallet*" "0.0005 EUR" --channel api
explain "*paid, by wallet*" "1.00 EUR" --channel api
explain "*refused: policy, by limits*" "1.000001 EUR" --channel api
explain "*refused: no route takes it*there are no pages*" "0.01 EUR" \
    --channel browser
explain "*refused: the auth stack did not grant*" "0.01 EUR" --channel api \
    --answer token=deny

preset bank-only
explain "*second *not matched*paid, by bank*" "30.00 EUR"
explain "*second *supplied grant*paid, by bank*" "800.00 EUR" \
    --answer second=grant
explain "*refused: the auth stack did not grant, by second*" "0.00 EUR" \
    --kind identity --answer second=deny
explain "*unknown: *by bank*" "10.00 EUR" --answer bank=unknown
explain "*refused: it could not be settled*" "10.00 EUR" --answer bank=declined
explain "*refused: no route takes it*less than a cent*" "0.009999 EUR"

# None was left out.
[ "$(find "$TILL_SRC/etc/presets" -name '*.conf' | wc -l)" -eq $count ] ||
	fail "a preset without a test"

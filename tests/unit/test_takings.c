/*
 * test_takings.c - what was sold on each of the last days.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rear/takings.h"
#include "support/ledgers.h"

static struct entry
sold(int64_t time_ms, int64_t micro, const char *currency)
{
	struct entry entry = { .kind = ENTRY_PAYMENT, .time_ms = time_ms };

	entry.amount.micro = micro;
	memcpy(entry.amount.currency, currency, TILL_CURRENCY_MAX);
	return entry;
}

static void
a_day_is_one_of_utc_and_thirty_are_counted(void **state)
{
	static struct takings_days days;
	const int64_t noon_ms = 20000 * TAKINGS_DAY_MS + TAKINGS_DAY_MS / 2;
	const int64_t first_ms = 19971 * TAKINGS_DAY_MS;
	struct till_error err;
	struct entry entry;

	(void)state;
	takings_days_begin(&days, noon_ms);
	assert_true(days.since_ms == first_ms);
	entry = sold(first_ms - 1, EURO(1), "EUR");
	assert_int_equal(takings_days_add(&days, &entry, &err), 0);
	entry = sold(20001 * TAKINGS_DAY_MS, EURO(1), "EUR");
	assert_int_equal(takings_days_add(&days, &entry, &err), 0);
	assert_int_equal(days.len, 0);
	entry = sold(first_ms, EURO(1), "EUR");
	assert_int_equal(takings_days_add(&days, &entry, &err), 0);
	entry = sold(first_ms + TAKINGS_DAY_MS - 1, EURO(2), "EUR");
	assert_int_equal(takings_days_add(&days, &entry, &err), 0);
	entry = sold(first_ms, EURO(5), "CHF");
	assert_int_equal(takings_days_add(&days, &entry, &err), 0);
	assert_int_equal(days.len, 2);
	assert_true(days.days[0].day_ms == first_ms);
	assert_true(days.days[0].sold.micro == EURO(3));
	assert_int_equal(days.days[0].count, 2);
	assert_string_equal(days.days[1].sold.currency, "CHF");
	entry = sold(first_ms, INT64_MAX, "EUR");
	assert_int_equal(takings_days_add(&days, &entry, &err), -1);
}

/* As many as a ledger's account may have, on every day, and no more. */
static void
currencies_have_sums_of_their_own_up_to_a_bound(void **state)
{
	static struct takings_days days;
	const int64_t now_ms = 20000 * TAKINGS_DAY_MS;
	char currency[TILL_CURRENCY_MAX] = "AAA";
	struct till_error err;
	struct entry entry;
	int i, day, r = 0;

	(void)state;
	takings_days_begin(&days, now_ms);
	for (i = 0; i <= LEDGER_CURRENCIES_MAX; i++) {
		currency[2] = (char)('A' + i);
		for (day = 0; day < TAKINGS_DAYS && r == 0; day++) {
			entry =
			    sold(now_ms - day * TAKINGS_DAY_MS, 1, currency);
			r = takings_days_add(&days, &entry, &err);
			assert_int_equal(r,
			    i == LEDGER_CURRENCIES_MAX ? -1 : 0);
		}
	}
	assert_int_equal(days.len, TAKINGS_DAYS * LEDGER_CURRENCIES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_is_one_of_utc_and_thirty_are_counted),
		cmocka_unit_test(
		    currencies_have_sums_of_their_own_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

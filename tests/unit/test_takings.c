/*
 * test_takings.c - a merchant's entries in parts, and what was sold on each of
 * the last days.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rear/takings.h"
#include "support/ledgers.h"

#define BEGIN_MS INT64_C(4000000000000) /* time goes on only */
#define SALES 5
#define PARTS_MAX 10

/* Entries that were had, the newest first. */
struct had {
	size_t len, max;
	int64_t times_ms[SALES];
};

static struct scratch scratch;

/* One sale a second, and between each two one of another merchant. */
static int
setup(void **state)
{
	struct deal deal;
	char jti[8];
	int i;

	(void)state;
	scratch_begin(&scratch);
	scratch.time_ms = BEGIN_MS;
	make_people(scratch.ledger, EURO(100));
	for (i = 0; i < 2 * SALES; i++) {
		scratch.time_ms = BEGIN_MS + (i / 2 + 1) * 1000;
		(void)snprintf(jti, sizeof(jti), "t%d", i);
		deal_pay(&deal, i % 2 == 0 ? "merchant-0" : "merchant-1", jti,
		    "customer-0", EURO(1));
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_DONE);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	scratch_end(&scratch);
	return 0;
}

static int
take(void *arg, const struct entry *entry)
{
	struct had *had = arg;

	assert_string_equal(entry->merchant, "merchant-0");
	if (had->len == had->max)
		return 1;
	had->times_ms[had->len++] = entry->time_ms;
	return 0;
}

static int
read_part(struct takings *takings, struct had *had)
{
	struct till_error err;
	int r = takings_read(takings, scratch.ledger, take, had, &err);

	if (r == -1)
		fail_msg("takings_read: %s", err.text);
	return r;
}

static void
each_is_had_once_whatever_a_part_holds(void **state)
{
	struct takings takings;
	struct had had;
	uint32_t looks;
	size_t max, parts, i;

	(void)state;
	for (max = 1; max <= SALES; max++)
		for (looks = 1; looks <= SALES + 1; looks++) {
			takings = (struct takings){ .mid = "merchant-0",
				.kinds = TAKINGS_KIND(ENTRY_PAYMENT),
				.looks_max = looks };
			memset(&had, 0, sizeof(had));
			for (parts = 0; parts < PARTS_MAX; parts++) {
				had.max = had.len + max;
				if (read_part(&takings, &had) == 0)
					break;
			}
			assert_true(parts < PARTS_MAX);
			assert_int_equal(had.len, SALES);
			for (i = 0; i < SALES; i++)
				assert_true(had.times_ms[i] ==
				    BEGIN_MS + (int64_t)(SALES - i) * 1000);
		}
}

static void
what_is_not_wanted_is_looked_at_and_passed_over(void **state)
{
	struct takings takings = { .mid = "merchant-0",
		.kinds = TAKINGS_KIND(ENTRY_PAYOUT),
		.looks_max = 3 };
	struct had had = { .max = SALES };

	(void)state;
	assert_int_equal(read_part(&takings, &had), 1);
	assert_int_equal(read_part(&takings, &had), 0);
	assert_int_equal(had.len, 0);
}

static void
a_time_begins_with_its_first_moment_and_ends_before_its_last(void **state)
{
	struct takings takings = { .mid = "merchant-0",
		.kinds = TAKINGS_KIND(ENTRY_PAYMENT),
		.since_ms = BEGIN_MS + 2000,
		.until_ms = BEGIN_MS + 4000 };
	struct had had = { .max = SALES };

	(void)state;
	assert_int_equal(read_part(&takings, &had), 0);
	assert_int_equal(had.len, 2);
	assert_true(had.times_ms[0] == BEGIN_MS + 3000);
	assert_true(had.times_ms[1] == BEGIN_MS + 2000);
}

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
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_is_had_once_whatever_a_part_holds),
		TEST(what_is_not_wanted_is_looked_at_and_passed_over),
		TEST(
		    a_time_begins_with_its_first_moment_and_ends_before_its_last),
		cmocka_unit_test(a_day_is_one_of_utc_and_thirty_are_counted),
		cmocka_unit_test(
		    currencies_have_sums_of_their_own_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_ledger_count.c - counters: bounds that payments side by side
 * cannot pass together, windows, and what was read is still so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/ledgers.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static void
pay_counted(struct deal *deal, const char *jti, int64_t micro)
{
	deal_pay(deal, "merchant-0", jti, "customer-0", micro);
}

static struct ledger_counter *
add_counter(struct deal *deal, const char *name, int64_t window,
    int64_t max_micro, int64_t max_count)
{
	struct ledger_counter *counter;

	counter = &deal->request.counters[deal->request.counters_len++];
	memset(counter, 0, sizeof(*counter));
	set_text(counter->name, sizeof(counter->name), name);
	counter->window = window;
	counter->add_micro = deal->order.amount.micro;
	counter->add_count = 1;
	counter->max_micro = max_micro;
	counter->max_count = max_count;
	return counter;
}

static void
expect_counter(struct ledger *ledger, const char *name, int64_t window,
    int found, int64_t micro, int64_t count)
{
	struct till_error err;
	int64_t m, c;

	assert_int_equal(ledger_counter_get(ledger, name, window, &m, &c, &err),
	    found);
	assert_int_equal(m, micro);
	assert_int_equal(c, count);
}

static void
payments_side_by_side_cannot_pass_a_limit_together(void **state)
{
	static struct deal deals[40];
	struct scratch scratch;
	size_t i, done = 0;
	char jti[24];

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(deals); i++) {
		(void)snprintf(jti, sizeof(jti), "c-%zu", i);
		pay_counted(&deals[i], jti, EURO(1));
		add_counter(&deals[i], "day/caps/customer-0/EUR", DAY, EURO(7),
		    -1);
	}
	submit_all(scratch.ledger, deals, COUNT(deals));
	for (i = 0; i < COUNT(deals); i++) {
		if (deals[i].request.result == LEDGER_DONE)
			done++;
		else
			assert_int_equal(deals[i].request.result,
			    LEDGER_LIMITED);
	}
	assert_int_equal(done, 7);
	expect_counter(scratch.ledger, "day/caps/customer-0/EUR", DAY, 0,
	    EURO(7), 7);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), EURO(7));
	scratch_end(&scratch);
}

static void
a_number_of_payments_is_a_limit_too(void **state)
{
	struct scratch scratch;
	struct deal deal;
	char jti[24];
	int i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < 4; i++) {
		(void)snprintf(jti, sizeof(jti), "n-%d", i);
		pay_counted(&deal, jti, EURO(1));
		add_counter(&deal, "first", 0, -1, 9);
		add_counter(&deal, "second", 0, -1, 3);
		ledger_apply(scratch.ledger, &deal.request);
		assert_int_equal(deal.request.result,
		    i < 3 ? LEDGER_DONE : LEDGER_LIMITED);
		if (i == 3)
			assert_int_equal(deal.request.failed, 1);
	}
	/* What was refused has not counted anywhere. */
	expect_counter(scratch.ledger, "first", 0, 0, EURO(3), 3);
	expect_counter(scratch.ledger, "second", 0, 0, EURO(3), 3);
	scratch_end(&scratch);
}

static void
a_declined_payment_does_not_count(void **state)
{
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	pay_counted(&deal, "d", EURO(51));
	add_counter(&deal, "day", DAY, -1, -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DECLINED);
	expect_counter(scratch.ledger, "day", DAY, 1, 0, 0);
	scratch_end(&scratch);
}

static void
a_repeated_payment_counts_once(void **state)
{
	struct scratch scratch;
	struct deal deal;
	int i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < 3; i++) {
		pay_counted(&deal, "r", EURO(2));
		add_counter(&deal, "day", DAY, -1, -1);
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    i == 0 ? LEDGER_DONE : LEDGER_REPEAT);
	}
	expect_counter(scratch.ledger, "day", DAY, 0, EURO(2), 1);
	scratch_end(&scratch);
}

static void
a_new_window_begins_at_zero_and_an_old_one_is_stale(void **state)
{
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	pay_counted(&deal, "w-1", EURO(2));
	add_counter(&deal, "day", DAY, EURO(3), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	pay_counted(&deal, "w-2", EURO(3));
	add_counter(&deal, "day", 2 * DAY, EURO(3), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	/* Whoever still counts yesterday would forget today. */
	pay_counted(&deal, "w-3", EURO(1));
	add_counter(&deal, "day", DAY, EURO(3), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_STALE);
	expect_counter(scratch.ledger, "day", 2 * DAY, 0, EURO(3), 1);
	expect_counter(scratch.ledger, "day", DAY, 1, 0, 0);
	scratch_end(&scratch);
}

static void
what_was_read_must_still_be_so(void **state)
{
	static struct deal deals[2];
	struct ledger_counter *counter;
	struct scratch scratch;
	size_t i;

	(void)state;
	begin(&scratch);
	/* Two that read the same: the first may, the second must look again. */
	for (i = 0; i < 2; i++) {
		pay_counted(&deals[i], i == 0 ? "s-1" : "s-2", EURO(1));
		counter = add_counter(&deals[i], "strong", 0, -1, -1);
		counter->expect = true;
	}
	submit_all(scratch.ledger, deals, 2);
	assert_int_equal(deals[0].request.result, LEDGER_DONE);
	assert_int_equal(deals[1].request.result, LEDGER_STALE);
	assert_int_equal(deals[1].request.failed, 0);
	pay_counted(&deals[1], "s-2", EURO(1));
	counter = add_counter(&deals[1], "strong", 0, -1, -1);
	counter->expect = true;
	counter->expect_micro = EURO(1);
	counter->expect_count = 1;
	assert_int_equal(ledger_apply(scratch.ledger, &deals[1].request),
	    LEDGER_DONE);
	expect_counter(scratch.ledger, "strong", 0, 0, EURO(2), 2);
	scratch_end(&scratch);
}

static void
a_counter_can_be_set_to_zero_and_taken_back(void **state)
{
	struct ledger_counter *counter;
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	pay_counted(&deal, "z-1", EURO(4));
	add_counter(&deal, "strong", 0, -1, -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	pay_counted(&deal, "z-2", EURO(4));
	add_counter(&deal, "strong", 0, -1, -1)->reset = true;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	expect_counter(scratch.ledger, "strong", 0, 0, 0, 0);
	/* An intent counts at once, its refusal takes it back. */
	deal_intent(&deal, "merchant-0", "z-3", "customer-0", EURO(4), 1);
	add_counter(&deal, "day", DAY, EURO(5), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	expect_counter(scratch.ledger, "day", DAY, 0, EURO(4), 1);
	deal_end(&deal, "merchant-0", "z-3", "customer-0", EURO(4),
	    ORDER_REFUSED, 1);
	counter = add_counter(&deal, "day", DAY, -1, -1);
	counter->add_micro = -EURO(4);
	counter->add_count = -1;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	expect_counter(scratch.ledger, "day", DAY, 0, 0, 0);
	scratch_end(&scratch);
}

static void
a_counter_never_overflows(void **state)
{
	struct ledger_counter *counter;
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	pay_counted(&deal, "o-1", EURO(1));
	add_counter(&deal, "big", 0, -1, -1)->add_micro = INT64_MAX;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	pay_counted(&deal, "o-2", EURO(1));
	add_counter(&deal, "big", 0, -1, -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_INVALID);
	/* No name, and one that does not end. */
	pay_counted(&deal, "o-3", EURO(1));
	counter = add_counter(&deal, "", 0, -1, -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_INVALID);
	memset(counter->name, 'n', sizeof(counter->name));
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_INVALID);
	scratch_end(&scratch);
}

/* They are written, not only remembered. */
static void
counters_outlive_a_restart(void **state)
{
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	pay_counted(&deal, "l-1", EURO(2));
	add_counter(&deal, "day", DAY, EURO(3), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	scratch_close(&scratch);
	scratch_open(&scratch);
	expect_counter(scratch.ledger, "day", DAY, 0, EURO(2), 1);
	pay_counted(&deal, "l-2", EURO(2));
	add_counter(&deal, "day", DAY, EURO(3), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_LIMITED);
	scratch_end(&scratch);
}

static void
what_is_given_back_twice_leaves_nothing_below_zero(void **state)
{
	struct scratch scratch;
	struct deal deal;
	struct ledger_counter *counter;

	(void)state;
	begin(&scratch);
	pay_counted(&deal, "z-1", EURO(2));
	add_counter(&deal, "day", DAY, -1, -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	pay_counted(&deal, "z-2", EURO(2));
	counter = add_counter(&deal, "day", DAY, -1, -1);
	counter->add_micro = -EURO(3);
	counter->add_count = -2;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	expect_counter(scratch.ledger, "day", DAY, 0, 0, 0);
	pay_counted(&deal, "z-3", EURO(2));
	add_counter(&deal, "day", DAY, EURO(1), -1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_LIMITED);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    payments_side_by_side_cannot_pass_a_limit_together),
		cmocka_unit_test(a_number_of_payments_is_a_limit_too),
		cmocka_unit_test(a_declined_payment_does_not_count),
		cmocka_unit_test(a_repeated_payment_counts_once),
		cmocka_unit_test(
		    a_new_window_begins_at_zero_and_an_old_one_is_stale),
		cmocka_unit_test(what_was_read_must_still_be_so),
		cmocka_unit_test(a_counter_can_be_set_to_zero_and_taken_back),
		cmocka_unit_test(a_counter_never_overflows),
		cmocka_unit_test(
		    what_is_given_back_twice_leaves_nothing_below_zero),
		cmocka_unit_test(counters_outlive_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_ledger_allowance.c - what a customer lets a merchant have without
 * asking is bounded each time and a day, whatever comes side by side.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/backs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400
#define CENT (TILL_MICRO / 100)
#define MANY 64

static struct till_error err;

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static struct ledger_allowance
allowance_of(const char *cid, const char *mid, int64_t each, int64_t day)
{
	struct ledger_allowance allowance = { .each = { each, "EUR" },
		.day = { day, "EUR" } };

	set_text(allowance.customer, sizeof(allowance.customer), cid);
	set_text(allowance.merchant, sizeof(allowance.merchant), mid);
	return allowance;
}

static enum ledger_result
put(struct ledger *ledger, struct ledger_allowance allowance)
{
	struct ledger_request request = { .op = LEDGER_ALLOWANCE,
		.allowance = &allowance };

	return ledger_apply(ledger, &request);
}

/* Of customer-0 at merchant-0. */
static void
allow(struct ledger *ledger, int64_t each, int64_t day)
{
	assert_int_equal(put(ledger,
			     allowance_of("customer-0", "merchant-0", each,
				 day)),
	    LEDGER_DONE);
}

static void
unasked(struct deal *deal, const char *mid, const char *jti, int64_t micro,
    int64_t window)
{
	deal_pay(deal, mid, jti, "customer-0", micro);
	deal->order.unasked = true;
	ledger_allowance_counter(&deal->request.counters[0], "customer-0", mid,
	    &deal->order.amount, window, -1);
	deal->request.counters_len = 1;
}

static enum ledger_result
pay(struct ledger *ledger, const char *jti, int64_t micro, int64_t window)
{
	struct deal deal;

	unasked(&deal, "merchant-0", jti, micro, window);
	return ledger_apply(ledger, &deal.request);
}

static void
change_customer(struct ledger *ledger, enum ledger_status status, bool frozen)
{
	struct ledger_request request = { .op = LEDGER_CUSTOMER };
	struct ledger_customer customer;

	assert_int_equal(ledger_customer_get(ledger, "customer-0", &customer,
			     &err),
	    0);
	customer.status = status;
	customer.frozen = frozen;
	request.customer = &customer;
	assert_int_equal(ledger_apply(ledger, &request), LEDGER_DONE);
}

static void
sixty_four_payments_side_by_side_cannot_pass_the_day(void **state)
{
	static struct deal deals[MANY];
	size_t i, done = 0, asked = 0;
	struct scratch scratch;
	char jti[24];

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, 10 * CENT, EURO(2));
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "p-%zu", i);
		unasked(&deals[i], "merchant-0", jti, 10 * CENT, DAY);
	}
	submit_all(scratch.ledger, deals, MANY);
	for (i = 0; i < MANY; i++) {
		done += deals[i].request.result == LEDGER_DONE;
		asked += deals[i].request.result == LEDGER_ASK;
	}
	assert_int_equal(done, 20);
	assert_int_equal(asked, MANY - 20);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), EURO(2));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
what_is_above_each_or_the_days_sum_is_asked(void **state)
{
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, 10 * CENT, 25 * CENT);
	assert_int_equal(pay(scratch.ledger, "a", 10 * CENT + 1, DAY),
	    LEDGER_ASK);
	assert_int_equal(pay(scratch.ledger, "b", 10 * CENT, DAY), LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "c", 10 * CENT, DAY), LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "d", 6 * CENT, DAY), LEDGER_ASK);
	assert_int_equal(pay(scratch.ledger, "e", 5 * CENT, DAY), LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "f", 1, DAY), LEDGER_ASK);
	/* The next day begins at nothing; the one before does not return. */
	assert_int_equal(pay(scratch.ledger, "g", 10 * CENT, 2 * DAY),
	    LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "h", 1, DAY), LEDGER_STALE);
	scratch_end(&scratch);
}

/* What the operator bounds is the lower bound. */
static void
the_operators_bound_counts_too(void **state)
{
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, EURO(2), EURO(9));
	unasked(&deal, "merchant-0", "a", EURO(2), DAY);
	deal.request.counters[0].max_micro = EURO(1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_ASK);
	unasked(&deal, "merchant-0", "a", EURO(2), DAY);
	deal.request.counters[0].max_micro = EURO(3);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	/* And it is no leave to pass the customer's own. */
	allow(scratch.ledger, EURO(1), EURO(2));
	unasked(&deal, "merchant-0", "b", 1, DAY);
	deal.request.counters[0].max_micro = EURO(10);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_ASK);
	unasked(&deal, "merchant-0", "b", 1, 2 * DAY);
	deal.request.counters[0].max_micro = EURO(10);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	scratch_end(&scratch);
}

static void
it_is_of_one_customer_merchant_and_currency(void **state)
{
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	unasked(&deal, "merchant-0", "a", CENT, DAY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_ASK);
	assert_int_equal(put(scratch.ledger,
			     allowance_of("customer-1", "merchant-0", CENT,
				 CENT)),
	    LEDGER_DONE);
	allow(scratch.ledger, CENT, CENT);
	unasked(&deal, "merchant-1", "a", CENT, DAY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_ASK);
	unasked(&deal, "merchant-0", "u", CENT, DAY);
	memcpy(deal.order.amount.currency, "USD", 4);
	memcpy(deal.request.postings[0].amount.currency, "USD", 4);
	memcpy(deal.request.postings[1].amount.currency, "USD", 4);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_ASK);
	assert_int_equal(pay(scratch.ledger, "a", CENT, DAY), LEDGER_DONE);
	scratch_end(&scratch);
}

static void
a_withdrawal_stops_what_is_queued_behind_it(void **state)
{
	static struct deal deals[3];
	struct ledger_allowance none =
	    allowance_of("customer-0", "merchant-0", 0, 0);
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, CENT, EURO(1));
	unasked(&deals[0], "merchant-0", "a", CENT, DAY);
	memset(&deals[1], 0, sizeof(deals[1]));
	deals[1].request.op = LEDGER_ALLOWANCE;
	deals[1].request.allowance = &none;
	unasked(&deals[2], "merchant-0", "b", CENT, DAY);
	submit_all(scratch.ledger, deals, COUNT(deals));
	assert_int_equal(deals[0].request.result, LEDGER_DONE);
	assert_int_equal(deals[1].request.result, LEDGER_DONE);
	assert_int_equal(deals[2].request.result, LEDGER_ASK);
	/* What was asked for and refused so may be paid otherwise. */
	deal_pay(&deals[2], "merchant-0", "b", "customer-0", CENT);
	assert_int_equal(ledger_apply(scratch.ledger, &deals[2].request),
	    LEDGER_DONE);
	scratch_end(&scratch);
}

static void
to_set_it_again_does_not_begin_the_day_anew(void **state)
{
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, CENT, 2 * CENT);
	assert_int_equal(pay(scratch.ledger, "a", CENT, DAY), LEDGER_DONE);
	assert_int_equal(put(scratch.ledger,
			     allowance_of("customer-0", "merchant-0", 0, 0)),
	    LEDGER_DONE);
	allow(scratch.ledger, CENT, 2 * CENT);
	assert_int_equal(pay(scratch.ledger, "b", CENT, DAY), LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "c", CENT, DAY), LEDGER_ASK);
	scratch_end(&scratch);
}

static void
of_a_frozen_or_suspended_customer_it_covers_nothing(void **state)
{
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, CENT, EURO(1));
	change_customer(scratch.ledger, LEDGER_ACTIVE, true);
	assert_int_equal(pay(scratch.ledger, "a", CENT, DAY), LEDGER_ASK);
	change_customer(scratch.ledger, LEDGER_SUSPENDED, false);
	assert_int_equal(pay(scratch.ledger, "b", CENT, DAY), LEDGER_ASK);
	change_customer(scratch.ledger, LEDGER_ACTIVE, false);
	assert_int_equal(pay(scratch.ledger, "c", CENT, DAY), LEDGER_DONE);
	scratch_end(&scratch);
}

static void
an_intent_counts_and_its_refusal_gives_back(void **state)
{
	struct ledger_counter *counter;
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, EURO(1), EURO(1));
	deal_intent(&deal, "merchant-0", "i", "customer-0", EURO(1), 1);
	counter = &deal.request.counters[0];
	ledger_allowance_counter(counter, "customer-0", "merchant-0",
	    &deal.order.amount, DAY, -1);
	deal.request.counters_len = 1;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "j", CENT, DAY), LEDGER_ASK);
	deal_end(&deal, "merchant-0", "i", "customer-0", EURO(1), ORDER_REFUSED,
	    1);
	counter = &deal.request.counters[0];
	ledger_allowance_counter(counter, "customer-0", "merchant-0",
	    &deal.order.amount, DAY, -1);
	deal.request.counters_len = 1;
	counter->allowance = false;
	counter->add_micro = -EURO(1);
	counter->add_count = -1;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "j", CENT, DAY), LEDGER_DONE);
	scratch_end(&scratch);
}

/* A merchant who gave back what he took could take it again and again. */
static void
a_refund_gives_nothing_back(void **state)
{
	struct scratch scratch;
	struct back back;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, EURO(1), EURO(1));
	assert_int_equal(pay(scratch.ledger, "a", EURO(1), DAY), LEDGER_DONE);
	to_wallet(&back, "a", "r1", EURO(1));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	assert_int_equal(pay(scratch.ledger, "b", 1, DAY), LEDGER_ASK);
	scratch_end(&scratch);
}

static int
see(void *arg, const struct ledger_allowance *allowance)
{
	int *n = arg;

	assert_string_equal(allowance->customer, "customer-0");
	assert_string_equal(allowance->merchant,
	    *n == 0 ? "merchant-0" : "merchant-1");
	assert_int_equal(allowance->each.micro, CENT);
	assert_int_equal(allowance->day.micro, 2 * CENT);
	++*n;
	return 0;
}

static void
it_is_kept_and_listed_for_its_customer(void **state)
{
	struct ledger_allowance back;
	struct scratch scratch;
	int n = 0;

	(void)state;
	begin(&scratch);
	scratch.time_ms = 4102444800123;
	assert_int_equal(put(scratch.ledger,
			     allowance_of("customer-0", "merchant-1", CENT,
				 2 * CENT)),
	    LEDGER_DONE);
	allow(scratch.ledger, CENT, 2 * CENT);
	assert_int_equal(put(scratch.ledger,
			     allowance_of("customer-00", "merchant-1", CENT,
				 2 * CENT)),
	    LEDGER_INVALID);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_allowance_each(scratch.ledger, "customer-0",
			     see, &n, &err),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_allowance_get(scratch.ledger, "customer-0",
			     "merchant-1", "EUR", &back, &err),
	    0);
	assert_int_equal(back.since_ms, 4102444800123);
	assert_string_equal(back.merchant, "merchant-1");
	assert_int_equal(ledger_allowance_get(scratch.ledger, "customer-0",
			     "merchant-1", "USD", &back, &err),
	    1);
	scratch_end(&scratch);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		int64_t each, day;
		const char *each_currency, *day_currency;
	} bad[] = {
		{ -1, CENT, "EUR", "EUR" },
		{ 2 * CENT, CENT, "EUR", "EUR" },
		{ CENT, TILL_MICRO_LIMIT + 1, "EUR", "EUR" },
		{ CENT, CENT, "EUR", "USD" },
		{ CENT, CENT, "EUX", "EUX" },
		{ 0, CENT, "", "EUR" },
	};
	struct ledger_allowance allowance;
	struct scratch scratch;
	size_t i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(bad); i++) {
		allowance = allowance_of("customer-0", "merchant-0",
		    bad[i].each, bad[i].day);
		set_text(allowance.each.currency, TILL_CURRENCY_MAX,
		    bad[i].each_currency);
		set_text(allowance.day.currency, TILL_CURRENCY_MAX,
		    bad[i].day_currency);
		assert_int_equal(put(scratch.ledger, allowance),
		    LEDGER_INVALID);
	}
	scratch_end(&scratch);
}

static void
there_are_only_so_many(void **state)
{
	struct scratch scratch;
	char mid[24];
	int i;

	(void)state;
	begin(&scratch);
	for (i = 0; i <= LEDGER_ALLOWANCES_MAX; i++) {
		(void)snprintf(mid, sizeof(mid), "shop-%d", i);
		make_merchant(scratch.ledger, mid);
		assert_int_equal(put(scratch.ledger,
				     allowance_of("customer-0", mid, CENT,
					 CENT)),
		    i < LEDGER_ALLOWANCES_MAX ? LEDGER_DONE : LEDGER_DECLINED);
	}
	/* One that is there can be changed all the same. */
	assert_int_equal(put(scratch.ledger,
			     allowance_of("customer-0", "shop-0", 1, 1)),
	    LEDGER_DONE);
	scratch_end(&scratch);
}

static void
an_entry_and_its_order_say_that_nobody_was_asked(void **state)
{
	struct ledger_order order;
	struct scratch scratch;
	static struct entry entry;
	struct deal deal;

	(void)state;
	begin(&scratch);
	allow(scratch.ledger, CENT, EURO(1));
	unasked(&deal, "merchant-0", "a", CENT, DAY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(ledger_entry_get(scratch.ledger, deal.request.serial_r,
			     &entry, &err),
	    0);
	assert_string_equal(entry.note, LEDGER_NOTE_ALLOWANCE);
	assert_int_equal(ledger_order_get(scratch.ledger, "merchant-0", "a",
			     &order, &err),
	    0);
	assert_true(order.unasked);
	ledger_order_clear(&order);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    sixty_four_payments_side_by_side_cannot_pass_the_day),
		cmocka_unit_test(what_is_above_each_or_the_days_sum_is_asked),
		cmocka_unit_test(the_operators_bound_counts_too),
		cmocka_unit_test(it_is_of_one_customer_merchant_and_currency),
		cmocka_unit_test(a_withdrawal_stops_what_is_queued_behind_it),
		cmocka_unit_test(to_set_it_again_does_not_begin_the_day_anew),
		cmocka_unit_test(
		    of_a_frozen_or_suspended_customer_it_covers_nothing),
		cmocka_unit_test(an_intent_counts_and_its_refusal_gives_back),
		cmocka_unit_test(a_refund_gives_nothing_back),
		cmocka_unit_test(it_is_kept_and_listed_for_its_customer),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(there_are_only_so_many),
		cmocka_unit_test(
		    an_entry_and_its_order_say_that_nobody_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_ledger_refund.c - what was paid is given back up to the last
 * millionth and never more, to where it came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "support/backs.h"
#include "support/tamper.h"

#define KEY 7
#define THREADS 4
#define EACH 50

static const char mid[] = "merchant-0", cid[] = "customer-0";

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static void
pay(struct ledger *ledger, const char *jti, int64_t micro)
{
	struct deal deal;

	deal_pay(&deal, mid, jti, cid, micro);
	assert_int_equal(ledger_apply(ledger, &deal.request), LEDGER_DONE);
}

static enum ledger_result
give_wallet(struct ledger *ledger, const char *jti, const char *id,
    int64_t micro)
{
	struct back back;

	to_wallet(&back, jti, id, micro);
	return give(ledger, &back);
}

static void
an_order_gives_back_up_to_the_last_millionth(void **state)
{
	struct scratch scratch;
	struct entry entry;
	struct till_error err;
	struct back back;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(10));
	to_wallet(&back, "a", "r1", EURO(4) + 1);
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	assert_int_equal(back.refund.refunded_micro, EURO(4) + 1);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(4) + 1);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"),
	    EURO(44) + 1);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"),
	    EURO(6) - 1);
	assert_int_equal(ledger_refund_get(scratch.ledger, mid, "a", "r1",
			     &entry, &err),
	    0);
	assert_int_equal(entry.serial, back.request.serial_r);
	assert_int_equal(entry.kind, ENTRY_REFUND);
	assert_int_equal(entry.original, 11);
	assert_string_equal(entry.customer, cid);
	assert_string_equal(entry.merchant, mid);
	assert_string_equal(entry.jti, "a");
	assert_int_equal(ledger_refund_get(scratch.ledger, mid, "a", "r2",
			     &entry, &err),
	    1);
	/* One millionth too much; then the rest, and nothing more. */
	assert_int_equal(give_wallet(scratch.ledger, "a", "r2", EURO(6)),
	    LEDGER_LIMITED);
	assert_int_equal(give_wallet(scratch.ledger, "a", "r2", EURO(6) - 1),
	    LEDGER_DONE);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(10));
	assert_int_equal(give_wallet(scratch.ledger, "a", "r3", 1),
	    LEDGER_LIMITED);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"),
	    EURO(50));
	verify_well(scratch.ledger, NULL);
	scratch_close(&scratch);
	scratch_open(&scratch);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(10));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
cent_by_cent_it_ends_at_the_price(void **state)
{
	struct scratch scratch;
	char id[24];
	int i, given = 0;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(1) + 5000);
	for (i = 0; i < 150; i++) {
		(void)snprintf(id, sizeof(id), "r%d", i);
		given +=
		    give_wallet(scratch.ledger, "a", id, 10000) == LEDGER_DONE;
	}
	assert_int_equal(given, 100);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(1));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static enum ledger_result
give_fees(struct ledger *ledger, const char *id, int64_t micro, int64_t fee)
{
	struct back back;

	begin_back(&back, "a", id, micro);
	post_back(&back, "wallet:customer-0", micro, TILL_ALWAYS);
	post_back(&back, "till:merchant-0", fee - micro, TILL_IF_COVERED);
	if (fee != 0)
		post_back(&back, "fees", -fee, TILL_ALWAYS);
	return give(ledger, &back);
}

/* In however many parts, it never gives more than it had. */
static void
a_fee_gives_back_its_share(void **state)
{
	struct scratch scratch;
	struct deal deal;
	char id[24];
	int i;

	(void)state;
	begin(&scratch);
	/* What the fee keeps the till gives: it needs some more. */
	pay(scratch.ledger, "b", EURO(1));
	deal_pay(&deal, mid, "a", cid, EURO(10));
	deal.request.postings[1].amount.micro -= 70000;
	deal.request.postings[2] = deal.request.postings[1];
	set_text(deal.request.postings[2].account, TILL_ACCOUNT_MAX, "fees");
	deal.request.postings[2].amount.micro = 70000;
	deal.request.postings_len = 3;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(balance(scratch.ledger, "fees"), 70000);
	assert_int_equal(give_fees(scratch.ledger, "r1", EURO(1), 7001),
	    LEDGER_INVALID);
	assert_int_equal(give_fees(scratch.ledger, "r1", EURO(1), 7000),
	    LEDGER_DONE);
	/* A third of a cent leaves 23.3 millionths, and the next 46.6. */
	assert_int_equal(give_fees(scratch.ledger, "r2", 3333, 24),
	    LEDGER_INVALID);
	assert_int_equal(give_fees(scratch.ledger, "r2", 3333, 23),
	    LEDGER_DONE);
	assert_int_equal(give_fees(scratch.ledger, "r3", 6667, 0), LEDGER_DONE);
	/* What it kept of a part it keeps. */
	assert_int_equal(give_fees(scratch.ledger, "r4", EURO(9) - 10000,
			     63000),
	    LEDGER_INVALID);
	for (i = 0; i < 9; i++) {
		(void)snprintf(id, sizeof(id), "s%d", i);
		assert_int_equal(give_fees(scratch.ledger, id,
				     EURO(1) - (i == 8 ? 10000 : 0),
				     i == 8 ? 6930 : 7000),
		    LEDGER_DONE);
	}
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(10));
	assert_int_equal(balance(scratch.ledger, "fees"), 47);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
the_same_id_gives_back_once(void **state)
{
	struct scratch scratch;
	struct back back;
	uint64_t serial;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(10));
	pay(scratch.ledger, "b", EURO(10));
	to_wallet(&back, "a", "r", EURO(4));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	serial = back.request.serial_r;
	to_wallet(&back, "a", "r", EURO(4));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_REPEAT);
	assert_int_equal(back.request.serial_r, serial);
	to_wallet(&back, "a", "r", EURO(4) + 1);
	assert_int_equal(give(scratch.ledger, &back), LEDGER_CONFLICT);
	assert_int_equal(back.request.serial_r, serial);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(4));
	/* Of another order it is another one. */
	assert_int_equal(give_wallet(scratch.ledger, "b", "r", EURO(4)),
	    LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
only_what_was_paid_is_given_back(void **state)
{
	struct scratch scratch;
	struct deal deal;
	struct back back;

	(void)state;
	begin(&scratch);
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", EURO(1)),
	    LEDGER_INVALID);
	deal_intent(&deal, mid, "i", cid, EURO(5), KEY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(give_wallet(scratch.ledger, "i", "r", EURO(1)),
	    LEDGER_INVALID);
	deal_end(&deal, mid, "e", cid, EURO(5), ORDER_CANCELLED, 0);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(give_wallet(scratch.ledger, "e", "r", EURO(1)),
	    LEDGER_INVALID);
	pay(scratch.ledger, "a", EURO(5));
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", 0),
	    LEDGER_INVALID);
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", -1),
	    LEDGER_INVALID);
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", INT64_MAX),
	    LEDGER_INVALID);
	assert_int_equal(give_wallet(scratch.ledger, "a", "r/s", EURO(1)),
	    LEDGER_INVALID);
	assert_int_equal(give_wallet(scratch.ledger, "a", "", EURO(1)),
	    LEDGER_INVALID);
	to_wallet(&back, "a", "r", EURO(1));
	set_text(back.refund.amount.currency, TILL_CURRENCY_MAX, "USD");
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	order_is(scratch.ledger, "a", ORDER_PAID, 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
a_till_gives_what_it_covers(void **state)
{
	struct scratch scratch;
	struct ledger_request request = { .op = LEDGER_BOOK,
		.kind = ENTRY_PAYOUT,
		.actor = "" };
	struct back back;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(10));
	begin_back(&back, "a", "", EURO(7));
	post_back(&back, "till:merchant-0", -EURO(7), TILL_ALWAYS);
	post_back(&back, "bank:clearing", EURO(7), TILL_ALWAYS);
	memcpy(request.postings, back.request.postings,
	    sizeof(request.postings));
	request.postings_len = 2;
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", EURO(3) + 1),
	    LEDGER_DECLINED);
	order_is(scratch.ledger, "a", ORDER_PAID, 0);
	/* The id was not used up. */
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", EURO(3)),
	    LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
it_goes_back_along_the_ways_of_the_payment(void **state)
{
	static const struct {
		const char *to;
		enum till_condition to_condition;
		const char *from;
		enum till_condition from_condition;
		const char *why;
	} rows[] = {
		{ "wallet:customer-1", TILL_ALWAYS, "till:merchant-0",
		    TILL_IF_COVERED, "no part" },
		{ "bank:clearing", TILL_ALWAYS, "till:merchant-0",
		    TILL_IF_COVERED, "no part" },
		{ "wallet:customer-0", TILL_ALWAYS, "till:merchant-1",
		    TILL_IF_COVERED, "no part" },
		{ "wallet:customer-0", TILL_ALWAYS, "fees", TILL_ALWAYS,
		    "no part" },
		{ "refund:pending", TILL_ALWAYS, "till:merchant-0",
		    TILL_IF_COVERED, "no part" },
		{ "wallet:customer-0", TILL_ALWAYS, "till:merchant-0",
		    TILL_ALWAYS, "covers" },
		{ "wallet:customer-0", TILL_IF_WITHIN, "till:merchant-0",
		    TILL_IF_COVERED, "takes back" },
		{ "till:merchant-0", TILL_ALWAYS, "wallet:customer-0",
		    TILL_IF_COVERED, "direction" },
	};
	struct scratch scratch;
	struct back back;
	size_t i;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(10));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_back(&back, "a", "r", EURO(1));
		post_back(&back, rows[i].to, EURO(1), rows[i].to_condition);
		post_back(&back, rows[i].from, -EURO(1),
		    rows[i].from_condition);
		assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
		if (strstr(back.request.err.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, back.request.err.text);
	}
	/* Another sum than the refund's; and none of the till. */
	to_wallet(&back, "a", "r", EURO(1));
	back.refund.amount.micro = EURO(2);
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	begin_back(&back, "a", "r", EURO(1));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	/* A wallet's money is not sent to a network. */
	to_network(&back, "a", "r", EURO(1));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	order_is(scratch.ledger, "a", ORDER_PAID, 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

struct racer {
	struct ledger *ledger;
	int number, given;
};

static void *
race(void *arg)
{
	struct racer *racer = arg;
	char id[24];
	int i;

	for (i = 0; i < EACH; i++) {
		(void)snprintf(id, sizeof(id), "t%d-%d", racer->number, i);
		racer->given += give_wallet(racer->ledger, "a", id,
				    EURO(1) / 10) == LEDGER_DONE;
	}
	return NULL;
}

static void
many_at_once_give_back_no_more_than_was_paid(void **state)
{
	struct racer racers[THREADS];
	pthread_t threads[THREADS];
	struct scratch scratch;
	int i, given = 0;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(10) + 99999);
	pay(scratch.ledger, "b", EURO(30));
	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){ scratch.ledger, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, race,
				     &racers[i]),
		    0);
	}
	verify_well(scratch.ledger, NULL);
	for (i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		given += racers[i].given;
	}
	assert_int_equal(given, 100);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(10));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* An octet of the order's row: its last eight, the lowest first, are the sum.
 */
static void
a_sum_that_was_changed_is_found(void **state)
{
	static const char key[] = "merchant-0\0a";
	unsigned char value[512];
	struct ledger_sums sums;
	struct scratch scratch;
	struct till_error err;
	uint64_t serial;
	size_t len;

	(void)state;
	begin(&scratch);
	pay(scratch.ledger, "a", EURO(10));
	assert_int_equal(give_wallet(scratch.ledger, "a", "r", EURO(4)),
	    LEDGER_DONE);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "orders", key, sizeof(key) - 1,
			     value, sizeof(value), &len),
	    0);
	value[len - 8] ^= 1;
	tamper_put(scratch.dir, "orders", key, sizeof(key) - 1, value, len);
	scratch_open(&scratch);
	assert_int_equal(ledger_verify(scratch.ledger, NULL, NULL, &sums,
			     &serial, &err),
	    -1);
	if (strstr(err.text, "were refunded") == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(serial, 12);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_gives_back_up_to_the_last_millionth),
		cmocka_unit_test(cent_by_cent_it_ends_at_the_price),
		cmocka_unit_test(a_fee_gives_back_its_share),
		cmocka_unit_test(the_same_id_gives_back_once),
		cmocka_unit_test(only_what_was_paid_is_given_back),
		cmocka_unit_test(a_till_gives_what_it_covers),
		cmocka_unit_test(it_goes_back_along_the_ways_of_the_payment),
		cmocka_unit_test(many_at_once_give_back_no_more_than_was_paid),
		cmocka_unit_test(a_sum_that_was_changed_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

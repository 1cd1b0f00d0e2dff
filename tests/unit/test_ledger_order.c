/*
 * test_ledger_order.c - an order is paid once, whatever is asked and
 * however often.
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
#define KEY 7
#define OTHER 8
#define STEPS_MAX 4

/* What is asked of one order, one after the other. */
enum question {
	NOTHING = 0,
	PAY, /* from the wallet, no key */
	INTENT, /* attempt 1 */
	AGAIN, /* an intent of attempt 2 */
	BANK, /* PAY with the key of the intent */
	STRANGER, /* PAY with another key */
	REFUSE, /* END with the key */
	REFUSE_STRANGER,
	REFUSE_FREE, /* END without a key */
	CANCEL_FREE,
	EXPIRE,
	LOSE, /* END as UNKNOWN with the key */
	LOSE_FREE,
	CHEAPER /* BANK, but for another amount */
};

struct story {
	const char *name;
	enum question asked[STEPS_MAX];
	enum ledger_result answers[STEPS_MAX];
	enum order_state state; /* in the end */
	int paid; /* euros that reached the till */
};

static const struct story stories[] = {
	{ "a wallet pays at once", { PAY }, { LEDGER_DONE }, ORDER_PAID, 5 },
	{ "a payment is never made twice", { PAY, PAY, BANK },
	    { LEDGER_DONE, LEDGER_REPEAT, LEDGER_REPEAT }, ORDER_PAID, 5 },
	{ "what is paid cannot be cancelled", { PAY, CANCEL_FREE, REFUSE },
	    { LEDGER_DONE, LEDGER_REPEAT, LEDGER_REPEAT }, ORDER_PAID, 5 },
	{ "what is cancelled cannot be paid", { CANCEL_FREE, PAY, INTENT },
	    { LEDGER_DONE, LEDGER_REPEAT, LEDGER_REPEAT }, ORDER_CANCELLED, 0 },
	{ "what is refused cannot be paid", { REFUSE_FREE, PAY },
	    { LEDGER_DONE, LEDGER_REPEAT }, ORDER_REFUSED, 0 },
	{ "what has expired cannot be paid", { EXPIRE, PAY },
	    { LEDGER_DONE, LEDGER_REPEAT }, ORDER_EXPIRED, 0 },
	{ "an intent is paid by the holder of its key", { INTENT, BANK },
	    { LEDGER_DONE, LEDGER_DONE }, ORDER_PAID, 5 },
	{ "an intent is not paid without its key", { INTENT, PAY, STRANGER },
	    { LEDGER_DONE, LEDGER_INVALID, LEDGER_INVALID }, ORDER_INTENT, 0 },
	{ "an intent is made once", { INTENT, INTENT },
	    { LEDGER_DONE, LEDGER_REPEAT }, ORDER_INTENT, 0 },
	{ "the next attempt replaces an intent", { INTENT, AGAIN, AGAIN, BANK },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_REPEAT, LEDGER_DONE },
	    ORDER_PAID, 5 },
	{ "nobody cancels what is being settled", { INTENT, CANCEL_FREE, BANK },
	    { LEDGER_DONE, LEDGER_REPEAT, LEDGER_DONE }, ORDER_PAID, 5 },
	{ "a stranger ends no intent", { INTENT, REFUSE_STRANGER },
	    { LEDGER_DONE, LEDGER_INVALID }, ORDER_INTENT, 0 },
	{ "the bank refuses", { INTENT, REFUSE, BANK },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_REPEAT }, ORDER_REFUSED, 0 },
	{ "an unknown outcome is found to be paid", { INTENT, LOSE, BANK },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_DONE }, ORDER_PAID, 5 },
	{ "an unknown outcome is found to be refused", { INTENT, LOSE, REFUSE },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_DONE }, ORDER_REFUSED, 0 },
	{ "an unknown outcome takes no other route", { INTENT, LOSE, AGAIN },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_REPEAT }, ORDER_UNKNOWN, 0 },
	{ "an unknown outcome does not expire", { INTENT, LOSE, EXPIRE, PAY },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_REPEAT, LEDGER_INVALID },
	    ORDER_UNKNOWN, 0 },
	{ "what is unknown stays so", { INTENT, LOSE, LOSE },
	    { LEDGER_DONE, LEDGER_DONE, LEDGER_REPEAT }, ORDER_UNKNOWN, 0 },
	{ "nothing is unknown before an intent", { LOSE_FREE, LOSE },
	    { LEDGER_INVALID, LEDGER_INVALID }, ORDER_NONE, 0 },
	{ "an intent is for one amount", { INTENT, CHEAPER },
	    { LEDGER_DONE, LEDGER_INVALID }, ORDER_INTENT, 0 },
};

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static void
ask(struct deal *deal, enum question question, const char *jti)
{
	static const char mid[] = "merchant-0", cid[] = "customer-0";
	int64_t price = EURO(5);

	switch (question) {
	case NOTHING:
		break;
	case PAY:
		deal_pay(deal, mid, jti, cid, price);
		break;
	case INTENT:
	case AGAIN:
		deal_intent(deal, mid, jti, cid, price, KEY);
		deal->order.attempt = question == AGAIN ? 2 : 1;
		break;
	case BANK:
		deal_bank(deal, mid, jti, cid, price, KEY);
		break;
	case STRANGER:
		deal_bank(deal, mid, jti, cid, price, OTHER);
		break;
	case CHEAPER:
		deal_bank(deal, mid, jti, cid, price - 1, KEY);
		break;
	case REFUSE:
		deal_end(deal, mid, jti, cid, price, ORDER_REFUSED, KEY);
		break;
	case REFUSE_STRANGER:
		deal_end(deal, mid, jti, cid, price, ORDER_REFUSED, OTHER);
		break;
	case REFUSE_FREE:
		deal_end(deal, mid, jti, "", price, ORDER_REFUSED, 0);
		break;
	case CANCEL_FREE:
		deal_end(deal, mid, jti, cid, price, ORDER_CANCELLED, 0);
		break;
	case EXPIRE:
		deal_end(deal, mid, jti, "", price, ORDER_EXPIRED, 0);
		break;
	case LOSE:
		deal_end(deal, mid, jti, cid, price, ORDER_UNKNOWN, KEY);
		break;
	case LOSE_FREE:
		deal_end(deal, mid, jti, cid, price, ORDER_UNKNOWN, 0);
		break;
	}
}

static void
tell(struct ledger *ledger, const struct story *story, const char *jti,
    bool at_once)
{
	static struct deal deals[STEPS_MAX];
	size_t i, n;

	for (n = 0; n < STEPS_MAX && story->asked[n] != NOTHING; n++)
		ask(&deals[n], story->asked[n], jti);
	if (at_once)
		submit_all(ledger, deals, n);
	for (i = 0; i < n; i++) {
		if (!at_once)
			ledger_apply(ledger, &deals[i].request);
		if (deals[i].request.result == story->answers[i])
			continue;
		fail_msg("%s: step %zu is %s, not %s (%s)", story->name, i,
		    ledger_result_name(deals[i].request.result),
		    ledger_result_name(story->answers[i]),
		    deals[i].request.err.text);
	}
}

static void
check_end(struct ledger *ledger, const struct story *story, const char *jti)
{
	struct ledger_order order;
	struct till_error err;
	struct entry entry;
	int r;

	r = ledger_order_get(ledger, "merchant-0", jti, &order, &err);
	if (story->state == ORDER_NONE) {
		assert_int_equal(r, 1);
		return;
	}
	assert_int_equal(r, 0);
	if (order.state != story->state)
		fail_msg("%s: it ends as %s", story->name,
		    order_state_name(order.state));
	ledger_order_clear(&order);
	if (story->state != ORDER_PAID) {
		assert_int_equal(order.serial, 0);
		return;
	}
	assert_int_equal(ledger_entry_get(ledger, order.serial, &entry, &err),
	    0);
	assert_string_equal(entry.jti, jti);
	assert_string_equal(entry.th, order.th);
	assert_int_equal(entry.amount.micro, EURO(5));
}

/* Each story alone, request by request, and all of it in one batch. */
static void
an_order_lives_as_the_stories_tell(void **state)
{
	struct scratch scratch;
	char jti[TILL_JTI_MAX];
	int64_t before;
	size_t i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < 2 * COUNT(stories); i++) {
		const struct story *story = &stories[i / 2];

		(void)snprintf(jti, sizeof(jti), "order-%zu", i);
		before = balance(scratch.ledger, "till:merchant-0");
		tell(scratch.ledger, story, jti, i % 2 == 1);
		check_end(scratch.ledger, story, jti);
		assert_int_equal(balance(scratch.ledger, "till:merchant-0"),
		    before + EURO(story->paid));
		if (i == COUNT(stories)) {
			scratch_close(&scratch);
			scratch_open(&scratch);
		}
	}
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
another_ticket_under_the_same_id_is_a_conflict(void **state)
{
	static const enum question first[] = { PAY, INTENT, CANCEL_FREE };
	struct scratch scratch;
	struct deal deal;
	size_t i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(first); i++) {
		char jti[] = "order-0";

		jti[6] = (char)('0' + i);
		ask(&deal, first[i], jti);
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_DONE);
		ask(&deal, PAY, jti);
		set_text(deal.order.th, sizeof(deal.order.th), "another");
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_CONFLICT);
		/* What is stored is told, to be logged. */
		assert_string_not_equal(deal.order.th, "another");
		ask(&deal, CANCEL_FREE, jti);
		set_text(deal.order.th, sizeof(deal.order.th), "another");
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_CONFLICT);
	}
	/* Another merchant may use the same id. */
	deal_pay(&deal, "merchant-1", "order-0", "customer-0", EURO(1));
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
a_repeat_tells_what_was_stored(void **state)
{
	static char ticket[] = "header.payload.signature";
	struct scratch scratch;
	struct deal deal;
	uint64_t serial;
	int64_t time_ms;

	(void)state;
	begin(&scratch);
	ask(&deal, PAY, "order");
	deal.order.ticket = ticket;
	deal.order.ticket_len = strlen(ticket);
	deal.order.auth_time_s = 1795000000;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(deal.order.state, ORDER_PAID);
	serial = deal.order.serial;
	time_ms = deal.order.time_ms;
	assert_int_equal(serial, deal.request.serial_r);
	assert_true(serial > 0 && time_ms > 0);

	scratch_close(&scratch);
	scratch_open(&scratch);
	ask(&deal, CANCEL_FREE, "order");
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_REPEAT);
	assert_int_equal(deal.request.serial_r, serial);
	assert_int_equal(deal.order.serial, serial);
	assert_int_equal(deal.order.time_ms, time_ms);
	assert_int_equal(deal.order.state, ORDER_PAID);
	assert_int_equal(deal.order.auth_time_s, 1795000000);
	assert_string_equal(deal.order.customer, "customer-0");
	assert_string_equal(deal.order.via, "wallet");
	assert_string_equal(deal.order.amr[0], "pwd");
	assert_null(deal.order.ticket);
	scratch_end(&scratch);
}

/* Short ones lie beside the rest, longer ones in pieces behind it. */
static void
the_ticket_is_kept_whole(void **state)
{
	static const size_t lens[] = { 0, 1, 700, 979, 980, 981, 2000,
		TILL_TOKEN_MAX };
	static char ticket[TILL_TOKEN_MAX];
	struct ledger_order order;
	struct scratch scratch;
	struct till_error err;
	struct deal deal;
	char jti[8];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(ticket); i++)
		ticket[i] = (char)('A' + i * 7 % 26);
	begin(&scratch);
	for (i = 0; i < 2 * COUNT(lens); i++) {
		bool bank = i % 2 == 1;

		(void)snprintf(jti, sizeof(jti), "t-%zu", i);
		ask(&deal, bank ? INTENT : PAY, jti);
		deal.order.ticket = ticket;
		deal.order.ticket_len = lens[i / 2];
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_DONE);
		for (k = 0; bank && k < 2; k++) {
			/* Whoever ends it need not have the ticket. */
			ask(&deal, k == 0 ? LOSE : BANK, jti);
			assert_int_equal(ledger_apply(scratch.ledger,
					     &deal.request),
			    LEDGER_DONE);
		}
		assert_int_equal(ledger_order_get(scratch.ledger, "merchant-0",
				     jti, &order, &err),
		    0);
		assert_int_equal(order.ticket_len, lens[i / 2]);
		if (order.ticket_len > 0)
			assert_memory_equal(order.ticket, ticket,
			    order.ticket_len);
		ledger_order_clear(&order);
	}
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static int
count_open(void *arg, const struct ledger_order *order)
{
	int *counts = arg;

	counts[order->state == ORDER_UNKNOWN]++;
	return 0;
}

static void
open_orders_are_listed_after_a_restart(void **state)
{
	static const enum question asked[][3] = { { INTENT }, { INTENT, LOSE },
		{ INTENT, BANK }, { INTENT, REFUSE }, { PAY }, { EXPIRE } };
	int counts[2] = { 0, 0 };
	struct scratch scratch;
	struct till_error err;
	struct deal deal;
	char jti[8];
	size_t i, k;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(asked); i++) {
		(void)snprintf(jti, sizeof(jti), "o-%zu", i);
		for (k = 0; k < 3 && asked[i][k] != NOTHING; k++) {
			ask(&deal, asked[i][k], jti);
			assert_int_equal(ledger_apply(scratch.ledger,
					     &deal.request),
			    LEDGER_DONE);
		}
	}
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_intent_each(scratch.ledger, count_open, counts,
			     &err),
	    0);
	assert_int_equal(counts[0], 1);
	assert_int_equal(counts[1], 1);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
an_identity_is_an_entry_without_money(void **state)
{
	struct scratch scratch;
	struct till_error err;
	struct entry entry;
	struct deal deal;

	(void)state;
	begin(&scratch);
	ask(&deal, PAY, "who");
	deal.order.kind = TILL_KIND_IDENTITY;
	deal.order.amount.micro = 0;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_INVALID);
	deal.request.kind = ENTRY_IDENTITY;
	deal.request.postings_len = 0;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(ledger_entry_get(scratch.ledger, deal.request.serial_r,
			     &entry, &err),
	    0);
	assert_int_equal(entry.kind, ENTRY_IDENTITY);
	assert_int_equal(entry.postings_len, 0);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_REPEAT);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* 64 confirmations of one ticket: one debit, one entry, 64 answers. */
static void
the_same_order_many_times_at_once_is_one_payment(void **state)
{
	static struct deal deals[64];
	struct scratch scratch;
	uint64_t before, serial = 0;
	size_t i, done = 0;

	(void)state;
	begin(&scratch);
	before = ledger_serial(scratch.ledger);
	for (i = 0; i < COUNT(deals); i++)
		ask(&deals[i], PAY, "once");
	submit_all(scratch.ledger, deals, COUNT(deals));
	for (i = 0; i < COUNT(deals); i++) {
		if (deals[i].request.result == LEDGER_DONE)
			done++;
		else
			assert_int_equal(deals[i].request.result,
			    LEDGER_REPEAT);
		if (serial == 0)
			serial = deals[i].order.serial;
		assert_int_equal(deals[i].order.state, ORDER_PAID);
		assert_int_equal(deals[i].order.serial, serial);
	}
	assert_int_equal(done, 1);
	assert_int_equal(ledger_serial(scratch.ledger), before + 1);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"),
	    EURO(45));
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_lives_as_the_stories_tell),
		cmocka_unit_test(
		    another_ticket_under_the_same_id_is_a_conflict),
		cmocka_unit_test(a_repeat_tells_what_was_stored),
		cmocka_unit_test(the_ticket_is_kept_whole),
		cmocka_unit_test(open_orders_are_listed_after_a_restart),
		cmocka_unit_test(an_identity_is_an_entry_without_money),
		cmocka_unit_test(
		    the_same_order_many_times_at_once_is_one_payment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

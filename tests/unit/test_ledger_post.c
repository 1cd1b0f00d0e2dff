/*
 * test_ledger_post.c - money moves wholly or not at all, and only where
 * the conditions hold.
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
#define MANY 100

struct line {
	const char *account;
	int64_t micro;
	const char *currency;
	enum till_condition condition;
	int64_t limit;
};

/* customer-0 has 50 euros and buys for 10 at merchant-0. */
struct story {
	const char *name;
	struct line lines[4];
	enum ledger_result result;
	unsigned int failed;
};

#define W "wallet:customer-0"
#define T "till:merchant-0"
#define E(n) EURO(n)

static const struct story stories[] = {
	{ "covered",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_DONE, 0 },
	{ "split with a fee",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(9), "EUR", TILL_ALWAYS, 0 },
		{ "fees", E(1), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_DONE, 0 },
	{ "within a limit",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(10), "EUR", TILL_IF_WITHIN, E(10) } },
	    LEDGER_DONE, 0 },
	{ "above a limit",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(10), "EUR", TILL_IF_WITHIN, E(10) - 1 } },
	    LEDGER_DECLINED, 1 },
	{ "not covered",
	    { { "points:customer-0", -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_DECLINED, 0 },
	{ "not covered, told by its place",
	    { { T, E(10), "EUR", TILL_ALWAYS, 0 },
		{ "points:customer-0", -E(10), "EUR", TILL_IF_COVERED, 0 } },
	    LEDGER_DECLINED, 1 },
	{ "overdrawn where that is allowed",
	    { { "invoice:customer-0", -E(10), "EUR", TILL_ALWAYS, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_DONE, 0 },
	{ "more is taken than given",
	    { { W, -E(10), "EUR", TILL_ALWAYS, 0 },
		{ T, E(9), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "less is taken than given",
	    { { W, -E(10), "EUR", TILL_ALWAYS, 0 },
		{ T, E(10) + 1, "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "another amount than the price",
	    { { W, -E(11), "EUR", TILL_ALWAYS, 0 },
		{ T, E(11), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "another currency",
	    { { W, -E(10), "USD", TILL_ALWAYS, 0 },
		{ T, E(10), "USD", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "two currencies",
	    { { W, -E(10), "EUR", TILL_ALWAYS, 0 },
		{ T, E(10), "USD", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 1 },
	{ "no currency",
	    { { W, -E(10), "", TILL_ALWAYS, 0 },
		{ T, E(10), "", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "an account twice",
	    { { W, -E(5), "EUR", TILL_ALWAYS, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 },
		{ W, -E(5), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 2 },
	{ "one line alone", { { W, -E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "a line of nothing",
	    { { W, 0, "EUR", TILL_ALWAYS, 0 },
		{ T, 0, "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "no condition",
	    { { W, -E(10), "EUR", (enum till_condition)0, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "somebody else's wallet",
	    { { "wallet:customer-1", -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "somebody else's till",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ "till:merchant-1", E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 1 },
	{ "the merchant pays the customer",
	    { { T, -E(10), "EUR", TILL_ALWAYS, 0 },
		{ W, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "the merchant pays a fee",
	    { { "bank:clearing", -E(9), "EUR", TILL_ALWAYS, 0 },
		{ T, -E(1), "EUR", TILL_IF_COVERED, 0 },
		{ "fees", E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 1 },
	{ "the customer is given money",
	    { { "bank:clearing", -E(10), "EUR", TILL_ALWAYS, 0 },
		{ W, E(10), "EUR", TILL_IF_WITHIN, E(90) } },
	    LEDGER_INVALID, 1 },
	{ "a wallet that need not cover it",
	    { { W, -E(10), "EUR", TILL_ALWAYS, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "a wallet that need only be within a limit",
	    { { W, -E(10), "EUR", TILL_IF_WITHIN, E(90) },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "a bonus for the customer",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ T, E(9), "EUR", TILL_ALWAYS, 0 },
		{ "points:customer-0", E(1), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_DONE, 0 },
	{ "a millionth for the merchant",
	    { { "bank:clearing", -E(10), "EUR", TILL_ALWAYS, 0 },
		{ "fees", E(10) - 1, "EUR", TILL_ALWAYS, 0 },
		{ T, 1, "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_DONE, 0 },
	{ "all of it is fees",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ "fees", E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "the merchant's points are not his till",
	    { { W, -E(10), "EUR", TILL_IF_COVERED, 0 },
		{ "points:merchant-0", E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
	{ "an amount beyond all bounds",
	    { { W, INT64_MIN, "EUR", TILL_ALWAYS, 0 },
		{ T, E(10), "EUR", TILL_ALWAYS, 0 } },
	    LEDGER_INVALID, 0 },
};

static const struct {
	const char *name;
	bool ok;
} names[] = {
	{ "fees", true },
	{ "bank:other", true },
	{ "payout:pending", true },
	{ "points:a-1:b", true },
	{ "", false },
	{ ":", false },
	{ "fees:", false },
	{ ":fees", false },
	{ "a::b", false },
	{ "9points:a", false },
	{ "po-ints:a", false },
	{ "Points:a", false },
	{ "points:A", false },
	{ "points:a b", false },
	{ "points:a/b", false },
	{ "points:\xc3\xa9", false },
	/* The classes of people want people. */
	{ "wallet:nobody", false },
	{ "till:nobody", false },
};

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static void
fill(struct deal *deal, const struct story *story, const char *jti)
{
	struct ledger_posting *posting;
	size_t i;

	deal_pay(deal, "merchant-0", jti, "customer-0", EURO(10));
	deal->request.postings_len = 0;
	for (i = 0; i < 4 && story->lines[i].account != NULL; i++) {
		posting = &deal->request.postings[i];
		set_text(posting->account, sizeof(posting->account),
		    story->lines[i].account);
		set_text(posting->amount.currency, TILL_CURRENCY_MAX,
		    story->lines[i].currency);
		posting->amount.micro = story->lines[i].micro;
		posting->condition = story->lines[i].condition;
		posting->limit_micro = story->lines[i].limit;
		deal->request.postings_len++;
	}
}

static int
sum_account(void *arg, const struct ledger_account *account)
{
	int64_t *sum = arg;

	*sum += account->balance.micro;
	return 0;
}

/* What a refused one leaves behind: nothing.  A payment is taken back, so
 * that each story begins with 50 euros. */
static void
postings_apply_wholly_or_not_at_all(void **state)
{
	struct ledger_order order;
	struct scratch scratch;
	struct till_error err;
	struct deal deal, back;
	uint64_t serial;
	char jti[24];
	int64_t sum;
	size_t i, k;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(stories); i++) {
		serial = ledger_serial(scratch.ledger);
		(void)snprintf(jti, sizeof(jti), "p-%zu", i);
		fill(&deal, &stories[i], jti);
		ledger_apply(scratch.ledger, &deal.request);
		if (deal.request.result != stories[i].result ||
		    deal.request.failed != stories[i].failed)
			fail_msg("%s: %s at %u: %s", stories[i].name,
			    ledger_result_name(deal.request.result),
			    deal.request.failed, deal.request.err.text);
		if (stories[i].result == LEDGER_DONE) {
			assert_int_equal(ledger_serial(scratch.ledger),
			    serial + 1);
			assert_true(balance(scratch.ledger, T) > 0);
			deal_top_up(&back, "customer-0", EURO(1), NULL);
			back.request.kind = ENTRY_ADJUSTMENT;
			back.request.postings_len = deal.request.postings_len;
			for (k = 0; k < back.request.postings_len; k++) {
				back.request.postings[k] =
				    deal.request.postings[k];
				back.request.postings[k].amount.micro *= -1;
				back.request.postings[k].condition =
				    TILL_ALWAYS;
			}
			assert_int_equal(ledger_apply(scratch.ledger,
					     &back.request),
			    LEDGER_DONE);
		} else {
			assert_int_equal(ledger_serial(scratch.ledger), serial);
			assert_int_equal(ledger_order_get(scratch.ledger,
					     "merchant-0", jti, &order, &err),
			    1);
		}
		assert_int_equal(balance(scratch.ledger, T), 0);
		assert_int_equal(balance(scratch.ledger, W), EURO(50));
		sum = 0;
		assert_int_equal(ledger_account_each(scratch.ledger, "",
				     sum_account, &sum, &err),
		    0);
		assert_int_equal(sum, 0);
		verify_well(scratch.ledger, NULL);
	}
	scratch_end(&scratch);
}

static void
accounts_have_proper_names_and_owners(void **state)
{
	struct scratch scratch;
	struct deal deal;
	size_t i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(names); i++) {
		deal_top_up(&deal, "customer-0", EURO(1), NULL);
		set_text(deal.request.postings[1].account, TILL_ACCOUNT_MAX,
		    names[i].name);
		if ((ledger_apply(scratch.ledger, &deal.request) ==
			LEDGER_DONE) != names[i].ok)
			fail_msg("'%s' is %s", names[i].name,
			    deal.request.err.text);
	}
	/* A name that does not end. */
	memset(deal.request.postings[1].account, 'a', TILL_ACCOUNT_MAX);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_INVALID);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
a_wallet_of_fifty_pays_fifty_of_a_hundred(void **state)
{
	static struct deal deals[MANY];
	struct scratch scratch;
	size_t i, done = 0;
	char jti[24];

	(void)state;
	begin(&scratch);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "h-%zu", i);
		deal_pay(&deals[i], i % 2 == 0 ? "merchant-0" : "merchant-1",
		    jti, "customer-0", EURO(1));
	}
	submit_all(scratch.ledger, deals, MANY);
	for (i = 0; i < MANY; i++) {
		if (deals[i].request.result == LEDGER_DONE)
			done++;
		else
			assert_int_equal(deals[i].request.result,
			    LEDGER_DECLINED);
	}
	assert_int_equal(done, 50);
	assert_int_equal(balance(scratch.ledger, W), 0);
	assert_int_equal(balance(scratch.ledger, T) +
		balance(scratch.ledger, "till:merchant-1"),
	    EURO(50));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* Within one batch each request sees those before it: money that has just
 * come can be spent, and only once. */
static void
a_batch_is_as_if_one_came_after_the_other(void **state)
{
	static struct deal deals[6];
	static const enum ledger_result results[] = { LEDGER_DECLINED,
		LEDGER_DONE, LEDGER_DONE, LEDGER_DECLINED, LEDGER_DONE,
		LEDGER_DONE };
	struct scratch scratch;
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	deal_pay(&deals[0], "merchant-0", "a", "customer-0", EURO(3));
	deal_top_up(&deals[1], "customer-0", EURO(5), NULL);
	deal_pay(&deals[2], "merchant-0", "a", "customer-0", EURO(3));
	deal_pay(&deals[3], "merchant-0", "b", "customer-0", EURO(3));
	deal_top_up(&deals[4], "customer-0", EURO(1), NULL);
	deal_pay(&deals[5], "merchant-0", "b", "customer-0", EURO(3));
	submit_all(scratch.ledger, deals, COUNT(deals));
	for (i = 0; i < COUNT(deals); i++)
		assert_int_equal(deals[i].request.result, results[i]);
	assert_int_equal(balance(scratch.ledger, W), 0);
	assert_int_equal(balance(scratch.ledger, T), EURO(6));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
one_merchant_takes_all_payments_of_many_batches(void **state)
{
	static struct deal deals[2000];
	struct ledger_health health;
	struct ledger_sums sums;
	struct scratch scratch;
	char jti[24], cid[TILL_ID_MAX];
	size_t i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(deals); i++) {
		(void)snprintf(jti, sizeof(jti), "hot-%zu", i);
		(void)snprintf(cid, sizeof(cid), "customer-%zu", i % 10);
		deal_pay(&deals[i], "merchant-0", jti, cid, TILL_MICRO / 20);
	}
	submit_all(scratch.ledger, deals, COUNT(deals));
	for (i = 0; i < COUNT(deals); i++)
		assert_int_equal(deals[i].request.result, LEDGER_DONE);
	assert_int_equal(balance(scratch.ledger, T), EURO(100));
	ledger_health(scratch.ledger, &health);
	assert_true(health.writable);
	assert_int_equal(health.serial, 2010);
	assert_int_equal(health.requests, 2000 + 30);
	scratch_close(&scratch);
	scratch_open(&scratch);
	verify_well(scratch.ledger, &sums);
	assert_int_equal(sums.entries, 2010);
	assert_int_equal(sums.orders, 2000);
	assert_int_equal(balance(scratch.ledger, T), EURO(100));
	scratch_end(&scratch);
}

static void
several_currencies_live_side_by_side(void **state)
{
	static const char *const codes[] = { "EUR", "USD", "JPY", "BHD" };
	struct ledger_account account;
	struct ledger_sums sums;
	struct scratch scratch;
	struct till_error err;
	struct deal deal;
	size_t i, k;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	for (i = 0; i < COUNT(codes); i++) {
		deal_top_up(&deal, "customer-0", EURO(i + 1), NULL);
		for (k = 0; k < 2; k++)
			set_text(deal.request.postings[k].amount.currency,
			    TILL_CURRENCY_MAX, codes[i]);
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_DONE);
	}
	for (i = 0; i < COUNT(codes); i++) {
		assert_int_equal(ledger_account_get(scratch.ledger, W, codes[i],
				     &account, &err),
		    0);
		assert_int_equal(account.balance.micro, EURO(i + 1));
		assert_string_equal(account.balance.currency, codes[i]);
		assert_int_equal(account.serial, i + 1);
	}
	assert_int_equal(ledger_account_get(scratch.ledger, W, "CHF", &account,
			     &err),
	    1);
	assert_int_equal(account.balance.micro, 0);
	verify_well(scratch.ledger, &sums);
	assert_int_equal(sums.sums_len, COUNT(codes));
	assert_int_equal(sums.accounts, 2 * COUNT(codes));
	scratch_end(&scratch);
}

static void
a_balance_never_overflows(void **state)
{
	struct scratch scratch;
	struct deal deal;
	int i;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	for (i = 0; i < 9; i++) {
		deal_top_up(&deal, "customer-0", TILL_MICRO_LIMIT, NULL);
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_DONE);
	}
	deal_top_up(&deal, "customer-0", TILL_MICRO_LIMIT, NULL);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_INVALID);
	assert_int_equal(balance(scratch.ledger, W), 9 * TILL_MICRO_LIMIT);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(postings_apply_wholly_or_not_at_all),
		cmocka_unit_test(accounts_have_proper_names_and_owners),
		cmocka_unit_test(a_wallet_of_fifty_pays_fifty_of_a_hundred),
		cmocka_unit_test(a_batch_is_as_if_one_came_after_the_other),
		cmocka_unit_test(
		    one_merchant_takes_all_payments_of_many_batches),
		cmocka_unit_test(several_currencies_live_side_by_side),
		cmocka_unit_test(a_balance_never_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_settle_wallet.c - what the wallet proposes is what the customer
 * owes the merchant, under the right conditions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;
static struct till_outcome outcome;

static void
open_with(const char *const *settings)
{
	owner_init(&owner);
	it = module_must_open(loader, "settle_wallet", settings);
	ctx = owner_context(&owner, "it", TILL_SETTLE);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static enum till_result
settle(enum till_verb verb, int64_t micro, const char *currency)
{
	struct till_settlement s = { .size = sizeof(s),
		.verb = verb,
		.attempt = 1,
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "" };

	s.amount.micro = micro;
	(void)snprintf(s.amount.currency, sizeof(s.amount.currency), "%s",
	    currency);
	return instance_settle(it, ctx, &s, &outcome, NULL);
}

static void
posted(size_t i, const char *account, int64_t micro, enum till_condition c)
{
	assert_true(i < outcome.postings_len);
	assert_string_equal(outcome.postings[i].account, account);
	assert_true(outcome.postings[i].micro == micro);
	assert_int_equal(outcome.postings[i].condition, c);
}

static void
test_charge_takes_only_what_is_covered(void **state)
{
	(void)state;
	open_with(NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 500, "EUR"), TILL_COMMITTED);
	assert_int_equal(outcome.postings_len, 2);
	posted(0, "wallet:alice", -500, TILL_IF_COVERED);
	posted(1, "till:press-1", 500, TILL_ALWAYS);
	assert_true(outcome.moved.micro == 500);
	assert_string_equal(outcome.moved.currency, "EUR");
	close_all();
}

static void
test_reverse_takes_only_what_the_till_covers(void **state)
{
	(void)state;
	open_with(NULL);
	ASSERT_RESULT(settle(TILL_REVERSE, 5000000, "EUR"), TILL_REVERSED);
	posted(0, "wallet:alice", 5000000, TILL_ALWAYS);
	posted(1, "till:press-1", -5000000, TILL_IF_COVERED);
	close_all();
}

static void
test_largest_payment_is_kept(void **state)
{
	const char *const settings[] = { "max-payment=30.00 EUR",
		"max-balance=150.00 EUR", NULL };

	(void)state;
	open_with(settings);
	ASSERT_RESULT(settle(TILL_CHARGE, 30000000, "EUR"), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_CHARGE, 30000001, "EUR"), TILL_DECLINED);
	assert_string_equal(ctx->code, "limit");
	assert_string_equal(outcome.code, "limit");
	assert_string_equal(ctx->why.text,
	    "a wallet pays at most 30.00 EUR at a time");
	assert_int_equal(outcome.postings_len, 0);
	ASSERT_RESULT(settle(TILL_CHARGE, 30000001, "USD"), TILL_COMMITTED);
	close_all();
}

static void
test_what_a_wallet_cannot_do(void **state)
{
	(void)state;
	open_with(NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 0, "EUR"), TILL_ERROR);
	ASSERT_RESULT(settle(TILL_CHARGE, -1, "EUR"), TILL_ERROR);
	ASSERT_RESULT(settle(TILL_REVERSE, -1, "EUR"), TILL_ERROR);
	ASSERT_RESULT(settle(TILL_HOLD, 1, "EUR"), TILL_NOT_ATTEMPTED);
	ASSERT_RESULT(settle(TILL_COMMIT, 1, "EUR"), TILL_NOT_ATTEMPTED);
	ASSERT_RESULT(settle(TILL_RELEASE, 1, "EUR"), TILL_NOT_ATTEMPTED);
	ASSERT_RESULT(settle(TILL_QUERY, 1, "EUR"), TILL_NOT_FOUND);
	assert_int_equal(outcome.postings_len, 0);
	assert_true((instance_module(it)->caps & TILL_CAP_LEDGER) != 0);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charge_takes_only_what_is_covered),
		cmocka_unit_test(test_reverse_takes_only_what_the_till_covers),
		cmocka_unit_test(test_largest_payment_is_kept),
		cmocka_unit_test(test_what_a_wallet_cannot_do),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}

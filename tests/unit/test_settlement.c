/*
 * test_settlement.c - what a settlement outside the ledger is named by,
 * and what the ledger books of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rear/settlement.h"

static const struct till_money price = { .micro = 5 * TILL_MICRO,
	.currency = "EUR" };

static struct till_settlement
charge(void)
{
	struct till_settlement settlement = { .size = sizeof(settlement),
		.verb = TILL_CHARGE,
		.amount = price,
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "" };

	return settlement;
}

/* The bank moved the price, and the money came from an account of its. */
static struct till_outcome
outcome_of(int64_t from, int64_t to)
{
	struct till_outcome outcome = { .size = sizeof(outcome),
		.moved = price,
		.postings_len = 2,
		.postings = { { .account = "bank:other",
				  .micro = from,
				  .condition = TILL_IF_COVERED },
		    { .account = "till:press-1", .micro = to } } };

	return outcome;
}

static void
assert_posted(const struct ledger_posting *posting, const char *account,
    int64_t micro)
{
	assert_string_equal(posting->account, account);
	assert_string_equal(posting->amount.currency, "EUR");
	assert_int_equal(posting->amount.micro, micro);
	assert_int_equal(posting->condition, TILL_ALWAYS);
	assert_int_equal(posting->limit_micro, 0);
}

/* The amount comes from the bank's account, as nothing better is known. */
static void
assert_plain(const struct till_outcome *outcome)
{
	struct ledger_request request;

	memset(&request, 0xff, sizeof(request));
	assert_true(settlement_postings(outcome, &price, "press-1", &request));
	assert_int_equal(request.postings_len, 2);
	assert_posted(&request.postings[0], "bank:clearing", -price.micro);
	assert_posted(&request.postings[1], "till:press-1", price.micro);
}

static void
test_a_digest_is_of_all_that_was_agreed(void **state)
{
	struct till_settlement one = charge(), other;
	size_t i;

	(void)state;
	assert_int_equal(settlement_digest(&one), 0);
	/* Neither key, nor attempt, nor deadline is part of it. */
	other = charge();
	other.attempt = 7;
	other.deadline_ms = 9;
	memset(other.key, 1, sizeof(other.key));
	assert_int_equal(settlement_digest(&other), 0);
	assert_memory_equal(one.digest, other.digest, sizeof(one.digest));
	for (i = 0; i < 6; i++) {
		other = charge();
		if (i == 0)
			other.verb = TILL_HOLD;
		else if (i == 1)
			other.payer = "bob";
		else if (i == 2)
			other.payee = "press-2";
		else if (i == 3)
			other.amount.micro++;
		else if (i == 4)
			other.amount.currency[0] = 'X';
		else
			other.original = "ref";
		assert_int_equal(settlement_digest(&other), 0);
		assert_memory_not_equal(one.digest, other.digest,
		    sizeof(one.digest));
	}
}

static void
test_a_query_has_the_digest_of_its_charge(void **state)
{
	struct till_settlement one = charge(), other = charge();

	(void)state;
	other.verb = TILL_QUERY;
	assert_int_equal(settlement_digest(&one), 0);
	assert_int_equal(settlement_digest(&other), 0);
	assert_memory_equal(one.digest, other.digest, sizeof(one.digest));
}

/* Known from outside, so that it stays what it is for orders on disk. */
static void
test_the_digest_stays_as_it_is(void **state)
{
	static const char hex[] =
	    "2bbf5f4388666a495743cc5c19b5ea99c315dd9f8472e0a8e3f16b41ab50bcef";
	struct till_settlement one = charge();
	char text[2 * sizeof(one.digest) + 1];
	size_t i;

	(void)state;
	assert_int_equal(settlement_digest(&one), 0);
	for (i = 0; i < sizeof(one.digest); i++)
		(void)snprintf(text + 2 * i, 3, "%02x", one.digest[i]);
	assert_string_equal(text, hex);
}

static void
test_what_is_too_long_has_no_digest(void **state)
{
	struct till_settlement one = charge();
	char original[513];

	(void)state;
	/* "1\nalice\npress-1\n5000000\nEUR\n" and a newline are 29 octets. */
	memset(original, 'r', sizeof(original));
	original[512 - 29 - 1] = '\0';
	one.original = original;
	assert_int_equal(settlement_digest(&one), 0);
	original[512 - 29 - 1] = 'r';
	original[512 - 29] = '\0';
	assert_int_equal(settlement_digest(&one), -1);
}

static void
test_sound_postings_are_booked_without_conditions(void **state)
{
	struct till_outcome outcome = outcome_of(-5, 5);
	struct ledger_request request;

	(void)state;
	memset(&request, 0xff, sizeof(request));
	assert_true(settlement_postings(&outcome, &price, "press-1", &request));
	assert_int_equal(request.postings_len, 2);
	assert_posted(&request.postings[0], "bank:other", -5);
	assert_posted(&request.postings[1], "till:press-1", 5);
	/* A network that does not say what it moved moved what was asked. */
	memset(&outcome.moved, 0, sizeof(outcome.moved));
	assert_true(settlement_postings(&outcome, &price, "press-1", &request));
	assert_posted(&request.postings[0], "bank:other", -5);
	/* Nothing taken from a till is not taken. */
	outcome = outcome_of(0, 0);
	assert_true(settlement_postings(&outcome, &price, "press-1", &request));
	assert_posted(&request.postings[0], "bank:other", 0);
}

static void
test_other_postings_are_not_believed(void **state)
{
	struct till_outcome outcome = outcome_of(-5, 6);
	size_t i;

	(void)state;
	assert_plain(&outcome);
	outcome = outcome_of(5, 5);
	assert_plain(&outcome);
	outcome = outcome_of(-5, 5);
	outcome.postings_len = 0;
	assert_plain(&outcome);
	outcome = outcome_of(-5, 5);
	outcome.postings[1].account[0] = '\0';
	assert_plain(&outcome);
	/* A network moves no wallet, and takes from nobody's till. */
	outcome = outcome_of(-5, 5);
	memcpy(outcome.postings[0].account, "wallet:alice", 13);
	assert_plain(&outcome);
	outcome = outcome_of(5, -5);
	assert_plain(&outcome);
	outcome = outcome_of(INT64_MAX, 1);
	assert_plain(&outcome);
	outcome = outcome_of(0, 0);
	for (i = 2; i < TILL_POSTINGS_MAX; i++)
		outcome.postings[i] = outcome.postings[1];
	outcome.postings_len = TILL_POSTINGS_MAX + 1;
	assert_plain(&outcome);
}

static void
test_as_many_postings_as_there_may_be_are_booked(void **state)
{
	struct till_outcome outcome = outcome_of(-7, 1);
	struct ledger_request request;
	size_t i;

	(void)state;
	for (i = 2; i < TILL_POSTINGS_MAX; i++)
		outcome.postings[i] = outcome.postings[1];
	outcome.postings_len = TILL_POSTINGS_MAX;
	memset(&request, 0xff, sizeof(request));
	assert_true(settlement_postings(&outcome, &price, "press-1", &request));
	assert_int_equal(request.postings_len, TILL_POSTINGS_MAX);
	assert_posted(&request.postings[TILL_POSTINGS_MAX - 1], "till:press-1",
	    1);
}

static void
test_another_amount_is_no_approval(void **state)
{
	struct till_outcome outcome = outcome_of(-5, 5);
	struct ledger_request request = { .postings_len = 0 };

	(void)state;
	outcome.moved.micro--;
	assert_false(
	    settlement_postings(&outcome, &price, "press-1", &request));
	outcome.moved = price;
	memcpy(outcome.moved.currency, "USD", 4);
	assert_false(
	    settlement_postings(&outcome, &price, "press-1", &request));
	memcpy(outcome.moved.currency, "E\0\0", 4);
	assert_false(
	    settlement_postings(&outcome, &price, "press-1", &request));
	assert_int_equal(request.postings_len, 0);
}

static void
test_the_kind_is_the_name_of_the_module(void **state)
{
	(void)state;
	assert_string_equal(settlement_via("settle_bank"), "bank");
	assert_string_equal(settlement_via("settled"), "settled");
	assert_string_equal(settlement_via("unsettle_bank"), "unsettle_bank");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_digest_is_of_all_that_was_agreed),
		cmocka_unit_test(test_a_query_has_the_digest_of_its_charge),
		cmocka_unit_test(test_the_digest_stays_as_it_is),
		cmocka_unit_test(test_what_is_too_long_has_no_digest),
		cmocka_unit_test(
		    test_sound_postings_are_booked_without_conditions),
		cmocka_unit_test(test_other_postings_are_not_believed),
		cmocka_unit_test(
		    test_as_many_postings_as_there_may_be_are_booked),
		cmocka_unit_test(test_another_amount_is_no_approval),
		cmocka_unit_test(test_the_kind_is_the_name_of_the_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

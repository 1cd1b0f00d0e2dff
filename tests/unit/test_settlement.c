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
#include <unistd.h>

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

static const struct ledger_order order = { .merchant = "press-1",
	.jti = "o-1",
	.customer = "alice",
	.kind = TILL_KIND_SINGLE,
	.amount = { .micro = 5 * TILL_MICRO, .currency = "EUR" } };

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
set_account(struct till_outcome *outcome, size_t i, const char *account)
{
	(void)snprintf(outcome->postings[i].account, TILL_ACCOUNT_MAX, "%s",
	    account);
}

/* The price goes to so many accounts, the till the last of them, which has
 * what is left. */
static struct till_outcome
spread(uint32_t len)
{
	struct till_outcome outcome = outcome_of(-price.micro, 1);
	char account[TILL_ACCOUNT_MAX];
	uint32_t i;

	for (i = 1; i + 1 < len; i++) {
		(void)snprintf(account, sizeof(account), "points:p-%u", i);
		set_account(&outcome, i, account);
		outcome.postings[i].micro = 1;
	}
	outcome.postings_len = len;
	if (len > TILL_POSTINGS_MAX)
		return outcome;
	set_account(&outcome, len - 1, "till:press-1");
	outcome.postings[len - 1].micro = price.micro - (len - 2);
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

/* The amount comes from the bank's account, as nothing better is known;
 * why is what was wrong with what the module said. */
static void
assert_plain(const struct till_outcome *outcome, const char *why)
{
	struct ledger_request request;

	memset(&request, 0xff, sizeof(request));
	assert_true(settlement_postings(outcome, &order, &request));
	assert_int_equal(request.postings_len, 2);
	assert_posted(&request.postings[0], "bank:clearing", -price.micro);
	assert_posted(&request.postings[1], "till:press-1", price.micro);
	assert_string_equal(request.err.text, why);
	assert_int_equal(ledger_may_pay(&order, &request), LEDGER_DONE);
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
	struct till_outcome outcome = outcome_of(-price.micro, price.micro);
	struct ledger_request request;

	(void)state;
	memset(&request, 0xff, sizeof(request));
	assert_true(settlement_postings(&outcome, &order, &request));
	assert_int_equal(request.postings_len, 2);
	assert_posted(&request.postings[0], "bank:other", -price.micro);
	assert_posted(&request.postings[1], "till:press-1", price.micro);
	assert_string_equal(request.err.text, "");
	/* A network that does not say what it moved moved what was asked. */
	memset(&outcome.moved, 0, sizeof(outcome.moved));
	assert_true(settlement_postings(&outcome, &order, &request));
	assert_posted(&request.postings[0], "bank:other", -price.micro);
}

/* Whatever the ledger would not take: money that has moved must not hang. */
static void
test_other_postings_are_not_believed(void **state)
{
	const int64_t all = price.micro;
	struct till_outcome outcome = outcome_of(-all, all + 1);

	(void)state;
	assert_plain(&outcome, "the postings do not add up to zero");
	outcome = outcome_of(-all, all);
	outcome.postings_len = 0;
	assert_plain(&outcome, "");
	outcome.postings_len = 1;
	assert_plain(&outcome, "1 postings cannot be an entry");
	outcome = outcome_of(-all, all);
	set_account(&outcome, 0, "");
	assert_plain(&outcome, "posting 0 has no proper account");
	set_account(&outcome, 0, "nonsense account");
	assert_plain(&outcome, "posting 0 has no proper account");
	set_account(&outcome, 0, "till:press-1");
	assert_plain(&outcome, "till:press-1 is posted to twice");
	outcome = outcome_of(-all, all);
	set_account(&outcome, 1, "till:press-2");
	assert_plain(&outcome,
	    "till:press-2 is no account of this order's parties");
	outcome = spread(3);
	outcome.postings[1].micro = 0;
	assert_plain(&outcome, "the amount of posting 1 is out of bounds");
	outcome = outcome_of(-1, 1);
	assert_plain(&outcome,
	    "the postings move another amount than the price");
	outcome = outcome_of(-20 * all, 20 * all);
	assert_plain(&outcome,
	    "the postings move another amount than the price");
	outcome = outcome_of(INT64_MIN, 1);
	assert_plain(&outcome, "the amount of posting 0 is out of bounds");
}

/* It could not be asked any more whether it covers that. */
static void
test_a_network_moves_no_wallet_and_robs_no_till(void **state)
{
	const int64_t all = price.micro;
	struct till_outcome outcome = outcome_of(-all, all);

	(void)state;
	set_account(&outcome, 0, "wallet:alice");
	assert_plain(&outcome,
	    "wallet:alice is a wallet and pays only what it covers");
	set_account(&outcome, 0, "wallet:bob");
	assert_plain(&outcome,
	    "wallet:bob is no account of this order's parties");
	outcome = outcome_of(all, -all);
	assert_plain(&outcome,
	    "till:press-1 is the payee's and a payment takes nothing from it");
	outcome = outcome_of(-all, all);
	set_account(&outcome, 1, "fees");
	assert_plain(&outcome, "the payee's till is given nothing");
}

static void
test_as_many_postings_as_there_may_be_are_booked(void **state)
{
	struct till_outcome outcome = spread(TILL_POSTINGS_MAX);
	struct ledger_request request;

	(void)state;
	memset(&request, 0xff, sizeof(request));
	assert_true(settlement_postings(&outcome, &order, &request));
	assert_int_equal(request.postings_len, TILL_POSTINGS_MAX);
	assert_posted(&request.postings[TILL_POSTINGS_MAX - 1], "till:press-1",
	    price.micro - (TILL_POSTINGS_MAX - 2));
	outcome.postings_len++;
	assert_plain(&outcome, "too many postings");
}

static void
test_another_amount_is_no_approval(void **state)
{
	struct till_outcome outcome = outcome_of(-price.micro, price.micro);
	struct ledger_request request = { .postings_len = 0 };

	(void)state;
	outcome.moved.micro--;
	assert_false(settlement_postings(&outcome, &order, &request));
	outcome.moved = price;
	memcpy(outcome.moved.currency, "USD", 4);
	assert_false(settlement_postings(&outcome, &order, &request));
	memcpy(outcome.moved.currency, "E\0\0", 4);
	assert_false(settlement_postings(&outcome, &order, &request));
	assert_int_equal(request.postings_len, 0);
}

/* Standard error of settlement_say. */
static void
said(const struct ledger_request *request, char *text, size_t size)
{
	int end[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	assert_true(kept >= 0);
	assert_int_equal(pipe(end), 0);
	assert_true(dup2(end[1], STDERR_FILENO) >= 0);
	settlement_say(&order, request);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	(void)close(end[1]);
	n = read(end[0], text, size - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(end[0]);
}

static void
test_the_log_says_what_was_not_used(void **state)
{
	struct ledger_request request = { .err.text = "no such till" };
	char text[1024];

	(void)state;
	said(&request, text, sizeof(text));
	assert_non_null(strstr(text, "\"level\":\"error\""));
	assert_non_null(strstr(text, "\"event\":\"settle.postings\""));
	assert_non_null(strstr(text, "\"error\":\"no such till\""));
	request.err.text[0] = '\0';
	said(&request, text, sizeof(text));
	assert_string_equal(text, "");
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
		    test_a_network_moves_no_wallet_and_robs_no_till),
		cmocka_unit_test(
		    test_as_many_postings_as_there_may_be_are_booked),
		cmocka_unit_test(test_another_amount_is_no_approval),
		cmocka_unit_test(test_the_log_says_what_was_not_used),
		cmocka_unit_test(test_the_kind_is_the_name_of_the_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

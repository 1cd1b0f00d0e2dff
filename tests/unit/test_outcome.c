/*
 * test_outcome.c - of what a settle module says, only that is believed
 * which it may say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "module/outcome.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_BUT(caps) (UINT32_MAX ^ (uint32_t)(caps))

static const char no_account[] = "names an account that cannot be";

/* A payment of 5.00 from the wallet to the till, as good as can be. */
static struct till_outcome
payment(void)
{
	struct till_outcome outcome = { .size = sizeof(outcome),
		.postings_len = 2,
		.postings = { { .account = "wallet:alice",
				  .micro = -5 * TILL_MICRO,
				  .condition = TILL_IF_COVERED },
		    { .account = "till:press-1",
			.micro = 5 * TILL_MICRO,
			.condition = TILL_ALWAYS } } };

	return outcome;
}

/* It is believed as it is. */
static void
assert_sound(const struct till_outcome *given)
{
	struct till_outcome outcome = *given;
	const char *why = "unset";

	assert_int_equal(outcome_check(TILL_CHARGE, 0, TILL_COMMITTED, &outcome,
			     &why),
	    TILL_COMMITTED);
	assert_null(why);
	assert_memory_equal(&outcome, given, sizeof(outcome));
}

/* No posting of it is left. */
static void
assert_broken(const struct till_outcome *given, const char *why)
{
	struct till_outcome outcome = *given;
	const char *said = NULL;

	/* What a network has moved stays moved. */
	assert_int_equal(outcome_check(TILL_CHARGE, ALL_BUT(TILL_CAP_LEDGER),
			     TILL_COMMITTED, &outcome, &said),
	    TILL_COMMITTED);
	assert_string_equal(said, why);
	assert_string_equal(outcome.text, given->text);
	assert_int_equal(outcome.postings_len, 0);
	/* One that moves nothing itself has failed, that is all. */
	outcome = *given;
	assert_int_equal(outcome_check(TILL_CHARGE, TILL_CAP_LEDGER,
			     TILL_COMMITTED, &outcome, &said),
	    TILL_ERROR);
	assert_string_equal(said, why);
	assert_string_equal(outcome.text, why);
	assert_int_equal(outcome.postings_len, 0);
}

static void
test_postings_that_add_up_are_believed(void **state)
{
	struct till_outcome outcome = payment();

	(void)state;
	assert_sound(&outcome);
	outcome.postings[0].condition = TILL_ALWAYS;
	outcome.postings[1].condition = TILL_IF_WITHIN;
	assert_sound(&outcome);
	outcome.postings_len = 0;
	assert_sound(&outcome);
	outcome = payment();
	outcome.postings[1].micro++;
	assert_broken(&outcome, "proposes postings that do not add up to zero");
	outcome = payment();
	outcome.postings[0].micro = 0;
	outcome.postings[1].micro = 0;
	assert_sound(&outcome);
	outcome.postings[0].micro = 5;
	outcome.postings[1].micro = 5;
	assert_broken(&outcome, "proposes postings that do not add up to zero");
}

static void
test_postings_have_bounds(void **state)
{
	struct till_outcome outcome = payment();
	size_t i;

	(void)state;
	for (i = 0; i < TILL_POSTINGS_MAX; i++) {
		outcome.postings[i] = outcome.postings[1];
		outcome.postings[i].micro =
		    i % 2 == 0 ? TILL_MICRO_LIMIT : -TILL_MICRO_LIMIT;
	}
	outcome.postings_len = TILL_POSTINGS_MAX;
	assert_sound(&outcome);
	outcome.postings_len++;
	assert_broken(&outcome, "proposes too many postings");
	outcome.postings_len = 2;
	outcome.postings[0].micro++;
	outcome.postings[1].micro--;
	assert_broken(&outcome, "posts an amount beyond all bounds");
	outcome.postings[0].micro = TILL_MICRO;
	assert_broken(&outcome, "posts an amount beyond all bounds");
	outcome = payment();
	outcome.postings[0].condition = (enum till_condition)99;
	assert_broken(&outcome, "sets a condition that is none");
}

static void
test_accounts_have_names(void **state)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	static const char *const wrong[] = { "", "Till:press", "till:a b",
		"till:\xc3\xa9", "till.a", "t\n" };
	struct till_outcome outcome = payment();
	char *account = outcome.postings[1].account;
	size_t i;

	(void)state;
	(void)snprintf(account, TILL_ACCOUNT_MAX, "%s", alphabet);
	assert_sound(&outcome);
	/* One letter is a name, and one that is none is none. */
	(void)snprintf(account, TILL_ACCOUNT_MAX, "x");
	assert_sound(&outcome);
	for (i = 0; i < COUNT(wrong); i++) {
		(void)snprintf(account, TILL_ACCOUNT_MAX, "%s", wrong[i]);
		assert_broken(&outcome, no_account);
	}
	(void)snprintf(account, TILL_ACCOUNT_MAX, "Xabc");
	assert_broken(&outcome, no_account);
	/* The longest that ends, and the shortest that does not. */
	memset(account, 'a', TILL_ACCOUNT_MAX);
	account[TILL_ACCOUNT_MAX - 1] = '\0';
	assert_sound(&outcome);
	memset(account, 'a', TILL_ACCOUNT_MAX);
	assert_broken(&outcome, no_account);
	/* Not even if what follows looks like more of a name. */
	outcome.postings[1].micro = 'a';
	outcome.postings[0].micro = -'a';
	assert_broken(&outcome, no_account);
}

/* What is said, by whom, and what is believed. */
static const struct {
	uint32_t caps;
	enum till_result said, believed;
	const char *text;
} answers[] = {
	{ 0, TILL_GRANT, TILL_UNKNOWN, "answered outside of its facility" },
	{ TILL_CAP_LEDGER, TILL_GRANT, TILL_ERROR,
	    "answered outside of its facility" },
	{ TILL_CAP_LEDGER, (enum till_result)99, TILL_ERROR,
	    "answered outside of its facility" },
	{ 0, TILL_NOT_FOUND, TILL_UNKNOWN,
	    "gave an answer that does not fit what it was asked" },
	{ TILL_CAP_LEDGER, TILL_HELD, TILL_ERROR,
	    "gave an answer that does not fit what it was asked" },
	{ TILL_CAP_ASYNC, TILL_PENDING, TILL_PENDING, "" },
	{ ALL_BUT(TILL_CAP_ASYNC | TILL_CAP_LEDGER), TILL_PENDING, TILL_UNKNOWN,
	    "is to answer later but has no ASYNC" },
	{ ALL_BUT(TILL_CAP_LEDGER), TILL_UNKNOWN, TILL_UNKNOWN, "" },
	{ TILL_CAP_LEDGER, TILL_UNKNOWN, TILL_ERROR,
	    "moves nothing (LEDGER) and must know" },
	{ TILL_CAP_REVERSE, TILL_LOST, TILL_LOST, "" },
	{ ALL_BUT(TILL_CAP_REVERSE | TILL_CAP_LEDGER), TILL_LOST, TILL_UNKNOWN,
	    "has lost a settlement and has no REVERSE" },
	{ TILL_CAP_LEDGER | TILL_CAP_REVERSE, TILL_LOST, TILL_ERROR,
	    "moves nothing (LEDGER) and must know" },
	{ TILL_CAP_LEDGER, TILL_NOT_ATTEMPTED, TILL_NOT_ATTEMPTED, "" },
	{ TILL_CAP_LEDGER, TILL_DECLINED, TILL_DECLINED, "" },
	{ ALL_BUT(0), TILL_ERROR, TILL_ERROR, "" },
	{ 0, TILL_DECLINED, TILL_DECLINED, "" },
};

static void
test_answers_are_believed_of_those_who_may_give_them(void **state)
{
	struct till_outcome outcome;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(answers); i++) {
		outcome = payment();
		why = "unset";
		assert_int_equal(outcome_check(TILL_CHARGE, answers[i].caps,
				     answers[i].said, &outcome, &why),
		    answers[i].believed);
		assert_string_equal(outcome.text, answers[i].text);
		assert_string_equal(why == NULL ? "" : why, answers[i].text);
		/* Money moves by none of these. */
		assert_int_equal(outcome.postings_len, 0);
	}
}

static void
test_money_moves_by_four_answers(void **state)
{
	static const struct {
		enum till_verb verb;
		enum till_result result;
	} moves[] = {
		{ TILL_CHARGE, TILL_COMMITTED },
		{ TILL_HOLD, TILL_HELD },
		{ TILL_RELEASE, TILL_RELEASED },
		{ TILL_REVERSE, TILL_REVERSED },
	};
	struct till_outcome outcome;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(moves); i++) {
		outcome = payment();
		assert_int_equal(outcome_check(moves[i].verb, 0,
				     moves[i].result, &outcome, &why),
		    moves[i].result);
		assert_int_equal(outcome.postings_len, 2);
		outcome.postings[0].micro = 1;
		assert_int_equal(outcome_check(moves[i].verb, 0,
				     moves[i].result, &outcome, &why),
		    moves[i].result);
		assert_int_equal(outcome.postings_len, 0);
		assert_non_null(why);
	}
	outcome = payment();
	assert_int_equal(outcome_check(TILL_QUERY, 0, TILL_NOT_FOUND, &outcome,
			     &why),
	    TILL_NOT_FOUND);
	assert_int_equal(outcome.postings_len, 0);
}

static void
test_texts_are_terminated_and_clean(void **state)
{
	struct till_outcome outcome = payment();
	const char *why;

	(void)state;
	memset(outcome.reference, 'r', sizeof(outcome.reference));
	memset(outcome.code, '\x1f', sizeof(outcome.code));
	memset(outcome.text, 't', sizeof(outcome.text));
	memset(outcome.moved.currency, 'E', sizeof(outcome.moved.currency));
	(void)memcpy(outcome.text, "\na b\x7f\x1b\xc3\xa9~", 9);
	assert_int_equal(outcome_check(TILL_CHARGE, 0, TILL_COMMITTED, &outcome,
			     &why),
	    TILL_COMMITTED);
	assert_int_equal(strlen(outcome.reference),
	    sizeof(outcome.reference) - 1);
	assert_int_equal(strspn(outcome.reference, "r"),
	    sizeof(outcome.reference) - 1);
	assert_int_equal(strspn(outcome.code, " "), sizeof(outcome.code) - 1);
	assert_int_equal(outcome.code[sizeof(outcome.code) - 1], '\0');
	assert_int_equal(strlen(outcome.text), sizeof(outcome.text) - 1);
	assert_memory_equal(outcome.text, " a b  \xc3\xa9~tt", 11);
	assert_string_equal(outcome.moved.currency, "EEE");
}

static void
test_an_older_module_gives_a_shorter_outcome(void **state)
{
	struct till_outcome outcome = payment(), copy;

	(void)state;
	outcome.size = offsetof(struct till_outcome, postings_len);
	(void)snprintf(outcome.reference, sizeof(outcome.reference), "ref");
	memset(&copy, 0xff, sizeof(copy));
	outcome_copy(&copy, &outcome);
	assert_int_equal(copy.size, sizeof(copy));
	assert_string_equal(copy.reference, "ref");
	assert_int_equal(copy.postings_len, 0);
	assert_int_equal(copy.postings[1].micro, 0);
	/* A newer one gives more than is known here. */
	outcome = payment();
	outcome.size += 64;
	outcome_copy(&copy, &outcome);
	assert_int_equal(copy.size, sizeof(copy));
	assert_int_equal(copy.postings_len, 2);
	outcome_copy(&copy, NULL);
	assert_int_equal(copy.size, sizeof(copy));
	assert_int_equal(copy.postings_len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postings_that_add_up_are_believed),
		cmocka_unit_test(test_postings_have_bounds),
		cmocka_unit_test(test_accounts_have_names),
		cmocka_unit_test(
		    test_answers_are_believed_of_those_who_may_give_them),
		cmocka_unit_test(test_money_moves_by_four_answers),
		cmocka_unit_test(test_texts_are_terminated_and_clean),
		cmocka_unit_test(test_an_older_module_gives_a_shorter_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

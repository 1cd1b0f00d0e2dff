/*
 * test_result.c - which results there are, whose they are, what they are
 * called, and which of them answer which question.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RESULTS_END 0x1000 /* beyond all of them */
#define P (1u << TILL_POLICY)
#define A (1u << TILL_AUTH)
#define S (1u << TILL_SETTLE)
#define N (1u << TILL_NOTIFY)

/* A letter for each verb that a settle module may so answer: Charge,
 * Hold, cOmmit, Release, reVerse, Query. */
static const char verbs[] = "CHORVQ";
static const enum till_verb verb_of[] = { TILL_CHARGE, TILL_HOLD, TILL_COMMIT,
	TILL_RELEASE, TILL_REVERSE, TILL_QUERY };

static const struct {
	enum till_result result;
	const char *name;
	unsigned int whose;
	const char *answers;
} all[] = {
	{ TILL_ERROR, "error", P | A | S | N, "CHORVQ" },
	{ TILL_UNAVAILABLE, "unavailable", P | A | S | N, "CHORVQ" },
	{ TILL_PENDING, "pending", S, "CHORVQ" },
	{ TILL_ALLOW, "allow", P, "" },
	{ TILL_REFUSE, "refuse", P, "" },
	{ TILL_STEP_UP, "step-up", P, "" },
	{ TILL_NO_OPINION, "no-opinion", P, "" },
	{ TILL_GRANT, "grant", A, "" },
	{ TILL_DENY, "deny", A, "" },
	{ TILL_ABSTAIN, "abstain", A, "" },
	{ TILL_NEED_INPUT, "need-input", A, "" },
	{ TILL_LOCKED, "locked", A, "" },
	{ TILL_COMMITTED, "committed", S, "COQ" },
	{ TILL_HELD, "held", S, "HQ" },
	{ TILL_DECLINED, "declined", S, "CHORVQ" },
	{ TILL_NOT_ATTEMPTED, "not-attempted", S, "CHORV" },
	{ TILL_UNKNOWN, "unknown", S, "CHORVQ" },
	{ TILL_RELEASED, "released", S, "RQ" },
	{ TILL_REVERSED, "reversed", S, "VQ" },
	{ TILL_NOT_FOUND, "not-found", S, "Q" },
	{ TILL_LOST, "lost", S, "CQ" },
	{ TILL_DELIVERED, "delivered", N, "" },
	{ TILL_RETRY_LATER, "retry-later", N, "" },
	{ TILL_DROP, "drop", N, "" },
};

static const enum till_facility facilities[] = { TILL_POLICY, TILL_AUTH,
	TILL_SETTLE, TILL_NOTIFY };

static void
test_each_result_is_of_its_facilities_alone(void **state)
{
	enum till_result none;
	size_t i, f;
	bool own;

	(void)state;
	for (i = 0; i < COUNT(all); i++) {
		assert_string_equal(result_name(all[i].result), all[i].name);
		for (f = 0; f < COUNT(facilities); f++) {
			own = (all[i].whose & 1u << facilities[f]) != 0;
			none = facilities[f] == TILL_SETTLE ? TILL_UNKNOWN
							    : TILL_ERROR;
			assert_int_equal(result_sane(facilities[f],
					     all[i].result),
			    own ? all[i].result : none);
			assert_int_equal(result_from_name(facilities[f],
					     all[i].name),
			    own ? (int)all[i].result : -1);
		}
	}
}

static void
test_what_is_no_result_has_no_name(void **state)
{
	size_t i, named = 0;
	int r;

	(void)state;
	for (r = -1; r < RESULTS_END; r++) {
		for (i = 0; i < COUNT(all); i++)
			if ((int)all[i].result == r)
				break;
		named += i < COUNT(all);
		if (i == COUNT(all))
			assert_string_equal(result_name((enum till_result)r),
			    "none");
	}
	assert_int_equal(named, COUNT(all));
	assert_int_equal(result_from_name(TILL_SETTLE, "none"), -1);
	assert_int_equal(result_from_name(TILL_SETTLE, ""), -1);
}

static void
test_results_fit_the_verbs_that_they_answer(void **state)
{
	size_t i, v;

	(void)state;
	for (i = 0; i < COUNT(all); i++)
		for (v = 0; v < COUNT(verb_of); v++)
			assert_int_equal(result_fits(verb_of[v], all[i].result),
			    strchr(all[i].answers, verbs[v]) != NULL);
	assert_false(result_fits(TILL_QUERY, (enum till_result)RESULTS_END));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_result_is_of_its_facilities_alone),
		cmocka_unit_test(test_what_is_no_result_has_no_name),
		cmocka_unit_test(test_results_fit_the_verbs_that_they_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

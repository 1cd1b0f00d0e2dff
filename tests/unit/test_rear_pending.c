/*
 * test_rear_pending.c - how long a request waits for an answer that comes
 * later, and what crosses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/ledgers.h"
#include "support/rears.h"

#define MANY 100

static struct rears rears;
static struct said said, again;

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
begin(const char *patience, const char *bank)
{
	char conf[512];

	(void)snprintf(conf, sizeof(conf),
	    "set pending-after %s\n"
	    "module bank settle_mock journal=@DIR@/bank %s\n"
	    "auth requisite pin\n"
	    "settle route bank\n"
	    "settle refuse \"not handled\"\n",
	    patience, bank);
	rears_begin(&rears, conf);
}

static void
a_quick_answer_is_waited_for(void **state)
{
	struct asked asked;
	char *token;

	(void)state;
	begin("20s", "async=yes delay=300ms");
	token = rears_token(&rears, "q1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	assert_int_equal(rears_bank_calls(&rears, TILL_QUERY), 0);
	free(token);
}

static void
a_slow_answer_is_not(void **state)
{
	struct asked asked;
	char *token;

	(void)state;
	begin("100ms", "async=yes delay=1500ms");
	token = rears_token(&rears, "q2", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	rears_wait_end(&rears, said.conversation, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	assert_int_equal(rears_bank_calls(&rears, TILL_QUERY), 0);
	free(token);
}

/* At the very moment when the front is told. */
static void
answers_cross_the_word_that_they_are_late(void **state)
{
	char jti[16], *token;
	struct asked asked;
	size_t i;

	(void)state;
	begin("50ms", "async=yes delay=60ms");
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "x%zu", i);
		token = rears_token(&rears, jti, EURO(11));
		asked = rears_pay(token, "alice", REARS_PASSWORD);
		rears_ask(&rears, &asked, &said);
		if (said.status == STATUS_PENDING)
			rears_wait_state(&rears, jti, ORDER_PAID);
		else
			assert_int_equal(said.status, STATUS_PAID);
		free(token);
	}
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_quick_answer_is_waited_for,
		    teardown),
		cmocka_unit_test_teardown(a_slow_answer_is_not, teardown),
		cmocka_unit_test_teardown(
		    answers_cross_the_word_that_they_are_late, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

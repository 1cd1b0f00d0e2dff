/*
 * test_rear_freeze.c - customers who stop their own payments.
 *
 * What was confirmed before is settled; what was not is refused, and the
 * customer is told that it was himself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include <pthread.h>

#include "rear/unit.h"
#include "support/accounts.h"
#include "support/gate.h"
#include "support/ledgers.h"

/* The bank answers when the gate is opened, so that something can come
 * between. */
#define SLOW_BANK                                                              \
	"module slow settle_gate gate=@DIR@/gate calls=@DIR@/calls "           \
	"timeout=120s\n"                                                       \
	"policy veto caps\n"                                                   \
	"auth requisite pin\n"                                                 \
	"settle route slow when amount > 10.00 EUR\n"                          \
	"settle refuse \"not handled\"\n"

static struct rears rears;
static struct said said;
static struct told told;
static char session[129];

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	return 0;
}

static int
setup_slow(void **state)
{
	(void)state;
	rears_begin(&rears, SLOW_BANK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
ask(const char *command)
{
	accounts_ask(&rears, session, command, NULL, &told);
}

static void
freeze(void)
{
	accounts_sign_in(&rears, "alice", session);
	ask("account.freeze");
	assert_int_equal(told.exit, EX_OK);
}

static void
pay(const char *jti, int64_t micro)
{
	char *token = rears_token(&rears, jti, micro);
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	free(token);
}

static void
a_frozen_account_pays_nothing_until_it_is_thawed(void **state)
{
	char *token = rears_token(&rears, "f1", EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	(void)state;
	accounts_sign_in(&rears, "alice", session);
	ask("account.freeze");
	assert_int_equal(told.exit, EX_OK);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "frozen");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	/* The one who froze it is still signed in, and anybody can be. */
	ask("account.show");
	assert_non_null(strstr(told.json, "\"frozen\""));
	accounts_sign_in(&rears, "alice", session);
	ask("account.unfreeze");
	assert_int_equal(told.exit, EX_OK);
	pay("f2", EURO(1));
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
}

static void
who_pays_the_frozen_way_again_gets_what_was_paid(void **state)
{
	char *token = rears_token(&rears, "g1", EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	struct said again;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	accounts_sign_in(&rears, "alice", session);
	ask("account.freeze");
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	free(token);
}

static void
a_freeze_and_a_suspension_are_two_things(void **state)
{
	(void)state;
	freeze();
	accounts_suspend(&rears, "alice", true);
	ask("account.unfreeze");
	assert_string_equal(told.code, "no-session");
	pay("t1", EURO(1));
	assert_string_equal(said.code, "auth");
	/* The operator lifts his; the customer's own holds. */
	accounts_suspend(&rears, "alice", false);
	pay("t2", EURO(1));
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "frozen");
	ask("account.show");
	assert_non_null(strstr(told.json, "\"status\":\"frozen\""));
	assert_non_null(strstr(told.json, "\"frozen\":true"));
	ask("account.unfreeze");
	assert_int_equal(told.exit, EX_OK);
	pay("t3", EURO(1));
	assert_int_equal(said.status, STATUS_PAID);
	/* And his word does not lift the operator's. */
	accounts_suspend(&rears, "alice", true);
	pay("t4", EURO(1));
	assert_string_equal(said.code, "auth");
}

static void
who_looked_before_the_freeze_is_refused_when_he_pays(void **state)
{
	char *token = rears_token(&rears, "b1", EURO(1));
	struct asked asked = rears_browse(ACTION_VIEW, token, NULL);

	(void)state;
	accounts_sign_in(&rears, "alice", session);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	ask("account.freeze");
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	asked.session = session; /* it froze, and goes on */
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "frozen");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	assert_int_equal(rears_order(&rears, "b1").state, ORDER_REFUSED);
	free(token);
}

static void *
pay_slowly(void *arg)
{
	struct asked *asked = arg;

	rears_ask(&rears, asked, &said);
	return NULL;
}

static void
what_was_confirmed_before_the_freeze_is_settled(void **state)
{
	char *token = rears_token(&rears, "c1", EURO(20));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	pthread_t thread;

	(void)state;
	accounts_sign_in(&rears, "alice", session);
	assert_int_equal(pthread_create(&thread, NULL, pay_slowly, &asked), 0);
	gate_wait_calls(&rears, 1);
	ask("account.freeze");
	assert_int_equal(told.exit, EX_OK);
	assert_int_equal(rears_order(&rears, "c1").state, ORDER_INTENT);
	gate_open(&rears);
	/* Whoever has confirmed it is told the end, and asked nothing. */
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(gate_calls(&rears), 1);
	free(token);
	pay("c2", EURO(20));
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "frozen");
	assert_int_equal(gate_calls(&rears), 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_frozen_account_pays_nothing_until_it_is_thawed),
		TEST(who_pays_the_frozen_way_again_gets_what_was_paid),
		TEST(a_freeze_and_a_suspension_are_two_things),
		TEST(who_looked_before_the_freeze_is_refused_when_he_pays),
		cmocka_unit_test_setup_teardown(
		    what_was_confirmed_before_the_freeze_is_settled, setup_slow,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

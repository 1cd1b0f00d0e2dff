/*
 * test_rear_sessions.c - where a customer is signed in, how he ends it, and how
 * long a sign-in may take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "rear/run.h"
#include "support/accounts.h"

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
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
ask(const char *command, const char *args)
{
	accounts_ask(&rears, session, command, args, &told);
}

static void
is_refused(const char *command, const char *args, const char *code)
{
	ask(command, args);
	assert_int_not_equal(told.exit, EX_OK);
	assert_string_equal(told.code, code);
	assert_string_equal(told.json, "");
}

static void
sessions_are_listed_and_ended(void **state)
{
	char other[129], bobs[129];

	(void)state;
	accounts_sign_in(&rears, "bob", bobs);
	accounts_sign_in(&rears, "alice", other);
	accounts_sign_in(&rears, "alice", session);
	ask("account.security", NULL);
	assert_non_null(strstr(told.json, "\"may\":[]"));
	assert_non_null(strstr(told.json, "\"this\":true"));
	assert_non_null(strstr(told.json, "\"this\":false"));
	assert_null(strstr(told.json, session));
	is_refused("account.sign-out", "{\"customer\":\"bob\"}", "bad-request");
	ask("account.sign-out", NULL);
	assert_int_equal(told.exit, EX_OK);
	is_refused("account.show", NULL, "no-session");
	memcpy(session, other, sizeof(other));
	is_refused("account.show", NULL, "no-session");
	memcpy(session, bobs, sizeof(bobs));
	ask("account.security", NULL);
	assert_int_equal(told.exit, EX_OK);
	assert_null(strstr(told.json, "\"this\":false"));
}

static void
a_sign_in_does_not_last(void **state)
{
	struct conversation *conversation = NULL;
	struct conversation_waiter waiter;
	struct purchase *purchase;
	char kept[129];

	(void)state;
	accounts_step(&rears, NULL, "alice", NULL, &said);
	memcpy(kept, said.conversation, sizeof(kept));
	runs_wait(rears.rear->runs); /* the step has given it back */
	assert_int_equal(conversations_take(rears.rear->sign_ins, kept,
			     clock_ms(), &waiter, &conversation),
	    CONVERSATION_TAKEN);
	purchase = conversation->content;
	assert_int_equal(purchase->ticket->exp - purchase->ticket->iat, 600);
	purchase->ticket->exp = wall_s();
	(void)conversations_give(rears.rear->sign_ins, conversation,
	    clock_ms());
	accounts_step(&rears, kept, NULL, REARS_PASSWORD, &said);
	assert_int_equal(said.status, STATUS_GONE);
	assert_string_equal(said.session, "");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(sessions_are_listed_and_ended),
		TEST(a_sign_in_does_not_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

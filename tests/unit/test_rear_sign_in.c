/*
 * test_rear_sign_in.c - signing in without an order, and what a customer
 * may then ask of his account, through a whole rear unit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>
#include <jansson.h>

#include "rear/clock.h"
#include "rear/unit.h"
#include "support/accounts.h"
#include "support/ledgers.h"

#define WRONG_MAX 8 /* wrong passwords until nobody asks any more */

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
step(const char *conversation, const char *cid, const char *password)
{
	accounts_step(&rears, conversation, cid, password, &said);
}

static void
sign_in(const char *cid)
{
	accounts_sign_in(&rears, cid, session);
}

static void
ask(const char *command, const char *args)
{
	accounts_ask(&rears, session, command, args, &told);
}

static uint64_t
pay(const char *jti)
{
	char *token = rears_token(&rears, jti, EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
	return said.txn;
}

static void
who_shows_a_password_sees_an_account_and_buys_nothing(void **state)
{
	uint64_t serial = rears_serial(&rears);

	(void)state;
	sign_in("alice");
	assert_int_equal(rears_serial(&rears), serial);
	ask("account.show", NULL);
	assert_int_equal(told.exit, EX_OK);
	assert_non_null(strstr(told.json, "\"customer\":\"alice\""));
	assert_non_null(strstr(told.json, "50.00"));
	assert_null(strstr(told.json, "$y$"));
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
}

static void
a_wrong_password_is_asked_for_again_until_it_is_enough(void **state)
{
	unsigned int i;

	(void)state;
	step(NULL, "alice", NULL);
	for (i = 0; said.status == STATUS_PROMPTS && i < WRONG_MAX; i++)
		step(said.conversation, NULL, "wrong");
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "auth");
	assert_string_equal(said.session, "");
	assert_string_equal(said.voucher, "");
}

static void
nobody_can_tell_who_is_a_customer(void **state)
{
	struct said first;

	(void)state;
	step(NULL, "alice", NULL);
	step(said.conversation, NULL, "wrong");
	first = said;
	step(NULL, "nobody-at-all", NULL);
	step(said.conversation, NULL, "wrong");
	assert_int_equal(said.status, first.status);
	assert_string_equal(said.code, first.code);
	assert_string_equal(said.prompt, first.prompt);
	assert_int_equal(said.prompts, first.prompts);
	/* Carol is suspended, and knows her password. */
	step(NULL, "carol", NULL);
	step(said.conversation, NULL, REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "auth");
	assert_string_equal(said.session, "");
}

static void
a_payments_session_opens_no_account_but_spares_the_password(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	char first[129];

	(void)state;
	rears_sign_in(&rears, "alice", "s1", session);
	ask("account.show", NULL);
	assert_int_equal(told.exit, EX_NOPERM);
	assert_string_equal(told.code, "no-session");
	assert_string_equal(told.json, "");
	/* The stack asks no more of a sign-in than of a payment here. */
	memcpy(first, session, sizeof(first));
	asked.session = first;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	assert_string_equal(said.customer, "alice");
	assert_string_equal(said.session, "");
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	assert_string_not_equal(said.session, first);
	memcpy(session, said.session, sizeof(session));
	ask("account.show", NULL);
	assert_int_equal(told.exit, EX_OK);
	/* The older name is worth nothing any more. */
	memcpy(session, first, sizeof(session));
	ask("account.show", NULL);
	assert_string_equal(told.code, "no-session");
}

static void
a_fresh_sign_in_takes_no_sessions_word(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	char first[129];

	(void)state;
	sign_in("alice");
	memcpy(first, session, sizeof(first));
	asked.session = first;
	asked.fresh = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "alice");
	asked = rears_browse(ACTION_SIGN_IN, NULL, said.conversation);
	asked.session = first;
	asked.want_session = true;
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
}

static void
actions_of_orders_and_of_sign_ins_are_kept_apart(void **state)
{
	char *token = rears_token(&rears, "apart", EURO(1));
	struct asked asked;

	(void)state;
	step(NULL, "alice", NULL);
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_GONE);
	asked = rears_browse(ACTION_VIEW, token, NULL);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	step(said.conversation, "alice", REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_GONE);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

/* Anybody may begin them, and payments have their own. */
static void
sign_ins_take_no_room_from_payments(void **state)
{
	const size_t orders = conversations_len(rears.rear->conversations);
	const size_t sign_ins = conversations_len(rears.rear->sign_ins);
	size_t i;

	(void)state;
	for (i = 0; i < 20; i++) {
		step(NULL, NULL, NULL);
		assert_int_equal(said.status, STATUS_PROMPTS);
		assert_string_equal(said.prompt, "password");
		assert_string_equal(said.conversation, "");
	}
	assert_int_equal(conversations_len(rears.rear->sign_ins), sign_ins);
	/* Who answers has begun one only if more is asked. */
	step(NULL, "alice", REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	for (i = 0; i < 20; i++)
		step(NULL, "alice", NULL);
	assert_int_equal(conversations_len(rears.rear->sign_ins),
	    sign_ins + 20);
	assert_int_equal(conversations_len(rears.rear->conversations), orders);
}

static void
a_receipt_is_of_ones_own_payments_alone(void **state)
{
	uint64_t serial = pay("r1");
	char args[64];

	(void)state;
	(void)snprintf(args, sizeof(args), "{\"serial\":%llu}",
	    (unsigned long long)serial);
	sign_in("alice");
	ask("account.receipt", args);
	assert_int_equal(told.exit, EX_OK);
	assert_non_null(strstr(told.json, "\"jti\":\"r1\""));
	assert_non_null(strstr(told.json, "\"voucher\":\"ey"));
	assert_non_null(strstr(told.json, "\"ticket\":\"ey"));
	ask("account.statement", "{}");
	assert_int_equal(told.exit, EX_OK);
	assert_non_null(strstr(told.json, "\"jti\":\"r1\""));
	sign_in("bob");
	ask("account.receipt", args);
	assert_string_equal(told.code, "not-found");
	ask("account.receipt", "{\"serial\":4711}");
	assert_string_equal(told.code, "not-found");
	ask("account.receipt", "{\"serial\":999999999999999999}");
	assert_string_equal(told.code, "not-found");
	/* A number that no program can read, and what is no object. */
	ask("account.receipt", "{\"serial\":9999999999999999999}");
	assert_string_equal(told.code, "bad-request");
	ask("account.receipt", "[1]");
	assert_string_equal(told.code, "bad-request");
	ask("account.receipt", "{\"serial\":\"1\"}");
	assert_string_equal(told.code, "bad-request");
	ask("account.statement", "{}");
	assert_null(strstr(told.json, "\"jti\":\"r1\""));
}

static void
whose_account_it_is_cannot_be_said(void **state)
{
	(void)state;
	sign_in("bob");
	ask("account.show", "{\"customer\":\"alice\"}");
	assert_string_equal(told.code, "bad-request");
	assert_string_equal(told.json, "");
	ask("customer.show", "{}");
	assert_int_equal(told.exit, EX_USAGE);
	ask("topup", "{\"amount\":\"5.00 EUR\"}");
	assert_int_equal(told.exit, EX_USAGE);
	assert_int_equal(rears_balance(&rears, "wallet:bob"), EURO(50));
}

static void
a_session_makes_no_other_way_in(void **state)
{
	(void)state;
	sign_in("bob");
	ask("account.passwd", "{}");
	assert_int_equal(told.exit, EX_NOINPUT);
	ask("account.token", "{\"create\":true,\"label\":\"mine\"}");
	assert_int_equal(told.exit, EX_USAGE);
	ask("account.key", "{\"new-key\":\"{}\"}");
	assert_int_equal(told.exit, EX_USAGE);
	ask("account.token", "{}");
	assert_int_equal(told.exit, EX_USAGE);
}

static void
an_ended_session_answers_in_no_conversation(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	char older[129], conversation[129];

	(void)state;
	sign_in("alice");
	memcpy(older, session, sizeof(older));
	asked.session = older;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	memcpy(conversation, said.conversation, sizeof(conversation));
	sign_in("alice");
	ask("account.freeze", NULL); /* ends the older one */
	assert_int_equal(told.exit, EX_OK);
	asked = rears_browse(ACTION_SIGN_IN, NULL, conversation);
	asked.want_session = true; /* no session, no password */
	rears_ask(&rears, &asked, &said);
	assert_int_not_equal(said.status, STATUS_SIGNED_IN);
}

/* Who knows only a conversation's name has no account by it. */
static void
a_conversation_signs_in_once(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	char conversation[129];

	(void)state;
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	memcpy(conversation, said.conversation, sizeof(conversation));
	asked = rears_browse(ACTION_SIGN_IN, NULL, conversation);
	asked.customer = "alice";
	asked.password = REARS_PASSWORD;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	asked.password = NULL;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.session, "");
	asked.customer = NULL;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.session, "");
}

static void
an_ended_session_pays_in_no_conversation(void **state)
{
	char *token = rears_token(&rears, "ended", EURO(1));
	struct asked asked = rears_browse(ACTION_VIEW, token, NULL);

	(void)state;
	sign_in("alice");
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	rear_customer_changed(rears.rear, "alice", NULL);
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.balance, "");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
}

static struct session
session_now(const char *secret)
{
	unsigned char name[SESSION_NAME_SIZE];
	struct session found;

	assert_int_equal(session_name(secret, name), 0);
	assert_true(session_table_find(rears.rear->sessions, name, clock_ms(),
	    INT64_MAX, INT64_MAX, &found));
	return found;
}

static void
a_sessions_time_begins_with_a_fresh_sign_in_alone(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	char first[129];
	int64_t began;

	(void)state;
	sign_in("alice");
	began = session_now(session).created_ms;
	while (clock_ms() == began)
		;
	memcpy(first, session, sizeof(first));
	asked.session = first;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	assert_true(session_now(said.session).created_ms == began);
	memcpy(first, said.session, sizeof(first));
	asked.fresh = true;
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	assert_true(session_now(said.session).created_ms > began);
	assert_int_equal(session_now(said.session).grants_len, 1);
}

static void
a_session_multiplies_by_nothing(void **state)
{
	static struct asked asked[8];
	static struct said answers[8];
	size_t before, i, in = 0;

	(void)state;
	sign_in("alice");
	before = session_table_len(rears.rear->sessions);
	for (i = 0; i < 8; i++) {
		asked[i] = rears_browse(ACTION_SIGN_IN, NULL, NULL);
		asked[i].session = session;
		asked[i].want_session = true;
	}
	rears_ask_all(&rears, asked, answers, 8);
	for (i = 0; i < 8; i++)
		in += answers[i].status == STATUS_SIGNED_IN;
	assert_int_equal(in, 1);
	assert_int_equal(session_table_len(rears.rear->sessions), before);
}

static void
the_suspended_have_no_account(void **state)
{
	(void)state;
	sign_in("alice");
	accounts_suspend(&rears, "alice",
	    true); /* and nobody has ended his sessions yet */
	ask("account.show", NULL);
	assert_int_equal(told.exit, EX_NOPERM);
	assert_string_equal(told.code, "no-session");
	assert_string_equal(told.json, "");
	ask("account.unfreeze", NULL);
	assert_string_equal(told.code, "no-session");
	accounts_suspend(&rears, "alice", false);
	ask("account.show", NULL);
	assert_int_equal(told.exit, EX_OK);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(who_shows_a_password_sees_an_account_and_buys_nothing),
		TEST(an_ended_session_answers_in_no_conversation),
		TEST(a_conversation_signs_in_once),
		TEST(an_ended_session_pays_in_no_conversation),
		TEST(a_sessions_time_begins_with_a_fresh_sign_in_alone),
		TEST(a_session_multiplies_by_nothing),
		TEST(the_suspended_have_no_account),
		TEST(a_wrong_password_is_asked_for_again_until_it_is_enough),
		TEST(nobody_can_tell_who_is_a_customer),
		TEST(
		    a_payments_session_opens_no_account_but_spares_the_password),
		TEST(a_fresh_sign_in_takes_no_sessions_word),
		TEST(sign_ins_take_no_room_from_payments),
		TEST(actions_of_orders_and_of_sign_ins_are_kept_apart),
		TEST(a_receipt_is_of_ones_own_payments_alone),
		TEST(whose_account_it_is_cannot_be_said),
		TEST(a_session_makes_no_other_way_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

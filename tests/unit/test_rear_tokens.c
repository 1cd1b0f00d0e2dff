/*
 * test_rear_tokens.c - what auth modules state of a day is kept to, however
 * many payments there are at once and whatever becomes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth_token/token.h"
#include "rear/clock.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define MANY 40
#define USUAL                                                                  \
	"module token auth_token\n"                                            \
	"auth requisite token\nsettle route wallet\nsettle refuse \"no\"\n"

static struct rears rears;
static struct said said, many[MANY];

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

/* Give alice a token of so much a day; text has TOKEN_LEN octets. */
static void
give(int64_t day_micro, int64_t count, char text[TOKEN_LEN + 1])
{
	struct token_record record = { .caps = { .each = { EURO(20), "EUR" },
					   .day = { day_micro, "EUR" },
					   .count = count,
					   .channel = TOKEN_ANY,
					   .expires_s = INT64_C(4922294400) } };
	char id[TOKEN_ID_MAX], kept[TOKEN_RECORD_MAX];
	struct till_credential credential = { .size = sizeof(credential),
		.secret = 1,
		.id = id,
		.label = "" };
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = "token",
		.cid = "alice",
		.credential = &credential,
		.actor = "test" };

	assert_int_equal(token_make(text, id, record.hash), 0);
	assert_int_equal(token_record_print(&record, kept), 0);
	credential.data.data = (const unsigned char *)kept;
	credential.data.len = strlen(kept);
	if (ledger_apply(rear_ledger(rears.rear), &request) != LEDGER_DONE)
		fail_msg("the token: %s", request.err.text);
}

static struct asked
paying(const char *ticket, const char *token)
{
	return (struct asked){ .action = ACTION_PAY,
		.ticket = ticket,
		.channel = "api",
		.customer = "alice",
		.password = token,
		.prompt = "token" };
}

static void
pay(const char *jti, int64_t micro, const char *token)
{
	char *ticket = rears_token(&rears, jti, micro);
	struct asked asked = paying(ticket, token);

	rears_ask(&rears, &asked, &said);
	free(ticket);
}

static void
is_over_the_limit(void)
{
	rears_is_refusal(&rears, &said, TILL_REASON_LIMIT);
	assert_string_equal(said.code, "limit");
}

/* So many of MANY of a euro each; then all of them once more. */
static void
side_by_side(const char *token, size_t fit)
{
	char jti[16], *ticket[MANY];
	struct asked asked[MANY];
	size_t i, paid = 0;

	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "d%zu", i);
		ticket[i] = rears_token(&rears, jti, EURO(1));
		asked[i] = paying(ticket[i], token);
	}
	rears_ask_all(&rears, asked, many, MANY);
	for (i = 0; i < MANY; i++) {
		while (many[i].status == STATUS_BUSY)
			rears_ask(&rears, &asked[i], &many[i]);
		paid += many[i].status == STATUS_PAID;
		if (many[i].status == STATUS_PAID)
			continue;
		assert_int_equal(many[i].status, STATUS_REFUSED);
		assert_string_equal(many[i].reason, "limit");
	}
	assert_int_equal(paid, fit);
	for (i = 0; i < MANY; i++) {
		rears_ask(&rears, &asked[i], &said);
		assert_int_equal(said.status, many[i].status);
		assert_int_equal(said.txn, many[i].txn);
		free(ticket[i]);
	}
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - (int64_t)fit * EURO(1));
}

static void
payments_side_by_side_keep_to_the_sum_of_a_token(void **state)
{
	char token[TOKEN_LEN + 1];

	(void)state;
	rears_begin(&rears, USUAL);
	give(EURO(11) - 1, -1, token);
	side_by_side(token, 10);
}

static void
payments_side_by_side_keep_to_the_number_of_a_token(void **state)
{
	char token[TOKEN_LEN + 1];

	(void)state;
	rears_begin(&rears, USUAL);
	give(EURO(100), 7, token);
	side_by_side(token, 7);
}

/* Guards that look at counters begin orders anew meanwhile. */
static void
orders_that_begin_anew_keep_to_it_too(void **state)
{
	char token[TOKEN_LEN + 1];

	(void)state;
	rears_begin(&rears,
	    "module token auth_token\n"
	    "auth requisite token\n"
	    "settle refuse \"so many\" when since-strong.count > 1000\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	give(EURO(9), -1, token);
	side_by_side(token, 9);
}

static void
each_token_has_a_day_of_its_own(void **state)
{
	char one[TOKEN_LEN + 1], two[TOKEN_LEN + 1];

	(void)state;
	rears_begin(&rears, USUAL);
	give(EURO(2), -1, one);
	give(EURO(3), -1, two);
	pay("o1", EURO(2), one);
	assert_int_equal(said.status, STATUS_PAID);
	pay("o2", EURO(1), one);
	is_over_the_limit();
	pay("o3", EURO(3), two);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
what_the_bank_declined_is_not_of_the_day(void **state)
{
	char token[TOKEN_LEN + 1];

	(void)state;
	rears_begin(&rears,
	    "module token auth_token\n"
	    "module bank settle_mock script=\"20.00:declined,committed\"\n"
	    "auth requisite token\nsettle route bank\nsettle refuse \"no\"\n");
	give(EURO(25), -1, token);
	pay("b1", EURO(20), token);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "funds");
	pay("b2", EURO(20), token);
	assert_int_equal(said.status, STATUS_PAID);
	pay("b3", EURO(6), token);
	is_over_the_limit();
}

/* The room is looked at when it pays, not when the token was given. */
static void
a_grant_of_before_holds_no_room(void **state)
{
	char token[TOKEN_LEN + 1], conversation[129];
	struct asked asked;

	(void)state;
	rears_begin(&rears,
	    "module token auth_token\n"
	    "auth requisite token\n"
	    "auth requisite pin when amount < 2.00 EUR\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	give(EURO(3), -1, token);
	pay("g1", EURO(1), token);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.prompt, "password");
	memcpy(conversation, said.conversation, sizeof(conversation));
	pay("g2", EURO(3), token);
	assert_int_equal(said.status, STATUS_PAID);
	asked = (struct asked){ .action = ACTION_PAY,
		.conversation = conversation,
		.password = REARS_PASSWORD };
	rears_ask(&rears, &asked, &said);
	is_over_the_limit();
}

/* A line that granted nothing limits nothing. */
static void
who_pays_by_password_is_not_limited_by_tokens(void **state)
{
	char token[TOKEN_LEN + 1], conversation[129];
	struct asked asked;

	(void)state;
	rears_begin(&rears,
	    "module token auth_token\n"
	    "auth sufficient token\nauth sufficient pin\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	give(EURO(2), -1, token);
	pay("p1", EURO(2), token);
	assert_int_equal(said.status, STATUS_PAID);
	pay("p2", EURO(5), "");
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.prompt, "password");
	memcpy(conversation, said.conversation, sizeof(conversation));
	asked = (struct asked){ .action = ACTION_PAY,
		.conversation = conversation,
		.password = REARS_PASSWORD };
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	pay("p3", EURO(1), token);
	is_over_the_limit();
}

static void
no_session_is_opened_by_a_token(void **state)
{
	char token[TOKEN_LEN + 1], *ticket;
	struct asked asked;

	(void)state;
	rears_begin(&rears, USUAL);
	give(EURO(2), -1, token);
	ticket = rears_token(&rears, "s1", EURO(1));
	asked = paying(ticket, token);
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.session, "");
	free(ticket);
}

#define TOKENS(test) cmocka_unit_test_teardown(test, teardown)

static void
what_a_token_shows_is_for_payments_and_opens_no_account(void **state)
{
	struct asked asked = { .action = ACTION_SIGN_IN,
		.channel = "browser",
		.customer = "alice",
		.prompt = "token",
		.want_session = true };
	char token[TOKEN_LEN + 1];

	(void)state;
	rears_begin(&rears, USUAL);
	give(EURO(5), 0, token);
	asked.password = token;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.session, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TOKENS(payments_side_by_side_keep_to_the_sum_of_a_token),
		TOKENS(payments_side_by_side_keep_to_the_number_of_a_token),
		TOKENS(orders_that_begin_anew_keep_to_it_too),
		TOKENS(each_token_has_a_day_of_its_own),
		TOKENS(what_the_bank_declined_is_not_of_the_day),
		TOKENS(a_grant_of_before_holds_no_room),
		TOKENS(who_pays_by_password_is_not_limited_by_tokens),
		TOKENS(no_session_is_opened_by_a_token),
		TOKENS(what_a_token_shows_is_for_payments_and_opens_no_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

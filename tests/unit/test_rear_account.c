/*
 * test_rear_account.c - what changes something in a customer's account, and
 * what is asked before and after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "auth_token/token.h"
#include "ctl/account.h"
#include "rear/clock.h"
#include "rear/unit.h"
#include "support/accounts.h"
#include "support/ledgers.h"

/* Programs pay by a token, and people by their password. */
#define WITH_TOKENS                                                            \
	"module token auth_token\n"                                            \
	"policy veto caps\n"                                                   \
	"auth requisite token when channel == api\n"                           \
	"auth requisite pin when channel == browser\n"                         \
	"settle route wallet\n"                                                \
	"settle refuse \"not handled\"\n"

static struct rears rears;
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
setup_tokens(void **state)
{
	(void)state;
	rears_begin(&rears, WITH_TOKENS);
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

/* As a sign-in so many seconds ago has opened it. */
static void
signed_in(int64_t ago_s)
{
	struct session_table *sessions = rears.rear->sessions;
	struct session of = { .cid = "alice", .created_ms = clock_ms() };
	char secret[SESSION_SECRET_MAX];

	of.epoch = session_table_epoch(sessions, "alice");
	of.signed_in_s = wall_s() - ago_s;
	assert_int_equal(session_table_open(sessions, &of, clock_ms(), secret),
	    0);
	(void)snprintf(session, sizeof(session), "%s", secret);
}

static void
what_asks_for_a_recent_sign_in_takes_none_of_tomorrow(void **state)
{
	(void)state;
	signed_in(ACCOUNT_RECENT_S - 10);
	ask("account.unfreeze", NULL);
	assert_int_equal(told.exit, EX_OK);
	signed_in(ACCOUNT_RECENT_S + 1);
	ask("account.unfreeze", NULL);
	assert_string_equal(told.code, "sign-in-again");
	/* The clock was put back since. */
	signed_in(-3600);
	ask("account.unfreeze", NULL);
	assert_string_equal(told.code, "sign-in-again");
	ask("account.show", NULL);
	assert_int_equal(told.exit, EX_OK);
}

/* Gives alice a token; its id. */
static void
give_token(char id[TOKEN_ID_MAX])
{
	struct token_record record = { .caps = { .each = { EURO(20), "EUR" },
					   .day = { EURO(20), "EUR" },
					   .count = 9,
					   .channel = TOKEN_ANY,
					   .expires_s = INT64_C(4922294400) } };
	char text[TOKEN_LEN + 1], kept[TOKEN_RECORD_MAX];
	struct till_credential credential = { .size = sizeof(credential),
		.secret = 1,
		.id = id,
		.label = "mine" };
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = "token",
		.cid = "alice",
		.credential = &credential,
		.actor = "test" };

	assert_int_equal(token_make(text, id, record.hash), 0);
	assert_int_equal(token_record_print(&record, kept), 0);
	credential.data.data = (const unsigned char *)kept;
	credential.data.len = strlen(kept);
	assert_int_equal(ledger_apply(rears.rear->ledger, &request),
	    LEDGER_DONE);
}

/* The first answer may not have come: it was a double click, or the link
 * broke and the front asked once more. */
static void
what_is_revoked_twice_is_revoked(void **state)
{
	char id[TOKEN_ID_MAX], args[160];
	uint64_t serial;

	(void)state;
	give_token(id);
	accounts_sign_in(&rears, "alice", session);
	(void)snprintf(args, sizeof(args),
	    "{\"instance\":\"token\",\"revoke\":\"%s\"}", id);
	ask("account.token", args);
	assert_int_equal(told.exit, EX_OK);
	serial = rears_serial(&rears);
	ask("account.tokens", NULL);
	assert_null(strstr(told.json, id));
	ask("account.token", args);
	assert_int_equal(told.exit, EX_OK);
	assert_non_null(strstr(told.json, "\"done\":\"removed\""));
	ask("account.key", args);
	assert_int_equal(told.exit, EX_OK);
	assert_int_equal(rears_serial(&rears), serial);
}

static void
anothers_token_is_as_none(void **state)
{
	char id[TOKEN_ID_MAX], args[160];

	(void)state;
	give_token(id);
	(void)snprintf(args, sizeof(args),
	    "{\"instance\":\"token\",\"revoke\":\"%s\"}", id);
	accounts_sign_in(&rears, "bob", session);
	ask("account.token", args);
	assert_int_equal(told.exit, EX_OK);
	accounts_sign_in(&rears, "alice", session);
	ask("account.tokens", NULL);
	assert_non_null(strstr(told.json, id));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_TOKENS(f) cmocka_unit_test_setup_teardown(f, setup_tokens, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_asks_for_a_recent_sign_in_takes_none_of_tomorrow),
		TEST_TOKENS(what_is_revoked_twice_is_revoked),
		TEST_TOKENS(anothers_token_is_as_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

#include <pthread.h>
#include <unistd.h>

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

#define SLOW                                                                   \
	"module slow auth_mock ask=yes expect=\"" REARS_PASSWORD               \
	"\" delay=900ms\n"                                                     \
	"auth requisite slow\n"                                                \
	"settle route wallet\n"                                                \
	"settle refuse \"not handled\"\n"

#define SLOW_MS 900

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
setup_tokens(void **state)
{
	(void)state;
	rears_begin(&rears, WITH_TOKENS);
	return 0;
}

static int
setup_slow(void **state)
{
	(void)state;
	rears_begin(&rears, SLOW);
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

static void
payments_are_stopped_at_any_time_and_allowed_now_and_then(void **state)
{
	uint64_t serial;
	int i;

	(void)state;
	accounts_sign_in(&rears, "alice", session);
	for (i = 0; i < ACCOUNT_THAWS_MAX; i++) {
		ask("account.freeze", NULL);
		assert_int_equal(told.exit, EX_OK);
		ask("account.unfreeze", NULL);
		assert_int_equal(told.exit, EX_OK);
		ask("account.unfreeze", NULL); /* once more, by a resend */
		assert_int_equal(told.exit, EX_OK);
	}
	ask("account.freeze", NULL);
	assert_int_equal(told.exit, EX_OK);
	serial = rears_serial(&rears);
	for (i = 0; i < 20; i++) {
		ask("account.unfreeze", NULL);
		assert_string_equal(told.code, "busy");
		ask("account.freeze", NULL);
		assert_int_equal(told.exit, EX_OK);
	}
	assert_int_equal(rears_serial(&rears), serial);
	/* Others need not wait for it. */
	accounts_sign_in(&rears, "bob", session);
	ask("account.freeze", NULL);
	ask("account.unfreeze", NULL);
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

/* A look at a sign-in that takes no session's word. */
static void
begin(const char *with, char conversation[129])
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);

	asked.customer = "alice";
	asked.session = with;
	asked.fresh = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	memcpy(conversation, said.conversation, sizeof(said.conversation));
}

static void *
step(void *arg)
{
	rears_ask(&rears, arg, &said);
	return NULL;
}

/* The step takes SLOW_MS; who signs out meanwhile is out. */
static void
a_sign_in_on_its_way_does_not_outlive_a_sign_out(void **state)
{
	unsigned char name[SESSION_NAME_SIZE];
	char conversation[129];
	struct asked asked;
	pthread_t thread;

	(void)state;
	signed_in(0);
	begin(session, conversation);
	asked = rears_browse(ACTION_SIGN_IN, NULL, conversation);
	asked.session = session;
	asked.want_session = true;
	asked.password = REARS_PASSWORD;
	asked.prompt = "mock";
	assert_int_equal(pthread_create(&thread, NULL, step, &asked), 0);
	(void)usleep(SLOW_MS / 3 * 1000);
	assert_int_equal(session_name(session, name), 0);
	assert_true(session_table_end(rears.rear->sessions, name));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(said.status, STATUS_BUSY);
	assert_int_equal(session_table_len(rears.rear->sessions), 0);
	/* And what was granted in it is used up: it takes the password. */
	asked.session = asked.password = NULL;
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.session, "");
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_TOKENS(f)                                                         \
	cmocka_unit_test_setup_teardown(f, setup_tokens, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_asks_for_a_recent_sign_in_takes_none_of_tomorrow),
		TEST(payments_are_stopped_at_any_time_and_allowed_now_and_then),
		TEST_TOKENS(what_is_revoked_twice_is_revoked),
		TEST_TOKENS(anothers_token_is_as_none),
		cmocka_unit_test_setup_teardown(
		    a_sign_in_on_its_way_does_not_outlive_a_sign_out,
		    setup_slow, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

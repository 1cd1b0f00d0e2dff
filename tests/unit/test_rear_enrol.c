/*
 * test_rear_enrol.c - customers who make credentials of their own, and others
 * who would like to.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/ec.h>

#include "rear/clock.h"
#include "rear/unit.h"
#include "support/accounts.h"
#include "support/authenticator.h"
#include "support/ledgers.h"

#define STACKS                                                                 \
	"module card auth_smartcard max-tries=5 delay=1ms "                    \
	"origin=" AUTHENTICATOR_ORIGIN " decoys=@DIR@/decoys\n"                \
	"module program auth_token max-each=\"2.00 EUR\" "                     \
	"max-day=\"20.00 EUR\"\n"                                              \
	"module ear notify_mock journal=@DIR@/ear\n"                           \
	"policy veto caps\n"                                                   \
	"auth requisite program when channel == api\n"                         \
	"auth requisite pin when channel == browser\n"                         \
	"auth required card when amount > 100.00 EUR\n"                        \
	"settle route wallet when currency == EUR\n"                           \
	"settle refuse \"not handled\"\n"                                      \
	"notify try ear\n"
#define ENROLS "set enrol password passkey token\n" STACKS
#define NEW_PASSWORD "battery staple"
#define NEW_TOKEN                                                              \
	"{\"label\":\"robot\",\"each\":\"1.00 EUR\",\"day\":\"5.00 EUR\"}"

static struct rears rears;
static struct said said;
static struct told told;
static char session[129];
static struct authenticator key;

static void
begin(const char *stacks)
{
	static const char secret[] = "a secret of more than thirty-two octets";
	char path[160];
	int fd;

	rears_begin(&rears, rears_usual);
	(void)snprintf(path, sizeof(path), "%s/decoys", rears.dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, secret, sizeof(secret) - 1),
	    sizeof(secret) - 1);
	(void)close(fd);
	rears_configure(&rears, stacks);
	rears_stop(&rears);
	rears_start(&rears);
}

static int
setup(void **state)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	(void)state;
	assert_non_null(pkey);
	authenticator_init(&key, pkey, 32);
	key.count = 1;
	begin(ENROLS);
	return 0;
}

static int
setup_closed(void **state)
{
	(void)state;
	begin(STACKS);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	EVP_PKEY_free(key.key);
	key.key = NULL;
	return 0;
}

static void
ask(const char *command, const char *args, const char *secret)
{
	accounts_ask_with(&rears, session, command, args, secret, &told);
}

/* The first step of a sign-in to enrol, with the password. */
static void
begin_enrol(const char *cid, const char *password)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);

	asked.customer = cid;
	asked.enrol = true;
	asked.want_session = true;
	asked.password = password;
	rears_ask(&rears, &asked, &said);
}

/* A step more, with what the passkey signs. */
static void
use_passkey(struct authenticator_wish wish)
{
	struct asked asked =
	    rears_browse(ACTION_SIGN_IN, NULL, said.conversation);
	char *text;

	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_not_equal(said.challenge, "");
	if (wish.challenge == NULL)
		wish.challenge = said.challenge;
	key.count++;
	text = authenticator_assert(&key, &wish);
	asked.want_session = true;
	asked.prompt = "passkey";
	asked.password = text;
	rears_ask(&rears, &asked, &said);
	free(text);
}

static void
take_session(void)
{
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	memcpy(session, said.session, sizeof(session));
}

static void
enrol_as(const char *cid)
{
	begin_enrol(cid, REARS_PASSWORD);
	take_session();
}

/* What a browser makes of account.new-passkey's answer; freed with free. */
static char *
made_of(const struct told *asked)
{
	json_t *doc = json_loads(asked->json, 0, NULL), *data;
	const char *text = json_string_value(
	    json_object_get(json_object_get(doc, "prompt"), "data"));
	struct authenticator_wish wish = { 0 };
	char *made;

	assert_non_null(text);
	data = json_loads(text, 0, NULL);
	wish.challenge = json_string_value(json_object_get(data, "challenge"));
	assert_non_null(wish.challenge);
	made = authenticator_register(&key, &wish);
	json_decref(data);
	json_decref(doc);
	return made;
}

static void
add_passkey(void)
{
	char *made;

	ask("account.new-passkey", NULL, NULL);
	assert_int_equal(told.exit, EX_OK);
	made = made_of(&told);
	ask("account.passkey", "{\"label\":\"telephone\"}", made);
	assert_int_equal(told.exit, EX_OK);
	free(made);
}

static void
is_refused(const char *command, const char *args, const char *secret,
    const char *code)
{
	ask(command, args, secret);
	assert_int_not_equal(told.exit, EX_OK);
	assert_string_equal(told.code, code);
	assert_string_equal(told.json, "");
	assert_string_equal(told.secret, "");
}

/* How often its lines have it; the events are told by another thread. */
static size_t
heard(const char *type, size_t wanted)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;
	char path[160], line[256];
	size_t n;
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/ear", rears.dir);
	do {
		n = 0;
		in = fopen(path, "r");
		while (in != NULL && fgets(line, sizeof(line), in) != NULL)
			n += strstr(line, type) != NULL;
		if (in != NULL)
			(void)fclose(in);
	} while (n < wanted && clock_ms() < until && usleep(10000) == 0);
	return n;
}

static void
nothing_is_made_where_the_operator_has_not_said_so(void **state)
{
	(void)state;
	enrol_as("alice");
	ask("account.security", NULL, NULL);
	assert_non_null(strstr(told.json, "\"may\":[]"));
	is_refused("account.may", "{\"what\":\"password\"}", NULL, "not-found");
	is_refused("account.passwd", NULL, NEW_PASSWORD, "not-found");
	is_refused("account.new-token", NEW_TOKEN, NULL, "not-found");
	is_refused("account.new-passkey", NULL, NULL, "not-found");
	is_refused("account.passkey", NULL, "{}", "not-found");
	accounts_sign_in(&rears, "alice", session);
}

static void
no_other_sign_in_is_one_to_enrol(void **state)
{
	static const char *const commands[][2] = {
		{ "account.may", "{\"what\":\"token\"}" },
		{ "account.passwd", NULL },
		{ "account.new-token", NEW_TOKEN },
		{ "account.new-passkey", NULL },
		{ "account.passkey", NULL },
		{ "account.key", "{\"instance\":\"card\",\"revoke\":\"x\"}" },
	};
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	size_t i;
	int fresh;

	(void)state;
	accounts_sign_in(&rears, "alice", session);
	for (fresh = 0; fresh < 2; fresh++) {
		for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			is_refused(commands[i][0], commands[i][1], NEW_PASSWORD,
			    "sign-in-to-enrol");
		asked.customer = "alice";
		asked.password = REARS_PASSWORD;
		asked.fresh = asked.want_session = true;
		rears_ask(&rears, &asked, &said);
		take_session();
	}
	accounts_sign_in(&rears, "alice", session);
}

static void
no_session_answers_in_a_sign_in_to_enrol(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);

	(void)state;
	enrol_as("alice");
	asked.session = session;
	asked.enrol = asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.prompt, "password");
}

/* Five minutes later, and a clock that was put back. */
static void
a_stale_sign_in_is_none(void **state)
{
	static const int64_t ages_s[] = { 301, 3600, -60 };
	struct session older = { .signed_in_s = wall_s() };
	size_t i;

	(void)state;
	(void)snprintf(older.cid, sizeof(older.cid), "alice");
	older.created_ms = clock_ms();
	for (i = 0; i < sizeof(ages_s) / sizeof(ages_s[0]); i++) {
		older.enrol_s = wall_s() - ages_s[i];
		older.epoch =
		    session_table_epoch(rears.rear->sessions, "alice");
		assert_int_equal(session_table_open(rears.rear->sessions,
				     &older, clock_ms(), session),
		    0);
		is_refused("account.passwd", NULL, NEW_PASSWORD,
		    "sign-in-to-enrol");
	}
	older.enrol_s = wall_s() - 200;
	assert_int_equal(session_table_open(rears.rear->sessions, &older,
			     clock_ms(), session),
	    0);
	ask("account.passwd", NULL, NEW_PASSWORD);
	assert_int_equal(told.exit, EX_OK);
}

static void
a_new_password_ends_all_other_sessions(void **state)
{
	char other[129];

	(void)state;
	accounts_sign_in(&rears, "alice", other);
	enrol_as("alice");
	is_refused("account.passwd", NULL, NULL, "bad-request");
	is_refused("account.passwd", NULL, "short", "bad-request");
	ask("account.passwd", NULL, NEW_PASSWORD);
	assert_int_equal(told.exit, EX_OK);
	assert_int_equal(heard("auth.alert", 1), 1);
	ask("account.show", NULL, NULL);
	assert_int_equal(told.exit, EX_OK);
	accounts_ask(&rears, other, "account.show", NULL, &told);
	assert_string_equal(told.code, "no-session");
	begin_enrol("alice", REARS_PASSWORD);
	assert_int_not_equal(said.status, STATUS_SIGNED_IN);
	begin_enrol("alice", NEW_PASSWORD);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	begin_enrol("bob", REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
}

static void
who_has_a_passkey_enrols_by_it_alone(void **state)
{
	(void)state;
	enrol_as("alice");
	add_passkey();
	assert_int_equal(heard("auth.alert", 1), 1);
	/* The password opens the account as before, and changes nothing. */
	begin_enrol("alice", REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.session, "");
	use_passkey(
	    (struct authenticator_wish){ .origin = "https://evil.example" });
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.session, "");
	begin_enrol("alice", REARS_PASSWORD);
	use_passkey((struct authenticator_wish){ 0 });
	take_session();
	ask("account.new-passkey", NULL, NULL);
	assert_int_equal(told.exit, EX_OK);
	assert_null(strstr(told.json, "authenticatorAttachment"));
	assert_non_null(strstr(told.json, "isPayment"));
	/* Without the password it is not enough either. */
	begin_enrol("alice", NULL);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.prompt, "password");
	assert_string_equal(said.challenge, "");
}

static void
nobody_else_is_asked_for_a_passkey(void **state)
{
	(void)state;
	enrol_as("alice");
	add_passkey();
	enrol_as("bob");
	begin_enrol("nobody-at-all", REARS_PASSWORD);
	assert_int_not_equal(said.status, STATUS_SIGNED_IN);
	assert_string_equal(said.challenge, "");
	begin_enrol("alice", "wrong");
	assert_string_equal(said.challenge, "");
}

static void
an_answer_is_good_once_for_the_session_that_asked(void **state)
{
	char alice[129], *made;

	(void)state;
	enrol_as("alice");
	memcpy(alice, session, sizeof(alice));
	ask("account.new-passkey", NULL, NULL);
	made = made_of(&told);
	enrol_as("bob");
	is_refused("account.passkey", NULL, made, "not-found");
	ask("account.new-passkey", NULL, NULL);
	is_refused("account.passkey", NULL, made, "bad-request");
	memcpy(session, alice, sizeof(alice));
	ask("account.passkey", NULL, made);
	assert_int_equal(told.exit, EX_OK);
	is_refused("account.passkey", NULL, made, "not-found");
	/* Nor for a question that was put anew. */
	ask("account.new-passkey", NULL, NULL);
	is_refused("account.passkey", NULL, made, "bad-request");
	is_refused("account.passkey", NULL, made, "not-found");
	free(made);
}

static void
a_passkey_is_removed_by_a_sign_in_to_enrol(void **state)
{
	char args[200];
	json_t *doc;

	(void)state;
	enrol_as("alice");
	add_passkey();
	doc = json_loads(told.json, 0, NULL);
	(void)snprintf(args, sizeof(args),
	    "{\"instance\":\"card\",\"revoke\":\"%s\"}",
	    json_string_value(json_object_get(doc, "key")));
	json_decref(doc);
	accounts_sign_in(&rears, "alice", session);
	is_refused("account.key", args, NULL, "sign-in-to-enrol");
	/* One that is not his is as one that is gone; it is there still. */
	enrol_as("bob");
	ask("account.key", args, NULL);
	assert_int_equal(told.exit, EX_OK);
	begin_enrol("alice", REARS_PASSWORD);
	use_passkey((struct authenticator_wish){ 0 });
	take_session();
	ask("account.key", args, NULL);
	assert_int_equal(told.exit, EX_OK);
	assert_int_equal(heard("auth.alert", 2), 2);
	enrol_as("alice");
}

static void
a_token_is_told_once_and_pays_within_its_caps(void **state)
{
	char *small = rears_token(&rears, "t1", EURO(1));
	char *large = rears_token(&rears, "t2", EURO(2));
	char token[129];
	struct asked asked;

	(void)state;
	enrol_as("alice");
	is_refused("account.new-token",
	    "{\"each\":\"3.00 EUR\",\"day\":\"5.00 EUR\"}", NULL,
	    "bad-request");
	is_refused("account.new-token",
	    "{\"each\":\"1.00 EUR\",\"day\":\"21.00 EUR\"}", NULL,
	    "bad-request");
	is_refused("account.new-token",
	    "{\"each\":\"1.00 EUR\",\"day\":\"5.00 EUR\","
	    "\"customer\":\"bob\"}",
	    NULL, "bad-request");
	is_refused("account.new-token", "{\"each\":\"1.00 EUR\"}", NULL,
	    "bad-request");
	ask("account.new-token", NEW_TOKEN, NULL);
	assert_int_equal(told.exit, EX_OK);
	assert_null(strstr(told.json, told.secret));
	memcpy(token, told.secret, sizeof(token));
	assert_true(strlen(token) > 20);
	assert_int_equal(heard("auth.alert", 1), 1);
	ask("account.tokens", NULL, NULL);
	assert_non_null(strstr(told.json, "robot"));
	assert_null(strstr(told.json, token));
	asked = rears_pay(large, "alice", token);
	asked.prompt = "token";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	asked = rears_pay(small, "alice", token);
	asked.prompt = "token";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	/* And it is no way to another one. */
	begin_enrol("alice", token);
	assert_int_not_equal(said.status, STATUS_SIGNED_IN);
	free(small);
	free(large);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    nothing_is_made_where_the_operator_has_not_said_so,
		    setup_closed, teardown),
		TEST(no_other_sign_in_is_one_to_enrol),
		TEST(no_session_answers_in_a_sign_in_to_enrol),
		TEST(a_stale_sign_in_is_none),
		TEST(a_new_password_ends_all_other_sessions),
		TEST(who_has_a_passkey_enrols_by_it_alone),
		TEST(nobody_else_is_asked_for_a_passkey),
		TEST(an_answer_is_good_once_for_the_session_that_asked),
		TEST(a_passkey_is_removed_by_a_sign_in_to_enrol),
		TEST(a_token_is_told_once_and_pays_within_its_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_rear_data.c - all that is kept of a customer, part by part, and a
 * statement's times and amounts.
 */
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

#include "rear/refund.h"
#include "rear/unit.h"
#include "support/accounts.h"
#include "support/ledgers.h"

#define PAYMENTS 7
#define CREDENTIALS 5
#define PARTS_MAX 20

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

static uint64_t
pay(const char *cid, const char *jti, int64_t micro)
{
	char *token = rears_token(&rears, jti, micro);
	struct asked asked = rears_pay(token, cid, REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
	return said.txn;
}

static json_t *
ask(const char *command, const char *args)
{
	json_t *doc;

	accounts_ask(&rears, session, command, args, &told);
	assert_int_equal(told.exit, EX_OK);
	doc = json_loads(told.json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	return doc;
}

/* All parts of at most two items; the result is an array of the items. */
static json_t *
gather(const char *command, const char *key)
{
	json_t *all = json_array(), *doc, *args, *next = NULL;
	size_t parts;
	char *text;

	for (parts = 0; parts < PARTS_MAX; parts++) {
		args = json_pack("{s:i}", "limit", 2);
		if (next != NULL)
			(void)json_object_set_new(args, "from", next);
		text = json_dumps(args, JSON_COMPACT);
		json_decref(args);
		doc = ask(command, text);
		free(text);
		assert_true(json_array_size(json_object_get(doc, key)) <= 2);
		(void)json_array_extend(all, json_object_get(doc, key));
		next = json_deep_copy(json_object_get(doc, "next"));
		json_decref(doc);
		if (next == NULL)
			return all;
	}
	fail_msg("%s has no end", command);
	return NULL;
}

static void
put_credential(const char *cid, const char *id)
{
	struct till_credential credential = {
		.size = (uint32_t)sizeof(credential),
		.secret = 1,
		.id = id,
		.label = "a label",
		.created_ms = 1795000000000,
		.data = { (const unsigned char *)"hidden", 6 },
	};
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = "pin",
		.cid = cid,
		.credential = &credential,
		.actor = "operator:test" };

	assert_int_equal(ledger_apply(rears.rear->ledger, &request),
	    LEDGER_DONE);
}

static void
every_entry_is_had_once_with_its_order(void **state)
{
	uint64_t serials[PAYMENTS], serial, before = UINT64_MAX;
	json_t *all, *item, *order;
	char jti[8];
	size_t i, paid = 0;

	(void)state;
	for (i = 0; i < PAYMENTS; i++) {
		(void)snprintf(jti, sizeof(jti), "d%zu", i);
		/* The last is but a question who he is. */
		serials[i] = pay("alice", jti, i + 1 < PAYMENTS ? EURO(1) : 0);
	}
	(void)pay("bob", "other", EURO(1));
	accounts_sign_in(&rears, "alice", session);
	all = gather("account.entries", "entries");
	json_array_foreach(all, i, item)
	{
		serial = (uint64_t)json_integer_value(
		    json_object_get(item, "serial"));
		assert_true(serial < before);
		before = serial;
		order = json_object_get(item, "order");
		if (order == NULL)
			continue;
		paid++;
		assert_int_equal(serial, serials[PAYMENTS - paid]);
		assert_string_equal(json_string_value(
					json_object_get(order, "state")),
		    "paid");
		assert_non_null(json_object_get(order, "ticket"));
		assert_non_null(json_object_get(item, "merchant-name"));
	}
	assert_int_equal(paid, PAYMENTS);
	item = json_array_get(all, 0);
	assert_string_equal(json_string_value(json_object_get(item, "kind")),
	    "identity");
	/* What alice began with. */
	item = json_array_get(all, json_array_size(all) - 1);
	assert_string_equal(json_string_value(json_object_get(item, "kind")),
	    "topup");
	json_decref(all);
	assert_null(strstr(told.json, "bob"));
}

/* From anything else all that is newer would be walked over. */
static void
entries_go_on_from_an_entry_of_ones_own(void **state)
{
	uint64_t first = pay("alice", "o1", EURO(1));
	uint64_t others = pay("bob", "o2", EURO(1));
	uint64_t last = pay("alice", "o3", EURO(1));
	const uint64_t wrong[] = { others, last + 1, 4711 };
	json_t *doc, *item;
	char args[64];
	size_t i;

	(void)state;
	accounts_sign_in(&rears, "alice", session);
	doc = ask("account.entries", "{\"limit\":1}");
	assert_int_equal(json_integer_value(json_object_get(doc, "next")),
	    last);
	json_decref(doc);
	(void)snprintf(args, sizeof(args), "{\"from\":%llu,\"limit\":1}",
	    (unsigned long long)last);
	doc = ask("account.entries", args);
	item = json_array_get(json_object_get(doc, "entries"), 0);
	assert_int_equal(json_integer_value(json_object_get(item, "serial")),
	    first);
	json_decref(doc);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(args, sizeof(args), "{\"from\":%llu}",
		    (unsigned long long)wrong[i]);
		accounts_ask(&rears, session, "account.entries", args, &told);
		assert_string_equal(told.code, "bad-request");
	}
}

static void
every_credential_is_had_once_without_its_data(void **state)
{
	json_t *all, *doc;
	char id[16], wanted[16];
	size_t i;

	(void)state;
	for (i = 0; i < CREDENTIALS; i++) {
		(void)snprintf(id, sizeof(id), "key-%zu", i);
		put_credential("alice", id);
	}
	accounts_sign_in(&rears, "alice", session);
	all = gather("account.credentials", "credentials");
	assert_int_equal(json_array_size(all), CREDENTIALS + 1);
	for (i = 0; i < CREDENTIALS; i++) {
		(void)snprintf(wanted, sizeof(wanted), "key-%zu", i);
		assert_string_equal(json_string_value(
					json_object_get(json_array_get(all, i),
					    "id")),
		    wanted);
	}
	json_decref(all);
	doc = ask("account.show", NULL);
	assert_int_equal(json_array_size(json_object_get(doc, "credentials")),
	    CREDENTIALS + 1);
	assert_null(json_object_get(doc, "credentials-next"));
	json_decref(doc);
	assert_null(strstr(told.json, "hidden"));
	assert_null(strstr(told.json, "$y$"));
	/* What makes no sense is said to be so. */
	accounts_ask(&rears, session, "account.credentials",
	    "{\"from\":\"no-such x\"}", &told);
	assert_string_equal(told.code, "bad-request");
	/* The place of one that is gone is that of the next. */
	doc = ask("account.credentials", "{\"from\":\"pin key-22\"}");
	assert_int_equal(json_array_size(json_object_get(doc, "credentials")),
	    3); /* key-3, key-4, password */
	json_decref(doc);
}

static void
a_statement_ends_where_it_begins_or_later(void **state)
{
	json_t *doc;

	(void)state;
	(void)pay("alice", "s1", EURO(1));
	accounts_sign_in(&rears, "alice", session);
	accounts_ask(&rears, session, "account.statement",
	    "{\"since-ms\":2000,\"until-ms\":1000}", &told);
	assert_string_equal(told.code, "bad-request");
	doc = ask("account.statement", "{\"since-ms\":1000,\"until-ms\":1000}");
	assert_int_equal(json_array_size(json_object_get(doc, "lines")), 0);
	json_decref(doc);
}

/* An adjustment may take more than there is. */
static void
what_is_owed_is_shown_as_it_is(void **state)
{
	struct ledger_request request = { .op = LEDGER_BOOK,
		.kind = ENTRY_ADJUSTMENT,
		.actor = "operator:test",
		.postings_len = 2 };
	json_t *doc;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		(void)snprintf(request.postings[i].account, TILL_ACCOUNT_MAX,
		    "%s", i == 0 ? "wallet:alice" : "bank:clearing");
		request.postings[i].amount =
		    (struct till_money){ i == 0 ? -EURO(60) : EURO(60), "EUR" };
		request.postings[i].condition = TILL_ALWAYS;
	}
	assert_int_equal(ledger_apply(rears.rear->ledger, &request),
	    LEDGER_DONE);
	accounts_sign_in(&rears, "alice", session);
	doc = ask("account.show", NULL);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(json_object_get(doc, "accounts"),
				    0),
				"available")),
	    "-10.00");
	json_decref(doc);
}

/* What was given back since does not change when it was paid. */
static void
a_receipt_says_when_it_was_paid(void **state)
{
	const struct refund_ask refund = { .mid = REARS_MERCHANT,
		.jti = "p1",
		.id = "r1",
		.amount = { EURO(1), "EUR" },
		.actor = "operator:test" };
	char *token = rears_token(&rears, "p1", EURO(2));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	struct refund_answer answer;
	json_t *before, *after;
	uint64_t time_s;
	char args[64];

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	time_s = said.time_s;
	accounts_sign_in(&rears, "alice", session);
	(void)snprintf(args, sizeof(args), "{\"serial\":%llu}",
	    (unsigned long long)said.txn);
	before = ask("account.receipt", args);
	(void)usleep(1100 * 1000);
	refund_order(rears.rear, &refund, &answer);
	assert_int_equal(answer.end, REFUND_MADE);
	after = ask("account.receipt", args);
	assert_string_equal(json_string_value(
				json_object_get(after, "refunded")),
	    "1.00 EUR");
	assert_string_equal(json_string_value(json_object_get(after, "time")),
	    json_string_value(json_object_get(before, "time")));
	json_decref(before);
	json_decref(after);
	/* Also for whoever comes back with the ticket, again and again. */
	rears_stop(&rears);
	rears_start(&rears);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(said.time_s, time_s);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.time_s, time_s);
	free(token);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_entry_is_had_once_with_its_order),
		TEST(entries_go_on_from_an_entry_of_ones_own),
		TEST(every_credential_is_had_once_without_its_data),
		TEST(a_statement_ends_where_it_begins_or_later),
		TEST(what_is_owed_is_shown_as_it_is),
		TEST(a_receipt_says_when_it_was_paid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

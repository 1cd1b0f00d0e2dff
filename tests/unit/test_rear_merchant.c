/*
 * test_rear_merchant.c - merchants who sign in to see their tills: who may,
 * what is theirs, and how it adds up.
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

#include "rear/refund.h"
#include "rear/unit.h"
#include "support/accounts.h"
#include "support/ledgers.h"

#define PASSWORD "the press has one"
#define WRONG_MAX 8 /* wrong passwords until nobody asks any more */
#define SALES 5
#define PARTS_MAX 10

static struct rears rears;
static struct said said;
static struct told told;
static char session[129];

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	accounts_merchant(&rears, REARS_MERCHANT, PASSWORD);
	return 0;
}

static int
setup_without(void **state)
{
	(void)state;
	rears_begin(&rears,
	    "module card auth_mock answer=grant level=2\n"
	    "auth requisite card\n"
	    "settle route wallet when currency == EUR\n"
	    "settle refuse \"not handled\"\n");
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
step(const char *conversation, const char *mid, const char *password)
{
	accounts_merchant_step(&rears, conversation, mid, password, &said);
}

static void
sign_in(const char *mid, const char *password)
{
	accounts_merchant_sign_in(&rears, mid, password, session);
}

static void
ask(const char *command, const char *args)
{
	accounts_ask(&rears, session, command, args, &told);
}

static json_t *
ask_doc(const char *command, const char *args)
{
	json_t *doc;

	ask(command, args);
	assert_int_equal(told.exit, EX_OK);
	doc = json_loads(told.json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	return doc;
}

static uint64_t
pay(const char *jti, int64_t micro)
{
	char *token = rears_token(&rears, jti, micro);
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
	return said.txn;
}

static void
refund(const char *jti, int64_t micro)
{
	const struct refund_ask refund_ask = { .mid = REARS_MERCHANT,
		.jti = jti,
		.id = "r1",
		.note = "torn",
		.actor = "operator:test",
		.amount = { micro, "EUR" } };
	struct refund_answer answer;

	refund_order(rears.rear, &refund_ask, &answer);
	assert_int_equal(answer.end, REFUND_MADE);
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static void
a_merchant_sees_his_till_and_no_customers_name(void **state)
{
	const uint64_t serial = pay("s1", EURO(2));
	json_t *doc, *sale;
	char args[64];

	(void)state;
	sign_in(REARS_MERCHANT, PASSWORD);
	doc = ask_doc("till.show", NULL);
	assert_string_equal(text_of(doc, "name"), "The Press");
	assert_string_equal(text_of(json_array_get(json_object_get(doc,
						       "accounts"),
					0),
				"available"),
	    "2.00");
	json_decref(doc);
	doc = ask_doc("till.sales", NULL);
	sale = json_array_get(json_object_get(doc, "lines"), 0);
	assert_string_equal(text_of(sale, "jti"), "s1");
	assert_string_equal(text_of(sale, "what"), "An article");
	assert_string_equal(text_of(sale, "amount"), "2.00 EUR");
	assert_string_equal(text_of(sale, "state"), "paid");
	json_decref(doc);
	assert_null(strstr(told.json, "alice"));
	(void)snprintf(args, sizeof(args), "{\"serial\":%llu}",
	    (unsigned long long)serial);
	doc = ask_doc("till.sale", args);
	assert_true(strncmp(text_of(doc, "voucher"), "ey", 2) == 0);
	json_decref(doc);
	assert_null(strstr(told.json, "alice"));
	assert_null(strstr(told.json, "$y$"));
}

/* A customer and a merchant of one name are two. */
static void
neither_is_ever_the_other(void **state)
{
	char customers[129];

	(void)state;
	accounts_merchant(&rears, "alice", PASSWORD);
	sign_in("alice", PASSWORD);
	accounts_sign_in(&rears, "alice", customers);
	/* Each password opens its own. */
	step(NULL, "alice", NULL);
	step(said.conversation, NULL, REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.session, "");
	accounts_step(&rears, NULL, "alice", NULL, &said);
	accounts_step(&rears, said.conversation, NULL, PASSWORD, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.session, "");
	/* And each session. */
	ask("account.show", NULL);
	assert_string_equal(told.code, "no-session");
	ask("account.freeze", NULL);
	assert_string_equal(told.code, "no-session");
	accounts_ask(&rears, customers, "till.show", NULL, &told);
	assert_string_equal(told.code, "no-session");
	assert_string_equal(told.json, "");
	accounts_ask(&rears, customers, "account.show", NULL, &told);
	assert_int_equal(told.exit, EX_OK);
	ask("till.show", NULL);
	assert_int_equal(told.exit, EX_OK);
	/* What the operator changes of one ends no session of the other. */
	rear_customer_changed(rears.rear, "alice", NULL);
	ask("till.show", NULL);
	assert_int_equal(told.exit, EX_OK);
}

/* A merchant's session confirms no payment, and spares no password. */
static void
a_merchants_session_pays_nothing(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	accounts_merchant(&rears, "alice", PASSWORD);
	sign_in("alice", PASSWORD);
	token = rears_token(&rears, "p1", EURO(1));
	asked = rears_browse(ACTION_VIEW, token, NULL);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "");
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	asked.session = session;
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
	asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	asked.session = session;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
}

static void
a_conversation_goes_on_as_it_has_begun(void **state)
{
	char conversation[129];

	(void)state;
	accounts_merchant(&rears, "alice", PASSWORD);
	step(NULL, "alice", NULL);
	memcpy(conversation, said.conversation, sizeof(conversation));
	accounts_step(&rears, conversation, NULL, PASSWORD, &said);
	assert_int_equal(said.status, STATUS_GONE);
	accounts_step(&rears, NULL, "alice", NULL, &said);
	step(said.conversation, NULL, REARS_PASSWORD);
	assert_int_equal(said.status, STATUS_GONE);
	step(conversation, NULL, PASSWORD);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
}

static void
nobody_can_tell_who_is_a_merchant(void **state)
{
	struct said known, unknown;
	unsigned int i;

	(void)state;
	/* press-2 has no password. */
	for (i = 0; i < 2; i++) {
		step(NULL, i == 0 ? REARS_MERCHANT : "press-2", NULL);
		step(said.conversation, NULL, "wrong");
		known = said;
		step(NULL, "nobody-at-all", NULL);
		step(said.conversation, NULL, "wrong");
		unknown = said;
		assert_int_equal(known.status, STATUS_PROMPTS);
		assert_int_equal(unknown.status, known.status);
		assert_string_equal(unknown.code, known.code);
		assert_string_equal(unknown.prompt, known.prompt);
		assert_int_equal(unknown.prompts, known.prompts);
	}
	/* Whoever is suspended is refused as anybody. */
	accounts_merchant_suspend(&rears, REARS_MERCHANT, true);
	step(NULL, REARS_MERCHANT, PASSWORD);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "auth");
	assert_string_equal(said.session, "");
}

static void
guesses_are_bounded_and_lock_no_customer_out(void **state)
{
	struct till_failures failures;
	struct till_error err;
	unsigned int i;

	(void)state;
	accounts_merchant(&rears, "alice", PASSWORD);
	step(NULL, "alice", NULL);
	for (i = 0; said.status == STATUS_PROMPTS && i < WRONG_MAX; i++)
		step(said.conversation, NULL, "wrong");
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_true(i <= 3);
	assert_int_equal(ledger_failures_get(rears.rear->ledger,
			     LEDGER_OF_MERCHANTS, "alice", &failures, &err),
	    0);
	assert_int_equal(failures.count, i);
	assert_int_equal(ledger_failures_get(rears.rear->ledger, "pin", "alice",
			     &failures, &err),
	    1);
	accounts_sign_in(&rears, "alice", session);
}

static void
a_change_ends_the_sessions_of_a_merchant(void **state)
{
	(void)state;
	sign_in(REARS_MERCHANT, PASSWORD);
	accounts_merchant(&rears, REARS_MERCHANT, "another");
	ask("till.show", NULL);
	assert_string_equal(told.code, "no-session");
	step(NULL, REARS_MERCHANT, PASSWORD);
	assert_int_equal(said.status, STATUS_PROMPTS);
	sign_in(REARS_MERCHANT, "another");
	accounts_merchant_suspend(&rears, REARS_MERCHANT, true);
	ask("till.show", NULL);
	assert_string_equal(told.code, "no-session");
	accounts_merchant_suspend(&rears, REARS_MERCHANT, false);
	ask("till.show", NULL);
	assert_string_equal(told.code, "no-session");
	sign_in(REARS_MERCHANT, "another");
}

static void
what_is_anothers_is_not_there(void **state)
{
	static const char *const lists[] = { "till.sales", "till.days",
		"till.payouts" };
	const uint64_t serial = pay("mine", EURO(1));
	char args[64];
	size_t i;

	(void)state;
	accounts_merchant(&rears, "press-2", PASSWORD);
	(void)snprintf(args, sizeof(args), "{\"serial\":%llu}",
	    (unsigned long long)serial);
	sign_in("press-2", PASSWORD);
	ask("till.sale", args);
	assert_string_equal(told.code, "not-found");
	assert_string_equal(told.json, "");
	ask("till.sale", "{\"serial\":999999}");
	assert_string_equal(told.code, "not-found");
	/* A place in the list of another leads nowhere. */
	(void)snprintf(args, sizeof(args), "{\"from\":%llu}",
	    (unsigned long long)serial);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ask(lists[i], args);
		assert_string_equal(told.code, "bad-request");
	}
	ask("till.show", "{\"merchant\":\"" REARS_MERCHANT "\"}");
	assert_string_equal(told.code, "bad-request");
	ask("merchant.show", "{}");
	assert_string_equal(told.code, "no-session");
	sign_in(REARS_MERCHANT, PASSWORD);
	(void)snprintf(args, sizeof(args), "{\"serial\":%llu}",
	    (unsigned long long)serial);
	ask("till.sale", args);
	assert_int_equal(told.exit, EX_OK);
}

static void
sales_are_had_once_each_in_parts(void **state)
{
	json_t *all = json_array(), *doc;
	char jti[8], args[64] = "{\"limit\":2}";
	size_t i;

	(void)state;
	for (i = 0; i < SALES; i++) {
		(void)snprintf(jti, sizeof(jti), "n%zu", i);
		/* Who somebody is, is no sale. */
		(void)pay(jti, i == 2 ? 0 : EURO(1));
	}
	refund("n1", EURO(1));
	refund("n3", EURO(1) / 4);
	sign_in(REARS_MERCHANT, PASSWORD);
	for (i = 0; i < PARTS_MAX && args[0] != '\0'; i++) {
		doc = ask_doc("till.sales", args);
		assert_true(
		    json_array_size(json_object_get(doc, "lines")) <= 2);
		(void)json_array_extend(all, json_object_get(doc, "lines"));
		args[0] = '\0';
		if (json_object_get(doc, "next") != NULL)
			(void)snprintf(args, sizeof(args),
			    "{\"limit\":2,\"from\":%lld}",
			    (long long)json_integer_value(
				json_object_get(doc, "next")));
		json_decref(doc);
	}
	assert_int_equal(json_array_size(all), SALES - 1);
	assert_string_equal(text_of(json_array_get(all, 0), "jti"), "n4");
	assert_string_equal(text_of(json_array_get(all, 1), "jti"), "n3");
	assert_string_equal(text_of(json_array_get(all, 1), "state"),
	    "part-refunded");
	assert_string_equal(text_of(json_array_get(all, 1), "refunded"),
	    "0.25 EUR");
	assert_string_equal(text_of(json_array_get(all, 2), "jti"), "n1");
	assert_string_equal(text_of(json_array_get(all, 2), "state"),
	    "refunded");
	assert_string_equal(text_of(json_array_get(all, 3), "jti"), "n0");
	json_decref(all);
	ask("till.sales", "{\"until-ms\":1000}");
	assert_string_equal(told.json, "{\"lines\":[]}");
	ask("till.sales", "{\"since-ms\":9999999999999}");
	assert_string_equal(told.json, "{\"lines\":[]}");
}

static void
the_last_days_add_up(void **state)
{
	json_t *doc, *day;

	(void)state;
	(void)pay("d1", EURO(1));
	(void)pay("d2", EURO(2));
	refund("d1", EURO(1));
	sign_in(REARS_MERCHANT, PASSWORD);
	doc = ask_doc("till.days", NULL);
	assert_int_equal(json_array_size(json_object_get(doc, "days")), 1);
	day = json_array_get(json_object_get(doc, "days"), 0);
	assert_string_equal(text_of(day, "amount"), "3.00 EUR");
	assert_int_equal(json_integer_value(json_object_get(day, "count")), 2);
	assert_null(json_object_get(doc, "next"));
	json_decref(doc);
}

static void
book(enum entry_kind kind, const char *id, int64_t micro)
{
	struct ledger_request request = { .op = LEDGER_BOOK,
		.kind = kind,
		.book_id = id,
		.note = "by hand",
		.actor = "operator:test",
		.postings_len = 2 };
	size_t i;

	for (i = 0; i < 2; i++) {
		(void)snprintf(request.postings[i].account, TILL_ACCOUNT_MAX,
		    "%s", i == 0 ? "till:" REARS_MERCHANT : "bank:clearing");
		request.postings[i].amount =
		    (struct till_money){ i == 0 ? -micro : micro, "EUR" };
		request.postings[i].condition = TILL_ALWAYS;
	}
	if (ledger_apply(rears.rear->ledger, &request) != LEDGER_DONE)
		fail_msg("%s", request.err.text);
}

static void
what_was_paid_out_is_listed_and_nothing_else(void **state)
{
	json_t *doc, *line;

	(void)state;
	sign_in(REARS_MERCHANT, PASSWORD);
	ask("till.payouts", NULL);
	assert_string_equal(told.json, "{\"lines\":[]}");
	(void)pay("o1", EURO(3));
	book(ENTRY_PAYOUT, "po-1", EURO(2));
	book(ENTRY_ADJUSTMENT, "adj-1", -EURO(1));
	doc = ask_doc("till.payouts", NULL);
	assert_int_equal(json_array_size(json_object_get(doc, "lines")), 2);
	line = json_array_get(json_object_get(doc, "lines"), 1);
	assert_string_equal(text_of(line, "kind"), "payout");
	assert_string_equal(text_of(line, "amount"), "-2.00 EUR");
	assert_string_equal(text_of(line, "id"), "po-1");
	line = json_array_get(json_object_get(doc, "lines"), 0);
	assert_string_equal(text_of(line, "kind"), "adjustment");
	assert_string_equal(text_of(line, "amount"), "1.00 EUR");
	json_decref(doc);
}

static void
without_a_line_that_takes_passwords_nobody_signs_in(void **state)
{
	(void)state;
	step(NULL, NULL, NULL);
	assert_int_equal(said.status, STATUS_REFUSED);
	step(NULL, REARS_MERCHANT, PASSWORD);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.session, "");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_merchant_sees_his_till_and_no_customers_name),
		TEST(neither_is_ever_the_other),
		TEST(a_merchants_session_pays_nothing),
		TEST(a_conversation_goes_on_as_it_has_begun),
		TEST(nobody_can_tell_who_is_a_merchant),
		TEST(guesses_are_bounded_and_lock_no_customer_out),
		TEST(a_change_ends_the_sessions_of_a_merchant),
		TEST(what_is_anothers_is_not_there),
		TEST(sales_are_had_once_each_in_parts),
		TEST(the_last_days_add_up),
		TEST(what_was_paid_out_is_listed_and_nothing_else),
		cmocka_unit_test_setup_teardown(
		    without_a_line_that_takes_passwords_nobody_signs_in,
		    setup_without, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

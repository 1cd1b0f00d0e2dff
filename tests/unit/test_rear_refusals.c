/*
 * test_rear_refusals.c - orders that a rear unit does not pay, and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/diag.h"
#include "rear/clock.h"
#include "support/ledgers.h"
#include "support/rears.h"

static struct rears rears;
static struct said said, again;
static struct till_error err;

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
a_program_without_funds_is_refused_for_good_a_browser_for_now(void **state)
{
	char *token = rears_token(&rears, "f1", EURO(51));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "funds");
	rears_is_refusal(&rears, &said, TILL_REASON_FUNDS);
	assert_int_equal(rears_order(&rears, "f1").state, ORDER_REFUSED);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_REFUSED);
	assert_string_equal(again.reason, "funds");
	free(token);

	token = rears_token(&rears, "f2", EURO(51));
	asked = rears_pay(token, "bob", REARS_PASSWORD);
	asked.channel = "browser";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.code, "funds");
	assert_int_equal(rears_order(&rears, "f2").state, ORDER_NONE);
	assert_int_equal(top_up(rear_ledger(rears.rear), "bob", EURO(10), NULL,
			     NULL),
	    LEDGER_DONE);
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	free(token);
}

static void
unknown_and_suspended_customers_fare_as_wrong_passwords(void **state)
{
	static const char *const names[] = { "nobody", "alice", "carol" };
	char jti[16], *token;
	struct asked asked;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)snprintf(jti, sizeof(jti), "u%zu", i);
		token = rears_token(&rears, jti, EURO(1));
		asked = rears_pay(token, names[i], "wrong");
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_PROMPTS);
		assert_int_equal(said.prompts, 2);
		asked = rears_browse(ACTION_PAY, NULL, said.conversation);
		asked.password = "wrong";
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_PROMPTS);
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_REFUSED);
		assert_string_equal(said.reason, "auth");
		assert_string_equal(said.code, "auth");
		rears_is_refusal(&rears, &said, TILL_REASON_AUTH);
		free(token);
	}
	/* The right one does not help who is suspended. */
	token = rears_token(&rears, "u9", EURO(1));
	asked = rears_pay(token, "carol", REARS_PASSWORD);
	(void)usleep(20000);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "auth");
	assert_int_equal(rears_balance(&rears, "wallet:carol"), EURO(50));
	free(token);
}

static void
the_same_id_for_another_content_is_a_conflict(void **state)
{
	char *token = rears_token(&rears, "c1", EURO(1)),
	     *other = rears_token(&rears, "c1", EURO(2));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	asked.ticket = other;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_CONFLICT);
	assert_string_equal(said.voucher, "");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(49));
	free(token);
	free(other);
}

static void
another_customer_gets_no_voucher_of_a_paid_order(void **state)
{
	char *token = rears_token(&rears, "o1", EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	asked = rears_pay(token, "bob", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "already-paid");
	assert_string_equal(said.voucher, "");
	asked = rears_browse(ACTION_VIEW, token, NULL);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.voucher, "");
	/* Nor does a cancellation undo it, or a wrong password end it. */
	asked = rears_browse(ACTION_CANCEL, token, NULL);
	rears_ask(&rears, &asked, &said);
	assert_int_not_equal(said.status, STATUS_CANCELLED);
	assert_int_equal(rears_order(&rears, "o1").state, ORDER_PAID);
	free(token);
}

static void
a_cancelled_order_stays_cancelled(void **state)
{
	char *token = rears_token(&rears, "x1", EURO(1));
	struct asked asked = rears_browse(ACTION_VIEW, token, NULL);

	(void)state;
	rears_ask(&rears, &asked, &said);
	asked = rears_browse(ACTION_CANCEL, NULL, said.conversation);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_CANCELLED);
	rears_is_refusal(&rears, &said, TILL_REASON_CANCELLED);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_CANCELLED);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

static void
an_expired_ticket_is_refused_unless_it_was_paid(void **state)
{
	struct till_ticket ticket = rears_ticket("e1", EURO(1));
	struct asked asked;
	char *token;

	(void)state;
	ticket.iat -= 200;
	ticket.exp = ticket.iat + 100;
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_EXPIRED);
	rears_is_refusal(&rears, &said, TILL_REASON_EXPIRED);
	free(token);

	ticket = rears_ticket("e2", EURO(1));
	ticket.exp = ticket.iat - TILL_CLOCK_SKEW + 4;
	ticket.iat = ticket.exp - 100;
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	while (wall_s() <= ticket.exp + TILL_CLOCK_SKEW)
		(void)usleep(50000);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(again.txn, said.txn);
	free(token);
}

static void
what_is_no_ticket_of_ours_is_invalid(void **state)
{
	struct till_ticket ticket = rears_ticket("i1", EURO(1));
	struct asked asked;
	struct till_key *key;
	size_t at, len;
	char *token;

	(void)state;
	ticket.aud = "https://other.example";
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
	assert_string_equal(said.code, "audience");
	free(token);

	ticket = rears_ticket("i2", EURO(1));
	ticket.ret = "https://press.example/elsewhere";
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_string_equal(said.code, "return-url");
	free(token);

	ticket = rears_ticket("i3", EURO(1));
	ticket.iss = "press-2";
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_string_equal(said.code, "wrong-issuer");
	free(token);

	assert_int_equal(till_key_generate(TILL_ALG_ES256, &key, &err), 0);
	ticket = rears_ticket("i4", EURO(1));
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), 0);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_string_equal(said.code, "unknown-key");
	till_key_free(key);
	free(token);

	/* Any octet changed; the last one of the signature has idle bits. */
	token = rears_token(&rears, "i5", EURO(1));
	len = strlen(token);
	for (at = 0; at < len - 1; at += 7) {
		token[at] ^= token[at] == 'A' ? 3 : 'A' ^ token[at];
		asked = rears_pay(token, "alice", REARS_PASSWORD);
		rears_ask(&rears, &asked, &said);
		if (said.status == STATUS_PAID)
			fail_msg("octet %zu changed, and paid", at);
		free(token);
		token = rears_token(&rears, "i5", EURO(1));
	}
	free(token);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
}

/* The merchant's record of these tests, as it is or closed to new orders. */
static void
put_merchant(bool active, bool key, const char *url)
{
	struct ledger *ledger = rear_ledger(rears.rear);
	struct ledger_merchant *merchant = calloc(1, sizeof(*merchant));
	struct ledger_request request = { .op = LEDGER_MERCHANT,
		.merchant = merchant,
		.actor = "test" };

	assert_non_null(merchant);
	assert_int_equal(ledger_merchant_get(ledger, REARS_MERCHANT, merchant,
			     &err),
	    0);
	merchant->status = active ? LEDGER_ACTIVE : LEDGER_SUSPENDED;
	merchant->keys[0].active = key;
	set_text(merchant->urls[0], sizeof(merchant->urls[0]), url);
	if (ledger_apply(ledger, &request) != LEDGER_DONE)
		fail_msg("%s", request.err.text);
	free(merchant);
	rear_merchant_changed(rears.rear, REARS_MERCHANT);
}

/* Whether by a password or within a session: paid is paid, and what is
 * new is not taken. */
static void
expect_closed(const char *jti, const char *paid, const char *session,
    uint64_t txn, const char *code)
{
	char *token = rears_token(&rears, jti, EURO(1));
	struct asked asked = rears_pay(paid, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(said.txn, txn);
	assert_string_not_equal(said.voucher, "");
	asked = rears_pay(paid, "bob", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.voucher, "");
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
	assert_string_equal(said.code, code);
	asked = (struct asked){ .action = ACTION_PAY,
		.ticket = paid,
		.channel = "api",
		.session = session };
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	asked.ticket = token;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
	assert_string_equal(said.code, code);
	assert_int_equal(rears_order(&rears, jti).state, ORDER_NONE);
	free(token);
}

static void
what_takes_no_new_order_still_gives_the_voucher_of_a_paid_one(void **state)
{
	char session[129], *token = rears_token(&rears, "v1", EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	struct diag *diag;
	uint64_t txn;

	(void)state;
	rears_sign_in(&rears, "alice", "v0", session);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	txn = said.txn;
	put_merchant(false, true, REARS_RET);
	expect_closed("v2", token, session, txn, "merchant-suspended");
	put_merchant(true, false, REARS_RET);
	expect_closed("v3", token, session, txn, "inactive-key");
	put_merchant(true, true, REARS_RET "/elsewhere");
	expect_closed("v4", token, session, txn, "return-url");
	put_merchant(true, true, REARS_RET);
	rears_configure(&rears,
	    "set ticket-lifetime 10s\n"
	    "policy veto caps\nauth requisite pin\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	diag = diag_new();
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
	expect_closed("v5", token, session, txn, "lifetime");
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(49) - 10000);
	free(token);
}

static void
a_ticket_for_a_customer_is_for_no_other(void **state)
{
	struct till_ticket ticket = rears_ticket("t1", EURO(1));
	struct till_voucher *voucher;
	struct asked asked;
	char session[129], *token;

	(void)state;
	ticket.cid = "alice";
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "bob", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.code, "other-customer");
	rears_sign_in(&rears, "bob", "t0", session);
	asked = rears_pay(token, NULL, NULL);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "alice");
	asked = rears_pay(token, NULL, REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	voucher = rears_voucher(&rears, said.voucher);
	assert_string_equal(voucher->cid, "alice");
	till_voucher_free(voucher);
	free(token);
}

static void
what_is_over_is_gone_and_what_makes_no_sense_invalid(void **state)
{
	struct asked asked =
	    rears_browse(ACTION_PAY, NULL, "no-such-conversation");

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_GONE);
	asked = (struct asked){ .action = ACTION_PAY, .channel = "api" };
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
	asked.action = (enum order_action)9;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
}

#define FLOW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(
		    a_program_without_funds_is_refused_for_good_a_browser_for_now),
		FLOW(unknown_and_suspended_customers_fare_as_wrong_passwords),
		FLOW(the_same_id_for_another_content_is_a_conflict),
		FLOW(another_customer_gets_no_voucher_of_a_paid_order),
		FLOW(a_cancelled_order_stays_cancelled),
		FLOW(an_expired_ticket_is_refused_unless_it_was_paid),
		FLOW(what_is_no_ticket_of_ours_is_invalid),
		FLOW(
		    what_takes_no_new_order_still_gives_the_voucher_of_a_paid_one),
		FLOW(a_ticket_for_a_customer_is_for_no_other),
		FLOW(what_is_over_is_gone_and_what_makes_no_sense_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

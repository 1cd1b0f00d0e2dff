/*
 * test_rear_flow.c - orders through a whole rear unit, over its socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define MANY 100
#define SAME 64

static struct rears rears;
static struct said said, again, many[MANY];
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
a_purchase_is_debited_once_and_gets_a_voucher_that_passes(void **state)
{
	struct till_ticket ticket = rears_ticket("p1", EURO(1) / 20);
	char *token = rears_sign(&rears, &ticket);
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	struct till_voucher *voucher;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.via, "wallet");
	assert_string_equal(said.session, "");
	voucher = rears_voucher(&rears, said.voucher);
	assert_int_equal(till_voucher_check(voucher, &ticket, REARS_ISSUER,
			     wall_s(), &err),
	    0);
	assert_int_equal(voucher->txn, rears_serial(&rears));
	assert_int_equal(voucher->amr_len, 1);
	assert_string_equal(voucher->amr[0], "pwd");
	assert_non_null(voucher->sub);
	assert_null(strstr(voucher->sub, "alice"));
	assert_null(voucher->cid);
	assert_int_equal(strlen(voucher->chk), 43);
	till_voucher_free(voucher);
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - EURO(1) / 20);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(1) / 20);
	/* The same order again: the same answer, and no second debit. */
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_string_equal(again.voucher, said.voucher);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(1) / 20);
	free(token);
}

static void
the_pages_way_asks_who_then_the_password_then_pays(void **state)
{
	char *token = rears_token(&rears, "b1", EURO(3));
	struct asked asked = rears_browse(ACTION_VIEW, token, NULL);
	char conversation[129];

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "");
	assert_string_equal(said.prompt, "password");
	memcpy(conversation, said.conversation, sizeof(conversation));
	asked = rears_browse(ACTION_PAY, NULL, conversation);
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "alice");
	/* A wrong one is asked for again, with a word about it. */
	asked.password = "wrong";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_int_equal(said.prompts, 2);
	asked.password = REARS_PASSWORD;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.balance, "47.00");
	assert_int_equal(strlen(said.session), 43);
	/* Looking again in the same conversation gives the voucher again. */
	asked = rears_browse(ACTION_VIEW, NULL, conversation);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_string_equal(again.voucher, said.voucher);
	free(token);
}

static void
a_session_pays_without_a_password_until_it_ends(void **state)
{
	char session[129], *first = rears_token(&rears, "s1", EURO(1)),
			   *second = rears_token(&rears, "s2", EURO(1)),
			   *third = rears_token(&rears, "s3", EURO(1));
	struct asked asked = { .action = ACTION_PAY,
		.ticket = first,
		.channel = "api" };

	(void)state;
	rears_sign_in(&rears, "alice", "s0", session);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.customer, "alice");
	/* Bob's order is none that alice's session can pay. */
	asked.ticket = second;
	asked.customer = "bob";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_int_equal(rears_balance(&rears, "wallet:bob"), EURO(50));
	asked.customer = NULL;
	rear_customer_changed(rears.rear, "alice", NULL);
	asked.ticket = third;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	free(first);
	free(second);
	free(third);
}

static void
sixty_four_confirmations_of_one_ticket_are_one_payment(void **state)
{
	char session[129], *token = rears_token(&rears, "same", EURO(2));
	struct asked asked[SAME];
	uint64_t serial;
	size_t i;

	(void)state;
	rears_sign_in(&rears, "alice", "same0", session);
	serial = rears_serial(&rears);
	for (i = 0; i < SAME; i++)
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token,
			.channel = "api",
			.session = session };
	rears_ask_all(&rears, asked, many, SAME);
	for (i = 0; i < SAME; i++) {
		assert_int_equal(many[i].status, STATUS_PAID);
		assert_string_equal(many[i].voucher, many[0].voucher);
		assert_int_equal(many[i].txn, serial + 1);
	}
	assert_int_equal(rears_serial(&rears), serial + 1);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(2) + 10000);
	free(token);
}

static void
confirmations_in_one_conversation_take_their_turns(void **state)
{
	char session[129], *token = rears_token(&rears, "turns", EURO(2));
	struct asked asked[SAME],
	    first = rears_browse(ACTION_VIEW, token, NULL);
	uint64_t serial;
	size_t i;

	(void)state;
	rears_sign_in(&rears, "alice", "turns0", session);
	serial = rears_serial(&rears);
	first.session = session;
	rears_ask(&rears, &first, &said);
	assert_int_equal(said.status, STATUS_READY);
	for (i = 0; i < SAME; i++) {
		asked[i] = rears_browse(ACTION_PAY, NULL, said.conversation);
		asked[i].session = session;
	}
	rears_ask_all(&rears, asked, many, SAME);
	for (i = 0; i < SAME; i++) {
		assert_int_equal(many[i].status, STATUS_PAID);
		assert_string_equal(many[i].voucher, many[0].voucher);
	}
	assert_int_equal(rears_serial(&rears), serial + 1);
	free(token);
}

static void
a_hundred_payments_on_a_wallet_of_fifty_pay_fifty(void **state)
{
	char session[129], jti[16], *token[MANY];
	struct asked asked[MANY];
	size_t i, paid = 0;

	(void)state;
	rears_sign_in(&rears, "alice", "race", session);
	assert_int_equal(top_up(rear_ledger(rears.rear), "alice", 10000, NULL,
			     NULL),
	    LEDGER_DONE);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "race-%zu", i);
		token[i] = rears_token(&rears, jti, EURO(1));
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token[i],
			.channel = "api",
			.session = session };
	}
	rears_ask_all(&rears, asked, many, MANY);
	for (i = 0; i < MANY; i++) {
		free(token[i]);
		if (many[i].status == STATUS_PAID) {
			paid++;
			continue;
		}
		assert_int_equal(many[i].status, STATUS_REFUSED);
		assert_string_equal(many[i].reason, "funds");
	}
	assert_int_equal(paid, 50);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), 0);
}

static void
identity_is_shown_without_money(void **state)
{
	struct till_ticket ticket = rears_ticket("id1", 0);
	char *token = rears_sign(&rears, &ticket);
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	struct till_voucher *voucher;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	voucher = rears_voucher(&rears, said.voucher);
	assert_int_equal(voucher->type, TILL_VOUCHER_IDENTITY);
	assert_null(voucher->via);
	assert_int_equal(till_voucher_check(voucher, &ticket, REARS_ISSUER,
			     wall_s(), &err),
	    0);
	till_voucher_free(voucher);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

static void
merchant_and_customer_may_ask_what_became_of_it(void **state)
{
	char session[129], other[129], word[33];
	char *token = rears_token(&rears, "q1", EURO(1));
	struct asked asked = rears_pay(token, NULL, NULL);
	struct till_voucher *voucher;

	(void)state;
	rears_sign_in(&rears, "alice", "q0", session);
	rears_sign_in(&rears, "bob", "q00", other);
	rears_status(&rears, "q1", 0, rears.key, REARS_MERCHANT, NULL, &said,
	    word);
	assert_string_equal(word, "open");
	asked.session = session;
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	rears_status(&rears, "q1", 0, rears.key, REARS_MERCHANT, NULL, &said,
	    word);
	assert_string_equal(word, "paid");
	voucher = rears_voucher(&rears, said.voucher);
	assert_int_equal(voucher->txn, again.txn);
	till_voucher_free(voucher);
	rears_status(&rears, NULL, again.txn, rears.key, REARS_MERCHANT, NULL,
	    &said, word);
	assert_string_equal(word, "paid");
	rears_status(&rears, "q1", 0, NULL, NULL, session, &said, word);
	assert_string_equal(word, "paid");
	/* Another merchant, another customer, a merchant's foreign key. */
	rears_status(&rears, "q1", 0, rears.other, "press-2", NULL, &said,
	    word);
	assert_string_equal(word, "");
	rears_status(&rears, "q1", 0, rears.other, REARS_MERCHANT, NULL, &said,
	    word);
	assert_string_equal(word, "");
	rears_status(&rears, "q1", 0, NULL, NULL, other, &said, word);
	assert_string_equal(word, "");
	assert_string_equal(said.code, "not-found");
	free(token);
}

static void
a_voucher_can_be_had_after_a_restart_and_a_rotation(void **state)
{
	char *token = rears_token(&rears, "r1", EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	struct till_voucher *voucher;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(rear_key_rotate(rears.rear, &err), 0);
	voucher = rears_voucher(&rears, said.voucher);
	till_voucher_free(voucher);
	rears_stop(&rears);
	rears_start(&rears);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(again.txn, said.txn);
	assert_string_not_equal(again.voucher, said.voucher);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(49));
	free(token);
}

#define FLOW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(a_purchase_is_debited_once_and_gets_a_voucher_that_passes),
		FLOW(the_pages_way_asks_who_then_the_password_then_pays),
		FLOW(a_session_pays_without_a_password_until_it_ends),
		FLOW(sixty_four_confirmations_of_one_ticket_are_one_payment),
		FLOW(confirmations_in_one_conversation_take_their_turns),
		FLOW(a_hundred_payments_on_a_wallet_of_fifty_pay_fifty),
		FLOW(identity_is_shown_without_money),
		FLOW(merchant_and_customer_may_ask_what_became_of_it),
		FLOW(a_voucher_can_be_had_after_a_restart_and_a_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

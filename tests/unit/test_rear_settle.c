/*
 * test_rear_settle.c - settlements outside the ledger: intents, late and
 * lost answers, and what a restart finds out.
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
#include "rear/conversations.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define MANY 100

static struct rears rears;
static struct said said, again, many[MANY];

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
begin(const char *bank)
{
	char conf[1024];

	(void)snprintf(conf, sizeof(conf),
	    "set pending-after 0s\n"
	    "module bank settle_mock journal=@DIR@/bank %s\n"
	    "policy veto caps\n"
	    "auth requisite pin\n"
	    "settle route wallet when amount <= 10.00 EUR\n"
	    "settle route bank when amount > 10.00 EUR on declined=next\n"
	    "settle fallback wallet when amount > 30.00 EUR\n"
	    "settle refuse \"not handled\"\n",
	    bank);
	rears_begin(&rears, conf);
}

/* What status tells: also of those that the keeper has ended. */
static void
wait_counted(uint64_t paid, uint64_t refused)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;
	struct rear_stats stats;

	for (;;) {
		rear_stats(rears.rear, &stats);
		if (stats.orders_paid == paid &&
		    stats.orders_refused == refused)
			return;
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

static void
a_larger_sum_goes_over_the_bank_with_its_reference(void **state)
{
	char *token;
	struct asked asked;
	struct ledger_order order;

	(void)state;
	begin("");
	token = rears_token(&rears, "k1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.via, "mock");
	order = rears_order(&rears, "k1");
	assert_string_not_equal(order.reference, "");
	assert_string_equal(order.instance, "bank");
	assert_int_equal(order.attempt, 1);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(20));
	free(token);
}

static void
a_decline_goes_to_the_fallback_only_where_the_stack_says_so(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	begin("answer=declined");
	token = rears_token(&rears, "d1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "funds");
	rears_is_refusal(&rears, &said, TILL_REASON_FUNDS);
	free(token);
	token = rears_token(&rears, "d2", EURO(40));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.via, "wallet");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(10));
	free(token);
}

static void
a_lost_answer_is_pending_until_it_is_known_and_never_rerouted(void **state)
{
	char *token;
	struct asked asked;
	struct till_voucher *voucher;

	(void)state;
	begin("fail-after=1");
	token = rears_token(&rears, "l1", EURO(40));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	assert_string_not_equal(said.conversation, "");
	rears_wait_end(&rears, said.conversation, &again);
	assert_int_equal(again.status, STATUS_PAID);
	voucher = rears_voucher(&rears, again.voucher);
	assert_string_equal(voucher->via, "mock");
	till_voucher_free(voucher);
	wait_counted(1, 0);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(40));
	free(token);
}

/* The merchant's till has as many currencies as an account may have, and
 * EUR is none of them. */
static void
fill_till(void)
{
	static const char *const currencies[] = { "AED", "AFN", "ALL", "AMD",
		"AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD",
		"BIF", "BMD", "BND" };
	struct ledger_request request;
	size_t i, k;

	for (i = 0; i < sizeof(currencies) / sizeof(currencies[0]); i++) {
		memset(&request, 0, sizeof(request));
		request.op = LEDGER_BOOK;
		request.kind = ENTRY_ADJUSTMENT;
		request.actor = "operator:test";
		request.postings_len = 2;
		for (k = 0; k < 2; k++) {
			set_text(request.postings[k].account, TILL_ACCOUNT_MAX,
			    k == 0 ? "bank:other" : "till:" REARS_MERCHANT);
			set_text(request.postings[k].amount.currency,
			    TILL_CURRENCY_MAX, currencies[i]);
			request.postings[k].amount.micro =
			    k == 0 ? -EURO(1) : EURO(1);
			request.postings[k].condition = TILL_ALWAYS;
		}
		(void)ledger_apply(rear_ledger(rears.rear), &request);
		if (request.result != LEDGER_DONE)
			fail_msg("%s", request.err.text);
	}
}

static void
an_intent_whose_next_line_fails_is_looked_into(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	begin("answer=declined");
	fill_till();
	token = rears_token(&rears, "w1", EURO(40));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	rears_wait_end(&rears, said.conversation, &again);
	assert_int_equal(again.status, STATUS_REFUSED);
	rears_is_refusal(&rears, &again, TILL_REASON_BANK);
	assert_string_equal(rears_order(&rears, "w1").instance, "bank");
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	assert_int_equal(rears_bank_calls(&rears, TILL_QUERY), 1);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

static void
what_never_arrived_is_tried_again_with_the_same_key(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	begin("fail-before=1");
	token = rears_token(&rears, "n1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	rears_wait_end(&rears, said.conversation, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 2);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(20));
	free(token);
}

static void
an_expired_ticket_that_never_arrived_is_refused(void **state)
{
	struct till_ticket ticket;
	struct asked asked;
	char *token;

	(void)state;
	begin("fail-before=1");
	ticket = rears_ticket("n2", EURO(20));
	ticket.exp = ticket.iat - 2;
	ticket.iat -= 100;
	token = rears_sign(&rears, &ticket);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	rears_wait_state(&rears, "n2", ORDER_REFUSED);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_REFUSED);
	wait_counted(0, 1);
	rears_is_refusal(&rears, &again, TILL_REASON_BANK);
	free(token);
}

static void
a_restart_finds_out_before_it_serves(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	begin("async=yes delay=1h");
	token = rears_token(&rears, "r1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	/* Nobody may wait for it, nor is it paid in another way. */
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PENDING);
	rears_stop(&rears);
	rears_start(&rears);
	assert_int_equal(rears_order(&rears, "r1").state, ORDER_PAID);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(20));
	free(token);
}

static void
put_intent(const char *jti, unsigned char key, const char *via)
{
	struct deal deal;

	deal_intent(&deal, REARS_MERCHANT, jti, "alice", EURO(20), key);
	set_text(deal.order.via, sizeof(deal.order.via), via);
	set_text(deal.order.instance, sizeof(deal.order.instance), "bank");
	assert_int_equal(ledger_apply(rear_ledger(rears.rear), &deal.request),
	    LEDGER_DONE);
}

static void
another_module_of_the_same_name_is_not_asked(void **state)
{
	(void)state;
	begin("");
	put_intent("o1", 1, "elsewhere");
	put_intent("o2", 2, "mock");
	rears_stop(&rears);
	rears_start(&rears);
	rears_wait_state(&rears, "o2", ORDER_REFUSED);
	assert_int_equal(rears_order(&rears, "o1").state, ORDER_INTENT);
	assert_int_equal(rears_bank_calls(&rears, TILL_QUERY), 1);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 0);
}

static void
a_deadline_makes_it_unknown_and_a_query_known(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	begin("async=yes delay=1h timeout=200ms");
	token = rears_token(&rears, "t1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	rears_wait_end(&rears, said.conversation, &again);
	assert_int_equal(again.status, STATUS_PAID);
	free(token);
}

/* Every conversation is in use: nobody can come back to this one, but
 * what has begun goes on, and the ticket will do. */
static void
a_late_answer_comes_in_without_a_conversation(void **state)
{
	static struct conversation *taken[CONVERSATIONS_MAX];
	struct conversations *all;
	struct asked asked;
	char *token;
	size_t i;

	(void)state;
	begin("async=yes delay=300ms");
	all = rears.rear->conversations;
	for (i = 0; i < CONVERSATIONS_MAX; i++) {
		taken[i] = conversations_begin(all, NULL, "", clock_ms());
		assert_non_null(taken[i]);
	}
	token = rears_token(&rears, "y1", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PENDING);
	assert_string_equal(said.conversation, "");
	rears_wait_state(&rears, "y1", ORDER_PAID);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(rears_bank_calls(&rears, TILL_CHARGE), 1);
	assert_int_equal(rears_bank_calls(&rears, TILL_QUERY), 0);
	for (i = 0; i < CONVERSATIONS_MAX; i++)
		(void)conversations_give(all, taken[i], clock_ms());
	free(token);
}

static void
late_answers_come_in_while_the_wallet_pays(void **state)
{
	char session[129], jti[16], *token[MANY];
	struct asked asked[MANY];
	int64_t until;
	size_t i;

	(void)state;
	begin("async=yes delay=300ms");
	rears_sign_in(&rears, "alice", "m", session);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "m%zu", i);
		token[i] = rears_token(&rears, jti,
		    i % 2 == 0 ? EURO(11) : EURO(1) / 100);
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token[i],
			.channel = "api",
			.session = session };
	}
	rears_ask_all(&rears, asked, many, MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(many[i].status,
		    i % 2 == 0 ? STATUS_PENDING : STATUS_PAID);
		free(token[i]);
	}
	until = clock_ms() + REARS_PATIENCE_MS;
	while (rears_balance(&rears, "till:" REARS_MERCHANT) <
	    MANY / 2 * EURO(11) + (MANY / 2 + 1) * 10000) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
	assert_int_equal(rears_balance(&rears, "bank:clearing"),
	    -MANY / 2 * EURO(11) - 3 * EURO(50));
}

#define BANK(test) cmocka_unit_test_teardown(test, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BANK(a_larger_sum_goes_over_the_bank_with_its_reference),
		BANK(
		    a_decline_goes_to_the_fallback_only_where_the_stack_says_so),
		BANK(
		    a_lost_answer_is_pending_until_it_is_known_and_never_rerouted),
		BANK(an_intent_whose_next_line_fails_is_looked_into),
		BANK(what_never_arrived_is_tried_again_with_the_same_key),
		BANK(an_expired_ticket_that_never_arrived_is_refused),
		BANK(a_restart_finds_out_before_it_serves),
		BANK(another_module_of_the_same_name_is_not_asked),
		BANK(a_deadline_makes_it_unknown_and_a_query_known),
		BANK(a_late_answer_comes_in_without_a_conversation),
		BANK(late_answers_come_in_while_the_wallet_pays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

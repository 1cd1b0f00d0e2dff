/*
 * test_rear_allowance.c - what a customer need not be asked for, and what he
 * is asked for all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "config/zone.h"
#include "rear/clock.h"
#include "rear/unit.h"
#include "support/accounts.h"
#include "support/ledgers.h"

#define CENT (TILL_MICRO / 100)
#define MANY 64

/* Above 0.05 EUR more is asked than a session remembers. */
static char step_up[] = "module again auth_mock ask=yes level=1\n"
			"policy veto caps\n"
			"auth requisite pin\n"
			"auth required again when amount > 0.05 EUR\n"
			"settle route wallet when currency == EUR\n"
			"settle refuse \"not handled\"\n";

/* Nobody is asked anything, so no session is needed to pay. */
static char easy[] = "module easy auth_mock\n"
		     "auth requisite pin when customer == bob\n"
		     "auth sufficient easy\n"
		     "settle route wallet when currency == EUR\n"
		     "settle refuse \"not handled\"\n";

/* Policy takes up to 0.05 EUR. */
static char strict[] = "module small policy_limits per-ticket=\"0.05 EUR\"\n"
		       "policy veto small\n"
		       "auth requisite pin\n"
		       "settle route wallet when currency == EUR\n"
		       "settle refuse \"not handled\"\n";

static char usual[] = "policy veto caps\n"
		      "auth requisite pin\n"
		      "settle route wallet when currency == EUR\n"
		      "settle refuse \"not handled\"\n";
static char off[] = "set allowance-day none\n"
		    "auth requisite pin\n"
		    "settle route wallet when currency == EUR\n"
		    "settle refuse \"not handled\"\n";
static char bounded[] = "set allowance-each 0.05 EUR\n"
			"set allowance-day 0.08 EUR\n"
			"auth requisite pin\n"
			"settle route wallet when currency == EUR\n"
			"settle refuse \"not handled\"\n";

static char declining_bank[] =
    "module bank settle_mock script=0.07:declined journal=@DIR@/bank\n"
    "policy veto caps\n"
    "auth requisite pin\n"
    "settle route bank when currency == EUR\n"
    "settle refuse \"not handled\"\n";

static struct rears rears;
static struct said said;
static struct told told;
static struct till_error err;
static char session[129];

/* The state is what the stacks are. */
static int
setup(void **state)
{
	rears_begin(&rears, *state);
	if (*state != easy)
		accounts_sign_in(&rears, "alice", session);
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

/* Of alice at press-1; 0: withdraw. */
static void
allow(int64_t each, int64_t day)
{
	struct ledger_allowance allowance = { .customer = "alice",
		.merchant = REARS_MERCHANT,
		.each = { each, "EUR" },
		.day = { day, "EUR" } };
	struct ledger_request request = { .op = LEDGER_ALLOWANCE,
		.allowance = &allowance };

	assert_int_equal(ledger_apply(rear_ledger(rears.rear), &request),
	    LEDGER_DONE);
}

static void
look(const char *token, const char *with)
{
	struct asked asked = rears_browse(ACTION_VIEW, token, NULL);

	asked.session = with;
	rears_ask(&rears, &asked, &said);
}

static void
pay_unasked(const char *token, const char *with)
{
	struct asked asked = rears_browse(ACTION_PAY, token, NULL);

	asked.session = with;
	asked.unasked = true;
	rears_ask(&rears, &asked, &said);
}

static void
pay(const char *jti, int64_t micro)
{
	char *token = rears_token(&rears, jti, micro);

	pay_unasked(token, session);
	free(token);
}

/* Asked after all, and nothing has moved. */
static void
is_asked(const char *jti, int64_t micro, const char *with)
{
	char *token = rears_token(&rears, jti, micro);
	int64_t before = rears_balance(&rears, "wallet:alice");

	look(token, with);
	assert_string_equal(said.allowance, "");
	pay_unasked(token, with);
	if (said.status != STATUS_READY && said.status != STATUS_PROMPTS)
		fail_msg("%s: status %d", jti, (int)said.status);
	assert_string_equal(said.voucher, "");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), before);
	free(token);
}

static void
what_an_allowance_covers_needs_no_click(void **state)
{
	char *token = rears_token(&rears, "a1", 10 * CENT);
	struct ledger_order order;

	(void)state;
	allow(10 * CENT, 25 * CENT);
	look(token, session);
	assert_int_equal(said.status, STATUS_READY);
	assert_string_equal(said.allowance, "0.10 0.25 0.25");
	/* To look pays nothing. */
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_PAID);
	assert_true(said.unasked);
	order = rears_order(&rears, "a1");
	assert_true(order.unasked);
	/* A second one of it is the same payment, and says so, too. */
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_PAID);
	assert_true(said.unasked);
	free(token);
	token = rears_token(&rears, "a2", 10 * CENT);
	look(token, session);
	assert_string_equal(said.allowance, "0.10 0.25 0.15");
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - 10 * CENT);
	free(token);
}

static void
what_is_above_it_is_asked(void **state)
{
	(void)state;
	allow(10 * CENT, 15 * CENT);
	is_asked("b1", 10 * CENT + 1, session);
	pay("b2", 10 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
	is_asked("b3", 6 * CENT, session);
	pay("b4", 5 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
	is_asked("b5", 1, session);
}

/* Whoever is asked may pay: that is no part of the day's sum. */
static void
what_was_confirmed_does_not_count(void **state)
{
	struct asked asked;
	char *token = rears_token(&rears, "c1", EURO(1));

	(void)state;
	allow(10 * CENT, 10 * CENT);
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_READY);
	asked = rears_browse(ACTION_PAY, NULL, said.conversation);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_false(said.unasked);
	free(token);
	pay("c2", 10 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
sixty_four_at_once_cannot_pass_the_day(void **state)
{
	static struct asked asked[MANY];
	static struct said answers[MANY];
	char *tokens[MANY], jti[24];
	size_t i, paid = 0, ready = 0;

	(void)state;
	allow(10 * CENT, EURO(2));
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "p%zu", i);
		tokens[i] = rears_token(&rears, jti, 10 * CENT);
		asked[i] = rears_browse(ACTION_PAY, tokens[i], NULL);
		asked[i].session = session;
		asked[i].unasked = true;
	}
	rears_ask_all(&rears, asked, answers, MANY);
	for (i = 0; i < MANY; i++) {
		paid += answers[i].status == STATUS_PAID;
		ready += answers[i].status == STATUS_READY;
		free(tokens[i]);
	}
	assert_int_equal(paid, 20);
	assert_int_equal(ready, MANY - 20);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(48));
}

static void
another_merchant_or_currency_is_asked(void **state)
{
	struct till_ticket ticket = rears_ticket("d1", CENT);
	char *token;

	(void)state;
	allow(10 * CENT, EURO(1));
	ticket.iss = "press-2";
	if (till_ticket_sign(&ticket, rears.other, &token, &err) == -1)
		fail_msg("till_ticket_sign: %s", err.text);
	look(token, session);
	assert_int_equal(said.status, STATUS_READY);
	assert_string_equal(said.allowance, "");
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_READY);
	free(token);
	ticket = rears_ticket("d2", CENT);
	memcpy(ticket.amount.currency, "USD", 4);
	token = rears_sign(&rears, &ticket);
	look(token, session);
	assert_string_equal(said.allowance, "");
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_READY);
	free(token);
}

static void
only_a_live_session_of_that_customer_will_do(void **state)
{
	unsigned char name[SESSION_NAME_SIZE];
	char other[129];

	(void)state;
	allow(10 * CENT, EURO(1));
	accounts_sign_in(&rears, "bob", other);
	is_asked("e1", CENT, other);
	is_asked("e2", CENT, NULL);
	assert_int_equal(session_name(session, name), 0);
	assert_true(session_table_end(rears.rear->sessions, name));
	is_asked("e3", CENT, session);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_int_equal(rears_balance(&rears, "wallet:bob"), EURO(50));
}

static void
without_a_session_it_is_asked_whatever_the_stack_says(void **state)
{
	char *token = rears_token(&rears, "q1", CENT);
	struct asked asked = rears_browse(ACTION_VIEW, token, NULL);

	(void)state;
	allow(10 * CENT, EURO(1));
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	assert_string_equal(said.allowance, "");
	asked.action = ACTION_PAY;
	asked.unasked = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

/* A program asks nobody; what it may is for the caps of its token. */
static void
a_program_has_no_allowance(void **state)
{
	char *token = rears_token(&rears, "f1", CENT);
	struct asked asked = { .action = ACTION_PAY,
		.ticket = token,
		.channel = "api",
		.session = session,
		.unasked = true };

	(void)state;
	allow(10 * CENT, EURO(1));
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_READY);
	free(token);
}

static void
what_is_withdrawn_between_look_and_payment_is_asked(void **state)
{
	char *token = rears_token(&rears, "g1", CENT);

	(void)state;
	allow(10 * CENT, EURO(1));
	look(token, session);
	assert_string_not_equal(said.allowance, "");
	allow(0, 0);
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_READY);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

static void
of_a_frozen_account_it_pays_nothing(void **state)
{
	char *token = rears_token(&rears, "h1", CENT);
	struct ledger_order order;

	(void)state;
	allow(10 * CENT, EURO(1));
	accounts_ask(&rears, session, "account.freeze", NULL, &told);
	assert_int_equal(told.exit, EX_OK);
	look(token, session);
	assert_string_equal(said.allowance, "");
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.code, "frozen");
	assert_int_equal(ledger_order_get(rear_ledger(rears.rear),
			     REARS_MERCHANT, "h1", &order, &err),
	    1);
	accounts_ask(&rears, session, "account.unfreeze", NULL, &told);
	assert_int_equal(told.exit, EX_OK);
	pay_unasked(token, session);
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
}

static void
it_stands_in_for_no_stronger_authentication(void **state)
{
	(void)state;
	allow(10 * CENT, EURO(1));
	is_asked("i1", 6 * CENT, session);
	assert_int_equal(said.status, STATUS_PROMPTS);
	pay("i2", 5 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
}

/* The refusal ends nothing that the customer has not confirmed. */
static void
it_overrides_no_refusal_of_policy(void **state)
{
	struct ledger_order order;

	(void)state;
	allow(10 * CENT, EURO(1));
	pay("j1", 6 * CENT);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.reason, "limit");
	assert_int_equal(ledger_order_get(rear_ledger(rears.rear),
			     REARS_MERCHANT, "j1", &order, &err),
	    1);
	pay("j2", 5 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
the_operator_can_switch_it_off(void **state)
{
	(void)state;
	allow(10 * CENT, EURO(1));
	is_asked("k1", CENT, session);
}

static void
the_operator_can_bound_it(void **state)
{
	(void)state;
	allow(10 * CENT, EURO(1));
	is_asked("l1", 6 * CENT, session);
	pay("l2", 5 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
	is_asked("l3", 4 * CENT, session);
	pay("l4", 3 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
what_a_bank_declines_is_given_back(void **state)
{
	(void)state;
	allow(10 * CENT, 10 * CENT);
	pay("m1", 7 * CENT);
	assert_int_equal(said.status, STATUS_REFUSED);
	pay("m2", 10 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
	assert_true(rears_order(&rears, "m2").unasked);
	is_asked("m3", 1, session);
}

/* What was paid yesterday is nothing of today's. */
static void
a_new_day_begins_at_nothing(void **state)
{
	struct ledger *ledger = rear_ledger(rears.rear);
	struct generation *generation = rear_generation(rears.rear);
	const struct zone *zone = generation->conf->zone;
	struct deal deal;

	(void)state;
	allow(10 * CENT, 10 * CENT);
	deal_pay(&deal, REARS_MERCHANT, "o1", "alice", 10 * CENT);
	ledger_allowance_counter(&deal.request.counters[0], "alice",
	    REARS_MERCHANT, &deal.order.amount,
	    zone_window(zone, TILL_WINDOW_DAY,
		zone_window(zone, TILL_WINDOW_DAY, wall_s()) - 1),
	    -1);
	deal.request.counters_len = 1;
	generation_unref(generation);
	assert_int_equal(ledger_apply(ledger, &deal.request), LEDGER_DONE);
	pay("o2", 10 * CENT);
	assert_int_equal(said.status, STATUS_PAID);
	is_asked("o3", 1, session);
}

int
main(void)
{
#define WITH(f, stacks)                                                        \
	cmocka_unit_test_prestate_setup_teardown(f, setup, teardown, stacks)
#define TEST(f) WITH(f, usual)
	const struct CMUnitTest tests[] = {
		TEST(what_an_allowance_covers_needs_no_click),
		TEST(what_is_above_it_is_asked),
		TEST(what_was_confirmed_does_not_count),
		TEST(sixty_four_at_once_cannot_pass_the_day),
		TEST(another_merchant_or_currency_is_asked),
		TEST(only_a_live_session_of_that_customer_will_do),
		WITH(without_a_session_it_is_asked_whatever_the_stack_says,
		    easy),
		TEST(a_program_has_no_allowance),
		TEST(what_is_withdrawn_between_look_and_payment_is_asked),
		TEST(of_a_frozen_account_it_pays_nothing),
		WITH(it_stands_in_for_no_stronger_authentication, step_up),
		WITH(it_overrides_no_refusal_of_policy, strict),
		WITH(the_operator_can_switch_it_off, off),
		WITH(the_operator_can_bound_it, bounded),
		WITH(what_a_bank_declines_is_given_back, declining_bank),
		TEST(a_new_day_begins_at_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

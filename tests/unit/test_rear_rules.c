/*
 * test_rear_rules.c - what policy, levels and counters make of an order,
 * and who is told of it.
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

#define MANY 40

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

static void
pay(const char *jti, int64_t micro, const char *session)
{
	char *token = rears_token(&rears, jti, micro);
	struct asked asked = { .action = ACTION_PAY,
		.ticket = token,
		.channel = "api",
		.session = session,
		.customer = session == NULL ? "alice" : NULL,
		.password = session == NULL ? REARS_PASSWORD : NULL };

	rears_ask(&rears, &asked, &said);
	free(token);
}

/* How many lines of a mock's journal have this text. */
static size_t
lines(const char *name, const char *text)
{
	char path[256], line[2048];
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", rears.dir, name);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, text) != NULL;
	if (file != NULL)
		(void)fclose(file);
	return n;
}

static void
wait_lines(const char *name, const char *text, size_t n)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (lines(name, text) < n) {
		if (clock_ms() > until)
			fail_msg("%s has %zu lines with %s, not %zu", name,
			    lines(name, text), text, n);
		(void)usleep(10000);
	}
}

static void
payments_side_by_side_keep_to_the_limit_of_a_day(void **state)
{
	char session[129], jti[16], *token[MANY];
	struct asked asked[MANY];
	size_t i, paid = 0;

	(void)state;
	rears_begin(&rears,
	    "module day policy_limits per-day=\"10.01 EUR\"\n"
	    "policy veto caps\npolicy veto day\n"
	    "auth requisite pin\nsettle route wallet\nsettle refuse \"no\"\n");
	rears_sign_in(&rears, "alice", "d", session);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "d%zu", i);
		token[i] = rears_token(&rears, jti, EURO(1));
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token[i],
			.channel = "api",
			.session = session };
	}
	rears_ask_all(&rears, asked, many, MANY);
	/* What was paid can still be had, though the day's limit is reached. */
	for (i = 0; i < MANY; i++) {
		rears_ask(&rears, &asked[i], &said);
		assert_int_equal(said.status, many[i].status);
		free(token[i]);
		if (many[i].status == STATUS_PAID) {
			paid++;
			continue;
		}
		assert_int_equal(many[i].status, STATUS_REFUSED);
		assert_string_equal(many[i].reason, "limit");
	}
	assert_int_equal(paid, 10);
}

static void
a_payment_that_the_bank_declined_counts_for_no_limit(void **state)
{
	(void)state;
	rears_begin(&rears,
	    "module day policy_limits per-day=\"25.00 EUR\"\n"
	    "module bank settle_mock script=\"20.00:declined,committed\"\n"
	    "policy veto caps\npolicy veto day\nauth requisite pin\n"
	    "settle route bank when amount > 10.00 EUR\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	pay("c1", EURO(20), NULL);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "funds");
	pay("c2", EURO(20), NULL);
	assert_int_equal(said.status, STATUS_PAID);
	pay("c3", EURO(20), NULL);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "limit");
	pay("c4", EURO(5), NULL);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
what_is_refused_by_policy_is_told_after_the_password_only(void **state)
{
	char *token;
	struct asked asked;

	(void)state;
	rears_begin(&rears, rears_usual);
	token = rears_token(&rears, "p1", EURO(501));
	asked = rears_browse(ACTION_VIEW, token, NULL);
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.code, "");
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "limit");
	free(token);
}

static void
a_policy_may_ask_for_a_higher_level(void **state)
{
	(void)state;
	rears_begin(&rears,
	    "module more policy_mock answer=step-up\n"
	    "module card auth_mock answer=grant level=2 method=hwk\n"
	    "policy veto more\nauth requisite pin\n"
	    "auth required card when amount > 20.00 EUR\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	pay("l1", EURO(1), NULL);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "auth");
	assert_string_equal(said.code, "step-up");
	pay("l2", EURO(21), NULL);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
small_sums_are_exempt_until_they_add_up(void **state)
{
	char session[129];

	(void)state;
	rears_begin(&rears,
	    "module card auth_mock ask=yes level=2 method=hwk\n"
	    "policy veto caps\nauth requisite pin\n"
	    "auth required card when since-strong.count > 3 or "
	    "since-strong.amount > 10.00 EUR\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	rears_sign_in(&rears, "alice", "s0", session);
	pay("s1", EURO(1), session);
	assert_int_equal(said.status, STATUS_PAID);
	pay("s2", EURO(1), session);
	assert_int_equal(said.status, STATUS_PAID);
	pay("s3", EURO(1), session);
	assert_int_equal(said.status, STATUS_PROMPTS);
	pay("s4", EURO(9), session);
	assert_int_equal(said.status, STATUS_PROMPTS);
}

/* The line that did not pay counts nothing. */
static void
what_a_fallback_pays_counts_once(void **state)
{
	char session[129];

	(void)state;
	rears_begin(&rears,
	    "module card auth_mock ask=yes level=2 method=hwk\n"
	    "module bank settle_mock journal=@DIR@/bank\n"
	    "auth requisite pin\n"
	    "auth required card when since-strong.count > 2\n"
	    "settle route wallet on declined=next\n"
	    "settle fallback bank\nsettle refuse \"no\"\n");
	rears_sign_in(&rears, "alice", "f0", session);
	pay("f1", EURO(100000), session);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.via, "mock");
	pay("f2", EURO(1), session);
	assert_int_equal(said.status, STATUS_PROMPTS);
}

static void
payments_side_by_side_cannot_pass_the_exemption(void **state)
{
	char session[129], jti[16], *token[MANY];
	struct asked asked[MANY];
	size_t i, paid = 0;

	(void)state;
	rears_begin(&rears,
	    "module card auth_mock ask=yes level=2 method=hwk\n"
	    "policy veto caps\nauth requisite pin\n"
	    "auth required card when since-strong.count > 6\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	rears_sign_in(&rears, "alice", "e", session);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "e%zu", i);
		token[i] = rears_token(&rears, jti, EURO(1));
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token[i],
			.channel = "api",
			.session = session };
	}
	rears_ask_all(&rears, asked, many, MANY);
	for (i = 0; i < MANY; i++) {
		free(token[i]);
		paid += many[i].status == STATUS_PAID;
		assert_true(many[i].status == STATUS_PAID ||
		    many[i].status == STATUS_PROMPTS ||
		    many[i].status == STATUS_BUSY);
	}
	assert_int_equal(paid, 5);
}

static void
notify_is_told_once_and_must_lines_until_they_take_it(void **state)
{
	(void)state;
	rears_begin(&rears,
	    "module hook notify_mock journal=@DIR@/hook "
	    "script=\"voucher.issued:retry-later,delivered\"\n"
	    "module log notify_mock journal=@DIR@/log answer=retry-later\n"
	    "policy veto caps\nauth requisite pin\n"
	    "settle route wallet\nsettle refuse \"no\"\n"
	    "notify must hook\nnotify try log\n");
	pay("n1", EURO(1), NULL);
	assert_int_equal(said.status, STATUS_PAID);
	pay("n2", EURO(100), NULL);
	assert_int_equal(said.status, STATUS_REFUSED);
	wait_lines("hook", "voucher.issued", 2);
	wait_lines("hook", "ticket.refused", 1);
	assert_int_equal(lines("log", "voucher.issued"), 1);
}

static void
a_reload_takes_effect_wholly_or_not_at_all(void **state)
{
	struct rear_stats stats;
	struct diag *diag;

	(void)state;
	rears_begin(&rears, rears_usual);
	rears_configure(&rears, "policy veto nothing\n");
	diag = diag_new();
	assert_int_equal(rear_reload(rears.rear, diag), -1);
	assert_int_not_equal(diag_errors(diag), 0);
	diag_free(diag);
	rear_stats(rears.rear, &stats);
	assert_int_equal(stats.generation, 1);
	pay("g1", EURO(1), NULL);
	assert_int_equal(said.status, STATUS_PAID);
	rears_configure(&rears,
	    "policy veto caps\nauth requisite pin\n"
	    "settle route wallet when amount <= 1.00 EUR\n"
	    "settle refuse \"too much\"\n");
	diag = diag_new();
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
	rear_stats(rears.rear, &stats);
	assert_int_equal(stats.generation, 2);
	pay("g2", EURO(2), NULL);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "no-route");
	pay("g3", EURO(1), NULL);
	assert_int_equal(said.status, STATUS_PAID);
}

static void
more_than_may_be_at_work_is_busy_and_not_lost(void **state)
{
	char session[129], jti[16], *token[MANY];
	struct asked asked[MANY];
	size_t i, paid = 0, busy = 0;

	(void)state;
	rears_begin(&rears,
	    "set max-in-flight 2\n"
	    "policy veto caps\nauth requisite pin\n"
	    "settle route wallet\nsettle refuse \"no\"\n");
	rears_sign_in(&rears, "alice", "b", session);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "b%zu", i);
		token[i] = rears_token(&rears, jti, EURO(1));
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token[i],
			.channel = "api",
			.session = session };
	}
	rears_ask_all(&rears, asked, many, MANY);
	for (i = 0; i < MANY; i++) {
		if (many[i].status == STATUS_BUSY) {
			busy++;
			assert_int_not_equal(many[i].retry_after_s, 0);
		} else {
			assert_int_equal(many[i].status, STATUS_PAID);
			paid++;
		}
	}
	assert_true(busy > 0);
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - (int64_t)paid * EURO(1) - 10000);
	for (i = 0; i < MANY; i++) {
		while (many[i].status == STATUS_BUSY)
			rears_ask(&rears, &asked[i], &many[i]);
		assert_int_equal(many[i].status, STATUS_PAID);
		free(token[i]);
	}
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - MANY * EURO(1) - 10000);
}

#define RULES(test) cmocka_unit_test_teardown(test, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RULES(a_payment_that_the_bank_declined_counts_for_no_limit),
		RULES(payments_side_by_side_keep_to_the_limit_of_a_day),
		RULES(
		    what_is_refused_by_policy_is_told_after_the_password_only),
		RULES(a_policy_may_ask_for_a_higher_level),
		RULES(small_sums_are_exempt_until_they_add_up),
		RULES(what_a_fallback_pays_counts_once),
		RULES(payments_side_by_side_cannot_pass_the_exemption),
		RULES(notify_is_told_once_and_must_lines_until_they_take_it),
		RULES(a_reload_takes_effect_wholly_or_not_at_all),
		RULES(more_than_may_be_at_work_is_busy_and_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

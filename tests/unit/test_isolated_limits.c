/*
 * test_isolated_limits.c - a policy module in a host that asks for the limits
 * that it asked for last has their answers already: the same answers, and the
 * same limits are stated, as if it had asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "rear/clock.h"
#include "rear/unit.h"
#include "support/rears.h"
#include "support/sabotage.h"

static struct sabotage *t;
static struct rears rears;
static struct said said;

static void
begin(const char *const *settings)
{
	t = sabotage();
	sabotage_open("policy_limits", settings, SABOTAGE_LONG_MS, TILL_POLICY);
}

/* What one call has stated, and how. */
static void
call(enum till_result result, unsigned int asks, size_t limits)
{
	t->owner.looks = t->owner.asks = 0;
	t->owner.limits_len = 0;
	ASSERT_RESULT(instance_policy(t->it, t->ctx), result);
	assert_int_equal(t->owner.asks, asks);
	assert_int_equal(t->owner.limits_len, limits);
	assert_int_equal(t->ctx->limits_len, limits);
}

static void
a_limit_is_asked_for_once(void **state)
{
	const char *const settings[] = { "per-day=10.00 EUR", NULL };

	(void)state;
	begin(settings);
	call(TILL_ALLOW, 1, 1);
	assert_string_equal(t->ctx->limits[0].name, "per-day");
	call(TILL_ALLOW, 0, 1);
	assert_int_equal(t->owner.looks, 1);
	assert_string_equal(t->ctx->limits[0].name, "per-day");
	assert_int_equal(t->ctx->limits[0].scope, TILL_SCOPE_CUSTOMER);
	assert_int_equal(t->ctx->limits[0].window, TILL_WINDOW_DAY);
	assert_int_equal(t->ctx->limits[0].max_micro, 10000000);
	assert_int_equal(t->ctx->limits[0].max_count, -1);
	assert_int_equal(isolation_status(t->it).started, 1);
}

/* The answer is that of this order, whatever it was for the last one. */
static void
the_answer_is_of_this_order(void **state)
{
	const char *const settings[] = { "per-day=10.00 EUR", NULL };

	(void)state;
	begin(settings);
	call(TILL_ALLOW, 1, 1);
	t->owner.limit = 1;
	call(TILL_REFUSE, 0, 1);
	assert_string_equal(t->ctx->code, "limit");
	t->owner.limit = 0;
	call(TILL_ALLOW, 0, 1);
	/* What cannot be foreseen is asked for. */
	t->owner.broken = true;
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_UNAVAILABLE);
	assert_int_equal(t->ctx->limits_len, 0);
	t->owner.broken = false;
	call(TILL_ALLOW, 1, 1);
}

/* Another currency has other limits, or none. */
static void
what_is_not_asked_for_is_not_stated(void **state)
{
	const char *const settings[] = { "per-day=10.00 EUR",
		"per-month=90.00 EUR", NULL };

	(void)state;
	begin(settings);
	call(TILL_ALLOW, 2, 2);
	call(TILL_ALLOW, 0, 2);
	memcpy(t->owner.order.amount.currency, "USD", 4);
	(void)instance_policy(t->it, t->ctx);
	assert_int_equal(t->ctx->limits_len, 0);
	memcpy(t->owner.order.amount.currency, "EUR", 4);
	call(TILL_ALLOW, 2, 2);
	/* The first that refuses is the last that is asked for. */
	t->owner.over = "per-day";
	t->owner.limits_len = 0;
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_REFUSE);
	assert_int_equal(t->ctx->limits_len, t->owner.limits_len);
}

static enum order_status
pay(const char *jti)
{
	char *token = rears_token(&rears, jti, 1000000);
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	free(token);
	return said.status;
}

/* In a whole rear unit, whose ledger counts. */
static void
a_limit_holds_for_every_payment(void **state)
{
	char jti[TILL_JTI_MAX];
	int i;

	(void)state;
	rears_begin_hosted(&rears,
	    "module tight policy_limits per-day=\"4.00 EUR\" isolate=process\n"
	    "policy veto caps\n"
	    "policy veto tight\n"
	    "auth requisite pin\n"
	    "settle route wallet when currency == EUR\n"
	    "settle refuse \"not handled\"\n");
	for (i = 0; i < 6; i++) {
		(void)snprintf(jti, sizeof(jti), "p%d", i);
		if (i < 4) {
			assert_int_equal(pay(jti), STATUS_PAID);
			continue;
		}
		assert_int_not_equal(pay(jti), STATUS_PAID);
		assert_string_equal(said.code, "limit");
	}
	rears_verify(&rears);
	rears_end(&rears);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, sabotage_setup, sabotage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_limit_is_asked_for_once),
		TEST(the_answer_is_of_this_order),
		TEST(what_is_not_asked_for_is_not_stated),
		cmocka_unit_test(a_limit_holds_for_every_payment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

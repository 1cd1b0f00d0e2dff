/*
 * test_policy_limits.c - each limit refuses what is beyond it, and says
 * nothing of other currencies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

static struct loader *loader;

static const struct {
	const char *about;
	const char *settings[4];
	int64_t micro;
	const char *currency, *kind;
	const char *over; /* the limit that the server says is passed */
	enum till_result want;
	const char *why; /* part of the sentence */
	size_t limits; /* that the server was told of */
} cases[] = {
	{ "nothing set", { NULL }, 5000000, "EUR", "single", NULL,
	    TILL_NO_OPINION, "", 0 },
	{ "at the ticket's limit", { "per-ticket=5.00 EUR" }, 5000000, "EUR",
	    "single", NULL, TILL_ALLOW, "", 0 },
	{ "above it", { "per-ticket=5.00 EUR" }, 5000001, "EUR", "single", NULL,
	    TILL_REFUSE, "a payment is at most 5.00 EUR", 0 },
	{ "nothing may be paid", { "per-ticket=0.00 EUR" }, 1, "EUR", "single",
	    NULL, TILL_REFUSE, "at most 0.00 EUR", 0 },
	{ "another currency", { "per-ticket=5.00 EUR" }, 5000001, "USD",
	    "single", NULL, TILL_NO_OPINION, "", 0 },
	{ "within the day", { "per-day=10.00 EUR" }, 5000000, "EUR", "single",
	    NULL, TILL_ALLOW, "", 1 },
	{ "beyond the day", { "per-day=10.00 EUR" }, 5000000, "EUR", "single",
	    "per-day", TILL_REFUSE,
	    "a customer pays at most 10.00 EUR in a day", 1 },
	{ "a day of another currency", { "per-day=10.00 EUR" }, 5000000, "USD",
	    "single", "per-day", TILL_NO_OPINION, "", 0 },
	{ "beyond the week", { "per-week=10.00 EUR" }, 5000000, "EUR", "single",
	    "per-week", TILL_REFUSE, "in a week", 1 },
	{ "beyond the month", { "per-month=10.00 EUR" }, 5000000, "EUR",
	    "basket", "per-month", TILL_REFUSE, "in a month", 1 },
	{ "beyond the merchant's day", { "per-merchant-per-day=10.00 EUR" },
	    5000000, "EUR", "single", "per-merchant-per-day", TILL_REFUSE,
	    "in a day at one merchant", 1 },
	{ "beyond the hour's count", { "count-per-hour=3" }, 5000000, "EUR",
	    "single", "count-per-hour", TILL_REFUSE,
	    "a customer makes at most 3 payments in an hour", 1 },
	{ "a count in any currency", { "count-per-day=3" }, 5000000, "USD",
	    "single", "count-per-day", TILL_REFUSE,
	    "at most 3 payments in a day", 1 },
	{ "the first that is passed",
	    { "per-ticket=1.00 EUR", "per-day=10.00 EUR", "count-per-day=3" },
	    5000000, "EUR", "single", "per-day", TILL_REFUSE,
	    "a payment is at most 1.00 EUR", 0 },
	{ "all are told",
	    { "per-ticket=9.00 EUR", "per-day=10.00 EUR", "count-per-day=3" },
	    5000000, "EUR", "single", NULL, TILL_ALLOW, "", 2 },
	{ "one says nothing, another allows",
	    { "per-day=10.00 EUR", "count-per-day=3" }, 5000000, "USD",
	    "single", NULL, TILL_ALLOW, "", 1 },
	{ "who is it is no payment",
	    { "per-ticket=1.00 EUR", "count-per-day=3" }, 0, "EUR", "identity",
	    "count-per-day", TILL_ALLOW, "", 0 },
};

static void
test_each_limit(void **state)
{
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		owner_init(&owner);
		owner.order.amount.micro = cases[i].micro;
		(void)snprintf(owner.order.amount.currency, TILL_CURRENCY_MAX,
		    "%s", cases[i].currency);
		owner.order.kind = cases[i].kind;
		owner.over = cases[i].over;
		it = module_must_open(loader, "policy_limits",
		    cases[i].settings);
		ctx = owner_context(&owner, "it", TILL_POLICY);
		if (instance_policy(it, ctx) != cases[i].want)
			fail_msg("%s", cases[i].about);
		if (strstr(ctx->why.text, cases[i].why) == NULL)
			fail_msg("%s: '%s'", cases[i].about, ctx->why.text);
		if (cases[i].want == TILL_REFUSE)
			assert_string_equal(ctx->code, "limit");
		if (owner.limits_len != cases[i].limits)
			fail_msg("%s: %zu limits", cases[i].about,
			    owner.limits_len);
		context_free(ctx);
		instance_close(it);
	}
}

static void
test_limits_are_told_as_they_were_set(void **state)
{
	const char *const settings[] = { "per-merchant-per-day=10.00 EUR",
		"count-per-hour=3", NULL };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;

	(void)state;
	owner_init(&owner);
	it = module_must_open(loader, "policy_limits", settings);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_int_equal(ctx->limits_len, 2);
	assert_string_equal(ctx->limits[0].name, "per-merchant-per-day");
	assert_int_equal(ctx->limits[0].scope, TILL_SCOPE_CUSTOMER_AT_MERCHANT);
	assert_int_equal(ctx->limits[0].window, TILL_WINDOW_DAY);
	assert_int_equal(ctx->limits[0].max_micro, 10000000);
	assert_int_equal(ctx->limits[0].max_count, -1);
	assert_int_equal(ctx->limits[1].scope, TILL_SCOPE_CUSTOMER);
	assert_int_equal(ctx->limits[1].window, TILL_WINDOW_HOUR);
	assert_int_equal(ctx->limits[1].max_micro, -1);
	assert_int_equal(ctx->limits[1].max_count, 3);
	context_free(ctx);
	instance_close(it);
}

/* What cannot be counted is not allowed. */
static void
test_no_counter_no_payment(void **state)
{
	const char *const settings[] = { "per-day=10.00 EUR", NULL };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;

	(void)state;
	owner_init(&owner);
	owner.broken = true;
	it = module_must_open(loader, "policy_limits", settings);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_UNAVAILABLE);
	context_free(ctx);
	instance_close(it);
}

static void
test_no_count_of_zero(void **state)
{
	const char *const settings[] = { "count-per-day=0", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	assert_null(module_open(loader, "policy_limits", settings, why));
	assert_non_null(strstr(why, "is not within 1 and"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_limit),
		cmocka_unit_test(test_limits_are_told_as_they_were_set),
		cmocka_unit_test(test_no_counter_no_payment),
		cmocka_unit_test(test_no_count_of_zero),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}

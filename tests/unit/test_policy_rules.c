/*
 * test_policy_rules.c - lists, countries, hours, limits and step-up: what
 * is refused, and in which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/backend.h"
#include "module/result.h"
#include "support/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SETTINGS_MAX 6

static struct loader *loader;
static int64_t clock_s;

static int64_t
set_clock(struct till_instance *instance)
{
	(void)instance;
	return clock_s;
}

/* Ask the module itself, at the time of clock_s. */
static enum till_result
ask(struct instance *it, struct till_context *ctx)
{
	struct till_host host = *context_host();

	host.time_s = set_clock;
	context_begin(ctx);
	return it->module->policy(&host, ctx, it->self);
}

/* alice pays 5.00 EUR to press-1 in FR. */
static const struct {
	const char *about;
	const char *settings[SETTINGS_MAX];
	enum till_result want;
	const char *code, *why;
} lists[] = {
	{ "nothing set", { NULL }, TILL_NO_OPINION, "", "" },
	{ "denied", { "deny-merchant=press-2", "deny-merchant=press-1" },
	    TILL_REFUSE, "merchant-denied",
	    "merchant press-1 is on the list of those who are denied" },
	{ "others are denied", { "deny-merchant=press-2" }, TILL_ALLOW, "",
	    "" },
	{ "allowed", { "allow-merchant=press-1" }, TILL_ALLOW, "", "" },
	{ "others are allowed", { "allow-merchant=press-2" }, TILL_REFUSE,
	    "merchant-not-allowed",
	    "merchant press-1 is not on the list of those who are allowed" },
	{ "both: denied wins",
	    { "allow-merchant=press-1", "deny-merchant=press-1" }, TILL_REFUSE,
	    "merchant-denied", "denied" },
	{ "a customer denied", { "deny-customer=alice" }, TILL_REFUSE,
	    "customer-denied", "customer alice is on the list" },
	{ "a customer not allowed", { "allow-customer=bob" }, TILL_REFUSE,
	    "customer-not-allowed", "customer alice is not on the list" },
	{ "a country allowed", { "allow-country=DE", "allow-country=FR" },
	    TILL_ALLOW, "", "" },
	{ "a country not allowed", { "allow-country=DE" }, TILL_REFUSE,
	    "country-not-allowed",
	    "FR is not among the countries whose merchants are paid" },
	{ "a country denied", { "deny-country=FR" }, TILL_REFUSE,
	    "country-denied", "merchants in FR are not paid" },
	{ "other countries denied", { "deny-country=KP" }, TILL_ALLOW, "", "" },
	{ "at the step", { "step-up-above=5.00 EUR" }, TILL_ALLOW, "", "" },
	{ "above the step", { "step-up-above=4.99 EUR" }, TILL_STEP_UP,
	    "step-up", "above 4.99 EUR the auth.level is at least 2" },
	{ "a step of another currency", { "step-up-above=1.00 USD" },
	    TILL_NO_OPINION, "", "" },
	{ "steps in two currencies",
	    { "step-up-above=1.00 USD", "step-up-above=2.00 EUR", "level=3" },
	    TILL_STEP_UP, "step-up",
	    "above 2.00 EUR the auth.level is at "
	    "least 3" },
	{ "a refusal wins over a step",
	    { "step-up-above=1.00 EUR", "deny-country=FR" }, TILL_REFUSE,
	    "country-denied", "FR" },
	{ "a step wins over an allowance",
	    { "step-up-above=1.00 EUR", "allow-country=FR" }, TILL_STEP_UP,
	    "step-up", "" },
};

static void
test_lists_countries_and_steps(void **state)
{
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lists); i++) {
		print_message("%s\n", lists[i].about);
		owner_init(&owner);
		it =
		    module_must_open(loader, "policy_rules", lists[i].settings);
		ctx = owner_context(&owner, "it", TILL_POLICY);
		ASSERT_RESULT(instance_policy(it, ctx), lists[i].want);
		assert_string_equal(ctx->code, lists[i].code);
		assert_non_null(strstr(ctx->why.text, lists[i].why));
		if (lists[i].want == TILL_STEP_UP)
			assert_true(ctx->step_up >= 2);
		context_free(ctx);
		instance_close(it);
	}
}

static void
test_who_is_not_known_yet_is_no_refusal(void **state)
{
	const char *const settings[] = { "allow-customer=bob",
		"deny-customer=alice", NULL };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;

	(void)state;
	owner_init(&owner);
	owner.order.customer = "";
	it = module_must_open(loader, "policy_rules", settings);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_NO_OPINION);
	context_free(ctx);
	instance_close(it);
}

static void
test_merchant_without_country(void **state)
{
	static const char *const settings[][2] = { { "allow-country=FR", NULL },
		{ "deny-country=KP", NULL } };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(settings); i++) {
		owner_init(&owner);
		owner.order.merchant_country = "";
		it = module_must_open(loader, "policy_rules", settings[i]);
		ctx = owner_context(&owner, "it", TILL_POLICY);
		ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
		assert_string_equal(ctx->code, "country-unknown");
		context_free(ctx);
		instance_close(it);
	}
}

/* 2026-11-22 is a Sunday; Paris is one hour ahead of UTC in winter and
 * two in summer, and changes on 2026-03-29 and 2026-10-25. */
#define SUNDAY INT64_C(1795305600) /* 2026-11-22 00:00 UTC */
#define AT(hour, minute) ((hour)*3600 + (minute)*60)
#define DAY_S 86400

static const struct {
	const char *about;
	const char *settings[SETTINGS_MAX];
	int64_t time_s;
	enum till_result want;
	const char *why;
} times[] = {
	{ "at the first minute", { "hours=mon-fri 09:00-18:00" },
	    SUNDAY + DAY_S + AT(9, 0), TILL_ALLOW, "" },
	{ "a second before", { "hours=mon-fri 09:00-18:00" },
	    SUNDAY + DAY_S + AT(9, 0) - 1, TILL_REFUSE,
	    "it is mon 08:59 in UTC, and payments are taken mon-fri "
	    "09:00-18:00" },
	{ "at the last second", { "hours=mon-fri 09:00-18:00" },
	    SUNDAY + 5 * DAY_S + AT(18, 0) - 1, TILL_ALLOW, "" },
	{ "at the end", { "hours=mon-fri 09:00-18:00" },
	    SUNDAY + 5 * DAY_S + AT(18, 0), TILL_REFUSE, "it is fri 18:00" },
	{ "on another day", { "hours=mon-fri 09:00-18:00" }, SUNDAY + AT(12, 0),
	    TILL_REFUSE, "it is sun 12:00" },
	{ "in the second window",
	    { "hours=mon-fri 09:00-18:00", "hours=sat,sun 10:00-14:00" },
	    SUNDAY + AT(12, 0), TILL_ALLOW, "" },
	{ "in none of two",
	    { "hours=mon-fri 09:00-18:00", "hours=sat,sun 10:00-14:00" },
	    SUNDAY + AT(15, 0), TILL_REFUSE,
	    "payments are taken mon-fri 09:00-18:00, sat,sun 10:00-14:00" },
	{ "the day whole", { "hours=daily 00:00-24:00" }, SUNDAY, TILL_ALLOW,
	    "" },
	{ "over midnight, before", { "hours=sat 22:00-02:00" },
	    SUNDAY - AT(0, 1), TILL_ALLOW, "" },
	{ "over midnight, behind", { "hours=sat 22:00-02:00" },
	    SUNDAY + AT(1, 59), TILL_ALLOW, "" },
	{ "over midnight, too late", { "hours=sat 22:00-02:00" },
	    SUNDAY + AT(2, 0), TILL_REFUSE, "it is sun 02:00" },
	{ "over midnight, another night", { "hours=sat 22:00-02:00" },
	    SUNDAY + DAY_S, TILL_REFUSE, "it is mon 00:00" },
	{ "over the end of the week", { "hours=fri-mon 08:00-09:00" },
	    SUNDAY + AT(8, 30), TILL_ALLOW, "" },
	{ "winter in Paris",
	    { "hours=daily 09:00-18:00", "timezone=Europe/Paris" },
	    SUNDAY + AT(8, 0), TILL_ALLOW, "" },
	{ "before it in Paris",
	    { "hours=daily 09:00-18:00", "timezone=Europe/Paris" },
	    SUNDAY + AT(7, 59), TILL_REFUSE,
	    "it is sun 08:59 in Europe/Paris" },
	{ "summer in Paris, 2026-07-01",
	    { "hours=wed 09:00-18:00", "timezone=Europe/Paris" },
	    INT64_C(1782889200), TILL_ALLOW, "" },
	{ "on the date line, Monday there",
	    { "hours=mon 00:00-01:00", "timezone=Pacific/Kiritimati" },
	    SUNDAY + AT(10, 30), TILL_ALLOW, "" },
	{ "before 1970", { "hours=wed 23:00-24:00" }, -1, TILL_ALLOW, "" },
};

static void
test_hours(void **state)
{
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		print_message("%s\n", times[i].about);
		owner_init(&owner);
		it =
		    module_must_open(loader, "policy_rules", times[i].settings);
		ctx = owner_context(&owner, "it", TILL_POLICY);
		clock_s = times[i].time_s;
		ASSERT_RESULT(ask(it, ctx), times[i].want);
		assert_non_null(strstr(ctx->why.text, times[i].why));
		if (times[i].want == TILL_REFUSE)
			assert_string_equal(ctx->code, "closed");
		context_free(ctx);
		instance_close(it);
	}
}

static const struct {
	const char *setting, *name;
	enum till_scope scope;
	enum till_window window;
	int64_t max_micro, max_count;
	const char *why;
} limits[] = {
	{ "limit=customer 100.00 EUR per day", "c-day-sum", TILL_SCOPE_CUSTOMER,
	    TILL_WINDOW_DAY, 100000000, -1,
	    "a customer pays at most 100.00 EUR in a day" },
	{ "limit=customer 5 payments per hour", "c-hour-count",
	    TILL_SCOPE_CUSTOMER, TILL_WINDOW_HOUR, -1, 5,
	    "a customer makes at most 5 payments in an hour" },
	{ "limit=customer at merchant 1 payment per week", "cm-week-count",
	    TILL_SCOPE_CUSTOMER_AT_MERCHANT, TILL_WINDOW_WEEK, -1, 1,
	    "a customer makes at most 1 payment in a week at one merchant" },
	{ "limit=customer at merchant 0.50 EUR per month", "cm-month-sum",
	    TILL_SCOPE_CUSTOMER_AT_MERCHANT, TILL_WINDOW_MONTH, 500000, -1,
	    "a customer pays at most 0.50 EUR in a month at one merchant" },
	{ "limit=merchant 900.00 EUR per week", "m-week-sum",
	    TILL_SCOPE_MERCHANT, TILL_WINDOW_WEEK, 900000000, -1,
	    "a merchant is paid at most 900.00 EUR in a week" },
	{ "limit=merchant 1000000 payments per month", "m-month-count",
	    TILL_SCOPE_MERCHANT, TILL_WINDOW_MONTH, -1, 1000000,
	    "a merchant receives at most 1000000 payments in a month" },
};

static void
test_limits_are_stated_and_refuse(void **state)
{
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(limits); i++) {
		const char *const settings[] = { limits[i].setting, NULL };

		owner_init(&owner);
		it = module_must_open(loader, "policy_rules", settings);
		ctx = owner_context(&owner, "it", TILL_POLICY);
		ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
		assert_int_equal(owner.limits_len, 1);
		assert_string_equal(ctx->limits[0].name, limits[i].name);
		assert_int_equal(owner.limits[0].scope, limits[i].scope);
		assert_int_equal(owner.limits[0].window, limits[i].window);
		assert_int_equal(owner.limits[0].max_micro,
		    limits[i].max_micro);
		assert_int_equal(owner.limits[0].max_count,
		    limits[i].max_count);
		owner.limit = 1;
		ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
		assert_string_equal(ctx->code, "limit");
		assert_string_equal(ctx->why.text, limits[i].why);
		owner.broken = true;
		ASSERT_RESULT(instance_policy(it, ctx), TILL_UNAVAILABLE);
		context_free(ctx);
		instance_close(it);
	}
}

static void
test_limits_of_other_currencies_and_of_no_payment(void **state)
{
	const char *const settings[] = { "limit=customer 1.00 USD per day",
		"limit=customer 9 payments per day",
		"limit=customer 90.00 EUR per day", NULL };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;

	(void)state;
	owner_init(&owner);
	it = module_must_open(loader, "policy_rules", settings);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_int_equal(owner.limits_len, 2);
	assert_string_equal(ctx->limits[0].name, "c-day-count");
	assert_string_equal(ctx->limits[1].name, "c-day-sum");
	owner.limits_len = 0;
	owner.order.kind = "identity";
	owner.order.amount.micro = 0;
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_int_equal(owner.limits_len, 0);
	context_free(ctx);
	instance_close(it);
}

static const struct {
	const char *settings[10];
	const char *why;
} mistakes[] = {
	{ { "allow-merchant=Press" }, "'Press' is no id" },
	{ { "deny-customer=a b" }, "'a b' is no id" },
	{ { "allow-country=UK" }, "'UK' is no country code" },
	{ { "deny-country=fr" }, "'fr' is no country code" },
	{ { "deny-country=F" }, "'F' is no country code" },
	{ { "hours=mon-fri 9:00-18:00" }, "is no window like" },
	{ { "hours=mon-fri 09:00-18:00 " }, "is no window like" },
	{ { "hours=mon-fri" }, "is no window like" },
	{ { "hours=mo 09:00-18:00" }, "is no window like" },
	{ { "hours=mon, 09:00-18:00" }, "is no window like" },
	{ { "hours=mon 09:60-18:00" }, "is no window like" },
	{ { "hours=mon 09:00-24:01" }, "is no window like" },
	{ { "hours=mon 24:00-09:00" }, "is no window like" },
	{ { "hours=mon 09:00-09:00" }, "is no window like" },
	{ { "timezone=Europe/Pari" }, "unknown time zone" },
	{ { "timezone=../../etc/passwd" }, "a name like" },
	{ { "limit=customer 5 per day" }, "is not like" },
	{ { "limit=customers 5 payments per day" }, "is not like" },
	{ { "limit=customer at shop 5 payments per day" }, "is not like" },
	{ { "limit=merchant 5 payments per year" }, "does not end in" },
	{ { "limit=merchant 5 payments in day" }, "does not end in" },
	{ { "limit=customer 0 payments per day" }, "from 1 to 1000000" },
	{ { "limit=customer 5x payments per day" }, "from 1 to 1000000" },
	{ { "limit=customer 1000001 payments per day" }, "from 1 to" },
	{ { "limit=customer 5.0.0 EUR per day" }, "limit of 5.0.0 EUR" },
	{ { "limit=customer 5.00 QQQ per day" }, "limit of 5.00 QQQ" },
	{ { "limit=customer 5 payments per day",
	      "limit=customer 6 payments per day" },
	    "bounds what another limit bounds already" },
	{ { "limit=customer 1.00 EUR per hour",
	      "limit=customer 1.00 EUR per "
	      "day",
	      "limit=customer 1.00 EUR per week",
	      "limit=customer 1.00 EUR per month",
	      "limit=merchant 1.00 EUR per hour",
	      "limit=merchant 1.00 EUR per day",
	      "limit=merchant 1.00 EUR per week",
	      "limit=merchant 1.00 EUR per month",
	      "limit=merchant 1 payment per month" },
	    "more than 8 times" },
	{ { "step-up-above=30 euro" }, "step-up-above=\"30 euro\"" },
	{ { "step-up-above=30.00 EUR", "step-up-above=31.00 EUR" },
	    "set twice for EUR" },
	{ { "level=11" }, "level: '11' is not within 1 and 10" },
	{ { "deny-merchants-file=/nonexistent/list" }, "No such file" },
};

static void
test_mistakes_have_a_sentence(void **state)
{
	char why[DIAG_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(mistakes); i++) {
		assert_null(module_open(loader, "policy_rules",
		    mistakes[i].settings, why));
		if (strstr(why, mistakes[i].why) == NULL)
			fail_msg("%s: %s", mistakes[i].settings[0], why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_countries_and_steps),
		cmocka_unit_test(test_who_is_not_known_yet_is_no_refusal),
		cmocka_unit_test(test_merchant_without_country),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_limits_are_stated_and_refuse),
		cmocka_unit_test(
		    test_limits_of_other_currencies_and_of_no_payment),
		cmocka_unit_test(test_mistakes_have_a_sentence),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}

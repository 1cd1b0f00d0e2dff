/*
 * test_guard.c - a guard holds for the tickets it says, and for no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stack/guard.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A purchase of 30.00 EUR at press-2 by alice, on Monday at 06:30, the
 * third since she last used her card. */
static const struct facts facts = {
	.amount = { .micro = 30 * TILL_MICRO, .currency = "EUR" },
	.merchant = "press-2",
	.customer = "alice",
	.kind = "single",
	.channel = "browser",
	.minute = 6 * 60 + 30,
	.weekday = 1,
	.auth_level = 1,
	.strong_micro = 70 * TILL_MICRO,
	.strong_count = 3,
};

static const struct {
	const char *guard;
	bool holds;
} cases[] = {
	{ "amount == 30.00 EUR", true },
	{ "amount != 30.00 EUR", false },
	{ "amount <= 30 EUR", true },
	{ "amount < 30 EUR", false },
	{ "amount <= 29.999999 EUR", false },
	{ "amount >= 30 EUR", true },
	{ "amount > 30 EUR", false },
	{ "amount > 29.999999 EUR", true },
	{ "amount < 30.000001 EUR", true },
	/* In another currency no comparison holds, and so no negation
	 * of one fails. */
	{ "amount <= 30 USD", false },
	{ "amount > 30 USD", false },
	{ "amount != 30 USD", false },
	{ "not amount > 1 USD", true },
	{ "currency == EUR", true },
	{ "currency != EUR", false },
	{ "currency == USD", false },
	{ "currency in euros", true },
	{ "currency in dollars", false },
	{ "merchant == press-2", true },
	{ "merchant != press-2", false },
	{ "merchant == press-20", false },
	{ "merchant in trusted", true },
	{ "customer in trusted", false },
	{ "not merchant in trusted", false },
	{ "customer == alice", true },
	{ "customer != bob", true },
	{ "customer in people", true },
	{ "hour in 06:30..06:31", true },
	{ "hour in 06:00..06:30", false },
	{ "hour in 00:00..24:00", true },
	{ "hour in 22:00..06:31", true },
	{ "hour in 22:00..06:30", false },
	{ "hour in 06:30..06:00", true },
	{ "hour in 06:31..06:30", false },
	{ "weekday == monday", true },
	{ "weekday != monday", false },
	{ "weekday == sunday", false },
	{ "kind == single", true },
	{ "kind != basket", true },
	{ "kind == identity", false },
	{ "kind == enrol", false },
	{ "kind != enrol", true },
	{ "channel == browser", true },
	{ "channel == api", false },
	{ "auth.level >= 1", true },
	{ "auth.level >= 2", false },
	{ "since-strong.amount <= 70.00 EUR", true },
	{ "since-strong.amount < 70.00 EUR", false },
	{ "since-strong.amount < 70.01 USD", false },
	{ "since-strong.count < 4", true },
	{ "since-strong.count > 3", false },
	/* "and" binds closer than "or", "not" closest. */
	{ "kind == single or kind == basket and channel == api", true },
	{ "(kind == single or kind == basket) and channel == api", false },
	{ "not kind == single or channel == browser", true },
	{ "not (kind == single or channel == browser)", false },
	{ "not not kind == single", true },
	{ "kind == basket or kind == identity or kind == single", true },
	{ "kind == single and channel == browser and auth.level == 1", true },
	{ "kind == single and channel == browser and auth.level == 2", false },
};

static struct conf *
conf_of(const char *guard)
{
	char text[1024];
	struct conf *conf = NULL;
	struct diag *diag;

	diag = diag_new();
	assert_non_null(diag);
	(void)snprintf(text, sizeof(text),
	    "module a auth_a\n"
	    "list trusted press-1 press-2 press-3\n"
	    "list people alice\n"
	    "list euros EUR\n"
	    "list dollars USD CAD\n"
	    "auth required a when %s\n"
	    "settle refuse \"end\"\n",
	    guard);
	if (conf_parse_text("guard", text, strlen(text), diag, &conf) == -1)
		diag_print(diag, stderr);
	diag_free(diag);
	assert_non_null(conf);
	return conf;
}

/* What is asked of whoever signs in is asked of whoever enrols. */
static void
test_who_enrols_signs_in_too(void **state)
{
	static const struct {
		const char *guard;
		bool identity, enrol;
	} rows[] = {
		{ "kind == identity", true, true },
		{ "kind != identity", false, false },
		{ "kind == enrol", false, true },
		{ "kind != enrol", true, false },
		{ "kind == single", false, false },
		{ "kind == identity and not kind == enrol", true, false },
	};
	struct facts signs = { .merchant = "",
		.customer = "alice",
		.kind = "identity",
		.channel = "browser" };
	struct conf *conf;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf = conf_of(rows[i].guard);
		signs.enrol = false;
		assert_int_equal(guard_holds(conf->auth.rules[0].when, &signs),
		    rows[i].identity);
		signs.enrol = true;
		assert_int_equal(guard_holds(conf->auth.rules[0].when, &signs),
		    rows[i].enrol);
		conf_free(conf);
	}
}

static void
test_guards_hold_for_what_they_say(void **state)
{
	struct conf *conf;
	bool holds;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		conf = conf_of(cases[i].guard);
		holds = guard_holds(conf->auth.rules[0].when, &facts);
		if (holds != cases[i].holds)
			print_error("%s\n", cases[i].guard);
		assert_int_equal(holds, cases[i].holds);
		conf_free(conf);
	}
}

static void
test_no_guard_holds_always(void **state)
{
	(void)state;
	assert_true(guard_holds(NULL, &facts));
}

/* No conf has such guards; whatever made one, it opens nothing. */
static void
test_what_is_no_guard_holds_for_nothing(void **state)
{
	struct guard guard = { .op = (enum guard_op)99 };

	(void)state;
	assert_false(guard_holds(&guard, &facts));
	guard.op = GUARD_AUTH_LEVEL;
	guard.cmp = (enum guard_cmp)99;
	assert_false(guard_holds(&guard, &facts));
}

static void
test_an_unknown_customer_is_nobody_in_particular(void **state)
{
	struct facts unknown = facts;
	struct conf *conf;

	(void)state;
	unknown.customer = "";
	conf = conf_of("customer == alice or customer in people");
	assert_false(guard_holds(conf->auth.rules[0].when, &unknown));
	conf_free(conf);
}

/* As at a sign-in, which has none. */
static void
test_no_amount_is_neither_more_nor_less(void **state)
{
	struct facts none = facts;
	struct conf *conf;

	(void)state;
	memset(&none.amount, 0, sizeof(none.amount));
	none.kind = "identity";
	conf = conf_of("amount > 0 EUR or amount <= 30 EUR or amount == 0 EUR "
		       "or amount != 1 EUR or currency == EUR");
	assert_false(guard_holds(conf->auth.rules[0].when, &none));
	conf_free(conf);
	conf = conf_of("kind == identity and not amount > 30 EUR");
	assert_true(guard_holds(conf->auth.rules[0].when, &none));
	conf_free(conf);
}

static void
test_guards_that_need_counters_say_so(void **state)
{
	static const struct {
		const char *guard;
		bool needs;
	} needs[] = {
		{ "amount > 1 EUR", false },
		{ "since-strong.count > 1", true },
		{ "kind == single or not (channel == api and "
		  "since-strong.amount > 1 EUR)",
		    true },
		{ "kind == single and not channel == api", false },
	};
	struct conf *conf;
	size_t i;

	(void)state;
	assert_false(guard_needs_strong(NULL));
	for (i = 0; i < COUNT(needs); i++) {
		conf = conf_of(needs[i].guard);
		assert_int_equal(guard_needs_strong(conf->auth.rules[0].when),
		    needs[i].needs);
		conf_free(conf);
	}
}

static void
test_needs_customer(void **state)
{
	static const struct {
		const char *guard;
		bool needs;
	} needs[] = {
		{ "amount > 1 EUR", false },
		{ "kind == single or merchant == press-2", false },
		{ "customer == alice", true },
		{ "customer in trusted", true },
		{ "auth.level >= 2", true },
		{ "not (kind == single and since-strong.count > 1)", true },
		{ "amount > 1 EUR or (channel == api and customer != bob)",
		    true },
	};
	struct conf *conf;
	size_t i;

	(void)state;
	assert_false(guard_needs_customer(NULL));
	for (i = 0; i < COUNT(needs); i++) {
		conf = conf_of(needs[i].guard);
		assert_int_equal(guard_needs_customer(conf->auth.rules[0].when),
		    needs[i].needs);
		conf_free(conf);
	}
}

/* The clock of Paris goes from 2:00 to 3:00 at 2026-03-29 01:00 UTC and
 * back from 3:00 to 2:00 at 2026-10-25 01:00 UTC. */
static void
test_hours_follow_summer_time(void **state)
{
	static const struct {
		int64_t time_s;
		unsigned int minute, weekday;
	} times[] = {
		{ 0, 60, 4 }, /* 1970-01-01, a Thursday */
		{ -3601, 23 * 60 + 59, 3 },
		{ -3600, 0, 4 }, /* midnight in Paris */
		{ 1774745999, 119, 0 }, /* Sunday, 01:59:59 */
		{ 1774746000, 180, 0 }, /* 03:00:00 */
		{ 1792889999, 179, 0 }, /* 02:59:59 in summer */
		{ 1792890000, 120, 0 }, /* 02:00:00 again */
		{ 4102444799, 59, 5 }, /* 2100-01-01 00:59:59 */
	};
	struct facts at = facts;
	struct till_error err;
	struct zone *zone;
	size_t i;

	(void)state;
	assert_int_equal(zone_load("Europe/Paris", &zone, &err), 0);
	for (i = 0; i < COUNT(times); i++) {
		facts_set_time(&at, times[i].time_s, zone);
		assert_int_equal(at.minute, times[i].minute);
		assert_int_equal(at.weekday, times[i].weekday);
	}
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guards_hold_for_what_they_say),
		cmocka_unit_test(test_who_enrols_signs_in_too),
		cmocka_unit_test(test_no_guard_holds_always),
		cmocka_unit_test(test_what_is_no_guard_holds_for_nothing),
		cmocka_unit_test(
		    test_an_unknown_customer_is_nobody_in_particular),
		cmocka_unit_test(test_no_amount_is_neither_more_nor_less),
		cmocka_unit_test(test_guards_that_need_counters_say_so),
		cmocka_unit_test(test_needs_customer),
		cmocka_unit_test(test_hours_follow_summer_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_statement_sums.c - a statement whose lines do not add up is told from
 * one whose lines do, before anybody reads it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/statement.h"

#define LINE(amount, balance)                                                  \
	"{\"serial\":7,\"amount\":\"" amount "\",\"balance\":\"" balance "\"}"
#define PAST "{\"serial\":8,\"amount\":\"-40.00 EUR\"}"

static struct till_error err;

static int
check(const char *opening, const char *lines, const char *closing)
{
	char text[1024];
	json_t *reply;
	int r;

	(void)snprintf(text, sizeof(text),
	    "{\"opening\":[%s],\"lines\":[%s],\"closing\":[%s]}", opening,
	    lines, closing);
	reply = json_loads(text, 0, NULL);
	assert_non_null(reply);
	r = statement_check(reply, &err);
	json_decref(reply);
	return r;
}

/* The newest line is the first. */
static void
sums_that_hold_are_taken(void **state)
{
	(void)state;
	assert_int_equal(check("", "", ""), 0);
	assert_int_equal(check("\"1.00 EUR\"", "", "\"1.00 EUR\""), 0);
	assert_int_equal(check("\"0.00 EUR\"",
			     LINE("-2.50 EUR", "7.50 EUR") "," PAST
							   "," LINE("10.00 EUR",
							       "10.00 EUR"),
			     "\"7.50 EUR\""),
	    0);
	assert_int_equal(check("", LINE("-0.000001 EUR", "-0.000001 EUR"),
			     "\"-0.000001 EUR\""),
	    0);
	assert_int_equal(check("\"5.00 EUR\"",
			     LINE("3 JPY", "3 JPY") "," LINE("1.00 EUR",
				 "6.00 EUR"),
			     "\"6.00 EUR\",\"3 JPY\""),
	    0);
}

static void
sums_that_do_not_hold_are_told(void **state)
{
	static const char *const texts[][3] = {
		/* A line that is missing, or changed. */
		{ "\"0.00 EUR\"", LINE("-2.50 EUR", "7.50 EUR"),
		    "\"7.50 EUR\"" },
		{ "\"10.00 EUR\"", LINE("-2.51 EUR", "7.50 EUR"),
		    "\"7.50 EUR\"" },
		{ "\"10.00 EUR\"", LINE("2.50 EUR", "7.50 EUR"),
		    "\"7.50 EUR\"" },
		/* Another end, or none. */
		{ "\"10.00 EUR\"", LINE("-2.50 EUR", "7.50 EUR"),
		    "\"7.500001 EUR\"" },
		{ "\"10.00 EUR\"", LINE("-2.50 EUR", "7.50 EUR"), "" },
		{ "\"1.00 EUR\"", "", "\"1.00 USD\"" },
		/* What is no amount. */
		{ "\"EUR\"", "", "\"0.00 EUR\"" },
		{ "\"1.0000001 EUR\"", "", "\"1.00 EUR\"" },
		{ "\"99999999999999999999 EUR\"", "",
		    "\"99999999999999999999 EUR\"" },
		{ "7", "", "\"7.00 EUR\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (check(texts[i][0], texts[i][1], texts[i][2]) == 0)
			fail_msg("taken: %s %s %s", texts[i][0], texts[i][1],
			    texts[i][2]);
}

static void
a_day_is_from_its_beginning_to_its_end(void **state)
{
	json_t *args = json_pack("{s:s,s:s}", "since", "2026-11-22", "until",
	    "2026-11-22");

	(void)state;
	assert_int_equal(statement_prepare(args, &err), 0);
	assert_int_equal(json_integer_value(json_object_get(args, "since-ms")),
	    INT64_C(1795305600000));
	assert_int_equal(json_integer_value(json_object_get(args, "until-ms")),
	    INT64_C(1795392000000));
	json_decref(args);
	args = json_pack("{s:s,s:s}", "since", "2026-11-22T10:00", "until",
	    "2026-11-22T10:00Z");
	assert_int_equal(statement_prepare(args, &err), -1);
	json_decref(args);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_that_hold_are_taken),
		cmocka_unit_test(sums_that_do_not_hold_are_told),
		cmocka_unit_test(a_day_is_from_its_beginning_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_token_record.c - what is kept of a token is read as it was written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth_token/token.h"

#define NOW INT64_C(1795564800) /* 2026-11-25T00:00:00Z */

static void
a_record_is_read_as_it_was_written_and_not_otherwise(void **state)
{
	static const char tail[] = " EUR 100000 2000000 5 any 1795564800 a-1,b";
	static const char *const broken[] = {
		" EUR 100000 2000000 5 any 1795564800",
		" EUR 100000 2000000 5 any 1795564800 ",
		" EUR 100000 2000000 5 any 1795564800 a b",
		" EUR 100000 2000000 5 none 1795564800 a",
		" EUR 100000 2000000 x any 1795564800 a",
		" EUR 100000 -1 5 any 1795564800 a",
		" EUR 100000 9223372036854775808 5 any 1795564800 a",
		" EURO 100000 2000000 5 any 1795564800 A",
		"  EUR 100000 2000000 5 any 1795564800",
	};
	char text[TOKEN_RECORD_MAX], again[TOKEN_RECORD_MAX];
	struct token_record record;
	size_t i;

	(void)state;
	(void)snprintf(text, sizeof(text), "1 %064d%s", 7, tail);
	assert_int_equal(token_record_read((unsigned char *)text, strlen(text),
			     &record),
	    0);
	assert_int_equal(record.hash[31], 7);
	assert_int_equal(record.caps.each.micro, 100000);
	assert_int_equal(record.caps.day.micro, 2000000);
	assert_string_equal(record.caps.day.currency, "EUR");
	assert_int_equal(record.caps.count, 5);
	assert_int_equal(record.caps.channel, TOKEN_ANY);
	assert_int_equal(record.caps.expires_s, 1795564800);
	assert_int_equal(record.caps.merchants_len, 2);
	assert_string_equal(record.caps.merchants[1], "b");
	assert_int_equal(token_record_print(&record, again), 0);
	assert_string_equal(again, text);
	for (i = 0; i < strlen(text); i++)
		if (text[i] == ' ' || text[i] == 'y')
			assert_int_equal(token_record_read((unsigned char *)
							       text,
					     i, &record),
			    -1);
	text[0] = '2';
	assert_int_equal(token_record_read((unsigned char *)text, strlen(text),
			     &record),
	    -1);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		(void)snprintf(text, sizeof(text), "1 %064d%s", 7, broken[i]);
		assert_int_equal(token_record_read((unsigned char *)text,
				     strlen(text), &record),
		    -1);
	}
}

/* The most of everything fits, and what people see of it is cut. */
static void
the_largest_record_fits(void **state)
{
	char text[TOKEN_RECORD_MAX], summary[TOKEN_SUMMARY_MAX];
	struct token_record record, again;
	struct till_error err;
	size_t i;

	(void)state;
	memset(&record, 0xff, sizeof(record));
	record.caps.each = (struct till_money){ INT64_MAX, "EUR" };
	record.caps.day = record.caps.each;
	record.caps.count = TOKEN_COUNT_MAX;
	record.caps.channel = TOKEN_BROWSER;
	record.caps.expires_s = 253402300799;
	record.caps.merchants_len = TOKEN_MERCHANTS_MAX;
	for (i = 0; i < TOKEN_MERCHANTS_MAX; i++)
		(void)snprintf(record.caps.merchants[i], TILL_ID_MAX, "%032d",
		    (int)i);
	assert_int_equal(token_record_print(&record, text), 0);
	assert_int_equal(token_record_read((unsigned char *)text, strlen(text),
			     &again),
	    0);
	assert_int_equal(again.caps.merchants_len, TOKEN_MERCHANTS_MAX);
	token_caps_say("robot", &record.caps, summary);
	assert_int_equal(strlen(summary), TOKEN_SUMMARY_MAX - 1);
	record.caps.each.micro = 100000;
	record.caps.day.micro = 2000000;
	record.caps.count = -1;
	assert_int_equal(token_caps_merchants("a,b,c", &record.caps, &err), 0);
	record.caps.expires_s = NOW;
	token_caps_say("robot", &record.caps, summary);
	assert_string_equal(summary,
	    "robot: 0.10 each, 2.00 EUR a day, at a and 2 more, browser, to "
	    "2026-11-25T00:00Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_record_is_read_as_it_was_written_and_not_otherwise),
		cmocka_unit_test(the_largest_record_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

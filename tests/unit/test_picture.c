/*
 * test_picture.c - the picture of what was sold each day: what is drawn, and
 * that its words and its table say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/merchant_priv.h"

#define FIRST_S INT64_C(1792886400) /* 2026-10-25 */

static struct catalogues *all;
static char *drawn;

static int
load(void **state)
{
	const char *src = getenv("TILL_SRC");
	struct till_error err;
	char dir[4096];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/etc/pages",
	    src == NULL ? "." : src);
	return catalogues_load(dir, &all, &err);
}

static int
unload(void **state)
{
	(void)state;
	catalogues_free(all);
	return 0;
}

static int
clear(void **state)
{
	(void)state;
	free(drawn);
	drawn = NULL;
	return 0;
}

static void
draw(const char *lang, const char *days)
{
	struct work work = { .merchant = true };
	struct page page = { .work = &work,
		.words = catalogue_find(all, lang) };
	json_t *doc = json_loads(days, 0, NULL);
	size_t len;

	assert_non_null(doc);
	put_pictures(&page, doc, FIRST_S);
	json_decref(doc);
	free(drawn);
	drawn = text_take(&page.text, &len);
	assert_non_null(drawn);
}

static size_t
times(const char *what)
{
	const char *at = drawn;
	size_t n = 0;

	for (; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
has(const char *what)
{
	if (strstr(drawn, what) == NULL)
		fail_msg("no '%s' in %s", what, drawn);
}

#define DAY(day, count, amount)                                                \
	"{\"day\":\"2026-" day "T00:00:00.000Z\",\"count\":" #count            \
	",\"amount\":\"" amount "\"}"

static void
the_highest_bar_fills_the_picture_and_the_others_their_part(void **state)
{
	(void)state;
	draw("en",
	    "[" DAY("10-25", 2, "1.00 EUR") "," DAY("11-22", 3,
		"4.00 EUR") "," DAY("11-23", 1, "0.0001 EUR") "]");
	assert_int_equal(times("<rect "), MERCHANT_DAYS);
	assert_int_equal(times("class=\"none\""), MERCHANT_DAYS - 3);
	has("<rect x=\"3\" y=\"750\" width=\"14\" height=\"250\">"
	    "<title>25 October 2026 \342\200\223 1.00\302\240EUR</title>");
	has("<rect x=\"563\" y=\"0\" width=\"14\" height=\"1000\">");
	/* However little was sold, it is seen. */
	has("<rect x=\"583\" y=\"970\" width=\"14\" height=\"30\">");
	/* The same in words, and in a table with the newest day first. */
	has("<desc id=\"said-EUR\">Together 5.0001\302\240EUR. Most on one "
	    "day: 4.00\302\240EUR, 22 November 2026.</desc>");
	assert_int_equal(times("<tr><td>"), 3);
	assert_true(strstr(drawn, "<tr><td>23 November 2026</td><td>1<") <
	    strstr(drawn, "<tr><td>25 October 2026</td><td>2<"));
	draw("fr", "[" DAY("10-25", 2, "1.00 EUR") "]");
	has("25 octobre 2026 \342\200\223 1,00\302\240EUR");
}

static void
a_day_that_comes_in_parts_is_one(void **state)
{
	(void)state;
	draw("en",
	    "[" DAY("11-01", 2, "1.00 EUR") "," DAY("11-01", 3,
		"2.50 EUR") "]");
	has("<td>5</td><td>3.50\302\240EUR</td>");
	assert_int_equal(times("<tr><td>"), 1);
}

static void
each_currency_has_a_picture_of_its_own(void **state)
{
	(void)state;
	draw("en",
	    "[" DAY("11-01", 2, "1.00 EUR") "," DAY("11-01", 3,
		"2.00 CHF") "]");
	assert_int_equal(times("<figure "), 2);
	has("aria-labelledby=\"bars-CHF said-CHF\"");
}

/* Not from our rear unit; whatever it is, nothing is drawn outside. */
static void
what_is_no_day_of_these_is_not_drawn(void **state)
{
	(void)state;
	draw("en", "[]");
	assert_int_equal(times("<svg"), 0);
	has("Nothing was sold");
	draw("en",
	    "[" DAY("10-24", 2, "1.00 EUR") "," DAY("11-24", 2,
		"1.00 EUR") "," DAY("11-01", 2, "<b>") ",7,{}]");
	assert_int_equal(times("<svg"), 0);
}

/* As much as an amount can be. */
static void
the_largest_amounts_are_drawn_within_the_picture(void **state)
{
	(void)state;
	draw("en",
	    "[" DAY("11-01", 1, "1000000000000.00 EUR") "," DAY("11-02", 1,
		"500000000000.00 EUR") "]");
	has("height=\"1000\"");
	has("height=\"500\"");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clear)
	const struct CMUnitTest tests[] = {
		TEST(
		    the_highest_bar_fills_the_picture_and_the_others_their_part),
		TEST(a_day_that_comes_in_parts_is_one),
		TEST(each_currency_has_a_picture_of_its_own),
		TEST(what_is_no_day_of_these_is_not_drawn),
		TEST(the_largest_amounts_are_drawn_within_the_picture),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

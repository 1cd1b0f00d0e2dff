/*
 * test_shop_words.c - what the shop says, in each of its languages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>
#include <till/voucher.h>

#include "till-shop/html.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
every_language_has_every_word_with_the_same_places(void **state)
{
	const struct language *first = language_at(0), *one;
	size_t i, word;

	(void)state;
	assert_string_equal(first->tag, "en");
	for (i = 0; (one = language_at(i)) != NULL; i++) {
		for (word = W_NONE + 1; word < WORDS_LEN; word++) {
			if (one->words[word] == NULL)
				fail_msg("%s lacks %s", one->tag,
				    first->words[word]);
			assert_true(till_text_ok(one->words[word], 300));
			assert_int_equal(count(one->words[word], "{"),
			    count(first->words[word], "{"));
			assert_int_equal(count(one->words[word], "{}"),
			    count(first->words[word], "{}"));
			assert_null(strpbrk(one->words[word], "<>&\"'"));
		}
		for (word = 0; word < LEN(one->months); word++)
			assert_non_null(one->months[word]);
		assert_ptr_equal(language_find(one->tag), one);
	}
	assert_int_equal(i, 2);
}

static void
the_best_language_is_found(void **state)
{
	static const struct {
		const char *accept, *tag;
	} rows[] = {
		{ NULL, "en" },
		{ "", "en" },
		{ "fr", "fr" },
		{ "FR-ca", "fr" },
		{ "de, fr;q=0.5, en;q=0.4", "fr" },
		{ "de, fr;q=0.05, en;q=0.4", "en" },
		{ "en;q=0, fr;q=0.001", "fr" },
		{ "de", "en" },
		{ "*", "en" },
		{ "fr;q=0.5, *;q=0.9", "en" },
		{ "french, frx", "en" },
		{ ",,,;;;q=,fr", "fr" },
		{ "en;q=1.0, fr;q=1.0", "en" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_string_equal(language_accept(rows[i].accept)->tag,
		    rows[i].tag);
	assert_null(language_find(""));
	assert_null(language_find("e"));
	assert_null(language_find("english"));
	assert_null(language_find("en_GB"));
}

static void
amounts_and_times_are_the_readers(void **state)
{
	const struct till_money money = { INT64_C(1234567500000), "EUR" };
	const struct till_money small = { 500, "EUR" };
	const struct till_money whole = { INT64_C(1500000000), "JPY" };
	char buf[LANGUAGE_TEXT_MAX];

	(void)state;
	assert_string_equal(language_money(&language_en, &money, buf),
	    "1,234,567.50\302\240EUR");
	assert_string_equal(language_money(&language_fr, &money, buf),
	    "1\342\200\257234\342\200\257567,50\302\240EUR");
	assert_string_equal(language_money(&language_fr, &small, buf),
	    "0,0005\302\240EUR");
	assert_string_equal(language_money(&language_en, &whole, buf),
	    "1,500\302\240JPY");
	assert_string_equal(language_decimal(&language_fr, "5.5", buf), "5,5");
	assert_string_equal(language_time(&language_en, 1764000000, buf),
	    "24 November 2025, 16:00\302\240UTC");
	assert_string_equal(language_time(&language_fr, 1770336000, buf),
	    "6 février 2026, 00:00\302\240UTC");
}

static void
each_reason_of_a_refusal_has_a_sentence(void **state)
{
	unsigned int reason;

	(void)state;
	for (reason = TILL_REASON_NONE + 1;
	     till_reason_name((enum till_reason)reason) != NULL; reason++)
		assert_int_not_equal(word_of_reason(till_reason_name(
					 (enum till_reason)reason)),
		    W_NONE);
	assert_true(reason > 5);
	assert_int_equal(word_of_reason("of tomorrow"), W_NONE);
}

static void
what_goes_into_a_word_is_text(void **state)
{
	struct html h = { .language = &language_en };

	(void)state;
	html_fill(&h, W_CUSTOMER_YOU, "<b>{2}\"", NULL);
	html_fill_plain(&h, W_BUY_WHAT, "\"'<&>");
	assert_false(h.failed);
	assert_int_equal(h.len,
	    strlen("You are <bdi>&lt;b&gt;{2}&quot;</bdi>; your discount is "
		   "<bdi></bdi>.Buy &quot;&#39;&lt;&amp;&gt;"));
	assert_memory_equal(h.data,
	    "You are <bdi>&lt;b&gt;{2}&quot;</bdi>; your discount is "
	    "<bdi></bdi>.Buy &quot;&#39;&lt;&amp;&gt;",
	    h.len);
	free(h.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_language_has_every_word_with_the_same_places),
		cmocka_unit_test(the_best_language_is_found),
		cmocka_unit_test(amounts_and_times_are_the_readers),
		cmocka_unit_test(each_reason_of_a_refusal_has_a_sentence),
		cmocka_unit_test(what_goes_into_a_word_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_front_words.c - the pages' words: which language, which amount,
 * which time, and that none is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/catalogue.h"
#include "front/text.h"
#include "front/utf8.h"
#include "rear/refund.h"
#include "settle_bank/codes.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define NBSP "\302\240"
#define NNBSP "\342\200\257"

static struct catalogues *all;

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

static void
every_catalogue_has_every_word(void **state)
{
	size_t i, j, k;

	(void)state;
	assert_true(all->len >= 2);
	for (i = 0; i < all->len; i++)
		for (j = 0; j < all->len; j++)
			for (k = 0; k < all->list[i]->len; k++)
				assert_non_null(catalogue_word(all->list[j],
				    all->list[i]->words[k].key));
}

static void
a_word_has_a_hole_in_all_languages_or_in_none(void **state)
{
	const struct catalogue *first = all->list[0];
	const char *text;
	size_t i, k;

	(void)state;
	for (k = 0; k < first->len; k++) {
		for (i = 1; i < all->len; i++) {
			text =
			    catalogue_word(all->list[i], first->words[k].key);
			assert_int_equal(strstr(text, "{}") != NULL,
			    strstr(first->words[k].text, "{}") != NULL);
			assert_true(utf8_ok(text, strlen(text)));
			assert_true(strlen(text) > 0);
		}
	}
}

static void
each_refusal_of_a_bank_has_its_words(void **state)
{
	static const char *const others[] = { "no-answer", "no-bank",
		"unavailable" };
	const int classes = CODE_REFUSED - CODE_APPROVED;
	char key[64];
	size_t i;
	int k;

	(void)state;
	for (k = 0; k < classes + (int)LEN(others); k++) {
		(void)snprintf(key, sizeof(key), "code.%s",
		    k < classes ? code_class_name(
				      (enum code_class)(CODE_APPROVED + 1 + k))
				: others[k - classes]);
		for (i = 0; i < all->len; i++)
			if (catalogue_word(all->list[i], key) == NULL)
				fail_msg("%s: no %s", all->list[i]->lang, key);
	}
}

static void
each_state_of_a_refund_has_its_words(void **state)
{
	static const enum refund_state states[] = { REFUND_IS_PENDING,
		REFUND_IS_DONE, REFUND_IS_RETURNED };
	char key[80];
	size_t i, k;

	(void)state;
	for (i = 0; i < all->len; i++)
		for (k = 0; k < LEN(states); k++) {
			(void)snprintf(key, sizeof(key), "refund.%s",
			    refund_state_name(states[k]));
			if (catalogue_word(all->list[i], key) == NULL)
				fail_msg("no '%s'", key);
		}
}

/* One that stands before nothing would never be seen: its key is wrong. */
static void
a_merchants_word_stands_before_a_customers(void **state)
{
	const char own[] = "merchant/";
	const struct catalogue_word *word;
	size_t i, found = 0;

	(void)state;
	for (i = 0; i < all->list[0]->len; i++) {
		word = &all->list[0]->words[i];
		if (strncmp(word->key, own, strlen(own)) != 0)
			continue;
		found++;
		if (catalogue_word(all->list[0], word->key + strlen(own)) ==
		    NULL)
			fail_msg("no '%s'", word->key + strlen(own));
	}
	assert_true(found > 0);
}

static void
a_catalogue_is_found_by_tag(void **state)
{
	(void)state;
	assert_string_equal(catalogue_find(all, "fr")->lang, "fr");
	assert_string_equal(catalogue_find(all, "FR-ca")->lang, "fr");
	assert_string_equal(catalogue_find(all, "en-GB-oed")->lang, "en");
	assert_null(catalogue_find(all, "de"));
	assert_null(catalogue_find(all, "fra"));
	assert_null(catalogue_find(all, ""));
}

static void
the_browser_chooses_by_quality(void **state)
{
	static const struct {
		const char *accept, *want;
	} cases[] = { { "fr", "fr" }, { "en, fr", "en" },
		{ "en;q=0.5, fr;q=0.9", "fr" }, { "de, fr-CH;q=0.8", "fr" },
		{ "de;q=1.0, *;q=0.1", "en" }, { "fr;q=0, en;q=0.1", "en" },
		{ "fr ; q=0.3 , en ; q=0.4", "en" }, { "de", NULL },
		{ "", NULL }, { ",,,", NULL }, { ";q=1", NULL },
		{ "fr;q=0.001,xx", "fr" }, { "fr;q=", "fr" } };
	const struct catalogue *found;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(cases); i++) {
		found = catalogue_accept(all, cases[i].accept);
		if (cases[i].want == NULL)
			assert_null(found);
		else
			assert_string_equal(found->lang, cases[i].want);
	}
}

static void
amounts_are_written_as_readers_do(void **state)
{
	static const struct {
		int64_t micro;
		const char *currency, *en, *fr;
	} cases[] = {
		{ 1200000, "EUR", "1.20" NBSP "EUR", "1,20" NBSP "EUR" },
		{ 500, "EUR", "0.0005" NBSP "EUR", "0,0005" NBSP "EUR" },
		{ INT64_C(1234567050000), "EUR", "1,234,567.05" NBSP "EUR",
		    "1" NNBSP "234" NNBSP "567,05" NBSP "EUR" },
		{ 999000000, "JPY", "999" NBSP "JPY", "999" NBSP "JPY" },
		{ 100000000000, "JPY", "100,000" NBSP "JPY",
		    "100" NNBSP "000" NBSP "JPY" },
		{ TILL_MICRO_LIMIT, "BHD", "1,000,000,000,000.000" NBSP "BHD",
		    "1" NNBSP "000" NNBSP "000" NNBSP "000" NNBSP "000,000" NBSP
		    "BHD" },
	};
	char buf[LOCALE_AMOUNT_MAX];
	struct till_money money;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(cases); i++) {
		money.micro = cases[i].micro;
		(void)snprintf(money.currency, sizeof(money.currency), "%s",
		    cases[i].currency);
		assert_string_equal(locale_amount(catalogue_find(all, "en"),
					&money, buf),
		    cases[i].en);
		assert_string_equal(locale_amount(catalogue_find(all, "fr"),
					&money, buf),
		    cases[i].fr);
	}
	assert_string_equal(locale_decimal(catalogue_find(all, "fr"), "5.5",
				buf),
	    "5,5");
}

static void
times_say_their_zone(void **state)
{
	char buf[LOCALE_TIME_MAX];

	(void)state;
	assert_string_equal(locale_time(catalogue_find(all, "en"), 1795362300,
				buf),
	    "22 November 2026, 15:45" NBSP "UTC");
	assert_string_equal(locale_time(catalogue_find(all, "fr"), 1770681600,
				buf),
	    "10 f\303\251vrier 2026, 00:00" NBSP "UTC");
}

static void
texts_are_escaped_for_where_they_stand(void **state)
{
	struct text text = { 0 };
	char *taken;
	size_t len;

	(void)state;
	text_html(&text, "<a href=\"x\" title='y'>&amp;</a>");
	text_add(&text, " ");
	text_json(&text, "a\"b\\c\n\x01\x7f\303\251");
	text_add(&text, " ");
	text_url(&text, "a b/\303\251~");
	text_add(&text, " ");
	text_number(&text, UINT64_MAX);
	text_number(&text, 0);
	taken = text_take(&text, &len);
	assert_string_equal(taken,
	    "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt; "
	    "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\303\251\" "
	    "a%20b%2F%C3%A9~ 184467440737095516150");
	assert_int_equal(len, strlen(taken));
	free(taken);
}

static void
a_text_has_an_end(void **state)
{
	static char block[65536];
	struct text text = { 0 };
	size_t i, len;

	(void)state;
	memset(block, 'x', sizeof(block));
	for (i = 0; i < TEXT_MAX / sizeof(block); i++)
		text_octets(&text, block, sizeof(block));
	assert_true(text.failed);
	assert_null(text_take(&text, &len));
	/* And may be begun again. */
	text_add(&text, "y");
	free(text_take(&text, &len));
	assert_int_equal(len, 1);
}

static void
a_prefix_ends_between_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_prefix("abc", 2), 2);
	assert_int_equal(utf8_prefix("abc", 3), 3);
	assert_int_equal(utf8_prefix("abc", 9), 3);
	assert_int_equal(utf8_prefix("\303\251\303\251x", 1), 2);
	assert_int_equal(utf8_prefix("\303\251\303\251x", 2), 4);
	assert_int_equal(utf8_prefix("", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_catalogue_has_every_word),
		cmocka_unit_test(a_word_has_a_hole_in_all_languages_or_in_none),
		cmocka_unit_test(each_refusal_of_a_bank_has_its_words),
		cmocka_unit_test(each_state_of_a_refund_has_its_words),
		cmocka_unit_test(a_merchants_word_stands_before_a_customers),
		cmocka_unit_test(a_catalogue_is_found_by_tag),
		cmocka_unit_test(the_browser_chooses_by_quality),
		cmocka_unit_test(amounts_are_written_as_readers_do),
		cmocka_unit_test(times_say_their_zone),
		cmocka_unit_test(texts_are_escaped_for_where_they_stand),
		cmocka_unit_test(a_text_has_an_end),
		cmocka_unit_test(a_prefix_ends_between_characters),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

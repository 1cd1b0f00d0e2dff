/*
 * test_diag.c - findings are told in order, with the line and a caret
 * under the place, whatever the line is made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "config/diag.h"
#include "config/near.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct diag *
diag_of(const char *file, const char *text)
{
	struct diag *diag;

	diag = diag_new();
	assert_non_null(diag);
	assert_non_null(diag_source(diag, file, text, strlen(text)));
	return diag;
}

static void
assert_prints(const struct diag *diag, const char *expected)
{
	char *text = NULL;
	size_t len;
	FILE *file;

	file = open_memstream(&text, &len);
	assert_non_null(file);
	diag_print(diag, file);
	assert_int_equal(fclose(file), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void
test_a_finding_shows_its_line_and_a_caret(void **state)
{
	const char *const words[] = { "required", "requisite", NULL };
	const struct diag_place place = { "till.conf", 2, 9, 8 };
	struct diag *diag;

	(void)state;
	diag = diag_of("till.conf", "# one\nauth    requisit  pin\n");
	diag_error(diag, &place, "unknown control for auth '%s'", "requisit");
	diag_suggest(diag, "requisit", words);
	assert_prints(diag,
	    "till.conf:2:9: error: unknown control for auth 'requisit'\n"
	    "auth    requisit  pin\n"
	    "        ^~~~~~~~\n"
	    "  did you mean 'requisite'? one of: required, requisite\n");
	diag_free(diag);
}

static void
test_the_caret_stands_below_its_place(void **state)
{
	static const struct {
		const char *line;
		unsigned int col, width;
		const char *shown, *caret;
	} carets[] = {
		{ "abc", 1, 3, "abc", "^~~" }, { "abc", 3, 0, "abc", "  ^" },
		{ "abc", 4, 1, "abc", "   ^" }, /* behind the line */
		{ "abc", 2, 99, "abc", " ^~" }, /* no longer than it */
		{ "abc", 99, 1, "abc", "   ^" },
		{ "\ta\tb", 4, 1, "\ta\tb", "\t \t^" },
		{ "\"\303\251t\303\251\" x", 9, 1, "\"\303\251t\303\251\" x",
		    "      ^" },
		{ "\303\251t\303\251", 1, 5, "\303\251t\303\251", "^~~" },
		{ "a\033[2Jb", 6, 1, "a?[2Jb", "     ^" },
		{ "a\377b", 3, 1, "a?b", "  ^" },
		{ "\342\200\256x", 4, 1, "???x", "   ^" }, /* U+202E */
	};
	struct diag_place place = { .file = "f", .line = 1 };
	char expected[256];
	struct diag *diag;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(carets); i++) {
		diag = diag_of("f", carets[i].line);
		place.col = carets[i].col;
		place.width = carets[i].width;
		diag_error(diag, &place, "x");
		(void)snprintf(expected, sizeof(expected),
		    "f:1:%u: error: x\n%s\n%s\n", place.col, carets[i].shown,
		    carets[i].caret);
		assert_prints(diag, expected);
		diag_free(diag);
	}
}

static void
test_findings_come_in_the_order_of_files_and_lines(void **state)
{
	const struct diag_place whole = { .file = "a" };
	const struct diag_place third = { "a", 3, 1, 1 };
	const struct diag_place first = { "a", 1, 2, 1 };
	const struct diag_place other = { "b", 1, 1, 1 };
	const struct diag_place unknown = { "c", 7, 1, 1 };
	struct diag *diag;

	(void)state;
	diag = diag_of("a", "one\ntwo\r\nthree");
	assert_non_null(diag_source(diag, "b", "x", 1));
	diag_error(diag, &unknown, "fifth");
	diag_warning(diag, &whole, "third");
	diag_error(diag, &other, "fourth");
	diag_error(diag, &third, "second");
	diag_error(diag, &first, "first");
	assert_int_equal(diag_errors(diag), 4);
	assert_int_equal(diag_warnings(diag), 1);
	assert_prints(diag,
	    "a:1:2: error: first\none\n ^\n"
	    "a:3:1: error: second\nthree\n^\n"
	    "a: warning: third\n"
	    "b:1:1: error: fourth\nx\n^\n"
	    "c:7:1: error: fifth\n");
	diag_free(diag);
}

static void
test_more_findings_than_are_kept_are_counted(void **state)
{
	const struct diag_place place = { "f", 1, 1, 1 };
	struct diag *diag;
	char *text = NULL;
	size_t len, i;
	FILE *file;

	(void)state;
	diag = diag_of("f", "x");
	for (i = 0; i < DIAG_MAX + 3; i++) {
		diag_error(diag, &place, "%zu", i);
		diag_note(diag, "note %zu", i);
	}
	assert_int_equal(diag_errors(diag), DIAG_MAX + 3);
	assert_int_equal(diag_size(diag), DIAG_MAX);
	/* A note for one that was not kept is not put to another. */
	assert_string_equal(diag_at(diag, DIAG_MAX - 1)->note, "note 199");
	file = open_memstream(&text, &len);
	assert_non_null(file);
	diag_print(diag, file);
	assert_int_equal(fclose(file), 0);
	assert_non_null(strstr(text, "\nand 3 more\n"));
	free(text);
	diag_free(diag);
}

static void
test_texts_are_fit_for_a_terminal(void **state)
{
	const struct diag_place place = { "a\033]0;b\a", 1, 1, 1 };
	struct diag *diag;

	(void)state;
	diag = diag_of("f", "x");
	diag_error(diag, &place, "\033[31m%s\n", "\302\233");
	assert_prints(diag, "a?]0;b?:1:1: error: ?[31m???\n");
	diag_free(diag);
}

static void
test_a_file_is_known_as_long_as_the_diag(void **state)
{
	struct diag_place place = { .line = 1, .col = 1 };
	struct diag *diag;
	char *name;

	(void)state;
	diag = diag_new();
	assert_non_null(diag);
	name = strdup("gone");
	assert_non_null(name);
	place.file = name;
	diag_error(diag, &place, "x");
	free(name);
	assert_string_equal(diag_at(diag, 0)->place.file, "gone");
	diag_free(diag);
}

static void
test_json_has_all_that_is_printed(void **state)
{
	const struct diag_place place = { "f\"", 2, 3, 1 };
	char *text = NULL;
	struct diag *diag;
	json_t *array, *finding;
	size_t len;
	FILE *file;

	(void)state;
	diag = diag_of("f\"", "one\ntwo\n");
	diag_warning(diag, &place, "\"x\" \303\251");
	diag_note(diag, "why");
	file = open_memstream(&text, &len);
	assert_non_null(file);
	diag_print_json(diag, file);
	assert_int_equal(fclose(file), 0);
	array = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(array), 1);
	finding = json_array_get(array, 0);
	assert_string_equal(json_string_value(json_object_get(finding, "file")),
	    "f\"");
	assert_int_equal(json_integer_value(json_object_get(finding, "line")),
	    2);
	assert_int_equal(json_integer_value(json_object_get(finding, "col")),
	    3);
	assert_string_equal(json_string_value(
				json_object_get(finding, "level")),
	    "warning");
	assert_string_equal(json_string_value(json_object_get(finding, "text")),
	    "\"x\" \303\251");
	assert_string_equal(json_string_value(json_object_get(finding, "note")),
	    "why");
	json_decref(array);
	free(text);
	diag_free(diag);
}

static void
test_the_nearest_word_is_the_one_that_was_meant(void **state)
{
	static const char *const words[] = { "required", "requisite",
		"sufficient", "veto", "optional", "since-strong.amount", "EUR",
		NULL };
	static const struct {
		const char *written, *meant;
	} meant[] = {
		{ "requisit", "requisite" },
		{ "requierd", "required" },
		{ "Required", "required" },
		{ "vetto", "veto" },
		{ "evto", "veto" },
		{ "opt", "optional" },
		{ "since", "since-strong.amount" },
		{ "eur", "EUR" },
		{ "EURO", "EUR" },
		{ "", NULL },
		{ "x", NULL },
		{ "op", NULL },
		{ "forbidden", NULL },
		{ "requiredrequiredrequiredrequiredrequiredrequiredrequired"
		  "required",
		    NULL },
		{ "requiredrequiredrequiredrequiredrequiredrequiredrequired"
		  "requiredx",
		    NULL },
	};
	const char *near;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(meant); i++) {
		near = nearest(meant[i].written, words);
		if (meant[i].meant == NULL)
			assert_null(near);
		else if (near == NULL)
			fail_msg("'%s' is near to nothing", meant[i].written);
		else
			assert_string_equal(near, meant[i].meant);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_finding_shows_its_line_and_a_caret),
		cmocka_unit_test(test_the_caret_stands_below_its_place),
		cmocka_unit_test(
		    test_findings_come_in_the_order_of_files_and_lines),
		cmocka_unit_test(test_more_findings_than_are_kept_are_counted),
		cmocka_unit_test(test_texts_are_fit_for_a_terminal),
		cmocka_unit_test(test_a_file_is_known_as_long_as_the_diag),
		cmocka_unit_test(test_json_has_all_that_is_printed),
		cmocka_unit_test(
		    test_the_nearest_word_is_the_one_that_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

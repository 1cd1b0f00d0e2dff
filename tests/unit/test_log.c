/*
 * test_log.c - every event is one line of JSON, whatever it is about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "log/log.h"

#define LONG 20000

static int saved = -1;

/* Standard error goes to a file meanwhile. */
static void
listen_begin(FILE **file)
{
	*file = tmpfile();
	assert_non_null(*file);
	saved = dup(STDERR_FILENO);
	assert_int_not_equal(saved, -1);
	assert_int_not_equal(dup2(fileno(*file), STDERR_FILENO), -1);
}

static json_t *
listen_end(FILE *file)
{
	static char text[2 * LOG_LINE_MAX];
	json_error_t error;
	json_t *json;
	size_t len;

	assert_int_not_equal(dup2(saved, STDERR_FILENO), -1);
	(void)close(saved);
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	assert_true(len > 0 && len <= LOG_LINE_MAX && text[len - 1] == '\n');
	assert_ptr_equal(strchr(text, '\n'), text + len - 1);
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		fail_msg("%s in %s", error.text, text);
	return json;
}

static const char *
string(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static void
a_line_has_time_level_unit_and_event(void **state)
{
	char number[LOG_NUMBER_MAX];
	json_t *json;
	FILE *file;

	(void)state;
	log_open("rear");
	listen_begin(&file);
	log_line(TILL_LOG_WARNING, "disk.low", "free", log_number(-12, number),
	    "left-out", NULL, "ticket", "abc", NULL);
	json = listen_end(file);
	assert_int_equal(strlen(string(json, "time")), 24);
	assert_string_equal(string(json, "level"), "warning");
	assert_string_equal(string(json, "unit"), "rear");
	assert_string_equal(string(json, "event"), "disk.low");
	assert_string_equal(string(json, "free"), "-12");
	assert_string_equal(string(json, "ticket"), "abc");
	assert_int_equal(json_object_size(json), 6);
	json_decref(json);
}

static void
anything_in_a_text_is_escaped(void **state)
{
	json_t *json;
	FILE *file;

	(void)state;
	listen_begin(&file);
	log_line(TILL_LOG_INFO, "odd", "a",
	    "\"quoted\"\\\n{\"level\":\x1b[2J\x7f", "b", "\xff\xc3", "c",
	    "\xc2\x9b", "d",
	    "\xe2\x80\xae"
	    "x",
	    "e", "\xc3\xa9\xf0\x9f\x98\x80", NULL);
	json = listen_end(file);
	assert_string_equal(string(json, "a"),
	    "\"quoted\"\\\n{\"level\":\x1b[2J\x7f");
	assert_string_equal(string(json, "b"), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(string(json, "c"), "\xc2\x9b");
	assert_string_equal(string(json, "d"),
	    "\xef\xbf\xbd"
	    "x");
	assert_string_equal(string(json, "e"), "\xc3\xa9\xf0\x9f\x98\x80");
	json_decref(json);
}

static void
a_long_line_is_cut_between_pairs(void **state)
{
	char *text = malloc(LONG);
	json_t *json;
	FILE *file;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', LONG);
	text[LONG - 1] = '\0';
	listen_begin(&file);
	log_line(TILL_LOG_INFO, "long", "short", "x", "text", text, "after",
	    "y", NULL);
	json = listen_end(file);
	assert_string_equal(string(json, "short"), "x");
	assert_null(string(json, "text"));
	assert_null(string(json, "after"));
	assert_true(json_is_true(json_object_get(json, "cut")));
	json_decref(json);
	free(text);
}

static void
debug_lines_are_written_only_when_asked_for(void **state)
{
	json_t *json;
	FILE *file;

	(void)state;
	listen_begin(&file);
	log_line(TILL_LOG_DEBUG, "not", NULL);
	log_debug(true);
	log_line(TILL_LOG_DEBUG, "asked", NULL);
	log_debug(false);
	json = listen_end(file);
	assert_string_equal(string(json, "event"), "asked");
	json_decref(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_level_unit_and_event),
		cmocka_unit_test(anything_in_a_text_is_escaped),
		cmocka_unit_test(a_long_line_is_cut_between_pairs),
		cmocka_unit_test(debug_lines_are_written_only_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_front_body.c - what is read in a request's body, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/body.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Each on a heap block of its own size, so that a step beyond shows. */
static int
parse(int (*function)(char *, size_t, struct body *, struct till_error *),
    const char *text, char **copy_r, struct body *body_r)
{
	struct till_error err;
	int r;

	*copy_r = strdup(text);
	assert_non_null(*copy_r);
	r = function(*copy_r, strlen(text), body_r, &err);
	if (r == -1)
		assert_true(strlen(err.text) > 0);
	return r;
}

static void
an_object_of_strings_is_read_in_place(void **state)
{
	struct body body;
	char *copy;

	(void)state;
	assert_int_equal(parse(body_json,
			     " { \"a\" : \"b\" , \"answers\" : { \"pin\" : "
			     "\"1\\u00e9\\ud83d\\ude00\\n\\/\" } , \"t\" : "
			     "true, \"f\":false,\"n\":null }\r\n",
			     &copy, &body),
	    0);
	assert_int_equal(body.len, 5);
	assert_string_equal(body_text(&body, "", "a"), "b");
	assert_string_equal(body_text(&body, "answers", "pin"),
	    "1\303\251\360\237\230\200\n/");
	assert_null(body_text(&body, "", "pin"));
	assert_null(body_text(&body, "", "t"));
	assert_true(body_true(&body, "", "t"));
	assert_false(body_true(&body, "", "f"));
	assert_false(body_true(&body, "", "n"));
	assert_false(body_true(&body, "", "a"));
	assert_true(body_text(&body, "", "a") > copy &&
	    body_text(&body, "", "a") < copy + 20);
	free(copy);
}

static void
what_is_no_such_object_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "{", "}", "[]", "\"a\"",
		"1", "true", "{}{}", "{} x", "{\"a\"}", "{\"a\":}", "{\"a\":1}",
		"{\"a\":-}", "{\"a\":[]}", "{\"a\":tru}", "{\"a\":\"b\"",
		"{\"a\":\"b\",}", "{,}", "{a:\"b\"}", "{'a':'b'}",
		"{\"a\":\"b\" \"c\":\"d\"}", "{\"a\":\"b\",\"a\":\"c\"}",
		"{\"\":\"b\"}", "{\"a\":\"b", "{\"a\":\"b\\", "{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}", "{\"a\":\"\\u123g\"}",
		"{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\ud800x\"}", "{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\\udc00\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\n\"}",
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}",
		"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf5\x80\x80\x80\"}",
		"{\"\xff\":\"b\"}", "{\"a\\u0000b\":\"c\"}",
		"{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":\"c\",\"b\":\"d\"}}",
		"\xef\xbb\xbf{\"a\":\"b\"}" };
	struct body body;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		if (parse(body_json, bad[i], &copy, &body) != -1)
			fail_msg("taken: %s", bad[i]);
		free(copy);
	}
}

static void
an_octet_behind_the_end_is_not_read(void **state)
{
	char text[] = "{\"a\":\"b\"}\0{\"a\":\"b\"}";
	struct till_error err;
	struct body body;

	(void)state;
	/* A NUL in the middle is not the end. */
	assert_int_equal(body_json(text, sizeof(text) - 1, &body, &err), -1);
}

static void
a_form_is_decoded_and_grouped(void **state)
{
	struct body body;
	char *copy;

	(void)state;
	assert_int_equal(parse(body_form,
			     "a=b+c%2Bd&answers.pin=%C3%A9&empty=&none&&e=f=g",
			     &copy, &body),
	    0);
	assert_string_equal(body_text(&body, "", "a"), "b c+d");
	assert_string_equal(body_text(&body, "answers", "pin"), "\303\251");
	assert_string_equal(body_text(&body, "", "empty"), "");
	assert_string_equal(body_text(&body, "", "none"), "");
	assert_string_equal(body_text(&body, "", "e"), "f=g");
	free(copy);
	assert_int_equal(parse(body_form, "", &copy, &body), 0);
	assert_int_equal(body.len, 0);
	free(copy);
}

static void
a_form_that_says_two_things_is_refused(void **state)
{
	static const char *const bad[] = { "a=1&a=2", "a=%", "a=%4", "a=%zz",
		"a=%00", "%00=a", "%=a", "a=%ff", "%ff=a", "x.a=1&x.a=2" };
	struct body body;
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		if (parse(body_form, bad[i], &copy, &body) != -1)
			fail_msg("taken: %s", bad[i]);
		free(copy);
	}
}

static void
there_is_room_for_so_many_members_and_no_more(void **state)
{
	char text[BODY_MEMBERS_MAX * 8 + 16], *copy;
	struct body body;
	size_t at = 0;
	int i;

	(void)state;
	for (i = 0; i <= BODY_MEMBERS_MAX; i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%sa%d=b",
		    i > 0 ? "&" : "", i);
		assert_int_equal(parse(body_form, text, &copy, &body),
		    i < BODY_MEMBERS_MAX ? 0 : -1);
		free(copy);
	}
}

static void
a_member_that_is_not_known_is_named(void **state)
{
	static const char *const known[] = { "a", "answers.", NULL };
	struct body body;
	char *copy;

	(void)state;
	assert_int_equal(parse(body_form, "a=1&answers.x=2", &copy, &body), 0);
	assert_null(body_unknown(&body, known));
	free(copy);
	assert_int_equal(parse(body_form, "a=1&other.a=2", &copy, &body), 0);
	assert_string_equal(body_unknown(&body, known), "a");
	free(copy);
	assert_int_equal(parse(body_form, "ab=1", &copy, &body), 0);
	assert_string_equal(body_unknown(&body, known), "ab");
	free(copy);
}

static void
octets_come_in_a_group_of_their_own(void **state)
{
	static const char *const bad[] = { "octets.a=QQ%3D%3D", "octets.a=Q",
		"octets.a=+/8", "octets.a=QR", "octets.a=caf%c3%a9",
		"octets.a=AAAA&answers.a=b", "answers.a=&octets.a=AAAA" };
	const struct body_member *member;
	struct till_error err;
	struct body body;
	char *copy;
	size_t i;

	(void)state;
	assert_int_equal(parse(body_form,
			     "octets.a=AP8KAA&b=AAAA&octets.n=&answers.t=AAAA",
			     &copy, &body),
	    0);
	assert_int_equal(body_octets(&body, "octets", "answers", &err), 0);
	member = &body.members[0];
	assert_string_equal(member->group, "answers");
	assert_int_equal(member->len, 4);
	assert_memory_equal(member->value, "\0\xff\n\0", 5);
	assert_string_equal(body_text(&body, "", "b"), "AAAA");
	assert_int_equal(body.members[2].len, 0);
	assert_string_equal(body_text(&body, "answers", "n"), "");
	assert_string_equal(body_text(&body, "answers", "t"), "AAAA");
	free(copy);
	assert_int_equal(parse(body_json,
			     "{\"octets\":{\"a\":\"AP8K\","
			     "\"b\":null}}",
			     &copy, &body),
	    0);
	assert_int_equal(body_octets(&body, "octets", "answers", &err), -1);
	free(copy);
	for (i = 0; i < LEN(bad); i++) {
		assert_int_equal(parse(body_form, bad[i], &copy, &body), 0);
		if (body_octets(&body, "octets", "answers", &err) == 0)
			fail_msg("'%s' is taken", bad[i]);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_of_strings_is_read_in_place),
		cmocka_unit_test(what_is_no_such_object_is_refused),
		cmocka_unit_test(an_octet_behind_the_end_is_not_read),
		cmocka_unit_test(a_form_is_decoded_and_grouped),
		cmocka_unit_test(a_form_that_says_two_things_is_refused),
		cmocka_unit_test(there_is_room_for_so_many_members_and_no_more),
		cmocka_unit_test(a_member_that_is_not_known_is_named),
		cmocka_unit_test(octets_come_in_a_group_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

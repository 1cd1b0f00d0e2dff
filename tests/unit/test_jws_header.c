/*
 * test_jws_header.c - the quick reader of headers agrees with the whole
 * one, wherever it dares to answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jws_header.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct till_error err;

static void
the_plain_form_is_read_in_any_order(void **state)
{
	static const char *const rows[] = {
		"{\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}",
		"{\"typ\":\"t\",\"kid\":\"k\",\"alg\":\"a\"}",
		"{\"kid\":\"k\",\"alg\":\"a\",\"typ\":\"t\"}",
	};
	struct jws_header header;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		assert_true(jws_header_scan(rows[i], strlen(rows[i]), &header));
		assert_string_equal(header.alg, "a");
		assert_string_equal(header.kid, "k");
		assert_string_equal(header.typ, "t");
	}
}

/* What the quick reader leaves alone, and what the whole one says. */
static void
all_else_is_left_to_the_parser(void **state)
{
	static const struct {
		const char *json;
		bool good;
	} rows[] = {
		{ "{ \"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}", true },
		{ "{\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}\n", true },
		{ "{\"alg\":\"\\u0061\",\"kid\":\"k\",\"typ\":\"t\"}", true },
		{ "{\"\\u0061lg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}", true },
		{ "{\"alg\":\"a/b\",\"kid\":\"k\",\"typ\":\"t\"}", true },
		{ "", false },
		{ "{", false },
		{ "{}", false },
		{ "{\"alg\":\"", false },
		{ "{\"alg\":\"a", false },
		{ "{\"alg\":\"a\"", false },
		{ "{\"alg\":\"a\",\"kid\":\"k\"}", false },
		{ "{\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"", false },
		{ "{\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}}", false },
		{ "{\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\",}", false },
		{ "{,\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}", false },
		{ ",\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\"}", false },
		{ "{\"alg\":\"a\"{\"kid\":\"k\",\"typ\":\"t\"}", false },
		{ "{\"alg\":\"a\",\"alg\":\"k\",\"typ\":\"t\"}", false },
		{ "{\"alg\":\"a\",\"kid\":\"k\",\"typ\":\"t\",\"x\":\"y\"}",
		    false },
		{ "{\"alg\":\"a\",\"kid\":\"k\",\"cty\":\"t\"}", false },
		{ "{\"alg\":\"a\",\"kid\":1,\"typ\":\"t\"}", false },
		{ "{\"alg\":\"a\x01\",\"kid\":\"k\",\"typ\":\"t\"}", false },
	};
	struct jws_header header;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		assert_false(jws_header_scan(rows[i].json, strlen(rows[i].json),
		    &header));
		if ((jws_header_read(rows[i].json, strlen(rows[i].json),
			 &header, &err) == 0) != rows[i].good)
			fail_msg("%s", rows[i].json);
	}
}

/* Every octet of a header changed to every other. */
static void
where_the_quick_reader_answers_the_parser_says_the_same(void **state)
{
	static const char honest[] =
	    "{\"alg\":\"ES256\",\"kid\":\"x_-Z\",\"typ\":\"till+jwt\"}";
	struct jws_header quick, whole;
	char json[sizeof(honest)];
	size_t at;
	int c, answered = 0;

	(void)state;
	for (at = 0; at < strlen(honest); at++) {
		for (c = 0; c < 256; c++) {
			memcpy(json, honest, sizeof(honest));
			json[at] = (char)c;
			if (!jws_header_scan(json, strlen(honest), &quick))
				continue;
			answered++;
			assert_int_equal(jws_header_parse(json, strlen(honest),
					     &whole, &err),
			    0);
			assert_string_equal(quick.alg, whole.alg);
			assert_string_equal(quick.kid, whole.kid);
			assert_string_equal(quick.typ, whole.typ);
		}
	}
	/* each of 65 letters where a value stands; else the honest one */
	assert_int_equal(answered, 17 * 65 + (int)strlen(honest) - 17);
}

static void
a_header_cut_short_is_never_read_past_its_end(void **state)
{
	static const char honest[] =
	    "{\"alg\":\"ES256\",\"kid\":\"x_-Z\",\"typ\":\"till+jwt\"}";
	struct jws_header header;
	char *exact;
	size_t cut;

	(void)state;
	for (cut = 0; cut < strlen(honest); cut++) {
		exact = malloc(cut + 1);
		assert_non_null(exact);
		memcpy(exact, honest, cut);
		exact[cut] = '\0';
		assert_int_equal(jws_header_read(exact, cut, &header, &err),
		    -1);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plain_form_is_read_in_any_order),
		cmocka_unit_test(all_else_is_left_to_the_parser),
		cmocka_unit_test(
		    where_the_quick_reader_answers_the_parser_says_the_same),
		cmocka_unit_test(a_header_cut_short_is_never_read_past_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

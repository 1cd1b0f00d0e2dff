/*
 * test_base64url.c - one encoding for each string of octets, no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base64url.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
the_examples_of_rfc_4648_hold(void **state)
{
	static const struct {
		const char *octets, *text;
	} rows[] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "-__-" },
	};
	char text[16], octets[16];
	size_t i, len;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		len = strlen(rows[i].octets);
		assert_int_equal(base64url_encode(rows[i].octets, len, text),
		    strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
		assert_int_equal(base64url_decode(text, strlen(text), octets,
				     sizeof(octets), &len),
		    0);
		assert_int_equal(len, strlen(rows[i].octets));
		assert_memory_equal(octets, rows[i].octets, len);
	}
}

static void
every_octet_goes_there_and_back_at_every_place(void **state)
{
	unsigned char in[5], out[5];
	char text[BASE64URL_SIZE(sizeof(in))];
	size_t n, at, len;
	unsigned int v;

	(void)state;
	for (n = 1; n <= sizeof(in); n++) {
		for (at = 0; at < n; at++) {
			for (v = 0; v < 256; v++) {
				memset(in, 0x5a, sizeof(in));
				in[at] = (unsigned char)v;
				len = base64url_encode(in, n, text);
				assert_int_equal(len + 1, BASE64URL_SIZE(n));
				assert_int_equal(base64url_decode(text, len,
						     out, n, &len),
				    0);
				assert_int_equal(len, n);
				assert_memory_equal(in, out, n);
			}
		}
	}
}

static void
nothing_but_the_alphabet_is_taken(void **state)
{
	char text[] = "AAAA";
	char out[4];
	size_t at, len = 99;
	int c, taken = 0;

	(void)state;
	for (at = 0; at < 4; at++) {
		for (c = -128; c < 128; c++) {
			memcpy(text, "AAAA", 4);
			text[at] = (char)c;
			if (base64url_decode(text, 4, out, sizeof(out), &len) ==
			    0)
				taken++;
		}
	}
	assert_int_equal(taken, 4 * 64);
}

static void
padding_blanks_and_spare_bits_are_refused(void **state)
{
	static const char *const rows[] = { "A", "AAAAA", "Zg==", "Zg=", "Zh",
		"Zv", "Zm9", "Zm8=", "Zm9v=", "Zm9v ", " Zm9v", "Zm9v\n",
		"Zm+v", "Zm/v", "Zm9v.", "=" };
	char out[16];
	size_t i, len = 99;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_int_equal(base64url_decode(rows[i], strlen(rows[i]), out,
				     sizeof(out), &len),
		    -1);
	assert_int_equal(len, 99);
}

static void
of_two_and_three_letters_each_spelling_but_one_is_refused(void **state)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char text[4] = "AA", out[2];
	size_t i, len;
	int two = 0, three = 0;

	(void)state;
	for (i = 0; i < 64; i++) {
		text[1] = letters[i];
		if (base64url_decode(text, 2, out, 2, &len) == 0)
			two++;
	}
	text[1] = 'A';
	for (i = 0; i < 64; i++) {
		text[2] = letters[i];
		if (base64url_decode(text, 3, out, 2, &len) == 0)
			three++;
	}
	assert_int_equal(two, 4);
	assert_int_equal(three, 16);
}

static void
what_does_not_fit_is_refused_and_nothing_is_written_past_the_end(void **state)
{
	unsigned char out[8];
	size_t size, len;

	(void)state;
	for (size = 0; size < 6; size++) {
		memset(out, 0xee, sizeof(out));
		assert_int_equal(base64url_decode("Zm9vYmFy", 8, out, size,
				     &len),
		    -1);
		assert_int_equal(out[size], 0xee);
	}
	assert_int_equal(base64url_decode("Zm9vYmFy", 8, out, 6, &len), 0);
	assert_int_equal(base64url_decode("", 0, out, 0, &len), 0);
	assert_int_equal(len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_rfc_4648_hold),
		cmocka_unit_test(
		    every_octet_goes_there_and_back_at_every_place),
		cmocka_unit_test(nothing_but_the_alphabet_is_taken),
		cmocka_unit_test(padding_blanks_and_spare_bits_are_refused),
		cmocka_unit_test(
		    of_two_and_three_letters_each_spelling_but_one_is_refused),
		cmocka_unit_test(
		    what_does_not_fit_is_refused_and_nothing_is_written_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_text.c - which ids, texts and addresses are taken from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define X8 "xxxxxxxx"
#define X32 X8 X8 X8 X8
#define X64 X32 X32

static void
an_id_is_1_to_32_of_lower_case_digits_and_hyphens(void **state)
{
	static const char *const good[] = { "a", "shop", "shop-2", "-", "0",
		X32 };
	static const char *const bad[] = { "", "Shop", "sh op", "shop_2",
		"shop.2", "sh\xc3\xb6p", "shop\n", "a/b", X32 "x" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++)
		assert_true(till_id_ok(good[i]));
	for (i = 0; i < LEN(bad); i++)
		assert_false(till_id_ok(bad[i]));
}

static void
a_jti_is_1_to_64_of_letters_digits_and_three_signs(void **state)
{
	static const char *const good[] = { "a", "Z", "2026-000001", "a.b_c-D",
		X64 };
	static const char *const bad[] = { "", "a b", "a:b", "a/b", "a+b",
		"a=", "\xc3\xa4", "a\n", X64 "x" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++)
		assert_true(till_jti_ok(good[i]));
	for (i = 0; i < LEN(bad); i++)
		assert_false(till_jti_ok(bad[i]));
}

static void
a_text_may_be_in_any_script(void **state)
{
	static const char *const good[] = { " ", "~", "One song", "\"\\<>&'",
		"Gar\xc3\xa7on", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
		"\xe6\x9c\xac", "\xf0\x9f\x8e\xb5", /* U+1F3B5 */
		"\xe2\x80\x8c", "\xe2\x80\x8d", /* joiners are letters' */
		"\xe2\x80\x8a", "\xe2\x80\x90", /* beside the bad ones */
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\xa5", "\xe2\x81\xaa",
		"\xef\xb7\x8f", "\xef\xb7\xb0", "\xef\xbf\xbd", "\xc2\xa0",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbd" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++)
		assert_true(till_text_ok(good[i], 256));
}

static void
a_text_has_nothing_hidden_and_is_utf_8(void **state)
{
	static const char *const bad[] = { "", "a\tb", "a\nb", "\x01", "\x1f",
		"\x7f", /* controls */
		"\xc2\x80", "\xc2\x85", "\xc2\x9f", /* C1 controls */
		"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
		"\xe2\x80\xae", /* U+202A to U+202E */
		"\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9",
		/* U+2066 to U+2069 */
		"\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xef\xbb\xbf",
		/* no width */
		"\xef\xb7\x90", "\xef\xb7\xaf", "\xef\xbf\xbe", "\xef\xbf\xbf",
		"\xf0\x9f\xbf\xbe", "\xf4\x8f\xbf\xbf", /* noncharacters */
		"\x80", "\xbf", "a\xc3", "\xc3(", "\xe2\x82", "\xf0\x9f\x8e",
		"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", /* too long */
		"\xed\xa0\x80", "\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		if (till_text_ok(bad[i], 256))
			fail_msg("row %zu is taken", i);
	}
}

static void
a_text_has_at_most_so_many_octets(void **state)
{
	(void)state;
	assert_true(till_text_ok(X8, 8));
	assert_false(till_text_ok(X8 "x", 8));
	assert_true(till_text_ok("\xc3\xbc", 2));
	assert_false(till_text_ok("\xc3\xbc", 1));
	assert_false(till_text_ok("x", 0));
}

static void
an_address_is_a_plain_https_url(void **state)
{
	static const char *const good[] = { "https://pay.example",
		"https://pay.example/",
		"https://pay.example:8443/a/b?c=d&e=%2F",
		"https://pay.example?x", "https://a", "https://1.2.3.4/",
		"https://[2001:db8::1]/", "https://[::1]:8443/x",
		"https://xn--bcher-kva.example/", "https://A.Example/",
		"https://pay.example/~a;b=c!$'()*+,@:.-_", "http://127.0.0.1",
		"http://127.0.0.1:8080/ret", "http://[::1]:80/",
		"http://localhost:1/", "http://shop.localhost:8080/x",
		"https://pay.example/http://x@y" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		if (!till_url_ok(good[i]))
			fail_msg("%s is refused", good[i]);
	}
}

static void
what_a_parser_could_misread_is_no_address(void **state)
{
	static const char *const bad[] = { "", "pay.example", "//pay.example",
		"https:", "https:/", "https://", "https:///x", "https://?x",
		"https://:443/", "HTTPS://pay.example", "ftp://pay.example",
		"javascript:alert(1)", "http://pay.example/",
		"http://127.0.0.2/", "http://127.0.0.1.example/",
		"http://localhost.example/", "http://.localhost/",
		"http://xlocalhost/", "http://[::2]/",
		"https://user@pay.example/", "https://user:pw@pay.example/",
		"https://pay.example#x", "https://pay.example/#",
		"https://pay.example/a b", "https://pay.example/a\n",
		"https://pay.example/\\evil", "https:\\\\pay.example",
		"https://pay.example/\"", "https://pay.example/<",
		"https://pay.example/%", "https://pay.example/%2",
		"https://pay.example/%2g", "https://pay.example/[",
		"https://pay.example/\xc3\xbc", "https://b\xc3\xbc.example/",
		"https://pay_x.example/", "https://-a.example/",
		"https://a-.example/", "https://a..example/",
		"https://a.example./", "https://.example/",
		"https://pay.example:/", "https://pay.example:0/",
		"https://pay.example:65536/", "https://pay.example:80a/",
		"https://pay.example:080/", "https://pay.example:-1/",
		"https://[::1", "https://[]/", "https://[::g]/",
		"https://[::1]x/", "https://::1/", "https://[v1.x]/",
		"https://pay.example\t", " https://pay.example",
		"https://" X64 ".example/" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		if (till_url_ok(bad[i]))
			fail_msg("%s is taken", bad[i]);
	}
}

static void
an_address_has_at_most_1024_octets(void **state)
{
	char url[TILL_URL_MAX + 1] = "https://pay.example/";
	size_t len = strlen(url);

	(void)state;
	memset(url + len, 'x', TILL_URL_MAX - len);
	url[TILL_URL_MAX] = '\0';
	assert_false(till_url_ok(url));
	url[TILL_URL_MAX - 1] = '\0';
	assert_true(till_url_ok(url));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_id_is_1_to_32_of_lower_case_digits_and_hyphens),
		cmocka_unit_test(
		    a_jti_is_1_to_64_of_letters_digits_and_three_signs),
		cmocka_unit_test(a_text_may_be_in_any_script),
		cmocka_unit_test(a_text_has_nothing_hidden_and_is_utf_8),
		cmocka_unit_test(a_text_has_at_most_so_many_octets),
		cmocka_unit_test(an_address_is_a_plain_https_url),
		cmocka_unit_test(what_a_parser_could_misread_is_no_address),
		cmocka_unit_test(an_address_has_at_most_1024_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

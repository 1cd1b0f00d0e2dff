/*
 * test_origin.c - addresses are of the origin that a browser says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>

#include "origin.h"

static const struct {
	const char *url, *origin;
} cases[] = {
	{ "https://pay.example", "https://pay.example" },
	{ "https://pay.example/", "https://pay.example" },
	{ "https://Pay.EXAMPLE/Return?a=B", "https://pay.example" },
	{ "https://pay.example?a=b", "https://pay.example" },
	{ "https://pay.example:443/x", "https://pay.example" },
	{ "https://pay.example:80/x", "https://pay.example:80" },
	{ "https://pay.example:4430", "https://pay.example:4430" },
	{ "http://127.0.0.1:80/return", "http://127.0.0.1" },
	{ "http://127.0.0.1:443", "http://127.0.0.1:443" },
	{ "http://shop.localhost:8081/r:443", "http://shop.localhost:8081" },
	{ "http://[::1]:80/", "http://[::1]" },
	{ "http://[::1]:8080/", "http://[::1]:8080" },
	{ "http://[::1]", "http://[::1]" },
	{ "", "" },
	{ "pay.example", "" },
	{ "http://pay.example", "" },
	{ "https://user@pay.example", "" },
	{ "https://pay.example/#x", "" },
	{ "javascript:alert(1)", "" },
};

static void
each_address_has_its_origin(void **state)
{
	char origin[ORIGIN_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(origin_of(cases[i].url, origin),
		    strlen(cases[i].origin));
		assert_string_equal(origin, cases[i].origin);
	}
}

static void
the_longest_host_has_one_too(void **state)
{
	char url[TILL_URL_MAX], origin[ORIGIN_MAX];
	size_t len;

	(void)state;
	len = (size_t)snprintf(url, sizeof(url), "https://");
	while (len < sizeof("https://") - 1 + ORIGIN_HOST_MAX - 2)
		len += (size_t)snprintf(url + len, sizeof(url) - len, "a.");
	url[len - 1] = 'a';
	(void)snprintf(url + len, sizeof(url) - len, ":65535/x");
	assert_true(till_url_ok(url));
	assert_int_equal(origin_of(url, origin), len + strlen(":65535"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_has_its_origin),
		cmocka_unit_test(the_longest_host_has_one_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

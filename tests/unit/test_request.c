/*
 * test_request.c - a merchant's signed request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jws.h"
#include "request.h"

#define NOW INT64_C(1795366324)
#define PATH "/v1/tickets/press-1/j1"
#define AUD "https://pay.example"

static struct till_key *key, *other;
static struct till_error err;

static const struct till_request good = { .iss = "press-1",
	.aud = AUD,
	.iat = NOW,
	.exp = NOW + 60,
	.htm = "GET",
	.htu = PATH };

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(till_key_generate(TILL_ALG_ES256, &key, &err), 0);
	assert_int_equal(till_key_generate(TILL_ALG_ED25519, &other, &err), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	till_key_free(key);
	till_key_free(other);
	return 0;
}

static const struct till_key *
find(void *arg, const char *kid)
{
	return strcmp(kid, till_key_id(arg)) == 0 ? arg : NULL;
}

static int
open_token(const char *token, struct till_request *request_r)
{
	return till_request_open(token, strlen(token), find, key, request_r,
	    &err);
}

static void
a_request_comes_back_as_it_was_signed(void **state)
{
	struct till_request request;
	char *token;

	(void)state;
	assert_int_equal(till_request_sign(&good, key, &token, &err), 0);
	assert_int_equal(open_token(token, &request), 0);
	assert_string_equal(request.iss, good.iss);
	assert_string_equal(request.aud, good.aud);
	assert_string_equal(request.htm, good.htm);
	assert_string_equal(request.htu, good.htu);
	assert_int_equal(request.iat, good.iat);
	assert_int_equal(request.exp, good.exp);
	assert_int_equal(till_request_check(&request, "press-1", AUD, "GET",
			     PATH, NOW, &err),
	    0);
	free(token);
	assert_int_equal(till_request_sign(&good, other, &token, &err), 0);
	assert_int_equal(open_token(token, &request), -1);
	free(token);
}

static void
what_is_not_for_this_request_is_refused(void **state)
{
	static const struct {
		const char *owner, *aud, *method, *path;
		int64_t now;
		const char *text;
	} cases[] = {
		{ "press-2", AUD, "GET", PATH, NOW, "iss:" },
		{ "press-1", AUD "/", "GET", PATH, NOW, "aud:" },
		{ "press-1", AUD, "POST", PATH, NOW, "htm:" },
		{ "press-1", AUD, "GET", PATH "0", NOW, "htu:" },
		{ "press-1", AUD, "GET", PATH, NOW - 11, "iat:" },
		{ "press-1", AUD, "GET", PATH, NOW + 70, "exp:" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(till_request_check(&good, cases[i].owner,
				     cases[i].aud, cases[i].method,
				     cases[i].path, cases[i].now, &err),
		    -1);
		assert_memory_equal(err.text, cases[i].text, 4);
	}
}

static void
claims_out_of_bounds_are_neither_signed_nor_read(void **state)
{
	static const char *const payloads[] = {
		"{\"iss\":\"press-1\",\"aud\":\"" AUD "\",\"iat\":1,"
		"\"exp\":62,\"htm\":\"GET\",\"htu\":\"/x\"}",
		"{\"iss\":\"PRESS\",\"aud\":\"" AUD "\",\"iat\":1,"
		"\"exp\":2,\"htm\":\"GET\",\"htu\":\"/x\"}",
		"{\"iss\":\"press-1\",\"aud\":\"" AUD "\",\"iat\":1,"
		"\"exp\":2,\"htm\":\"GET\",\"htu\":\"x\"}",
		"{\"iss\":\"press-1\",\"aud\":\"" AUD "\",\"iat\":1,"
		"\"exp\":2,\"htm\":\"LONGMETHOD\",\"htu\":\"/x\"}",
		"{\"iss\":\"press-1\",\"aud\":\"" AUD "\",\"iat\":1,"
		"\"htm\":\"GET\",\"htu\":\"/x\"}",
		"{\"iss\":\"press-1\",\"iss\":\"press-2\",\"aud\":\"" AUD
		"\",\"iat\":1,\"exp\":2,\"htm\":\"GET\",\"htu\":\"/x\"}",
		"[]",
	};
	struct till_request request = good;
	char *token;
	size_t i;

	(void)state;
	request.exp = request.iat + TILL_REQUEST_LIFETIME + 1;
	assert_int_equal(till_request_sign(&request, key, &token, &err), -1);
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		assert_int_equal(jws_sign(key, "till-request+jwt", payloads[i],
				     strlen(payloads[i]), &token, NULL, &err),
		    0);
		if (open_token(token, &request) == 0)
			fail_msg("taken: %s", payloads[i]);
		free(token);
	}
}

static void
a_token_of_another_type_is_no_request(void **state)
{
	static const char payload[] =
	    "{\"iss\":\"press-1\",\"aud\":\"" AUD "\",\"iat\":1,"
	    "\"exp\":2,\"htm\":\"GET\",\"htu\":\"/x\"}";
	struct till_request request;
	char *token;

	(void)state;
	assert_int_equal(jws_sign(key, "till-ticket+jwt", payload,
			     strlen(payload), &token, NULL, &err),
	    0);
	assert_int_equal(open_token(token, &request), -1);
	free(token);
	assert_int_equal(jws_sign(key, "till-request+jwt", payload,
			     strlen(payload), &token, NULL, &err),
	    0);
	assert_int_equal(open_token(token, &request), 0);
	free(token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back_as_it_was_signed),
		cmocka_unit_test(what_is_not_for_this_request_is_refused),
		cmocka_unit_test(
		    claims_out_of_bounds_are_neither_signed_nor_read),
		cmocka_unit_test(a_token_of_another_type_is_no_request),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * test_jws.c - a token is opened only if each of its octets is right.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base64url.h"
#include "jws.h"
#include "seal.h"
#include "support/token.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define TYP "till-ticket+jwt"
#define THREADS 8
#define ROUNDS 200

static const char *const types[] = { TYP, "till-id-ticket+jwt", NULL };
static struct till_error err;

static const struct till_key *
no_key(void *arg, const char *kid)
{
	(void)arg;
	(void)kid;
	return NULL;
}

static void
what_was_signed_is_what_is_opened(void **state)
{
	static const enum till_alg algs[] = { TILL_ALG_ES256,
		TILL_ALG_ED25519 };
	struct till_key *key, *public;
	char th[TILL_TH_MAX], *token = NULL;
	struct jws jws;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(algs); i++) {
		key = test_key(algs[i]);
		public = test_public(key);
		assert_int_equal(jws_sign(key, TYP, "{\"a\":1}", 7, &token, th,
				     &err),
		    0);
		assert_int_equal(jws_open(token, strlen(token), types,
				     test_only_key, public, &jws, &err),
		    0);
		assert_string_equal(jws.typ, TYP);
		assert_string_equal(jws.kid, till_key_id(key));
		assert_string_equal(jws.payload, "{\"a\":1}");
		assert_int_equal(jws.payload_len, 7);
		assert_string_equal(jws.th, th);
		assert_int_equal(jws_form(token, strlen(token), types, &err),
		    0);
		free(token);
		till_key_free(public);
		till_key_free(key);
	}
}

/* th = base64url(SHA-256(header "." payload)), whatever the signature. */
static void
the_hash_names_what_was_signed_and_not_the_signature(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	char th[TILL_TH_MAX], again[TILL_TH_MAX], want[TILL_TH_MAX];
	unsigned char digest[SHA256_SIZE];
	char *token = NULL, *other = NULL;

	(void)state;
	assert_int_equal(jws_sign(key, TYP, "{}", 2, &token, th, &err), 0);
	assert_int_equal(jws_sign(key, TYP, "{}", 2, &other, again, &err), 0);
	assert_string_not_equal(token, other);
	assert_string_equal(th, again);
	assert_int_equal(sha256(token, (size_t)(strrchr(token, '.') - token),
			     digest),
	    0);
	(void)base64url_encode(digest, sizeof(digest), want);
	assert_string_equal(th, want);
	free(token);
	free(other);
	till_key_free(key);
}

static void
flipping_any_bit_breaks_it(void **state)
{
	static const enum till_alg algs[] = { TILL_ALG_ES256,
		TILL_ALG_ED25519 };
	struct till_key *key;
	struct jws jws;
	char *token = NULL;
	size_t i, at, len;
	int bit;

	(void)state;
	for (i = 0; i < LEN(algs); i++) {
		key = test_key(algs[i]);
		assert_int_equal(jws_sign(key, TYP, "{\"a\":1}", 7, &token,
				     NULL, &err),
		    0);
		len = strlen(token);
		for (at = 0; at < len; at++) {
			for (bit = 0; bit < 8; bit++) {
				token[at] = (char)(token[at] ^ (1 << bit));
				assert_int_equal(jws_open(token, len, types,
						     test_only_key, key, &jws,
						     &err),
				    -1);
				token[at] = (char)(token[at] ^ (1 << bit));
			}
		}
		assert_int_equal(jws_open(token, len, types, test_only_key, key,
				     &jws, &err),
		    0);
		free(token);
		till_key_free(key);
	}
}

static void
cutting_it_anywhere_breaks_it_and_nothing_is_written(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct jws jws, before;
	char *token = NULL, *part;
	size_t len, cut;

	(void)state;
	memset(&jws, 0x5a, sizeof(jws));
	before = jws;
	assert_int_equal(jws_sign(key, TYP, "{}", 2, &token, NULL, &err), 0);
	len = strlen(token);
	for (cut = 0; cut < len; cut++) {
		/* Exactly as long, so that reading past it shows. */
		part = malloc(cut + 1);
		assert_non_null(part);
		memcpy(part, token, cut);
		part = realloc(part, cut > 0 ? cut : 1);
		assert_non_null(part);
		assert_int_equal(jws_open(part, cut, types, test_only_key, key,
				     &jws, &err),
		    -1);
		free(part);
	}
	assert_memory_equal(&jws, &before, sizeof(jws));
	free(token);
	till_key_free(key);
}

static void
only_the_wanted_types_are_opened(void **state)
{
	static const char *const others[] = { "till-voucher+jwt", "JWT", "",
		"till-ticket+jwtx", "till-ticket+jw", "TILL-TICKET+JWT",
		"application/till-ticket+jwt" };
	struct till_key *key = test_key(TILL_ALG_ED25519);
	struct jws jws;
	char *token;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(others); i++) {
		token = test_token_typ(key, others[i], "{}");
		assert_int_equal(jws_open(token, strlen(token), types,
				     test_only_key, key, &jws, &err),
		    -1);
		assert_non_null(strstr(err.text, "typ: is not"));
		assert_int_equal(jws_form(token, strlen(token), types, &err),
		    -1);
		free(token);
	}
	till_key_free(key);
}

static void
an_unknown_key_or_the_wrong_key_opens_nothing(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct till_key *other = test_key(TILL_ALG_ES256);
	struct jws jws;
	char header[256], *token = NULL;
	int len;

	(void)state;
	assert_int_equal(jws_sign(key, TYP, "{}", 2, &token, NULL, &err), 0);
	assert_int_equal(jws_open(token, strlen(token), types, no_key, NULL,
			     &jws, &err),
	    -1);
	assert_non_null(strstr(err.text, "no key is known"));
	free(token);
	/* signed by the other, under this one's name */
	len = snprintf(header, sizeof(header),
	    "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"%s\"}",
	    till_key_id(key), TYP);
	token = test_token(other, header, (size_t)len, "{}", 2);
	assert_int_equal(jws_open(token, strlen(token), types, test_only_key,
			     key, &jws, &err),
	    -1);
	assert_non_null(strstr(err.text, "does not hold"));
	free(token);
	till_key_free(other);
	till_key_free(key);
}

static void
a_token_has_at_most_8192_octets(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	char payload[JWS_PAYLOAD_MAX + 1], *token = NULL;
	size_t longest = 0, len;
	struct jws jws;

	(void)state;
	memset(payload, ' ', sizeof(payload));
	memcpy(payload, "{}", 2);
	for (len = JWS_PAYLOAD_MAX - 300; len <= JWS_PAYLOAD_MAX + 1; len++) {
		if (jws_sign(key, TYP, payload, len, &token, NULL, &err) == -1)
			break;
		longest = strlen(token);
		assert_int_equal(jws_open(token, longest, types, test_only_key,
				     key, &jws, &err),
		    0);
		assert_int_equal(jws.payload_len, len);
		free(token);
	}
	assert_in_range(longest, TILL_TOKEN_MAX - 2, TILL_TOKEN_MAX);
	assert_non_null(strstr(err.text, "at most 8192"));
	token = test_token_typ(key, TYP, "{}");
	token = realloc(token, TILL_TOKEN_MAX + 1);
	assert_non_null(token);
	memset(token + strlen(token), 'A', TILL_TOKEN_MAX + 1 - strlen(token));
	assert_int_equal(jws_open(token, TILL_TOKEN_MAX + 1, types,
			     test_only_key, key, &jws, &err),
	    -1);
	assert_non_null(strstr(err.text, "at most 8192"));
	free(token);
	till_key_free(key);
}

static void
a_public_key_signs_nothing(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct till_key *public = test_public(key);
	char *token = NULL;

	(void)state;
	assert_int_equal(jws_sign(public, TYP, "{}", 2, &token, NULL, &err),
	    -1);
	assert_null(token);
	till_key_free(public);
	till_key_free(key);
}

static void *
sign_and_open(void *arg)
{
	struct till_key *key = arg;
	struct till_error why;
	struct jws jws;
	char *token;
	uintptr_t good = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		token = NULL;
		if (jws_sign(key, TYP, "{}", 2, &token, NULL, &why) == 0 &&
		    jws_open(token, strlen(token), types, test_only_key, key,
			&jws, &why) == 0)
			good++;
		free(token);
	}
	return (void *)good;
}

static void
threads_share_a_key(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	pthread_t threads[THREADS];
	void *good;
	size_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
				     sign_and_open, key),
		    0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_int_equal((uintptr_t)good, ROUNDS);
	}
	till_key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_signed_is_what_is_opened),
		cmocka_unit_test(
		    the_hash_names_what_was_signed_and_not_the_signature),
		cmocka_unit_test(flipping_any_bit_breaks_it),
		cmocka_unit_test(
		    cutting_it_anywhere_breaks_it_and_nothing_is_written),
		cmocka_unit_test(only_the_wanted_types_are_opened),
		cmocka_unit_test(an_unknown_key_or_the_wrong_key_opens_nothing),
		cmocka_unit_test(a_token_has_at_most_8192_octets),
		cmocka_unit_test(a_public_key_signs_nothing),
		cmocka_unit_test(threads_share_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

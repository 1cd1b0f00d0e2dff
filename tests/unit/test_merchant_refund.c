/*
 * test_merchant_refund.c - a merchant asks for a refund with libtill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/merchant.h>

#include "support/token.h"

#define NOW INT64_C(1795366324)

static char keyset[TILL_JWK_MAX + 32];
static char *pem;
static struct till_merchant *merchant;
static struct till_error err;

static int
setup(void **state)
{
	struct till_merchant_options options = { .issuer = TEST_ISSUER,
		.id = TEST_MERCHANT };
	struct till_key *key = test_key(TILL_ALG_ES256);
	char *jwk;

	(void)state;
	assert_int_equal(till_key_pem(key, &pem, &err), 0);
	assert_int_equal(till_key_jwk(key, &jwk, &err), 0);
	(void)snprintf(keyset, sizeof(keyset), "{\"keys\":[%s]}", jwk);
	free(jwk);
	till_key_free(key);
	options.key = pem;
	options.key_len = strlen(pem);
	options.keyset = keyset;
	options.keyset_len = strlen(keyset);
	return till_merchant_open(&options, &merchant, &err);
}

static int
teardown(void **state)
{
	(void)state;
	till_merchant_free(merchant);
	till_key_pem_free(pem);
	return 0;
}

static const struct till_key *
own_key(void *key, const char *kid)
{
	return strcmp(till_key_id(key), kid) == 0 ? key : NULL;
}

static int
opened(const char *token, struct till_refund *refund)
{
	return till_refund_open(token, strlen(token), own_key,
	    (void *)(uintptr_t)till_merchant_key(merchant), refund, &err);
}

static void
it_is_completed_and_signed(void **state)
{
	struct till_refund refund = { .tjti = "order-1",
		.amount = { 2500000, "EUR" } };
	struct till_refund read;
	char *token = NULL, *url = NULL;

	(void)state;
	assert_int_equal(till_merchant_refund(merchant, &refund, NOW, &token,
			     &url, &err),
	    0);
	assert_string_equal(url, TEST_ISSUER "/v1/refunds");
	assert_int_equal(strlen(refund.jti), 32);
	assert_int_equal(opened(token, &read), 0);
	assert_int_equal(till_refund_check(&read, TEST_MERCHANT, TEST_ISSUER,
			     NOW, &err),
	    0);
	assert_string_equal(read.jti, refund.jti);
	assert_string_equal(read.tjti, "order-1");
	assert_int_equal(read.amount.micro, 2500000);
	free(token);
	free(url);
}

/* Who has no answer asks with the same id, at another time. */
static void
it_is_asked_for_again_by_the_same_id(void **state)
{
	struct till_refund refund = { .tjti = "order-1", .jti = "r-1" };
	struct till_refund read;
	char *token = NULL, *url = NULL;

	(void)state;
	assert_int_equal(till_merchant_refund(merchant, &refund, NOW + 3600,
			     &token, &url, &err),
	    0);
	assert_int_equal(opened(token, &read), 0);
	assert_string_equal(read.jti, "r-1");
	assert_int_equal(read.iat, NOW + 3600);
	assert_string_equal(read.amount.currency, "");
	free(token);
	free(url);
	refund.tjti[0] = '\0';
	assert_int_equal(till_merchant_refund(merchant, &refund, NOW, &token,
			     &url, &err),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_completed_and_signed),
		cmocka_unit_test(it_is_asked_for_again_by_the_same_id),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

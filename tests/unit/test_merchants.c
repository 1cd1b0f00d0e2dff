/*
 * test_merchants.c - a merchant at two payment servers: neither speaks for the
 * other.
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

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define OTHER "https://other.example"

static struct till_error err;
static struct till_key *keys[2]; /* of the two servers */
static struct till_merchants *all;

/* The same id at both, or another one at the second. */
static struct till_merchants *
opened(const char *second_issuer, const char *second_id, size_t len)
{
	struct till_key *own = test_key(TILL_ALG_ES256);
	struct till_merchant_options both[2] = { { .issuer = TEST_ISSUER,
						     .id = TEST_MERCHANT },
		{ .issuer = second_issuer, .id = second_id } };
	char sets[2][TILL_JWK_MAX + 16], *jwk = NULL, *pem = NULL;
	struct till_merchants *merchants = NULL;
	size_t i;

	assert_int_equal(till_key_pem(own, &pem, &err), 0);
	for (i = 0; i < LEN(both); i++) {
		assert_int_equal(till_key_jwk(keys[i], &jwk, &err), 0);
		(void)snprintf(sets[i], sizeof(sets[i]), "{\"keys\":[%s]}",
		    jwk);
		free(jwk);
		both[i].key = pem;
		both[i].key_len = strlen(pem);
		both[i].keyset = sets[i];
		both[i].keyset_len = strlen(sets[i]);
	}
	if (till_merchants_open(both, len, &merchants, &err) == -1)
		merchants = NULL;
	till_key_pem_free(pem);
	till_key_free(own);
	return merchants;
}

static int
setup(void **state)
{
	(void)state;
	keys[0] = test_key(TILL_ALG_ED25519);
	keys[1] = test_key(TILL_ALG_ES256);
	all = opened(OTHER, "elsewhere", 2);
	return all == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	till_merchants_free(all);
	till_key_free(keys[0]);
	till_key_free(keys[1]);
	return 0;
}

/* A ticket for the server of that issuer. */
static char *
sold(const struct till_merchants *merchants, const char *issuer,
    struct till_ticket *ticket)
{
	static char jti[TILL_JTI_MAX];
	const struct till_merchant *of = till_merchants_find(merchants, issuer);
	char *token = NULL;

	assert_non_null(of);
	jti[0] = '\0';
	*ticket = (struct till_ticket){ .kind = TILL_KIND_SINGLE,
		.oid = "song-17",
		.desc = "One song",
		.amount = { 50000, "EUR" },
		.ret = "https://shop.example/voucher" };
	if (till_merchant_ticket(of, ticket, TEST_NOW, jti, &token, &err) == -1)
		fail_msg("%s", err.text);
	return token;
}

/* What the merchant says of a voucher with the keys of its own issuer. */
static enum till_merchant_answer
judged(const struct till_merchants *merchants, const char *ticket,
    const struct till_voucher *voucher, const struct till_key *key)
{
	const struct till_merchant *of = NULL;
	enum till_merchant_answer answer;
	struct till_voucher *found = NULL;
	char *token = NULL;

	assert_int_equal(till_voucher_sign(voucher, key, &token, &err), 0);
	if (till_merchants_of(merchants, token, strlen(token), &of, &err) ==
	    -1) {
		free(token);
		return TILL_MERCHANT_NONE;
	}
	assert_string_equal(till_merchant_issuer(of), voucher->iss);
	answer = till_merchant_check(of, ticket, token, TEST_NOW, &found, &err);
	till_voucher_free(found);
	free(token);
	return answer;
}

static void
a_payment_server_speaks_for_itself_only(void **state)
{
	struct till_ticket ticket;
	char *token = sold(all, OTHER, &ticket);
	struct till_voucher voucher = test_voucher(&ticket);

	(void)state;
	assert_string_equal(ticket.iss, "elsewhere");
	voucher.iss = OTHER;
	voucher.aud = "elsewhere";
	assert_int_equal(judged(all, token, &voucher, keys[1]),
	    TILL_MERCHANT_PAID);
	/* The first one's key, in the second one's name. */
	assert_int_equal(judged(all, token, &voucher, keys[0]),
	    TILL_MERCHANT_BAD);
	/* In its own name, for a ticket that is addressed to the second. */
	voucher.iss = TEST_ISSUER;
	assert_int_equal(judged(all, token, &voucher, keys[0]),
	    TILL_MERCHANT_BAD);
	assert_int_equal(judged(all, token, &voucher, keys[1]),
	    TILL_MERCHANT_BAD);
	voucher.iss = "https://third.example";
	assert_int_equal(judged(all, token, &voucher, keys[1]),
	    TILL_MERCHANT_NONE);
	assert_non_null(strstr(err.text, "none of the payment servers"));
	free(token);
}

/* With one id at both, only the ticket's address tells them apart. */
static void
a_voucher_of_one_for_a_ticket_of_another_is_refused(void **state)
{
	struct till_merchants *same = opened(OTHER, TEST_MERCHANT, 2);
	struct till_ticket ticket;
	struct till_voucher voucher;
	char *token;

	(void)state;
	assert_non_null(same);
	token = sold(same, OTHER, &ticket);
	voucher = test_voucher(&ticket);
	voucher.iss = TEST_ISSUER;
	assert_int_equal(judged(same, token, &voucher, keys[0]),
	    TILL_MERCHANT_BAD);
	assert_non_null(strstr(err.text, "another payment server"));
	voucher.iss = OTHER;
	assert_int_equal(judged(same, token, &voucher, keys[1]),
	    TILL_MERCHANT_PAID);
	free(token);
	till_merchants_free(same);
}

static void
wrong_lists_are_not_opened(void **state)
{
	struct till_merchant_options none[1] = { { .issuer = OTHER } };
	struct till_merchants *merchants = NULL;

	(void)state;
	assert_null(opened(TEST_ISSUER, "elsewhere", 2));
	assert_non_null(strstr(err.text, "twice"));
	assert_null(opened("ftp://other.example", "elsewhere", 2));
	assert_null(opened(OTHER, "Not An Id", 2));
	assert_int_equal(till_merchants_open(none, 0, &merchants, &err), -1);
	assert_int_equal(till_merchants_open(none, TILL_MERCHANTS_MAX + 1,
			     &merchants, &err),
	    -1);
	assert_null(till_merchants_find(all, "https://third.example"));
	till_merchants_free(NULL);
}

static void
whose_a_token_is_that_is_none_is_not_told(void **state)
{
	static const char *const none[] = { "", "a", "a.b", "a.b.c", "..",
		"e30.e30.AAAA" };
	char issuer[TILL_URL_MAX] = "untouched";
	size_t i;

	(void)state;
	for (i = 0; i < LEN(none); i++) {
		assert_int_equal(till_token_issuer(none[i], strlen(none[i]),
				     issuer, &err),
		    -1);
		assert_string_equal(issuer, "untouched");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_payment_server_speaks_for_itself_only),
		cmocka_unit_test(
		    a_voucher_of_one_for_a_ticket_of_another_is_refused),
		cmocka_unit_test(wrong_lists_are_not_opened),
		cmocka_unit_test(whose_a_token_is_that_is_none_is_not_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * test_card_pubkey.c - public keys of cards: however a card tells its key, it
 * has one name, and a signature is of it or is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>

#include "auth_smartcard/key.h"
#include "sha256.h"
#include "support/card.h"
#include "till-card/pubkey.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400L

static EVP_PKEY *p256, *rsa;
static struct till_error err;

static int
setup(void **state)
{
	(void)state;
	p256 = card_p256();
	rsa = card_rsa(2048);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(p256);
	EVP_PKEY_free(rsa);
	return 0;
}

/* Of a certificate of its own for the key, at its end octets more or less. */
static int
from_certificate(EVP_PKEY *key, size_t less, struct pubkey *pub)
{
	const struct card_wish wish = { .name = "A. <Reader>",
		.serial = 1,
		.to_s = DAY,
		.usage = "digitalSignature" };
	X509 *certificate = card_issue(&wish, key, NULL, key);
	char subject[PUBKEY_SUBJECT_MAX];
	unsigned char *der = NULL;
	int len, r;

	len = i2d_X509(certificate, &der);
	assert_true(len > 0);
	r = pubkey_from_certificate(der, (size_t)len - less, pub, &err);
	if (less == 0) {
		pubkey_subject(der, (size_t)len, subject);
		assert_string_equal(subject, "CN=A. \\<Reader\\>");
	}
	OPENSSL_free(der);
	X509_free(certificate);
	return r;
}

static int
from_point(EVP_PKEY *key, struct pubkey *pub)
{
	unsigned char point[PUBKEY_POINT];
	size_t len = 0;

	assert_int_equal(EVP_PKEY_get_octet_string_param(key,
			     OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
			     &len),
	    1);
	return pubkey_from_point(point, len, pub, &err);
}

static int
from_rsa(EVP_PKEY *key, struct pubkey *pub)
{
	unsigned char n[PUBKEY_RSA_MAX * 2], e[16];
	BIGNUM *number = NULL, *exponent = NULL;
	int n_len, e_len;

	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N,
			     &number),
	    1);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E,
			     &exponent),
	    1);
	n_len = BN_bn2bin(number, n);
	e_len = BN_bn2bin(exponent, e);
	BN_free(number);
	BN_free(exponent);
	return pubkey_from_rsa(n, (size_t)n_len, e, (size_t)e_len, pub, &err);
}

/* As the payment server reads and names it. */
static void
is_the_key(EVP_PKEY *key, struct pubkey *pub, enum pubkey_alg alg)
{
	char kid[44], jwk[PUBKEY_JWK_MAX];
	struct key enrolled = { .pkey = NULL };

	card_kid(key, kid);
	assert_int_equal(pub->alg, alg);
	assert_string_equal(pub->kid, kid);
	assert_int_equal(pubkey_jwk(pub, jwk, &err), 0);
	assert_int_equal(key_from_jwk(jwk, strlen(jwk), &enrolled, &err), 0);
	assert_string_equal(enrolled.id, kid);
	assert_string_equal(key_alg_name(enrolled.alg), pubkey_alg_name(alg));
	key_clear(&enrolled);
	pubkey_clear(pub);
	assert_null(pub->key);
	pubkey_clear(pub);
}

static void
a_key_has_one_name_however_the_card_tells_it(void **state)
{
	struct pubkey pub;

	(void)state;
	assert_int_equal(from_certificate(p256, 0, &pub), 0);
	is_the_key(p256, &pub, PUBKEY_ES256);
	assert_int_equal(from_point(p256, &pub), 0);
	is_the_key(p256, &pub, PUBKEY_ES256);
	assert_int_equal(from_certificate(rsa, 0, &pub), 0);
	is_the_key(rsa, &pub, PUBKEY_RS256);
	assert_int_equal(from_rsa(rsa, &pub), 0);
	is_the_key(rsa, &pub, PUBKEY_RS256);
}

/* Numbers of that size, which nobody has the factors of. */
static void
the_largest_key_has_a_jwk(void **state)
{
	static const unsigned char e[] = { 0x01, 0x00, 0x01 };
	unsigned char n[PUBKEY_RSA_MAX + 1];
	struct pubkey pub;

	(void)state;
	memset(n, 0xff, sizeof(n));
	assert_int_equal(pubkey_from_rsa(n, PUBKEY_RSA_MAX, e, sizeof(e), &pub,
			     &err),
	    0);
	assert_int_equal(pub.size, PUBKEY_RSA_MAX);
	is_the_key(pub.key, &pub, PUBKEY_RS256);
	assert_int_equal(pubkey_from_rsa(n, sizeof(n), e, sizeof(e), &pub,
			     &err),
	    -1);
	assert_int_equal(pubkey_from_rsa(n, PUBKEY_RSA_MIN - 1, e, sizeof(e),
			     &pub, &err),
	    -1);
}

static void
other_keys_are_not_taken(void **state)
{
	static const unsigned char octets[PUBKEY_RSA_MAX + 1] = { 0x04, 0x01 };
	EVP_PKEY *p384 = EVP_EC_gen("P-384"), *small = card_rsa(1024);
	struct pubkey pub;

	(void)state;
	assert_non_null(p384);
	assert_int_equal(from_certificate(p384, 0, &pub), -1);
	assert_non_null(strstr(err.text, "neither P-256 nor RSA"));
	assert_null(pub.key);
	assert_int_equal(from_rsa(small, &pub), -1);
	/* No point at all, and none of the curve. */
	assert_int_equal(pubkey_from_point(octets, 0, &pub, &err), -1);
	assert_int_equal(pubkey_from_point(octets, PUBKEY_POINT - 1, &pub,
			     &err),
	    -1);
	assert_int_equal(pubkey_from_point(octets, PUBKEY_POINT, &pub, &err),
	    -1);
	assert_int_equal(pubkey_from_rsa(octets, 0, octets, 0, &pub, &err), -1);
	assert_int_equal(pubkey_from_rsa(octets, sizeof(octets), octets, 1,
			     &pub, &err),
	    -1);
	assert_int_equal(pubkey_from_certificate(octets, sizeof(octets), &pub,
			     &err),
	    -1);
	assert_int_equal(pubkey_from_certificate(octets, 0, &pub, &err), -1);
	assert_int_equal(from_certificate(p256, 1, &pub), -1);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(small);
}

/* What the text's signature is, by whom, over which hash. */
static void
verified(EVP_PKEY *key, const char *alg, struct pubkey *own,
    struct pubkey *other)
{
	static const char text[] = "what is signed";
	unsigned char hash[SHA256_SIZE], *signature = NULL;
	size_t len;

	assert_int_equal(sha256(text, sizeof(text), hash), 0);
	len = card_sign(key, alg, text, sizeof(text), &signature);
	assert_int_equal(len, own->size);
	assert_true(pubkey_verify(own, hash, signature, len));
	assert_false(pubkey_verify(other, hash, signature, len));
	assert_false(pubkey_verify(own, hash, signature, len - 1));
	assert_false(pubkey_verify(own, hash, signature, 0));
	signature[len / 2] ^= 1;
	assert_false(pubkey_verify(own, hash, signature, len));
	signature[len / 2] ^= 1;
	hash[0] ^= 1;
	assert_false(pubkey_verify(own, hash, signature, len));
	memset(signature, 0, len);
	assert_false(pubkey_verify(own, hash, signature, len));
	memset(signature, 0xff, len);
	assert_false(pubkey_verify(own, hash, signature, len));
	free(signature);
}

static void
a_signature_is_of_one_key_and_hash(void **state)
{
	struct pubkey ec, of_rsa;

	(void)state;
	assert_int_equal(from_point(p256, &ec), 0);
	assert_int_equal(from_rsa(rsa, &of_rsa), 0);
	verified(p256, "ES256", &ec, &of_rsa);
	verified(rsa, "RS256", &of_rsa, &ec);
	pubkey_clear(&ec);
	pubkey_clear(&of_rsa);
}

static void
an_ecdsa_signature_has_two_numbers(void **state)
{
	static const struct {
		const char *der;
		size_t len;
		int r;
	} rows[] = {
		{ "\x30\x06\x02\x01\x05\x02\x01\x07", 8, 0 },
		{ "\x30\x08\x02\x02\x00\xff\x02\x02\x00\x80", 10, 0 },
		{ "\x30\x06\x02\x01\x05\x02\x01\x07\x00", 9, -1 },
		{ "\x30\x06\x02\x01\x05\x02\x01", 7, -1 },
		{ "\x30\x03\x02\x01\x05", 5, -1 },
		{ "\x31\x06\x02\x01\x05\x02\x01\x07", 8, -1 },
		{ "\x30\x80\x02\x01\x05\x02\x01\x07", 8, -1 },
		{ "", 0, -1 },
		/* 33 octets of R. */
		{ "\x30\x26\x02\x21\x01"
		  "01234567890123456789012345678901\x02\x01\x07",
		    40, -1 },
	};
	unsigned char raw[PUBKEY_RAW];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		memset(raw, 0xaa, sizeof(raw));
		if (pubkey_raw((const unsigned char *)rows[i].der, rows[i].len,
			raw, &err) != rows[i].r)
			fail_msg("row %zu", i);
		if (rows[i].r == 0)
			assert_int_equal(raw[0], 0);
	}
	assert_int_equal(pubkey_raw((const unsigned char *)rows[1].der,
			     rows[1].len, raw, &err),
	    0);
	assert_int_equal(raw[PUBKEY_RAW / 2 - 1], 0xff);
	assert_int_equal(raw[PUBKEY_RAW - 1], 0x80);
}

/* The block that the card pads is what OpenSSL pads of the text. */
static void
what_rsa_pads_names_the_hash(void **state)
{
	static const char text[] = "what is signed";
	unsigned char hash[SHA256_SIZE], info[PUBKEY_INFO];
	unsigned char opened[PUBKEY_RSA_MAX], *signature = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
	size_t len, opened_len = sizeof(opened);

	(void)state;
	assert_int_equal(sha256(text, sizeof(text), hash), 0);
	pubkey_info(hash, info);
	len = card_sign(rsa, "RS256", text, sizeof(text), &signature);
	assert_int_equal(EVP_PKEY_verify_recover_init(ctx), 1);
	assert_int_equal(EVP_PKEY_verify_recover(ctx, opened, &opened_len,
			     signature, len),
	    1);
	assert_int_equal(opened_len, sizeof(info));
	assert_memory_equal(opened, info, sizeof(info));
	EVP_PKEY_CTX_free(ctx);
	free(signature);
}

static void
a_subject_of_nothing_is_empty(void **state)
{
	char subject[PUBKEY_SUBJECT_MAX] = "before";

	(void)state;
	pubkey_subject((const unsigned char *)"\x30\x00", 2, subject);
	assert_string_equal(subject, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_has_one_name_however_the_card_tells_it),
		cmocka_unit_test(the_largest_key_has_a_jwk),
		cmocka_unit_test(other_keys_are_not_taken),
		cmocka_unit_test(a_signature_is_of_one_key_and_hash),
		cmocka_unit_test(an_ecdsa_signature_has_two_numbers),
		cmocka_unit_test(what_rsa_pads_names_the_hash),
		cmocka_unit_test(a_subject_of_nothing_is_empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * card.c - keys, certificates and CRLs of a test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base64url.h"
#include "sha256.h"
#include "support/card.h"

#define COORDINATE 32
#define NUMBER_MAX 512
#define REPLY_SIZE 65536
#define JWK_SIZE 2048

static void number_text(EVP_PKEY *, const char *param, size_t min, char *text);
static char *pem_of(BIO *);
static void extend(X509 *, X509 *issuer, int nid, const char *value);
static void add_policy(X509 *, const char *oid);
static void raw_of(const unsigned char *der, size_t len,
    unsigned char raw[2 * COORDINATE]);
static size_t add(char *text, size_t at, const char *field);
static void add_octets(char *text, const char *name, const void *octets,
    size_t len);

EVP_PKEY *
card_rsa(unsigned int bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	assert_non_null(key);
	return key;
}

EVP_PKEY *
card_p256(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

void
card_kid(EVP_PKEY *key, char kid_r[44])
{
	unsigned char digest[SHA256_SIZE];
	char *json = card_jwk(key, "");

	assert_int_equal(sha256(json, strlen(json), digest), 0);
	(void)base64url_encode(digest, sizeof(digest), kid_r);
	free(json);
}

char *
card_jwk(EVP_PKEY *key, const char *more)
{
	char x[BASE64URL_SIZE(NUMBER_MAX)], y[BASE64URL_SIZE(NUMBER_MAX)];
	char *json = malloc(JWK_SIZE);

	assert_non_null(json);
	if (EVP_PKEY_is_a(key, "EC") == 1) {
		number_text(key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE, x);
		number_text(key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE, y);
		(void)snprintf(json, JWK_SIZE,
		    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\","
		    "\"y\":\"%s\"%s}",
		    x, y, more);
	} else {
		number_text(key, OSSL_PKEY_PARAM_RSA_E, 1, x);
		number_text(key, OSSL_PKEY_PARAM_RSA_N, 1, y);
		(void)snprintf(json, JWK_SIZE,
		    "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"%s}", x, y,
		    more);
	}
	return json;
}

char *
card_public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	return pem_of(bio);
}

char *
card_certificate_pem(X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
	return pem_of(bio);
}

X509 *
card_issue(const struct card_wish *wish, EVP_PKEY *subject, X509 *issuer,
    EVP_PKEY *issuer_key)
{
	X509 *made = X509_new();
	X509_NAME *name;
	X509 *by = issuer != NULL ? issuer : made;

	assert_non_null(made);
	name = X509_get_subject_name(made);
	assert_int_equal(X509_set_version(made, X509_VERSION_3), 1);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(made), wish->serial);
	assert_non_null(
	    X509_gmtime_adj(X509_getm_notBefore(made), wish->from_s));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), wish->to_s));
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
			     (const unsigned char *)wish->name, -1, -1, 0),
	    1);
	assert_int_equal(X509_set_issuer_name(made, X509_get_subject_name(by)),
	    1);
	assert_int_equal(X509_set_pubkey(made, subject), 1);
	extend(made, by, NID_basic_constraints,
	    wish->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	extend(made, by, NID_key_usage, wish->usage);
	extend(made, by, NID_ext_key_usage, wish->extended);
	add_policy(made, wish->policy);
	assert_true(X509_sign(made, issuer_key,
			wish->md != NULL ? wish->md : EVP_sha256()) > 0);
	return made;
}

char *
card_crl(X509 *issuer, EVP_PKEY *issuer_key, long serial, long from_s,
    long to_s)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, from_s);
	ASN1_TIME *to = X509_gmtime_adj(NULL, to_s);
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	X509_REVOKED *revoked;

	assert_true(crl != NULL && from != NULL && to != NULL);
	assert_int_equal(X509_CRL_set_version(crl, X509_CRL_VERSION_2), 1);
	assert_int_equal(X509_CRL_set_issuer_name(crl,
			     X509_get_subject_name(issuer)),
	    1);
	assert_int_equal(X509_CRL_set1_lastUpdate(crl, from), 1);
	if (to_s != 0)
		assert_int_equal(X509_CRL_set1_nextUpdate(crl, to), 1);
	if (serial != 0) {
		revoked = X509_REVOKED_new();
		(void)ASN1_INTEGER_set(number, serial);
		assert_int_equal(X509_REVOKED_set_serialNumber(revoked, number),
		    1);
		assert_int_equal(X509_REVOKED_set_revocationDate(revoked, from),
		    1);
		assert_int_equal(X509_CRL_add0_revoked(crl, revoked), 1);
	}
	assert_int_equal(X509_CRL_sort(crl), 1);
	assert_true(X509_CRL_sign(crl, issuer_key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_CRL(bio, crl), 1);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return pem_of(bio);
}

size_t
card_sign(EVP_PKEY *key, const char *alg, const void *text, size_t len,
    unsigned char **signature_r)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	unsigned char *signature, *raw;
	size_t n = NUMBER_MAX;

	signature = malloc(NUMBER_MAX);
	assert_true(ctx != NULL && signature != NULL);
	assert_int_equal(EVP_DigestSignInit(ctx, &how, EVP_sha256(), NULL, key),
	    1);
	if (strcmp(alg, "PS256") == 0) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how,
				     RSA_PKCS1_PSS_PADDING),
		    1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how,
				     RSA_PSS_SALTLEN_DIGEST),
		    1);
	}
	assert_int_equal(EVP_DigestSign(ctx, signature, &n, text, len), 1);
	EVP_MD_CTX_free(ctx);
	*signature_r = signature;
	if (EVP_PKEY_is_a(key, "EC") != 1)
		return n;
	raw = malloc((size_t)2 * COORDINATE);
	assert_non_null(raw);
	raw_of(signature, n, raw);
	free(signature);
	*signature_r = raw;
	return (size_t)2 * COORDINATE;
}

char *
card_reply(EVP_PKEY *key, const struct card_said *said, const char *challenge,
    const struct card_paid *paid)
{
	char text[512], *reply = malloc(REPLY_SIZE);
	unsigned char *octets = NULL;
	size_t n, len = 0;
	int der_len;

	assert_non_null(reply);
	len = add(text, len,
	    paid->currency == NULL ? "till-card-sign-in-1" : "till-card-1");
	len = add(text, len, challenge);
	if (paid->currency == NULL) {
		len = add(text, len, paid->payee);
		len = add(text, len, paid->ticket);
	} else {
		len = add(text, len, paid->ticket);
		len = add(text, len, paid->payee);
		len = add(text, len, paid->amount);
		len = add(text, len, paid->currency);
	}
	(void)snprintf(reply, REPLY_SIZE, "{\"alg\":\"%s\"", said->alg);
	if (said->kid != NULL)
		add_octets(reply, "kid", said->kid, 0);
	if (said->certificate != NULL) {
		der_len = i2d_X509(said->certificate, &octets);
		assert_true(der_len > 0);
		add_octets(reply, "certificate", octets, (size_t)der_len);
		OPENSSL_free(octets);
	}
	n = card_sign(key, said->alg, text, len, &octets);
	add_octets(reply, "signature", octets, n);
	free(octets);
	n = strlen(reply);
	(void)snprintf(reply + n, REPLY_SIZE - n, "}");
	return reply;
}

static void
number_text(EVP_PKEY *key, const char *param, size_t min, char *text)
{
	unsigned char octets[NUMBER_MAX];
	BIGNUM *number = NULL;
	size_t len;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &number), 1);
	len = (size_t)BN_num_bytes(number);
	if (len < min)
		len = min;
	assert_true(len <= sizeof(octets));
	(void)BN_bn2binpad(number, octets, (int)len);
	(void)base64url_encode(octets, len, text);
	BN_free(number);
}

static char *
pem_of(BIO *bio)
{
	char *text, *copy;
	long len = BIO_get_mem_data(bio, &text);

	copy = malloc((size_t)len + 1);
	assert_non_null(copy);
	memcpy(copy, text, (size_t)len);
	copy[len] = '\0';
	(void)BIO_free(bio);
	return copy;
}

static void
extend(X509 *made, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, issuer, made, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(made, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void
add_policy(X509 *made, const char *oid)
{
	CERTIFICATEPOLICIES *policies;
	POLICYINFO *policy;

	if (oid == NULL)
		return;
	policies = CERTIFICATEPOLICIES_new();
	policy = POLICYINFO_new();
	assert_true(policies != NULL && policy != NULL);
	policy->policyid = OBJ_txt2obj(oid, 1);
	assert_true(sk_POLICYINFO_push(policies, policy) > 0);
	assert_int_equal(X509_add1_ext_i2d(made, NID_certificate_policies,
			     policies, 0, 0),
	    1);
	CERTIFICATEPOLICIES_free(policies);
}

static void
raw_of(const unsigned char *der, size_t len, unsigned char raw[2 * COORDINATE])
{
	const unsigned char *at = der;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &at, (long)len);

	assert_non_null(both);
	(void)BN_bn2binpad(ECDSA_SIG_get0_r(both), raw, COORDINATE);
	(void)BN_bn2binpad(ECDSA_SIG_get0_s(both), raw + COORDINATE,
	    COORDINATE);
	ECDSA_SIG_free(both);
}

static size_t
add(char *text, size_t at, const char *field)
{
	memcpy(text + at, field, strlen(field) + 1);
	return at + strlen(field) + 1;
}

/* A member more; len 0: a text as it is. */
static void
add_octets(char *text, const char *name, const void *octets, size_t len)
{
	char *value = malloc(BASE64URL_SIZE(len));
	const size_t at = strlen(text);

	assert_non_null(value);
	(void)base64url_encode(octets, len, value);
	(void)snprintf(text + at, REPLY_SIZE - at, ",\"%s\":\"%s\"", name,
	    len == 0 ? (const char *)octets : value);
	free(value);
}

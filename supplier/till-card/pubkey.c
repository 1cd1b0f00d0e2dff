/*
 * pubkey.c - public keys of cards, by OpenSSL.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "base64url.h"
#include "pkey.h"
#include "pubkey.h"
#include "sha256.h"

#define COORDINATE (PUBKEY_RAW / 2)
#define UNCOMPRESSED 4 /* what such a point begins with (SEC 1, 2.3.3) */
#define DER_MAX 80 /* octets of an ECDSA signature of P-256 in DER */

/* The members of a JWK that RFC 7638 hashes. */
struct members {
	char a[BASE64URL_SIZE(PUBKEY_RSA_MAX)]; /* x, or e */
	char b[BASE64URL_SIZE(PUBKEY_RSA_MAX)]; /* y, or n */
};

static int adopt(EVP_PKEY *, struct pubkey *, struct till_error *);
static int adopt_kind(struct pubkey *);
static int name_key(struct pubkey *);
static int members_read(const struct pubkey *, struct members *);
static int number(const EVP_PKEY *, const char *, size_t, char *);
static int raw_to_der(const unsigned char *, unsigned char *, size_t *);

int
pubkey_from_certificate(const unsigned char *der, size_t len,
    struct pubkey *pub, struct till_error *err)
{
	X509 *certificate;
	EVP_PKEY *key;

	certificate = d2i_X509(NULL, &der, (long)len);
	if (certificate == NULL)
		return till_fail(err, "the card's certificate is damaged");
	key = X509_get_pubkey(certificate);
	X509_free(certificate);
	return adopt(key, pub, err);
}

int
pubkey_from_point(const unsigned char *point, size_t len, struct pubkey *pub,
    struct till_error *err)
{
	if (len != PUBKEY_POINT || point[0] != UNCOMPRESSED)
		return till_fail(err, "the key is not on the curve P-256");
	return adopt(pkey_of_point(point + 1, point + 1 + COORDINATE), pub,
	    err);
}

int
pubkey_from_rsa(const unsigned char *n, size_t n_len, const unsigned char *e,
    size_t e_len, struct pubkey *pub, struct till_error *err)
{
	return adopt(pkey_of_modulus(n, n_len, e, e_len), pub, err);
}

void
pubkey_clear(struct pubkey *pub)
{
	EVP_PKEY_free(pub->key);
	*pub = (struct pubkey){ 0 };
}

const char *
pubkey_alg_name(enum pubkey_alg alg)
{
	switch (alg) {
	case PUBKEY_ES256:
		return "ES256";
	case PUBKEY_RS256:
		return "RS256";
	case PUBKEY_NONE:
		break;
	}
	return "none";
}

int
pubkey_jwk(const struct pubkey *pub, char jwk_r[PUBKEY_JWK_MAX],
    struct till_error *err)
{
	struct members m;
	int n;

	if (members_read(pub, &m) == -1)
		return till_fail(err, "the key cannot be written");
	if (pub->alg == PUBKEY_ES256)
		n = snprintf(jwk_r, PUBKEY_JWK_MAX,
		    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
		    "\"y\":\"%s\",\"kid\":\"%s\",\"alg\":\"ES256\","
		    "\"use\":\"sig\"}",
		    m.a, m.b, pub->kid);
	else
		n = snprintf(jwk_r, PUBKEY_JWK_MAX,
		    "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\","
		    "\"kid\":\"%s\",\"alg\":\"RS256\",\"use\":\"sig\"}",
		    m.b, m.a, pub->kid);
	return n > 0 && n < PUBKEY_JWK_MAX
	    ? 0
	    : till_fail(err, "the key is too long");
}

bool
pubkey_verify(const struct pubkey *pub, const unsigned char hash[PUBKEY_HASH],
    const unsigned char *signature, size_t len)
{
	unsigned char der[DER_MAX];
	EVP_PKEY_CTX *ctx;
	bool right;

	if (len != pub->size)
		return false;
	if (pub->alg == PUBKEY_ES256) {
		if (raw_to_der(signature, der, &len) == -1)
			return false;
		signature = der;
	}
	ctx = EVP_PKEY_CTX_new(pub->key, NULL);
	right = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    (pub->alg == PUBKEY_ES256 ||
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_verify(ctx, signature, len, hash, PUBKEY_HASH) == 1;
	EVP_PKEY_CTX_free(ctx);
	return right;
}

int
pubkey_raw(const unsigned char *der, size_t len,
    unsigned char raw_r[PUBKEY_RAW], struct till_error *err)
{
	const unsigned char *at = der;
	ECDSA_SIG *sig;
	bool fits;

	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	fits = sig != NULL && at == der + len &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw_r, COORDINATE) ==
		COORDINATE &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw_r + COORDINATE,
		COORDINATE) == COORDINATE;
	ECDSA_SIG_free(sig);
	return fits ? 0 : till_fail(err, "the card gave no signature");
}

void
pubkey_info(const unsigned char hash[PUBKEY_HASH],
    unsigned char info_r[PUBKEY_INFO])
{
	static const unsigned char sha256_head[] = { 0x30, 0x31, 0x30, 0x0d,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x05, 0x00, 0x04, 0x20 };

	_Static_assert(sizeof(sha256_head) + PUBKEY_HASH == PUBKEY_INFO,
	    "head and hash");
	memcpy(info_r, sha256_head, sizeof(sha256_head));
	memcpy(info_r + sizeof(sha256_head), hash, PUBKEY_HASH);
}

void
pubkey_subject(const unsigned char *der, size_t len,
    char text_r[PUBKEY_SUBJECT_MAX])
{
	X509 *certificate;
	BIO *bio = BIO_new(BIO_s_mem());
	int n = 0;

	certificate = d2i_X509(NULL, &der, (long)len);
	if (bio != NULL && certificate != NULL &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
		XN_FLAG_RFC2253) >= 0)
		n = BIO_read(bio, text_r, PUBKEY_SUBJECT_MAX - 1);
	text_r[n > 0 ? n : 0] = '\0';
	X509_free(certificate);
	BIO_free(bio);
}

/* Takes the key, which may be NULL, whatever becomes of it. */
static int
adopt(EVP_PKEY *key, struct pubkey *pub, struct till_error *err)
{
	*pub = (struct pubkey){ .key = key };
	if (key != NULL && adopt_kind(pub) == 0 && name_key(pub) == 0)
		return 0;
	pubkey_clear(pub);
	return till_fail(err,
	    "the card's key is neither P-256 nor RSA of 2048 to 4096 bits");
}

static int
adopt_kind(struct pubkey *pub)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(pub->key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(pub->key, group, sizeof(group), NULL) ==
		1 &&
	    strcmp(group, "prime256v1") == 0) {
		pub->alg = PUBKEY_ES256;
		pub->size = PUBKEY_RAW;
		return 0;
	}
	if (EVP_PKEY_is_a(pub->key, "RSA") == 1) {
		pub->alg = PUBKEY_RS256;
		pub->size = (size_t)EVP_PKEY_get_size(pub->key);
		return pub->size < PUBKEY_RSA_MIN || pub->size > PUBKEY_RSA_MAX
		    ? -1
		    : 0;
	}
	return -1;
}

/* RFC 7638: the required members in the alphabet's order, no blanks. */
static int
name_key(struct pubkey *pub)
{
	unsigned char hash[SHA256_SIZE];
	char text[PUBKEY_JWK_MAX];
	struct members m;
	int n;

	if (members_read(pub, &m) == -1)
		return -1;
	if (pub->alg == PUBKEY_ES256)
		n = snprintf(text, sizeof(text),
		    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\","
		    "\"y\":\"%s\"}",
		    m.a, m.b);
	else
		n = snprintf(text, sizeof(text),
		    "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", m.a, m.b);
	if (n <= 0 || (size_t)n >= sizeof(text) ||
	    sha256(text, (size_t)n, hash) == -1)
		return -1;
	(void)base64url_encode(hash, sizeof(hash), pub->kid);
	return 0;
}

static int
members_read(const struct pubkey *pub, struct members *m)
{
	if (pub->alg == PUBKEY_ES256)
		return number(pub->key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE,
			   m->a) == -1
		    ? -1
		    : number(pub->key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE,
			  m->b);
	return number(pub->key, OSSL_PKEY_PARAM_RSA_E, 0, m->a) == -1
	    ? -1
	    : number(pub->key, OSSL_PKEY_PARAM_RSA_N, 0, m->b);
}

/* A number in base64url: of size octets, or as few as it has (0). */
static int
number(const EVP_PKEY *key, const char *name, size_t size, char *text)
{
	unsigned char octets[PUBKEY_RSA_MAX];
	BIGNUM *bn = NULL;
	int r = -1;

	if (EVP_PKEY_get_bn_param(key, name, &bn) != 1)
		return -1;
	if (size == 0)
		size = (size_t)BN_num_bytes(bn);
	if (size <= sizeof(octets) &&
	    BN_bn2binpad(bn, octets, (int)size) == (int)size) {
		(void)base64url_encode(octets, size, text);
		r = 0;
	}
	BN_free(bn);
	return r;
}

static int
raw_to_der(const unsigned char *raw, unsigned char *der, size_t *len_r)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, COORDINATE, NULL);
	BIGNUM *s = BN_bin2bn(raw + COORDINATE, COORDINATE, NULL);
	unsigned char *at = der;
	int len = -1;

	if (sig != NULL && r != NULL && s != NULL &&
	    ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		len = i2d_ECDSA_SIG(sig, NULL);
		if (len > 0 && len <= DER_MAX)
			len = i2d_ECDSA_SIG(sig, &at);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	*len_r = len > 0 && len <= DER_MAX ? (size_t)len : 0;
	return *len_r > 0 ? 0 : -1;
}

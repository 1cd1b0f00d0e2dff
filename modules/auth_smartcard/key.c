/*
 * key.c - public keys: their kinds, their names, and verifying.
 */
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "auth_smartcard/key.h"
#include "base64url.h"
#include "pkey.h"
#include "sha256.h"

#define COORDINATE PKEY_COORDINATE
#define COORDINATE_384 48
#define EXPONENT_MAX 8 /* octets of an RSA key's public exponent */
#define MODULUS_MAX (KEY_RSA_BITS_MAX / 8)
#define MODULUS_TEXT BASE64URL_SIZE(MODULUS_MAX)
#define JSON_MAX (MODULUS_TEXT + 64)
#define DER_MAX 104 /* octets of R and S in DER */

static int alg_settle(const EVP_PKEY *, enum key_alg *, struct till_error *);
static bool is_group(const EVP_PKEY *, const char *name);
static bool is_ec(enum key_alg);
static size_t coordinate(enum key_alg);
static int rsa_check(const EVP_PKEY *, struct till_error *);
static int name_key(struct key *);
static int ec_json(const EVP_PKEY *, enum key_alg, char json[JSON_MAX]);
static int rsa_json(const EVP_PKEY *, char json[JSON_MAX]);
static int number(const EVP_PKEY *, const char *param, size_t min, size_t max,
    char *text_r);
static bool verify(const struct key *, const void *text, size_t len,
    const unsigned char *signature, size_t signature_len);
static int rsa_prepare(enum key_alg, EVP_PKEY_CTX *);
static int der_of(const unsigned char *signature, size_t half,
    unsigned char **der_r);

static const char *const names[] = {
	[KEY_ES256] = "ES256",
	[KEY_RS256] = "RS256",
	[KEY_PS256] = "PS256",
	[KEY_ES384] = "ES384",
};

const char *
key_alg_name(enum key_alg alg)
{
	return names[alg];
}

enum key_alg
key_alg_of(const char *name)
{
	size_t i;

	for (i = KEY_ES256; i <= KEY_PS256; i++)
		if (strcmp(names[i], name) == 0)
			return (enum key_alg)i;
	return KEY_NONE;
}

int
key_take(EVP_PKEY *pkey, enum key_alg alg, struct key *key_r,
    struct till_error *err)
{
	memset(key_r, 0, sizeof(*key_r));
	key_r->pkey = pkey;
	if (alg_settle(pkey, &alg, err) == -1) {
		key_clear(key_r);
		return -1;
	}
	key_r->alg = alg;
	if (name_key(key_r) == 0)
		return 0;
	key_clear(key_r);
	return till_fail(err, "the key has no name");
}

int
key_from_spki(const unsigned char *der, size_t len, enum key_alg alg,
    struct key *key_r, struct till_error *err)
{
	const unsigned char *at = der;
	EVP_PKEY *pkey;

	if (len > KEY_SPKI_MAX)
		return till_fail(err, "a public key has at most %d octets",
		    KEY_SPKI_MAX);
	pkey = d2i_PUBKEY(NULL, &at, (long)len);
	if (pkey == NULL || at != der + len) {
		EVP_PKEY_free(pkey);
		return till_fail(err, "this is no public key");
	}
	return key_take(pkey, alg, key_r, err);
}

int
key_check(const struct key *key, struct till_error *err)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	const bool sound = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return sound ? 0 : till_fail(err, "the key is not sound");
}

size_t
key_digest(enum key_alg alg, const void *text, size_t len,
    unsigned char digest_r[KEY_DIGEST_MAX])
{
	const EVP_MD *md = alg == KEY_ES384 ? EVP_sha384() : EVP_sha256();
	unsigned int n = 0;

	return EVP_Digest(text, len, digest_r, &n, md, NULL) == 1 ? n : 0;
}

bool
key_is_p384(const EVP_PKEY *pkey)
{
	return is_group(pkey, SN_secp384r1);
}

bool
key_verify(const struct key *key, const void *text, size_t len,
    const unsigned char *signature, size_t signature_len)
{
	const size_t half = coordinate(key->alg);
	unsigned char *der = NULL;
	int der_len;
	bool holds;

	if (!is_ec(key->alg))
		return signature_len == (size_t)EVP_PKEY_get_size(key->pkey) &&
		    verify(key, text, len, signature, signature_len);
	if (signature_len != 2 * half)
		return false;
	der_len = der_of(signature, half, &der);
	holds = der_len > 0 && verify(key, text, len, der, (size_t)der_len);
	OPENSSL_free(der);
	return holds;
}

bool
key_verify_der(const struct key *key, const void *text, size_t len,
    const unsigned char *signature, size_t signature_len)
{
	if (!is_ec(key->alg))
		return key_verify(key, text, len, signature, signature_len);
	return signature_len <= DER_MAX &&
	    verify(key, text, len, signature, signature_len);
}

void
key_clear(struct key *key)
{
	EVP_PKEY_free(key->pkey);
	memset(key, 0, sizeof(*key));
}

/* What the type says; an RSA key may be for PS256, too. */
static int
alg_settle(const EVP_PKEY *pkey, enum key_alg *alg, struct till_error *err)
{
	enum key_alg own = KEY_NONE;

	if (is_group(pkey, SN_X9_62_prime256v1))
		own = KEY_ES256;
	else if (*alg == KEY_ES384 && key_is_p384(pkey))
		own = KEY_ES384;
	else if (EVP_PKEY_is_a(pkey, "RSA") == 1)
		own = *alg == KEY_PS256 ? KEY_PS256 : KEY_RS256;
	else if (EVP_PKEY_is_a(pkey, "RSA-PSS") == 1)
		own = KEY_PS256;
	if (own == KEY_NONE)
		return till_fail(err, "only P-256 and RSA keys are taken");
	if (*alg != KEY_NONE && *alg != own)
		return till_fail(err, "the key is none for %s", names[*alg]);
	*alg = own;
	return is_ec(own) ? 0 : rsa_check(pkey, err);
}

static bool
is_group(const EVP_PKEY *pkey, const char *name)
{
	char group[32];
	size_t len;

	return EVP_PKEY_is_a(pkey, "EC") == 1 &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 &&
	    strcmp(group, name) == 0;
}

static bool
is_ec(enum key_alg alg)
{
	return alg == KEY_ES256 || alg == KEY_ES384;
}

/* Octets of R, and of S. */
static size_t
coordinate(enum key_alg alg)
{
	return alg == KEY_ES384 ? COORDINATE_384 : COORDINATE;
}

static int
rsa_check(const EVP_PKEY *pkey, struct till_error *err)
{
	const int bits = EVP_PKEY_get_bits(pkey);

	if (bits < KEY_RSA_BITS_MIN || bits > KEY_RSA_BITS_MAX)
		return till_fail(err,
		    "an RSA key has %d to %d bits, this one %d",
		    KEY_RSA_BITS_MIN, KEY_RSA_BITS_MAX, bits);
	return 0;
}

/* RFC 7638: the digest of the required members, in the alphabet's order
 * and without blanks. */
static int
name_key(struct key *key)
{
	unsigned char digest[SHA256_SIZE];
	char json[JSON_MAX];
	int len;

	len = is_ec(key->alg) ? ec_json(key->pkey, key->alg, json)
			      : rsa_json(key->pkey, json);
	if (len == -1 || sha256(json, (size_t)len, digest) == -1)
		return -1;
	(void)base64url_encode(digest, sizeof(digest), key->id);
	return 0;
}

static int
ec_json(const EVP_PKEY *pkey, enum key_alg alg, char json[JSON_MAX])
{
	char x[BASE64URL_SIZE(COORDINATE_384)],
	    y[BASE64URL_SIZE(COORDINATE_384)];
	const size_t len = coordinate(alg);

	if (number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, len, len, x) == -1 ||
	    number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, len, len, y) == -1)
		return -1;
	return snprintf(json, JSON_MAX,
	    "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
	    alg == KEY_ES384 ? "P-384" : "P-256", x, y);
}

static int
rsa_json(const EVP_PKEY *pkey, char json[JSON_MAX])
{
	char e[BASE64URL_SIZE(EXPONENT_MAX)], n[MODULUS_TEXT];

	if (number(pkey, OSSL_PKEY_PARAM_RSA_E, 1, EXPONENT_MAX, e) == -1 ||
	    number(pkey, OSSL_PKEY_PARAM_RSA_N, 1, MODULUS_MAX, n) == -1)
		return -1;
	return snprintf(json, JSON_MAX,
	    "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", e, n);
}

/* A number of at least min octets, in base64url. */
static int
number(const EVP_PKEY *pkey, const char *param, size_t min, size_t max,
    char *text_r)
{
	unsigned char octets[MODULUS_MAX];
	BIGNUM *bn = NULL;
	size_t len;
	int r = -1;

	if (EVP_PKEY_get_bn_param(pkey, param, &bn) != 1)
		return -1;
	len = (size_t)BN_num_bytes(bn);
	if (len < min)
		len = min;
	if (len <= max && BN_bn2binpad(bn, octets, (int)len) == (int)len) {
		(void)base64url_encode(octets, len, text_r);
		r = 0;
	}
	BN_free(bn);
	return r;
}

static bool
verify(const struct key *key, const void *text, size_t len,
    const unsigned char *signature, size_t signature_len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	unsigned char digest[KEY_DIGEST_MAX];
	const size_t n = key_digest(key->alg, text, len, digest);
	bool holds = false;

	if (n > 0 && ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    (is_ec(key->alg) || rsa_prepare(key->alg, ctx) == 0))
		holds = EVP_PKEY_verify(ctx, signature, signature_len, digest,
			    n) == 1;
	EVP_PKEY_CTX_free(ctx);
	return holds;
}

static int
rsa_prepare(enum key_alg alg, EVP_PKEY_CTX *ctx)
{
	const EVP_MD *md = EVP_sha256();

	if (alg == KEY_RS256)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
			    1 &&
			EVP_PKEY_CTX_set_signature_md(ctx, md) == 1
		    ? 0
		    : -1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		    1
	    ? 0
	    : -1;
}

/* R || S as OpenSSL wants them; the length, or -1. */
static int
der_of(const unsigned char *signature, size_t half, unsigned char **der_r)
{
	BIGNUM *r = BN_bin2bn(signature, (int)half, NULL);
	BIGNUM *s = BN_bin2bn(signature + half, (int)half, NULL);
	ECDSA_SIG *both = ECDSA_SIG_new();
	int len = -1;

	if (r != NULL && s != NULL && both != NULL &&
	    ECDSA_SIG_set0(both, r, s) == 1) {
		r = s = NULL; /* both owns them */
		len = i2d_ECDSA_SIG(both, der_r);
	}
	ECDSA_SIG_free(both);
	BN_free(r);
	BN_free(s);
	return len;
}

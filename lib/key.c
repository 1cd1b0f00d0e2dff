/*
 * key.c - private keys, and what all keys have in common.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "seal.h"

#define PEM_MAX 4096 /* octets of a PEM text that is read */

static int coordinate(const EVP_PKEY *, const char *, unsigned char *);
static int read_pem(const char *, size_t, EVP_PKEY **, struct till_error *);
static int decode_pkcs8(const unsigned char *, long, EVP_PKEY **,
    struct till_error *);
static int private_check(EVP_PKEY *, enum till_alg *, struct till_error *);
static int prepare(struct till_key *);
static int name_key(struct till_key *);

const char *
till_alg_name(enum till_alg alg)
{
	switch (alg) {
	case TILL_ALG_ES256:
		return "ES256";
	case TILL_ALG_ED25519:
		return "Ed25519";
	case TILL_ALG_NONE:
		break;
	}
	return NULL;
}

enum till_alg
till_alg_from_name(const char *name)
{
	if (strcmp(name, "ES256") == 0)
		return TILL_ALG_ES256;
	if (strcmp(name, "Ed25519") == 0)
		return TILL_ALG_ED25519;
	return TILL_ALG_NONE;
}

int
till_key_generate(enum till_alg alg, struct till_key **key_r,
    struct till_error *err)
{
	EVP_PKEY *pkey = NULL;

	(void)ERR_set_mark();
	if (alg == TILL_ALG_ES256)
		pkey = EVP_EC_gen("P-256");
	else if (alg == TILL_ALG_ED25519)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	(void)ERR_pop_to_mark();
	if (pkey == NULL)
		return till_fail(err, "the key could not be made");
	return key_wrap(pkey, alg, true, key_r, err);
}

int
till_key_from_pem(const char *pem, size_t len, struct till_key **key_r,
    struct till_error *err)
{
	enum till_alg alg = TILL_ALG_NONE;
	EVP_PKEY *pkey = NULL;
	int r = -1;

	(void)ERR_set_mark();
	if (read_pem(pem, len, &pkey, err) == 0 &&
	    private_check(pkey, &alg, err) == 0)
		r = 0;
	(void)ERR_pop_to_mark();
	if (r == -1) {
		EVP_PKEY_free(pkey);
		return -1;
	}
	return key_wrap(pkey, alg, true, key_r, err);
}

int
till_key_pem(const struct till_key *key, char **pem_r, struct till_error *err)
{
	BIO *bio = NULL;
	char *pem = NULL, *text;
	long len;
	int r = -1;

	if (!key->has_private)
		return till_fail(err, "the key has no private part");
	(void)ERR_set_mark();
	bio = BIO_new(BIO_s_secmem());
	if (bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL,
		NULL) != 1) {
		till_fail(err, "the key could not be written");
		goto out;
	}
	len = BIO_get_mem_data(bio, &text);
	pem = OPENSSL_secure_malloc((size_t)len + 1);
	if (pem == NULL) {
		till_fail(err, "out of memory");
		goto out;
	}
	memcpy(pem, text, (size_t)len);
	pem[len] = '\0';
	*pem_r = pem;
	r = 0;
out:
	BIO_free(bio);
	(void)ERR_pop_to_mark();
	return r;
}

void
till_key_pem_free(char *pem)
{
	if (pem != NULL)
		OPENSSL_secure_clear_free(pem, strlen(pem) + 1);
}

const char *
till_key_id(const struct till_key *key)
{
	return key->id;
}

enum till_alg
till_key_alg(const struct till_key *key)
{
	return key->alg;
}

bool
till_key_is_private(const struct till_key *key)
{
	return key->has_private;
}

void
till_key_free(struct till_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_CTX_free(key->signer);
	EVP_PKEY_CTX_free(key->verifier);
	EVP_MD_free(key->sha256);
	EVP_PKEY_free(key->pkey);
	free(key);
}

int
key_wrap(EVP_PKEY *pkey, enum till_alg alg, bool has_private,
    struct till_key **key_r, struct till_error *err)
{
	struct till_key *key;
	int r;

	key = calloc(1, sizeof(*key));
	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return till_fail(err, "out of memory");
	}
	key->pkey = pkey;
	key->alg = alg;
	key->has_private = has_private;
	(void)ERR_set_mark();
	r = prepare(key);
	(void)ERR_pop_to_mark();
	if (r == -1) {
		till_key_free(key);
		return till_fail(err, "the key could not be prepared");
	}
	*key_r = key;
	return 0;
}

int
key_point(const struct till_key *key, unsigned char x[SEAL_POINT],
    unsigned char y[SEAL_POINT])
{
	size_t len = SEAL_POINT;

	if (key->alg == TILL_ALG_ES256) {
		if (coordinate(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, x) == -1)
			return -1;
		return coordinate(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, y);
	}
	if (EVP_PKEY_get_raw_public_key(key->pkey, x, &len) != 1 ||
	    len != SEAL_POINT)
		return -1;
	return 0;
}

static int
coordinate(const EVP_PKEY *pkey, const char *name, unsigned char *octets)
{
	BIGNUM *number = NULL;
	int r = -1;

	if (EVP_PKEY_get_bn_param(pkey, name, &number) == 1 &&
	    BN_bn2binpad(number, octets, SEAL_POINT) == SEAL_POINT)
		r = 0;
	BN_free(number);
	return r;
}

/* Only PKCS #8 without encryption, in memory that is wiped. */
static int
read_pem(const char *pem, size_t len, EVP_PKEY **pkey_r, struct till_error *err)
{
	BIO *bio = NULL;
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long der_len = 0;
	int r = -1;

	if (len > PEM_MAX)
		return till_fail(err, "a PEM key has at most %d octets",
		    PEM_MAX);
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL) {
		till_fail(err, "out of memory");
		goto out;
	}
	if (PEM_read_bio_ex(bio, &name, &header, &der, &der_len,
		PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
		till_fail(err, "this is no PEM text");
		goto out;
	}
	if (strcmp(name, PEM_STRING_PKCS8INF) != 0) {
		till_fail(err,
		    "the PEM is no unencrypted PKCS #8 private key "
		    "(BEGIN PRIVATE KEY)");
		goto out;
	}
	r = decode_pkcs8(der, der_len, pkey_r, err);
out:
	OPENSSL_secure_clear_free(der, (size_t)der_len);
	OPENSSL_secure_free(header);
	OPENSSL_secure_free(name);
	BIO_free(bio);
	return r;
}

static int
decode_pkcs8(const unsigned char *der, long len, EVP_PKEY **pkey_r,
    struct till_error *err)
{
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *info;
	int r = -1;

	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, len);
	if (info != NULL && at == der + len)
		*pkey_r = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	if (*pkey_r != NULL)
		r = 0;
	else
		till_fail(err, "the PEM holds no key that can be read");
	return r;
}

/* Is it of a kind we use, and do its two halves belong together? */
static int
private_check(EVP_PKEY *pkey, enum till_alg *alg_r, struct till_error *err)
{
	EVP_PKEY_CTX *ctx;
	char group[32] = "";
	size_t len;
	int ok;

	if (EVP_PKEY_is_a(pkey, "ED25519") == 1)
		*alg_r = TILL_ALG_ED25519;
	else if (EVP_PKEY_is_a(pkey, "EC") == 1 &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 &&
	    strcmp(group, SN_X9_62_prime256v1) == 0)
		*alg_r = TILL_ALG_ES256;
	else
		return till_fail(err, "only P-256 and Ed25519 keys are taken");
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (ctx == NULL)
		return till_fail(err, "out of memory");
	ok = EVP_PKEY_check(ctx);
	EVP_PKEY_CTX_free(ctx);
	if (ok != 1)
		return till_fail(err, "the key is not sound");
	return 0;
}

static int
prepare(struct till_key *key)
{
	key->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (key->sha256 == NULL)
		return -1;
	if (key->alg == TILL_ALG_ES256) {
		key->verifier =
		    EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
		if (key->verifier == NULL ||
		    EVP_PKEY_verify_init(key->verifier) != 1)
			return -1;
	}
	if (key->alg == TILL_ALG_ES256 && key->has_private) {
		key->signer = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
		if (key->signer == NULL || EVP_PKEY_sign_init(key->signer) != 1)
			return -1;
	}
	return name_key(key);
}

/*
 * The thumbprint of RFC 7638: the digest of the required members, in the
 * alphabet's order and without blanks.
 */
static int
name_key(struct till_key *key)
{
	unsigned char x[SEAL_POINT], y[SEAL_POINT], digest[SHA256_SIZE];
	char xs[BASE64URL_SIZE(SEAL_POINT)], ys[BASE64URL_SIZE(SEAL_POINT)];
	char json[TILL_JWK_MAX];
	int len;

	if (key_point(key, x, y) == -1)
		return -1;
	(void)base64url_encode(x, SEAL_POINT, xs);
	if (key->alg == TILL_ALG_ED25519) {
		len = snprintf(json, sizeof(json),
		    "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}", xs);
	} else {
		(void)base64url_encode(y, SEAL_POINT, ys);
		len = snprintf(json, sizeof(json),
		    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\","
		    "\"y\":\"%s\"}",
		    xs, ys);
	}
	if (seal_digest(key, json, (size_t)len, digest) == -1)
		return -1;
	(void)base64url_encode(digest, sizeof(digest), key->id);
	return 0;
}

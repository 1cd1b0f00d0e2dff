/*
 * seal.c - raw signatures, by ES256 or Ed25519 as the key says.
 *
 * ES256 works on the digest, which names the token anyway, so that the
 * token is hashed once.  JOSE writes an ECDSA signature as R || S (RFC
 * 7518, 3.4), OpenSSL as DER; between them lie two short integers, which
 * are converted here without a detour over big numbers.
 */
#include <openssl/err.h>

#include <assert.h>
#include <string.h>

#include "seal.h"

#define DER_INTEGER 0x02
#define DER_SEQUENCE 0x30
#define DER_MAX (2 + 2 * (2 + 1 + SEAL_POINT))

static int es256_sign(const struct till_key *, const unsigned char *,
    unsigned char *);
static int es256_verify(const struct till_key *, const unsigned char *,
    const unsigned char *);
static int ed25519_sign(const struct till_key *, const void *, size_t,
    unsigned char *);
static int ed25519_verify(const struct till_key *, const void *, size_t,
    const unsigned char *);
static size_t der_put(unsigned char *, const unsigned char *);
static const unsigned char *der_take(const unsigned char *,
    const unsigned char *, unsigned char *);

int
seal_digest(const struct till_key *key, const void *data, size_t len,
    unsigned char digest[SHA256_SIZE])
{
	if (EVP_Digest(data, len, digest, NULL, key->sha256, NULL) != 1)
		return -1;
	return 0;
}

int
seal_sign(const struct till_key *key, const void *data, size_t len,
    const unsigned char digest[SHA256_SIZE], unsigned char seal[SEAL_SIZE])
{
	int r = -1;

	assert(key->has_private);
	(void)ERR_set_mark();
	if (key->alg == TILL_ALG_ES256)
		r = es256_sign(key, digest, seal);
	else if (key->alg == TILL_ALG_ED25519)
		r = ed25519_sign(key, data, len, seal);
	(void)ERR_pop_to_mark();
	return r;
}

int
seal_verify(const struct till_key *key, const void *data, size_t len,
    const unsigned char digest[SHA256_SIZE],
    const unsigned char seal[SEAL_SIZE])
{
	int r = -1;

	(void)ERR_set_mark();
	if (key->alg == TILL_ALG_ES256)
		r = es256_verify(key, digest, seal);
	else if (key->alg == TILL_ALG_ED25519)
		r = ed25519_verify(key, data, len, seal);
	(void)ERR_pop_to_mark();
	return r;
}

static int
es256_sign(const struct till_key *key, const unsigned char *digest,
    unsigned char *seal)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(key->signer);
	unsigned char der[DER_MAX];
	const unsigned char *at = der + 2;
	size_t len = sizeof(der);
	int r = -1;

	if (ctx == NULL ||
	    EVP_PKEY_sign(ctx, der, &len, digest, SHA256_SIZE) != 1)
		goto out;
	if (len < 2 || der[0] != DER_SEQUENCE || der[1] != len - 2)
		goto out;
	at = der_take(at, der + len, seal);
	if (at == NULL || der_take(at, der + len, seal + SEAL_POINT) == NULL)
		goto out;
	r = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	return r;
}

/* OpenSSL refuses R and S that are zero or not below the order. */
static int
es256_verify(const struct till_key *key, const unsigned char *digest,
    const unsigned char *seal)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(key->verifier);
	unsigned char der[DER_MAX];
	size_t len = 2;
	int r = -1;

	if (ctx == NULL)
		return -1;
	len += der_put(der + len, seal);
	len += der_put(der + len, seal + SEAL_POINT);
	der[0] = DER_SEQUENCE;
	der[1] = (unsigned char)(len - 2);
	if (EVP_PKEY_verify(ctx, der, len, digest, SHA256_SIZE) == 1)
		r = 0;
	EVP_PKEY_CTX_free(ctx);
	return r;
}

static int
ed25519_sign(const struct till_key *key, const void *data, size_t len,
    unsigned char *seal)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t seal_len = SEAL_SIZE;
	int r = -1;

	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestSign(ctx, seal, &seal_len, data, len) == 1 &&
	    seal_len == SEAL_SIZE)
		r = 0;
	EVP_MD_CTX_free(ctx);
	return r;
}

static int
ed25519_verify(const struct till_key *key, const void *data, size_t len,
    const unsigned char *seal)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r = -1;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestVerify(ctx, seal, SEAL_SIZE, data, len) == 1)
		r = 0;
	EVP_MD_CTX_free(ctx);
	return r;
}

/* Append one coordinate as a DER INTEGER: no superfluous zeros, one zero
 * in front where the number would read as negative. */
static size_t
der_put(unsigned char *der, const unsigned char *number)
{
	size_t skip = 0, len, pad;

	while (skip < SEAL_POINT - 1 && number[skip] == 0)
		skip++;
	len = SEAL_POINT - skip;
	pad = (number[skip] & 0x80) != 0 ? 1 : 0;
	der[0] = DER_INTEGER;
	der[1] = (unsigned char)(len + pad);
	der[2] = 0;
	memcpy(der + 2 + pad, number + skip, len);
	return 2 + pad + len;
}

/* Read one INTEGER into 32 octets; returns what follows, or NULL. */
static const unsigned char *
der_take(const unsigned char *at, const unsigned char *end,
    unsigned char *number)
{
	size_t len;

	if (end - at < 2 || at[0] != DER_INTEGER || at[1] > end - at - 2)
		return NULL;
	len = at[1];
	at += 2;
	while (len > 0 && *at == 0) {
		at++;
		len--;
	}
	if (len > SEAL_POINT)
		return NULL;
	memset(number, 0, SEAL_POINT - len);
	memcpy(number + SEAL_POINT - len, at, len);
	return at + len;
}

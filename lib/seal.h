/*
 * seal.h - what a key is made of, and signing and verifying with it.
 *
 * For key.c, jwk.c and jws.c only: OpenSSL's types stay behind it.
 */
#ifndef SEAL_H
#define SEAL_H

#include <openssl/evp.h>

#include <stddef.h>

#include <till/error.h>
#include <till/key.h>

#include "sha256.h"

#define SEAL_SIZE 64 /* octets of a signature: R || S for both algorithms */
#define SEAL_POINT 32 /* octets of one coordinate */

/*
 * Everything is set when the key is made and only read afterwards, so
 * that threads can share it.  The digest and the contexts are fetched
 * once: the search for an implementation costs more than a hash.
 */
struct till_key {
	EVP_PKEY *pkey;
	EVP_MD *sha256;
	EVP_PKEY_CTX *signer; /* ES256 with a private part, else NULL */
	EVP_PKEY_CTX *verifier; /* ES256, else NULL */
	enum till_alg alg;
	bool has_private;
	char id[TILL_KID_MAX];
};

/*
 * Make a key of pkey, which it owns from here on, also when it fails.
 * The caller has checked that pkey is a sound P-256 or Ed25519 key.
 */
int key_wrap(EVP_PKEY *pkey, enum till_alg alg, bool has_private,
    struct till_key **key_r, struct till_error *err);

/* The coordinates; y stays untouched for Ed25519. */
int key_point(const struct till_key *key, unsigned char x[SEAL_POINT],
    unsigned char y[SEAL_POINT]);

/* True if the 32 octets encode a point of Ed25519 (RFC 8032, 5.1.3)
 * that is not of small order, for which anybody could sign. */
bool ed25519_point_ok(const unsigned char point[SEAL_POINT]);

/* SHA-256 with the key's own fetched digest. */
int seal_digest(const struct till_key *key, const void *data, size_t len,
    unsigned char digest[SHA256_SIZE]);

/* Sign data, whose digest is given: ES256 signs the digest, Ed25519 the
 * data.  The key must have a private part. */
int seal_sign(const struct till_key *key, const void *data, size_t len,
    const unsigned char digest[SHA256_SIZE], unsigned char seal[SEAL_SIZE]);

/* 0 if the signature holds, -1 for every other thing. */
int seal_verify(const struct till_key *key, const void *data, size_t len,
    const unsigned char digest[SHA256_SIZE],
    const unsigned char seal[SEAL_SIZE]);

#endif

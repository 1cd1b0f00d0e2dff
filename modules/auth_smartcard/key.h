/*
 * key.h - the public keys that customers' signatures are verified with.
 *
 * A key has one algorithm, which was settled when it was read; a reply
 * names it and is compared, and chooses nothing.  OpenSSL's errors stay
 * in its queue: callers set a mark.
 */
#ifndef SMARTCARD_KEY_H
#define SMARTCARD_KEY_H

#include <openssl/evp.h>

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>
#include <till/key.h>

#define KEY_RSA_BITS_MIN 2048
#define KEY_RSA_BITS_MAX 4096
#define KEY_SIGNATURE_MAX (KEY_RSA_BITS_MAX / 8)
#define KEY_DIGEST_MAX 48 /* octets of SHA-384 */
#define KEY_SPKI_MAX 640 /* octets of a SubjectPublicKeyInfo, RFC 5280 */

enum key_alg {
	KEY_NONE = 0,
	KEY_ES256, /* RFC 7518, 3.4: P-256, SHA-256, R || S of 64 octets */
	KEY_RS256, /* RFC 7518, 3.3: PKCS #1 v1.5, SHA-256 */
	KEY_PS256, /* RFC 7518, 3.5: PSS, SHA-256, MGF1 of it, salt of 32 */
	KEY_ES384 /* RFC 7518, 3.4: P-384, SHA-384, R || S of 96 octets; only
		   where it is asked for, see key_take */
};

struct key {
	EVP_PKEY *pkey;
	enum key_alg alg;
	char id[TILL_KID_MAX]; /* RFC 7638 thumbprint */
};

/* "ES256" ...; NULL for KEY_NONE.  And back, KEY_NONE for other names, and
 * for "ES384", which no card of ours has. */
const char *key_alg_name(enum key_alg);
enum key_alg key_alg_of(const char *name);

/*
 * Make a key of pkey, which it owns from here on, also when it fails.
 * alg is what it is to be used for, KEY_NONE: what its type says, which
 * of rsaEncryption is RS256.  Only P-256 and RSA of 2048 to 4096 bits are
 * taken, and P-384 where alg is KEY_ES384.
 */
int key_take(EVP_PKEY *pkey, enum key_alg alg, struct key *key_r,
    struct till_error *err);

/* Is it one for KEY_ES384? */
bool key_is_p384(const EVP_PKEY *);

/* The same of a SubjectPublicKeyInfo in DER and nothing behind it. */
int key_from_spki(const unsigned char *der, size_t len, enum key_alg,
    struct key *key_r, struct till_error *err);

/*
 * The same of a JWK (RFC 7517), of which "kty", "crv", "x", "y", "n", "e"
 * and "alg" count; with a "kid", that must be the thumbprint.  One with a
 * private part is refused.
 */
int key_from_jwk(const char *text, size_t len, struct key *key_r,
    struct till_error *err);

/*
 * The OpenSSL key of an RSA key's modulus and exponent, without zeros in front.
 * NULL if the numbers are none, or there is no memory.
 */
EVP_PKEY *key_of_modulus(const unsigned char *n, size_t n_len,
    const unsigned char *e, size_t e_len);

/* Is the key sound (the point on its curve, the modulus no prime)?  Takes
 * milliseconds: for a key that is enrolled. */
int key_check(const struct key *, struct till_error *err);

/* The digest that an algorithm signs: its length, or 0. */
size_t key_digest(enum key_alg, const void *text, size_t len,
    unsigned char digest_r[KEY_DIGEST_MAX]);

/* Does the signature hold? */
bool key_verify(const struct key *, const void *text, size_t len,
    const unsigned char *signature, size_t signature_len);

/* The same where ES256 is not R || S but DER, as WebAuthn has it. */
bool key_verify_der(const struct key *, const void *text, size_t len,
    const unsigned char *signature, size_t signature_len);

void key_clear(struct key *); /* all zero is fine */

#endif

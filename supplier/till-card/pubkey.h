/*
 * pubkey.h - the public part of a card's key: its name, its JWK, and whether a
 * signature is of it.
 */
#ifndef PUBKEY_H
#define PUBKEY_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>
#include <till/key.h>

#define PUBKEY_HASH 32 /* octets of what is signed, a SHA-256 */
#define PUBKEY_POINT 65 /* octets of an uncompressed P-256 point */
#define PUBKEY_RAW 64 /* octets of an ES256 signature, R and S */
#define PUBKEY_RSA_MIN 256 /* octets of a modulus */
#define PUBKEY_RSA_MAX 512
#define PUBKEY_SIGNATURE_MAX PUBKEY_RSA_MAX
#define PUBKEY_INFO 51 /* octets of a DigestInfo of a SHA-256 */
#define PUBKEY_JWK_MAX 1024 /* octets of a JWK, with its NUL */
#define PUBKEY_SUBJECT_MAX 200

enum pubkey_alg {
	PUBKEY_NONE = 0,
	PUBKEY_ES256, /* P-256 */
	PUBKEY_RS256 /* RSA of 2048 to 4096 bits, PKCS #1 v1.5 */
};

struct evp_pkey_st; /* of OpenSSL */

struct pubkey {
	struct evp_pkey_st *key;
	enum pubkey_alg alg;
	size_t size; /* octets of a signature */
	char kid[TILL_KID_MAX]; /* RFC 7638 */
};

/* Read a key; it is emptied with pubkey_clear.  -1 leaves it empty.
 * A certificate is DER; its time and its issuer are the payment server's
 * to judge. */
int pubkey_from_certificate(const unsigned char *der, size_t len,
    struct pubkey *, struct till_error *);
int pubkey_from_point(const unsigned char *point, size_t len, struct pubkey *,
    struct till_error *);
int pubkey_from_rsa(const unsigned char *n, size_t n_len,
    const unsigned char *e, size_t e_len, struct pubkey *, struct till_error *);
void pubkey_clear(struct pubkey *);

/* "ES256", "RS256". */
const char *pubkey_alg_name(enum pubkey_alg);
/* A JWK with kid, alg and use, as "tillctl customer key" takes it. */
int pubkey_jwk(const struct pubkey *, char jwk_r[PUBKEY_JWK_MAX],
    struct till_error *);

/* Is this, in the form of JOSE, a signature of the hash by this key? */
bool pubkey_verify(const struct pubkey *, const unsigned char hash[PUBKEY_HASH],
    const unsigned char *signature, size_t len);

/* An ECDSA signature in DER as R and S (RFC 7518, section 3.4). */
int pubkey_raw(const unsigned char *der, size_t len,
    unsigned char raw_r[PUBKEY_RAW], struct till_error *);
/* What PKCS #1 v1.5 pads: algorithm and hash (RFC 8017, section 9.2). */
void pubkey_info(const unsigned char hash[PUBKEY_HASH],
    unsigned char info_r[PUBKEY_INFO]);

/* The subject of a certificate for a person; "" if there is none. */
void pubkey_subject(const unsigned char *der, size_t len,
    char text_r[PUBKEY_SUBJECT_MAX]);

#endif

/*
 * till/key.h - the keys that sign tickets and vouchers.
 *
 * A key knows its one algorithm; a token can never choose another one.
 * It is named by its RFC 7638 thumbprint.  A key may be used from many
 * threads at once and is freed by whoever created it.
 */
#ifndef TILL_KEY_H
#define TILL_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_KID_MAX 44 /* base64url of SHA-256, and a NUL */
#define TILL_JWK_MAX 512 /* octets of a public JWK that is accepted */
#define TILL_KEYSET_MAX 16 /* keys in one JWK set */

enum till_alg {
	TILL_ALG_NONE = 0,
	TILL_ALG_ES256, /* ECDSA on P-256 with SHA-256 (RFC 7518, 3.4) */
	TILL_ALG_ED25519 /* RFC 8037 by the name of RFC 9864 */
};

struct till_key;

/* "ES256", "Ed25519"; NULL for anything else.  And back: TILL_ALG_NONE
 * for a name that is not one of these, "EdDSA" included. */
const char *till_alg_name(enum till_alg alg);
enum till_alg till_alg_from_name(const char *name);

/* Make a new private key. */
int till_key_generate(enum till_alg alg, struct till_key **key_r,
    struct till_error *err);

/*
 * Read a private key from PEM (PKCS #8, unencrypted), as till_key_pem
 * and openssl genpkey write it.  Only P-256 and Ed25519 keys are taken.
 */
int till_key_from_pem(const char *pem, size_t len, struct till_key **key_r,
    struct till_error *err);

/* The private key as PEM, NUL terminated; the caller wipes and frees it
 * with till_key_pem_free.  -1 if the key has no private part. */
int till_key_pem(const struct till_key *key, char **pem_r,
    struct till_error *err);
void till_key_pem_free(char *pem);

/*
 * Read a public key from a JWK (RFC 7517), a JSON text of at most
 * TILL_JWK_MAX octets.  A JWK with a private part is refused: it is a
 * leak.  If it has "kid" that must be the thumbprint, if it has "alg"
 * that must be the key's, if it has "use" that must be "sig".  The point
 * must lie on the curve.
 */
int till_key_from_jwk(const char *json, size_t len, struct till_key **key_r,
    struct till_error *err);

/* The public part as a JWK with kid, alg and use; the caller frees
 * *json_r with free. */
int till_key_jwk(const struct till_key *key, char **json_r,
    struct till_error *err);

/* The thumbprint, 43 characters; lives as long as the key. */
const char *till_key_id(const struct till_key *key);
enum till_alg till_key_alg(const struct till_key *key);
bool till_key_is_private(const struct till_key *key);

void till_key_free(struct till_key *key); /* NULL is fine */

/*
 * Whoever opens a token says by such a function which key has this name,
 * or NULL.  kid has at most TILL_KID_MAX - 1 characters of the base64url
 * alphabet.  The key must stay alive until the opening call returns.
 */
typedef const struct till_key *till_key_find(void *arg, const char *kid);

/*
 * A set of public keys as a payment server publishes it in its jwks.json
 * (RFC 7517, section 5).  Unknown members are ignored, keys of other
 * kinds are passed over, more than TILL_KEYSET_MAX keys are refused.
 * till_keyset_find has the type till_key_find, its arg is the set.
 */
struct till_keyset;
int till_keyset_from_json(const char *json, size_t len,
    struct till_keyset **set_r, struct till_error *err);
const struct till_key *till_keyset_find(void *set, const char *kid);
size_t till_keyset_size(const struct till_keyset *set);
void till_keyset_free(struct till_keyset *set); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif

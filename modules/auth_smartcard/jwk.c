/*
 * jwk.c - public keys as JSON Web Keys (RFC 7517, RFC 7518 6.2 and 6.3).
 */
#include <string.h>

#include "auth_smartcard/key.h"
#include "base64url.h"
#include "claims.h"
#include "pkey.h"

#define COORDINATE PKEY_COORDINATE
#define NUMBER_MAX (KEY_RSA_BITS_MAX / 8)

static int from_object(const json_t *, struct key *, struct till_error *);
static int alg_read(const json_t *, bool is_ec, enum key_alg *,
    struct till_error *);
static EVP_PKEY *ec_key(const json_t *);
static EVP_PKEY *rsa_key(const json_t *);
static bool member_is(const json_t *, const char *, const char *);
static int octets(const json_t *, const char *, unsigned char *, size_t size,
    size_t *len_r);

int
key_from_jwk(const char *text, size_t len, struct key *key_r,
    struct till_error *err)
{
	json_t *object = NULL;
	int r;

	if (claims_load(text, len, "the JWK", &object, err) == -1)
		return -1;
	r = from_object(object, key_r, err);
	json_decref(object);
	return r;
}

static int
from_object(const json_t *object, struct key *key_r, struct till_error *err)
{
	const char *kid = json_string_value(json_object_get(object, "kid"));
	const bool is_ec =
	    member_is(object, "kty", "EC") && member_is(object, "crv", "P-256");
	EVP_PKEY *pkey;
	enum key_alg alg;

	if (json_object_get(object, "d") != NULL ||
	    json_object_get(object, "k") != NULL)
		return till_fail(err,
		    "the JWK has a private part, which only a card should "
		    "have: make another key");
	if (!is_ec && !member_is(object, "kty", "RSA"))
		return till_fail(err,
		    "the JWK is neither a P-256 nor an RSA key");
	if (alg_read(object, is_ec, &alg, err) == -1)
		return -1;
	pkey = is_ec ? ec_key(object) : rsa_key(object);
	if (pkey == NULL)
		return till_fail(err, "the JWK's numbers are no key");
	if (key_take(pkey, alg, key_r, err) == -1)
		return -1;
	if (json_object_get(object, "kid") == NULL ||
	    (kid != NULL && strcmp(kid, key_r->id) == 0))
		return 0;
	key_clear(key_r);
	return till_fail(err, "the JWK's kid is not its thumbprint");
}

static int
alg_read(const json_t *object, bool is_ec, enum key_alg *alg,
    struct till_error *err)
{
	const json_t *value = json_object_get(object, "alg");
	const char *name = json_string_value(value);

	*alg = is_ec ? KEY_ES256 : KEY_RS256;
	if (value == NULL)
		return 0;
	*alg = name == NULL ? KEY_NONE : key_alg_of(name);
	if (*alg == KEY_NONE || (*alg == KEY_ES256) != is_ec)
		return till_fail(err, "the JWK's alg must be %s",
		    is_ec ? "ES256" : "RS256 or PS256");
	return 0;
}

static EVP_PKEY *
ec_key(const json_t *object)
{
	unsigned char x[COORDINATE], y[COORDINATE];
	size_t x_len, y_len;

	if (octets(object, "x", x, sizeof(x), &x_len) == -1 ||
	    octets(object, "y", y, sizeof(y), &y_len) == -1 ||
	    x_len != COORDINATE || y_len != COORDINATE)
		return NULL;
	return pkey_of_point(x, y);
}

static EVP_PKEY *
rsa_key(const json_t *object)
{
	unsigned char n[NUMBER_MAX], e[NUMBER_MAX];
	size_t n_len, e_len;

	if (octets(object, "n", n, sizeof(n), &n_len) == -1 ||
	    octets(object, "e", e, sizeof(e), &e_len) == -1)
		return NULL;
	return key_of_modulus(n, n_len, e, e_len);
}

static bool
member_is(const json_t *object, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && strcmp(text, wanted) == 0;
}

static int
octets(const json_t *object, const char *name, unsigned char *octets_r,
    size_t size, size_t *len_r)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL
	    ? -1
	    : base64url_decode(text, strlen(text), octets_r, size, len_r);
}

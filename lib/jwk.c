/*
 * jwk.c - public keys as JSON Web Keys (RFC 7517, RFC 8037).
 */
#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "claims.h"
#include "pkey.h"
#include "seal.h"

#define KEYSET_JSON_MAX (4 * TILL_KEYSET_MAX * TILL_JWK_MAX)

struct till_keyset {
	size_t len;
	struct till_key *keys[TILL_KEYSET_MAX];
};

static int key_from_object(const json_t *, struct till_key **,
    struct till_error *);
static enum till_alg object_alg(const json_t *);
static int object_check(const json_t *, struct till_error *);
static int coordinate(const json_t *, const char *, unsigned char *,
    struct till_error *);
static EVP_PKEY *p256_public(const unsigned char *);
static const char *member(const json_t *, const char *);
static bool member_is(const json_t *, const char *, const char *);
static int keyset_fill(struct till_keyset *, const json_t *,
    struct till_error *);

int
till_key_from_jwk(const char *json, size_t len, struct till_key **key_r,
    struct till_error *err)
{
	json_t *object = NULL;
	int r;

	if (len > TILL_JWK_MAX)
		return till_fail(err, "a JWK has at most %d octets",
		    TILL_JWK_MAX);
	if (claims_load(json, len, "the JWK", &object, err) == -1)
		return -1;
	r = key_from_object(object, key_r, err);
	json_decref(object);
	return r;
}

int
till_key_jwk(const struct till_key *key, char **json_r, struct till_error *err)
{
	unsigned char x[SEAL_POINT], y[SEAL_POINT];
	char xs[BASE64URL_SIZE(SEAL_POINT)], ys[BASE64URL_SIZE(SEAL_POINT)];
	char *json;

	if (key_point(key, x, y) == -1)
		return till_fail(err, "the key could not be written");
	json = malloc(TILL_JWK_MAX);
	if (json == NULL)
		return till_fail(err, "out of memory");
	(void)base64url_encode(x, SEAL_POINT, xs);
	if (key->alg == TILL_ALG_ED25519) {
		(void)snprintf(json, TILL_JWK_MAX,
		    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\","
		    "\"kid\":\"%s\",\"alg\":\"Ed25519\",\"use\":\"sig\"}",
		    xs, key->id);
	} else {
		(void)base64url_encode(y, SEAL_POINT, ys);
		(void)snprintf(json, TILL_JWK_MAX,
		    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
		    "\"y\":\"%s\",\"kid\":\"%s\",\"alg\":\"ES256\","
		    "\"use\":\"sig\"}",
		    xs, ys, key->id);
	}
	*json_r = json;
	return 0;
}

int
till_keyset_from_json(const char *json, size_t len, struct till_keyset **set_r,
    struct till_error *err)
{
	struct till_keyset *set = NULL;
	json_t *object = NULL;
	int r = -1;

	if (len > KEYSET_JSON_MAX)
		return till_fail(err, "a JWK set has at most %d octets",
		    KEYSET_JSON_MAX);
	if (claims_load(json, len, "the JWK set", &object, err) == -1)
		return -1;
	set = calloc(1, sizeof(*set));
	if (set == NULL) {
		till_fail(err, "out of memory");
		goto out;
	}
	if (keyset_fill(set, json_object_get(object, "keys"), err) == -1)
		goto out;
	*set_r = set;
	set = NULL;
	r = 0;
out:
	till_keyset_free(set);
	json_decref(object);
	return r;
}

const struct till_key *
till_keyset_find(void *set, const char *kid)
{
	const struct till_keyset *keys = set;
	size_t i;

	for (i = 0; i < keys->len; i++) {
		if (strcmp(keys->keys[i]->id, kid) == 0)
			return keys->keys[i];
	}
	return NULL;
}

size_t
till_keyset_size(const struct till_keyset *set)
{
	return set->len;
}

void
till_keyset_free(struct till_keyset *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->len; i++)
		till_key_free(set->keys[i]);
	free(set);
}

static int
key_from_object(const json_t *object, struct till_key **key_r,
    struct till_error *err)
{
	unsigned char point[2 * SEAL_POINT] = { 0 };
	enum till_alg alg = object_alg(object);
	struct till_key *key = NULL;
	EVP_PKEY *pkey = NULL;
	const char *kid = member(object, "kid");

	if (object_check(object, err) == -1 ||
	    coordinate(object, "x", point, err) == -1)
		return -1;
	if (alg == TILL_ALG_ES256 &&
	    coordinate(object, "y", point + SEAL_POINT, err) == -1)
		return -1;
	(void)ERR_set_mark();
	if (alg == TILL_ALG_ES256)
		pkey = p256_public(point);
	else if (ed25519_point_ok(point))
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    point, SEAL_POINT);
	(void)ERR_pop_to_mark();
	if (pkey == NULL)
		return till_fail(err, "the JWK's point is not on its curve");
	if (key_wrap(pkey, alg, false, &key, err) == -1)
		return -1;
	if (kid != NULL && strcmp(kid, key->id) != 0) {
		till_key_free(key);
		return till_fail(err, "the JWK's kid is not its thumbprint");
	}
	*key_r = key;
	return 0;
}

/* What kind of key it says to be; TILL_ALG_NONE if none of ours. */
static enum till_alg
object_alg(const json_t *object)
{
	if (member_is(object, "kty", "EC") && member_is(object, "crv", "P-256"))
		return TILL_ALG_ES256;
	if (member_is(object, "kty", "OKP") &&
	    member_is(object, "crv", "Ed25519"))
		return TILL_ALG_ED25519;
	return TILL_ALG_NONE;
}

static int
object_check(const json_t *object, struct till_error *err)
{
	static const char *const strings[] = { "kid", "alg", "use" };
	enum till_alg alg = object_alg(object);
	const char *name;
	const json_t *value;
	size_t i;

	if (json_object_get(object, "d") != NULL ||
	    json_object_get(object, "k") != NULL)
		return till_fail(err,
		    "the JWK has a private part: it has leaked, "
		    "make another key");
	if (alg == TILL_ALG_NONE)
		return till_fail(err,
		    "the JWK is neither a P-256 nor an Ed25519 key");
	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		name = strings[i];
		value = json_object_get(object, name);
		if (value != NULL && !json_is_string(value))
			return till_fail(err, "the JWK's %s is no string",
			    name);
	}
	if (json_object_get(object, "alg") != NULL &&
	    !member_is(object, "alg", till_alg_name(alg)))
		return till_fail(err, "the JWK's alg must be %s",
		    till_alg_name(alg));
	if (json_object_get(object, "use") != NULL &&
	    !member_is(object, "use", "sig"))
		return till_fail(err, "the JWK's use must be sig");
	return 0;
}

static int
coordinate(const json_t *object, const char *name, unsigned char *octets,
    struct till_error *err)
{
	const char *text = member(object, name);
	size_t len;

	if (text == NULL ||
	    base64url_decode(text, strlen(text), octets, SEAL_POINT, &len) ==
		-1 ||
	    len != SEAL_POINT)
		return till_fail(err, "the JWK's %s is not %d octets", name,
		    SEAL_POINT);
	return 0;
}

/* NULL also if the point is not on the curve. */
static EVP_PKEY *
p256_public(const unsigned char *point)
{
	EVP_PKEY *pkey = pkey_of_point(point, point + SEAL_POINT);
	EVP_PKEY_CTX *check = NULL;

	_Static_assert(SEAL_POINT == PKEY_COORDINATE, "the same coordinates");
	if (pkey != NULL)
		check = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (check == NULL || EVP_PKEY_public_check(check) != 1) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	EVP_PKEY_CTX_free(check);
	return pkey;
}

/* A string member, or NULL. */
static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool
member_is(const json_t *object, const char *name, const char *wanted)
{
	const char *text = member(object, name);

	return text != NULL && strcmp(text, wanted) == 0;
}

static int
keyset_fill(struct till_keyset *set, const json_t *keys, struct till_error *err)
{
	const json_t *object;
	size_t i;

	if (!json_is_array(keys))
		return till_fail(err, "the JWK set has no list of keys");
	if (json_array_size(keys) > TILL_KEYSET_MAX)
		return till_fail(err, "a JWK set has at most %d keys",
		    TILL_KEYSET_MAX);
	for (i = 0; i < json_array_size(keys); i++) {
		object = json_array_get(keys, i);
		if (object_alg(object) == TILL_ALG_NONE ||
		    member_is(object, "use", "enc"))
			continue;
		if (key_from_object(object, &set->keys[set->len], err) == -1)
			return -1;
		set->len++;
	}
	return 0;
}

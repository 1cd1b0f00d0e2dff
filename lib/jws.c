/*
 * jws.c - compact JWS: three parts of base64url with points between.
 *
 * The order of the checks is the point: nothing that the sender wrote is
 * parsed but the small header, until the signature holds for the very
 * octets that came.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "jws.h"
#include "jws_header.h"
#include "seal.h"

/* A token taken apart. */
struct parts {
	const char *token;
	size_t header_len; /* characters before the first point */
	size_t signed_len; /* before the second */
	unsigned char seal[SEAL_SIZE];
	enum till_alg alg;
	struct jws jws; /* th is not set yet */
};

static int parse(const char *, size_t, const char *const *, struct parts *,
    struct till_error *);
static int split(const char *, size_t, struct parts *, struct till_error *);
static int check_header(const struct jws_header *, const char *const *,
    struct parts *, struct till_error *);
static bool kid_ok(const char *);
static int verify(struct parts *, const struct till_key *, struct till_error *);

int
jws_sign(const struct till_key *key, const char *typ, const char *payload,
    size_t len, char **token_r, char th_r[TILL_TH_MAX], struct till_error *err)
{
	unsigned char digest[SHA256_SIZE], seal[SEAL_SIZE];
	char header[JWS_HEADER_MAX];
	size_t header_len, size, at;
	char *token;

	if (!till_key_is_private(key))
		return till_fail(err, "the key has no private part");
	assert(strlen(typ) < JWS_TYP_MAX);
	header_len = (size_t)snprintf(header, sizeof(header),
	    "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}",
	    till_alg_name(key->alg), key->id, typ);
	assert(header_len < sizeof(header));
	size = BASE64URL_SIZE(header_len) + BASE64URL_SIZE(SEAL_SIZE);
	if (len > JWS_PAYLOAD_MAX ||
	    size + BASE64URL_SIZE(len) > TILL_TOKEN_MAX + 1)
		return till_fail(err, "a token has at most %d octets",
		    TILL_TOKEN_MAX);

	token = malloc(size + BASE64URL_SIZE(len));
	if (token == NULL)
		return till_fail(err, "out of memory");
	at = base64url_encode(header, header_len, token);
	token[at++] = '.';
	at += base64url_encode(payload, len, token + at);
	if (seal_digest(key, token, at, digest) == -1 ||
	    seal_sign(key, token, at, digest, seal) == -1) {
		free(token);
		return till_fail(err, "signing failed");
	}
	token[at++] = '.';
	(void)base64url_encode(seal, sizeof(seal), token + at);
	if (th_r != NULL)
		(void)base64url_encode(digest, sizeof(digest), th_r);
	*token_r = token;
	return 0;
}

int
jws_open(const char *token, size_t len, const char *const *types,
    till_key_find *find, void *arg, struct jws *jws_r, struct till_error *err)
{
	const struct till_key *key;
	struct parts parts;

	if (parse(token, len, types, &parts, err) == -1)
		return -1;
	key = find(arg, parts.jws.kid);
	if (key == NULL)
		return till_fail(err, "no key is known by the name in kid");
	if (verify(&parts, key, err) == -1)
		return -1;
	memcpy(jws_r, &parts.jws,
	    offsetof(struct jws, payload) + parts.jws.payload_len + 1);
	return 0;
}

int
jws_peek(const char *token, size_t len, const char *const *types,
    struct jws *jws_r, struct till_error *err)
{
	struct parts parts;

	if (parse(token, len, types, &parts, err) == -1)
		return -1;
	parts.jws.th[0] = '\0';
	memcpy(jws_r, &parts.jws,
	    offsetof(struct jws, payload) + parts.jws.payload_len + 1);
	return 0;
}

int
jws_form(const char *token, size_t len, const char *const *types,
    struct till_error *err)
{
	struct parts parts;

	return parse(token, len, types, &parts, err);
}

static int
parse(const char *token, size_t len, const char *const *types,
    struct parts *parts, struct till_error *err)
{
	struct jws_header header;
	char json[JWS_HEADER_MAX + 1];
	size_t json_len;

	if (split(token, len, parts, err) == -1)
		return -1;
	if (base64url_decode(token, parts->header_len, json, JWS_HEADER_MAX,
		&json_len) == -1)
		return till_fail(err,
		    "the header is not base64url, or has over %d octets",
		    JWS_HEADER_MAX);
	json[json_len] = '\0';
	if (jws_header_read(json, json_len, &header, err) == -1)
		return -1;
	return check_header(&header, types, parts, err);
}

/* Exactly three parts, the last two decoded. */
static int
split(const char *token, size_t len, struct parts *parts,
    struct till_error *err)
{
	const char *first, *second = NULL, *third = NULL, *end = token + len;
	size_t seal_len;

	if (len > TILL_TOKEN_MAX)
		return till_fail(err, "a token has at most %d octets",
		    TILL_TOKEN_MAX);
	first = memchr(token, '.', len);
	if (first != NULL)
		second = memchr(first + 1, '.', (size_t)(end - first - 1));
	if (second != NULL)
		third = memchr(second + 1, '.', (size_t)(end - second - 1));
	if (second == NULL || third != NULL)
		return till_fail(err, "a token has three parts");
	parts->token = token;
	parts->header_len = (size_t)(first - token);
	parts->signed_len = (size_t)(second - token);

	if (base64url_decode(first + 1, (size_t)(second - first - 1),
		parts->jws.payload, JWS_PAYLOAD_MAX,
		&parts->jws.payload_len) == -1)
		return till_fail(err, "the payload is not base64url");
	parts->jws.payload[parts->jws.payload_len] = '\0';
	if (base64url_decode(second + 1, (size_t)(end - second - 1),
		parts->seal, SEAL_SIZE, &seal_len) == -1 ||
	    seal_len != SEAL_SIZE)
		return till_fail(err,
		    "the signature is not %d octets in base64url", SEAL_SIZE);
	return 0;
}

static int
check_header(const struct jws_header *header, const char *const *types,
    struct parts *parts, struct till_error *err)
{
	size_t i;

	for (i = 0; types[i] != NULL; i++) {
		if (strcmp(types[i], header->typ) == 0)
			break;
	}
	if (types[i] == NULL)
		return till_fail(err, "typ: is not %s", types[0]);
	parts->alg = till_alg_from_name(header->alg);
	if (parts->alg == TILL_ALG_NONE)
		return till_fail(err, "alg: must be ES256 or Ed25519");
	if (!kid_ok(header->kid))
		return till_fail(err, "kid: is no RFC 7638 thumbprint");
	(void)snprintf(parts->jws.typ, sizeof(parts->jws.typ), "%s", types[i]);
	(void)snprintf(parts->jws.kid, sizeof(parts->jws.kid), "%s",
	    header->kid);
	return 0;
}

static bool
kid_ok(const char *kid)
{
	unsigned char digest[SHA256_SIZE];
	size_t len = strlen(kid);

	return len == TILL_KID_MAX - 1 &&
	    base64url_decode(kid, len, digest, sizeof(digest), &len) == 0;
}

/* The key says what the algorithm is; the header must agree. */
static int
verify(struct parts *parts, const struct till_key *key, struct till_error *err)
{
	unsigned char digest[SHA256_SIZE];

	if (parts->alg != key->alg)
		return till_fail(err, "alg: is not the key's, which is %s",
		    till_alg_name(key->alg));
	if (seal_digest(key, parts->token, parts->signed_len, digest) == -1)
		return till_fail(err, "out of memory");
	if (seal_verify(key, parts->token, parts->signed_len, digest,
		parts->seal) == -1)
		return till_fail(err, "the signature does not hold");
	(void)base64url_encode(digest, sizeof(digest), parts->jws.th);
	return 0;
}

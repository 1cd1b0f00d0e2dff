/*
 * authenticator.c - register and assert as WebAuthn Level 3 says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "base64url.h"
#include "sha256.h"
#include "support/authenticator.h"

#define OCTETS_MAX 16384
#define JSON_MAX 65536
#define PRESENT 0x01u
#define VERIFIED 0x04u
#define ATTESTED 0x40u

struct octets {
	unsigned char at[OCTETS_MAX];
	size_t len;
};

static void put(struct octets *, const void *, size_t);
static void put_text(struct octets *, const char *);
static void put_hex(struct octets *, const char *);
static void put_head(struct octets *, unsigned int major, size_t n);
static void put_number(struct octets *, EVP_PKEY *, const char *param,
    size_t min);
static void put_cose(struct octets *, EVP_PKEY *);
static void put_data(struct octets *, const struct authenticator *,
    const struct authenticator_wish *, unsigned int flags);
static void client_data(const struct authenticator_wish *, const char *type,
    char *json);
static void member(char *json, const char *name, const void *, size_t);

void
authenticator_init(struct authenticator *made, EVP_PKEY *key, size_t id_len)
{
	memset(made, 0, sizeof(*made));
	made->key = key;
	made->id_len = id_len;
	assert_true(id_len <= sizeof(made->id));
	assert_int_equal(RAND_bytes(made->id, (int)id_len), 1);
}

char *
authenticator_register(const struct authenticator *it,
    const struct authenticator_wish *wish)
{
	struct octets *data = calloc(1, sizeof(*data));
	struct octets *object = calloc(1, sizeof(*object));
	char text[JSON_MAX], *json = malloc(JSON_MAX);
	const char *format = wish->format == NULL ? "none" : wish->format;

	assert_true(data != NULL && object != NULL && json != NULL);
	put_data(data, it, wish,
	    wish->flags != 0 ? wish->flags : PRESENT | VERIFIED | ATTESTED);
	if (wish->object != NULL) {
		put_hex(object, wish->object);
	} else {
		put_head(object, 5, 3);
		put_text(object, "fmt");
		put_text(object, format);
		put_text(object, "attStmt");
		put_head(object, 5, 0);
		put_text(object, "authData");
		put_head(object, 2, data->len);
		put(object, data->at, data->len);
	}
	put_hex(object, wish->behind);
	client_data(wish, "webauthn.create", text);
	(void)snprintf(json, JSON_MAX, "{");
	member(json, "clientDataJSON", text, strlen(text));
	member(json, "attestationObject", object->at, object->len);
	(void)snprintf(json + strlen(json), 2, "}");
	free(data);
	free(object);
	return json;
}

char *
authenticator_assert(const struct authenticator *it,
    const struct authenticator_wish *wish)
{
	struct octets *data = calloc(1, sizeof(*data));
	struct octets *all = calloc(1, sizeof(*all));
	char text[JSON_MAX], *json = malloc(JSON_MAX);
	unsigned char digest[SHA256_SIZE], signature[1024];
	size_t len = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	assert_true(data != NULL && all != NULL && json != NULL && ctx != NULL);
	put_data(data, it, wish,
	    wish->flags != 0 ? wish->flags : PRESENT | VERIFIED);
	client_data(wish, "webauthn.get", text);
	assert_int_equal(sha256(text, strlen(text), digest), 0);
	put(all, data->at, data->len);
	put(all, digest, sizeof(digest));
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
			     it->key),
	    1);
	assert_int_equal(EVP_DigestSign(ctx, signature, &len, all->at,
			     all->len),
	    1);
	EVP_MD_CTX_free(ctx);
	(void)snprintf(json, JSON_MAX, "{");
	member(json, "id", it->id, it->id_len);
	member(json, "clientDataJSON", text, strlen(text));
	member(json, "authenticatorData", data->at, data->len);
	member(json, "signature", signature, len);
	(void)snprintf(json + strlen(json), 2, "}");
	free(data);
	free(all);
	return json;
}

static void
put(struct octets *to, const void *from, size_t len)
{
	assert_true(len <= sizeof(to->at) - to->len);
	memcpy(to->at + to->len, from, len);
	to->len += len;
}

static void
put_text(struct octets *to, const char *text)
{
	put_head(to, 3, strlen(text));
	put(to, text, strlen(text));
}

static void
put_hex(struct octets *to, const char *hex)
{
	unsigned char octet;

	for (; hex != NULL && *hex != '\0'; hex += 2) {
		octet =
		    (unsigned char)(OPENSSL_hexchar2int((unsigned char)hex[0])
			    << 4 |
			OPENSSL_hexchar2int((unsigned char)hex[1]));
		put(to, &octet, 1);
	}
}

/* RFC 8949, 3: up to two octets of length. */
static void
put_head(struct octets *to, unsigned int major, size_t n)
{
	unsigned char head[3] = { (unsigned char)(major << 5), 0, 0 };
	size_t len = 1;

	if (n < 24) {
		head[0] |= (unsigned char)n;
	} else if (n < 256) {
		head[0] |= 24;
		head[1] = (unsigned char)n;
		len = 2;
	} else {
		head[0] |= 25;
		head[1] = (unsigned char)(n >> 8);
		head[2] = (unsigned char)n;
		len = 3;
	}
	put(to, head, len);
}

static void
put_number(struct octets *to, EVP_PKEY *key, const char *param, size_t min)
{
	unsigned char octets[512];
	BIGNUM *number = NULL;
	size_t len;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &number), 1);
	len = (size_t)BN_num_bytes(number);
	len = len < min ? min : len;
	assert_true(len <= sizeof(octets));
	(void)BN_bn2binpad(number, octets, (int)len);
	BN_free(number);
	put_head(to, 2, len);
	put(to, octets, len);
}

/* {1: 2, 3: -7, -1: 1, -2: x, -3: y} or {1: 3, 3: -257, -1: n, -2: e} */
static void
put_cose(struct octets *to, EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "EC") == 1) {
		put_hex(to,
		    "a50102032620"
		    "01"
		    "21");
		put_number(to, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		put_hex(to, "22");
		put_number(to, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	} else {
		put_hex(to,
		    "a4010303390100"
		    "20");
		put_number(to, key, OSSL_PKEY_PARAM_RSA_N, 1);
		put_hex(to, "21");
		put_number(to, key, OSSL_PKEY_PARAM_RSA_E, 1);
	}
}

static void
put_data(struct octets *to, const struct authenticator *it,
    const struct authenticator_wish *wish, unsigned int flags)
{
	const char *rp = wish->rp_id == NULL ? AUTHENTICATOR_RP : wish->rp_id;
	unsigned char head[SHA256_SIZE + 5], aaguid[16] = { 0 }, length[2];
	int i;

	assert_int_equal(sha256(rp, strlen(rp), head), 0);
	head[SHA256_SIZE] = (unsigned char)flags;
	for (i = 0; i < 4; i++)
		head[SHA256_SIZE + 1 + i] =
		    (unsigned char)(it->count >> (24 - 8 * i));
	put(to, head, sizeof(head));
	if ((flags & ATTESTED) != 0) {
		length[0] = (unsigned char)(it->id_len >> 8);
		length[1] = (unsigned char)it->id_len;
		put(to, aaguid, sizeof(aaguid));
		put(to, length, sizeof(length));
		put(to, it->id, it->id_len);
		if (wish->cose != NULL)
			put_hex(to, wish->cose);
		else
			put_cose(to, it->key);
	}
	put_hex(to, wish->tail);
}

static void
client_data(const struct authenticator_wish *wish, const char *type, char *json)
{
	int len;

	if (wish->client_data != NULL)
		len = snprintf(json, JSON_MAX, "%s", wish->client_data);
	else
		len = snprintf(json, JSON_MAX,
		    "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\","
		    "\"crossOrigin\":false%s}",
		    wish->type == NULL ? type : wish->type, wish->challenge,
		    wish->origin == NULL ? AUTHENTICATOR_ORIGIN : wish->origin,
		    wish->more == NULL ? "" : wish->more);
	assert_true(len > 0 && len < JSON_MAX);
}

static void
member(char *json, const char *name, const void *octets, size_t len)
{
	char *value = malloc(BASE64URL_SIZE(len));
	const size_t at = strlen(json);

	assert_non_null(value);
	(void)base64url_encode(octets, len, value);
	(void)snprintf(json + at, JSON_MAX - at, "%s\"%s\":\"%s\"",
	    at > 1 ? "," : "", name, value);
	free(value);
}

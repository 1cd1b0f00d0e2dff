/*
 * token.c - make tokens by hand, as no honest library would.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "seal.h"
#include "support/token.h"

struct till_key *
test_key(enum till_alg alg)
{
	struct till_error err;
	struct till_key *key = NULL;
	int r;

	r = till_key_generate(alg, &key, &err);
	assert(r == 0);
	return key;
}

struct till_key *
test_public(const struct till_key *key)
{
	struct till_error err;
	struct till_key *public = NULL;
	char *jwk = NULL;
	int r;

	r = till_key_jwk(key, &jwk, &err);
	assert(r == 0);
	r = till_key_from_jwk(jwk, strlen(jwk), &public, &err);
	assert(r == 0);
	free(jwk);
	return public;
}

struct till_ticket
test_ticket(void)
{
	return (struct till_ticket){
		.iss = TEST_MERCHANT,
		.aud = TEST_ISSUER,
		.jti = "2026-000001",
		.iat = TEST_NOW - 10,
		.exp = TEST_NOW + 890,
		.kind = TILL_KIND_SINGLE,
		.oid = "song-17",
		.desc = "One song, to keep",
		.amount = { 50000, "EUR" },
		.ret = "https://shop.example/voucher",
	};
}

struct till_voucher
test_voucher(const struct till_ticket *ticket)
{
	return (struct till_voucher){
		.type = TILL_VOUCHER_PAID,
		.iss = TEST_ISSUER,
		.aud = ticket->iss,
		.jti = "v-1",
		.iat = TEST_NOW,
		.exp = TEST_NOW + TILL_VOUCHER_LIFETIME,
		.txn = 4711,
		.tjti = ticket->jti,
		.th = ticket->th,
		.oid = ticket->oid,
		.kind = ticket->kind,
		.amount = ticket->amount,
		.sub = "3qF0T2Yk0s8b9c1mJ7hVxg",
		.via = "wallet",
		.amr = { "pwd" },
		.amr_len = 1,
		.auth_time = TEST_NOW - 5,
	};
}

const struct till_key *
test_only_key(void *arg, const char *kid)
{
	struct till_key *key = arg;

	return strcmp(till_key_id(key), kid) == 0 ? key : NULL;
}

char *
test_token(const struct till_key *key, const void *header, size_t header_len,
    const void *payload, size_t payload_len)
{
	unsigned char digest[SHA256_SIZE], seal[SEAL_SIZE];
	char *token, *whole;
	size_t len;
	int r;

	token = test_unsigned(header, header_len, payload, payload_len);
	len = strlen(token) - 1; /* without the last point */
	r = seal_digest(key, token, len, digest);
	assert(r == 0);
	r = seal_sign(key, token, len, digest, seal);
	assert(r == 0);
	whole = realloc(token, len + 1 + BASE64URL_SIZE(SEAL_SIZE));
	assert(whole != NULL);
	(void)base64url_encode(seal, sizeof(seal), whole + len + 1);
	return whole;
}

char *
test_token_typ(const struct till_key *key, const char *typ, const char *payload)
{
	char header[256];
	int len;

	len = snprintf(header, sizeof(header),
	    "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}",
	    till_alg_name(till_key_alg(key)), till_key_id(key), typ);
	assert(len > 0 && (size_t)len < sizeof(header));
	return test_token(key, header, (size_t)len, payload, strlen(payload));
}

char *
test_unsigned(const void *header, size_t header_len, const void *payload,
    size_t payload_len)
{
	char *token;
	size_t len;

	token = malloc(
	    BASE64URL_SIZE(header_len) + BASE64URL_SIZE(payload_len) + 2);
	assert(token != NULL);
	len = base64url_encode(header, header_len, token);
	token[len++] = '.';
	len += base64url_encode(payload, payload_len, token + len);
	token[len++] = '.';
	token[len] = '\0';
	return token;
}

/*
 * jws.c - any octets are a token or are refused; and any octets as
 * header and payload under a signature that holds.
 *
 * An input with a line end is a header and, behind it, a payload, which
 * are signed; any other is a whole token.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "jws.h"
#include "jws_header.h"
#include "support/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static const struct till_key *one_key(void *, const char *);
static struct till_key *the_key(void);
static void look(const char *, size_t);
static void look_header(const uint8_t *, size_t);
static void look_signed(const uint8_t *, size_t, size_t);

static const char *const types[] = { "till-ticket+jwt", "till-id-ticket+jwt",
	NULL };

/* RFC 8037, A.1: a fixed key, so that inputs can name it. */
static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
#define KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	char *token;

	if (end != NULL) {
		look_header(data, (size_t)(end - data));
		look_signed(data, size, (size_t)(end - data));
		return 0;
	}
	/* Exactly as large, so that a read beyond it shows. */
	token = malloc(size > 0 ? size : 1);
	assert(token != NULL);
	if (size > 0)
		memcpy(token, data, size);
	look(token, size);
	free(token);
	return 0;
}

static struct till_key *
the_key(void)
{
	static struct till_key *key; /* made once: it costs the most */
	struct till_error err;

	if (key == NULL &&
	    till_key_from_pem(pem, strlen(pem), &key, &err) == -1)
		abort();
	assert(strcmp(till_key_id(key), KID) == 0);
	return key;
}

static const struct till_key *
one_key(void *arg, const char *kid)
{
	assert(strlen(kid) == TILL_KID_MAX - 1);
	return test_only_key(arg, kid);
}

static void
look(const char *token, size_t len)
{
	struct till_key *key = the_key();
	struct till_error err;
	struct jws jws;

	if (jws_open(token, len, types, one_key, key, &jws, &err) == 0) {
		assert(jws_form(token, len, types, &err) == 0);
		assert(len <= TILL_TOKEN_MAX);
		assert(strlen(jws.th) == TILL_TH_MAX - 1);
		assert(strcmp(jws.kid, KID) == 0);
		assert(jws.payload[jws.payload_len] == '\0');
	} else {
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
	}
}

static void
look_signed(const uint8_t *data, size_t size, size_t header_len)
{
	char *token = test_token(the_key(), data, header_len,
	    data + header_len + 1, size - header_len - 1);

	look(token, strlen(token));
	free(token);
}

/* Where the quick reader of headers answers, the whole one agrees. */
static void
look_header(const uint8_t *data, size_t len)
{
	char *json = malloc(len + 1);
	struct jws_header quick, whole;
	struct till_error err;
	int r;

	assert(json != NULL);
	if (len > 0)
		memcpy(json, data, len);
	json[len] = '\0';
	if (jws_header_scan(json, len, &quick)) {
		r = jws_header_parse(json, len, &whole, &err);
		assert(r == 0 && strcmp(quick.alg, whole.alg) == 0);
		assert(strcmp(quick.kid, whole.kid) == 0);
		assert(strcmp(quick.typ, whole.typ) == 0);
	}
	free(json);
}

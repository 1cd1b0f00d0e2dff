/*
 * web_eid.c - what a page sends of an ID card is any octets.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <till/ticket.h>

#include "auth_smartcard/web_eid.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const struct web_eid_token *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct web_eid_token token;
	struct till_error err = { "" };
	unsigned char *copy;

	if (size == 0)
		return 0;
	/* Exactly as large, so that a read beyond it shows. */
	copy = malloc(size);
	assert(copy != NULL);
	memcpy(copy, data, size);
	if (web_eid_read(copy, size, &token, &err) == -1)
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
	else
		look(&token);
	free(copy);
	ERR_clear_error();
	return 0;
}

/* Whatever is taken has its bounds, and a key is the algorithm's or none;
 * nobody signs for this challenge by chance. */
static void
look(const struct web_eid_token *token)
{
	static const unsigned char challenge[SHA256_SIZE] = { 1 };
	struct till_error err;
	struct key key;
	X509 *certificate;
	EVP_PKEY *pkey;

	assert(key_alg_name(token->alg) != NULL);
	assert(token->certificate_len <= CERTIFICATE_MAX);
	assert(token->signature_len <= KEY_SIGNATURE_MAX);
	certificate =
	    certificate_read(token->certificate, token->certificate_len);
	if (certificate == NULL)
		return;
	pkey = X509_get_pubkey(certificate);
	if (pkey != NULL && key_take(pkey, token->alg, &key, &err) == 0) {
		assert(key.alg == token->alg);
		assert(web_eid_check(token, &key, "https://pay.example",
			   challenge, &err) == -1);
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
		key_clear(&key);
	}
	X509_free(certificate);
}

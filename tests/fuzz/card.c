/*
 * card.c - what a station replies, and what an operator enrols, are any
 * octets.
 *
 * The first octet says which: 'r' a reply, 'j' a JWK, 'c' a credential;
 * any other begins a certificate.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <till/ticket.h>

#include "auth_smartcard/reply.h"
#include "auth_smartcard/smartcard.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look_reply(const unsigned char *, size_t);
static void look_key(const struct key *);
static void look_certificate(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct till_error err = { "" };
	struct till_bytes bytes;
	unsigned char *copy;
	struct key key;

	if (size == 0)
		return 0;
	/* Exactly as large, so that a read beyond it shows. */
	copy = malloc(size);
	assert(copy != NULL);
	memcpy(copy, data, size);
	bytes.data = copy + 1;
	bytes.len = size - 1;
	if (data[0] == 'r')
		look_reply(copy + 1, size - 1);
	else if (data[0] == 'j' &&
	    key_from_jwk((char *)copy + 1, size - 1, &key, &err) == 0)
		look_key(&key);
	else if (data[0] == 'c' && card_key_read(&bytes, &key, &err) == 0)
		look_key(&key);
	else
		look_certificate(copy, size);
	free(copy);
	ERR_clear_error();
	return 0;
}

static void
look_reply(const unsigned char *data, size_t len)
{
	struct card_reply reply;
	struct till_error err;

	if (card_reply_read(data, len, &reply, &err) == -1) {
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
		return;
	}
	assert(len <= REPLY_MAX && reply.signature_len > 0);
	assert(key_alg_name(reply.alg) != NULL);
	assert((reply.certificate_len > 0) == (reply.kid[0] == '\0'));
	if (reply.certificate_len > 0)
		look_certificate(reply.certificate, reply.certificate_len);
}

/* What is taken can be kept, and comes back as it was. */
static void
look_key(const struct key *key)
{
	char text[CREDENTIAL_TEXT_MAX];
	struct till_bytes bytes = { (const unsigned char *)text, 0 };
	unsigned char signature[KEY_SIGNATURE_MAX] = { 1 };
	struct till_error err;
	struct key again, copy = *key;

	assert(strlen(key->id) == TILL_KID_MAX - 1);
	assert(!key_verify(key, "x", 1, signature, 64));
	if (card_key_write(key, text) == 0) {
		bytes.len = strlen(text);
		assert(card_key_read(&bytes, &again, &err) == 0);
		assert(strcmp(again.id, key->id) == 0 && again.alg == key->alg);
		key_clear(&again);
	}
	key_clear(&copy);
}

static void
look_certificate(const unsigned char *der, size_t len)
{
	X509 *certificate = certificate_read(der, len);
	char id[CERTIFICATE_ID_MAX];
	struct till_error err;
	struct key key;
	EVP_PKEY *pkey;

	if (certificate == NULL)
		return;
	assert(certificate_id(certificate, id) == 0 && till_jti_ok(id));
	assert(certificate_subject_id(certificate, id) == 0 && till_jti_ok(id));
	pkey = X509_get_pubkey(certificate);
	if (pkey != NULL && key_take(pkey, KEY_NONE, &key, &err) == 0)
		look_key(&key);
	X509_free(certificate);
}

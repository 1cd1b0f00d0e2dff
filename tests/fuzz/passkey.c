/*
 * passkey.c - what a page sends of a passkey, and what is kept of it, are
 * any octets.
 *
 * The first octet says which: 'a' an assertion, 'r' a registration, 'o' an
 * attestation object, 'd' authenticator data, 'c' client data, 'k' what is
 * kept.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <till/ticket.h>

#include "auth_smartcard/passkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look_assertion(const unsigned char *, size_t);
static void look_registration(const unsigned char *, size_t);
static void look_object(const unsigned char *, size_t);
static void look_data(const unsigned char *, size_t);
static void look_client(const unsigned char *, size_t);
static void look_kept(const unsigned char *, size_t);
static void look_key(const struct key *);

static const struct webauthn_payment payment = { "The Press",
	"https://press.example", { 5000000, "EUR" } };
static const struct webauthn_want want = { .origin = "https://pay.example",
	.rp_id = "pay.example",
	.payment = &payment };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		char first;
		void (*look)(const unsigned char *, size_t);
	} kinds[] = { { 'a', look_assertion }, { 'r', look_registration },
		{ 'o', look_object }, { 'd', look_data }, { 'c', look_client },
		{ 'k', look_kept } };
	unsigned char *copy;
	size_t i;

	if (size == 0)
		return 0;
	/* Exactly as large, so that a read beyond it shows. */
	copy = malloc(size > 1 ? size - 1 : 1);
	assert(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].first == (char)data[0])
			kinds[i].look(copy, size - 1);
	free(copy);
	ERR_clear_error();
	return 0;
}

/* Nobody has signed it: however it reads, it is refused. */
static void
look_assertion(const unsigned char *data, size_t len)
{
	static struct webauthn_assertion assertion;
	static struct key key;
	struct till_error err;
	uint32_t count;

	if (key.pkey == NULL)
		assert(
		    key_take(EVP_EC_gen("P-256"), KEY_ES256, &key, &err) == 0);
	if (webauthn_assertion_read(data, len, &assertion, &err) == -1) {
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
		return;
	}
	assert(assertion.id_len > 0 && assertion.id_len <= PASSKEY_ID_MAX);
	assert(assertion.data_len <= WEBAUTHN_DATA_MAX);
	assert(webauthn_assert(&want, &assertion, &key, &count, &err) == -1);
	assert(till_text_ok(err.text, TILL_ERROR_MAX));
}

/* What is taken can be kept, and comes back as it was. */
static void
look_registration(const unsigned char *data, size_t len)
{
	static struct webauthn_registration registration;
	char text[PASSKEY_TEXT_MAX], id[CERTIFICATE_ID_MAX];
	struct till_bytes bytes = { (const unsigned char *)text, 0 };
	struct webauthn_passkey passkey, again;
	struct till_error err;

	if (webauthn_registration_read(data, len, &registration, &err) == -1)
		return;
	if (webauthn_register(&want, &registration, &passkey, &err) == -1) {
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
		return;
	}
	assert(passkey_write(&passkey, text) == 0);
	bytes.len = strlen(text);
	assert(passkey_read(&bytes, &again, &err) == 0);
	assert(again.id_len == passkey.id_len && again.count == passkey.count);
	assert(memcmp(again.id, passkey.id, again.id_len) == 0);
	assert(strcmp(again.key.id, passkey.key.id) == 0);
	assert(passkey_name(again.id, again.id_len, id) == 0);
	assert(till_jti_ok(id));
	key_clear(&again.key);
	key_clear(&passkey.key);
}

static void
look_object(const unsigned char *object, size_t len)
{
	const unsigned char *data;
	struct till_error err;
	size_t data_len;

	if (attestation_read(object, len, &data, &data_len, &err) == -1)
		return;
	assert(data >= object && data + data_len <= object + len);
	look_data(data, data_len);
}

static void
look_data(const unsigned char *data, size_t len)
{
	struct authenticator_data said;
	struct till_error err;
	struct key key;

	if (authenticator_read(data, len, &said, &err) == 0)
		assert(said.id == NULL && (said.flags & FLAG_ATTESTED) == 0);
	if (authenticator_read_new(data, len, &said, &key, &err) == -1)
		return;
	assert(said.id >= data && said.id + said.id_len <= data + len);
	look_key(&key);
	key_clear(&key);
}

static void
look_client(const unsigned char *data, size_t len)
{
	static const unsigned char challenge[SHA256_SIZE] = { 1 };
	struct webauthn_want this = want;
	struct till_error err;

	(void)client_data_check(CLIENT_DATA_CREATE, &want, data, len, &err);
	(void)client_data_check(CLIENT_DATA_GET, &want, data, len, &err);
	this.challenge = challenge;
	(void)client_data_check(CLIENT_DATA_GET, &this, data, len, &err);
}

static void
look_kept(const unsigned char *data, size_t len)
{
	const struct till_bytes bytes = { data, len };
	struct webauthn_passkey passkey;
	char text[PASSKEY_ID_TEXT];
	struct till_error err;

	if (passkey_read(&bytes, &passkey, &err) == -1)
		return;
	assert(passkey_id_text(&bytes, text));
	look_key(&passkey.key);
	key_clear(&passkey.key);
}

static void
look_key(const struct key *key)
{
	static const unsigned char signature[KEY_SIGNATURE_MAX] = { 1 };

	assert(strlen(key->id) == TILL_KID_MAX - 1);
	assert(!key_verify_der(key, "x", 1, signature, 70));
}

/*
 * webauthn.c - registrations and assertions.
 */
#include <openssl/crypto.h>

#include <string.h>

#include "auth_smartcard/webauthn.h"

static int data_check(const struct webauthn_want *,
    const struct authenticator_data *, struct till_error *);

int
webauthn_register(const struct webauthn_want *want,
    const struct webauthn_registration *registration,
    struct webauthn_passkey *passkey_r, struct till_error *err)
{
	struct authenticator_data said;
	const unsigned char *data;
	size_t len;

	memset(passkey_r, 0, sizeof(*passkey_r));
	if (client_data_check(CLIENT_DATA_CREATE, want,
		registration->client_data, registration->client_data_len,
		err) == -1 ||
	    attestation_read(registration->object, registration->object_len,
		&data, &len, err) == -1 ||
	    authenticator_read_new(data, len, &said, &passkey_r->key, err) ==
		-1)
		return -1;
	if (data_check(want, &said, err) == -1 ||
	    key_check(&passkey_r->key, err) == -1) {
		key_clear(&passkey_r->key);
		return -1;
	}
	memcpy(passkey_r->id, said.id, said.id_len);
	passkey_r->id_len = said.id_len;
	passkey_r->count = said.count;
	return 0;
}

int
webauthn_assert(const struct webauthn_want *want,
    const struct webauthn_assertion *assertion, const struct key *key,
    uint32_t *count_r, struct till_error *err)
{
	unsigned char text[WEBAUTHN_DATA_MAX + SHA256_SIZE];
	struct authenticator_data said;

	if (client_data_check(CLIENT_DATA_GET, want, assertion->client_data,
		assertion->client_data_len, err) == -1 ||
	    authenticator_read(assertion->data, assertion->data_len, &said,
		err) == -1 ||
	    data_check(want, &said, err) == -1)
		return -1;
	memcpy(text, assertion->data, assertion->data_len);
	if (sha256(assertion->client_data, assertion->client_data_len,
		text + assertion->data_len) == -1)
		return till_fail(err, "the digest failed");
	if (!key_verify_der(key, text, assertion->data_len + SHA256_SIZE,
		assertion->signature, assertion->signature_len))
		return till_fail(err, "the signature is wrong");
	*count_r = said.count;
	return 0;
}

/* 6.1.1: authenticators that count nothing say 0. */
bool
webauthn_count_ok(uint32_t kept, uint32_t now)
{
	return (kept == 0 && now == 0) || now > kept;
}

static int
data_check(const struct webauthn_want *want,
    const struct authenticator_data *said, struct till_error *err)
{
	unsigned char hash[SHA256_SIZE];

	if (sha256(want->rp_id, strlen(want->rp_id), hash) == -1 ||
	    CRYPTO_memcmp(hash, said->rp_id_hash, sizeof(hash)) != 0)
		return till_fail(err, "the passkey is for another site");
	if ((said->flags & FLAG_PRESENT) == 0)
		return till_fail(err, "the user was not there");
	if ((said->flags & FLAG_VERIFIED) == 0)
		return till_fail(err, "the user was not verified");
	return 0;
}

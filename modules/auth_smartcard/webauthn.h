/*
 * webauthn.h - passkeys: registrations and assertions of the Web
 * Authentication API (W3C WebAuthn Level 3, 7.1 and 7.2), and assertions
 * of Secure Payment Confirmation (W3C SPC, 4).
 *
 * A passkey signs the authenticator's data and the SHA-256 of what the
 * browser says of the site that asked and what for.  Attestation is not
 * looked at: a customer brings the authenticator that he has.
 */
#ifndef SMARTCARD_WEBAUTHN_H
#define SMARTCARD_WEBAUTHN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/money.h>

#include "auth_smartcard/authenticator.h"
#include "auth_smartcard/key.h"
#include "sha256.h"

#define WEBAUTHN_CLIENT_DATA_MAX 4096
#define WEBAUTHN_DATA_MAX 1024 /* authenticator data of an assertion */
#define WEBAUTHN_OBJECT_MAX 8192 /* an attestation object */
#define WEBAUTHN_ASSERTION_MAX 8192 /* octets of the JSON of a reply */
#define WEBAUTHN_REGISTRATION_MAX 17408

/* What the browser's own dialog must have shown. */
struct webauthn_payment {
	const char *payee_name; /* the merchant's legal name */
	const char *payee_origin; /* its site; or "" */
	struct till_money total;
};

/* What is expected. */
struct webauthn_want {
	const char *origin; /* of our pages: "https://pay.example" */
	const char *rp_id; /* "pay.example" */
	const unsigned char *challenge; /* SHA256_SIZE octets; NULL: any */
	/* The payment; NULL: an assertion for one is not taken. */
	const struct webauthn_payment *payment;
};

/*
 * What a page sends of an assertion: a JSON object of exactly "id",
 * "clientDataJSON", "authenticatorData" and "signature", in base64url.
 */
struct webauthn_assertion {
	unsigned char id[PASSKEY_ID_MAX];
	unsigned char client_data[WEBAUTHN_CLIENT_DATA_MAX];
	unsigned char data[WEBAUTHN_DATA_MAX];
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t id_len, client_data_len, data_len, signature_len;
};

/* The same of a registration: "clientDataJSON", "attestationObject". */
struct webauthn_registration {
	unsigned char client_data[WEBAUTHN_CLIENT_DATA_MAX];
	unsigned char object[WEBAUTHN_OBJECT_MAX];
	size_t client_data_len, object_len;
};

/* A passkey. */
struct webauthn_passkey {
	unsigned char id[PASSKEY_ID_MAX];
	size_t id_len;
	uint32_t count; /* of signatures, as the authenticator says; or 0 */
	struct key key;
};

/* The reasons in *err repeat nothing of what was sent. */
int webauthn_assertion_read(const unsigned char *json, size_t len,
    struct webauthn_assertion *assertion_r, struct till_error *err);
int webauthn_registration_read(const unsigned char *json, size_t len,
    struct webauthn_registration *registration_r, struct till_error *err);

/* Was it made for us, by a user who was there and was verified?  The key
 * is then the caller's to clear. */
int webauthn_register(const struct webauthn_want *,
    const struct webauthn_registration *, struct webauthn_passkey *passkey_r,
    struct till_error *err);

/* The same of an assertion, signed with this key.  The counter is not
 * compared here. */
int webauthn_assert(const struct webauthn_want *,
    const struct webauthn_assertion *, const struct key *, uint32_t *count_r,
    struct till_error *err);

/* Has the counter gone on?  One that has not is of a copy. */
bool webauthn_count_ok(uint32_t kept, uint32_t now);

/*
 * client_data.c: what the browser says.  It is parsed, and not compared
 * as a text.
 */
enum client_data_for { CLIENT_DATA_CREATE = 1, CLIENT_DATA_GET };
int client_data_check(enum client_data_for, const struct webauthn_want *,
    const unsigned char *json, size_t len, struct till_error *err);

#endif

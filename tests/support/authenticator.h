/*
 * authenticator.h - an authenticator in software, and the browser before
 * it.
 *
 * What is said and signed is made here as W3C's WebAuthn says, with
 * nothing of the module's.
 */
#ifndef SUPPORT_AUTHENTICATOR_H
#define SUPPORT_AUTHENTICATOR_H

#include <openssl/evp.h>

#include <stddef.h>
#include <stdint.h>

#define AUTHENTICATOR_ID_MAX 300

struct authenticator {
	EVP_PKEY *key; /* P-256 or RSA; not owned */
	unsigned char id[AUTHENTICATOR_ID_MAX];
	size_t id_len;
	uint32_t count; /* what it says next */
};

/* What is said; members that are NULL or zero are as they should be. */
struct authenticator_wish {
	const char *challenge; /* base64url */
	const char *type, *origin, *rp_id;
	const char *client_data; /* all of it, instead */
	const char *more; /* members of the client data: ",\"a\":1" */
	unsigned int flags; /* all of them, instead */
	const char *tail; /* hexadecimal, behind the authenticator data */
	const char *object; /* hexadecimal: an attestation object, instead */
	const char *behind; /* hexadecimal, behind that object */
	const char *cose; /* hexadecimal: a COSE key, instead */
	const char *format; /* of the attestation: "none" */
};

#define AUTHENTICATOR_ORIGIN "https://pay.example"
#define AUTHENTICATOR_RP "pay.example"

void authenticator_init(struct authenticator *, EVP_PKEY *key, size_t id_len);
/* Whole replies, as our page sends them; freed with free. */
char *authenticator_register(const struct authenticator *,
    const struct authenticator_wish *);
char *authenticator_assert(const struct authenticator *,
    const struct authenticator_wish *);

#endif

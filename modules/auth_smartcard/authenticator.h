/*
 * authenticator.h - what an authenticator says and signs (WebAuthn Level
 * 3, 6.1 and 6.5), read strictly.
 */
#ifndef SMARTCARD_AUTHENTICATOR_H
#define SMARTCARD_AUTHENTICATOR_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "auth_smartcard/cbor.h"
#include "auth_smartcard/key.h"

#define PASSKEY_ID_MAX 255 /* octets of a credential's id that are taken */

/* Authenticator data; ids and hashes point into what was read. */
struct authenticator_data {
	const unsigned char *rp_id_hash; /* 32 octets */
	unsigned int flags;
	uint32_t count;
	/* Of a registration: else NULL. */
	const unsigned char *id;
	size_t id_len;
};

#define FLAG_PRESENT 0x01u /* UP: the user did something */
#define FLAG_VERIFIED 0x04u /* UV: by a PIN or a finger, it is this user */
#define FLAG_BACKUP_ABLE 0x08u
#define FLAG_BACKED_UP 0x10u
#define FLAG_ATTESTED 0x40u /* AT: an id and a key follow */
#define FLAG_EXTENDED 0x80u /* ED: a map of extensions follows */

/*
 * Of an assertion, which has no key; and of a registration, whose key is
 * then the caller's to clear.  Octets behind the end are an error.
 */
int authenticator_read(const unsigned char *data, size_t len,
    struct authenticator_data *data_r, struct till_error *err);
int authenticator_read_new(const unsigned char *data, size_t len,
    struct authenticator_data *data_r, struct key *key_r,
    struct till_error *err);

/* The authenticator data in an attestation object.  Its statement is
 * passed over: nobody's word for an authenticator is trusted here. */
int attestation_read(const unsigned char *object, size_t len,
    const unsigned char **data_r, size_t *len_r, struct till_error *err);

/* A COSE key (RFC 9053) for ES256 or RS256, in CTAP2's canonical form. */
int key_from_cose(struct cbor *, struct key *key_r, struct till_error *err);

#endif

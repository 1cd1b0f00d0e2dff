/*
 * smartcard.h - an instance, and how customers' keys are kept.
 *
 * A credential is one of
 *
 *	id THUMBPRINT		data "ES256 SPKI": the key itself, its
 *				SubjectPublicKeyInfo in base64url
 *	id "cert.DIGEST"	data "certificate"
 *	id "subject.DIGEST"	data "subject"; see certificate.h
 *	id "passkey.DIGEST"	data "passkey ES256 SPKI ID COUNT": its key,
 *				its id in base64url, and its counter
 */
#ifndef SMARTCARD_SMARTCARD_H
#define SMARTCARD_SMARTCARD_H

#include <stdbool.h>

#include <till/module.h>

#include "auth_smartcard/certificate.h"
#include "auth_smartcard/key.h"
#include "common/tries.h"
#include "origin.h"

#define CREDENTIAL_TEXT_MAX (16 + BASE64URL_SIZE(KEY_SPKI_MAX))
#define PASSKEY_TEXT_MAX (CREDENTIAL_TEXT_MAX + 384)
#define DECOYS_MIN 32 /* octets of the secret of decoys */

struct smartcard {
	const char *ca, *crl, *usage, *policy;
	const char *origin, *rp_id_wanted, *decoys;
	char rp_id[ORIGIN_HOST_MAX]; /* "": passkeys are not taken */
	int64_t level, ttl_ms, max_tries, delay_ms;
	int method, web_eid;
	struct tries tries;
	struct till_instance *instance; /* for the clock */
	struct trust *trust; /* NULL: certificates are not taken */
	struct key decoy; /* for who has no key */
};

/* The key of a credential's data; -1 if it is none. */
int card_key_read(const struct till_bytes *, struct key *key_r,
    struct till_error *err);
/* And back, with a NUL. */
int card_key_write(const struct key *, char text_r[CREDENTIAL_TEXT_MAX]);

/* holder.c: the key of a certificate (DER) that is believed and that is one of
 * the customer's, by itself or by its subject; id_r is the credential's.  alg:
 * see key_take.  With -1 there may be a key nevertheless; the caller clears
 * it. */
int card_certificate_find(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct till_bytes *der, enum key_alg,
    struct key *key_r, char id_r[CERTIFICATE_ID_MAX], struct till_error *why);

/* site.c: settle rp_id by origin and rp_id_wanted; see auth_smartcard.8. */
int site_settle(struct smartcard *, struct till_error *err);

/* enrol.c: see struct till_module. */
enum till_result smartcard_enrol(const struct till_host *,
    struct till_context *, const void *self, enum till_enrol);

#endif

/*
 * smartcard.h - an instance, and how customers' keys are kept.
 *
 * A credential is one of
 *
 *	id THUMBPRINT		data "ES256 SPKI": the key itself, its
 *				SubjectPublicKeyInfo in base64url
 *	id "cert.DIGEST"	data "certificate"
 *	id "subject.DIGEST"	data "subject"; see certificate.h
 */
#ifndef SMARTCARD_SMARTCARD_H
#define SMARTCARD_SMARTCARD_H

#include <stdbool.h>

#include <till/module.h>

#include "auth_smartcard/certificate.h"
#include "auth_smartcard/key.h"
#include "common/tries.h"

#define CREDENTIAL_TEXT_MAX (16 + BASE64URL_SIZE(KEY_SPKI_MAX))

struct smartcard {
	const char *ca, *crl, *usage, *policy;
	int64_t level, ttl_ms, max_tries, delay_ms;
	int method;
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

/* enrol.c: see struct till_module. */
enum till_result smartcard_enrol(const struct till_host *,
    struct till_context *, const void *self, enum till_enrol);

#endif

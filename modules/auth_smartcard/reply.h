/*
 * reply.h - what a station sends back in format "till-card-1".
 *
 * A JSON object with exactly
 *
 *	"alg"		"ES256", "RS256" or "PS256"
 *	"kid"		the RFC 7638 thumbprint of the enrolled key, or
 *	"certificate"	instead of it: the certificate, DER in base64url
 *	"signature"	of the text of message.h, in base64url: as JOSE has
 *			it, so of ES256 R || S, 64 octets, and not DER
 */
#ifndef SMARTCARD_REPLY_H
#define SMARTCARD_REPLY_H

#include <stddef.h>

#include <till/error.h>
#include <till/key.h>

#include "auth_smartcard/certificate.h"
#include "auth_smartcard/key.h"

#define REPLY_MAX 8192 /* octets of the object */

struct card_reply {
	enum key_alg alg;
	char kid[TILL_KID_MAX]; /* "" if there is a certificate */
	unsigned char certificate[CERTIFICATE_MAX];
	size_t certificate_len;
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t signature_len;
};

/* The reason in *err repeats nothing of the reply. */
int card_reply_read(const unsigned char *data, size_t len,
    struct card_reply *reply_r, struct till_error *err);

#endif

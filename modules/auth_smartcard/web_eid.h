/*
 * web_eid.h - Web eID authentication tokens (web-eid-system-architecture-doc,
 * "Web eID authentication token specification"): what the browser extension
 * of that name makes with the certificate of an ID card.
 *
 * A prompt of format "web-eid-1" has a challenge of 32 octets, the SHA-256 of
 * a text of message.h, so that it is bound to the payment.  The page gives it
 * to the extension as the challenge nonce, in base64 with padding, which is
 * 44 characters.
 *
 * The reply is a JSON object with
 *
 *	"format"		"web-eid:1", or with a minor version behind it:
 *				"web-eid:1.0", "web-eid:1.1"
 *	"algorithm"		"ES256", "ES384", "RS256" or "PS256"
 *	"unverifiedCertificate"	the card's, DER in base64 with padding
 *	"signature"		in base64 with padding; as JOSE has it: of
 *				ES256 and ES384 R || S, and not DER
 *
 * and other members, which are not looked at.  With h, the algorithm's own
 * digest, what is signed is h(origin) || h(nonce): the origin of our pages, and
 * the nonce as its 44 characters are.
 */
#ifndef SMARTCARD_WEB_EID_H
#define SMARTCARD_WEB_EID_H

#include "auth_smartcard/certificate.h"
#include "auth_smartcard/key.h"
#include "auth_smartcard/message.h"
#include "auth_smartcard/smartcard.h"

#define WEB_EID_PROMPT "web-eid" /* id of the prompt */
#define WEB_EID_FORMAT "web-eid-1"
#define WEB_EID_TAG "till-web-eid-1" /* see message.h */
#define WEB_EID_TAG_SIGN_IN "till-web-eid-sign-in-1"
#define WEB_EID_MAX 16384 /* octets of a token */

struct web_eid_token {
	enum key_alg alg;
	unsigned char certificate[CERTIFICATE_MAX];
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t certificate_len, signature_len;
};

/* The reason in *err repeats nothing of the token. */
int web_eid_read(const unsigned char *json, size_t len,
    struct web_eid_token *token_r, struct till_error *err);

/* Was it signed with this key, at the origin, for the challenge? */
int web_eid_check(const struct web_eid_token *, const struct key *,
    const char *origin, const unsigned char challenge[SHA256_SIZE],
    struct till_error *err);

/* web_eid_auth.c.  -1: the prompt could not be set. */
int web_eid_ask(const struct till_host *, struct till_context *,
    const struct smartcard *, const unsigned char nonce[MESSAGE_NONCE]);
/* Signed by a card of the customer's?  id_r is the credential's. */
int web_eid_look(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct till_reply *,
    const unsigned char nonce[MESSAGE_NONCE], char id_r[CERTIFICATE_ID_MAX],
    struct till_error *why);

#endif

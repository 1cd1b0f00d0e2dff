/*
 * eid.h - an ID card in software, and the extension that asks it: Web eID
 * tokens made as their specification says, with nothing of the module's.
 */
#ifndef SUPPORT_EID_H
#define SUPPORT_EID_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdbool.h>

#include "support/holder.h"

/* What is told apart in a token; zero is as it should be. */
struct eid_wish {
	EVP_PKEY *key;
	X509 *certificate;
	const char *alg; /* as it is signed, and said unless */
	const char *said; /* this is */
	const char *origin; /* that of EID_ORIGIN */
	const char *nonce; /* the challenge's */
	const char *format; /* "web-eid:1.0" */
	const char *more; /* members: ",\"a\":1" */
	bool der; /* a signature of ECDSA in DER */
};

#define EID_ORIGIN "https://pay.example"

EVP_PKEY *eid_p384(void);
/* For a challenge of 32 octets; freed with free. */
char *eid_token(const struct eid_wish *, const unsigned char *challenge);
/* A certificate for a key, from the holder's CA, for two days around now. */
X509 *eid_issued(EVP_PKEY *, const char *name, long serial);

/* The holder's module with everything that it takes, the CA's CRL (a text; or
 * NULL) and one setting more (or NULL). */
void eid_open(const char *crl, const char *more);
/* A prompt that is open, by its id; or NULL. */
const struct prompt *eid_prompt(const char *id);
/* The challenge of the open prompt, or of the one that is then asked. */
const unsigned char *eid_asked(void);
/* Reply and free the text. */
enum till_result eid_sends(char *text);
enum till_result eid_pays(struct eid_wish);
/* It must have been a grant; another conversation begins. */
void eid_paid(enum till_result);

#endif

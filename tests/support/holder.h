/*
 * holder.h - a customer with a card in software, before auth_smartcard.
 */
#ifndef SUPPORT_HOLDER_H
#define SUPPORT_HOLDER_H

#include "support/card.h"
#include "support/owner.h"

struct holder {
	struct loader *loader;
	struct owner owner;
	struct instance *it;
	struct till_context *ctx; /* of the conversation */
	/* Keys are dear to make: once for all tests. */
	EVP_PKEY *card, *other_card, *rsa, *ca_key, *other_ca_key;
	X509 *ca, *other_ca;
};

extern struct holder holder;

/* The owner's order as it is signed. */
extern const struct card_paid holder_order;

/* Group setup and teardown of cmocka, with a scratch folder. */
int holder_make(void **state);
int holder_free(void **state);

void holder_open(const char *const *settings);
/* With the file of the CA, that of its CRL (a text; NULL: none) and one
 * setting more (or NULL). */
void holder_open_ca(const char *crl, const char *more);
void holder_close(void);

/* The reason of a refusal is in the log afterwards. */
enum till_result holder_enrol(const char *key, const char *match);
void holder_enrol_key(EVP_PKEY *);
void holder_enrol_certificate(X509 *, const char *match);
/* Of the card, from the CA, for two days around now. */
X509 *holder_certificate(const char *name, long serial);

/* The open prompt's, or that of the prompt that is then asked for. */
void holder_challenge(char challenge[44]);
/* Reply and free the text. */
enum till_result holder_reply(char *text);
enum till_result holder_pay(EVP_PKEY *, const struct card_said *,
    const struct card_paid *);
enum till_result holder_pay_key(EVP_PKEY *, const char *alg);
enum till_result holder_pay_certificate(X509 *);

/* It was refused, in the words that are the same for all, and why is in
 * the log.  Another conversation begins, without failures. */
void holder_refused(enum till_result, const char *why);

#endif

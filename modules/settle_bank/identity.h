/*
 * identity.h - whom the bank knows the customer as.
 *
 * The server hands it over for one call, opened: "card:NUMBER:YYMM",
 * "card:NUMBER", "token:TEXT" or "iban:TEXT".  Whoever holds one wipes
 * it.
 */
#ifndef SETTLE_BANK_IDENTITY_H
#define SETTLE_BANK_IDENTITY_H

#include <till/module.h>

#define IDENTITY_MAX 36 /* of a number, token or IBAN, with its NUL */

enum identity_kind {
	IDENTITY_NONE = 0,
	IDENTITY_CARD, /* DE2, and DE14 */
	IDENTITY_ACCOUNT /* token or IBAN: DE102 */
};

struct identity {
	enum identity_kind kind;
	char number[IDENTITY_MAX];
	char expiry[5]; /* YYMM, or "" */
};

/* -1, with a text that does not tell it: this cannot be charged.  No
 * octets at all: the customer has none. */
int identity_read(struct till_bytes, struct identity *identity_r,
    struct till_error *err);
void identity_wipe(struct identity *);

#endif

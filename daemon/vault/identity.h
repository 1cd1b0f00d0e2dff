/*
 * identity.h - a bank identity as an operator gives it, and as modules
 * get it.
 *
 * Modules get one text: "card:NUMBER:YYMM", "card:NUMBER", "iban:IBAN" or
 * "token:TEXT".  CVV, PIN and tracks have no place in it.
 */
#ifndef VAULT_IDENTITY_H
#define VAULT_IDENTITY_H

#include <stddef.h>

#include <till/error.h>

#define IDENTITY_TEXT_MAX 64 /* with its NUL */
#define IDENTITY_LABEL_MAX 48 /* with its NUL */

enum identity_kind {
	IDENTITY_NONE = 0,
	IDENTITY_CARD, /* 12 to 19 digits, with the right check digit */
	IDENTITY_IBAN, /* ISO 13616, blanks allowed */
	IDENTITY_TOKEN /* of the network: 1 to 28 printable characters */
};

/* IDENTITY_NONE: there is no such kind.  "" for IDENTITY_NONE. */
enum identity_kind identity_kind_from_name(const char *name);
const char *identity_kind_name(enum identity_kind);

/*
 * Check it and write its text.  expiry is YYMM, of cards only, or "".
 * The error does not tell the number.  The caller wipes text_r.
 */
int identity_make(enum identity_kind, const char *number, const char *expiry,
    char text_r[IDENTITY_TEXT_MAX], struct till_error *err);

/* What may be shown of a text: "card 400000******7899", "iban
 * ***********************2606". */
void identity_label(const char *text, char label_r[IDENTITY_LABEL_MAX]);

#endif

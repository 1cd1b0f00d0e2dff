/*
 * identity.c - see identity.h.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "check_digit.h"
#include "vault/identity.h"

#define CARD_MIN 12
#define CARD_MAX 19
#define IBAN_MIN 15
#define IBAN_MAX 34
#define TOKEN_MAX 28 /* what a message of the network has room for */
#define NUMBER_MAX 40
#define SHOWN 4 /* the last characters */
#define SHOWN_FIRST 6 /* of cards with at least so many digits: */
#define SHOWN_FIRST_FROM 16

static int pack(enum identity_kind, const char *number,
    char packed[NUMBER_MAX]);
static int check(enum identity_kind, const char *number, const char *expiry,
    struct till_error *);
static int expiry_ok(const char *);

static const char *const names[] = { "", "card", "iban", "token" };

enum identity_kind
identity_kind_from_name(const char *name)
{
	size_t i;

	for (i = IDENTITY_CARD; i <= IDENTITY_TOKEN; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum identity_kind)i;
	}
	return IDENTITY_NONE;
}

const char *
identity_kind_name(enum identity_kind kind)
{
	return names[kind];
}

int
identity_make(enum identity_kind kind, const char *number, const char *expiry,
    char text[IDENTITY_TEXT_MAX], struct till_error *err)
{
	char packed[NUMBER_MAX];
	int r;

	if (pack(kind, number, packed) == -1)
		return till_fail(err, "that is too long for %s %s",
		    kind == IDENTITY_IBAN ? "an" : "a", names[kind]);
	r = check(kind, packed, expiry, err);
	if (r == 0)
		(void)snprintf(text, IDENTITY_TEXT_MAX, "%s:%s%s%s",
		    names[kind], packed, expiry[0] == '\0' ? "" : ":", expiry);
	OPENSSL_cleanse(packed, sizeof(packed));
	return r;
}

void
identity_label(const char *text, char label[IDENTITY_LABEL_MAX])
{
	const size_t kind = strcspn(text, ":");
	const char *number = text + kind + 1;
	size_t len, first = 0, i, at;

	if (text[kind] == '\0') {
		label[0] = '\0';
		return;
	}
	/* A token may have colons in it. */
	len = strncmp(text, "card:", 5) == 0 ? strcspn(number, ":")
					     : strlen(number);
	if (strncmp(text, "card:", 5) == 0 && len >= SHOWN_FIRST_FROM)
		first = SHOWN_FIRST;
	at = (size_t)snprintf(label, IDENTITY_LABEL_MAX, "%.*s ", (int)kind,
	    text);
	for (i = 0; i < len && at + 1 < IDENTITY_LABEL_MAX; i++)
		label[at++] =
		    (char)(i < first || (len > SHOWN && i >= len - SHOWN)
			    ? number[i]
			    : '*');
	label[at] = '\0';
}

/* Without the blanks that people write. */
static int
pack(enum identity_kind kind, const char *number, char packed[NUMBER_MAX])
{
	size_t n = 0;

	for (; *number != '\0'; number++) {
		if (*number == ' ' && kind != IDENTITY_TOKEN)
			continue;
		if (n + 1 == NUMBER_MAX)
			return -1;
		packed[n++] = *number;
	}
	packed[n] = '\0';
	return 0;
}

static int
check(enum identity_kind kind, const char *number, const char *expiry,
    struct till_error *err)
{
	const size_t len = strlen(number);
	size_t i;

	if (expiry[0] != '\0' && kind != IDENTITY_CARD)
		return till_fail(err, "only a card expires");
	switch (kind) {
	case IDENTITY_CARD:
		if (len < CARD_MIN || len > CARD_MAX ||
		    !check_luhn(number, len))
			return till_fail(err,
			    "that is no card number: it has %d to %d digits, "
			    "the last of which is computed",
			    CARD_MIN, CARD_MAX);
		if (expiry[0] != '\0' && !expiry_ok(expiry))
			return till_fail(err,
			    "a card expires in a year and month, as 2912");
		return 0;
	case IDENTITY_IBAN:
		if (len < IBAN_MIN || len > IBAN_MAX ||
		    !check_mod97(number, len))
			return till_fail(err,
			    "that is no IBAN: its check digits are wrong");
		return 0;
	case IDENTITY_TOKEN:
		for (i = 0; i < len; i++) {
			if (number[i] < 0x21 || number[i] > 0x7e)
				break;
		}
		if (len == 0 || len > TOKEN_MAX || i < len)
			return till_fail(err,
			    "a token has 1 to %d printable characters",
			    TOKEN_MAX);
		return 0;
	case IDENTITY_NONE:
		break;
	}
	return till_fail(err, "a bank identity is a card, an IBAN or a token");
}

static int
expiry_ok(const char *text)
{
	return strlen(text) == 4 && strspn(text, "0123456789") == 4 &&
	    memcmp(text + 2, "01", 2) >= 0 && memcmp(text + 2, "12", 2) <= 0;
}

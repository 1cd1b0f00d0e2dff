/*
 * identity.c - see identity.h.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "check_digit.h"
#include "settle_bank/identity.h"

#define TEXT_MAX 64
#define CARD_MIN 12
#define CARD_MAX 19
#define ACCOUNT_MAX 28 /* that DE102 takes */

static int read_text(char *, struct identity *, struct till_error *);
static int read_card(char *, struct identity *, struct till_error *);
static int read_account(const char *, struct identity *, struct till_error *);

int
identity_read(struct till_bytes bytes, struct identity *identity,
    struct till_error *err)
{
	char text[TEXT_MAX];
	int r;

	memset(identity, 0, sizeof(*identity));
	if (bytes.len == 0)
		return till_fail(err, "the customer has no bank identity");
	if (bytes.len >= sizeof(text) ||
	    memchr(bytes.data, '\0', bytes.len) != NULL)
		return till_fail(err, "the bank identity is none of ours");
	memcpy(text, bytes.data, bytes.len);
	text[bytes.len] = '\0';
	r = read_text(text, identity, err);
	OPENSSL_cleanse(text, sizeof(text));
	if (r == -1)
		identity_wipe(identity);
	return r;
}

void
identity_wipe(struct identity *identity)
{
	OPENSSL_cleanse(identity, sizeof(*identity));
}

static int
read_text(char *text, struct identity *identity, struct till_error *err)
{
	if (strncmp(text, "card:", 5) == 0)
		return read_card(text + 5, identity, err);
	if (strncmp(text, "token:", 6) == 0)
		return read_account(text + 6, identity, err);
	if (strncmp(text, "iban:", 5) == 0)
		return read_account(text + 5, identity, err);
	return till_fail(err, "the bank identity is of no kind that is known");
}

static int
read_card(char *text, struct identity *identity, struct till_error *err)
{
	const size_t len = strspn(text, "0123456789");
	const char *expiry = text + len;

	if (len < CARD_MIN || len > CARD_MAX || !check_luhn(text, len))
		return till_fail(err, "that is no card number");
	if (*expiry == ':') {
		expiry++;
		if (strspn(expiry, "0123456789") != 4 || expiry[4] != '\0' ||
		    memcmp(expiry + 2, "01", 2) < 0 ||
		    memcmp(expiry + 2, "12", 2) > 0)
			return till_fail(err, "a card expires in YYMM");
		memcpy(identity->expiry, expiry, 5);
	} else if (*expiry != '\0') {
		return till_fail(err, "that is no card number");
	}
	identity->kind = IDENTITY_CARD;
	memcpy(identity->number, text, len);
	return 0;
}

static int
read_account(const char *text, struct identity *identity,
    struct till_error *err)
{
	const size_t len = strlen(text);
	size_t i;

	if (len == 0 || len > ACCOUNT_MAX)
		return till_fail(err,
		    "the network's messages have room for %d characters of an "
		    "account, and this one is longer",
		    ACCOUNT_MAX);
	for (i = 0; i < len; i++) {
		if (text[i] < 0x21 || text[i] > 0x7e)
			return till_fail(err, "that is no account");
	}
	identity->kind = IDENTITY_ACCOUNT;
	memcpy(identity->number, text, len + 1);
	return 0;
}

/*
 * bill.c - from what the customer gives to a ticket, and to what is signed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "bill.h"
#include "sha256.h"
#include "ticket_peek.h"

#define PAGE "/pay?t="
#define GIVEN_MAX (TILL_URL_MAX + sizeof(PAGE) + TILL_TOKEN_MAX)
#define AMOUNT_SIZE 24 /* twelve digits, a point, six digits, a NUL */

_Static_assert(sizeof(BILL_FORMAT) + BASE64URL_SIZE(BILL_NONCE) + TILL_TH_MAX +
	    TILL_ID_MAX + AMOUNT_SIZE + TILL_CURRENCY_MAX <=
	BILL_TEXT_MAX,
    "the longest text fits");

static int read_given(const char *, FILE *, char *, struct till_error *);
static int take(struct bill *, const char *, struct till_error *);
static int take_page(struct bill *, char *, struct till_error *);
static int set_hash(struct bill *, struct till_error *);
static size_t put(char *, size_t, const char *);

int
bill_read(const char *from, FILE *in, struct bill **bill_r,
    struct till_error *err)
{
	char given[GIVEN_MAX];
	struct bill *bill;
	int r;

	if (read_given(from, in, given, err) == -1)
		return -1;
	bill = calloc(1, sizeof(*bill));
	if (bill == NULL)
		return till_fail(err, "out of memory");
	r = strstr(given, "://") != NULL ? take_page(bill, given, err)
					 : take(bill, given, err);
	if (r == -1) {
		bill_free(bill);
		return -1;
	}
	*bill_r = bill;
	return 0;
}

void
bill_free(struct bill *bill)
{
	if (bill == NULL)
		return;
	till_ticket_free(bill->ticket);
	free(bill);
}

size_t
bill_text(const struct bill *bill, const char *challenge,
    char text_r[BILL_TEXT_MAX])
{
	const struct till_ticket *ticket = bill->ticket;
	const int64_t micro = ticket->amount.micro;
	unsigned char nonce[BILL_NONCE];
	char amount[AMOUNT_SIZE];
	size_t len = 0;

	if (base64url_decode(challenge, strlen(challenge), nonce, sizeof(nonce),
		&len) == -1 ||
	    len != sizeof(nonce))
		return 0;
	(void)snprintf(amount, sizeof(amount), "%" PRId64 ".%06" PRId64,
	    micro / TILL_MICRO, micro % TILL_MICRO);
	len = put(text_r, 0, BILL_FORMAT);
	len = put(text_r, len, challenge);
	len = put(text_r, len, ticket->th);
	len = put(text_r, len, ticket->iss);
	len = put(text_r, len, amount);
	return put(text_r, len, ticket->amount.currency);
}

/* What was given, from the argument or from in, without blanks around. */
static int
read_given(const char *from, FILE *in, char *given, struct till_error *err)
{
	static const char blanks[] = " \t\r\n";
	size_t len, lead;

	if (strcmp(from, "-") == 0) {
		len = fread(given, 1, GIVEN_MAX, in);
		if (ferror(in))
			return till_fail(err, "standard input: %s",
			    strerror(errno));
	} else {
		len = strnlen(from, GIVEN_MAX);
		memcpy(given, from, len);
	}
	if (len == GIVEN_MAX)
		return till_fail(err, "that is too long for a ticket");
	given[len] = '\0';
	if (strlen(given) != len)
		return till_fail(err, "that is no ticket");
	lead = strspn(given, blanks);
	while (len > lead && strchr(blanks, given[len - 1]) != NULL)
		len--;
	memmove(given, given + lead, len - lead);
	given[len - lead] = '\0';
	return 0;
}

static int
take(struct bill *bill, const char *token, struct till_error *err)
{
	const size_t len = strlen(token);
	struct till_error why;

	if (len == 0)
		return till_fail(err, "there is no ticket");
	if (len > TILL_TOKEN_MAX)
		return till_fail(err, "that is too long for a ticket");
	memcpy(bill->token, token, len + 1);
	if (ticket_peek(token, len, &bill->ticket, &why) == -1)
		return till_fail(err, "that is no ticket: %.200s", why.text);
	return set_hash(bill, err);
}

/* The page's server must be the ticket's: else somebody shows a page here
 * and is paid there. */
static int
take_page(struct bill *bill, char *url, struct till_error *err)
{
	char *page = strstr(url, PAGE);

	if (page == NULL)
		return till_fail(err,
		    "the address has no ticket in it; it should "
		    "be SERVER" PAGE "TICKET");
	*page = '\0';
	if (take(bill, page + sizeof(PAGE) - 1, err) == -1)
		return -1;
	if (strcmp(url, bill->ticket->aud) != 0)
		return till_fail(err,
		    "the page is of %.80s, but the ticket is for %.80s", url,
		    bill->ticket->aud);
	return 0;
}

/* th is SHA-256 of all up to the last point, which the form has. */
static int
set_hash(struct bill *bill, struct till_error *err)
{
	const char *end = strrchr(bill->token, '.');
	unsigned char hash[SHA256_SIZE];

	if (end == NULL ||
	    sha256(bill->token, (size_t)(end - bill->token), hash) == -1)
		return till_fail(err, "the ticket's hash cannot be made");
	(void)base64url_encode(hash, sizeof(hash), bill->ticket->th);
	return 0;
}

/* Add a field with its NUL; returns where the next one goes. */
static size_t
put(char *text, size_t at, const char *field)
{
	const size_t size = strlen(field) + 1;

	memcpy(text + at, field, size);
	return at + size;
}

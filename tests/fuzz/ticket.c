/*
 * ticket.c - any octets as the payload of a well signed token are a
 * ticket, a voucher, or are refused; a ticket that is taken can be signed
 * again and says the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>
#include <till/voucher.h>

#include "support/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static const char *fitting_type(const char *);
static void look_ticket(struct till_key *, const char *);
static void look_voucher(struct till_key *, const char *);
static void sign_again(struct till_key *, struct till_ticket *);

/* RFC 8037, A.1. */
static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct till_key *key; /* made once: it costs the most */
	struct till_error err;
	char *payload = malloc(size + 1), *token;

	assert(payload != NULL);
	if (key == NULL &&
	    till_key_from_pem(pem, strlen(pem), &key, &err) == -1)
		abort();
	if (size > 0)
		memcpy(payload, data, size);
	payload[size] = '\0';
	token = test_token_typ(key, fitting_type(payload), payload);
	look_ticket(key, token);
	look_voucher(key, token);
	free(token);
	free(payload);
	return 0;
}

/* The typ that such a payload most likely wants. */
static const char *
fitting_type(const char *payload)
{
	bool identity = strstr(payload, "\"identity\"") != NULL;

	if (strstr(payload, "\"reason\"") != NULL)
		return "till-refusal+jwt";
	if (strstr(payload, "\"txn\"") != NULL)
		return identity ? "till-id-voucher+jwt" : "till-voucher+jwt";
	return identity ? "till-id-ticket+jwt" : "till-ticket+jwt";
}

static void
look_ticket(struct till_key *key, const char *token)
{
	struct till_ticket *ticket = NULL;
	struct till_error err;

	if (till_ticket_open(token, strlen(token), test_only_key, key, &ticket,
		&err) == 0)
		sign_again(key, ticket);
	else
		assert(
		    ticket == NULL && till_text_ok(err.text, TILL_ERROR_MAX));
	till_ticket_free(ticket);
}

/*
 * What till writes may be longer than what it read (two decimals for
 * none), so that only the size may stand against it.
 */
static void
sign_again(struct till_key *key, struct till_ticket *ticket)
{
	struct till_ticket *again = NULL;
	struct till_error err;
	char *token = NULL;
	int r;

	(void)till_ticket_valid(ticket, TEST_ISSUER, TEST_NOW,
	    TILL_LIFETIME_MAX);
	if (till_ticket_sign(ticket, key, &token, &err) == -1) {
		assert(strstr(err.text, "octets") != NULL);
		return;
	}
	r = till_ticket_open(token, strlen(token), test_only_key, key, &again,
	    &err);
	assert(r == 0);
	assert(strcmp(ticket->th, again->th) == 0);
	assert(strcmp(ticket->desc, again->desc) == 0);
	assert(ticket->amount.micro == again->amount.micro);
	assert(ticket->items_len == again->items_len);
	till_ticket_free(again);
	free(token);
}

static void
look_voucher(struct till_key *key, const char *token)
{
	struct till_voucher *voucher = NULL;
	struct till_ticket ticket = test_ticket();
	struct till_error err;
	char *again = NULL;

	if (till_voucher_open(token, strlen(token), test_only_key, key,
		&voucher, &err) == -1) {
		assert(voucher == NULL);
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
		return;
	}
	/* th of the ticket is empty here, so that none may answer it. */
	assert(till_voucher_check(voucher, &ticket, TEST_ISSUER, TEST_NOW,
		   &err) == -1);
	if (till_voucher_sign(voucher, key, &again, &err) == -1)
		assert(strstr(err.text, "octets") != NULL);
	free(again);
	till_voucher_free(voucher);
}

/*
 * message.c - the text that a card signs, or that a challenge is made of.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <till/ticket.h>

#include "auth_smartcard/message.h"
#include "base64url.h"

#define TICKET_LEN (TILL_TH_MAX - 1)
#define AMOUNT_SIZE 24 /* twelve digits, a point, six digits, a NUL */

_Static_assert(MESSAGE_TAG_MAX + 1 + BASE64URL_SIZE(MESSAGE_NONCE) +
	    TILL_TH_MAX + TILL_ID_MAX + AMOUNT_SIZE + TILL_CURRENCY_MAX <=
	MESSAGE_MAX,
    "the longest text fits");

static bool is_priced(const struct till_money *);
static size_t put(char *text, size_t at, const char *field);

size_t
message_make(const char *tag, const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *order, char text_r[MESSAGE_MAX])
{
	char challenge[BASE64URL_SIZE(MESSAGE_NONCE)], amount[AMOUNT_SIZE];
	const int64_t micro = order->amount.micro;
	size_t len = 0;

	assert(strlen(tag) <= MESSAGE_TAG_MAX);
	if (strlen(order->ticket) != TICKET_LEN ||
	    strlen(order->merchant) >= TILL_ID_MAX || micro < 0 ||
	    micro > TILL_MICRO_LIMIT || !is_priced(&order->amount))
		return 0;
	(void)base64url_encode(nonce, MESSAGE_NONCE, challenge);
	(void)snprintf(amount, sizeof(amount), "%" PRId64 ".%06" PRId64,
	    micro / TILL_MICRO, micro % TILL_MICRO);
	len = put(text_r, len, tag);
	len = put(text_r, len, challenge);
	len = put(text_r, len, order->ticket);
	len = put(text_r, len, order->merchant);
	len = put(text_r, len, amount);
	return put(text_r, len, order->amount.currency);
}

/* What costs nothing may be of no currency. */
static bool
is_priced(const struct till_money *amount)
{
	const size_t len = strlen(amount->currency);

	return len == TILL_CURRENCY_MAX - 1 || (len == 0 && amount->micro == 0);
}

/* Add a field with its NUL; returns where the next one goes. */
static size_t
put(char *text, size_t at, const char *field)
{
	const size_t size = strlen(field) + 1;

	memcpy(text + at, field, size);
	return at + size;
}

/*
 * message.c - the text that a card signs, or that a challenge is made of.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
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

_Static_assert(MESSAGE_TAG_MAX + 1 + BASE64URL_SIZE(MESSAGE_NONCE) +
	    TILL_URL_MAX + TILL_ID_MAX <=
	MESSAGE_MAX,
    "the longest text fits");

static size_t make_payment(const char *, const char *,
    const struct till_order *, char *);
static size_t make_sign_in(const char *, const char *,
    const struct till_order *, char *);
static bool is_priced(const struct till_money *);
static size_t put(char *text, size_t at, const char *field);

const char *
message_format(const struct till_order *order)
{
	return message_is_sign_in(order) ? MESSAGE_FORMAT_SIGN_IN
					 : MESSAGE_FORMAT;
}

size_t
message_make(const char *tag, const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *order, char text_r[MESSAGE_MAX])
{
	char challenge[BASE64URL_SIZE(MESSAGE_NONCE)];

	assert(strlen(tag) <= MESSAGE_TAG_MAX);
	(void)base64url_encode(nonce, MESSAGE_NONCE, challenge);
	return message_is_sign_in(order)
	    ? make_sign_in(tag, challenge, order, text_r)
	    : make_payment(tag, challenge, order, text_r);
}

/* Who is paid has an id, also where it is nothing that is paid. */
bool
message_is_sign_in(const struct till_order *order)
{
	return order->merchant[0] == '\0' &&
	    strcmp(order->kind, "identity") == 0;
}

static size_t
make_payment(const char *tag, const char *challenge,
    const struct till_order *order, char *text_r)
{
	const int64_t micro = order->amount.micro;
	char amount[AMOUNT_SIZE];
	size_t len = 0;

	if (strlen(order->ticket) != TICKET_LEN || order->merchant[0] == '\0' ||
	    strlen(order->merchant) >= TILL_ID_MAX || micro < 0 ||
	    micro > TILL_MICRO_LIMIT || !is_priced(&order->amount))
		return 0;
	(void)snprintf(amount, sizeof(amount), "%" PRId64 ".%06" PRId64,
	    micro / TILL_MICRO, micro % TILL_MICRO);
	len = put(text_r, len, tag);
	len = put(text_r, len, challenge);
	len = put(text_r, len, order->ticket);
	len = put(text_r, len, order->merchant);
	len = put(text_r, len, amount);
	return put(text_r, len, order->amount.currency);
}

static size_t
make_sign_in(const char *tag, const char *challenge,
    const struct till_order *order, char *text_r)
{
	const char *server = order->merchant_name;
	size_t len = 0;

	if (server[0] == '\0' || strlen(server) >= TILL_URL_MAX ||
	    order->customer[0] == '\0' ||
	    strlen(order->customer) >= TILL_ID_MAX)
		return 0;
	len = put(text_r, len, tag);
	len = put(text_r, len, challenge);
	len = put(text_r, len, server);
	return put(text_r, len, order->customer);
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

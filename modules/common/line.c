/*
 * line.c - write JSON into memory that is wiped.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base64url.h"
#include "common/line.h"
#include "utf8.h"

#define NUMBER_MAX 24

static void put(struct line *, const char *, size_t);
static void put_name(struct line *, const char *);
static void put_string(struct line *, const char *, size_t);
static bool is_plain(const unsigned char *, size_t);

int
line_init(struct line *line, size_t size)
{
	memset(line, 0, sizeof(*line));
	line->data = OPENSSL_secure_malloc(size);
	if (line->data == NULL)
		return -1;
	line->size = size;
	return 0;
}

void
line_free(struct line *line)
{
	OPENSSL_secure_clear_free(line->data, line->size);
	memset(line, 0, sizeof(*line));
}

void
line_open(struct line *line, const char *name, char bracket)
{
	put_name(line, name);
	put(line, &bracket, 1);
}

void
line_close(struct line *line, char bracket)
{
	put(line, &bracket, 1);
}

void
line_text(struct line *line, const char *name, const char *text)
{
	put_name(line, name);
	put_string(line, text, strlen(text));
}

void
line_int(struct line *line, const char *name, int64_t number)
{
	char text[NUMBER_MAX];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	put_name(line, name);
	put(line, text, strlen(text));
}

void
line_bool(struct line *line, const char *name, bool truth)
{
	put_name(line, name);
	if (truth)
		put(line, "true", 4);
	else
		put(line, "false", 5);
}

void
line_octets(struct line *line, const char *name, const void *data, size_t len)
{
	put_name(line, name);
	put(line, "\"", 1);
	if (BASE64URL_SIZE(len) > line->size - line->len)
		line->full = true;
	else
		line->len +=
		    base64url_encode(data, len, line->data + line->len);
	put(line, "\"", 1);
}

void
line_hex(struct line *line, const char *name, const unsigned char *data,
    size_t len)
{
	char two[3];
	size_t i;

	put_name(line, name);
	put(line, "\"", 1);
	for (i = 0; i < len; i++) {
		(void)snprintf(two, sizeof(two), "%02x", data[i]);
		put(line, two, 2);
	}
	put(line, "\"", 1);
}

void
line_reply(struct line *line, const char *name, const struct till_reply *reply)
{
	line_open(line, name, '{');
	if (is_plain(reply->data.data, reply->data.len)) {
		put_name(line, "text");
		put_string(line, (const char *)reply->data.data,
		    reply->data.len);
	} else {
		line_octets(line, "base64", reply->data.data, reply->data.len);
	}
	line_text(line, "format", reply->format);
	line_int(line, "age_ms", reply->age_ms);
	line_close(line, '}');
}

void
line_order(struct line *line, const char *name, const struct till_order *order)
{
	char amount[TILL_MONEY_MAX];

	line_open(line, name, '{');
	line_text(line, "ticket", order->ticket);
	line_text(line, "merchant", order->merchant);
	line_text(line, "merchant_name", order->merchant_name);
	line_text(line, "merchant_country", order->merchant_country);
	line_text(line, "customer", order->customer);
	line_text(line, "jti", order->jti);
	line_text(line, "oid", order->oid);
	line_text(line, "desc", order->desc);
	line_text(line, "kind", order->kind);
	line_text(line, "channel", order->channel);
	line_text(line, "lang", order->lang);
	line_text(line, "amount", till_money_print(&order->amount, amount));
	line_text(line, "currency", order->amount.currency);
	line_int(line, "issued", order->issued_s);
	line_int(line, "expires", order->expires_s);
	line_int(line, "auth_level", order->auth_level);
	line_close(line, '}');
}

static void
put(struct line *line, const char *text, size_t len)
{
	if (len > line->size - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->data + line->len, text, len);
	line->len += len;
}

/* With the comma in front, unless it is the first in its bracket. */
static void
put_name(struct line *line, const char *name)
{
	const char last = line->len > 0 ? line->data[line->len - 1] : '{';

	if (last != '{' && last != '[')
		put(line, ",", 1);
	if (name == NULL)
		return;
	put_string(line, name, strlen(name));
	put(line, ":", 1);
}

static void
put_string(struct line *line, const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	char escape[7];
	size_t n;

	put(line, "\"", 1);
	for (; len > 0; at += n, len -= n) {
		n = utf8_len(at, len);
		if (n == 1 && (*at == '"' || *at == '\\'))
			put(line, "\\", 1);
		if (n > 1 || (n == 1 && *at >= 0x20 && *at != 0x7f)) {
			put(line, (const char *)at, n);
			continue;
		}
		(void)snprintf(escape, sizeof(escape), "\\u%04x",
		    n == 1 ? (unsigned int)*at : 0xfffdu);
		put(line, escape, 6);
		n = 1;
	}
	put(line, "\"", 1);
}

static bool
is_plain(const unsigned char *at, size_t len)
{
	size_t n;

	for (; len > 0; at += n, len -= n) {
		n = utf8_len(at, len);
		if (n == 0 || *at < 0x20 || *at == 0x7f)
			return false;
	}
	return true;
}

/*
 * text.c - a text that grows while it is written.
 *
 * Whatever comes from outside goes through one of the escaping
 * functions; text_add is for what this program itself says.
 */
#include <stdlib.h>
#include <string.h>

#include "front/text.h"

#define TEXT_FIRST 1024 /* octets of the first allocation */

static bool reserve(struct text *, size_t);
static void put_json(struct text *, unsigned char);
static const char *html_entity(char);

void
text_octets(struct text *text, const char *data, size_t len)
{
	if (len == 0 || !reserve(text, len))
		return;
	memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void
text_add(struct text *text, const char *string)
{
	if (string != NULL)
		text_octets(text, string, strlen(string));
}

void
text_number(struct text *text, uint64_t number)
{
	char digits[20]; /* of 2^64 - 1 */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	text_octets(text, digits + at, sizeof(digits) - at);
}

void
text_json(struct text *text, const char *string)
{
	const char *p = string;
	size_t n;

	text_octets(text, "\"", 1);
	while (*p != '\0') {
		/* The run of characters that need no escape. */
		for (n = 0; (unsigned char)p[n] >= 0x20 && p[n] != '"' &&
		     p[n] != '\\' && p[n] != 0x7f;
		     n++)
			;
		text_octets(text, p, n);
		p += n;
		if (*p != '\0')
			put_json(text, (unsigned char)*p++);
	}
	text_octets(text, "\"", 1);
}

void
text_html(struct text *text, const char *string)
{
	const char *p = string;
	size_t n;

	while (*p != '\0') {
		n = strcspn(p, "&<>\"'");
		text_octets(text, p, n);
		p += n;
		if (*p != '\0')
			text_add(text, html_entity(*p++));
	}
}

void
text_url(struct text *text, const char *string)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	char escape[3] = { '%' };
	const char *p = string;
	size_t n;

	while (*p != '\0') {
		n = strspn(p, plain);
		text_octets(text, p, n);
		p += n;
		if (*p == '\0')
			break;
		escape[1] = hex[(unsigned char)*p >> 4];
		escape[2] = hex[(unsigned char)*p & 15];
		text_octets(text, escape, sizeof(escape));
		p++;
	}
}

char *
text_take(struct text *text, size_t *len_r)
{
	char *data;

	if (text->data == NULL)
		(void)reserve(text, 0);
	if (text->failed) {
		text_clear(text);
		return NULL;
	}
	data = text->data;
	data[text->len] = '\0';
	*len_r = text->len;
	*text = (struct text){ 0 };
	return data;
}

void
text_clear(struct text *text)
{
	if (text->data != NULL)
		explicit_bzero(text->data, text->len);
	free(text->data);
	*text = (struct text){ 0 };
}

/* Room for len more octets and a NUL. */
static bool
reserve(struct text *text, size_t len)
{
	size_t size = text->size == 0 ? TEXT_FIRST : text->size;
	char *data;

	if (text->failed)
		return false;
	if (text->data != NULL && text->len + len < text->size)
		return true;
	if (len >= TEXT_MAX - text->len) {
		text->failed = true;
		return false;
	}
	while (size <= text->len + len)
		size *= 2;
	/* Not realloc: what it leaves behind may hold a secret. */
	data = malloc(size);
	if (data == NULL) {
		text->failed = true;
		return false;
	}
	if (text->data != NULL) {
		memcpy(data, text->data, text->len);
		explicit_bzero(text->data, text->len);
		free(text->data);
	}
	text->data = data;
	text->size = size;
	return true;
}

static void
put_json(struct text *text, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = "\\u00";

	if (c == '"' || c == '\\') {
		escape[1] = (char)c;
		text_octets(text, escape, 2);
	} else {
		escape[4] = hex[c >> 4];
		escape[5] = hex[c & 15];
		text_octets(text, escape, sizeof(escape));
	}
}

static const char *
html_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return "&#39;";
	}
}

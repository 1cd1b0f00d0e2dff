/*
 * emit.c - a small writer of JSON.
 *
 * A claim set is written once for each signature, so it is written
 * straight into the octets that are signed.
 */
#include <stdio.h>
#include <string.h>

#include "emit.h"

#define INT_TEXT_MAX 24

static void put(struct emit *, const char *, size_t);
static void put_name(struct emit *, const char *);
static void put_string(struct emit *, const char *);

void
emit_open(struct emit *out, const char *name, char bracket)
{
	put_name(out, name);
	put(out, &bracket, 1);
}

void
emit_close(struct emit *out, char bracket)
{
	put(out, &bracket, 1);
}

void
emit_text(struct emit *out, const char *name, const char *text)
{
	put_name(out, name);
	put_string(out, text);
}

void
emit_text_opt(struct emit *out, const char *name, const char *text)
{
	if (text != NULL)
		emit_text(out, name, text);
}

void
emit_int(struct emit *out, const char *name, int64_t number)
{
	char text[INT_TEXT_MAX];
	int len;

	len = snprintf(text, sizeof(text), "%lld", (long long)number);
	put_name(out, name);
	put(out, text, (size_t)len);
}

static void
put(struct emit *out, const char *text, size_t len)
{
	if (len > out->size - out->len) {
		out->full = true;
		return;
	}
	memcpy(out->buf + out->len, text, len);
	out->len += len;
}

/* With the comma in front, unless it is the first in its bracket. */
static void
put_name(struct emit *out, const char *name)
{
	char last = '{';

	if (out->len > 0)
		last = out->buf[out->len - 1];
	if (last != '{' && last != '[')
		put(out, ",", 1);
	if (name == NULL)
		return;
	put_string(out, name);
	put(out, ":", 1);
}

static void
put_string(struct emit *out, const char *text)
{
	size_t plain;

	put(out, "\"", 1);
	for (;;) {
		plain = strcspn(text, "\"\\");
		put(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		put(out, "\\", 1);
		put(out, text++, 1);
	}
	put(out, "\"", 1);
}

/*
 * wire.c - the octets of a message, in and out, never past its end.
 */
#include <stdio.h>
#include <string.h>

#include "host/wire.h"

#define NO_TEXT UINT32_MAX /* the length of a NULL */

static void put(struct wire_writer *, const void *, size_t);
static const unsigned char *take(struct wire_reader *, size_t);

void
wire_begin(struct wire_writer *writer, void *buf, size_t size)
{
	*writer = (struct wire_writer){ .buf = buf, .size = size };
}

void
wire_put_u32(struct wire_writer *writer, uint32_t n)
{
	put(writer, &n, sizeof(n));
}

void
wire_put_u64(struct wire_writer *writer, uint64_t n)
{
	put(writer, &n, sizeof(n));
}

void
wire_put_i64(struct wire_writer *writer, int64_t n)
{
	put(writer, &n, sizeof(n));
}

void
wire_put_bytes(struct wire_writer *writer, const void *data, size_t len)
{
	wire_put_bytes_head(writer, len);
	put(writer, data, len);
}

void
wire_put_bytes_head(struct wire_writer *writer, size_t len)
{
	if (len >= NO_TEXT)
		writer->failed = true;
	wire_put_u32(writer, (uint32_t)len);
}

void
wire_put_text(struct wire_writer *writer, const char *text)
{
	if (text == NULL)
		wire_put_u32(writer, NO_TEXT);
	else
		wire_put_bytes(writer, text, strlen(text) + 1);
}

void
wire_put_array(struct wire_writer *writer, const char *text, size_t size)
{
	const size_t len = strnlen(text, size - 1);

	wire_put_bytes_head(writer, len + 1);
	put(writer, text, len);
	put(writer, "", 1);
}

size_t
wire_struct_begin(struct wire_writer *writer)
{
	wire_put_u32(writer, 0);
	return writer->len;
}

void
wire_struct_end(struct wire_writer *writer, size_t begin)
{
	const uint32_t len = (uint32_t)(writer->len - begin);

	if (!writer->failed)
		memcpy(writer->buf + begin - sizeof(len), &len, sizeof(len));
}

void
wire_read(struct wire_reader *reader, const void *data, size_t len)
{
	*reader = (struct wire_reader){ .at = data, .left = len };
}

uint32_t
wire_get_u32(struct wire_reader *reader)
{
	uint32_t n;

	wire_get_fixed(reader, &n, sizeof(n));
	return n;
}

uint64_t
wire_get_u64(struct wire_reader *reader)
{
	uint64_t n;

	wire_get_fixed(reader, &n, sizeof(n));
	return n;
}

int64_t
wire_get_i64(struct wire_reader *reader)
{
	int64_t n;

	wire_get_fixed(reader, &n, sizeof(n));
	return n;
}

const unsigned char *
wire_get_bytes(struct wire_reader *reader, size_t *len_r)
{
	const unsigned char *data;

	*len_r = wire_get_u32(reader);
	data = take(reader, *len_r);
	if (data == NULL)
		*len_r = 0;
	return data;
}

const char *
wire_get_text(struct wire_reader *reader)
{
	const unsigned char *text;
	uint32_t len;

	if (reader->part && reader->left == 0)
		return NULL;
	len = wire_get_u32(reader);
	if (len == NO_TEXT)
		return NULL;
	text = take(reader, len);
	if (text == NULL || len == 0 ||
	    memchr(text, '\0', len) != text + len - 1) {
		reader->failed = true;
		return NULL;
	}
	return (const char *)text;
}

void
wire_get_fixed(struct wire_reader *reader, void *to, size_t size)
{
	const unsigned char *from = NULL;

	if (!reader->part || reader->left > 0)
		from = take(reader, size);
	if (from != NULL)
		memcpy(to, from, size);
	else
		memset(to, 0, size);
}

void
wire_get_array(struct wire_reader *reader, char *to, size_t size)
{
	const char *text = wire_get_text(reader);
	int len;

	memset(to, 0, size);
	len = snprintf(to, size, "%s", text != NULL ? text : "");
	if (len >= 0 && (size_t)len < size)
		return;
	reader->failed = true;
	memset(to, 0, size);
}

void
wire_enter(struct wire_reader *reader, struct wire_reader *inner_r)
{
	size_t len;
	const unsigned char *data = wire_get_bytes(reader, &len);

	wire_read(inner_r, data, len);
	inner_r->failed = reader->failed;
	inner_r->part = true;
}

void
wire_leave(struct wire_reader *reader, const struct wire_reader *inner)
{
	reader->failed |= inner->failed;
}

bool
wire_done(const struct wire_reader *reader)
{
	return !reader->failed && reader->left == 0;
}

static void
put(struct wire_writer *writer, const void *data, size_t len)
{
	if (writer->failed || len > writer->size - writer->len) {
		writer->failed = true;
		return;
	}
	if (len > 0)
		memcpy(writer->buf + writer->len, data, len);
	writer->len += len;
}

/* NULL if there is less. */
static const unsigned char *
take(struct wire_reader *reader, size_t len)
{
	const unsigned char *at = reader->at;

	if (reader->failed || len > reader->left) {
		reader->failed = true;
		return NULL;
	}
	reader->at += len;
	reader->left -= len;
	return at;
}

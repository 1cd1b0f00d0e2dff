/*
 * body_json.c - the JSON objects that programs send, read in place.
 *
 * A string's escapes make it shorter, never longer, and its closing
 * quotation mark leaves room for a NUL, so the text itself can hold what
 * it means.
 */
#include <stdint.h>
#include <string.h>

#include "front/body.h"
#include "front/body_priv.h"

struct reader {
	char *p, *end; /* *end is a NUL */
	struct body *body;
	struct till_error *err;
};

static int read_object(struct reader *, const char *);
static int read_member(struct reader *, const char *);
static int read_value(struct reader *, struct body_member *);
static int read_word(struct reader *, struct body_member *);
static int read_string(struct reader *, char **, size_t *);
static int read_escape(struct reader *, char **);
static int read_unicode(struct reader *, char **);
static int read_hex4(struct reader *, uint32_t *);
static char *put_utf8(char *, uint32_t);
static void skip(struct reader *);
static bool take(struct reader *, char);

int
body_json(char *text, size_t len, struct body *body_r, struct till_error *err)
{
	struct reader reader = { .p = text,
		.end = text + len,
		.body = body_r,
		.err = err };

	body_r->len = 0;
	skip(&reader);
	if (read_object(&reader, "") == -1)
		return -1;
	skip(&reader);
	if (reader.p != reader.end)
		return till_fail(err, "something stands behind the object");
	return 0;
}

static int
read_object(struct reader *reader, const char *group)
{
	if (!take(reader, '{'))
		return till_fail(reader->err, "not a JSON object");
	skip(reader);
	if (take(reader, '}'))
		return 0;
	for (;;) {
		skip(reader);
		if (read_member(reader, group) == -1)
			return -1;
		skip(reader);
		if (take(reader, '}'))
			return 0;
		if (!take(reader, ','))
			return till_fail(reader->err,
			    "a comma or the object's end is missing");
	}
}

static int
read_member(struct reader *reader, const char *group)
{
	struct body_member member = { .group = group };
	size_t name_len;
	char *name;

	if (read_string(reader, &name, &name_len) == -1)
		return -1;
	if (strlen(name) != name_len || name_len == 0)
		return till_fail(reader->err, "a member has no proper name");
	skip(reader);
	if (!take(reader, ':'))
		return till_fail(reader->err, "a colon is missing");
	skip(reader);
	member.name = name;
	if (*reader->p == '{') {
		if (group[0] != '\0')
			return till_fail(reader->err,
			    "%.32s: an object where none belongs", name);
		return read_object(reader, name);
	}
	if (read_value(reader, &member) == -1)
		return -1;
	return body_put(reader->body, &member, reader->err);
}

static int
read_value(struct reader *reader, struct body_member *member)
{
	if (*reader->p != '"')
		return read_word(reader, member);
	member->type = BODY_STRING;
	return read_string(reader, &member->value, &member->len);
}

static int
read_word(struct reader *reader, struct body_member *member)
{
	static const struct {
		const char *word;
		enum body_type type;
	} words[] = { { "true", BODY_TRUE }, { "false", BODY_FALSE },
		{ "null", BODY_NULL } };
	size_t i, len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].word);
		if (strncmp(reader->p, words[i].word, len) == 0) {
			reader->p += len;
			member->type = words[i].type;
			return 0;
		}
	}
	return till_fail(reader->err,
	    "%.32s: neither a string nor true, false or null", member->name);
}

static int
read_string(struct reader *reader, char **text_r, size_t *len_r)
{
	char *out;

	if (!take(reader, '"'))
		return till_fail(reader->err, "a string is missing");
	*text_r = reader->p;
	/* Up to the first escape all is where it belongs. */
	while (reader->p < reader->end && *reader->p != '"' &&
	    *reader->p != '\\' && (unsigned char)*reader->p >= 0x20)
		reader->p++;
	out = reader->p;
	while (reader->p < reader->end && *reader->p != '"') {
		if ((unsigned char)*reader->p < 0x20)
			return till_fail(reader->err,
			    "a string has a bare control");
		if (*reader->p != '\\')
			*out++ = *reader->p++;
		else if (read_escape(reader, &out) == -1)
			return -1;
	}
	if (!take(reader, '"'))
		return till_fail(reader->err, "a string has no end");
	*out = '\0';
	*len_r = (size_t)(out - *text_r);
	return 0;
}

static int
read_escape(struct reader *reader, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	char c;

	reader->p++; /* the backslash */
	c = *reader->p;
	if (c == 'u') {
		reader->p++;
		return read_unicode(reader, out);
	}
	at = c == '\0' ? NULL : strchr(from, c);
	if (at == NULL)
		return till_fail(reader->err, "a string has a wrong escape");
	*(*out)++ = to[at - from];
	reader->p++;
	return 0;
}

static int
read_unicode(struct reader *reader, char **out)
{
	uint32_t c, low;

	if (read_hex4(reader, &c) == -1)
		return -1;
	if (c >= 0xd800 && c < 0xdc00) {
		if (!take(reader, '\\') || !take(reader, 'u') ||
		    read_hex4(reader, &low) == -1 || low < 0xdc00 ||
		    low >= 0xe000)
			return till_fail(reader->err,
			    "a string has half a character");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return till_fail(reader->err, "a string has half a character");
	} else if (c == 0) {
		return till_fail(reader->err, "a string has a NUL");
	}
	*out = put_utf8(*out, c);
	return 0;
}

static int
read_hex4(struct reader *reader, uint32_t *value_r)
{
	uint32_t value = 0;
	int i;
	char c;

	for (i = 0; i < 4; i++) {
		c = *reader->p;
		if (c >= '0' && c <= '9')
			value = value * 16 + (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			value = value * 16 + (uint32_t)((c | 32) - 'a') + 10;
		else
			return till_fail(reader->err,
			    "a string has a wrong escape");
		reader->p++;
	}
	*value_r = value;
	return 0;
}

static char *
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | (c >> 6));
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | (c >> 12));
		} else {
			*out++ = (char)(0xf0 | (c >> 18));
			*out++ = (char)(0x80 | ((c >> 12) & 0x3f));
		}
		*out++ = (char)(0x80 | ((c >> 6) & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

static void
skip(struct reader *reader)
{
	while (*reader->p == ' ' || *reader->p == '\t' || *reader->p == '\n' ||
	    *reader->p == '\r')
		reader->p++;
}

static bool
take(struct reader *reader, char c)
{
	if (reader->p == reader->end || *reader->p != c)
		return false;
	reader->p++;
	return true;
}

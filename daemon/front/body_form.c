/*
 * body_form.c - application/x-www-form-urlencoded (WHATWG URL, 5.1).
 */
#include <string.h>

#include "front/body.h"
#include "front/body_priv.h"

static int decode(char *, size_t *);
static int digit(char);

int
body_form(char *text, size_t len, struct body *body_r, struct till_error *err)
{
	char *p = text, *end = text + len, *next, *value, *point;
	struct body_member member;
	size_t name_len;

	body_r->len = 0;
	for (; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (next == NULL)
			next = end;
		if (next == p)
			continue;
		*next = '\0'; /* at the end there is a NUL already */
		value = memchr(p, '=', (size_t)(next - p));
		if (value != NULL)
			*value++ = '\0';
		else
			value = next;
		member = (struct body_member){ .type = BODY_STRING,
			.group = "",
			.name = p,
			.value = value,
			.len = (size_t)(next - value) };
		name_len = strlen(p);
		if (decode(p, &name_len) == -1 || strlen(p) != name_len)
			return till_fail(err, "a name is not well encoded");
		if (decode(value, &member.len) == -1)
			return till_fail(err, "%.32s: not well encoded", p);
		point = strchr(p, '.');
		if (point != NULL) {
			*point = '\0';
			member.group = p;
			member.name = point + 1;
		}
		if (body_put(body_r, &member, err) == -1)
			return -1;
	}
	return 0;
}

/* In place; the result is never longer. */
static int
decode(char *text, size_t *len)
{
	size_t in, out = 0;
	int high, low;

	for (in = 0; in < *len; in++) {
		if (text[in] == '+') {
			text[out++] = ' ';
		} else if (text[in] != '%') {
			text[out++] = text[in];
		} else {
			if (*len - in < 3)
				return -1;
			high = digit(text[in + 1]);
			low = digit(text[in + 2]);
			if (high == -1 || low == -1)
				return -1;
			text[out++] = (char)(high * 16 + low);
			in += 2;
		}
	}
	text[out] = '\0';
	*len = out;
	return 0;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

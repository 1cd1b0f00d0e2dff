/*
 * shown.c - whole characters, and none that do anything.
 */
#include <string.h>

#include <till/ticket.h>

#include "shown.h"
#include "utf8.h"

#define FROM_MAX 65536 /* octets of a text that is cut */

const char *
shown(const char *text, const char *other, size_t max, char buf[SHOWN_MAX])
{
	size_t len;

	if (text == NULL || !till_text_ok(text, FROM_MAX))
		text = other;
	len = shown_whole(text, max < SHOWN_MAX ? max : SHOWN_MAX - 1);
	memcpy(buf, text, len);
	buf[len] = '\0';
	return buf;
}

size_t
shown_whole(const char *text, size_t max)
{
	const size_t len = strlen(text);
	size_t at = 0, n;

	while (at < len) {
		n = utf8_len((const unsigned char *)text + at, len - at);
		if (n == 0 || n > max - at)
			break;
		at += n;
	}
	return at;
}

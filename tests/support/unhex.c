/*
 * unhex.c - octets that a file keeps as text.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "support/unhex.h"

static size_t pairs(const unsigned char *, size_t, unsigned char *);

unsigned char *
unhex(const unsigned char *data, size_t size, size_t *len_r)
{
	unsigned char *octets = malloc(size + 1);
	size_t len = size;

	assert(octets != NULL);
	if (size >= 4 && memcmp(data, "hex ", 4) == 0)
		len = pairs(data + 4, size - 4, octets);
	else if (size > 0)
		memcpy(octets, data, size);
	octets = realloc(octets, len > 0 ? len : 1);
	assert(octets != NULL);
	*len_r = len;
	return octets;
}

/* What is no digit, such as the end of a line, is passed over. */
static size_t
pairs(const unsigned char *text, size_t size, unsigned char *to)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	unsigned int have = 0, value = 0;
	size_t i, len = 0;

	for (i = 0; i < size; i++) {
		digit = text[i] == 0 ? NULL : strchr(digits, text[i]);
		if (digit == NULL)
			continue;
		value = value << 4 | (unsigned int)(digit - digits);
		if (++have == 2) {
			to[len++] = (unsigned char)(value & 0xff);
			have = 0;
		}
	}
	return len;
}

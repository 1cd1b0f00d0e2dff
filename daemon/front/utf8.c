/*
 * utf8.c - well-formed UTF-8: no overlong form, no surrogate, nothing
 * above U+10FFFF.
 */
#include <stdint.h>
#include <string.h>

#include "front/utf8.h"

static size_t sequence(const unsigned char *, size_t);

bool
utf8_ok(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	uint64_t eight;
	size_t n;

	while (len > 0) {
		/* Nearly all that comes is ASCII. */
		if (len >= sizeof(eight)) {
			memcpy(&eight, p, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				p += sizeof(eight);
				len -= sizeof(eight);
				continue;
			}
		}
		n = sequence(p, len);
		if (n == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

size_t
utf8_prefix(const char *text, size_t max)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (((unsigned char)*p & 0xc0) != 0x80 && max-- == 0)
			break;
	return (size_t)(p - text);
}

/* Octets of the character at p, 0 if it is none. */
static size_t
sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/*
 * base64url.c - octets to text and back, strictly.
 *
 * Each octet string has exactly one encoding that is accepted: otherwise
 * one token could be written in several ways.
 */
#include <assert.h>
#include <stdint.h>

#include "base64url.h"

#define BAD 0xff

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz"
			      "0123456789-_";

/* The value of each character from '-' on; BAD for those between. */
static const unsigned char values['z' - '-' + 1] = { 62, BAD, BAD, /* - . / */
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, /* 0 to 9 */
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, /* : to @ */
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, /* A to M */
	13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, /* N to Z */
	BAD, BAD, BAD, BAD, 63, BAD, /* [ to ` */
	26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, /* a to m */
	39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51 };

static unsigned int value(char);

size_t
base64url_encode(const void *in, size_t n, char *out)
{
	const unsigned char *octets = in;
	uint32_t bits = 0;
	size_t i, len = 0;
	unsigned int have = 0;

	for (i = 0; i < n; i++) {
		bits = bits << 8 | octets[i];
		have += 8;
		while (have >= 6) {
			have -= 6;
			out[len++] = letters[bits >> have & 63];
		}
	}
	if (have > 0)
		out[len++] = letters[bits << (6 - have) & 63];
	out[len] = '\0';
	return len;
}

int
base64url_decode(const char *in, size_t n, void *out, size_t size,
    size_t *len_r)
{
	unsigned char *octets = out;
	uint32_t bits = 0;
	size_t i, len = 0;
	unsigned int have = 0, v;

	/* One character left over carries less than one octet. */
	if (n % 4 == 1)
		return -1;
	if (n / 4 * 3 + n % 4 * 6 / 8 > size)
		return -1;
	for (i = 0; i < n; i++) {
		v = value(in[i]);
		if (v == BAD)
			return -1;
		bits = bits << 6 | v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			octets[len++] = (unsigned char)(bits >> have & 0xff);
		}
	}
	if ((bits & ((1U << have) - 1)) != 0)
		return -1;
	assert(len <= size);
	*len_r = len;
	return 0;
}

static unsigned int
value(char c)
{
	if (c < '-' || c > 'z')
		return BAD;
	return values[c - '-'];
}

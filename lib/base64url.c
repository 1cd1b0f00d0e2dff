/*
 * base64url.c - octets to text and back, strictly.
 *
 * Each octet string has exactly one encoding that is accepted: otherwise
 * one token could be written in several ways.
 */
#include <stdint.h>

#include "base64url.h"

#define BAD 0x40 /* a bit that no value has */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz"
			      "0123456789-_";

/* The value of each letter; BAD for every other octet. */
static const unsigned char values[256] = { BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 62, BAD, BAD, 52, 53,
	54, 55, 56, 57, 58, 59, 60, 61, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 0, 1,
	2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
	22, 23, 24, 25, BAD, BAD, BAD, BAD, 63, BAD, 26, 27, 28, 29, 30, 31, 32,
	33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
	51, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD };

static unsigned int value(char);
static size_t encode_rest(const unsigned char *, size_t, char *);
static int decode_rest(const char *, size_t, unsigned char *);

size_t
base64url_encode(const void *in, size_t n, char *out)
{
	const unsigned char *octets = in;
	uint32_t bits;
	size_t len = 0;

	for (; n >= 3; n -= 3, octets += 3) {
		bits = (uint32_t)octets[0] << 16 | (uint32_t)octets[1] << 8 |
		    octets[2];
		out[len++] = letters[bits >> 18];
		out[len++] = letters[bits >> 12 & 63];
		out[len++] = letters[bits >> 6 & 63];
		out[len++] = letters[bits & 63];
	}
	len += encode_rest(octets, n, out + len);
	out[len] = '\0';
	return len;
}

int
base64url_decode(const char *in, size_t n, void *out, size_t size,
    size_t *len_r)
{
	unsigned char *octets = out;
	unsigned int a, b, c, d;
	size_t len = n / 4 * 3 + n % 4 * 6 / 8;

	if (len > size)
		return -1;
	for (; n >= 4; n -= 4, in += 4, octets += 3) {
		a = value(in[0]);
		b = value(in[1]);
		c = value(in[2]);
		d = value(in[3]);
		if (((a | b | c | d) & BAD) != 0)
			return -1;
		octets[0] = (unsigned char)(a << 2 | b >> 4);
		octets[1] = (unsigned char)((b << 4 | c >> 2) & 0xff);
		octets[2] = (unsigned char)((c << 6 | d) & 0xff);
	}
	if (decode_rest(in, n, octets) == -1)
		return -1;
	*len_r = len;
	return 0;
}

static unsigned int
value(char c)
{
	return values[(unsigned char)c];
}

/* The last one or two octets make two or three letters. */
static size_t
encode_rest(const unsigned char *octets, size_t n, char *out)
{
	uint32_t bits;

	if (n == 0)
		return 0;
	bits = (uint32_t)octets[0] << 16;
	if (n == 2)
		bits |= (uint32_t)octets[1] << 8;
	out[0] = letters[bits >> 18];
	out[1] = letters[bits >> 12 & 63];
	if (n == 2)
		out[2] = letters[bits >> 6 & 63];
	return n + 1;
}

/* One letter left over carries less than an octet; of two and of three,
 * the bits behind the last octet must be zero. */
static int
decode_rest(const char *in, size_t n, unsigned char *octets)
{
	unsigned int a, b, c = 0;

	if (n == 0)
		return 0;
	if (n == 1)
		return -1;
	a = value(in[0]);
	b = value(in[1]);
	if (n == 3)
		c = value(in[2]);
	if (((a | b | c) & BAD) != 0)
		return -1;
	if (n == 2 ? (b & 15) != 0 : (c & 3) != 0)
		return -1;
	octets[0] = (unsigned char)(a << 2 | b >> 4);
	if (n == 3)
		octets[1] = (unsigned char)((b << 4 | c >> 2) & 0xff);
	return 0;
}

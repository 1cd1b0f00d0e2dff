/*
 * cbor.c - read CBOR, no more of it than WebAuthn needs.
 */
#include "auth_smartcard/cbor.h"

/* RFC 8949, 3.1. */
enum major {
	MAJOR_UINT = 0,
	MAJOR_NEGATIVE,
	MAJOR_BYTES,
	MAJOR_TEXT,
	MAJOR_ARRAY,
	MAJOR_MAP,
	MAJOR_TAG,
	MAJOR_SIMPLE
};

#define SIMPLE_FALSE 20 /* 3.3: then true and null */
#define SIMPLE_NULL 22

static uint64_t head(struct cbor *, enum major *major_r);
static uint64_t argument(struct cbor *, unsigned int octets);
static uint64_t expect(struct cbor *, enum major);
static const unsigned char *take(struct cbor *, uint64_t len);
static uint64_t fail(struct cbor *);
static uint64_t children(struct cbor *, enum major, uint64_t);

struct cbor
cbor_of(const unsigned char *data, size_t len)
{
	return (struct cbor){ data, len, false };
}

uint64_t
cbor_map(struct cbor *cbor)
{
	return expect(cbor, MAJOR_MAP);
}

int64_t
cbor_int(struct cbor *cbor)
{
	enum major major;
	const uint64_t n = head(cbor, &major);

	if (n > INT64_MAX || (major != MAJOR_UINT && major != MAJOR_NEGATIVE))
		return (int64_t)fail(cbor);
	return major == MAJOR_UINT ? (int64_t)n : -1 - (int64_t)n;
}

const unsigned char *
cbor_bytes(struct cbor *cbor, size_t *len_r)
{
	const uint64_t len = expect(cbor, MAJOR_BYTES);
	const unsigned char *bytes = take(cbor, len);

	*len_r = bytes == NULL ? 0 : (size_t)len;
	return bytes;
}

const unsigned char *
cbor_text(struct cbor *cbor, size_t *len_r)
{
	const uint64_t len = expect(cbor, MAJOR_TEXT);
	const unsigned char *text = take(cbor, len);

	*len_r = text == NULL ? 0 : (size_t)len;
	return text;
}

/* Each value takes an octet at least, so what is left bounds the loop. */
void
cbor_skip(struct cbor *cbor)
{
	uint64_t todo[CBOR_DEPTH_MAX + 1] = { 1 }, n;
	unsigned int depth = 0;
	enum major major;

	while (!cbor->failed) {
		while (depth > 0 && todo[depth] == 0)
			depth--;
		if (todo[depth] == 0)
			return;
		todo[depth]--;
		n = head(cbor, &major);
		n = children(cbor, major, n);
		if (n > 0 && depth == CBOR_DEPTH_MAX)
			(void)fail(cbor);
		else if (n > 0)
			todo[++depth] = n;
	}
}

/* The values that are in one, whose own octets are passed over. */
static uint64_t
children(struct cbor *cbor, enum major major, uint64_t n)
{
	switch (major) {
	case MAJOR_UINT:
	case MAJOR_NEGATIVE:
		return 0;
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		(void)take(cbor, n);
		return 0;
	case MAJOR_ARRAY:
		return n <= cbor->left ? n : fail(cbor);
	case MAJOR_MAP:
		return n <= cbor->left / 2 ? 2 * n : fail(cbor);
	case MAJOR_SIMPLE:
		return n >= SIMPLE_FALSE && n <= SIMPLE_NULL ? 0 : fail(cbor);
	case MAJOR_TAG:
		break;
	}
	return fail(cbor);
}

/* The first octet of a value, and the number that goes with it. */
static uint64_t
head(struct cbor *cbor, enum major *major_r)
{
	const unsigned char *first = take(cbor, 1);
	unsigned int info;

	*major_r = MAJOR_TAG;
	if (first == NULL)
		return 0;
	info = *first & 0x1f;
	*major_r = (enum major)(*first >> 5);
	if (info < 24)
		return info;
	if (info > 27 || *major_r == MAJOR_SIMPLE)
		return fail(cbor);
	return argument(cbor, 1U << (info - 24));
}

/* One that fits in half of its octets, or in the first, is too long. */
static uint64_t
argument(struct cbor *cbor, unsigned int octets)
{
	const unsigned char *at = take(cbor, octets);
	uint64_t n = 0;
	unsigned int i;

	if (at == NULL)
		return 0;
	for (i = 0; i < octets; i++)
		n = n << 8 | at[i];
	if (octets == 1 ? n < 24 : n >> (4 * octets) == 0)
		return fail(cbor);
	return n;
}

static uint64_t
expect(struct cbor *cbor, enum major wanted)
{
	enum major major;
	const uint64_t n = head(cbor, &major);

	return !cbor->failed && major == wanted ? n : fail(cbor);
}

static const unsigned char *
take(struct cbor *cbor, uint64_t len)
{
	const unsigned char *at = cbor->at;

	if (cbor->failed || len > cbor->left) {
		(void)fail(cbor);
		return NULL;
	}
	cbor->at += len;
	cbor->left -= (size_t)len;
	return at;
}

static uint64_t
fail(struct cbor *cbor)
{
	cbor->failed = true;
	cbor->left = 0;
	return 0;
}

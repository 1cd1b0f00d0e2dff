/*
 * key.c - keys of the tables.
 */
#include <assert.h>
#include <string.h>

#include "ledger/internal.h"

static void append(struct key *, const void *, size_t);
static void append_number(struct key *, uint64_t);

void
key_text(struct key *key, const char *text)
{
	key->len = 0;
	append(key, text, strlen(text));
}

void
key_pair(struct key *key, const char *a, const char *b)
{
	key_text(key, a);
	append(key, "", 1);
	append(key, b, strlen(b));
}

void
key_triple(struct key *key, const char *a, const char *b, const char *c)
{
	key_pair(key, a, b);
	append(key, "", 1);
	append(key, c, strlen(c));
}

void
key_serial(struct key *key, uint64_t serial)
{
	key->len = 0;
	append_number(key, serial);
}

void
key_part(struct key *key, uint64_t number, uint8_t part)
{
	key_serial(key, number);
	append(key, &part, 1);
}

bool
key_is_prefix(const struct key *prefix, const struct key *key)
{
	return key->len >= prefix->len &&
	    memcmp(key->data, prefix->data, prefix->len) == 0;
}

int
key_read_pair(const struct key *key, char *a, size_t a_size, char *b,
    size_t b_size)
{
	const unsigned char *nul = memchr(key->data, '\0', key->len);
	size_t a_len, b_len;

	if (nul == NULL)
		return -1;
	a_len = (size_t)(nul - key->data);
	b_len = key->len - a_len - 1;
	if (a_len >= a_size || b_len >= b_size)
		return -1;
	memcpy(a, key->data, a_len);
	a[a_len] = '\0';
	memcpy(b, nul + 1, b_len);
	b[b_len] = '\0';
	return 0;
}

int
key_read_serial(const struct key *key, uint64_t *serial_r)
{
	uint64_t n = 0;
	size_t i;

	if (key->len < 8)
		return -1;
	for (i = 0; i < 8; i++)
		n = n << 8 | key->data[i];
	*serial_r = n;
	return 0;
}

static void
append(struct key *key, const void *data, size_t len)
{
	assert(len <= sizeof(key->data) - key->len);
	memcpy(key->data + key->len, data, len);
	key->len += len;
}

static void
append_number(struct key *key, uint64_t n)
{
	unsigned char octets[8];
	size_t i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)(n >> (8 * (7 - i)));
	append(key, octets, sizeof(octets));
}

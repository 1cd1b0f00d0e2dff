/*
 * key.c - keys of the tables.
 */
#include <assert.h>
#include <string.h>

#include "ledger/internal.h"

#define NUMBER_SIZE 8

static void append(struct key *, const void *, size_t);
static void append_number(struct key *, uint64_t);
static uint64_t read_number(const unsigned char *);

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

void
key_event(struct key *key, const char *mid, uint64_t sequence)
{
	key_pair(key, mid, "");
	append_number(key, sequence);
}

void
key_waiting(struct key *key, const char *line, const char *mid,
    uint64_t sequence)
{
	key_triple(key, line, mid, "");
	append_number(key, sequence);
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
key_read_event(const struct key *key, char *mid, size_t mid_size,
    uint64_t *sequence_r)
{
	size_t len = key->len - NUMBER_SIZE - 1;

	if (key->len < NUMBER_SIZE + 1 || len >= mid_size ||
	    key->data[len] != '\0')
		return -1;
	memcpy(mid, key->data, len);
	mid[len] = '\0';
	*sequence_r = read_number(key->data + len + 1);
	return 0;
}

int
key_read_waiting(const struct key *key, char *line, size_t line_size, char *mid,
    size_t mid_size, uint64_t *sequence_r)
{
	const unsigned char *nul = memchr(key->data, '\0', key->len);
	struct key event;
	size_t len;

	if (nul == NULL)
		return -1;
	len = (size_t)(nul - key->data);
	if (len >= line_size)
		return -1;
	memcpy(line, key->data, len);
	line[len] = '\0';
	event.len = key->len - len - 1;
	memcpy(event.data, nul + 1, event.len);
	return key_read_event(&event, mid, mid_size, sequence_r);
}

int
key_read_serial(const struct key *key, uint64_t *serial_r)
{
	if (key->len < NUMBER_SIZE)
		return -1;
	*serial_r = read_number(key->data);
	return 0;
}

void
key_settlement(struct key *key, const unsigned char *settlement)
{
	key->len = 0;
	append(key, settlement, TILL_KEY_SIZE);
}

void
key_reversal(struct key *key, const char *mid, const char *jti, uint32_t number)
{
	key_triple(key, mid, jti, "");
	if (number != 0)
		append_number(key, number);
}

int
key_read_reversal(const struct key *key, char *mid, size_t mid_size, char *jti,
    size_t jti_size, uint32_t *number_r)
{
	uint64_t number;

	if (key_read_waiting(key, mid, mid_size, jti, jti_size, &number) ==
		-1 ||
	    number == 0 || number > LEDGER_REVERSALS_MAX)
		return -1;
	*number_r = (uint32_t)number;
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
	unsigned char octets[NUMBER_SIZE];
	size_t i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)(n >> (8 * (7 - i)));
	append(key, octets, sizeof(octets));
}

static uint64_t
read_number(const unsigned char *octets)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < NUMBER_SIZE; i++)
		n = n << 8 | octets[i];
	return n;
}

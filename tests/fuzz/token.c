/*
 * token.c - what programs send as a token, what people write of its caps and
 * what is kept of it are any octets.
 *
 * The first octet says which: 't' a token, 'r' a record; any other begins
 * caps, with commas in them taken for merchants.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth_token/token.h"

#define NOW INT64_C(1795564800)
#define YEAR_S INT64_C(31536000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look_token(const unsigned char *, size_t);
static void look_record(const unsigned char *, size_t);
static void look_caps(const char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its very size, so that a look behind its end is found. */
	unsigned char *copy = malloc(size + 1);

	assert(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	if (size > 0 && copy[0] == 'r') {
		copy = realloc(copy, size);
		look_record(copy + 1, size - 1);
	} else if (size > 0 && copy[0] == 't') {
		copy = realloc(copy, size);
		look_token(copy, size);
	} else {
		look_caps((const char *)copy);
	}
	free(copy);
	return 0;
}

/* There is one way to write a token. */
static void
look_token(const unsigned char *data, size_t size)
{
	unsigned char secret[TOKEN_SECRET_SIZE];
	char id[TOKEN_ID_MAX], hex[2 * TOKEN_SECRET_SIZE + 1];

	if (!token_read(data, size, id, secret))
		return;
	token_hex(secret, sizeof(secret), hex);
	assert(size == TOKEN_LEN && memcmp(data, "till_", 5) == 0);
	assert(memcmp(data + 5, id, strlen(id)) == 0);
	assert(memcmp(data + size - strlen(hex), hex, strlen(hex)) == 0);
}

/* What is read is written so that it is read alike. */
static void
look_record(const unsigned char *data, size_t size)
{
	struct token_record record, again;
	char text[TOKEN_RECORD_MAX], twice[TOKEN_RECORD_MAX];

	if (token_record_read(data, size, &record) == -1)
		return;
	assert(token_record_print(&record, text) == 0);
	assert(token_record_read((const unsigned char *)text, strlen(text),
		   &again) == 0);
	assert(token_record_print(&again, twice) == 0);
	assert(strcmp(text, twice) == 0);
}

static void
look_caps(const char *text)
{
	struct token_caps caps = { .channel = TOKEN_API };
	char said[TOKEN_SUMMARY_MAX];
	struct till_error err;
	size_t i;

	if (token_caps_count(text, &caps, &err) == 0)
		assert(caps.count == -1 ||
		    (caps.count > 0 && caps.count <= TOKEN_COUNT_MAX));
	if (token_caps_expires(text, NOW, YEAR_S, &caps, &err) == 0)
		assert(caps.expires_s > NOW && caps.expires_s <= NOW + YEAR_S);
	if (token_caps_channel(text, &caps, &err) == 0)
		assert(token_channel_name(caps.channel)[0] != '\0');
	if (token_caps_merchants(text, &caps, &err) == 0)
		for (i = 0; i < caps.merchants_len; i++)
			assert(till_id_ok(caps.merchants[i]));
	if (token_caps_money(text, text, &caps, &err) == 0)
		assert(caps.each.micro > 0);
	else
		caps.each = caps.day = (struct till_money){ 1, "EUR" };
	caps.channel = TOKEN_ANY;
	token_caps_say(text, &caps, said);
	assert(strlen(said) < TOKEN_SUMMARY_MAX);
}

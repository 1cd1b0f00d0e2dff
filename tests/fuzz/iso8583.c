/*
 * iso8583.c - any octets are a message or are refused with a sentence;
 * what was read is written again, and that reads the same and writes the
 * same.
 *
 * The first octet chooses how the link writes.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "settle_bank/profile.h"
#include "support/unhex.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const struct iso_coding *, const unsigned char *, size_t);
static void look_again(const struct iso_coding *, const struct iso_message *);
static void no_card(const struct iso_message *, const char *text);

static const struct iso_coding codings[] = {
	{ .odd = ISO_ODD_RIGHT_0 },
	{ .hex_bitmap = true, .odd = ISO_ODD_RIGHT_0 },
	{ .bcd = true, .odd = ISO_ODD_RIGHT_0 },
	{ .bcd = true, .odd = ISO_ODD_LEFT_0 },
	{ .bcd = true, .odd = ISO_ODD_RIGHT_F },
	{ .bcd = true, .hex_bitmap = true, .odd = ISO_ODD_RIGHT_F },
};

#define CODINGS (sizeof(codings) / sizeof(codings[0]))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	unsigned char *octets, *message;

	octets = unhex(data, size, &len);
	if (len > 0) {
		message = malloc(len);
		assert(message != NULL);
		memcpy(message, octets + 1, len - 1);
		message = realloc(message, len > 1 ? len - 1 : 1);
		assert(message != NULL);
		look(&codings[octets[0] % CODINGS], message, len - 1);
		free(message);
	}
	free(octets);
	return 0;
}

static void
look(const struct iso_coding *coding, const unsigned char *octets, size_t len)
{
	static struct iso_message message;
	struct till_error err;
	char dump[ISO_DUMP_MAX];

	if (iso_read(coding, octets, len, &message, &err) == -1) {
		assert(till_text_ok(err.text, sizeof(err.text) - 1));
		return;
	}
	assert(len >= iso_octets_min(coding));
	no_card(&message, iso_dump(&message, dump, sizeof(dump)));
	if (profile_check(&message, PROFILE_TO_BANK, &err) == -1)
		no_card(&message, err.text);
	(void)profile_check(&message, PROFILE_FROM_BANK, &err);
	assert(!profile_answers(&message, &message));
	look_again(coding, &message);
}

static void
look_again(const struct iso_coding *coding, const struct iso_message *message)
{
	static struct iso_message second;
	static unsigned char first[ISO_OCTETS_MAX], again[ISO_OCTETS_MAX];
	size_t first_len, again_len;
	struct till_error err;
	int i, r;

	r = iso_write(coding, message, first, sizeof(first), &first_len, &err);
	assert(r == 0);
	r = iso_read(coding, first, first_len, &second, &err);
	assert(r == 0);
	assert(strcmp(message->mti, second.mti) == 0);
	for (i = 2; i <= ISO_DE_MAX; i++) {
		assert(message->has[i] == second.has[i]);
		assert(!message->has[i] || iso_same(message, &second, i));
	}
	r = iso_write(coding, &second, again, sizeof(again), &again_len, &err);
	assert(r == 0 && first_len == again_len);
	assert(memcmp(first, again, first_len) == 0);
}

/* Where a whole card number is in the message, it is not in the text; one
 * that another element holds as well is not looked for. */
static void
no_card(const struct iso_message *message, const char *text)
{
	char card[20];
	const char *value;
	size_t len;

	value = iso_get(message, 2, &len);
	if (value == NULL || len < 13 || message->used > 2 * len)
		return;
	memcpy(card, value, len);
	card[len] = '\0';
	assert(strstr(text, card) == NULL);
}

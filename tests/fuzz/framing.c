/*
 * framing.c - a stream of any octets gives the same frames however the
 * network cuts it, and never more than came.
 *
 * The first octet chooses the framing, the second seeds the cuts.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "settle_bank/framing.h"
#include "support/unhex.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct heard {
	size_t frames, octets;
	unsigned long sum; /* of what the frames were */
	bool bad;
};

static void listen(const struct framing *, const unsigned char *, size_t,
    unsigned int seed, struct heard *);
static bool hear(struct framing_reader *, struct heard *);
static void add(struct heard *, const struct framing_frame *);
static void write_again(const struct framing *, const struct framing_frame *);

static const struct framing framings[] = {
	{ .length = FRAMING_BE2, .message_min = 12 },
	{ .length = FRAMING_BE2_INCLUSIVE, .message_min = 12 },
	{ .length = FRAMING_BCD2, .message_min = 10 },
	{ .length = FRAMING_ASCII4, .message_min = 20 },
	{ .length = FRAMING_BE4, .message_min = 12 },
	{ .length = FRAMING_BE2, .tpdu = true, .message_min = 10 },
	{ .length = FRAMING_BE2, .tpdu = true, .header = 7, .message_min = 1 },
};

#define FRAMINGS (sizeof(framings) / sizeof(framings[0]))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole, cut;
	size_t len;
	unsigned char *octets = unhex(data, size, &len);

	if (len >= 2) {
		const struct framing *framing = &framings[octets[0] % FRAMINGS];

		listen(framing, octets + 2, len - 2, 0, &whole);
		listen(framing, octets + 2, len - 2, octets[1] + 1u, &cut);
		assert(whole.frames == cut.frames && whole.sum == cut.sum);
		assert(whole.bad == cut.bad);
		assert(whole.octets <= len - 2);
	}
	free(octets);
	return 0;
}

/* Seed 0: as much at a time as there is space for. */
static void
listen(const struct framing *framing, const unsigned char *octets, size_t len,
    unsigned int seed, struct heard *heard)
{
	static struct framing_reader reader;
	struct till_error why;
	unsigned char *space;
	size_t at = 0, n;

	memset(heard, 0, sizeof(*heard));
	framing_begin(&reader, framing);
	while (at < len) {
		space = framing_space(&reader, &n);
		assert(n > 0);
		if (n > len - at)
			n = len - at;
		if (seed > 0) {
			seed = seed * 1103515245 + 12345;
			n = 1 + (seed >> 16) % n;
		}
		memcpy(space, octets + at, n);
		framing_took(&reader, n);
		at += n;
		if (!hear(&reader, heard))
			return;
	}
	framing_stuck(&reader, &why);
}

/* False if the connection is useless. */
static bool
hear(struct framing_reader *reader, struct heard *heard)
{
	struct framing_frame frame;
	struct till_error err;

	for (;;) {
		switch (framing_next(reader, &frame, &err)) {
		case FRAMING_MORE:
			return true;
		case FRAMING_MESSAGE:
			add(heard, &frame);
			write_again(reader->framing, &frame);
			break;
		case FRAMING_KEEPALIVE:
			heard->sum = heard->sum * 31 + 1;
			break;
		case FRAMING_BAD:
			heard->bad = true;
			assert(err.text[0] != '\0');
			return false;
		}
	}
}

static void
add(struct heard *heard, const struct framing_frame *frame)
{
	size_t i;

	heard->frames++;
	heard->octets += frame->len;
	assert(frame->len > 0 && frame->len <= FRAMING_MESSAGE_MAX);
	for (i = 0; i < frame->len; i++)
		heard->sum = heard->sum * 31 + frame->message[i];
}

static void
write_again(const struct framing *framing, const struct framing_frame *frame)
{
	static unsigned char octets[FRAMING_PREFIX_MAX + FRAMING_MESSAGE_MAX];
	struct till_error err;
	size_t len;
	int r;

	r = framing_write(framing, frame->tpdu, frame->message, frame->len,
	    octets, sizeof(octets), &len, &err);
	assert(r == 0);
	assert(len > frame->len);
	assert(
	    memcmp(octets + len - frame->len, frame->message, frame->len) == 0);
}

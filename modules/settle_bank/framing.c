/*
 * framing.c - lengths, TPDU and header around messages.
 *
 * The space for one frame is bounded, and a length beyond the bound ends
 * the connection at once instead of being waited for.
 */
#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>

#include "settle_bank/framing.h"

static size_t prefix_len(const struct framing *);
static size_t front_len(const struct framing *);
static int prefix_read(const struct framing *, const unsigned char *,
    size_t *len_r, struct till_error *);
static int be_read(const unsigned char *, size_t, size_t *);
static int bcd_read(const unsigned char *, size_t, size_t *);
static int ascii_read(const unsigned char *, size_t, size_t *);
static int length_ok(const struct framing *, size_t, struct till_error *);
static enum framing_result keepalive(struct framing_reader *,
    struct till_error *);
static void drop_taken(struct framing_reader *);
static void prefix_write(const struct framing *, size_t, unsigned char *);

void
framing_begin(struct framing_reader *reader, const struct framing *framing)
{
	assert(framing->header <= FRAMING_HEADER_MAX);
	memset(reader, 0, sizeof(*reader));
	reader->framing = framing;
}

void
framing_wipe(struct framing_reader *reader)
{
	OPENSSL_cleanse(reader, sizeof(*reader));
}

unsigned char *
framing_space(struct framing_reader *reader, size_t *size_r)
{
	drop_taken(reader);
	*size_r = sizeof(reader->octets) - reader->len;
	return reader->octets + reader->len;
}

void
framing_took(struct framing_reader *reader, size_t len)
{
	assert(
	    reader->taken == 0 && len <= sizeof(reader->octets) - reader->len);
	reader->len += len;
}

enum framing_result
framing_next(struct framing_reader *reader, struct framing_frame *frame,
    struct till_error *err)
{
	const struct framing *framing = reader->framing;
	const size_t prefix = prefix_len(framing);
	const unsigned char *at;
	size_t len;

	drop_taken(reader);
	memset(frame, 0, sizeof(*frame));
	if (reader->len < prefix)
		return FRAMING_MORE;
	at = reader->octets + prefix;
	if (prefix_read(framing, reader->octets, &len, err) == -1)
		return FRAMING_BAD;
	if (len == 0)
		return keepalive(reader, err);
	if (length_ok(framing, len, err) == -1)
		return FRAMING_BAD;
	if (reader->len - prefix < len)
		return FRAMING_MORE;
	if (framing->tpdu)
		memcpy(frame->tpdu, at, FRAMING_TPDU_LEN);
	frame->message = at + front_len(framing);
	frame->len = len - front_len(framing);
	reader->taken = prefix + len;
	reader->keepalives = 0;
	return FRAMING_MESSAGE;
}

/* The commonest mistake is to differ on whether a length counts itself;
 * then just its own octets are missing at the end. */
void
framing_stuck(const struct framing_reader *reader, struct till_error *why)
{
	const size_t prefix = prefix_len(reader->framing);
	const size_t has = reader->len - reader->taken;
	size_t len = 0;

	if (has == 0)
		till_error_set(why, "nothing came");
	else if (has < prefix ||
	    prefix_read(reader->framing, reader->octets + reader->taken, &len,
		why) == -1)
		till_error_set(why, "only a part of a length came");
	else if (has == len)
		till_error_set(why,
		    "the last %zu octets of a message are missing: the peer "
		    "seems to count the length's own octets; look at length=",
		    prefix);
	else
		till_error_set(why,
		    "%zu of a message's %zu octets came; look at length=",
		    has - prefix, len);
}

int
framing_write(const struct framing *framing, const unsigned char *tpdu,
    const unsigned char *message, size_t len, unsigned char *octets,
    size_t size, size_t *len_r, struct till_error *err)
{
	const size_t prefix = prefix_len(framing);
	const size_t front = len == 0 ? 0 : front_len(framing);

	if (len > FRAMING_MESSAGE_MAX - front || prefix + front + len > size)
		return till_fail(err, "a message of %zu octets is too long",
		    len);
	memset(octets, 0, prefix + front);
	prefix_write(framing, front + len, octets);
	if (framing->tpdu && len > 0 && tpdu != NULL)
		memcpy(octets + prefix, tpdu, FRAMING_TPDU_LEN);
	if (len > 0)
		memcpy(octets + prefix + front, message, len);
	*len_r = prefix + front + len;
	return 0;
}

void
framing_tpdu_swap(unsigned char tpdu[FRAMING_TPDU_LEN])
{
	unsigned char destination[2];

	memcpy(destination, tpdu + 1, 2);
	memcpy(tpdu + 1, tpdu + 3, 2);
	memcpy(tpdu + 3, destination, 2);
}

static size_t
prefix_len(const struct framing *framing)
{
	switch (framing->length) {
	case FRAMING_BE2:
	case FRAMING_BE2_INCLUSIVE:
	case FRAMING_BCD2:
		return 2;
	case FRAMING_ASCII4:
	case FRAMING_BE4:
		break;
	}
	return 4;
}

/* Octets between the length and the message. */
static size_t
front_len(const struct framing *framing)
{
	return (framing->tpdu ? FRAMING_TPDU_LEN : 0) + framing->header;
}

/* How many octets follow. */
static int
prefix_read(const struct framing *framing, const unsigned char *octets,
    size_t *len_r, struct till_error *err)
{
	const size_t prefix = prefix_len(framing);
	int r = -1;

	switch (framing->length) {
	case FRAMING_BE2:
	case FRAMING_BE4:
		r = be_read(octets, prefix, len_r);
		break;
	case FRAMING_BE2_INCLUSIVE:
		r = be_read(octets, prefix, len_r);
		if (*len_r >= prefix)
			*len_r -= prefix;
		else if (*len_r > 0)
			r = -1;
		break;
	case FRAMING_BCD2:
		r = bcd_read(octets, prefix, len_r);
		break;
	case FRAMING_ASCII4:
		r = ascii_read(octets, prefix, len_r);
		break;
	}
	if (r == -1)
		return till_fail(err,
		    "a frame does not begin with a length; "
		    "look at length=");
	return 0;
}

static int
be_read(const unsigned char *octets, size_t n, size_t *len_r)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++)
		len = len << 8 | octets[i];
	*len_r = len;
	return 0;
}

static int
bcd_read(const unsigned char *octets, size_t n, size_t *len_r)
{
	size_t i, len = 0;

	*len_r = 0;
	for (i = 0; i < n; i++) {
		if (octets[i] >> 4 > 9 || (octets[i] & 0xf) > 9)
			return -1;
		len = 100 * len + 10 * (size_t)(octets[i] >> 4) +
		    (octets[i] & 0xf);
	}
	*len_r = len;
	return 0;
}

static int
ascii_read(const unsigned char *octets, size_t n, size_t *len_r)
{
	size_t i, len = 0;

	*len_r = 0;
	for (i = 0; i < n; i++) {
		if (octets[i] < '0' || octets[i] > '9')
			return -1;
		len = 10 * len + (size_t)(octets[i] - '0');
	}
	*len_r = len;
	return 0;
}

static int
length_ok(const struct framing *framing, size_t len, struct till_error *err)
{
	if (len > FRAMING_MESSAGE_MAX)
		return till_fail(err,
		    "a frame of %zu octets is announced, but at most %d are "
		    "taken; look at length=",
		    len, FRAMING_MESSAGE_MAX);
	if (len < front_len(framing) + framing->message_min)
		return till_fail(err,
		    "a frame of %zu octets is shorter than any message, which "
		    "has %zu; look at length=, tpdu= and header=",
		    len, front_len(framing) + framing->message_min);
	return 0;
}

static enum framing_result
keepalive(struct framing_reader *reader, struct till_error *err)
{
	reader->taken = prefix_len(reader->framing);
	if (++reader->keepalives <= FRAMING_KEEPALIVES_MAX)
		return FRAMING_KEEPALIVE;
	till_error_set(err, "%d keep-alives came and nothing else",
	    FRAMING_KEEPALIVES_MAX);
	return FRAMING_BAD;
}

/* What the caller has had goes, wiped, and the rest moves up. */
static void
drop_taken(struct framing_reader *reader)
{
	const size_t rest = reader->len - reader->taken;

	if (reader->taken == 0)
		return;
	if (rest > 0)
		memmove(reader->octets, reader->octets + reader->taken, rest);
	OPENSSL_cleanse(reader->octets + rest, reader->taken);
	reader->len = rest;
	reader->taken = 0;
}

static void
prefix_write(const struct framing *framing, size_t len, unsigned char *octets)
{
	const size_t prefix = prefix_len(framing);
	size_t i, rest;

	if (framing->length == FRAMING_BE2_INCLUSIVE && len > 0)
		len += prefix;
	for (i = prefix, rest = len; i-- > 0;) {
		switch (framing->length) {
		case FRAMING_BE2:
		case FRAMING_BE2_INCLUSIVE:
		case FRAMING_BE4:
			octets[i] = (unsigned char)(rest & 0xff);
			rest >>= 8;
			break;
		case FRAMING_BCD2:
			octets[i] =
			    (unsigned char)(rest % 100 / 10 << 4 | rest % 10);
			rest /= 100;
			break;
		case FRAMING_ASCII4:
			octets[i] = (unsigned char)('0' + rest % 10);
			rest /= 10;
			break;
		}
	}
}

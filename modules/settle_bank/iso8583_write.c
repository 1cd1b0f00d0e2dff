/*
 * iso8583_write.c - from a message to octets.
 */
#include <string.h>

#include "settle_bank/iso8583.h"

#define BITMAP_OCTETS 16

struct sink {
	const struct iso_coding *coding;
	unsigned char *octets;
	size_t len, size;
	bool full;
};

static bool mti_ok(const char *);
static void write_bitmaps(struct sink *, const struct iso_message *);
static void write_element(struct sink *, const struct iso_element *,
    const char *value, size_t len);
static void write_length(struct sink *, const struct iso_element *, size_t);
static void write_digits(struct sink *, const char *, size_t len,
    bool variable);
static void put(struct sink *, const void *, size_t);
static void put_octet(struct sink *, unsigned int);

int
iso_write(const struct iso_coding *coding, const struct iso_message *message,
    unsigned char *octets, size_t size, size_t *len_r, struct till_error *err)
{
	struct sink sink = { .coding = coding,
		.octets = octets,
		.size = size < ISO_OCTETS_MAX ? size : ISO_OCTETS_MAX };
	const struct iso_element *element;
	const char *value;
	size_t len;
	int number;

	if (!mti_ok(message->mti))
		return till_fail(err,
		    "that is no message type of ISO "
		    "8583:1987");
	if (coding->bcd)
		write_digits(&sink, message->mti, ISO_MTI_LEN, false);
	else
		put(&sink, message->mti, ISO_MTI_LEN);
	write_bitmaps(&sink, message);
	for (number = 2; number <= ISO_DE_MAX; number++) {
		value = iso_get(message, number, &len);
		if (value == NULL)
			continue;
		element = iso_element(number);
		if (element == NULL)
			return till_fail(err,
			    "DE%d is not among the known elements", number);
		if (iso_check(element, value, len, err) == -1)
			return -1;
		write_element(&sink, element, value, len);
	}
	if (sink.full)
		return till_fail(err,
		    "the message does not fit into %zu octets", sink.size);
	*len_r = sink.len;
	return 0;
}

static bool
mti_ok(const char *mti)
{
	return strspn(mti, "0123456789") == ISO_MTI_LEN &&
	    mti[ISO_MTI_LEN] == '\0' && mti[0] == '0' && mti[1] != '0';
}

static void
write_bitmaps(struct sink *sink, const struct iso_message *message)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char bitmap[BITMAP_OCTETS] = { 0 };
	size_t octets = BITMAP_OCTETS / 2, i;
	int number;

	for (number = 2; number <= ISO_DE_MAX; number++) {
		if (!message->has[number])
			continue;
		bitmap[(number - 1) / 8] |=
		    (unsigned char)(0x80 >> (number - 1) % 8);
		if (number > ISO_DE_MAX / 2)
			octets = BITMAP_OCTETS;
	}
	if (octets == BITMAP_OCTETS)
		bitmap[0] |= 0x80;
	for (i = 0; i < octets; i++) {
		if (sink->coding->hex_bitmap) {
			put(sink, &hex[bitmap[i] >> 4], 1);
			put(sink, &hex[bitmap[i] & 0xf], 1);
		} else {
			put(sink, &bitmap[i], 1);
		}
	}
}

static void
write_element(struct sink *sink, const struct iso_element *element,
    const char *value, size_t len)
{
	const bool variable = element->length != ISO_FIXED;

	if (variable)
		write_length(sink, element, len);
	if (sink->coding->bcd && element->class == ISO_N) {
		write_digits(sink, value, len, variable);
	} else if (sink->coding->bcd && element->class == ISO_XN) {
		put(sink, value, 1);
		write_digits(sink, value + 1, len - 1, false);
	} else {
		put(sink, value, len);
	}
}

static void
write_length(struct sink *sink, const struct iso_element *element, size_t len)
{
	const char text[] = { '0', (char)('0' + len / 100),
		(char)('0' + len / 10 % 10), (char)('0' + len % 10) };
	const size_t digits = element->length == ISO_LL ? 2 : 3;

	if (sink->coding->bcd)
		write_digits(sink, text + 4 - (digits + 1) / 2 * 2,
		    (digits + 1) / 2 * 2, false);
	else
		put(sink, text + 4 - digits, digits);
}

static void
write_digits(struct sink *sink, const char *digits, size_t len, bool variable)
{
	const bool odd = len % 2 == 1;
	const bool left =
	    odd && (!variable || sink->coding->odd == ISO_ODD_LEFT_0);
	const unsigned int filler =
	    sink->coding->odd == ISO_ODD_RIGHT_F ? 0xf : 0;
	unsigned int high, low;
	size_t i = 0;

	if (left)
		put_octet(sink, (unsigned int)(digits[i++] - '0'));
	for (; i < len; i += 2) {
		high = (unsigned int)(digits[i] - '0');
		low =
		    i + 1 < len ? (unsigned int)(digits[i + 1] - '0') : filler;
		put_octet(sink, high << 4 | low);
	}
}

static void
put(struct sink *sink, const void *octets, size_t len)
{
	if (len > sink->size - sink->len) {
		sink->full = true;
		return;
	}
	if (len > 0)
		memcpy(sink->octets + sink->len, octets, len);
	sink->len += len;
}

static void
put_octet(struct sink *sink, unsigned int value)
{
	const unsigned char octet = (unsigned char)value;

	put(sink, &octet, 1);
}

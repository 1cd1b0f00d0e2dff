/*
 * iso8583_read.c - from octets to a message, or to what is wrong.
 *
 * What a peer sends may be anything at all: each octet is looked at where
 * it lies, against the length that is left.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "settle_bank/iso8583.h"

#define BITMAP_OCTETS 16 /* both bitmaps */
#define VALUE_MAX 1000 /* more than the longest element has */

struct cursor {
	const struct iso_coding *coding;
	const unsigned char *octets;
	size_t at, len;
	struct till_error *err;
};

static int read_all(struct cursor *, struct iso_message *);
static int read_mti(struct cursor *, struct iso_message *);
static int read_bitmaps(struct cursor *, unsigned char *bitmap);
static int read_bitmap_octet(struct cursor *, unsigned char *octet_r);
static int hex_digit(unsigned char);
static bool is_set(const unsigned char *bitmap, int number);
static int read_element(struct cursor *, int number, struct iso_message *);
static int read_length(struct cursor *, const struct iso_element *, size_t *);
static int read_value(struct cursor *, const struct iso_element *, size_t len,
    char *value);
static bool unpack(const struct iso_coding *, const unsigned char *,
    size_t digits, bool variable, char *text);
static bool pads_left(const struct iso_coding *, bool variable);
static int cut(struct cursor *, int number, const char *name, size_t want);

size_t
iso_octets_min(const struct iso_coding *coding)
{
	return (coding->bcd ? (size_t)ISO_MTI_LEN / 2 : ISO_MTI_LEN) +
	    (coding->hex_bitmap ? (size_t)BITMAP_OCTETS : BITMAP_OCTETS / 2);
}

int
iso_read(const struct iso_coding *coding, const unsigned char *octets,
    size_t len, struct iso_message *message, struct till_error *err)
{
	struct cursor cursor = { .coding = coding,
		.octets = octets,
		.len = len,
		.err = err };

	if (read_all(&cursor, message) == 0)
		return 0;
	iso_wipe(message);
	return -1;
}

static int
read_all(struct cursor *cursor, struct iso_message *message)
{
	unsigned char bitmap[BITMAP_OCTETS] = { 0 };
	int number;

	if (cursor->len > ISO_OCTETS_MAX)
		return till_fail(cursor->err,
		    "a message has at most %d octets, not %zu", ISO_OCTETS_MAX,
		    cursor->len);
	if (read_mti(cursor, message) == -1 ||
	    read_bitmaps(cursor, bitmap) == -1)
		return -1;
	for (number = 2; number <= ISO_DE_MAX; number++) {
		if (is_set(bitmap, number) &&
		    read_element(cursor, number, message) == -1)
			return -1;
	}
	if (cursor->at != cursor->len)
		return till_fail(cursor->err,
		    "octet %zu: the message ends here, but %zu octets follow; "
		    "look at bitmap= and numbers=",
		    cursor->at, cursor->len - cursor->at);
	return 0;
}

/* Version 0 is that of 1987, and class 0 is reserved. */
static int
read_mti(struct cursor *cursor, struct iso_message *message)
{
	const size_t octets =
	    cursor->coding->bcd ? ISO_MTI_LEN / 2 : ISO_MTI_LEN;
	char mti[ISO_MTI_LEN + 1] = "";
	size_t i;

	iso_begin(message, "0000");
	if (cursor->len < octets)
		return till_fail(cursor->err,
		    "octet %zu: the message type is cut short", cursor->len);
	if (!cursor->coding->bcd)
		memcpy(mti, cursor->octets, octets);
	else if (!unpack(cursor->coding, cursor->octets, ISO_MTI_LEN, false,
		     mti))
		mti[0] = 'x';
	for (i = 0; i < ISO_MTI_LEN; i++) {
		if (mti[i] < '0' || mti[i] > '9')
			return till_fail(cursor->err,
			    "octet 0: the message type is not four digits; "
			    "look at numbers= and header=");
	}
	if (mti[0] != '0' || mti[1] == '0')
		return till_fail(cursor->err,
		    "octet 0: %s is no message type of ISO 8583:1987; look at "
		    "numbers= and header=",
		    mti);
	memcpy(message->mti, mti, sizeof(mti));
	cursor->at = octets;
	return 0;
}

static int
read_bitmaps(struct cursor *cursor, unsigned char *bitmap)
{
	size_t octets = BITMAP_OCTETS / 2, i;

	for (i = 0; i < octets; i++) {
		if (read_bitmap_octet(cursor, &bitmap[i]) == -1)
			return -1;
		if (i == 0 && (bitmap[0] & 0x80) != 0)
			octets = BITMAP_OCTETS;
	}
	if (is_set(bitmap, 65))
		return till_fail(cursor->err,
		    "octet %zu: DE65 would be a third bitmap, which ISO "
		    "8583:1987 has not; look at bitmap=",
		    cursor->at);
	return 0;
}

static int
read_bitmap_octet(struct cursor *cursor, unsigned char *octet_r)
{
	const size_t want = cursor->coding->hex_bitmap ? 2 : 1;
	const unsigned char *octets = cursor->octets + cursor->at;
	int high, low;

	if (cursor->len - cursor->at < want)
		return cut(cursor, 1, "bitmap", want);
	if (!cursor->coding->hex_bitmap) {
		*octet_r = octets[0];
	} else {
		high = hex_digit(octets[0]);
		low = hex_digit(octets[1]);
		if (high == -1 || low == -1)
			return till_fail(cursor->err,
			    "octet %zu: DE1 (bitmap) is not hexadecimal in "
			    "capitals; look at bitmap=",
			    cursor->at);
		*octet_r = (unsigned char)(16 * high + low);
	}
	cursor->at += want;
	return 0;
}

static int
hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
is_set(const unsigned char *bitmap, int number)
{
	return (bitmap[(number - 1) / 8] & 0x80 >> (number - 1) % 8) != 0;
}

static int
read_element(struct cursor *cursor, int number, struct iso_message *message)
{
	const struct iso_element *element = iso_element(number);
	const size_t began = cursor->at;
	struct till_error why;
	char value[VALUE_MAX];
	size_t len = 0;
	int r;

	if (element == NULL)
		return till_fail(cursor->err,
		    "octet %zu: DE%d is not among the known elements; look at "
		    "bitmap=",
		    began, number);
	if (read_length(cursor, element, &len) == -1 ||
	    read_value(cursor, element, len, value) == -1)
		return -1;
	r = iso_put(message, number, value, len, &why);
	OPENSSL_cleanse(value, len);
	if (r == 0)
		return 0;
	return till_fail(cursor->err, "octet %zu: %s", began, why.text);
}

static int
read_length(struct cursor *cursor, const struct iso_element *element,
    size_t *len_r)
{
	const struct iso_coding *coding = cursor->coding;
	const size_t digits = element->length == ISO_LL ? 2 : 3;
	const size_t octets = coding->bcd ? (digits + 1) / 2 : digits;
	char text[ISO_MTI_LEN + 1] = "";
	size_t i, len = 0;

	*len_r = element->max;
	if (element->length == ISO_FIXED)
		return 0;
	if (cursor->len - cursor->at < octets)
		return cut(cursor, element->number, element->name, octets);
	if (!coding->bcd)
		memcpy(text, cursor->octets + cursor->at, octets);
	else if (!unpack(coding, cursor->octets + cursor->at, 2 * octets, false,
		     text))
		text[0] = 'x';
	for (i = 0; i < (coding->bcd ? 2 * octets : octets); i++) {
		if (text[i] < '0' || text[i] > '9')
			return till_fail(cursor->err,
			    "octet %zu: the length of DE%d (%s) is no number; "
			    "look at numbers=",
			    cursor->at, element->number, element->name);
		len = 10 * len + (size_t)(text[i] - '0');
	}
	if (len > element->max)
		return till_fail(cursor->err,
		    "octet %zu: DE%d (%s) has at most %zu characters, not %zu",
		    cursor->at, element->number, element->name, element->max,
		    len);
	cursor->at += octets;
	*len_r = len;
	return 0;
}

static int
read_value(struct cursor *cursor, const struct iso_element *element, size_t len,
    char *value)
{
	const struct iso_coding *coding = cursor->coding;
	const unsigned char *octets = cursor->octets + cursor->at;
	const bool variable = element->length != ISO_FIXED;
	const bool digits = coding->bcd && element->class == ISO_N;
	const bool sign = coding->bcd && element->class == ISO_XN;
	const size_t want = digits ? (len + 1) / 2 : sign ? 1 + len / 2 : len;
	bool well = true;

	if (cursor->len - cursor->at < want)
		return cut(cursor, element->number, element->name, want);
	if (digits) {
		well = unpack(coding, octets, len, variable, value);
	} else if (sign) {
		value[0] = (char)octets[0];
		well = unpack(coding, octets + 1, len - 1, false, value + 1);
	} else if (len > 0) {
		memcpy(value, octets, len);
	}
	if (!well)
		return till_fail(cursor->err,
		    "octet %zu: DE%d (%s) is not packed digits with their "
		    "filler; look at numbers= and odd=",
		    cursor->at, element->number, element->name);
	cursor->at += want;
	return 0;
}

/* Digits packed two to an octet; the filler of an odd number counts. */
static bool
unpack(const struct iso_coding *coding, const unsigned char *octets,
    size_t digits, bool variable, char *text)
{
	const bool odd = digits % 2 == 1;
	const bool left = odd && pads_left(coding, variable);
	const unsigned int filler =
	    odd && !left && coding->odd == ISO_ODD_RIGHT_F ? 0xf : 0;
	const size_t nibbles = digits + odd;
	unsigned int nibble;
	size_t i, n = 0;

	for (i = 0; i < nibbles; i++) {
		nibble = i % 2 == 0 ? octets[i / 2] >> 4 : octets[i / 2] & 0xf;
		if (odd && i == (left ? 0 : nibbles - 1)) {
			if (nibble != filler)
				return false;
			continue;
		}
		if (nibble > 9)
			return false;
		text[n++] = (char)('0' + nibble);
	}
	return true;
}

static bool
pads_left(const struct iso_coding *coding, bool variable)
{
	return !variable || coding->odd == ISO_ODD_LEFT_0;
}

static int
cut(struct cursor *cursor, int number, const char *name, size_t want)
{
	return till_fail(cursor->err,
	    "octet %zu: DE%d (%s) needs %zu octets, but %zu are left; look at "
	    "numbers= and bitmap=",
	    cursor->at, number, name, want, cursor->len - cursor->at);
}

/*
 * iso8583.h - messages of ISO 8583:1987: what the octets of one mean.
 *
 * A table of data elements drives reading, writing and checking alike, so
 * that whatever is read can be written again.  Pure functions; framing.h
 * has what is around a message, profile.h what must be in it.
 *
 * A message may hold a card number.  Whoever owns one wipes it; texts of
 * errors and dumps never tell more of a secret element than they may.
 */
#ifndef SETTLE_BANK_ISO8583_H
#define SETTLE_BANK_ISO8583_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#define ISO_MTI_LEN 4 /* digits of a message type */
#define ISO_DE_MAX 128 /* number of the last data element */
#define ISO_TEXT_MAX 4096 /* octets of all elements of a message */
#define ISO_OCTETS_MAX 4096 /* octets of a message on the line */
#define ISO_DUMP_MAX 8192 /* what iso_dump writes at most, with its NUL */

enum iso_class {
	ISO_N = 1, /* digits */
	ISO_AN, /* letters, digits and blanks */
	ISO_ANS, /* printable ASCII */
	ISO_XN, /* C or D, then digits */
	ISO_B /* octets */
};

enum iso_length {
	ISO_FIXED = 1,
	ISO_LL, /* two digits say how long it is */
	ISO_LLL /* three */
};

enum iso_form {
	ISO_ANY = 1,
	ISO_NOT_EMPTY,
	ISO_MMDDHHMMSS,
	ISO_HHMMSS,
	ISO_MMDD,
	ISO_YYMM
};

enum iso_show {
	ISO_OPEN = 1,
	ISO_LAST_FOUR, /* and the first six from 16 characters on */
	ISO_HIDDEN
};

struct iso_element {
	int number;
	enum iso_class class;
	enum iso_length length;
	enum iso_form form;
	size_t max; /* characters, or octets of ISO_B; fixed: just so many */
	enum iso_show show;
	const char *name;
};

/* One of the 44 elements that are known here; NULL if it is none. */
const struct iso_element *iso_element(int number);

/* How the parties of a link write. */
enum iso_odd {
	ISO_ODD_RIGHT_0 = 1, /* pad a variable field of odd length */
	ISO_ODD_LEFT_0,
	ISO_ODD_RIGHT_F
};

struct iso_coding {
	bool bcd; /* digits and lengths packed, two to an octet; else ASCII */
	bool hex_bitmap; /* 16 hexadecimal characters; else eight octets */
	enum iso_odd odd; /* with bcd; fixed odd fields have a 0 on the left */
};

/* Octets of the shortest message: type and one bitmap. */
size_t iso_octets_min(const struct iso_coding *);

struct iso_message {
	char mti[ISO_MTI_LEN + 1];
	bool has[ISO_DE_MAX + 1];
	uint16_t at[ISO_DE_MAX + 1], len[ISO_DE_MAX + 1];
	size_t used;
	char text[ISO_TEXT_MAX];
};

/* Empty, of a type: four digits, "0200". */
void iso_begin(struct iso_message *, const char *mti);
void iso_wipe(struct iso_message *);

/*
 * Put an element in; the octets are copied.  -1 if there is no such
 * element, it is there already, or the value does not fit it.
 */
int iso_put(struct iso_message *, int number, const char *value, size_t len,
    struct till_error *err);
int iso_put_text(struct iso_message *, int number, const char *value,
    struct till_error *err);

/* The octets of an element, without a NUL; NULL if it is not there. */
const char *iso_get(const struct iso_message *, int number, size_t *len_r);
/* Is it there, and is it this text? */
bool iso_is(const struct iso_message *, int number, const char *value);
/* Both have it, and the same. */
bool iso_same(const struct iso_message *, const struct iso_message *,
    int number);

/*
 * Read one message that is these octets, all of them.  Refused, with the
 * element, the octet's number from 0, what should have been there and the
 * link's setting that may be wrong: what is cut short or goes on, elements
 * that are unknown, values that do not fit.  An empty second bitmap is
 * taken; iso_write never makes one.  After -1 the message is wiped.
 */
int iso_read(const struct iso_coding *, const unsigned char *octets, size_t len,
    struct iso_message *message_r, struct till_error *err);

/* Write a message; -1 if it does not fit into size. */
int iso_write(const struct iso_coding *, const struct iso_message *,
    unsigned char *octets, size_t size, size_t *len_r, struct till_error *err);

/* For a person: a line for each element, secrets masked.  Returns buf. */
const char *iso_dump(const struct iso_message *, char *buf, size_t size);

/* As iso_dump shows one value; returns buf.  Any size will do. */
const char *iso_mask(enum iso_show, const char *value, size_t len, char *buf,
    size_t size);

/* The value as that element must be: one check for both directions. */
int iso_check(const struct iso_element *, const char *value, size_t len,
    struct till_error *err);

#endif

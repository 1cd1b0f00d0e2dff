/*
 * vectors.h - the messages of tests/vectors/iso8583.json, which
 * independent implementations agree on, and those that must be refused.
 */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <jansson.h>

#include "settle_bank/framing.h"
#include "settle_bank/iso8583.h"

#define VECTOR_OCTETS_MAX 8192

struct vector {
	const char *id;
	const char *encoding; /* "bcd", "frame: ..." */
	const char *layer; /* "codec", "profile", "frame", or "" */
	const char *note; /* what it is, or why it is refused */
	bool accept;
	const json_t *fields; /* "0" is the type; or NULL */
	unsigned char octets[VECTOR_OCTETS_MAX];
	size_t len;
};

/* Call each for all of them; fails the test if the file is not there.
 * How many there were. */
size_t vectors_each(void (*each)(const struct vector *, void *arg), void *arg);

/* The coding that a vector's encoding names; false if it names a framing. */
bool vector_coding(const struct vector *, struct iso_coding *coding_r);
/* The framing that it names. */
void vector_framing(const struct vector *, struct framing *framing_r);

/* Octets from hexadecimal text; fails the test if it is none. */
size_t vector_hex(const char *text, unsigned char *octets, size_t size);

/* The message has just these fields. */
void vector_same(const struct vector *, const struct iso_message *);

#endif

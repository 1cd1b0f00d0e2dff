/*
 * cbor.h - read CBOR (RFC 8949) as authenticators write it.
 *
 * Strict, as CTAP2's canonical form: definite lengths, numbers in their
 * shortest form, no tags, no floating point.  A reader walks octets that
 * stay the caller's; once something was wrong it stays failed, gives
 * zeros, and nothing is read beyond its end.
 */
#ifndef SMARTCARD_CBOR_H
#define SMARTCARD_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBOR_DEPTH_MAX 4 /* CTAP 2.1, 8: maps and arrays in each other */

struct cbor {
	const unsigned char *at;
	size_t left;
	bool failed;
};

struct cbor cbor_of(const unsigned char *data, size_t len);

/* Number of pairs of the map that begins here. */
uint64_t cbor_map(struct cbor *);
/* A whole number of at most 63 bits. */
int64_t cbor_int(struct cbor *);
/* Point into what is read; NULL if failed. */
const unsigned char *cbor_bytes(struct cbor *, size_t *len_r);
const unsigned char *cbor_text(struct cbor *, size_t *len_r);
/* One value of any kind, with all that is in it. */
void cbor_skip(struct cbor *);

#endif

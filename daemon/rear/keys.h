/*
 * keys.h - the seal keys of this payment server.
 *
 * current.pem signs; next.pem is published before its time, so that
 * merchants have it when it begins to sign; past-N.pem stay published
 * for those who check old vouchers.  keys_create is in rear.h.
 */
#ifndef REAR_KEYS_H
#define REAR_KEYS_H

#include <stddef.h>

#include <till/error.h>
#include <till/key.h>

#define KEYS_PAST_MAX 8 /* past keys that are still published */

struct keys;

/* All keys at one moment; immutable and counted. */
struct keyring {
	struct till_key *current, *next;
	struct till_key *past[KEYS_PAST_MAX]; /* newest first */
	size_t past_len;
	char *jwks; /* next, current, past: RFC 7517, section 5 */
	unsigned int refs; /* atomic */
};

/* dir is the state dir; the keys are in keys/.  -1 if the current one is
 * missing; a missing next one is made, as a rotation that was cut short
 * leaves none. */
int keys_open(const char *dir, struct keys **keys_r, struct till_error *err);
void keys_free(struct keys *); /* NULL is fine */

struct keyring *keys_ring(struct keys *);
void keyring_unref(struct keyring *); /* NULL is fine */

/* current becomes past, next current, and a new next is made.  At every
 * moment, also after a crash, the files are a whole set of keys. */
int keys_rotate(struct keys *, struct till_error *err);

#endif

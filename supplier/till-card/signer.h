/*
 * signer.h - a card that signs, whichever way it is reached.
 *
 * A card is opened by what is public on it.  Its PIN is given once, for
 * one signature; nothing here tries a PIN a second time.
 */
#ifndef SIGNER_H
#define SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <till/error.h>

#include "pubkey.h"

#define SIGNER_NAME_MAX 200
#define SIGNER_CERTIFICATE_MAX 4096
#define SIGNER_PIN_MAX 64 /* octets, without a NUL */
#define SIGNER_TRIES_UNKNOWN (-1)

/* Where the card is; members that are NULL choose nothing. */
struct signer_place {
	const char *reader; /* PC/SC: a part of the reader's name */
	unsigned char slot; /* PIV: 0x9a, 0x9c, 0x9d, 0x9e */
	const char *module; /* PKCS #11: the module's path; else PC/SC */
	const char *token; /* its token's label */
	const char *label; /* the key's label */
	const char *id; /* the key's id, in hexadecimal digits */
};

enum signer_end {
	SIGNER_NONE = 0,
	SIGNER_SIGNED,
	SIGNER_WRONG_PIN,
	SIGNER_BLOCKED, /* no PIN is taken any more */
	SIGNER_FAILED /* no card, not this card, it does not sign */
};

struct signature {
	size_t len;
	unsigned char octets[PUBKEY_SIGNATURE_MAX]; /* as JOSE has it */
};

struct signer;

/* A way to reach cards; what is behind a signer's self is its own. */
struct signer_way {
	enum signer_end (*sign)(struct signer *, const char *pin,
	    const unsigned char hash[PUBKEY_HASH], struct signature *,
	    struct till_error *);
	void (*close)(struct signer *);
};

struct signer {
	const struct signer_way *way;
	void *self;
	char name[SIGNER_NAME_MAX]; /* for a person */
	struct pubkey pub;
	unsigned char certificate[SIGNER_CERTIFICATE_MAX];
	size_t certificate_len; /* 0: it has none */
	int tries; /* PINs that may yet be wrong, or SIGNER_TRIES_UNKNOWN */
};

/* Find one card and one key there.  Fails if there is none, or more than
 * one of which the place chooses none.  Freed with signer_close. */
int signer_open(const struct signer_place *, struct signer **signer_r,
    struct till_error *);
void signer_close(struct signer *); /* NULL is fine */

/*
 * Sign a hash.  Only SIGNER_SIGNED writes the signature, which was
 * compared with the public key; everything else says why in *err.  tries
 * is what is left afterwards.
 */
enum signer_end signer_sign(struct signer *, const char *pin,
    const unsigned char hash[PUBKEY_HASH], struct signature *,
    struct till_error *);

/* What there is, a line each: readers and their cards, or tokens and
 * their keys. */
int signer_list(const struct signer_place *, FILE *, struct till_error *);

/* The two ways; signer_open asks them. */
int pcsc_open(const struct signer_place *, struct signer *,
    struct till_error *);
int pcsc_list(const struct signer_place *, FILE *, struct till_error *);
int p11_open(const struct signer_place *, struct signer *, struct till_error *);
int p11_list(const struct signer_place *, FILE *, struct till_error *);

#endif

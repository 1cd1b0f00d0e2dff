/*
 * mint.h - the installation's own secret and what is derived from it.
 *
 * keys/secret holds 32 random octets, made once with the first seal key.
 * Idempotency keys and the customers' pairwise ids come from it, so it
 * must never change as long as the ledger lives.
 */
#ifndef REAR_MINT_H
#define REAR_MINT_H

#include <stddef.h>

#include <till/error.h>

#define MINT_SIZE 32
#define MINT_SUB_MAX 30 /* a pairwise id of 22 characters, with NUL */

struct mint;

/* Make the file in the key folder unless it is there. */
int mint_create(const char *folder, struct till_error *err);
/* dir is the state dir, which has the key folder. */
int mint_open(const char *dir, struct mint **mint_r, struct till_error *err);
void mint_free(struct mint *); /* wipes; NULL is fine */

/*
 * HMAC-SHA-256 (RFC 2104) over a purpose and parts (ends with NULL), each
 * with its NUL, so that no two lists of parts read the same.  -1 if the
 * library fails, as it may out of memory.
 */
int mint_mac(const struct mint *, const char *purpose, const char *const *parts,
    unsigned char mac_r[MINT_SIZE]);

/* The customer's id for one merchant: base64url of the first 16 octets
 * of the MAC over both ids.  Two merchants cannot compare theirs. */
int mint_sub(const struct mint *, const char *mid, const char *cid,
    char sub_r[MINT_SUB_MAX]);

#endif

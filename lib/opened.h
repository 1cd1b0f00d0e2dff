/*
 * opened.h - from a signed token to what it says, in one block of memory.
 */
#ifndef OPENED_H
#define OPENED_H

#include <stddef.h>

#include "claims.h"
#include "jws.h"

/* Fill a block, all zero before, from the claims. */
typedef int opened_read(const struct jws *, struct claims *, void *block,
    struct till_error *err);

/*
 * Verify a token as jws_open does and read its payload into a block of
 * size octets, behind which the strings of the claims lie.  *block_r is
 * freed with free; -1 leaves nothing behind.
 */
int opened_new(const char *token, size_t len, const char *const *types,
    till_key_find *find, void *arg, size_t size, opened_read *read,
    void **block_r, struct till_error *err);

#endif

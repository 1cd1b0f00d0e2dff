/*
 * base64url.h - base64url without padding (RFC 4648, section 5).
 */
#ifndef BASE64URL_H
#define BASE64URL_H

#include <stddef.h>

/* Octets of the encoding of n octets, with its NUL. */
#define BASE64URL_SIZE(n) (((n)*4 + 2) / 3 + 1)

/* Encode n octets; out has BASE64URL_SIZE(n).  Returns the length
 * without the NUL that is put behind it. */
size_t base64url_encode(const void *in, size_t n, char *out);

/*
 * Decode strictly: no padding, no other alphabet, no bits set past the
 * last octet.  -1 for that or if more than size octets come out.  out may
 * be in: what is read is never overwritten before.
 */
int base64url_decode(const char *in, size_t n, void *out, size_t size,
    size_t *len_r);

#endif

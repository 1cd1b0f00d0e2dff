/*
 * pkey.h - OpenSSL's public keys, of the numbers that they are.
 */
#ifndef PKEY_H
#define PKEY_H

#include <openssl/evp.h>

#include <stddef.h>

#define PKEY_COORDINATE 32 /* octets of a coordinate of P-256 */
#define PKEY_NUMBER_MAX 512 /* of an RSA key's: 4096 bits */

/* A key of P-256, by the coordinates of its point (RFC 7518, 6.2.1), each of
 * PKEY_COORDINATE octets.  The caller frees it.  NULL: it is no point of the
 * curve, or there is no memory. */
EVP_PKEY *pkey_of_point(const unsigned char *x, const unsigned char *y);

/* An RSA key, by its modulus and exponent (RFC 7518, 6.3.1), most significant
 * octet first; whether they are sound is not looked at.  The caller frees it.
 * NULL: a number has no octets or too many, or there is no memory. */
EVP_PKEY *pkey_of_modulus(const unsigned char *n, size_t n_len,
    const unsigned char *e, size_t e_len);

#endif

/*
 * sha256.h - SHA-256 (FIPS 180-4) of one string.
 */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

#define SHA256_SIZE 32

/* -1 if the library that computes it fails, as it may out of memory. */
int sha256(const void *data, size_t len, unsigned char out[SHA256_SIZE]);

#endif

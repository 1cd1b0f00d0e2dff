/*
 * hash.h - where in a table of this process a text belongs.
 *
 * FNV-1a: quick and good enough for tables whose keys are verified
 * before they are entered, or which are random themselves.
 */
#ifndef REAR_HASH_H
#define REAR_HASH_H

#include <stdint.h>

/* Over text and its NUL, going on from another hash; begin with 0. */
static inline uint64_t
hash_text(uint64_t hash, const char *text)
{
	hash ^= UINT64_C(14695981039346656037);
	do {
		hash ^= (unsigned char)*text;
		hash *= UINT64_C(1099511628211);
	} while (*text++ != '\0');
	return hash;
}

#endif

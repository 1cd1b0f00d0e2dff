/*
 * utf8.h - characters of a text that may not be one.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/* Octets of the UTF-8 character (RFC 3629) at p, of which left can be
 * read; 0 if there is none, or a NUL. */
size_t utf8_len(const unsigned char *p, size_t left);

#endif

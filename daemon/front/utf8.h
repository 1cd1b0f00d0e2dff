/*
 * utf8.h - is this well-formed UTF-8 (RFC 3629)?
 */
#ifndef FRONT_UTF8_H
#define FRONT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_ok(const char *text, size_t len);
/* Octets of the longest prefix of at most max characters. */
size_t utf8_prefix(const char *text, size_t max);

#endif

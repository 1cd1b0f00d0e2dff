/*
 * printable.h - text that is safe to show on a terminal or in a log.
 */
#ifndef CONFIG_PRINTABLE_H
#define CONFIG_PRINTABLE_H

#include <stddef.h>

/* Octets of the character at p, or 0 if it is a control, invisible, turns
 * the writing direction or is not UTF-8 at all.  Stops at a NUL. */
size_t printable_len(const char *p);

/* Replace by '?' every octet that is not part of a printable character. */
void printable(char *text);

#endif

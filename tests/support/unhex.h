/*
 * unhex.h - octets that a file keeps as text.
 */
#ifndef SUPPORT_UNHEX_H
#define SUPPORT_UNHEX_H

#include <stddef.h>

/*
 * The octets of a fuzzer's input: one that begins with "hex " is read as
 * pairs of digits, so that a corpus is text; any other is taken as it
 * is.  The block is exactly as large as what is in it, so that a read
 * beyond it shows; freed with free.
 */
unsigned char *unhex(const unsigned char *data, size_t size, size_t *len_r);

#endif

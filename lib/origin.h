/*
 * origin.h - of which web origin an address is (RFC 6454).
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stddef.h>

#define ORIGIN_HOST_MAX 254 /* a name of RFC 1035, with a NUL */
#define ORIGIN_MAX (sizeof("https://:65535") + ORIGIN_HOST_MAX - 1)

/*
 * The ASCII serialization (section 6.2) of an address that till_url_ok
 * takes: scheme and host in small letters, and the port if it is not the
 * scheme's own; "" for any other address.  Returns its length.
 */
size_t origin_of(const char *url, char origin_r[ORIGIN_MAX]);

#endif

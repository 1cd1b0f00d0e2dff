/*
 * address.h - where the front unit listens, as text.
 */
#ifndef SUPER_ADDRESS_H
#define SUPER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

/*
 * Check "127.0.0.1:8080", "[::1]:0" or "unix:/path" and write it to
 * text_r, a port 0 replaced by one that was free a moment ago: the rear
 * unit must know the address before the front has it, and a front that
 * is started again must have the same.
 */
int address_resolve(const char *address, char *text_r, size_t size,
    struct till_error *err);

/* Are both the same place to listen at: a port of one address, or of one
 * and all of them, or a socket?  What cannot be read is not. */
bool address_is_same(const char *a, const char *b);

/* The issuer of a server that is told none: the URL of the address where it
 * listens.  -1 if only the operator can know that. */
int address_issuer(const char *listen, bool tls, char *url_r, size_t size,
    struct till_error *err);

/* The URL of a loopback address; -1 for any other, whose URL only the
 * operator knows. */
int address_url(const char *address, bool tls, char *url_r, size_t size);

#endif

/*
 * lookup.h - the addresses of a name, without waiting for a name server.
 */
#ifndef SETTLE_BANK_LOOKUP_H
#define SETTLE_BANK_LOOKUP_H

#include <stdbool.h>

#include <till/error.h>

struct addrinfo;
struct lookup;

/* Numbers are known at once; for a name a thread is started.  NULL: *err. */
struct lookup *lookup_begin(const char *host, const char *port,
    struct till_error *err);

/* 0: these, which live until lookup_end; 1: not yet; -1: *err. */
int lookup_look(struct lookup *, const struct addrinfo **addresses_r,
    struct till_error *err);

/* Done with it; a thread that still asks ends by itself. NULL is fine. */
void lookup_end(struct lookup *);

/* An address, not a name. */
bool lookup_is_number(const char *host);

#endif

/*
 * tries.h - failed tries to show who one is, by where they came from.
 *
 * Whoever guesses must not lock out the one whose password it is: so tries
 * are counted apart by place, which is a known browser of the customer's,
 * or else the network that the try came from.  And whoever guesses must
 * see the same of an id that is unknown as of one that is known: both are
 * counted here.  What is made up without end must not be kept without end:
 * the table is bounded, and where it is full the place with the fewest
 * failures makes room.
 *
 * Whoever tries one password with many names, or makes up names, has few
 * failures with each.  So a network is bounded over all names as well, in a
 * table of its own, which no names fill.
 */
#ifndef REAR_TRIES_H
#define REAR_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#include <till/module.h>

#define TRIES_MAX 16384 /* 48 octets each */
#define TRIES_PLACE_MAX 80
/* The place where all count, whoever succeeds meanwhile, for a day at a
 * time.  A try that succeeds is not among them. */
#define TRIES_ALL "all"
#define TRIES_ALL_MS (INT64_C(24) * 3600 * 1000)
#define TRIES_CROWD "crowd"
/* After so many failures, from anywhere, the networks that are not known yet
 * are one place: a guesser with many networks has the tries of one more.
 * Who succeeds from there has his own network known, and leaves that place
 * as it is for the others. */
#define TRIES_CROWD_MIN 50
/* So many failures with whatever names a network may have.  With more a try
 * waits after the last failure, twice as long with each, up to a minute; and
 * there is one at a time.  Each minute one failure is forgiven: so the people
 * of a large network who mistype are not held up, and a guesser has the tries
 * of one a minute. */
#define TRIES_NETWORK_FREE 50
#define TRIES_NETWORK_DELAY_MS 1000
#define TRIES_NETWORK_DELAY_MAX_MS (60 * 1000)
#define TRIES_NETWORK_FORGIVE_MS (60 * 1000)

struct tries;

struct tries *tries_new(size_t max); /* NULL: out of memory, or of chance */
void tries_free(struct tries *); /* NULL is fine */

/* The failures at this place so far; none is all zero. */
void tries_get(struct tries *, const char *instance, const char *cid,
    const char *place, struct till_failures *failures_r);
/* One more, at this time (wall clock). */
void tries_failed(struct tries *, const char *instance, const char *cid,
    const char *place, int64_t now_ms);
/* One that was counted is none: one less, if there is any. */
void tries_back(struct tries *, const char *instance, const char *cid,
    const char *place);
/* A success: none any more, and the place is one that the customer is known
 * at. */
void tries_succeeded(struct tries *, const char *instance, const char *cid,
    const char *place, int64_t now_ms);
/* Has there been a failure or a success at this place? */
bool tries_known(struct tries *, const char *instance, const char *cid,
    const char *place);
/* Whatever there is of this customer: the operator has lifted it. */
void tries_forget(struct tries *, const char *cid);

/*
 * Over all names: may somebody try now, from this place, with whatever name?
 * 0: yes, and tries_leave must follow; else how many milliseconds to wait
 * before it is worth asking again.  *busy_r: something has failed there, or
 * is being tried.  Times are those of a clock that is not set.
 */
int64_t tries_enter(struct tries *, const char *instance, const char *place,
    int64_t now_ms, bool *busy_r);
/* That try is over.  The failures of the place so far, with this one if it was
 * one. */
uint32_t tries_leave(struct tries *, const char *instance, const char *place,
    bool failed, int64_t now_ms);

/* The network of an address: of IPv4 its first 24 bits, of IPv6 the first
 * 56, which is what one household has; any other text is its own. */
void tries_network(const char *address, char place_r[TRIES_PLACE_MAX]);

#endif

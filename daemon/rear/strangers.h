/*
 * strangers.h - failures of customers who do not exist.
 *
 * Whoever tries passwords must see the same of an id that is unknown as
 * of one that is known: the same counting, the same delays.  But what is
 * made up without end must not be stored without end, so the failures of
 * unknown ids are kept in a small table in memory, where a later one may
 * overwrite an earlier one.
 */
#ifndef REAR_STRANGERS_H
#define REAR_STRANGERS_H

#include <stdint.h>

#include <till/module.h>

#define STRANGERS_MAX 4096 /* a power of two */

struct strangers;

struct strangers *strangers_new(void); /* NULL: out of memory */
void strangers_free(struct strangers *); /* NULL is fine */

/* The failures so far; none is all zero. */
void strangers_get(struct strangers *, const char *instance, const char *cid,
    struct till_failures *failures_r);
/* One more, at this time (wall clock). */
void strangers_failed(struct strangers *, const char *instance, const char *cid,
    int64_t now_ms);

#endif

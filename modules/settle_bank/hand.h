/*
 * hand.h - a state folder, which one process has at a time.
 *
 * Two of the same parent may follow each other, as the hosts of an instance
 * with isolate=process do at a reload: who wants the folder says so, and who
 * has it looks now and then and lets it go.  Any other process is kept out.
 */
#ifndef SETTLE_BANK_HAND_H
#define SETTLE_BANK_HAND_H

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>

struct hand; /* on a folder; the end of the process lets it go, too */

/* Take the folder, and wait so long for one of the same parent that has it.
 * NULL: *err, another process has it. */
struct hand *hand_take(const char *dir, int64_t wait_ms,
    struct till_error *err);
/* Somebody waits for it. */
bool hand_is_wanted(const struct hand *);
void hand_release(struct hand *); /* NULL is fine */

#endif

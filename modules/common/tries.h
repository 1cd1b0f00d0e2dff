/*
 * tries.h - how often a customer may try, for modules that authenticate.
 *
 * Failures count where they come from, a browser that the customer is
 * known by or a network, so that nobody can make him wait elsewhere; the
 * server keeps these in memory, and a restart forgets them.  One whom the
 * server does not know has them, too: nobody can tell him apart by them.
 * A try is counted before it is looked at, so that tries side by side
 * cannot all pass under the limit.  From max_tries failures on, at the place
 * that the try comes from, the next one has to wait, twice as long with every
 * failure, up to a quarter of an hour.
 */
#ifndef COMMON_TRIES_H
#define COMMON_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#include <till/module.h>

#define TRIES_DELAY_CAP_MS (INT64_C(15) * 60 * 1000)

struct tries {
	int64_t max_tries, delay_ms;
	struct till_instance *instance; /* for the clock */
};

/* What came of counting one. */
struct tries_count {
	bool known; /* the server has this customer */
	uint32_t failures; /* with this one; 0 if they are not counted */
};

/* Does the server know this customer?  Only what he cannot see may depend
 * on it: he is asked, waits and is refused like anybody else. */
bool tries_known(const struct till_host *, struct till_context *);

/* Does the customer have to wait? */
bool tries_wait(const struct tries *, const struct till_host *,
    struct till_context *);

/*
 * Count one more.  TILL_GRANT: go on; TILL_LOCKED or TILL_UNAVAILABLE,
 * with the reason told to the host: return that.
 */
enum till_result tries_begin(const struct tries *, const struct till_host *,
    struct till_context *, struct tries_count *count_r);

/* It was wrong, and is try number here of this conversation: tell who
 * watches if that was one too many.  False if there is no further one. */
bool tries_wrong(const struct tries *, const struct till_host *,
    struct till_context *, const struct tries_count *, uint32_t here);

/* Number of this try in the conversation, kept as all of its state. */
uint32_t tries_here(const struct till_host *, struct till_context *);

/* The same result for whoever has to wait. */
enum till_result tries_locked(const struct till_host *, struct till_context *);

#endif

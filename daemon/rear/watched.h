/*
 * watched.h - a settlement whose answer is to come, as the keeper sees
 * it.
 */
#ifndef REAR_WATCHED_H
#define REAR_WATCHED_H

#include <stdbool.h>
#include <stdint.h>

#include <till/module.h>

struct watched {
	struct till_op *op; /* not released while it is watched */
	int64_t deadline_ms; /* by clock_ms */
	/* Called under the keeper's lock at slow_ms, and again until it
	 * returns true; NULL: never. */
	bool (*slow)(struct watched *);
	int64_t slow_ms;
	/* The keeper's own. */
	struct watched *next, **at;
};

#endif

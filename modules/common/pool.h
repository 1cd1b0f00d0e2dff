/*
 * pool.h - a few programs that are kept running and are asked in turn.
 *
 * Each one has a socket for its standard input and output.  Who takes one
 * has it to himself until he gives it back, well or broken; a broken one
 * is killed, and another one is started when it is needed.  May be used
 * by any number of threads at once.
 */
#ifndef COMMON_POOL_H
#define COMMON_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "common/child.h"

#define POOL_MAX 16
#define POOL_PAUSE_MS 1000 /* between starts of a program that fails */

struct pool_options {
	const char *program; /* as in child_options; all of them must live */
	const char *const *args; /* as long as the pool */
	int socket_type; /* SOCK_STREAM or SOCK_SEQPACKET */
	size_t size; /* 1..POOL_MAX */
	uint64_t calls_max; /* of one program, then another; 0: no bound */
};

struct worker {
	struct child child;
	int fd;
	bool fresh; /* started since it was taken the last time */
	uint64_t calls; /* so many times it was taken and given back well */
};

enum worker_state {
	WORKER_WELL = 1,
	WORKER_BROKEN, /* it failed in a call */
	WORKER_USELESS /* it did not begin well: pause before the next */
};

struct pool;

/* Nothing is started yet. */
struct pool *pool_new(const struct pool_options *); /* NULL: no memory */
void pool_free(struct pool *); /* nobody uses it; NULL is fine */

/*
 * Take one that runs, started if need be.  NULL with *err if none is
 * free until until_ms (of child_clock_ms), or none can be started.
 */
struct worker *pool_take(struct pool *, int64_t until_ms,
    struct till_error *err);
void pool_give(struct pool *, struct worker *, enum worker_state);

#endif

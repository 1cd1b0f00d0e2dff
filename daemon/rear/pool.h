/*
 * pool.h - threads that take jobs from one queue, first come first served.
 *
 * The rear unit has four: workers for what is quick (signatures, guards,
 * policy, vouchers), hashers for calls into modules that use much time
 * (TILL_CAP_SLOW), askers for calls into module hosts, which may wait for
 * their deadline, callers for settlements outside the ledger.  A job is
 * part of what it works on and is in one queue at most, so that queues
 * need no memory of their own and are as bounded as what they hold.
 *
 * A job is in a lane, and the lanes take turns: however many wait in one,
 * those of another come next but one or two.
 *
 * A job may be of a group, as is one that waits for a certain module.
 * Jobs of one group have a quarter of the threads, at least two; further
 * ones wait without a thread, and others pass them.
 */
#ifndef REAR_POOL_H
#define REAR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "link/frame.h"

#define POOL_THREADS_MAX 64
#define POOL_LANES 3
#define POOL_LANE_ROOM 64

struct pool;
struct rear;

/* What a thread of a pool has for itself. */
struct worker {
	struct rear *rear;
	struct pool *pool;
	struct frame_writer writer; /* for the answer that it is making */
};

struct job {
	void (*run)(struct worker *, struct job *);
	const void *group; /* NULL: none; compared only */
	unsigned int lane; /* 0 to POOL_LANES - 1 */
	/* The pool's own: the next of the group; of the first of a group its
	 * last and the first of another; and when it came. */
	struct job *next, *last, *other;
	uint64_t number;
};

/* bound is the number of jobs that pool_submit lets wait, and POOL_LANE_ROOM
 * more in each lane than in the one before. */
int pool_start(struct rear *, unsigned int threads, size_t bound,
    struct pool **pool_r, struct till_error *err);
/* False if the queue is full. */
bool pool_submit(struct pool *, struct job *);
/* For what was admitted before: never refused. */
void pool_push(struct pool *, struct job *);
/* Runs what waits, also what that brings, then ends the threads.  NULL
 * is fine. */
void pool_stop(struct pool *);

#endif

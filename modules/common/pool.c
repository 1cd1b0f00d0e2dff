/*
 * pool.c - programs that are kept running.
 */
#define _GNU_SOURCE /* SOCK_CLOEXEC with socketpair */
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/pool.h"
#include "common/safe.h"

#define GOODBYE_MS 1000 /* to end by themselves when the pool ends */

struct pool {
	struct pool_options options;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t back; /* one was given back; CLOCK_MONOTONIC */
	bool taken[POOL_MAX];
	int64_t not_before_ms; /* no start earlier than this */
	struct worker workers[POOL_MAX];
};

static struct worker *wait_for_one(struct pool *, int64_t until_ms,
    struct till_error *);
static struct worker *best(struct pool *);
static int make_ready(struct pool *, struct worker *, struct till_error *);
static bool is_quiet(const struct worker *);
static int start(struct pool *, struct worker *, struct till_error *);
static void stop(struct worker *);

struct pool *
pool_new(const struct pool_options *options)
{
	pthread_condattr_t attributes;
	struct pool *pool;
	size_t i;

	assert(options->size >= 1 && options->size <= POOL_MAX);
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return NULL;
	pool->options = *options;
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&pool->back, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	(void)pthread_mutex_init(&pool->lock, NULL);
	for (i = 0; i < options->size; i++)
		pool->workers[i].fd = -1;
	return pool;
}

/* Who reads the end of his input may end by himself. */
void
pool_free(struct pool *pool)
{
	int64_t until_ms;
	size_t i;

	if (pool == NULL)
		return;
	for (i = 0; i < pool->options.size; i++) {
		assert(!pool->taken[i]);
		if (pool->workers[i].fd != -1)
			(void)shutdown(pool->workers[i].fd, SHUT_RDWR);
	}
	until_ms = child_clock_ms() + GOODBYE_MS;
	for (i = 0; i < pool->options.size; i++) {
		if (pool->workers[i].fd != -1)
			(void)child_ended(&pool->workers[i].child, until_ms);
		stop(&pool->workers[i]);
	}
	(void)pthread_mutex_destroy(&pool->lock);
	(void)pthread_cond_destroy(&pool->back);
	free(pool);
}

struct worker *
pool_take(struct pool *pool, int64_t until_ms, struct till_error *err)
{
	struct worker *worker;

	worker = wait_for_one(pool, until_ms, err);
	if (worker == NULL)
		return NULL;
	if (make_ready(pool, worker, err) == -1) {
		pool_give(pool, worker, WORKER_USELESS);
		return NULL;
	}
	return worker;
}

void
pool_give(struct pool *pool, struct worker *worker, enum worker_state state)
{
	const uint64_t max = pool->options.calls_max;
	const bool began = worker->fd != -1;

	if (state == WORKER_WELL) {
		worker->calls++;
		worker->fresh = false;
	}
	if (state != WORKER_WELL || (max > 0 && worker->calls >= max))
		stop(worker);
	(void)pthread_mutex_lock(&pool->lock);
	if (state == WORKER_USELESS && began)
		pool->not_before_ms = child_clock_ms() + POOL_PAUSE_MS;
	pool->taken[worker - pool->workers] = false;
	(void)pthread_cond_signal(&pool->back);
	(void)pthread_mutex_unlock(&pool->lock);
}

static struct worker *
wait_for_one(struct pool *pool, int64_t until_ms, struct till_error *err)
{
	const struct timespec until = { (time_t)(until_ms / 1000),
		(long)(until_ms % 1000) * 1000000 };
	struct worker *worker;
	int r = 0;

	(void)pthread_mutex_lock(&pool->lock);
	while ((worker = best(pool)) == NULL && r == 0)
		r = pthread_cond_timedwait(&pool->back, &pool->lock, &until);
	if (worker != NULL)
		pool->taken[worker - pool->workers] = true;
	(void)pthread_mutex_unlock(&pool->lock);
	if (worker == NULL)
		till_fail(err, "all %zu of %s are busy", pool->options.size,
		    pool->options.program);
	return worker;
}

/* One that runs rather than one that must be started. */
static struct worker *
best(struct pool *pool)
{
	struct worker *found = NULL;
	size_t i;

	for (i = 0; i < pool->options.size; i++) {
		if (pool->taken[i])
			continue;
		if (pool->workers[i].fd != -1)
			return &pool->workers[i];
		if (found == NULL)
			found = &pool->workers[i];
	}
	return found;
}

static int
make_ready(struct pool *pool, struct worker *worker, struct till_error *err)
{
	bool pause;

	if (worker->fd != -1 && is_quiet(worker))
		return 0;
	stop(worker);
	(void)pthread_mutex_lock(&pool->lock);
	pause = child_clock_ms() < pool->not_before_ms;
	(void)pthread_mutex_unlock(&pool->lock);
	if (pause)
		return till_fail(err, "%s has failed just now",
		    pool->options.program);
	return start(pool, worker, err);
}

/* One that has ended, or that speaks without being asked, is of no use. */
static bool
is_quiet(const struct worker *worker)
{
	struct pollfd fd = { .fd = worker->fd, .events = POLLIN };

	return poll(&fd, 1, 0) == 0 && !child_ended(&worker->child, 0);
}

/* The path is looked at in each start: an update may have changed it. */
static int
start(struct pool *pool, struct worker *worker, struct till_error *err)
{
	struct child_options options = { .program = pool->options.program,
		.args = pool->options.args };
	int fds[2], r;

	if (safe_program(options.program, err) == -1)
		return -1;
	if (socketpair(AF_UNIX, pool->options.socket_type | SOCK_CLOEXEC, 0,
		fds) == -1)
		return till_fail(err, "socketpair: %s", strerror(errno));
	options.input = options.output = fds[1];
	r = child_start(&options, &worker->child, err);
	(void)close(fds[1]);
	if (r == -1) {
		(void)close(fds[0]);
		return -1;
	}
	worker->fd = fds[0];
	worker->fresh = true;
	worker->calls = 0;
	return 0;
}

static void
stop(struct worker *worker)
{
	if (worker->fd != -1)
		(void)close(worker->fd);
	child_end(&worker->child, NULL);
	worker->fd = -1;
}

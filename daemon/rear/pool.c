/*
 * pool.c - a queue and the threads behind it.
 *
 * The queue is one of groups, each with the jobs that wait in it, in the
 * order in which the first of each came.  So a group that has its part of
 * the threads is passed in one step, however many wait in it.  Those of
 * one group in several lanes are several groups here.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rear/pool.h"

#define GROUP_PART 4 /* of the threads has one group */
#define GROUP_MIN 2

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job *first; /* of the first group */
	uint64_t number; /* of the next job that comes */
	size_t waiting, bound;
	unsigned int idle; /* threads that wait for a job */
	bool stop;
	unsigned int lane; /* of the job that was taken last */
	unsigned int threads;
	pthread_t thread[POOL_THREADS_MAX];
	struct worker worker[POOL_THREADS_MAX];
	const void *groups[POOL_THREADS_MAX]; /* of the jobs that run */
};

static void *pool_thread(void *);
static struct job *take(struct pool *, const void **);
static struct job *next(struct pool *);
static struct job **choose(struct pool *);
static bool is_full(const struct pool *, const void *);
static void put(struct pool *, struct job *);

int
pool_start(struct rear *rear, unsigned int threads, size_t bound,
    struct pool **pool_r, struct till_error *err)
{
	struct worker *worker;
	struct pool *pool;

	assert(threads > 0 && threads <= POOL_THREADS_MAX);
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return till_fail(err, "out of memory");
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->work, NULL);
	pool->bound = bound;
	while (pool->threads < threads) {
		worker = &pool->worker[pool->threads];
		worker->rear = rear;
		worker->pool = pool;
		if (frame_writer_init(&worker->writer, err) == -1)
			goto fail;
		if (pthread_create(&pool->thread[pool->threads], NULL,
			pool_thread, worker) != 0) {
			frame_writer_free(&worker->writer);
			(void)till_fail(err, "no thread can be started");
			goto fail;
		}
		pool->threads++;
	}
	*pool_r = pool;
	return 0;
fail:
	pool_stop(pool);
	return -1;
}

bool
pool_submit(struct pool *pool, struct job *job)
{
	bool fits;

	(void)pthread_mutex_lock(&pool->lock);
	fits = pool->waiting < pool->bound + (size_t)job->lane * POOL_LANE_ROOM;
	if (fits)
		put(pool, job);
	(void)pthread_mutex_unlock(&pool->lock);
	return fits;
}

void
pool_push(struct pool *pool, struct job *job)
{
	(void)pthread_mutex_lock(&pool->lock);
	put(pool, job);
	(void)pthread_mutex_unlock(&pool->lock);
}

void
pool_stop(struct pool *pool)
{
	unsigned int i;

	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	(void)pthread_cond_broadcast(&pool->work);
	(void)pthread_mutex_unlock(&pool->lock);
	for (i = 0; i < pool->threads; i++) {
		(void)pthread_join(pool->thread[i], NULL);
		frame_writer_free(&pool->worker[i].writer);
	}
	(void)pthread_cond_destroy(&pool->work);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static void *
pool_thread(void *arg)
{
	struct worker *worker = arg;
	struct pool *pool = worker->pool;
	const void **group = &pool->groups[worker - pool->worker];
	struct job *job;

	for (;;) {
		job = take(pool, group);
		if (job == NULL)
			return NULL;
		job->run(worker, job);
	}
}

/* The next job, whose group is noted; NULL when the pool stops and nothing
 * waits.  A thread that comes from a job makes room in that one's group. */
static struct job *
take(struct pool *pool, const void **group)
{
	struct job *job;

	(void)pthread_mutex_lock(&pool->lock);
	if (*group != NULL && pool->idle > 0)
		(void)pthread_cond_signal(&pool->work);
	*group = NULL;
	while ((job = next(pool)) == NULL &&
	    !(pool->stop && pool->first == NULL)) {
		pool->idle++;
		(void)pthread_cond_wait(&pool->work, &pool->lock);
		pool->idle--;
	}
	if (job != NULL)
		*group = job->group;
	else
		(void)pthread_cond_broadcast(&pool->work); /* all may end */
	(void)pthread_mutex_unlock(&pool->lock);
	return job;
}

/* Out of the queue: the first that there is a thread for.  The next of its
 * group takes the place that its own coming gives it. */
static struct job *
next(struct pool *pool)
{
	struct job **at = choose(pool), *job, *then;

	if (at == NULL)
		return NULL;
	job = *at;
	*at = job->other;
	pool->waiting--;
	pool->lane = job->lane;
	then = job->next;
	if (then == NULL)
		return job;
	then->last = job->last;
	while (*at != NULL && (*at)->number < then->number)
		at = &(*at)->other;
	then->other = *at;
	*at = then;
	return job;
}

/* The first of the next lane that has one.  NULL: there is a thread for
 * none. */
static struct job **
choose(struct pool *pool)
{
	struct job **at, **first[POOL_LANES] = { NULL };
	unsigned int i, lane;

	for (at = &pool->first; *at != NULL; at = &(*at)->other) {
		lane = (*at)->lane;
		if (first[lane] == NULL && !is_full(pool, (*at)->group))
			first[lane] = at;
	}
	for (i = 1; i <= POOL_LANES; i++) {
		lane = (pool->lane + i) % POOL_LANES;
		if (first[lane] != NULL)
			return first[lane];
	}
	return NULL;
}

static bool
is_full(const struct pool *pool, const void *group)
{
	unsigned int most = pool->threads / GROUP_PART, n = 0, i;

	if (group == NULL)
		return false;
	if (most < GROUP_MIN)
		most = GROUP_MIN;
	for (i = 0; i < POOL_THREADS_MAX; i++)
		if (pool->groups[i] == group)
			n++;
	return n >= most;
}

static void
put(struct pool *pool, struct job *job)
{
	struct job **at = &pool->first;

	assert(job->lane < POOL_LANES);
	while (*at != NULL &&
	    ((*at)->group != job->group || (*at)->lane != job->lane))
		at = &(*at)->other;
	if (*at != NULL) {
		(*at)->last->next = job;
		(*at)->last = job;
	} else {
		*at = job;
		job->last = job;
	}
	job->next = job->other = NULL;
	job->number = pool->number++;
	pool->waiting++;
	if (pool->idle > 0)
		(void)pthread_cond_signal(&pool->work);
}

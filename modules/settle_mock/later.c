/*
 * later.c - answers that come later.
 *
 * One thread sleeps until the next answer is due; any number can be
 * waiting, and none of them holds a thread of the server's.
 */
#include "settle_mock.h"

struct waiting {
	struct waiting *next;
	int64_t due_ms;
	struct till_op *op;
	enum till_result result;
	struct till_outcome outcome;
	unsigned int times;
};

struct later {
	const struct till_host *host;
	struct till_instance *instance;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct waiting *first; /* by due_ms */
	int stop;
};

static void *run(void *);
static void wait_for(struct later *, const struct waiting *);
static void answer(struct later *, struct waiting *);

struct later *
later_new(const struct till_host *host, struct till_instance *instance,
    struct till_error *err)
{
	pthread_condattr_t attr;
	struct later *later;

	later = calloc(1, sizeof(*later));
	if (later == NULL) {
		till_fail(err, "out of memory");
		return NULL;
	}
	later->host = host;
	later->instance = instance;
	(void)pthread_mutex_init(&later->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&later->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (pthread_create(&later->thread, NULL, run, later) != 0) {
		(void)pthread_cond_destroy(&later->changed);
		(void)pthread_mutex_destroy(&later->lock);
		free(later);
		till_fail(err, "no thread");
		return NULL;
	}
	return later;
}

void
later_free(struct later *later)
{
	struct waiting *w;

	if (later == NULL)
		return;
	(void)pthread_mutex_lock(&later->lock);
	later->stop = 1;
	(void)pthread_cond_signal(&later->changed);
	(void)pthread_mutex_unlock(&later->lock);
	(void)pthread_join(later->thread, NULL);
	while (later->first != NULL) {
		w = later->first;
		later->first = w->next;
		free(w);
	}
	(void)pthread_cond_destroy(&later->changed);
	(void)pthread_mutex_destroy(&later->lock);
	free(later);
}

int
later_add(struct later *later, struct till_op *op, enum till_result result,
    const struct till_outcome *outcome, int64_t delay_ms, unsigned int times)
{
	struct waiting *w, **at = &later->first;

	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return -1;
	w->due_ms = later->host->now_ms(later->instance) + delay_ms;
	w->op = op;
	w->result = result;
	w->outcome = *outcome;
	w->times = times;
	(void)pthread_mutex_lock(&later->lock);
	while (*at != NULL && (*at)->due_ms <= w->due_ms)
		at = &(*at)->next;
	w->next = *at;
	*at = w;
	(void)pthread_cond_signal(&later->changed);
	(void)pthread_mutex_unlock(&later->lock);
	return 0;
}

static void *
run(void *arg)
{
	struct later *later = arg;
	struct waiting *w;

	(void)pthread_mutex_lock(&later->lock);
	while (!later->stop) {
		w = later->first;
		if (w == NULL ||
		    w->due_ms > later->host->now_ms(later->instance)) {
			wait_for(later, w);
			continue;
		}
		later->first = w->next;
		(void)pthread_mutex_unlock(&later->lock);
		answer(later, w);
		(void)pthread_mutex_lock(&later->lock);
	}
	(void)pthread_mutex_unlock(&later->lock);
	return NULL;
}

static void
wait_for(struct later *later, const struct waiting *w)
{
	struct timespec until;

	if (w == NULL) {
		(void)pthread_cond_wait(&later->changed, &later->lock);
		return;
	}
	until.tv_sec = (time_t)(w->due_ms / 1000);
	until.tv_nsec = (long)(w->due_ms % 1000) * 1000000;
	(void)pthread_cond_timedwait(&later->changed, &later->lock, &until);
}

static void
answer(struct later *later, struct waiting *w)
{
	unsigned int i;

	for (i = 0; i < w->times; i++)
		later->host->complete(w->op, w->result, &w->outcome);
	free(w);
}

/*
 * desk_wait.c - for a host that wants its answer at once.
 *
 * Who waits may give up before the answer is there; the last one of the
 * two frees what they share.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settle_bank/desk_job.h"

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t came;
	bool has_answer, alone; /* the other side is through */
	enum till_result result;
	struct till_outcome outcome;
};

static struct waiter *waiter_new(void);
static void leave(struct waiter *);
static bool await(struct waiter *, int64_t wait_ms);

enum till_result
desk_take_now(struct desk *desk, const struct till_settlement *settlement,
    const struct till_order *order, struct till_outcome *outcome_r,
    struct till_error *why)
{
	struct waiter *waiter = waiter_new();
	enum till_result result;
	int64_t now_ms;

	if (waiter == NULL) {
		till_error_set(why, "out of memory");
		return TILL_NOT_ATTEMPTED;
	}
	(void)pthread_mutex_lock(&desk->owner);
	now_ms = desk->options.host->now_ms(desk->options.instance);
	(void)pthread_mutex_unlock(&desk->owner);
	result = desk_hand_in_job(desk, settlement, order, NULL, waiter, why);
	if (result != TILL_PENDING) {
		(void)pthread_mutex_lock(&waiter->lock);
		waiter->alone = true;
		leave(waiter);
		return result;
	}
	(void)pthread_mutex_lock(&waiter->lock);
	till_error_set(why, "no answer by the deadline");
	result = TILL_UNKNOWN;
	if (await(waiter, settlement->deadline_ms - now_ms)) {
		result = waiter->result;
		*outcome_r = waiter->outcome;
		till_error_set(why, "%s", waiter->outcome.text);
	}
	leave(waiter);
	return result;
}

void
waiter_answer(struct waiter *waiter, enum till_result result,
    const struct till_outcome *outcome)
{
	(void)pthread_mutex_lock(&waiter->lock);
	waiter->result = result;
	waiter->outcome = *outcome;
	waiter->has_answer = true;
	(void)pthread_cond_signal(&waiter->came);
	leave(waiter);
}

static struct waiter *
waiter_new(void)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	pthread_condattr_t clock;

	if (waiter == NULL)
		return NULL;
	(void)pthread_mutex_init(&waiter->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&waiter->came, &clock);
	(void)pthread_condattr_destroy(&clock);
	return waiter;
}

/* The waiter is locked. */
static void
leave(struct waiter *waiter)
{
	const bool is_last = waiter->alone;

	waiter->alone = true;
	(void)pthread_mutex_unlock(&waiter->lock);
	if (!is_last)
		return;
	(void)pthread_cond_destroy(&waiter->came);
	(void)pthread_mutex_destroy(&waiter->lock);
	free(waiter);
}

/* It is locked. */
static bool
await(struct waiter *waiter, int64_t wait_ms)
{
	struct timespec until;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	wait_ms = wait_ms < 0 ? 0 : wait_ms;
	until.tv_sec += (time_t)(wait_ms / 1000);
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!waiter->has_answer && r == 0)
		r = pthread_cond_timedwait(&waiter->came, &waiter->lock,
		    &until);
	return waiter->has_answer;
}

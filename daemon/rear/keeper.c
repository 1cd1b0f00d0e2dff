/*
 * keeper.c - deadlines, and the list of orders in doubt.
 */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/keeper.h"

/* An instance that orders in doubt were settled by, whichever generation's
 * it is. */
struct asked_one {
	struct asked_one *next;
	char instance[LEDGER_WORD_MAX];
	size_t doubts; /* that know it */
	size_t looks; /* at work */
};

struct keeper {
	struct rear *rear;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop, running, hurry;
	pthread_t thread;
	struct watched *watched;
	struct doubt *doubts; /* that wait for their time */
	size_t doubts_len; /* those at work as well */
	size_t looks; /* at work */
	struct asked_one *asked;
	struct pool *pool;
};

static int collect(void *, const struct ledger_order *);
static void not_watched(const char *, const char *);
static struct doubt *doubt_new(struct keeper *, const char *, const char *);
static void doubt_free(struct doubt *);
static struct asked_one *asked_of(struct keeper *, const char *);
static void first_look(struct keeper *);
static void *keeper_thread(void *);
static void wait_tick(struct keeper *);
static void expire(struct keeper *, int64_t);
static void take_up(struct keeper *, int64_t);
static void look(struct worker *, struct job *);
static void put_back(struct keeper *, struct doubt *, int64_t);
static int64_t pause_ms(unsigned int);

int
keeper_start(struct rear *rear, struct keeper **keeper_r,
    struct till_error *err)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (keeper == NULL)
		return till_fail(err, "out of memory");
	keeper->rear = rear;
	(void)pthread_mutex_init(&keeper->lock, NULL);
	clock_cond_init(&keeper->wake);
	if (ledger_intent_each(rear->ledger, collect, keeper, err) != 0)
		goto fail;
	first_look(keeper);
	if (pool_start(rear, KEEPER_THREADS, KEEPER_LOOKS_MAX, &keeper->pool,
		err) == -1)
		goto fail;
	if (pthread_create(&keeper->thread, NULL, keeper_thread, keeper) != 0) {
		(void)till_fail(err, "no thread can be started");
		goto fail;
	}
	keeper->running = true;
	*keeper_r = keeper;
	return 0;
fail:
	keeper_stop(keeper);
	return -1;
}

void
keeper_stop(struct keeper *keeper)
{
	struct doubt *doubt;

	if (keeper == NULL)
		return;
	(void)pthread_mutex_lock(&keeper->lock);
	keeper->stop = true;
	keeper->hurry = true;
	(void)pthread_cond_broadcast(&keeper->wake);
	(void)pthread_mutex_unlock(&keeper->lock);
	if (keeper->running)
		(void)pthread_join(keeper->thread, NULL);
	/* Looks that wait end now; what they do then, and looks that begin
	 * meanwhile, keeper_watch ends at once. */
	(void)pthread_mutex_lock(&keeper->lock);
	expire(keeper, clock_ms());
	(void)pthread_mutex_unlock(&keeper->lock);
	pool_stop(keeper->pool);
	assert(keeper->watched == NULL);
	while (keeper->doubts != NULL) {
		doubt = keeper->doubts;
		keeper->doubts = doubt->next;
		doubt_free(doubt);
	}
	assert(keeper->asked == NULL);
	(void)pthread_cond_destroy(&keeper->wake);
	(void)pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}

void
keeper_hurry(struct keeper *keeper)
{
	(void)pthread_mutex_lock(&keeper->lock);
	keeper->hurry = true;
	(void)pthread_cond_broadcast(&keeper->wake);
	(void)pthread_mutex_unlock(&keeper->lock);
}

void
keeper_watch(struct keeper *keeper, struct watched *watched)
{
	(void)pthread_mutex_lock(&keeper->lock);
	watched->next = keeper->watched;
	watched->at = &keeper->watched;
	if (watched->next != NULL)
		watched->next->at = &watched->next;
	keeper->watched = watched;
	if (keeper->hurry)
		op_expire(watched->op);
	(void)pthread_cond_signal(&keeper->wake);
	(void)pthread_mutex_unlock(&keeper->lock);
}

void
keeper_unwatch(struct keeper *keeper, struct watched *watched)
{
	(void)pthread_mutex_lock(&keeper->lock);
	if (watched->at != NULL) {
		*watched->at = watched->next;
		if (watched->next != NULL)
			watched->next->at = watched->at;
		watched->at = NULL;
	}
	(void)pthread_mutex_unlock(&keeper->lock);
}

void
keeper_resolve(struct keeper *keeper, const char *mid, const char *jti)
{
	struct doubt *doubt = doubt_new(keeper, mid, jti);

	if (doubt == NULL) {
		not_watched(mid, jti);
		return;
	}
	put_back(keeper, doubt, RESOLVE_FIRST_MS);
}

/* The first look finds it; it stays the same as long as the order is in
 * doubt.  From then on take_up counts. */
bool
keeper_asks(struct doubt *doubt, const char *instance, const void **group_r)
{
	struct keeper *keeper = doubt->keeper;
	bool fits = true;

	(void)pthread_mutex_lock(&keeper->lock);
	if (doubt->asked == NULL) {
		doubt->asked = asked_of(keeper, instance);
		fits = doubt->asked != NULL &&
		    doubt->asked->looks < KEEPER_LOOKS_OF_ONE;
		if (fits)
			doubt->asked->looks++;
		else
			keeper->looks--;
	}
	*group_r = doubt->asked;
	(void)pthread_mutex_unlock(&keeper->lock);
	if (!fits)
		put_back(keeper, doubt, pause_ms(doubt->tries));
	return fits;
}

void
keeper_looked(struct doubt *doubt, bool done)
{
	struct keeper *keeper = doubt->keeper;

	(void)pthread_mutex_lock(&keeper->lock);
	keeper->looks--;
	if (doubt->asked != NULL)
		doubt->asked->looks--;
	if (done) {
		keeper->doubts_len--;
		doubt_free(doubt);
	}
	(void)pthread_mutex_unlock(&keeper->lock);
	if (done)
		return;
	doubt->tries++;
	put_back(keeper, doubt, pause_ms(doubt->tries));
}

size_t
keeper_doubts(struct keeper *keeper)
{
	size_t len;

	(void)pthread_mutex_lock(&keeper->lock);
	len = keeper->doubts_len;
	(void)pthread_mutex_unlock(&keeper->lock);
	return len;
}

static int
collect(void *arg, const struct ledger_order *order)
{
	struct keeper *keeper = arg;
	struct doubt *doubt = doubt_new(keeper, order->merchant, order->jti);

	if (doubt == NULL) {
		not_watched(order->merchant, order->jti);
		return 0;
	}
	doubt->next = keeper->doubts;
	keeper->doubts = doubt;
	return 0;
}

/* It is in the ledger, so the next start will find it. */
static void
not_watched(const char *mid, const char *jti)
{
	log_line(TILL_LOG_ERROR, "settle.not-watched", "merchant", mid, "jti",
	    jti, NULL);
}

/* Counted, but in no list. */
static struct doubt *
doubt_new(struct keeper *keeper, const char *mid, const char *jti)
{
	struct doubt *doubt = NULL;

	(void)pthread_mutex_lock(&keeper->lock);
	if (keeper->doubts_len < KEEPER_DOUBTS_MAX)
		doubt = calloc(1, sizeof(*doubt));
	if (doubt != NULL)
		keeper->doubts_len++;
	(void)pthread_mutex_unlock(&keeper->lock);
	if (doubt == NULL)
		return NULL;
	doubt->job.run = look;
	doubt->keeper = keeper;
	memcpy(doubt->mid, mid, strlen(mid) + 1);
	memcpy(doubt->jti, jti, strlen(jti) + 1);
	return doubt;
}

/* Who runs a job of the instance's group when the last of its doubts goes
 * is about to leave it: the address may be another's then for a moment,
 * which has a thread less meanwhile. */
static void
doubt_free(struct doubt *doubt)
{
	struct asked_one **at = &doubt->keeper->asked, *asked = doubt->asked;

	free(doubt);
	if (asked == NULL || --asked->doubts > 0)
		return;
	while (*at != asked)
		at = &(*at)->next;
	*at = asked->next;
	free(asked);
}

/* With one more doubt; NULL: out of memory. */
static struct asked_one *
asked_of(struct keeper *keeper, const char *instance)
{
	struct asked_one *asked = keeper->asked;

	while (asked != NULL && strcmp(asked->instance, instance) != 0)
		asked = asked->next;
	if (asked == NULL) {
		asked = calloc(1, sizeof(*asked));
		if (asked == NULL)
			return NULL;
		(void)snprintf(asked->instance, sizeof(asked->instance), "%s",
		    instance);
		asked->next = keeper->asked;
		keeper->asked = asked;
	}
	asked->doubts++;
	return asked;
}

/* Nobody else is there: no lock is needed.  A network that does not
 * answer must not keep the unit from serving. */
static void
first_look(struct keeper *keeper)
{
	int64_t until_ms = clock_ms() + RESOLVE_START_MS;
	struct doubt **at = &keeper->doubts, *doubt;

	while (*at != NULL) {
		doubt = *at;
		if (clock_ms() < until_ms &&
		    resolve_order(keeper->rear, doubt->mid, doubt->jti,
			until_ms)) {
			*at = doubt->next;
			doubt_free(doubt);
			keeper->doubts_len--;
			continue;
		}
		doubt->tries = 1;
		doubt->next_ms = clock_ms() + pause_ms(1);
		at = &doubt->next;
	}
}

static void *
keeper_thread(void *arg)
{
	struct keeper *keeper = arg;
	struct rear *rear = keeper->rear;
	int64_t now_ms;

	(void)pthread_mutex_lock(&keeper->lock);
	while (!keeper->stop) {
		now_ms = clock_ms();
		expire(keeper, now_ms);
		take_up(keeper, now_ms);
		(void)pthread_mutex_unlock(&keeper->lock);
		conversations_sweep(rear->conversations, now_ms);
		conversations_sweep(rear->sign_ins, now_ms);
		conversations_sweep(rear->merchant_sign_ins, now_ms);
		(void)pthread_mutex_lock(&keeper->lock);
		wait_tick(keeper);
	}
	(void)pthread_mutex_unlock(&keeper->lock);
	return NULL;
}

/* With nothing to watch there are only old conversations to forget. */
static void
wait_tick(struct keeper *keeper)
{
	int64_t tick = KEEPER_TICK_MS;

	if (keeper->stop)
		return;
	if (keeper->watched == NULL && keeper->doubts == NULL)
		tick = KEEPER_IDLE_MS;
	(void)clock_cond_wait(&keeper->wake, &keeper->lock, clock_ms() + tick);
}

/* The lock is held, so that what is watched is not given up meanwhile;
 * what op_expire and slow bring about only queues it. */
static void
expire(struct keeper *keeper, int64_t now_ms)
{
	struct watched *watched;

	for (watched = keeper->watched; watched != NULL;
	     watched = watched->next) {
		if (keeper->hurry || now_ms >= watched->deadline_ms)
			op_expire(watched->op);
		else if (watched->slow != NULL && now_ms >= watched->slow_ms &&
		    watched->slow(watched))
			watched->slow = NULL;
	}
}

static void
take_up(struct keeper *keeper, int64_t now_ms)
{
	struct doubt **at = &keeper->doubts, *doubt;

	while (*at != NULL && !keeper->hurry) {
		doubt = *at;
		if (doubt->next_ms > now_ms ||
		    keeper->looks == KEEPER_LOOKS_MAX ||
		    (doubt->asked != NULL &&
			doubt->asked->looks == KEEPER_LOOKS_OF_ONE)) {
			at = &doubt->next;
			continue;
		}
		*at = doubt->next;
		keeper->looks++;
		if (doubt->asked != NULL)
			doubt->asked->looks++;
		pool_push(keeper->pool, &doubt->job);
	}
}

static void
look(struct worker *worker, struct job *job)
{
	resolve_doubt(worker->rear, worker->pool, (struct doubt *)job);
}

static void
put_back(struct keeper *keeper, struct doubt *doubt, int64_t pause)
{
	doubt->next_ms = clock_ms() + pause;
	(void)pthread_mutex_lock(&keeper->lock);
	doubt->next = keeper->doubts;
	keeper->doubts = doubt;
	(void)pthread_cond_signal(&keeper->wake);
	(void)pthread_mutex_unlock(&keeper->lock);
}

/* Doubling, up to a bound. */
static int64_t
pause_ms(unsigned int tries)
{
	int64_t pause = RESOLVE_FIRST_MS;

	while (tries-- > 0 && pause < RESOLVE_LAST_MS)
		pause *= 2;
	return pause < RESOLVE_LAST_MS ? pause : RESOLVE_LAST_MS;
}

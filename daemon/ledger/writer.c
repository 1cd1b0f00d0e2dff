/*
 * writer.c - the queue, and the one thread that writes.
 *
 * It takes all that waits, applies each request, commits once, answers
 * each; and begins again.  It never waits for more to come: a lone
 * request costs one sync, and while that lasts the next batch gathers by
 * itself.
 */
#include <assert.h>
#include <string.h>

#include "ledger/internal.h"

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
};

static struct ledger_request *take_batch(struct ledger *);
static void take_all(struct ledger *);
static void run_batch(struct ledger *, struct ledger_request *);
static void plan_begin(struct plan *, struct ledger *);
static void plan_commit(struct plan *);
static void refuse_all(struct ledger_request *);
static void on_done(struct ledger_request *, void *);

void
ledger_submit(struct ledger *ledger, struct ledger_request *request)
{
	bool first = false, room, stopping;

	request->next = NULL;
	request->result = LEDGER_NONE;
	request->serial_r = 0;
	request->failed = 0;
	request->err.text[0] = '\0';
	pthread_mutex_lock(&ledger->queue_lock);
	stopping = ledger->stopping;
	room = !stopping && ledger->queued < LEDGER_QUEUE_MAX;
	if (room) {
		first = ledger->queue_first == NULL;
		*ledger->queue_last = request;
		ledger->queue_last = &request->next;
		ledger->queued++;
	}
	pthread_mutex_unlock(&ledger->queue_lock);
	if (first)
		pthread_cond_signal(&ledger->queue_filled);
	if (room)
		return;
	request->result =
	    refuse(request, LEDGER_BUSY, "too many requests wait");
	request->done(request, request->arg);
}

enum ledger_result
ledger_apply(struct ledger *ledger, struct ledger_request *request)
{
	struct waiter waiter = { .done = false };

	pthread_mutex_init(&waiter.lock, NULL);
	pthread_cond_init(&waiter.ended, NULL);
	request->done = on_done;
	request->arg = &waiter;
	ledger_submit(ledger, request);
	pthread_mutex_lock(&waiter.lock);
	while (!waiter.done)
		pthread_cond_wait(&waiter.ended, &waiter.lock);
	pthread_mutex_unlock(&waiter.lock);
	pthread_cond_destroy(&waiter.ended);
	pthread_mutex_destroy(&waiter.lock);
	request->arg = NULL;
	return request->result;
}

void *
writer_main(void *arg)
{
	struct ledger *ledger = arg;
	struct ledger_request *first;

	while ((first = take_batch(ledger)) != NULL)
		run_batch(ledger, first);
	return NULL;
}

/* The oldest requests, at most LEDGER_BATCH_MAX; NULL when none will
 * come any more.  All that waits is taken over at once, so that those who
 * submit never wait for the list to be walked. */
static struct ledger_request *
take_batch(struct ledger *ledger)
{
	struct ledger_request *first, *last;
	size_t n;

	if (ledger->taken == NULL)
		take_all(ledger);
	first = last = ledger->taken;
	if (first == NULL)
		return NULL;
	for (n = 1; n < LEDGER_BATCH_MAX && last->next != NULL; n++)
		last = last->next;
	ledger->taken = last->next;
	last->next = NULL;
	pthread_mutex_lock(&ledger->queue_lock);
	ledger->queued -= n;
	pthread_mutex_unlock(&ledger->queue_lock);
	return first;
}

static void
take_all(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->queue_lock);
	while (ledger->queue_first == NULL && !ledger->stopping)
		pthread_cond_wait(&ledger->queue_filled, &ledger->queue_lock);
	ledger->taken = ledger->queue_first;
	ledger->queue_first = NULL;
	ledger->queue_last = &ledger->queue_first;
	pthread_mutex_unlock(&ledger->queue_lock);
}

static void
run_batch(struct ledger *ledger, struct ledger_request *first)
{
	struct ledger_request *request, *next;
	struct plan plan;
	uint64_t n = 0;

	pthread_mutex_lock(&ledger->gate);
	if (disk_look(ledger)) {
		plan_begin(&plan, ledger);
		for (request = first; request != NULL; request = request->next)
			request->result = apply_request(&plan, request);
		plan_commit(&plan);
	} else {
		refuse_all(first);
	}
	pthread_mutex_unlock(&ledger->gate);
	for (request = first; request != NULL; request = request->next)
		n++;
	atomic_fetch_add(&ledger->batches, 1);
	atomic_fetch_add(&ledger->requests, n);
	for (request = first; request != NULL; request = next) {
		next = request->next;
		request->done(request, request->arg);
	}
}

static void
plan_begin(struct plan *plan, struct ledger *ledger)
{
	int64_t now = ledger_time(ledger);

	plan->ledger = ledger;
	plan->batch = ledger->batch;
	/* Only this thread changes these, so it reads them freely. */
	plan->serial = ledger->serial;
	plan->evidence = ledger->evidence;
	memcpy(plan->head, ledger->head, sizeof(plan->head));
	plan->time_ms = now > ledger->newest_ms ? now : ledger->newest_ms;
}

/* Make it certain, then known. */
static void
plan_commit(struct plan *plan)
{
	struct ledger *ledger = plan->ledger;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	if (!batch_is_clean(plan->batch)) {
		key_text(&key, LEDGER_META_CLOCK);
		number_write(&out, buf, plan->time_ms);
		put_record(plan, TABLE_META, &key, &out);
		batch_commit(plan->batch);
	}
	batch_forget(plan->batch);
	pthread_mutex_lock(&ledger->head_lock);
	ledger->serial = plan->serial;
	ledger->evidence = plan->evidence;
	memcpy(ledger->head, plan->head, sizeof(ledger->head));
	ledger->newest_ms = plan->time_ms;
	pthread_mutex_unlock(&ledger->head_lock);
}

static void
refuse_all(struct ledger_request *first)
{
	struct ledger_request *request;

	for (request = first; request != NULL; request = request->next)
		request->result =
		    refuse(request, LEDGER_NO_ROOM, "the disk is nearly full");
}

static void
on_done(struct ledger_request *request, void *arg)
{
	struct waiter *waiter = arg;

	(void)request;
	/* The waiter may be gone as soon as the lock is released. */
	pthread_mutex_lock(&waiter->lock);
	waiter->done = true;
	pthread_cond_signal(&waiter->ended);
	pthread_mutex_unlock(&waiter->lock);
}

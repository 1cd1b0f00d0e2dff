/*
 * reverser.c - the reversals that are owed, and when each is asked for.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "log/log.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/undo.h"

#define REVERSER_IDLE_MS 60000
#define REVERSER_LEDGER_MS 5000 /* until the ledger is tried again */
#define JITTER_PART 4 /* of a pause is left to chance */

struct reverser {
	struct rear *rear;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop, running;
	pthread_t thread;
	struct owed *owed;
	size_t owed_len, asks;
	struct pool *pool;
	/* Held over a change in the ledger and here, so that what the
	 * operator says and what a module says do not pass each other. */
	pthread_mutex_t deciding;
};

static int collect(void *, const struct ledger_reversal *);
static void *reverser_thread(void *);
static int64_t take_up(struct reverser *, int64_t);
static void ask(struct worker *, struct job *);
static bool decide(struct owed *, enum till_result, const char *, const char *);
static void set_code(const struct owed *, struct ledger_reversal *,
    const char *);
static enum ledger_result record(struct rear *, struct ledger_reversal *);
static void announce(const struct ledger_reversal *);
static int order(struct reverser *, enum reverser_order, const char *,
    struct ledger_reversal *, struct till_error *);
static bool take_away(struct reverser *, const struct ledger_reversal *);
static void remove_owed(struct reverser *, struct owed *);
static struct owed *find(struct reverser *, const struct ledger_reversal *);
static int64_t pause_ms(struct rear *, uint32_t);
static int64_t set_ms(struct rear *, const char *);

int
reverser_start(struct rear *rear, struct reverser **reverser_r,
    struct till_error *err)
{
	struct reverser *reverser = calloc(1, sizeof(*reverser));

	if (reverser == NULL)
		return till_fail(err, "out of memory");
	reverser->rear = rear;
	(void)pthread_mutex_init(&reverser->lock, NULL);
	(void)pthread_mutex_init(&reverser->deciding, NULL);
	clock_cond_init(&reverser->changed);
	if (ledger_reversing_each(rear->ledger, collect, reverser, err) != 0 ||
	    pool_start(rear, REVERSER_THREADS, REVERSER_ASKS_MAX,
		&reverser->pool, err) == -1)
		goto fail;
	if (pthread_create(&reverser->thread, NULL, reverser_thread,
		reverser) != 0) {
		(void)till_fail(err, "no thread can be started");
		goto fail;
	}
	reverser->running = true;
	*reverser_r = reverser;
	return 0;
fail:
	reverser_stop(reverser);
	return -1;
}

void
reverser_stop(struct reverser *reverser)
{
	if (reverser == NULL)
		return;
	(void)pthread_mutex_lock(&reverser->lock);
	reverser->stop = true;
	(void)pthread_cond_broadcast(&reverser->changed);
	(void)pthread_mutex_unlock(&reverser->lock);
	if (reverser->running)
		(void)pthread_join(reverser->thread, NULL);
	(void)pthread_mutex_lock(&reverser->lock);
	while (reverser->asks > 0)
		(void)pthread_cond_wait(&reverser->changed, &reverser->lock);
	(void)pthread_mutex_unlock(&reverser->lock);
	pool_stop(reverser->pool);
	while (reverser->owed != NULL)
		remove_owed(reverser, reverser->owed);
	(void)pthread_cond_destroy(&reverser->changed);
	(void)pthread_mutex_destroy(&reverser->deciding);
	(void)pthread_mutex_destroy(&reverser->lock);
	free(reverser);
}

void
reversal_owe(struct rear *rear, const struct ledger_order *order,
    const unsigned char original[TILL_KEY_SIZE], const char *reason,
    struct ledger_reversal *reversal)
{
	_Static_assert((TILL_KEY_SIZE * 8 + 5) / 6 < TILL_REF_MAX,
	    "a key in base64url is a reference");
	memset(reversal, 0, sizeof(*reversal));
	memcpy(reversal->merchant, order->merchant, sizeof(order->merchant));
	memcpy(reversal->jti, order->jti, sizeof(order->jti));
	memcpy(reversal->customer, order->customer, sizeof(order->customer));
	memcpy(reversal->instance, order->instance, sizeof(order->instance));
	memcpy(reversal->via, order->via, sizeof(order->via));
	memcpy(reversal->setup, order->setup, sizeof(order->setup));
	memcpy(reversal->identity, order->identity, sizeof(order->identity));
	(void)snprintf(reversal->reason, sizeof(reversal->reason), "%s",
	    reason);
	(void)base64url_encode(original, TILL_KEY_SIZE, reversal->original);
	reversal->amount = order->amount;
	reversal->next_ms = wall_ms() + set_ms(rear, "reversal-after");
}

void
reverser_add(struct reverser *reverser, const struct ledger_reversal *reversal)
{
	struct owed *owed = NULL;
	int64_t wait_ms = reversal->next_ms - wall_ms();

	if (reversal->state != REVERSAL_WAITING)
		return;
	(void)pthread_mutex_lock(&reverser->lock);
	if (reverser->owed_len < REVERSER_OWED_MAX &&
	    find(reverser, reversal) == NULL)
		owed = calloc(1, sizeof(*owed));
	if (owed != NULL) {
		/* Whatever the wall clock does, it does not wait longer. */
		if (wait_ms > REVERSAL_LAST_MS)
			wait_ms = REVERSAL_LAST_MS;
		owed->job.run = ask;
		owed->reverser = reverser;
		owed->reversal = *reversal;
		owed->due_ms = clock_ms() + wait_ms;
		owed->next = reverser->owed;
		reverser->owed = owed;
		reverser->owed_len++;
		(void)pthread_cond_broadcast(&reverser->changed);
	}
	(void)pthread_mutex_unlock(&reverser->lock);
	if (owed == NULL)
		log_line(TILL_LOG_ERROR, "reversal.not-watched", "merchant",
		    reversal->merchant, "jti", reversal->jti, NULL);
}

int
reverser_order(struct reverser *reverser, const char *mid, const char *jti,
    uint32_t number, enum reverser_order what, const char *text,
    struct ledger_reversal *reversal, struct till_error *err)
{
	int r;

	(void)pthread_mutex_lock(&reverser->deciding);
	r = ledger_reversal_get(reverser->rear->ledger, mid, jti, number,
	    reversal, err);
	if (r == 0 && reversal->state != REVERSAL_WAITING &&
	    reversal->state != REVERSAL_PARKED)
		r = 1;
	if (r == 0)
		r = order(reverser, what, text, reversal, err);
	(void)pthread_mutex_unlock(&reverser->deciding);
	return r;
}

void
reversal_watch(struct rear *rear, const struct ledger_reversal *reversal)
{
	(void)pthread_mutex_lock(&rear->late_lock);
	if (rear->reverser != NULL)
		reverser_add(rear->reverser, reversal);
	(void)pthread_mutex_unlock(&rear->late_lock);
}

size_t
reverser_owed(struct reverser *reverser)
{
	size_t len;

	(void)pthread_mutex_lock(&reverser->lock);
	len = reverser->owed_len;
	(void)pthread_mutex_unlock(&reverser->lock);
	return len;
}

void
undo_answered(struct owed *owed, enum till_result result, const char *code,
    const char *text)
{
	struct reverser *reverser = owed->reverser;
	bool done;

	(void)pthread_mutex_lock(&reverser->deciding);
	done = decide(owed, result, code, text);
	(void)pthread_mutex_lock(&reverser->lock);
	owed->asked = false;
	reverser->asks--;
	if (done || owed->gone)
		remove_owed(reverser, owed);
	(void)pthread_cond_broadcast(&reverser->changed);
	(void)pthread_mutex_unlock(&reverser->lock);
	(void)pthread_mutex_unlock(&reverser->deciding);
}

static int
collect(void *arg, const struct ledger_reversal *reversal)
{
	reverser_add(arg, reversal);
	return 0;
}

static void *
reverser_thread(void *arg)
{
	struct reverser *reverser = arg;
	int64_t until_ms;

	(void)pthread_mutex_lock(&reverser->lock);
	while (!reverser->stop) {
		until_ms = take_up(reverser, clock_ms());
		(void)clock_cond_wait(&reverser->changed, &reverser->lock,
		    until_ms);
	}
	(void)pthread_mutex_unlock(&reverser->lock);
	return NULL;
}

/* Those that are due are asked for; when is the next one? */
static int64_t
take_up(struct reverser *reverser, int64_t now_ms)
{
	int64_t until_ms = now_ms + REVERSER_IDLE_MS;
	struct owed *owed;

	for (owed = reverser->owed; owed != NULL; owed = owed->next) {
		if (owed->asked || reverser->asks == REVERSER_ASKS_MAX)
			continue;
		if (owed->due_ms > now_ms) {
			if (owed->due_ms < until_ms)
				until_ms = owed->due_ms;
			continue;
		}
		owed->asked = true;
		reverser->asks++;
		pool_push(reverser->pool, &owed->job);
	}
	return until_ms;
}

/* Who ends is not kept waiting: the next start asks. */
static void
ask(struct worker *worker, struct job *job)
{
	struct owed *owed = (struct owed *)job;

	if (atomic_load(&worker->rear->stopping))
		undo_answered(owed, TILL_NOT_ATTEMPTED, "", "");
	else
		undo_ask(worker->rear, worker->pool, owed);
}

/* True: it waits no more.  The ledger comes first; if it cannot take it,
 * the module is asked once more, which does no harm. */
static bool
decide(struct owed *owed, enum till_result result, const char *code,
    const char *text)
{
	struct rear *rear = owed->reverser->rear;
	struct ledger_reversal change = owed->reversal;
	enum ledger_result recorded;

	if (result == TILL_NOT_ATTEMPTED && atomic_load(&rear->stopping))
		return false;
	(void)snprintf(change.text, sizeof(change.text), "%s", text);
	if (!owed->held)
		change.tries++;
	if (result == TILL_REVERSED)
		change.state = REVERSAL_DONE;
	else if (result == TILL_DECLINED && change.refund != 0)
		change.state = REVERSAL_DROPPED; /* the merchant's again */
	else if (result == TILL_DECLINED && !owed->again)
		change.state = REVERSAL_PARKED;
	else if (owed->gone)
		return true;
	else if (owed->held)
		change.state = REVERSAL_PARKED;
	set_code(owed, &change, code);
	change.next_ms = wall_ms();
	if (owed->again)
		change.setup[0] = '\0';
	else
		change.next_ms += pause_ms(rear, change.tries);
	recorded = record(rear, &change);
	if (recorded == LEDGER_REPEAT)
		return true;
	if (recorded != LEDGER_DONE) {
		owed->due_ms = clock_ms() + REVERSER_LEDGER_MS;
		return false;
	}
	announce(&change);
	(void)pthread_mutex_lock(&owed->reverser->lock);
	owed->again = owed->held = false;
	owed->reversal = change;
	owed->due_ms = clock_ms() + change.next_ms - wall_ms();
	(void)pthread_mutex_unlock(&owed->reverser->lock);
	return change.state != REVERSAL_WAITING;
}

/* What the operator wants holds for all further tries: see undo.h. */
static void
set_code(const struct owed *owed, struct ledger_reversal *change,
    const char *code)
{
	const bool meant = change->state == REVERSAL_WAITING &&
	    strcmp(change->code, UNDO_TAKEN_BACK) == 0;
	const bool said = strcmp(code, UNDO_TAKEN_BACK) == 0;

	if (owed->held == said && !meant)
		(void)snprintf(change->code, sizeof(change->code), "%s", code);
	else if (!meant)
		change->code[0] = '\0';
}

/* With the event that it has ended, in one transaction. */
static enum ledger_result
record(struct rear *rear, struct ledger_reversal *reversal)
{
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = reversal,
		.actor = "" };
	struct undone undone;
	enum ledger_result result;

	undone_owe(rear, reversal, &request, &undone);
	result = ledger_apply(rear->ledger, &request);
	if (result == LEDGER_DONE)
		undone_tell(rear, &request, &undone);
	undone_clear(&undone);
	if (result != LEDGER_DONE && result != LEDGER_REPEAT)
		log_line(TILL_LOG_ERROR, "reversal.not-recorded", "merchant",
		    reversal->merchant, "jti", reversal->jti, "error",
		    request.err.text, NULL);
	return result;
}

static void
announce(const struct ledger_reversal *reversal)
{
	enum till_log_level level = TILL_LOG_WARNING;
	const char *event = "reversal.again";
	char tries[LOG_NUMBER_MAX];

	if (reversal->state == REVERSAL_DONE) {
		event = "reversal.done";
		level = TILL_LOG_INFO;
	} else if (reversal->state == REVERSAL_PARKED) {
		event = "reversal.parked";
		level = TILL_LOG_ERROR;
	} else if (reversal->state == REVERSAL_DROPPED) {
		event = "refund.returned";
		level = TILL_LOG_ERROR;
	} else if (reversal->tries >= REVERSAL_ALARM) {
		event = "reversal.alarm";
		level = TILL_LOG_ERROR;
	}
	log_line(level, event, "merchant", reversal->merchant, "jti",
	    reversal->jti, "instance", reversal->instance, "reason",
	    reversal->reason, "tries", log_number(reversal->tries, tries),
	    "code", reversal->code, "text", reversal->text, NULL);
}

static int
order(struct reverser *reverser, enum reverser_order what, const char *text,
    struct ledger_reversal *reversal, struct till_error *err)
{
	const struct ledger_reversal was = *reversal;
	const bool returns = was.refund != 0 &&
	    (what == REVERSER_DROP || what == REVERSER_DROP_UNMADE);
	struct owed *owed;
	bool is_asked;

	if (what == REVERSER_RETRY && strcmp(was.reason, "dispute") == 0)
		return till_fail(err,
		    "it was taken back by the bank itself: there is nothing "
		    "to ask for");
	if (returns && what != REVERSER_DROP_UNMADE)
		return till_fail(err,
		    "the refund may have been made: see the bank's statement, "
		    "and drop it with --force if it was not");
	if (returns && !take_away(reverser, reversal))
		return till_fail(err,
		    "it is being asked for at this moment: park it first");
	reversal->state = what == REVERSER_PARK ? REVERSAL_PARKED
	    : what == REVERSER_RETRY            ? REVERSAL_WAITING
						: REVERSAL_DROPPED;
	if (what == REVERSER_RETRY) {
		reversal->next_ms = wall_ms();
		reversal->setup[0] = '\0';
	}
	if (text != NULL)
		(void)snprintf(reversal->text, sizeof(reversal->text), "%s",
		    text);
	if (record(reverser->rear, reversal) != LEDGER_DONE) {
		if (returns)
			reverser_add(reverser, &was);
		return till_fail(err, "the ledger does not take it now");
	}
	(void)pthread_mutex_lock(&reverser->lock);
	owed = find(reverser, reversal);
	is_asked = owed != NULL && owed->asked;
	if (is_asked) {
		owed->again = what == REVERSER_RETRY;
		owed->gone = !owed->again;
	} else if (owed != NULL) {
		remove_owed(reverser, owed);
	}
	(void)pthread_mutex_unlock(&reverser->lock);
	if (!is_asked)
		reverser_add(reverser, reversal);
	return 0;
}

/* A refund that is dropped is the merchant's again, so it must not be made
 * meanwhile.  False if it may be. */
static bool
take_away(struct reverser *reverser, const struct ledger_reversal *reversal)
{
	struct owed *owed;
	bool is_asked;

	(void)pthread_mutex_lock(&reverser->lock);
	owed = find(reverser, reversal);
	is_asked = owed != NULL && owed->asked;
	if (owed != NULL && !is_asked)
		remove_owed(reverser, owed);
	(void)pthread_mutex_unlock(&reverser->lock);
	return !is_asked;
}

static void
remove_owed(struct reverser *reverser, struct owed *owed)
{
	struct owed **at = &reverser->owed;

	while (*at != owed)
		at = &(*at)->next;
	*at = owed->next;
	reverser->owed_len--;
	free(owed);
}

static struct owed *
find(struct reverser *reverser, const struct ledger_reversal *reversal)
{
	struct owed *owed = reverser->owed;

	while (owed != NULL &&
	    (owed->reversal.number != reversal->number ||
		strcmp(owed->reversal.jti, reversal->jti) != 0 ||
		strcmp(owed->reversal.merchant, reversal->merchant) != 0))
		owed = owed->next;
	return owed;
}

/* Doubling from "set reversal-retry", up to a bound, less a part by chance:
 * those that failed together do not come back together. */
static int64_t
pause_ms(struct rear *rear, uint32_t tries)
{
	int64_t pause = set_ms(rear, "reversal-retry");
	unsigned char chance = 0;

	while (tries-- > 1 && pause < REVERSAL_LAST_MS)
		pause *= 2;
	if (pause > REVERSAL_LAST_MS)
		pause = REVERSAL_LAST_MS;
	(void)context_host()->random(&chance, sizeof(chance));
	return pause - pause / JITTER_PART * chance / UCHAR_MAX;
}

/* Under the lock rather than by a reference: a module's own thread may be
 * here, which the last one to go would wait for. */
static int64_t
set_ms(struct rear *rear, const char *name)
{
	int64_t ms;

	(void)pthread_mutex_lock(&rear->lock);
	ms = conf_set_number(rear->generation->conf, name);
	(void)pthread_mutex_unlock(&rear->lock);
	return ms;
}

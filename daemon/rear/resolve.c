/*
 * resolve.c - what became of a settlement whose outcome is not known?
 *
 * The module is asked with the key of the intent.  What the network has
 * made is booked; what it declined or never got ends the order, unless
 * the ticket is still valid: then the charge is tried again with the same
 * key, which is safe, as that key has one outcome for ever.
 *
 * A look on behalf of the keeper goes to a thread of its instance when it
 * is known whom to ask.  An asynchronous module may answer later: the look
 * leaves its thread then and goes on, as a job of the pool, when both the
 * call has returned and the answer is there.  The looks before the unit
 * serves wait for it.
 */
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "module/result.h"
#include "rear/clock.h"
#include "rear/inquiry.h"
#include "rear/settlement.h"
#include "rear/setup.h"
#include "ticket_peek.h"

#define RESOLVE_MS 15000 /* deadline where the instance has no timeout */

static struct inquiry *inquiry_new(struct rear *, struct pool *, int64_t);
static void inquiry_free(struct inquiry *);
static enum look look(struct inquiry *, const char *, const char *);
static void ended(struct inquiry *, enum look);
static enum look inquire(struct inquiry *);
static void ask(struct worker *, struct job *);
static bool find_instance(struct inquiry *);
static void open_ticket(struct inquiry *);
static void write_log(void *, const char *, enum till_log_level, const char *);
static enum look call(struct inquiry *, enum till_verb);
static void prepare(struct inquiry *, enum till_verb);
static int64_t deadline_of(const struct inquiry *);
static void completed(void *, enum till_result, const struct till_outcome *);
static void meet(struct inquiry *);
static void resumed(struct worker *, struct job *);
static void wait_answer(struct inquiry *);
static enum look act(struct inquiry *, enum till_result);
static bool may_retry(const struct inquiry *);

static const struct context_ops services = { .log = write_log };

bool
resolve_order(struct rear *rear, const char *mid, const char *jti,
    int64_t until_ms)
{
	struct inquiry *inquiry = inquiry_new(rear, NULL, until_ms);
	enum look how;

	if (inquiry == NULL)
		return false;
	how = look(inquiry, mid, jti);
	if (how == LOOK_ASK)
		how = call(inquiry, TILL_QUERY);
	inquiry_free(inquiry);
	return how == LOOK_DONE;
}

void
resolve_doubt(struct rear *rear, struct pool *pool, struct doubt *doubt)
{
	struct inquiry *inquiry = inquiry_new(rear, pool, INT64_MAX);
	enum look how;

	if (inquiry == NULL) {
		keeper_looked(doubt, false);
		return;
	}
	inquiry->doubt = doubt;
	inquiry->tries = doubt->tries;
	how = look(inquiry, doubt->mid, doubt->jti);
	if (how != LOOK_ASK)
		ended(inquiry, how);
	else if (keeper_asks(doubt, inquiry->order.instance,
		     &inquiry->job.group))
		pool_push(pool, &inquiry->job);
	else
		inquiry_free(inquiry);
}

static struct inquiry *
inquiry_new(struct rear *rear, struct pool *pool, int64_t until_ms)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));

	if (inquiry == NULL)
		return NULL;
	inquiry->job.run = ask;
	inquiry->rear = rear;
	inquiry->pool = pool;
	inquiry->until_ms = until_ms;
	(void)pthread_mutex_init(&inquiry->lock, NULL);
	clock_cond_init(&inquiry->answered);
	inquiry->generation = rear_generation(rear);
	return inquiry;
}

static void
inquiry_free(struct inquiry *inquiry)
{
	lend_end(&inquiry->loan, &inquiry->settlement);
	context_free(inquiry->context);
	till_ticket_free(inquiry->ticket);
	merchant_unref(inquiry->merchant);
	generation_unref(inquiry->generation);
	ledger_order_clear(&inquiry->order);
	(void)pthread_cond_destroy(&inquiry->answered);
	(void)pthread_mutex_destroy(&inquiry->lock);
	free(inquiry);
}

static enum look
look(struct inquiry *inquiry, const char *mid, const char *jti)
{
	struct till_error err;
	int r;

	r = ledger_order_get(inquiry->rear->ledger, mid, jti, &inquiry->order,
	    &err);
	if (r != 0)
		return r == 1 ? LOOK_DONE : LOOK_AGAIN;
	if (inquiry->order.state != ORDER_INTENT &&
	    inquiry->order.state != ORDER_UNKNOWN)
		return LOOK_DONE;
	return inquire(inquiry);
}

/* The keeper hears of a look that is through. */
static void
ended(struct inquiry *inquiry, enum look how)
{
	struct doubt *doubt;

	if (how == LOOK_WAITS)
		return;
	doubt = inquiry->doubt;
	inquiry_free(inquiry);
	keeper_looked(doubt, how == LOOK_DONE);
}

static enum look
inquire(struct inquiry *inquiry)
{
	open_ticket(inquiry);
	if (!find_instance(inquiry)) {
		inquiry_say(inquiry, "settle.unknown", "no instance to ask");
		return LOOK_AGAIN;
	}
	if ((instance_module(inquiry->instance)->caps & TILL_CAP_QUERY) == 0) {
		inquiry_say(inquiry, "settle.unknown",
		    "the module cannot be asked");
		return LOOK_AGAIN;
	}
	return LOOK_ASK;
}

/* By its name, and the same module as before: another one may have the
 * name by now, and must not be charged for what it has never seen.  Nor may
 * one with other settings, behind which there may be another network: it is
 * asked, but that it knows nothing says nothing. */
static bool
find_instance(struct inquiry *inquiry)
{
	const struct ledger_order *order = &inquiry->order;
	const struct conf *conf = inquiry->generation->conf;
	char setup[LEDGER_WORD_MAX];
	size_t i;

	for (i = 0; i < conf->instances_len; i++) {
		if (strcmp(conf->instances[i].name, order->instance) != 0)
			continue;
		if (strcmp(settlement_via(conf->instances[i].module),
			order->via) != 0)
			return false;
		inquiry->instance = inquiry->generation->instances[i];
		inquiry->timeout_ms = conf->instances[i].timeout_ms;
		setup_digest(&conf->instances[i], setup);
		inquiry->changed =
		    order->setup[0] != '\0' && strcmp(setup, order->setup) != 0;
		return inquiry->instance != NULL;
	}
	return false;
}

/* The ticket comes from the ledger and was verified when the order was
 * made.  Without it the order can still be asked for. */
static void
open_ticket(struct inquiry *inquiry)
{
	const struct ledger_order *order = &inquiry->order;
	struct till_error err;

	inquiry->merchant =
	    merchants_get(inquiry->rear->merchants, order->merchant);
	if (order->ticket != NULL &&
	    ticket_peek(order->ticket, order->ticket_len, &inquiry->ticket,
		&err) == -1)
		inquiry->ticket = NULL;
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	struct inquiry *inquiry = owner;

	log_line(level, "module", "instance", instance, "ticket",
	    inquiry->order.th, "text", text, NULL);
}

/* On a thread that the instance has now.  Who ends is not kept waiting. */
static void
ask(struct worker *worker, struct job *job)
{
	struct inquiry *inquiry = (struct inquiry *)job;

	if (atomic_load(&worker->rear->stopping))
		ended(inquiry, LOOK_AGAIN);
	else
		ended(inquiry, call(inquiry, TILL_QUERY));
}

/* Ask, and act on the answer. */
static enum look
call(struct inquiry *inquiry, enum till_verb verb)
{
	struct till_outcome outcome;
	enum till_result result;
	struct till_error err;

	prepare(inquiry, verb);
	if (inquiry->context == NULL)
		return LOOK_AGAIN;
	if (lend(inquiry->rear, inquiry->instance, &inquiry->loan,
		&inquiry->settlement, &err) == -1) {
		inquiry_say(inquiry, "settle.unknown", err.text);
		return LOOK_AGAIN;
	}
	memset(&outcome, 0, sizeof(outcome));
	outcome.size = sizeof(outcome);
	atomic_store(&inquiry->met, 0);
	inquiry->has_answer = false;
	inquiry->job.run = resumed;
	if ((instance_module(inquiry->instance)->caps & TILL_CAP_ASYNC) != 0) {
		inquiry->op = op_new(completed, inquiry);
		if (inquiry->op == NULL)
			return LOOK_AGAIN;
	}
	result = instance_settle(inquiry->instance, inquiry->context,
	    &inquiry->settlement, &outcome, inquiry->op);
	lend_end(&inquiry->loan, &inquiry->settlement);
	if (result == TILL_PENDING && inquiry->pool != NULL) {
		inquiry->watched.op = inquiry->op;
		inquiry->watched.deadline_ms = inquiry->settlement.deadline_ms;
		keeper_watch(inquiry->rear->keeper, &inquiry->watched);
		meet(inquiry);
		return LOOK_WAITS;
	}
	if (result == TILL_PENDING) {
		wait_answer(inquiry);
		result = inquiry->result;
	} else {
		inquiry->outcome = outcome;
	}
	return act(inquiry, result);
}

static void
prepare(struct inquiry *inquiry, enum till_verb verb)
{
	const struct ledger_order *order = &inquiry->order;
	const struct till_ticket *ticket = inquiry->ticket;

	inquiry->view = (struct till_order){
		.size = sizeof(inquiry->view),
		.auth_level = order->auth_level,
		.ticket = order->th,
		.merchant = order->merchant,
		.merchant_name =
		    inquiry->merchant == NULL ? "" : inquiry->merchant->name,
		.merchant_origin = "",
		.merchant_country =
		    inquiry->merchant == NULL ? "" : inquiry->merchant->country,
		.customer = order->customer,
		.jti = order->jti,
		.oid = ticket == NULL ? "" : ticket->oid,
		.desc = ticket == NULL ? "" : ticket->desc,
		.kind = till_kind_name(order->kind),
		.channel = "api",
		.lang = "en",
		.amount = order->amount,
		.issued_s = ticket == NULL ? 0 : ticket->iat,
		.expires_s = ticket == NULL ? 0 : ticket->exp,
	};
	inquiry->settlement = (struct till_settlement){
		.size = sizeof(inquiry->settlement),
		.verb = verb,
		.attempt = inquiry->tries + 2,
		.deadline_ms = deadline_of(inquiry),
		.amount = order->amount,
		.payer = order->customer,
		.payee = order->merchant,
		.original = "",
		.reason = "",
	};
	memcpy(inquiry->loan.name, order->identity, sizeof(inquiry->loan.name));
	memcpy(inquiry->settlement.key, order->key, sizeof(order->key));
	memcpy(inquiry->settlement.digest, order->digest,
	    sizeof(order->digest));
	if (inquiry->context == NULL)
		inquiry->context = context_new(instance_name(inquiry->instance),
		    TILL_SETTLE, &services, inquiry);
	if (inquiry->context != NULL)
		inquiry->context->order = &inquiry->view;
}

static int64_t
deadline_of(const struct inquiry *inquiry)
{
	int64_t deadline_ms = clock_ms() + RESOLVE_MS;

	if (inquiry->timeout_ms > 0)
		deadline_ms = clock_ms() + inquiry->timeout_ms;
	return deadline_ms < inquiry->until_ms ? deadline_ms
					       : inquiry->until_ms;
}

/* Any thread. */
static void
completed(void *arg, enum till_result result,
    const struct till_outcome *outcome)
{
	struct inquiry *inquiry = arg;
	/* Whoever waits may be through, and the inquiry gone, as soon as the
	 * lock is free. */
	const bool is_waited_for = inquiry->pool == NULL;

	(void)pthread_mutex_lock(&inquiry->lock);
	inquiry->result = result;
	inquiry->outcome = *outcome;
	inquiry->has_answer = true;
	(void)pthread_cond_signal(&inquiry->answered);
	(void)pthread_mutex_unlock(&inquiry->lock);
	if (!is_waited_for)
		meet(inquiry);
}

/* The second of the two who meet hands the look on. */
static void
meet(struct inquiry *inquiry)
{
	if (atomic_fetch_add(&inquiry->met, 1) == 1)
		pool_push(inquiry->pool, &inquiry->job);
}

static void
resumed(struct worker *worker, struct job *job)
{
	struct inquiry *inquiry = (struct inquiry *)job;

	keeper_unwatch(worker->rear->keeper, &inquiry->watched);
	ended(inquiry, act(inquiry, inquiry->result));
}

static void
wait_answer(struct inquiry *inquiry)
{
	int64_t until_ms = inquiry->settlement.deadline_ms, now_ms;

	(void)pthread_mutex_lock(&inquiry->lock);
	for (now_ms = clock_ms(); !inquiry->has_answer && now_ms < until_ms &&
	     !atomic_load(&inquiry->rear->stopping);
	     now_ms = clock_ms())
		(void)clock_cond_wait(&inquiry->answered, &inquiry->lock,
		    now_ms + KEEPER_TICK_MS);
	(void)pthread_mutex_unlock(&inquiry->lock);
	op_expire(inquiry->op);
}

static enum look
act(struct inquiry *inquiry, enum till_result result)
{
	const enum till_verb verb = inquiry->settlement.verb;
	const char *code = inquiry->outcome.code;

	op_release(inquiry->op);
	inquiry->op = NULL;
	if (!result_fits(verb, result))
		result = TILL_UNKNOWN;
	switch (result) {
	case TILL_COMMITTED:
		return inquiry_book(inquiry);
	case TILL_DECLINED:
	case TILL_REVERSED:
	case TILL_RELEASED:
		return inquiry_refuse(inquiry,
		    code[0] != '\0' ? code : "declined", false);
	case TILL_LOST:
		return inquiry_refuse(inquiry, "no-answer", true);
	case TILL_NOT_FOUND:
		if (inquiry->changed) {
			inquiry_say(inquiry, "settle.unknown",
			    "it is not known to the instance, whose settings "
			    "are others than when it was asked");
			return LOOK_AGAIN;
		}
		if (!may_retry(inquiry))
			return inquiry_refuse(inquiry, "not-settled", false);
		return call(inquiry, TILL_CHARGE);
	default:
		break;
	}
	inquiry_say(inquiry, "settle.unknown", inquiry->outcome.text);
	return LOOK_AGAIN;
}

/* Is the ticket's time still running? */
static bool
may_retry(const struct inquiry *inquiry)
{
	return inquiry->ticket != NULL && wall_s() < inquiry->ticket->exp;
}

/*
 * resolve.c - what became of a settlement whose outcome is not known?
 *
 * The module is asked with the key of the intent.  What the network has
 * made is booked; what it declined or never got ends the order, unless
 * the ticket is still valid: then the charge is tried again with the same
 * key, which is safe, as that key has one outcome for ever.
 */
#include <pthread.h>
#include <string.h>

#include "log/log.h"
#include "module/result.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/keeper.h"
#include "rear/settlement.h"
#include "ticket_peek.h"

#define RESOLVE_MS 15000 /* deadline where the instance has no timeout */

/* One look into one order. */
struct inquiry {
	struct rear *rear;
	struct generation *generation;
	struct instance *instance;
	struct merchant *merchant;
	struct till_ticket *ticket; /* or NULL */
	struct ledger_order order;
	struct till_order view;
	struct till_context *context;
	struct till_settlement settlement;
	struct till_outcome outcome;
	unsigned int tries;
	int64_t timeout_ms, until_ms;
	/* For an answer that comes later. */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool has_answer;
	enum till_result result;
};

static bool inquire(struct inquiry *);
static bool find_instance(struct inquiry *);
static void open_ticket(struct inquiry *);
static void write_log(void *, const char *, enum till_log_level, const char *);
static enum till_result call(struct inquiry *, enum till_verb);
static void prepare(struct inquiry *, enum till_verb);
static int64_t deadline_of(const struct inquiry *);
static void completed(void *, enum till_result, const struct till_outcome *);
static void wait_answer(struct inquiry *, struct till_op *);
static bool act(struct inquiry *, enum till_result);
static bool may_retry(const struct inquiry *);
static bool book(struct inquiry *);
static bool end(struct inquiry *, const char *);
static void say(const struct inquiry *, const char *, const char *);

static const struct context_ops services = { .log = write_log };

bool
resolve_order(struct rear *rear, const char *mid, const char *jti,
    unsigned int tries, int64_t until_ms)
{
	struct inquiry inquiry = { .rear = rear,
		.tries = tries,
		.until_ms = until_ms };
	struct till_error err;
	bool done = false;
	int r;

	r = ledger_order_get(rear->ledger, mid, jti, &inquiry.order, &err);
	if (r != 0)
		return r == 1;
	(void)pthread_mutex_init(&inquiry.lock, NULL);
	clock_cond_init(&inquiry.answered);
	inquiry.generation = rear_generation(rear);
	if (inquiry.order.state != ORDER_INTENT &&
	    inquiry.order.state != ORDER_UNKNOWN)
		done = true;
	else
		done = inquire(&inquiry);
	context_free(inquiry.context);
	till_ticket_free(inquiry.ticket);
	merchant_unref(inquiry.merchant);
	generation_unref(inquiry.generation);
	ledger_order_clear(&inquiry.order);
	(void)pthread_cond_destroy(&inquiry.answered);
	(void)pthread_mutex_destroy(&inquiry.lock);
	return done;
}

static bool
inquire(struct inquiry *inquiry)
{
	open_ticket(inquiry);
	if (!find_instance(inquiry)) {
		say(inquiry, "settle.unknown", "no instance to ask");
		return false;
	}
	if ((instance_module(inquiry->instance)->caps & TILL_CAP_QUERY) == 0) {
		say(inquiry, "settle.unknown", "the module cannot be asked");
		return false;
	}
	return act(inquiry, call(inquiry, TILL_QUERY));
}

/* By its name, and the same module as before: another one may have the
 * name by now, and must not be charged for what it has never seen. */
static bool
find_instance(struct inquiry *inquiry)
{
	const struct ledger_order *order = &inquiry->order;
	const struct conf *conf = inquiry->generation->conf;
	size_t i;

	for (i = 0; i < conf->instances_len; i++) {
		if (strcmp(conf->instances[i].name, order->instance) != 0)
			continue;
		if (strcmp(settlement_via(conf->instances[i].module),
			order->via) != 0)
			return false;
		inquiry->instance = inquiry->generation->instances[i];
		inquiry->timeout_ms = conf->instances[i].timeout_ms;
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

static enum till_result
call(struct inquiry *inquiry, enum till_verb verb)
{
	struct till_outcome outcome;
	struct till_op *op = NULL;
	enum till_result result;

	prepare(inquiry, verb);
	if (inquiry->context == NULL)
		return TILL_UNAVAILABLE;
	memset(&outcome, 0, sizeof(outcome));
	outcome.size = sizeof(outcome);
	if ((instance_module(inquiry->instance)->caps & TILL_CAP_ASYNC) != 0) {
		op = op_new(completed, inquiry);
		if (op == NULL)
			return TILL_UNAVAILABLE;
	}
	inquiry->has_answer = false;
	result = instance_settle(inquiry->instance, inquiry->context,
	    &inquiry->settlement, &outcome, op);
	if (result == TILL_PENDING) {
		wait_answer(inquiry, op);
		result = inquiry->result;
	} else {
		inquiry->outcome = outcome;
	}
	op_release(op);
	return result_fits(verb, result) ? result : TILL_UNKNOWN;
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

static void
completed(void *arg, enum till_result result,
    const struct till_outcome *outcome)
{
	struct inquiry *inquiry = arg;

	(void)pthread_mutex_lock(&inquiry->lock);
	inquiry->result = result;
	inquiry->outcome = *outcome;
	inquiry->has_answer = true;
	(void)pthread_cond_signal(&inquiry->answered);
	(void)pthread_mutex_unlock(&inquiry->lock);
}

static void
wait_answer(struct inquiry *inquiry, struct till_op *op)
{
	int64_t until_ms = inquiry->settlement.deadline_ms, now_ms;

	(void)pthread_mutex_lock(&inquiry->lock);
	for (now_ms = clock_ms(); !inquiry->has_answer && now_ms < until_ms &&
	     !atomic_load(&inquiry->rear->stopping);
	     now_ms = clock_ms())
		(void)clock_cond_wait(&inquiry->answered, &inquiry->lock,
		    now_ms + KEEPER_TICK_MS);
	(void)pthread_mutex_unlock(&inquiry->lock);
	op_expire(op);
}

/* True if that was the end of it. */
static bool
act(struct inquiry *inquiry, enum till_result result)
{
	switch (result) {
	case TILL_COMMITTED:
		return book(inquiry);
	case TILL_DECLINED:
	case TILL_REVERSED:
	case TILL_RELEASED:
		return end(inquiry,
		    inquiry->outcome.code[0] != '\0' ? inquiry->outcome.code
						     : "declined");
	case TILL_NOT_FOUND:
		if (!may_retry(inquiry))
			return end(inquiry, "not-settled");
		result = call(inquiry, TILL_CHARGE);
		if (result == TILL_COMMITTED)
			return book(inquiry);
		return result == TILL_DECLINED && end(inquiry, "declined");
	default:
		break;
	}
	say(inquiry, "settle.unknown", inquiry->outcome.text);
	return false;
}

/* Is the ticket's time still running? */
static bool
may_retry(const struct inquiry *inquiry)
{
	return inquiry->ticket != NULL && wall_s() < inquiry->ticket->exp;
}

static bool
book(struct inquiry *inquiry)
{
	struct ledger_order *order = &inquiry->order;
	struct ledger_request request = {
		.op = LEDGER_PAY,
		.order = order,
		.kind = ENTRY_PAYMENT,
		.actor = "",
	};
	char *ticket = order->ticket;
	enum ledger_result result;
	struct ledger_event event;

	if (!settlement_postings(&inquiry->outcome, &order->amount,
		order->merchant, &request)) {
		say(inquiry, "settle.unknown",
		    "the network moved another amount");
		return false;
	}
	memcpy(order->reference, inquiry->outcome.reference,
	    sizeof(order->reference));
	request.event =
	    herald_owe_settle(inquiry->rear, "settle.resolved", order, &event);
	result = ledger_apply(inquiry->rear->ledger, &request);
	order->ticket = ticket;
	if (result != LEDGER_DONE && result != LEDGER_REPEAT) {
		say(inquiry, "settle.unknown", request.err.text);
		return false;
	}
	if (result == LEDGER_DONE)
		herald_settle(inquiry->rear, "settle.resolved", order,
		    request.event);
	say(inquiry, "settle.resolved", "paid");
	return true;
}

/* What the limits have counted with the intent stays counted: which
 * windows those were is not kept, and too much counted errs on the side
 * of refusing. */
static bool
end(struct inquiry *inquiry, const char *code)
{
	struct ledger_order *order = &inquiry->order;
	struct ledger_request request = {
		.op = LEDGER_END,
		.order = order,
		.actor = "",
	};
	char *ticket = order->ticket;
	enum ledger_result result;
	struct ledger_event event;

	order->state = ORDER_REFUSED;
	order->reason = TILL_REASON_BANK;
	(void)snprintf(order->code, sizeof(order->code), "%s", code);
	request.event =
	    herald_owe_settle(inquiry->rear, "settle.resolved", order, &event);
	result = ledger_apply(inquiry->rear->ledger, &request);
	order->ticket = ticket;
	if (result != LEDGER_DONE && result != LEDGER_REPEAT) {
		say(inquiry, "settle.unknown", request.err.text);
		return false;
	}
	if (result == LEDGER_DONE)
		herald_settle(inquiry->rear, "settle.resolved", order,
		    request.event);
	say(inquiry, "settle.resolved", "refused");
	return true;
}

static void
say(const struct inquiry *inquiry, const char *event, const char *text)
{
	const struct ledger_order *order = &inquiry->order;

	log_line(TILL_LOG_WARNING, event, "ticket", order->th, "merchant",
	    order->merchant, "jti", order->jti, "instance", order->instance,
	    "text", text, NULL);
}

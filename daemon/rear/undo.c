/*
 * undo.c - have a module reverse what it was asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "module/result.h"
#include "rear/clock.h"
#include "rear/keeper.h"
#include "rear/lend.h"
#include "rear/refund.h"
#include "rear/settlement.h"
#include "rear/setup.h"
#include "rear/undo.h"

#define UNDO_MS 30000 /* deadline where the instance has no timeout */

/* One call. */
struct undo {
	struct job job;
	struct rear *rear;
	struct pool *pool;
	struct owed *owed;
	struct generation *generation;
	struct instance *instance;
	struct merchant *merchant;
	struct till_order view;
	char th[TILL_TH_MAX];
	struct till_context *context;
	struct till_settlement settlement;
	struct loan loan;
	struct till_outcome outcome;
	enum till_result result;
	struct till_op *op;
	struct watched watched;
	atomic_uint met; /* the call's return and its completion */
};

static bool may_ask(struct rear *, struct owed *);
static void hold(struct owed *);
static void ask(struct undo *);
static struct instance *find(struct undo *, int64_t *timeout_ms_r);
static int prepare(struct undo *, int64_t timeout_ms, struct till_error *);
static int look_at_order(struct undo *, struct till_error *);
static void write_log(void *, const char *, enum till_log_level, const char *);
static void completed(void *, enum till_result, const struct till_outcome *);
static void meet(struct undo *);
static void resumed(struct worker *, struct job *);
static void answer(struct undo *, enum till_result);
static void give_up(struct undo *, const char *code, const char *text);
static void undo_free(struct undo *);

static const struct context_ops services = { .log = write_log };

void
undo_ask(struct rear *rear, struct pool *pool, struct owed *owed)
{
	struct undo *undo;

	if (!may_ask(rear, owed))
		return;
	undo = calloc(1, sizeof(*undo));
	if (undo == NULL) {
		undo_answered(owed, TILL_NOT_ATTEMPTED, "technical",
		    "out of memory");
		return;
	}
	undo->job.run = resumed;
	undo->rear = rear;
	undo->pool = pool;
	undo->owed = owed;
	undo->generation = rear_generation(rear);
	undo->merchant =
	    merchants_get(rear->merchants, owed->reversal.merchant);
	ask(undo);
}

/* Not what the customer has from the network already, unless the operator
 * has seen that and asks for it all the same. */
static bool
may_ask(struct rear *rear, struct owed *owed)
{
	const struct ledger_reversal *reversal = &owed->reversal;
	struct till_error err;
	bool overtaken;

	owed->held = false;
	if (reversal->refund == 0 ||
	    strcmp(reversal->code, UNDO_TAKEN_BACK) == 0)
		return true;
	if (refund_overtaken(rear, reversal, &overtaken, &err) == -1) {
		undo_answered(owed, TILL_NOT_ATTEMPTED, "technical", err.text);
		return false;
	}
	if (!overtaken)
		return true;
	owed->held = true;
	hold(owed);
	return false;
}

/* What was asked for before may have been made. */
static void
hold(struct owed *owed)
{
	const struct ledger_reversal *reversal = &owed->reversal;
	char text[sizeof(reversal->text)];

	if (reversal->tries == 0)
		(void)snprintf(text, sizeof(text),
		    "the bank has taken so much of it back itself");
	else
		(void)snprintf(text, sizeof(text),
		    "the bank has taken it back itself; asked for %u times, "
		    "the last answer: %.31s",
		    reversal->tries,
		    reversal->code[0] == '\0' ? "none" : reversal->code);
	undo_answered(owed, TILL_NOT_ATTEMPTED, UNDO_TAKEN_BACK, text);
}

static void
ask(struct undo *undo)
{
	struct till_outcome outcome = { .size = sizeof(outcome) };
	enum till_result result;
	struct till_error err;
	int64_t timeout_ms;

	undo->instance = find(undo, &timeout_ms);
	if (undo->instance == NULL) {
		give_up(undo, "technical",
		    "the instance that settled it is gone, or is another one");
		return;
	}
	if ((instance_module(undo->instance)->caps & TILL_CAP_REVERSE) == 0) {
		give_up(undo, "technical", "the module cannot reverse");
		return;
	}
	if (prepare(undo, timeout_ms, &err) == -1) {
		give_up(undo, "technical", err.text);
		return;
	}
	if ((instance_module(undo->instance)->caps & TILL_CAP_ASYNC) != 0) {
		undo->op = op_new(completed, undo);
		if (undo->op == NULL) {
			give_up(undo, "technical", "out of memory");
			return;
		}
	}
	/* Its completion may be there before the call returns. */
	result = instance_settle(undo->instance, undo->context,
	    &undo->settlement, &outcome, undo->op);
	lend_end(&undo->loan, &undo->settlement);
	if (result != TILL_PENDING) {
		undo->outcome = outcome;
		answer(undo, result);
		return;
	}
	undo->watched.op = undo->op;
	undo->watched.deadline_ms = undo->settlement.deadline_ms;
	keeper_watch(undo->rear->keeper, &undo->watched);
	meet(undo);
}

/* By its name, and the same module and settings as before: another one would
 * truly say that it has nothing to reverse. */
static struct instance *
find(struct undo *undo, int64_t *timeout_ms)
{
	char setup[LEDGER_WORD_MAX];
	const struct ledger_reversal *reversal = &undo->owed->reversal;
	const struct conf *conf = undo->generation->conf;
	size_t i;

	for (i = 0; i < conf->instances_len; i++) {
		if (strcmp(conf->instances[i].name, reversal->instance) != 0)
			continue;
		setup_digest(&conf->instances[i], setup);
		if (strcmp(settlement_via(conf->instances[i].module),
			reversal->via) != 0 ||
		    (reversal->setup[0] != '\0' &&
			strcmp(setup, reversal->setup) != 0))
			return NULL;
		*timeout_ms = conf->instances[i].timeout_ms;
		return undo->generation->instances[i];
	}
	return NULL;
}

static int
prepare(struct undo *undo, int64_t timeout_ms, struct till_error *err)
{
	const struct ledger_reversal *reversal = &undo->owed->reversal;

	if (look_at_order(undo, err) == -1)
		return -1;
	undo->settlement = (struct till_settlement){
		.size = sizeof(undo->settlement),
		.verb = TILL_REVERSE,
		.attempt = reversal->tries + 1,
		.deadline_ms =
		    clock_ms() + (timeout_ms > 0 ? timeout_ms : UNDO_MS),
		.amount = reversal->amount,
		.payer = reversal->customer,
		.payee = reversal->merchant,
		.original = reversal->original,
		.reason = reversal->reason,
	};
	memcpy(undo->settlement.key, reversal->key, sizeof(reversal->key));
	if (settlement_digest(&undo->settlement) == -1)
		return till_fail(err, "no digest can be made");
	memcpy(undo->loan.name, reversal->identity, sizeof(undo->loan.name));
	undo->context = context_new(instance_name(undo->instance), TILL_SETTLE,
	    &services, undo);
	if (undo->context == NULL)
		return till_fail(err, "out of memory");
	undo->context->order = &undo->view;
	return lend(undo->rear, undo->instance, &undo->loan, &undo->settlement,
	    err);
}

/* What the module is told of the order that was undone. */
static int
look_at_order(struct undo *undo, struct till_error *err)
{
	const struct ledger_reversal *reversal = &undo->owed->reversal;
	const struct merchant *merchant = undo->merchant;
	struct ledger_order order;

	if (ledger_order_get(undo->rear->ledger, reversal->merchant,
		reversal->jti, &order, err) != 0)
		return till_fail(err, "the order cannot be read");
	memcpy(undo->th, order.th, sizeof(undo->th));
	undo->view = (struct till_order){
		.size = sizeof(undo->view),
		.auth_level = order.auth_level,
		.ticket = undo->th,
		.merchant = reversal->merchant,
		.merchant_name = merchant == NULL ? "" : merchant->name,
		.merchant_origin = "",
		.merchant_country = merchant == NULL ? "" : merchant->country,
		.customer = reversal->customer,
		.jti = reversal->jti,
		.oid = "",
		.desc = "",
		.kind = till_kind_name(order.kind),
		.channel = "api",
		.lang = "en",
		.amount = reversal->amount,
		.issued_s = order.decided_s,
		.expires_s = order.decided_s,
	};
	ledger_order_clear(&order);
	return 0;
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	struct undo *undo = owner;

	log_line(level, "module", "instance", instance, "ticket", undo->th,
	    "text", text, NULL);
}

/* Any thread. */
static void
completed(void *arg, enum till_result result,
    const struct till_outcome *outcome)
{
	struct undo *undo = arg;

	undo->result = result;
	undo->outcome = *outcome;
	meet(undo);
}

/* The second of the two who meet hands it on. */
static void
meet(struct undo *undo)
{
	if (atomic_fetch_add(&undo->met, 1) == 1)
		pool_push(undo->pool, &undo->job);
}

static void
resumed(struct worker *worker, struct job *job)
{
	struct undo *undo = (struct undo *)job;

	keeper_unwatch(worker->rear->keeper, &undo->watched);
	answer(undo, undo->result);
}

static void
answer(struct undo *undo, enum till_result result)
{
	struct owed *owed = undo->owed;
	char code[sizeof(undo->outcome.code)], text[sizeof(undo->outcome.text)];

	op_release(undo->op);
	if (!result_fits(TILL_REVERSE, result))
		result = TILL_UNKNOWN;
	(void)snprintf(code, sizeof(code), "%s",
	    undo->outcome.code[0] != '\0' ? undo->outcome.code
					  : undo->context->code);
	(void)snprintf(text, sizeof(text), "%.127s",
	    undo->outcome.text[0] != '\0' ? undo->outcome.text
					  : undo->context->why.text);
	undo_free(undo);
	undo_answered(owed, result, code, text);
}

static void
give_up(struct undo *undo, const char *code, const char *text)
{
	struct owed *owed = undo->owed;

	lend_end(&undo->loan, &undo->settlement);
	undo_free(undo);
	undo_answered(owed, TILL_NOT_ATTEMPTED, code, text);
}

static void
undo_free(struct undo *undo)
{
	context_free(undo->context);
	merchant_unref(undo->merchant);
	generation_unref(undo->generation);
	free(undo);
}

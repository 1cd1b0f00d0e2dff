/*
 * order_book.c - have the ledger pay an order, or write that it may be
 * paid elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "rear/book.h"
#include "rear/herald.h"
#include "rear/owe_back.h"
#include "rear/reverser.h"
#include "rear/settlement.h"
#include "rear/setup.h"

static void book_setup(struct order_run *);
static void answered(struct ledger_request *, void *);
static enum step declined(struct order_run *);
static enum step stale(struct order_run *);
static enum step refused_request(struct order_run *);
static void say_not_booked(const struct order_run *);

void
book_begin(struct order_run *run, enum ledger_op op)
{
	struct ledger_request *request = &run->ledger;

	request->op = op;
	request->order = &run->stored;
	if (op != LEDGER_PAY)
		request->postings_len = 0;
	request->counters_len = 0;
	request->kind = ENTRY_NONE;
	request->event = NULL;
	request->reversal = NULL;
	request->note = NULL;
	request->actor = "";
	request->result = LEDGER_NONE;
	request->serial_r = 0;
	request->failed = 0;
	request->err.text[0] = '\0';
	request->done = answered;
	request->arg = run;
	request->next = NULL;
}

void
book_order(struct order_run *run)
{
	struct ledger_order *order = &run->stored;

	order_fill(run, order);
	if (run->intended) {
		memcpy(order->key, run->intent_key, sizeof(order->key));
		memcpy(order->digest, run->intent_digest,
		    sizeof(order->digest));
		order->attempt = run->attempt;
		book_setup(run);
	}
	if (run->rule != NULL && run->rule->instance != NULL) {
		(void)snprintf(order->via, sizeof(order->via), "%s",
		    settlement_via(run->rule->instance->module));
		(void)snprintf(order->instance, sizeof(order->instance), "%s",
		    run->rule->instance->name);
		memcpy(order->reference, run->outcome.reference,
		    sizeof(order->reference));
	}
	decision_print(run, order->decision, sizeof(order->decision));
}

/* What the instance was when it was asked, and whom it was told of. */
static void
book_setup(struct order_run *run)
{
	memcpy(run->stored.setup, run->intent_setup, sizeof(run->stored.setup));
	(void)snprintf(run->stored.identity, sizeof(run->stored.identity), "%s",
	    run->loan.name);
}

/* The counters with which the order was admitted: added, or (-1) given
 * back without looking at their bounds. */
void
book_count(struct order_run *run, int sign)
{
	struct ledger_counter *counter;
	uint32_t i;

	for (i = 0; i < run->counters_len; i++) {
		if (sign < 0 && run->counters[i].reset)
			continue;
		counter = &run->ledger.counters[run->ledger.counters_len++];
		*counter = run->counters[i];
		if (sign > 0)
			continue;
		counter->add_micro = -counter->add_micro;
		counter->add_count = -counter->add_count;
		counter->max_micro = -1;
		counter->max_count = -1;
		counter->expect = false;
		counter->allowance = false;
	}
}

enum step
order_book(struct order_run *run)
{
	book_begin(run, LEDGER_PAY);
	book_order(run);
	if (run->charged)
		reversal_owe(run->rear, &run->stored, run->intent_key, "late",
		    &run->reversal);
	run->ledger.kind = ENTRY_PAYMENT;
	if (run->purchase->ticket->kind == TILL_KIND_IDENTITY) {
		/* Nothing is paid, so nothing counts as a payment. */
		run->ledger.kind = ENTRY_IDENTITY;
		run->ledger.postings_len = 0;
	} else if (!run->intended) {
		/* An intent has counted already. */
		limits_count_strong(run);
		book_count(run, 1);
	}
	run->ledger.event = herald_owe_order(run, LEDGER_PAY);
	return run_to_ledger(run, STAGE_BOOKED);
}

enum step
order_booked(struct order_run *run)
{
	enum ledger_result result = run->ledger.result;

	/* The money has moved: whatever holds up the booking, the order
	 * cannot be refused any more. */
	if (run->charged && result != LEDGER_DONE && result != LEDGER_REPEAT) {
		say_not_booked(run);
		return order_to_doubt(run);
	}
	switch (result) {
	case LEDGER_DONE:
		run->newly = true;
		run->settled = true;
		run->purchase->paid = true;
		(void)atomic_fetch_add(&run->rear->paid, 1);
		return run_on(run, STAGE_SIGN);
	case LEDGER_REPEAT:
		if (run->charged)
			(void)owe_back(run->rear, &run->stored, &run->reversal);
		return order_stored(run);
	case LEDGER_CONFLICT:
		return run_answer(run, STATUS_CONFLICT);
	case LEDGER_DECLINED:
		return declined(run);
	case LEDGER_LIMITED:
		return order_refuse(run, TILL_REASON_LIMIT, "limit");
	case LEDGER_STALE:
		return stale(run);
	case LEDGER_ASK:
		return order_ask(run);
	case LEDGER_NONE:
	case LEDGER_INVALID:
		return refused_request(run);
	case LEDGER_NO_ROOM:
	case LEDGER_BUSY:
		break;
	}
	return run_busy(run);
}

enum step
order_intend(struct order_run *run, struct instance *instance)
{
	struct ledger_order *order = &run->stored;
	struct till_error err;

	/* Whose identity it is, is known before the intent is written. */
	run->loan.name[0] = '\0';
	if (lend(run->rear, instance, &run->loan, &run->settlement, &err) ==
	    -1) {
		log_line(TILL_LOG_ERROR, "identity.not-read", "ticket",
		    run->purchase->ticket->th, "error", err.text, NULL);
		return run_busy(run);
	}
	setup_digest(run->rule->instance, run->intent_setup);
	book_begin(run, LEDGER_INTENT);
	book_order(run);
	book_setup(run);
	memcpy(order->key, run->settlement.key, sizeof(order->key));
	memcpy(order->digest, run->settlement.digest, sizeof(order->digest));
	order->attempt = run->attempt + 1;
	/* The intents of one order count it once. */
	if (!run->intended) {
		limits_count_strong(run);
		book_count(run, 1);
	}
	return run_to_ledger(run, STAGE_INTENDED);
}

enum step
order_intended(struct order_run *run)
{
	switch (run->ledger.result) {
	case LEDGER_DONE:
		run->intended = true;
		run->purchase->ordered = true;
		run->count_back = true;
		run->attempt++;
		memcpy(run->intent_key, run->settlement.key,
		    sizeof(run->intent_key));
		memcpy(run->intent_digest, run->settlement.digest,
		    sizeof(run->intent_digest));
		run->stage = STAGE_CALL;
		/* One module that hangs must not hold up the others. */
		run->job.group = instance_group(
		    generation_instance(run->purchase->generation, run->rule));
		pool_push(run->rear->callers, &run->job);
		return STEP_WAITS;
	case LEDGER_REPEAT:
		return order_stored(run);
	case LEDGER_CONFLICT:
		return run_answer(run, STATUS_CONFLICT);
	case LEDGER_LIMITED:
		return order_refuse(run, TILL_REASON_LIMIT, "limit");
	case LEDGER_STALE:
		return stale(run);
	case LEDGER_ASK:
		return order_ask(run);
	case LEDGER_NONE:
	case LEDGER_INVALID:
	case LEDGER_DECLINED:
		return refused_request(run);
	case LEDGER_NO_ROOM:
	case LEDGER_BUSY:
		break;
	}
	return run_busy(run);
}

/* On the ledger's thread. */
static void
answered(struct ledger_request *request, void *arg)
{
	struct order_run *run = arg;

	(void)request;
	pool_push(run->rear->workers, &run->job);
}

/* A condition of a posting did not hold. */
static enum step
declined(struct order_run *run)
{
	const struct ledger_posting *failed =
	    &run->ledger.postings[run->ledger.failed];

	if (run->settler->code[0] == '\0')
		(void)snprintf(run->settler->code, sizeof(run->settler->code),
		    "%s",
		    failed->condition == TILL_IF_WITHIN ? "limit" : "funds");
	return order_route_answer(run, TILL_DECLINED);
}

/* The counters are not what guards have seen. */
static enum step
stale(struct order_run *run)
{
	if (++run->stale > RUN_STALE_MAX)
		return run_busy(run);
	run->settling = false;
	run->unasked = false;
	run->now_s = wall_s();
	return run_on(run, STAGE_POLICY);
}

/* The ledger takes no such request: the postings of a module, or an order
 * that is being settled in another way than the stack says by now. */
static enum step
refused_request(struct order_run *run)
{
	struct ledger_order order;
	struct till_error err;

	say_not_booked(run);
	if (ledger_order_get(run->rear->ledger, run->claim.mid, run->claim.jti,
		&order, &err) == 0) {
		order_fill(run, &run->stored);
		run->stored = order;
		run->has_stored = true;
		return order_stored(run);
	}
	return order_refuse(run, TILL_REASON_BANK, "technical");
}

/* Whose postings they were, and what is wrong with them. */
static void
say_not_booked(const struct order_run *run)
{
	const struct conf_instance *instance =
	    run->rule == NULL ? NULL : run->rule->instance;

	log_line(TILL_LOG_ERROR, "order.not-booked", "ticket",
	    run->purchase->ticket->th, "instance",
	    instance == NULL ? NULL : instance->name, "module",
	    instance == NULL ? NULL : instance->module, "error",
	    run->ledger.err.text, NULL);
}

/*
 * order_charge.c - settlements outside the ledger.
 *
 * The intent is durable, with the key that names this settlement for
 * ever; then the module is called; then the ledger writes what came of
 * it.  What is not a clear answer leaves the order UNKNOWN, and the keeper
 * asks until it is known; no other route is tried after it.
 */
#include <stddef.h>
#include <string.h>

#include "module/result.h"
#include "rear/book.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/keeper.h"
#include "rear/owe_back.h"
#include "rear/reverser.h"
#include "rear/settlement.h"

/* What has come about of a pending call.  Whoever makes it RETURNED and
 * COMPLETED alone hands the run on. */
#define RETURNED 1U
#define COMPLETED 2U
#define PARKING 4U /* the front is being told that it takes longer */

static void completed(void *, enum till_result, const struct till_outcome *);
static bool slow(struct watched *);
static void meet(struct order_run *, unsigned int);
static enum step back(struct order_run *, enum till_result,
    const struct till_outcome *);
static enum step charged(struct order_run *);

enum step
order_call(struct order_run *run)
{
	struct instance *instance =
	    generation_instance(run->purchase->generation, run->rule);
	struct till_outcome outcome;
	enum till_result result;
	int64_t patience_ms;

	run->stage = STAGE_CALLED;
	run->job.group = NULL; /* only this stage is of one */
	memset(&outcome, 0, sizeof(outcome));
	outcome.size = sizeof(outcome);
	atomic_store(&run->met, 0);
	/* It may have waited for a thread until its time was over. */
	if (clock_ms() >= run->settlement.deadline_ms)
		return back(run, TILL_NOT_ATTEMPTED, &outcome);
	if ((instance_module(instance)->caps & TILL_CAP_ASYNC) != 0) {
		run->op = op_new(completed, run);
		if (run->op == NULL)
			return back(run, TILL_NOT_ATTEMPTED, &outcome);
	}
	result = instance_settle(instance, run->settler, &run->settlement,
	    &outcome, run->op);
	lend_end(&run->loan, &run->settlement);
	if (result != TILL_PENDING)
		return back(run, result, &outcome);
	/* Its completion may be there already; it takes the run only when
	 * this thread has left it, too. */
	patience_ms =
	    conf_set_number(run->purchase->generation->conf, "pending-after");
	if (patience_ms == 0)
		order_park(run);
	run->watched.op = run->op;
	run->watched.deadline_ms = run->settlement.deadline_ms;
	run->watched.slow = patience_ms == 0 ? NULL : slow;
	run->watched.slow_ms = clock_ms() + patience_ms;
	keeper_watch(run->rear->keeper, &run->watched);
	meet(run, RETURNED);
	return STEP_WAITS;
}

enum step
order_parked(struct order_run *run)
{
	run->stage = STAGE_CALLED;
	order_park(run);
	/* Its completion has left it to this thread, or takes it now. */
	if ((atomic_fetch_and(&run->met, ~PARKING) & COMPLETED) != 0)
		return STEP_ON;
	return STEP_WAITS;
}

enum step
order_called(struct order_run *run)
{
	enum till_result result = run->result;

	keeper_unwatch(run->rear->keeper, &run->watched);
	op_release(run->op);
	run->op = NULL;
	if (!result_fits(TILL_CHARGE, result))
		result = TILL_UNKNOWN;
	if (result == TILL_COMMITTED)
		return charged(run);
	if (result == TILL_LOST) {
		run->lost = true;
		return order_refuse(run, TILL_REASON_BANK, "no-answer");
	}
	if (result == TILL_DECLINED || result == TILL_NOT_ATTEMPTED)
		return order_route_answer(run, result);
	return order_to_doubt(run);
}

enum step
order_to_doubt(struct order_run *run)
{
	run->in_doubt = true;
	book_begin(run, LEDGER_END);
	book_order(run);
	if (run->result == TILL_COMMITTED)
		reversal_owe(run->rear, &run->stored, run->intent_key, "late",
		    &run->reversal);
	run->stored.state = ORDER_UNKNOWN;
	run->ledger.event = herald_owe_order(run, LEDGER_END);
	return run_to_ledger(run, STAGE_DOUBT);
}

/* Recorded as UNKNOWN or still as INTENT: it is looked into either way. */
enum step
order_doubt(struct order_run *run)
{
	if (run->ledger.result == LEDGER_REPEAT &&
	    run->stored.state != ORDER_INTENT &&
	    run->stored.state != ORDER_UNKNOWN) {
		/* It was ended before the money that moved was booked. */
		if (run->result == TILL_COMMITTED)
			(void)owe_back(run->rear, &run->stored, &run->reversal);
		return order_stored(run);
	}
	keeper_resolve(run->rear->keeper, run->claim.mid, run->claim.jti);
	return run_answer(run, STATUS_PENDING);
}

/* The late answer; any thread. */
static void
completed(void *arg, enum till_result result,
    const struct till_outcome *outcome)
{
	struct order_run *run = arg;

	run->result = result;
	run->outcome = *outcome;
	meet(run, COMPLETED);
}

/* The keeper's thread.  Not while the call has still to return. */
static bool
slow(struct watched *watched)
{
	struct order_run *run = (struct order_run *)((char *)watched -
	    offsetof(struct order_run, watched));
	unsigned int met = RETURNED;

	if (!atomic_compare_exchange_strong(&run->met, &met,
		RETURNED | PARKING))
		return (met & COMPLETED) != 0;
	run->stage = STAGE_PARK;
	pool_push(run->rear->workers, &run->job);
	return true;
}

static void
meet(struct order_run *run, unsigned int what)
{
	if ((atomic_fetch_or(&run->met, what) | what) == (RETURNED | COMPLETED))
		pool_push(run->rear->workers, &run->job);
}

static enum step
back(struct order_run *run, enum till_result result,
    const struct till_outcome *outcome)
{
	lend_end(&run->loan, &run->settlement); /* also if it was not called */
	run->result = result;
	run->outcome = *outcome;
	pool_push(run->rear->workers, &run->job);
	return STEP_WAITS;
}

static enum step
charged(struct order_run *run)
{
	/* Something else was moved than was asked: not an approval. */
	if (!settlement_postings(&run->outcome, &run->stored, &run->ledger))
		return order_to_doubt(run);
	settlement_say(&run->stored, &run->ledger);
	run->charged = true;
	return order_book(run);
}

/*
 * order.c - one entry point for every order: policy, auth, settle.
 *
 * order_settle drives a run through its stages.  Each stage function
 * says where to go on, or that it has handed the run on: to the ledger,
 * to another pool, to an asynchronous module, to the one who has the same
 * order.  Whoever has done its part queues the run again, and order_settle
 * goes on at the stage that was left.  Nothing else runs a stage, so
 * settle cannot come without auth, nor auth without policy.
 *
 *	KNOWN     what the ledger has of this order already; a ticket whose
 *	          time is over; a customer who does not want it
 *	POLICY    the policy stack; a refusal waits until the customer is
 *	          known, as its reason is nobody else's business
 *	AUTH      the auth stack: prompts, or a verdict (hashers)
 *	CUSTOMER  the record behind the id; policy's verdict
 *	CLAIM     one request at a time for one order (waits)
 *	ROUTE     the settle stack: the line to ask
 *	BOOKED    the ledger has paid, or says why not (ledger)
 *	INTENDED  the intent of a settlement elsewhere is durable (ledger)
 *	CALL      that settlement (callers)
 *	PARK      it takes longer: the front is told so
 *	CALLED    its outcome (asynchronous modules)
 *	DOUBT     UNKNOWN is recorded: the keeper finds out (ledger)
 *	END       the order is to end unpaid
 *	ENDED     that is durable (ledger)
 *	SIGN      the voucher or the refusal, of what the ledger holds
 *	ANSWER    finish.c
 *
 *	KNOWN > POLICY > AUTH > CUSTOMER > CLAIM > ROUTE > BOOKED > SIGN
 *	                                    |        ^ |
 *	                                    |        | INTENDED > CALL > CALLED
 *	                                    waits    declined: next line
 *
 * A sign-in has but KNOWN > AUTH > CUSTOMER > ANSWER: see sign_in.c.
 * A look (ACTION_VIEW) goes the same way as far as CUSTOMER, without
 * replies.  Where counters have changed meanwhile (LEDGER_STALE) all of it
 * runs again from POLICY, with what auth lines have answered.
 */
#include <stdio.h>
#include <string.h>

#include "rear/clock.h"
#include "rear/keeper.h"
#include "rear/run.h"

static void leave_intent(struct order_run *);
static enum step order_known(struct order_run *);
static bool look_up(struct order_run *, enum step *);
static enum step known_voucher(struct order_run *);
static enum step known_payer(struct order_run *);
static enum step unknown_order(struct order_run *);

static enum step (*const stages[])(struct order_run *) = {
	[STAGE_KNOWN] = order_known,
	[STAGE_POLICY] = order_policy,
	[STAGE_AUTH] = order_auth,
	[STAGE_CUSTOMER] = order_customer,
	[STAGE_CLAIM] = order_claim,
	[STAGE_ROUTE] = order_route,
	[STAGE_PROPOSE] = order_propose,
	[STAGE_INTENDED] = order_intended,
	[STAGE_CALL] = order_call,
	[STAGE_PARK] = order_parked,
	[STAGE_CALLED] = order_called,
	[STAGE_BOOKED] = order_booked,
	[STAGE_DOUBT] = order_doubt,
	[STAGE_END] = order_end,
	[STAGE_ENDED] = order_ended,
	[STAGE_SIGN] = order_sign,
};

void
order_settle(struct order_run *run)
{
	while (run->stage != STAGE_ANSWER) {
		switch (stages[run->stage](run)) {
		case STEP_WAITS:
			return;
		case STEP_ON:
			break;
		case STEP_NONE:
			(void)run_busy(run);
			break;
		}
	}
	if (run->intended && !run->in_doubt)
		leave_intent(run);
	order_finish(run);
}

enum step
run_on(struct order_run *run, enum stage stage)
{
	run->stage = stage;
	return STEP_ON;
}

enum step
run_answer(struct order_run *run, enum order_status status)
{
	run->answer.status = status;
	if (status == STATUS_PENDING)
		run->answer.retry_after_s = REAR_BUSY_S;
	return run_on(run, STAGE_ANSWER);
}

enum step
run_busy(struct order_run *run)
{
	run->answer.retry_after_s = REAR_BUSY_S;
	run->answer.reason = TILL_REASON_NONE;
	run->answer.code[0] = '\0';
	(void)atomic_fetch_add(&run->rear->busy, 1);
	return run_answer(run, STATUS_BUSY);
}

enum step
run_to_ledger(struct order_run *run, enum stage next)
{
	run->stage = next;
	ledger_submit(run->rear->ledger, &run->ledger);
	return STEP_WAITS;
}

enum step
order_stored(struct order_run *run)
{
	struct ledger_order *stored = &run->stored;

	if (strcmp(stored->th, run->purchase->ticket->th) != 0)
		return run_answer(run, STATUS_CONFLICT);
	switch (stored->state) {
	case ORDER_PAID:
	case ORDER_REFUNDED:
		return known_payer(run);
	case ORDER_REFUSED:
	case ORDER_CANCELLED:
	case ORDER_EXPIRED:
		return run_on(run, STAGE_SIGN);
	case ORDER_INTENT:
	case ORDER_UNKNOWN:
		return run_answer(run, STATUS_PENDING);
	case ORDER_NONE:
		break;
	}
	return run_busy(run);
}

/* Something has kept the order from its end, and its intent stands in the
 * ledger, with the line that was called last: the keeper asks there. */
static void
leave_intent(struct order_run *run)
{
	run->in_doubt = true;
	run->answer.reason = TILL_REASON_NONE;
	run->answer.code[0] = '\0';
	run->answer.prompts = NULL;
	keeper_resolve(run->rear->keeper, run->claim.mid, run->claim.jti);
	(void)run_answer(run, STATUS_PENDING);
}

/*
 * The way that must be short is a payment within a session: it needs no
 * look, as the ledger says when it pays what it has of the order.
 */
static enum step
order_known(struct order_run *run)
{
	enum step step = STEP_ON;

	if (run->purchase->sign_in)
		return run_on(run, STAGE_AUTH);
	if (run->request.action == ACTION_PAY && run->has_session &&
	    run->conversation == NULL && !run->purchase->expired &&
	    run->purchase->closed == NULL)
		return run_on(run, STAGE_POLICY);
	if (look_up(run, &step))
		return step;
	return unknown_order(run);
}

/* True if the order is known; *step_r says how to go on. */
static bool
look_up(struct order_run *run, enum step *step_r)
{
	const struct till_ticket *ticket = run->purchase->ticket;
	struct till_error err;
	int r;

	if (orders_recent(run->rear->orders, ticket->iss, ticket->jti,
		clock_ms(), &run->kept)) {
		*step_r = known_voucher(run);
		return true;
	}
	r = ledger_order_get(run->rear->ledger, ticket->iss, ticket->jti,
	    &run->stored, &err);
	if (r == 1)
		return false;
	run->has_stored = r == 0;
	*step_r = r == 0 ? order_stored(run) : run_busy(run);
	return true;
}

/* A voucher that was given just before: as the order it stands for. */
static enum step
known_voucher(struct order_run *run)
{
	struct ledger_order *stored = &run->stored;

	order_fill(run, stored);
	stored->state = ORDER_PAID;
	memcpy(stored->th, run->kept.th, sizeof(stored->th));
	memcpy(stored->customer, run->kept.customer, sizeof(stored->customer));
	memcpy(stored->via, run->kept.via, sizeof(stored->via));
	stored->unasked = run->kept.unasked;
	stored->serial = run->kept.txn;
	stored->refunded_micro = run->kept.refunded_micro;
	stored->time_ms = run->kept.time_s * 1000;
	return order_stored(run);
}

/*
 * It is paid.  The voucher is for whoever paid: in this conversation, or
 * shown to be the same one by the auth stack.
 */
static enum step
known_payer(struct order_run *run)
{
	const struct purchase *purchase = run->purchase;

	run->settled = true;
	if (!purchase->shown && !purchase->paid && !purchase->ordered)
		return run_on(run, STAGE_AUTH);
	if (strcmp(purchase->customer, run->stored.customer) == 0)
		return run_on(run, STAGE_SIGN);
	run->answer.reason = TILL_REASON_POLICY;
	code_set(run->answer.code, "already-paid");
	return run_answer(run, STATUS_REFUSED);
}

static enum step
unknown_order(struct order_run *run)
{
	const struct purchase *purchase = run->purchase;

	if (purchase->closed != NULL) {
		code_set(run->answer.code, purchase->closed);
		(void)snprintf(run->answer.text, sizeof(run->answer.text), "%s",
		    purchase->closed_text);
		return run_answer(run, STATUS_INVALID);
	}
	if (run->request.action == ACTION_CANCEL) {
		run->answer.reason = TILL_REASON_CANCELLED;
		code_set(run->answer.code, "cancelled");
		return run_on(run, STAGE_END);
	}
	/* The refusal of an expired ticket is signed, so the order must end
	 * in the ledger first, also for a look: a payment that is on its
	 * way at this moment then either comes before or not at all. */
	if (purchase->expired) {
		run->answer.reason = TILL_REASON_EXPIRED;
		code_set(run->answer.code, "expired");
		return run_on(run, STAGE_END);
	}
	return run_on(run, STAGE_POLICY);
}

/*
 * order_end.c - orders that end unpaid.
 *
 * A refusal is signed only for what the ledger has ended, so that it and
 * a voucher can never both be true.
 */
#include <string.h>

#include "log/log.h"
#include "rear/book.h"
#include "rear/herald.h"
#include "rear/keeper.h"
#include "rear/owe_back.h"
#include "rear/reverser.h"
#include "rear/setup.h"

static enum order_state state_of(enum till_reason);
static bool stays_open(const struct order_run *);

enum step
order_refuse(struct order_run *run, enum till_reason reason, const char *code)
{
	run->answer.reason = reason;
	code_set(run->answer.code, code);
	/* Paid by somebody: it is only this request that is refused; and a
	 * sign-in is in no ledger. */
	if (run->settled || run->purchase->sign_in)
		return run_answer(run, STATUS_REFUSED);
	if (stays_open(run))
		return run_answer(run, STATUS_DECLINED);
	return run_on(run, STAGE_END);
}

enum step
order_end(struct order_run *run)
{
	book_begin(run, LEDGER_END);
	book_order(run);
	run->stored.state = state_of(run->answer.reason);
	run->stored.reason = run->answer.reason;
	memcpy(run->stored.code, run->answer.code, sizeof(run->stored.code));
	/* Which instance it was that was asked, where no intent says so. */
	if (!run->intended && run->rule != NULL && run->rule->instance != NULL)
		setup_digest(run->rule->instance, run->stored.setup);
	/* What an intent has counted did not come about. */
	if (run->intended && run->count_back)
		book_count(run, -1);
	if (run->lost) {
		reversal_owe(run->rear, &run->stored, run->intent_key,
		    "timeout", &run->reversal);
		run->ledger.reversal = &run->reversal;
	}
	run->ledger.event = herald_owe_order(run, LEDGER_END);
	return run_to_ledger(run, STAGE_ENDED);
}

enum step
order_ended(struct order_run *run)
{
	switch (run->ledger.result) {
	case LEDGER_DONE:
		run->newly = true;
		(void)atomic_fetch_add(&run->rear->refused, 1);
		if (run->lost)
			reversal_watch(run->rear, &run->reversal);
		return run_on(run, STAGE_SIGN);
	case LEDGER_REPEAT:
		if (run->lost)
			(void)owe_back(run->rear, &run->stored, &run->reversal);
		return order_stored(run);
	case LEDGER_CONFLICT:
		return run_answer(run, STATUS_CONFLICT);
	case LEDGER_STALE:
		/* The day of the counters is over: nothing to give back. */
		if (run->count_back) {
			run->count_back = false;
			return run_on(run, STAGE_END);
		}
		break;
	case LEDGER_NONE:
	case LEDGER_DECLINED:
	case LEDGER_LIMITED:
	case LEDGER_ASK:
	case LEDGER_INVALID:
		log_line(TILL_LOG_ERROR, "order.not-ended", "ticket",
		    run->purchase->ticket->th, "error", run->ledger.err.text,
		    NULL);
		break;
	case LEDGER_NO_ROOM:
	case LEDGER_BUSY:
		break;
	}
	/* What was begun must end, whoever asks again. */
	if (!run->intended)
		return run_busy(run);
	keeper_resolve(run->rear->keeper, run->claim.mid, run->claim.jti);
	return run_answer(run, STATUS_PENDING);
}

static enum order_state
state_of(enum till_reason reason)
{
	switch (reason) {
	case TILL_REASON_CANCELLED:
		return ORDER_CANCELLED;
	case TILL_REASON_EXPIRED:
		return ORDER_EXPIRED;
	case TILL_REASON_NONE:
	case TILL_REASON_FUNDS:
	case TILL_REASON_LIMIT:
	case TILL_REASON_AUTH:
	case TILL_REASON_POLICY:
	case TILL_REASON_BANK:
	case TILL_REASON_CURRENCY:
		break;
	}
	return ORDER_REFUSED;
}

/* A look ends nothing, nor does what the customer has not confirmed; and who
 * has a browser may fill the wallet and come again, unless a settlement has
 * begun already. */
static bool
stays_open(const struct order_run *run)
{
	if (run->request.action != ACTION_PAY ||
	    (run->request.unasked && !run->intended))
		return true;
	return run->answer.reason == TILL_REASON_FUNDS && !run->intended &&
	    strcmp(run->purchase->channel, "browser") == 0;
}

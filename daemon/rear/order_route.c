/*
 * order_route.c - the settle stack: which line, and its proposal.
 *
 * A module with TILL_CAP_LEDGER proposes postings and moves nothing; the
 * ledger applies them, or one of their conditions fails and the module
 * has declined.  All other settlements begin with a durable intent
 * (order_charge.c).
 */
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/run.h"
#include "rear/settlement.h"

#define SETTLE_MS 15000 /* deadline where the instance has no timeout */

static enum step ask_host(struct order_run *, const struct instance *);
static enum step decided(struct order_run *);
static enum step no_route(struct order_run *);
static enum step propose(struct order_run *, struct instance *);
static int prepare(struct order_run *, const struct instance *);
static bool take_postings(struct order_run *);
static enum till_reason reason_of(const char *);

enum step
order_route(struct order_run *run)
{
	const struct generation *generation = run->purchase->generation;
	struct instance *instance;

	if (run->purchase->ticket->kind == TILL_KIND_IDENTITY)
		return order_book(run);
	if (!run->settling) {
		run->settling = true;
		run->settle_code[0] = run->tried_code[0] = '\0';
		memset(run->failed, 0, sizeof(run->failed));
		walk_begin(&run->settle, &generation->conf->settle, TILL_SETTLE,
		    &run->facts);
	}
	if (!walk_next(&run->settle, &run->rule))
		return decided(run);
	instance = generation_instance(generation, run->rule);
	if (instance == NULL)
		return no_route(run);
	if (prepare(run, instance) == -1)
		return run_busy(run);
	if ((instance_module(instance)->caps & TILL_CAP_LEDGER) == 0)
		return order_intend(run, instance);
	if (instance_is_isolated(instance))
		return ask_host(run, instance);
	return propose(run, instance);
}

enum step
order_propose(struct order_run *run)
{
	run->job.group = NULL; /* only this stage is of one */
	return propose(run,
	    generation_instance(run->purchase->generation, run->rule));
}

enum step
order_route_answer(struct order_run *run, enum till_result result)
{
	const char *code = run->settler->code;

	if (code[0] == '\0' && run->outcome.code[0] != '\0')
		code = run->outcome.code;
	if (result == TILL_DECLINED && run->settle_code[0] == '\0')
		code_set(run->settle_code, code);
	if (result == TILL_NOT_ATTEMPTED && run->tried_code[0] == '\0')
		code_set(run->tried_code, code);
	walk_answer(&run->settle, result);
	return run_on(run, STAGE_ROUTE);
}

/* One host that hangs must not hold up the others. */
static enum step
ask_host(struct order_run *run, const struct instance *instance)
{
	run->stage = STAGE_PROPOSE;
	run->job.group = instance_group(instance);
	if (pool_submit(run->rear->askers, &run->job))
		return STEP_WAITS;
	run->job.group = NULL;
	return run_busy(run);
}

/* No line settled it: who declined knows more than who could not try. */
static enum step
decided(struct order_run *run)
{
	const char *code = run->settle_code;

	if (!run->settle.routed && code[0] == '\0')
		return no_route(run);
	if (code[0] == '\0')
		code = run->tried_code;
	if (code[0] == '\0')
		code = "unavailable";
	return order_refuse(run, reason_of(code), code);
}

static enum step
no_route(struct order_run *run)
{
	return order_refuse(run, TILL_REASON_CURRENCY, "no-route");
}

static enum step
propose(struct order_run *run, struct instance *instance)
{
	enum till_result said, result;

	said = instance_settle(instance, run->settler, &run->settlement,
	    &run->outcome, NULL);
	result = walk_ledger_result(said);
	run->failed[run->settle.at] = said == TILL_ERROR;
	if (result != TILL_COMMITTED)
		return order_route_answer(run, result);
	if (!take_postings(run)) {
		run->failed[run->settle.at] = true;
		code_set(run->settler->code, "technical");
		return order_route_answer(run, TILL_DECLINED);
	}
	return order_book(run);
}

/* The context and the request of a settlement by this line. */
static int
prepare(struct order_run *run, const struct instance *instance)
{
	const struct till_ticket *ticket = run->purchase->ticket;
	int64_t timeout_ms = run->rule->instance->timeout_ms;
	char attempt[LOG_NUMBER_MAX];
	const char *const parts[] = { ticket->iss, ticket->jti, ticket->th,
		attempt, NULL };

	if (run_context(run, &run->settler, instance, TILL_SETTLE) == NULL)
		return -1;
	run->order.auth_level = (uint32_t)run->facts.auth_level;
	memset(&run->outcome, 0, sizeof(run->outcome));
	run->outcome.size = sizeof(run->outcome);
	(void)log_number((int64_t)run->attempt + 1, attempt);
	run->settlement = (struct till_settlement){
		.size = sizeof(run->settlement),
		.verb = TILL_CHARGE,
		.attempt = 1,
		.deadline_ms =
		    clock_ms() + (timeout_ms > 0 ? timeout_ms : SETTLE_MS),
		.amount = ticket->amount,
		.payer = run->purchase->customer,
		.payee = ticket->iss,
		.original = "",
		.reason = "",
	};
	if (mint_mac(run->rear->mint, "settle", parts, run->settlement.key) ==
	    -1)
		return -1;
	return settlement_digest(&run->settlement);
}

/* False if a number does not fit the contract. */
static bool
take_postings(struct order_run *run)
{
	const struct till_outcome *outcome = &run->outcome;
	struct ledger_posting *to;
	uint32_t i;

	if (outcome->postings_len == 0 ||
	    outcome->postings_len > TILL_POSTINGS_MAX)
		return false;
	for (i = 0; i < outcome->postings_len; i++) {
		to = &run->ledger.postings[i];
		memcpy(to->account, outcome->postings[i].account,
		    sizeof(to->account));
		to->amount = run->purchase->ticket->amount;
		to->amount.micro = outcome->postings[i].micro;
		to->condition = outcome->postings[i].condition;
		to->limit_micro = outcome->postings[i].limit_micro;
	}
	run->ledger.postings_len = outcome->postings_len;
	return true;
}

/* The merchant gets the coarse word. */
static enum till_reason
reason_of(const char *code)
{
	enum till_reason reason = till_reason_from_name(code);

	return reason == TILL_REASON_NONE ? TILL_REASON_BANK : reason;
}

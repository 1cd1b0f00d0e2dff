/*
 * order_customer.c - the auth stack has granted: is there such a
 * customer, and what did policy say?
 */
#include <string.h>

#include "log/log.h"
#include "rear/run.h"

static enum step from_record(struct order_run *,
    const struct ledger_customer *);
static enum step from_merchant(struct order_run *);
static void name_browser(struct order_run *);
static bool is_fresh(const struct order_run *);
static enum step decide(struct order_run *, const struct ledger_customer *);
static const char *limit_code(const struct order_run *);

enum step
order_customer(struct order_run *run)
{
	struct ledger_customer customer;
	struct till_error err;

	if (run->worker->pool != run->rear->workers)
		return run_to_pool(run, run->rear->workers);
	run->let_in = true;
	if (run->purchase->of_merchant)
		return from_merchant(run);
	switch (ledger_customer_get(run->rear->ledger, run->purchase->customer,
	    &customer, &err)) {
	case 0:
		return from_record(run, &customer);
	case 1:
		return order_refuse(run, TILL_REASON_AUTH, "auth");
	}
	return run_busy(run);
}

enum step
order_claim(struct order_run *run)
{
	if (run->claimed)
		return run_on(run, STAGE_ROUTE);
	/* Set before: from here on whoever has the order may go on. */
	run->stage = STAGE_KNOWN;
	switch (orders_claim(run->rear->orders, &run->claim)) {
	case ORDERS_MINE:
		run->claimed = true;
		return run_on(run, STAGE_ROUTE);
	case ORDERS_WAITS:
		return STEP_WAITS;
	case ORDERS_PARKED:
		return run_answer(run, STATUS_PENDING);
	case ORDERS_CROWDED:
	case ORDERS_NONE:
		break;
	}
	return run_busy(run);
}

static enum step
from_record(struct order_run *run, const struct ledger_customer *customer)
{
	struct purchase *purchase = run->purchase;

	if (customer->status == LEDGER_SUSPENDED)
		return order_refuse(run, TILL_REASON_AUTH, "auth");
	purchase->shown = true;
	name_browser(run);
	if (purchase->sign_in)
		return sign_in_end(run);
	order_remember(run);
	if (run->settled)
		return order_stored(run);
	return decide(run, customer);
}

/* The password was his; whoever is suspended has none. */
static enum step
from_merchant(struct order_run *run)
{
	struct merchant *merchant =
	    merchants_get(run->rear->merchants, run->purchase->customer);
	const bool active = merchant != NULL && merchant->active;

	merchant_unref(merchant);
	if (!active)
		return order_refuse(run, TILL_REASON_AUTH, "auth");
	run->purchase->shown = true;
	name_browser(run);
	return sign_in_end(run);
}

/* Whoever has shown just now who he is: his browser is known from now on.
 * Without a name it is as any other. */
static void
name_browser(struct order_run *run)
{
	const struct run_request *request = &run->request;
	char subject[RUN_SUBJECT_MAX], id[DEVICE_ID_MAX];
	const char *cid = run_subject(run, run->purchase->customer, subject);

	if (strcmp(run->purchase->channel, "browser") != 0 || !is_fresh(run) ||
	    device_look(run->rear->mint, cid, request->device, run->now_s,
		id) == DEVICE_KNOWN)
		return;
	(void)device_make(run->rear->mint, cid, id, run->now_s,
	    run->answer.device);
}

/* Has a line of the auth stack granted that no session answered for? */
static bool
is_fresh(const struct order_run *run)
{
	const size_t len = run->purchase->generation->conf->auth.len;
	const struct auth_line *line;
	size_t i;

	for (i = 0; i < len; i++) {
		line = &run->purchase->lines[i];
		if (line->answered && !line->remembered &&
		    line->result == TILL_GRANT)
			return true;
	}
	return false;
}

/* From here on the customer may know why. */
static enum step
decide(struct order_run *run, const struct ledger_customer *customer)
{
	const struct till_money *limit = &customer->limit;

	/* As it is when it is confirmed: what has passed here is settled. */
	if (customer->frozen)
		return order_refuse(run, TILL_REASON_POLICY, "frozen");
	if (run->decided_policy)
		return order_refuse(run,
		    run->policy_limit ? TILL_REASON_LIMIT : TILL_REASON_POLICY,
		    run->policy_code);
	if (run->facts.auth_level < (int64_t)run->level_needed)
		return order_refuse(run, TILL_REASON_AUTH, "step-up");
	if (limit->micro > 0 &&
	    till_money_same_currency(limit, &run->facts.amount) &&
	    !till_money_at_most(&run->facts.amount, limit))
		return order_refuse(run, TILL_REASON_LIMIT, "customer-limit");
	switch (limits_of_auth(run)) {
	case 0:
		break;
	case 1:
		return order_refuse(run, TILL_REASON_LIMIT, limit_code(run));
	default:
		log_line(TILL_LOG_ERROR, "order.not-limited", "ticket",
		    run->purchase->ticket->th, "error",
		    "the limits of how the customer was shown cannot be kept",
		    NULL);
		return run_busy(run);
	}
	if (run->request.action != ACTION_PAY) {
		order_allowance_look(run);
		return run_answer(run, STATUS_READY);
	}
	if (run->request.unasked && order_allowance_count(run) == -1)
		return order_ask(run);
	return run_on(run, STAGE_CLAIM);
}

/* As the module that states the limit has said it. */
static const char *
limit_code(const struct order_run *run)
{
	const size_t len = run->purchase->generation->conf->auth.len;
	const struct auth_line *line;
	size_t i;

	for (i = 0; i < len; i++) {
		line = &run->purchase->lines[i];
		if (run->auth.lines[i].result == TILL_GRANT &&
		    line->limits_len > 0 && line->limit_code[0] != '\0')
			return line->limit_code;
	}
	return "limit";
}

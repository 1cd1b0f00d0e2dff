/*
 * step.c - the job of every run: begin a step of an order, or go on.
 *
 * To begin is to find what the step is about: the conversation it goes on
 * with, or the ticket it brings; then who the customer says to be.
 */
#include <string.h>

#include "rear/clock.h"
#include "rear/run.h"

static bool begin(struct order_run *);
static bool find_conversation(struct order_run *);
static bool is_over(struct order_run *);
static bool open_ticket(struct order_run *);
static bool find_customer(struct order_run *);
static const char *customer_of(const struct order_run *);
static void find_session(struct order_run *);
static void end_with_session(struct order_run *);
static bool action_ok(const struct run_request *);
static bool is_sign_in(const struct run_request *);
static bool invalid(struct order_run *, const char *, const char *);

void
order_step(struct worker *worker, struct job *job)
{
	struct order_run *run = (struct order_run *)job;

	run->worker = worker;
	run->now_s = wall_s();
	if (run->stage == STAGE_BEGIN) {
		run->stage = STAGE_ANSWER;
		if (!begin(run))
			return; /* it waits for its conversation */
	}
	order_settle(run);
}

enum step
run_to_pool(struct order_run *run, struct pool *pool)
{
	struct rear *rear = run->rear;

	if (pool == rear->workers) {
		pool_push(pool, &run->job);
		return STEP_WAITS;
	}
	return pool_submit(pool, &run->job) ? STEP_WAITS : run_busy(run);
}

struct pool *
run_pool(const struct order_run *run, const struct instance *instance)
{
	const struct rear *rear = run->rear;

	if (instance_is_isolated(instance))
		return rear->askers;
	return (instance_module(instance)->caps & TILL_CAP_SLOW) != 0
	    ? rear->hashers
	    : rear->workers;
}

/* False if it has been handed on.  Otherwise run->stage says where to go
 * on: with the order, or with the answer that is already there. */
static bool
begin(struct order_run *run)
{
	struct run_request *request = &run->request;

	if (!action_ok(request)) {
		(void)invalid(run, "request", "no such action or channel");
		return true;
	}
	if (request->conversation[0] != '\0') {
		/* One that waited for it has it already. */
		if (run->conversation == NULL && !find_conversation(run))
			return false;
		if (run->conversation == NULL || is_over(run))
			return true;
	} else if (!(is_sign_in(request) ? sign_in_begin(run)
					 : open_ticket(run))) {
		return true;
	}
	if (!run->purchase->sign_in)
		order_validity(run);
	if (request->lang[0] != '\0')
		memcpy(run->purchase->lang, request->lang, ORDER_LANG_MAX);
	run->claim.mid = run->purchase->ticket->iss;
	run->claim.jti = run->purchase->ticket->jti;
	if (find_customer(run))
		run->stage = STAGE_KNOWN;
	return true;
}

static bool
find_conversation(struct order_run *run)
{
	struct conversation *found = NULL;

	/* If the step has to wait for its turn it comes here again. */
	run->stage = STAGE_BEGIN;
	switch (conversations_take(run_conversations(run),
	    run->request.conversation, clock_ms(), &run->waiter, &found)) {
	case CONVERSATION_WAITS:
		return false;
	case CONVERSATION_TAKEN:
		run->conversation = found;
		run->purchase = found->content;
		break;
	case CONVERSATION_PARKED:
		run->answer.status = STATUS_PENDING;
		break;
	case CONVERSATION_CROWDED:
		run->answer.status = STATUS_BUSY;
		run->answer.retry_after_s = REAR_BUSY_S;
		break;
	case CONVERSATION_NONE:
	case CONVERSATION_GONE:
		run->answer.status = STATUS_GONE;
		break;
	}
	run->stage = STAGE_ANSWER;
	return true;
}

/* A sign-in that has lasted too long, however busy it was: what has been
 * shown in it is forgotten. */
static bool
is_over(struct order_run *run)
{
	struct purchase *purchase = run->purchase;

	if (!purchase->sign_in || run->now_s < purchase->ticket->exp)
		return false;
	purchase_set_customer(purchase, "");
	run->answer.status = STATUS_GONE;
	run->stage = STAGE_ANSWER;
	return true;
}

static bool
open_ticket(struct order_run *run)
{
	char *token = run->request.token;

	if (token == NULL)
		return invalid(run, "request",
		    "neither a ticket nor a conversation");
	run->request.token = NULL;
	return order_ticket(run, token);
}

/*
 * Who the customer says to be: what the ticket says binds, then what this
 * request says, then what was said before, then the session.  A session
 * of another customer is none.
 */
static bool
find_customer(struct order_run *run)
{
	struct run_request *request = &run->request;
	const char *cid;

	if (request->customer_bad) {
		/* No customer can have such an id: let it be said again. */
		run->answer.status = STATUS_PROMPTS;
		code_set(run->answer.code, "customer-id");
		purchase_set_customer(run->purchase, "");
		return false;
	}
	find_session(run);
	cid = customer_of(run);
	if (cid == NULL) {
		run->answer.status = STATUS_DECLINED;
		run->answer.reason = TILL_REASON_AUTH;
		code_set(run->answer.code, "other-customer");
		return false;
	}
	purchase_set_customer(run->purchase, cid);
	if (run->has_session && strcmp(run->session.cid, cid) != 0)
		run->has_session = false;
	end_with_session(run);
	/* That of a session is from when it was still there. */
	purchase_set_epoch(run->purchase,
	    run->has_session ? run->session.epoch
			     : session_table_epoch(run_sessions(run), cid));
	return true;
}

/* NULL: the ticket is for another one. */
static const char *
customer_of(const struct order_run *run)
{
	const struct purchase *purchase = run->purchase;
	const char *said = run->request.customer;

	if (purchase->ticket->cid != NULL) {
		if (run->request.customer_said &&
		    strcmp(said, purchase->ticket->cid) != 0)
			return NULL;
		return purchase->ticket->cid;
	}
	if (run->request.customer_said)
		return said;
	if (purchase->customer[0] != '\0')
		return purchase->customer;
	return run->has_session ? run->session.cid : "";
}

static void
find_session(struct order_run *run)
{
	struct rear *rear = run->rear;

	if (!run->request.has_session)
		return;
	run->brought =
	    session_table_find(run_sessions(run), run->request.session,
		clock_ms(), atomic_load(&rear->session_idle_ms),
		atomic_load(&rear->session_max_ms), &run->session);
	/* A merchant's remembers nothing: it only ends with a new one. */
	run->has_session = run->brought && !run->purchase->of_merchant;
}

/* Whoever has signed out of this browser is shown in none of its
 * conversations any more, with whatever he was shown there. */
static void
end_with_session(struct order_run *run)
{
	struct purchase *purchase = run->purchase;

	if (purchase->has_session &&
	    !session_table_has(run_sessions(run), purchase->session))
		purchase_end_session(purchase);
	if (run->has_session)
		purchase_set_session(purchase, run->request.session);
}

static bool
action_ok(const struct run_request *request)
{
	if (request->conversation[0] == '\0' &&
	    strcmp(request->channel, "browser") != 0 &&
	    strcmp(request->channel, "api") != 0)
		return false;
	switch (request->action) {
	case ACTION_VIEW:
	case ACTION_PAY:
	case ACTION_CANCEL:
	case ACTION_SIGN_IN:
	case ACTION_SIGN_IN_MERCHANT:
		return true;
	case ACTION_NONE:
		break;
	}
	return false;
}

static bool
is_sign_in(const struct run_request *request)
{
	return request->action == ACTION_SIGN_IN ||
	    request->action == ACTION_SIGN_IN_MERCHANT;
}

static bool
invalid(struct order_run *run, const char *code, const char *text)
{
	run->answer.status = STATUS_INVALID;
	code_set(run->answer.code, code);
	(void)snprintf(run->answer.text, sizeof(run->answer.text), "%s", text);
	return false;
}

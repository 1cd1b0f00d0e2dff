/*
 * refund.c - see refund.h.
 */
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/refund.h"
#include "rear/reverser.h"
#include "rear/settlement.h"
#include "rear/setup.h"

#define REFUND_MS 15000 /* deadline where the instance has no timeout */

/* One refund at work. */
struct refunding {
	struct rear *rear;
	const struct refund_ask *ask;
	struct refund_answer *answer;
	struct generation *generation;
	struct merchant *merchant;
	struct instance *instance; /* that settled the order */
	const struct conf_instance *conf;
	struct ledger_order order;
	struct till_money amount;
	int64_t taken_micro; /* by the network itself */
	struct till_order view;
	struct till_context *context;
	struct ledger_refund refund;
	struct ledger_reversal reversal;
	struct ledger_event event;
	struct ledger_request request;
};

static bool is_known(struct refunding *);
static bool find_order(struct refunding *);
static bool find_taken(struct refunding *);
static bool find_amount(struct refunding *);
static bool end_amount(struct refunding *, const char *);
static bool find_instance(struct refunding *);
static bool prepare(struct refunding *);
static bool propose(struct refunding *);
static int view(struct refunding *);
static bool take_postings(struct refunding *, const struct till_outcome *);
static bool owe(struct refunding *);
static void enter(struct refunding *);
static bool is_full(struct refunding *);
static void answer(struct refunding *, const struct entry *, enum refund_end);
static bool end(struct refunding *, enum refund_end, const char *code,
    const char *text);
static void write_log(void *, const char *, enum till_log_level, const char *);

static const struct context_ops services = { .log = write_log };

void
refund_order(struct rear *rear, const struct refund_ask *ask,
    struct refund_answer *answer_r)
{
	struct refunding *refunding = calloc(1, sizeof(*refunding));

	memset(answer_r, 0, sizeof(*answer_r));
	if (refunding == NULL) {
		answer_r->end = REFUND_BUSY;
		(void)till_fail(&answer_r->err, "out of memory");
		return;
	}
	refunding->rear = rear;
	refunding->ask = ask;
	refunding->answer = answer_r;
	refunding->generation = rear_generation(rear);
	refunding->merchant = merchants_get(rear->merchants, ask->mid);
	if (!is_known(refunding) && find_order(refunding) &&
	    find_taken(refunding) && find_amount(refunding) &&
	    find_instance(refunding) && prepare(refunding))
		enter(refunding);
	context_free(refunding->context);
	ledger_order_clear(&refunding->order);
	merchant_unref(refunding->merchant);
	generation_unref(refunding->generation);
	free(refunding);
}

/* Then it is answered. */
static bool
is_known(struct refunding *refunding)
{
	const struct refund_ask *ask = refunding->ask;
	struct entry *entry = calloc(1, sizeof(*entry));
	bool known = true;
	int r;

	if (entry == NULL) {
		(void)end(refunding, REFUND_BUSY, "busy", "out of memory");
		return true;
	}
	r = ledger_refund_get(refunding->rear->ledger, ask->mid, ask->jti,
	    ask->id, entry, &refunding->answer->err);
	if (r == 1)
		known = false;
	else if (r == -1)
		refunding->answer->end = REFUND_BUSY;
	else if (ask->amount.micro != 0 &&
	    (ask->amount.micro != entry->amount.micro ||
		!till_money_same_currency(&ask->amount, &entry->amount)))
		(void)end(refunding, REFUND_CONFLICT, "conflict",
		    "another refund of the order has this id");
	else
		answer(refunding, entry, REFUND_REPEATED);
	free(entry);
	return known;
}

static bool
find_order(struct refunding *refunding)
{
	const struct refund_ask *ask = refunding->ask;
	int r;

	r = ledger_order_get(refunding->rear->ledger, ask->mid, ask->jti,
	    &refunding->order, &refunding->answer->err);
	if (r == 1)
		return end(refunding, REFUND_NOT_FOUND, "not-found",
		    "there is no such order");
	if (r == -1)
		return end(refunding, REFUND_BUSY, "busy",
		    "the order cannot be read");
	if ((refunding->order.state != ORDER_PAID &&
		refunding->order.state != ORDER_REFUNDED) ||
	    refunding->order.kind == TILL_KIND_IDENTITY)
		return end(refunding, REFUND_REFUSED, "not-paid",
		    "the order has paid nothing");
	return true;
}

static bool
find_taken(struct refunding *refunding)
{
	if (refund_taken(refunding->rear, &refunding->order,
		refunding->ask->settled, &refunding->taken_micro,
		&refunding->answer->err) == 0)
		return true;
	return end(refunding, REFUND_BUSY, "busy",
	    "the order's reversals cannot be read");
}

/* Of what is left. */
static bool
find_amount(struct refunding *refunding)
{
	const struct ledger_order *order = &refunding->order;
	int64_t left = order->amount.micro - order->refunded_micro -
	    refunding->taken_micro;

	refunding->amount = refunding->ask->amount;
	if (refunding->amount.micro == 0) {
		refunding->amount = order->amount;
		refunding->amount.micro = left;
	}
	if (!till_money_same_currency(&refunding->amount, &order->amount))
		return end(refunding, REFUND_REFUSED, "currency",
		    "the order was paid in another currency");
	if (left <= 0)
		return end_amount(refunding, "all of it has been given back");
	if (refunding->amount.micro <= 0 || refunding->amount.micro > left)
		return end_amount(refunding,
		    "it is more than what is left of the order");
	return true;
}

/* What the network has taken back is with the customer already. */
static bool
end_amount(struct refunding *refunding, const char *text)
{
	if (refunding->taken_micro == 0)
		return end(refunding, REFUND_REFUSED, "amount", text);
	return end(refunding, REFUND_REFUSED, "disputed",
	    "the bank has taken back so much of it itself");
}

/* By its name, if it is still of the same kind. */
static bool
find_instance(struct refunding *refunding)
{
	const struct conf *conf = refunding->generation->conf;
	const struct ledger_order *order = &refunding->order;
	size_t i;

	for (i = 0; i < conf->instances_len; i++) {
		if (strcmp(conf->instances[i].name, order->instance) != 0 ||
		    strcmp(settlement_via(conf->instances[i].module),
			order->via) != 0)
			continue;
		refunding->conf = &conf->instances[i];
		refunding->instance = refunding->generation->instances[i];
	}
	if (refunding->instance == NULL)
		return end(refunding, REFUND_REFUSED, "unsupported",
		    "the instance that settled it is gone, or is another one");
	if ((instance_module(refunding->instance)->caps & TILL_CAP_REVERSE) ==
	    0)
		return end(refunding, REFUND_REFUSED, "unsupported",
		    "the module that settled it cannot reverse");
	return true;
}

static bool
prepare(struct refunding *refunding)
{
	const struct refund_ask *ask = refunding->ask;
	struct ledger_refund *refund = &refunding->refund;

	(void)snprintf(refund->merchant, sizeof(refund->merchant), "%s",
	    ask->mid);
	(void)snprintf(refund->jti, sizeof(refund->jti), "%s", ask->jti);
	(void)snprintf(refund->id, sizeof(refund->id), "%s", ask->id);
	refund->amount = refunding->amount;
	refund->settled = ask->settled;
	refunding->request = (struct ledger_request){ .op = LEDGER_REFUND,
		.refund = refund,
		.note = ask->note,
		.actor = ask->actor };
	if ((instance_module(refunding->instance)->caps & TILL_CAP_LEDGER) != 0)
		return propose(refunding);
	return owe(refunding);
}

static bool
propose(struct refunding *refunding)
{
	const struct refund_ask *ask = refunding->ask;
	const char *const parts[] = { ask->mid, ask->jti, ask->id, NULL };
	const int64_t timeout_ms = refunding->conf->timeout_ms;
	struct till_outcome outcome = { .size = sizeof(outcome) };
	struct till_settlement settlement = { .size = sizeof(settlement),
		.verb = TILL_REVERSE,
		.attempt = 1,
		.deadline_ms =
		    clock_ms() + (timeout_ms > 0 ? timeout_ms : REFUND_MS),
		.amount = refunding->amount,
		.payer = refunding->order.customer,
		.payee = ask->mid,
		.original = refunding->order.reference,
		.reason = "refund" };
	enum till_result result;

	if (mint_mac(refunding->rear->mint, "refund", parts, settlement.key) ==
		-1 ||
	    settlement_digest(&settlement) == -1 || view(refunding) == -1)
		return end(refunding, REFUND_BUSY, "busy", "out of memory");
	result = instance_settle(refunding->instance, refunding->context,
	    &settlement, &outcome, NULL);
	if (result == TILL_REVERSED && take_postings(refunding, &outcome))
		return true;
	if (result == TILL_REVERSED)
		return end(refunding, REFUND_REFUSED, "declined",
		    "the module proposes no sound postings");
	if (result == TILL_DECLINED)
		return end(refunding, REFUND_REFUSED, "declined",
		    refunding->context->why.text);
	return end(refunding, REFUND_BUSY, "busy",
	    refunding->context->why.text[0] != '\0'
		? refunding->context->why.text
		: "the module gives no answer");
}

/* What the module is told of the order. */
static int
view(struct refunding *refunding)
{
	const struct merchant *merchant = refunding->merchant;
	const struct ledger_order *order = &refunding->order;

	refunding->view = (struct till_order){
		.size = sizeof(refunding->view),
		.auth_level = order->auth_level,
		.ticket = order->th,
		.merchant = order->merchant,
		.merchant_name = merchant == NULL ? "" : merchant->name,
		.merchant_origin = "",
		.merchant_country = merchant == NULL ? "" : merchant->country,
		.customer = order->customer,
		.jti = order->jti,
		.oid = "",
		.desc = "",
		.kind = till_kind_name(order->kind),
		.channel = "api",
		.lang = "en",
		.amount = order->amount,
		.issued_s = order->decided_s,
		.expires_s = order->decided_s,
	};
	refunding->context = context_new(instance_name(refunding->instance),
	    TILL_SETTLE, &services, refunding);
	if (refunding->context == NULL)
		return -1;
	refunding->context->order = &refunding->view;
	return 0;
}

/* What they may be the ledger says. */
static bool
take_postings(struct refunding *refunding, const struct till_outcome *outcome)
{
	struct ledger_posting *to;
	uint32_t i;

	if (outcome->postings_len == 0 ||
	    outcome->postings_len > TILL_POSTINGS_MAX)
		return false;
	for (i = 0; i < outcome->postings_len; i++) {
		to = &refunding->request.postings[i];
		memcpy(to->account, outcome->postings[i].account,
		    sizeof(to->account));
		to->amount = refunding->amount;
		to->amount.micro = outcome->postings[i].micro;
		to->condition = outcome->postings[i].condition;
		to->limit_micro = outcome->postings[i].limit_micro;
	}
	refunding->request.postings_len = outcome->postings_len;
	return true;
}

/* By whatever settings the instance has now: those of the payment may be
 * long gone; but by no others than these. */
static bool
owe(struct refunding *refunding)
{
	struct ledger_reversal *reversal = &refunding->reversal;
	const struct ledger_order *order = &refunding->order;

	if ((instance_module(refunding->instance)->caps & TILL_CAP_BANK) != 0 &&
	    !till_money_is_minor(&refunding->amount))
		return end(refunding, REFUND_REFUSED, "amount",
		    "a bank gives back whole minor units only");
	reversal_owe(refunding->rear, order, order->key, "refund", reversal);
	if (order->reference[0] != '\0')
		memcpy(reversal->original, order->reference,
		    sizeof(reversal->original));
	setup_digest(refunding->conf, reversal->setup);
	reversal->amount = refunding->amount;
	reversal->next_ms = wall_ms();
	refunding->request.reversal = reversal;
	return true;
}

static void
enter(struct refunding *refunding)
{
	struct ledger_request *request = &refunding->request;
	struct refund_answer *to = refunding->answer;
	enum ledger_result result;

	/* A network's is not made yet. */
	if (request->reversal == NULL)
		request->event = herald_owe_refund(refunding->rear, true,
		    &refunding->order, refunding->refund.id, &refunding->amount,
		    0, &refunding->event);
	result = ledger_apply(refunding->rear->ledger, request);
	to->err = request->err;
	switch (result) {
	case LEDGER_DONE:
		orders_forget(refunding->rear->orders, refunding->ask->mid,
		    refunding->ask->jti);
		if (request->reversal != NULL) {
			reversal_watch(refunding->rear, request->reversal);
		} else {
			refunding->event.txn = request->serial_r;
			herald_booked(refunding->rear, &refunding->event);
		}
		(void)is_known(refunding);
		if (to->end == REFUND_REPEATED)
			to->end = REFUND_MADE;
		return;
	case LEDGER_REPEAT:
	case LEDGER_CONFLICT:
		/* Another one with this id was quicker. */
		(void)is_known(refunding);
		return;
	case LEDGER_LIMITED:
		/* Another one, or the network, was quicker. */
		if (find_taken(refunding))
			(void)end_amount(refunding, request->err.text);
		return;
	case LEDGER_DECLINED:
		(void)end(refunding, REFUND_REFUSED, "funds",
		    request->err.text);
		return;
	case LEDGER_INVALID:
		(void)end(refunding, REFUND_REFUSED,
		    is_full(refunding) ? "too-many" : "unsupported",
		    request->err.text);
		return;
	case LEDGER_NONE:
	case LEDGER_STALE:
	case LEDGER_ASK:
	case LEDGER_NO_ROOM:
	case LEDGER_BUSY:
		break;
	}
	(void)end(refunding, REFUND_BUSY, "busy", request->err.text);
}

/* Has the order no number left for one more that a network makes? */
static bool
is_full(struct refunding *refunding)
{
	const struct refund_ask *ask = refunding->ask;
	struct ledger_reversal last;
	struct till_error err;

	return refunding->request.reversal != NULL &&
	    ledger_reversal_get(refunding->rear->ledger, ask->mid, ask->jti,
		LEDGER_REFUNDS_MAX, &last, &err) == 0;
}

static void
answer(struct refunding *refunding, const struct entry *entry,
    enum refund_end how)
{
	struct refund_answer *to = refunding->answer;

	to->end = how;
	to->serial = entry->serial;
	to->amount = entry->amount;
	to->time_ms = entry->time_ms;
	if (refund_state(refunding->rear, entry, &to->state, &to->err) == -1)
		to->end = REFUND_BUSY;
}

/* False, as nothing comes after it. */
static bool
end(struct refunding *refunding, enum refund_end how, const char *code,
    const char *text)
{
	struct refund_answer *to = refunding->answer;
	struct till_error err;

	(void)till_fail(&err, "%.200s", text);
	to->end = how;
	to->err = err;
	(void)snprintf(to->code, sizeof(to->code), "%s", code);
	log_line(how == REFUND_BUSY ? TILL_LOG_ERROR : TILL_LOG_INFO,
	    "refund.refused", "merchant", refunding->ask->mid, "jti",
	    refunding->ask->jti, "id", refunding->ask->id, "code", code, "text",
	    err.text, NULL);
	return false;
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	const struct refunding *refunding = owner;

	log_line(level, "module", "instance", instance, "ticket",
	    refunding->order.th, "text", text, NULL);
}

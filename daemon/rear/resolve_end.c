/*
 * resolve_end.c - an order in doubt ends: the ledger is told what became of
 * its settlement.
 *
 * If it has ended meanwhile, as by the operator, it stays so: what the network
 * has made, or may have, is owed back then.
 */
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "rear/herald.h"
#include "rear/inquiry.h"
#include "rear/owe_back.h"
#include "rear/reverser.h"
#include "rear/settlement.h"

static void say_ended(const struct inquiry *, bool owed);

enum look
inquiry_book(struct inquiry *inquiry)
{
	struct ledger_order *order = &inquiry->order;
	struct ledger_request request = {
		.op = LEDGER_PAY,
		.order = order,
		.kind = ENTRY_PAYMENT,
		.actor = "",
	};
	char *ticket = order->ticket;
	struct ledger_reversal reversal;
	enum ledger_result result;
	struct ledger_event event;

	if (!settlement_postings(&inquiry->outcome, order, &request)) {
		inquiry_say(inquiry, "settle.unknown",
		    "the network moved another amount");
		return LOOK_AGAIN;
	}
	settlement_say(order, &request);
	memcpy(order->reference, inquiry->outcome.reference,
	    sizeof(order->reference));
	reversal_owe(inquiry->rear, order, order->key, "late", &reversal);
	request.event =
	    herald_owe_settle(inquiry->rear, "settle.resolved", order, &event);
	result = ledger_apply(inquiry->rear->ledger, &request);
	order->ticket = ticket;
	if (result != LEDGER_DONE && result != LEDGER_REPEAT) {
		inquiry_say(inquiry, "settle.unknown", request.err.text);
		return LOOK_AGAIN;
	}
	if (result == LEDGER_REPEAT) {
		say_ended(inquiry, owe_back(inquiry->rear, order, &reversal));
		return LOOK_DONE;
	}
	(void)atomic_fetch_add(&inquiry->rear->paid, 1);
	herald_settle(inquiry->rear, "settle.resolved", order, request.event);
	inquiry_say(inquiry, "settle.resolved", "paid");
	return LOOK_DONE;
}

/* What the limits have counted with the intent stays counted: which
 * windows those were is not kept, and too much counted errs on the side
 * of refusing. */
enum look
inquiry_refuse(struct inquiry *inquiry, const char *code, bool lost)
{
	struct ledger_order *order = &inquiry->order;
	struct ledger_request request = {
		.op = LEDGER_END,
		.order = order,
		.actor = "",
	};
	char *ticket = order->ticket;
	struct rear *rear = inquiry->rear;
	struct ledger_reversal reversal;
	enum ledger_result result;
	struct ledger_event event;

	order->state = ORDER_REFUSED;
	order->reason = TILL_REASON_BANK;
	(void)snprintf(order->code, sizeof(order->code), "%s", code);
	if (lost) {
		reversal_owe(rear, order, order->key, "timeout", &reversal);
		request.reversal = &reversal;
	}
	request.event =
	    herald_owe_settle(rear, "settle.resolved", order, &event);
	result = ledger_apply(rear->ledger, &request);
	order->ticket = ticket;
	if (result != LEDGER_DONE && result != LEDGER_REPEAT) {
		inquiry_say(inquiry, "settle.unknown", request.err.text);
		return LOOK_AGAIN;
	}
	if (result == LEDGER_REPEAT) {
		say_ended(inquiry, lost && owe_back(rear, order, &reversal));
		return LOOK_DONE;
	}
	(void)atomic_fetch_add(&rear->refused, 1);
	herald_settle(rear, "settle.resolved", order, request.event);
	if (lost)
		reversal_watch(rear, &reversal);
	inquiry_say(inquiry, "settle.resolved",
	    lost ? "refused, to be reversed" : "refused");
	return LOOK_DONE;
}

void
inquiry_say(const struct inquiry *inquiry, const char *event, const char *text)
{
	const struct ledger_order *order = &inquiry->order;

	log_line(TILL_LOG_WARNING, event, "ticket", order->th, "merchant",
	    order->merchant, "jti", order->jti, "instance", order->instance,
	    "text", text, NULL);
}

static void
say_ended(const struct inquiry *inquiry, bool owed)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "it is %s already%s",
	    order_state_name(inquiry->order.state),
	    owed ? ", to be reversed" : "");
	inquiry_say(inquiry, "settle.resolved", text);
}

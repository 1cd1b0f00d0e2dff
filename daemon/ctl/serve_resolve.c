/*
 * serve_resolve.c - the operator says what became of an order in doubt.
 *
 * Only he can, where the module cannot be asked any more: by the network's
 * own statement.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "module/instance.h"
#include "rear/settlement.h"

static int check(struct call *, const struct ledger_order *);
static int end(struct call *, struct ledger_order *, bool paid);

int
serve_order_resolve(struct call *call)
{
	const char *mid = call_text(call, "merchant");
	const char *jti = call_text(call, "jti");
	const bool paid = call_flag(call, "paid");
	struct ledger_order order;
	int r, status;

	if (paid == call_flag(call, "refused"))
		return call_fail(call, EX_USAGE,
		    "it is one of --paid and --refused");
	memset(&order, 0, sizeof(order));
	r = ledger_order_get(rear_ledger(call->rear), mid, jti, &order,
	    &call->err);
	if (r == 1)
		return call_fail(call, EX_DATAERR,
		    "there is no order '%s' of '%s' in the ledger", jti, mid);
	if (r == -1)
		return EX_SOFTWARE;
	status = check(call, &order);
	if (status == EX_OK)
		status = end(call, &order, paid);
	if (status == EX_OK) {
		doc_text(call->reply, "merchant", mid);
		doc_text(call->reply, "jti", jti);
		doc_text(call->reply, "state", order_state_name(order.state));
	}
	ledger_order_clear(&order);
	if (status != EX_OK)
		return status;
	return call_record(call, "order resolve %s/%s %s", mid, jti,
	    paid ? "paid" : "refused");
}

/* One that is being settled at this moment will end by itself. */
static int
check(struct call *call, const struct ledger_order *order)
{
	if (order->state == ORDER_UNKNOWN ||
	    (order->state == ORDER_INTENT && call_flag(call, "force")))
		return EX_OK;
	if (order->state == ORDER_INTENT)
		return call_fail(call, EX_TEMPFAIL,
		    "the order is being settled; with --force it ends, "
		    "whatever comes of that");
	return call_fail(call, EX_DATAERR, "the order is %s already",
	    order_state_name(order->state));
}

static int
end(struct call *call, struct ledger_order *order, bool paid)
{
	static const struct till_outcome none = { .size = sizeof(none) };
	struct ledger_request request = { .op = paid ? LEDGER_PAY : LEDGER_END,
		.order = order,
		.kind = paid ? ENTRY_PAYMENT : ENTRY_NONE,
		.note = call_text(call, "note"),
		.actor = call->actor };
	char *ticket = order->ticket;
	const char *reference = call_text(call, "reference");
	enum ledger_result result;

	if (paid) {
		if (reference != NULL)
			(void)snprintf(order->reference,
			    sizeof(order->reference), "%s", reference);
		(void)settlement_postings(&none, order, &request);
	} else {
		order->state = ORDER_REFUSED;
		order->reason = TILL_REASON_BANK;
		(void)snprintf(order->code, sizeof(order->code), "declined");
	}
	result = ledger_apply(rear_ledger(call->rear), &request);
	order->ticket = ticket;
	if (result == LEDGER_DONE)
		return EX_OK;
	return call_fail(call, EX_TEMPFAIL, "%.200s", request.err.text);
}

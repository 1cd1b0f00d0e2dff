/*
 * serve_receipt.c - one payment, with all that a receipt says: for the customer
 * who has paid, and for the merchant who was.
 *
 * What was bought stands in the ticket, which the ledger keeps as it came;
 * a copy of the voucher is signed anew, as it is wherever it is asked for
 * again.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "ledger/entry.h"
#include "rear/run.h"
#include "rear/takings.h"
#include "ticket_peek.h"

static int serve(struct call *, bool);
static int find(struct call *, bool, struct ledger_order *);
static bool is_of(const struct entry *, bool, const char *);
static void put_fee(struct call *, const struct entry *);
static int put_order(struct call *, bool, const struct ledger_order *);
static void put_voucher(struct call *, const struct ledger_order *);

int
serve_customer_receipt(struct call *call)
{
	return serve(call, false);
}

int
serve_till_sale(struct call *call)
{
	return serve(call, true);
}

static int
serve(struct call *call, bool merchant)
{
	struct ledger_order order;
	int status;

	memset(&order, 0, sizeof(order));
	status = find(call, merchant, &order);
	if (status != EX_OK)
		return status;
	status = put_order(call, merchant, &order);
	serve_merchant_name(call, call->reply, order.merchant);
	put_voucher(call, &order);
	if (status == EX_OK)
		status = serve_refunds(call, &order);
	ledger_order_clear(&order);
	return status;
}

/* What is somebody else's is as what is not there. */
static int
find(struct call *call, bool merchant, struct ledger_order *order)
{
	const uint64_t serial = (uint64_t)call_number(call, "serial", 0);
	struct ledger *ledger = rear_ledger(call->rear);
	struct entry *entry = calloc(1, sizeof(*entry));
	int r;

	if (entry == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	r = ledger_entry_get(ledger, serial, entry, &call->err);
	if (r == 0 &&
	    !is_of(entry, merchant,
		call_text(call, merchant ? "merchant" : "customer")))
		r = 1;
	if (r == 0)
		r = entry->jti[0] == '\0'
		    ? 1
		    : ledger_order_get(ledger, entry->merchant, entry->jti,
			  order, &call->err);
	if (r == 0 && order->serial != serial) {
		ledger_order_clear(order);
		r = 1;
	}
	if (r == 0 && merchant)
		put_fee(call, entry);
	free(entry);
	if (r == 1)
		return call_fail(call, EX_NOINPUT,
		    "this %s has no payment of that serial number",
		    merchant ? "merchant" : "customer");
	return r == 0 ? EX_OK : EX_SOFTWARE;
}

/* To ask who somebody is, is no sale. */
static bool
is_of(const struct entry *entry, bool merchant, const char *id)
{
	if (!merchant)
		return strcmp(entry->customer, id) == 0;
	return entry->kind == ENTRY_PAYMENT && strcmp(entry->merchant, id) == 0;
}

static void
put_fee(struct call *call, const struct entry *entry)
{
	const struct till_money fee = takings_posted(entry, "fees");

	if (fee.micro != 0)
		doc_money(call->reply, "fee", &fee);
}

static int
put_order(struct call *call, bool merchant, const struct ledger_order *order)
{
	struct till_money refunded = order->amount;
	int64_t time_ms;
	char *ticket;

	if (ledger_order_paid_ms(rear_ledger(call->rear), order, &time_ms,
		&call->err) == -1)
		return EX_SOFTWARE;
	doc_number(call->reply, "serial", order->serial);
	doc_time_ms(call->reply, "time", time_ms);
	doc_text(call->reply, "merchant", order->merchant);
	doc_text(call->reply, "jti", order->jti);
	doc_money(call->reply, "amount", &order->amount);
	doc_text(call->reply, "via", order->via);
	/* Whether he was asked is the customer's business alone. */
	if (order->unasked && !merchant)
		doc_flag(call->reply, "unasked", true);
	refunded.micro = order->refunded_micro;
	if (refunded.micro != 0)
		doc_money(call->reply, "refunded", &refunded);
	ticket = order->ticket == NULL
	    ? NULL
	    : strndup(order->ticket, order->ticket_len);
	if (ticket != NULL)
		doc_text(call->reply, "ticket", ticket);
	free(ticket);
	return EX_OK;
}

/* Without one the receipt is as true. */
static void
put_voucher(struct call *call, const struct ledger_order *order)
{
	int64_t lifetime_s =
	    atomic_load(&call->rear->voucher_lifetime_ms) / 1000;
	struct till_ticket *ticket = NULL;
	struct sealed *sealed = NULL;
	struct till_error err;

	if (order->ticket == NULL ||
	    ticket_peek(order->ticket, order->ticket_len, &ticket, &err) == -1)
		return;
	if (voucher_make(call->rear, ticket, order, lifetime_s, &sealed,
		&err) == 0)
		doc_text(call->reply, "voucher", sealed->text);
	sealed_unref(sealed);
	till_ticket_free(ticket);
}

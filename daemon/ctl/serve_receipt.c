/*
 * serve_receipt.c - one payment of a customer, with all that a receipt says.
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
#include "ticket_peek.h"

static int find(struct call *, struct ledger_order *);
static void put_order(struct call *, const struct ledger_order *);
static void put_merchant(struct call *, const char *);
static void put_voucher(struct call *, const struct ledger_order *);

int
serve_customer_receipt(struct call *call)
{
	struct ledger_order order;
	int status;

	memset(&order, 0, sizeof(order));
	status = find(call, &order);
	if (status != EX_OK)
		return status;
	put_order(call, &order);
	put_merchant(call, order.merchant);
	put_voucher(call, &order);
	status = serve_refunds(call, &order);
	ledger_order_clear(&order);
	return status;
}

/* What is not the customer's is as what is not there. */
static int
find(struct call *call, struct ledger_order *order)
{
	const uint64_t serial = (uint64_t)call_number(call, "serial", 0);
	struct ledger *ledger = rear_ledger(call->rear);
	struct entry *entry = calloc(1, sizeof(*entry));
	int r;

	if (entry == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	r = ledger_entry_get(ledger, serial, entry, &call->err);
	if (r == 0 && strcmp(entry->customer, call_text(call, "customer")) != 0)
		r = 1;
	if (r == 0)
		r = entry->jti[0] == '\0'
		    ? 1
		    : ledger_order_get(ledger, entry->merchant, entry->jti,
			  order, &call->err);
	free(entry);
	if (r == 0 && order->serial != serial) {
		ledger_order_clear(order);
		r = 1;
	}
	if (r == 1)
		return call_fail(call, EX_NOINPUT,
		    "this customer has no payment of that serial number");
	return r == 0 ? EX_OK : EX_SOFTWARE;
}

static void
put_order(struct call *call, const struct ledger_order *order)
{
	struct till_money refunded = order->amount;
	char *ticket;

	doc_number(call->reply, "serial", order->serial);
	doc_time_ms(call->reply, "time", order->time_ms);
	doc_text(call->reply, "merchant", order->merchant);
	doc_text(call->reply, "jti", order->jti);
	doc_money(call->reply, "amount", &order->amount);
	doc_text(call->reply, "via", order->via);
	if (order->unasked)
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
}

static void
put_merchant(struct call *call, const char *mid)
{
	struct merchant *merchant = merchants_get(call->rear->merchants, mid);

	if (merchant != NULL)
		doc_text(call->reply, "merchant-name", merchant->name);
	merchant_unref(merchant);
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

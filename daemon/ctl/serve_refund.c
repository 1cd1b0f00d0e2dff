/*
 * serve_refund.c - the operator gives back what an order has paid, and sees
 * what was given back.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "module/host.h"
#include "rear/refund.h"

#define CHANCE_SIZE 8 /* octets of an id that nobody has given */

struct listing {
	struct call *call;
	struct call_list list;
};

static int make_id(char *, size_t);
static int status_of(enum refund_end);
static int add_refund(void *, const char *, const struct entry *);

int
serve_money_refund(struct call *call)
{
	struct refund_ask ask = { .mid = call_text(call, "merchant"),
		.jti = call_text(call, "jti"),
		.id = call_text(call, "id"),
		.note = call_text(call, "note"),
		.actor = call->actor,
		.settled = call_flag(call, "disputed") };
	struct refund_answer answer;
	char id[TILL_JTI_MAX];
	int status;

	if (call_text(call, "amount") != NULL) {
		status = call_money(call, "amount", &ask.amount);
		if (status == EX_OK && ask.amount.micro == 0)
			status =
			    call_fail(call, EX_USAGE, "the amount is nothing");
		if (status != EX_OK)
			return status;
	}
	if (ask.id == NULL) {
		if (make_id(id, sizeof(id)) == -1)
			return call_fail(call, EX_TEMPFAIL,
			    "no id can be made");
		ask.id = id;
	}
	refund_order(call->rear, &ask, &answer);
	if (answer.end != REFUND_MADE && answer.end != REFUND_REPEATED)
		return call_fail(call, status_of(answer.end), "%.200s",
		    answer.err.text);
	doc_text(call->reply, "merchant", ask.mid);
	doc_text(call->reply, "jti", ask.jti);
	doc_text(call->reply, "id", ask.id);
	doc_money(call->reply, "amount", &answer.amount);
	doc_number(call->reply, "serial", answer.serial);
	doc_text(call->reply, "state", refund_state_name(answer.state));
	doc_flag(call->reply, "repeated", answer.end == REFUND_REPEATED);
	return EX_OK;
}

int
serve_refunds(struct call *call, const struct ledger_order *order)
{
	struct listing listing = { .call = call };
	struct till_money refunded = order->amount;

	if (order->state != ORDER_PAID && order->state != ORDER_REFUNDED)
		return EX_OK;
	refunded.micro = order->refunded_micro;
	if (refunded.micro != 0)
		doc_money(call->reply, "refunded", &refunded);
	call_list_begin(call, &listing.list, "refunds");
	if (ledger_refund_each(rear_ledger(call->rear), order->merchant,
		order->jti, add_refund, &listing, &call->err) == -1)
		return EX_SOFTWARE;
	if (json_array_size(listing.list.items) == 0)
		(void)json_object_del(call->reply, "refunds");
	return EX_OK;
}

static int
make_id(char *id, size_t size)
{
	unsigned char chance[CHANCE_SIZE];
	size_t i, at;

	if (context_host()->random(chance, sizeof(chance)) == -1)
		return -1;
	at = (size_t)snprintf(id, size, "op-");
	for (i = 0; i < sizeof(chance); i++)
		at += (size_t)snprintf(id + at, size - at, "%02x", chance[i]);
	return 0;
}

static int
status_of(enum refund_end end)
{
	switch (end) {
	case REFUND_NONE:
		break;
	case REFUND_MADE:
	case REFUND_REPEATED:
		return EX_OK;
	case REFUND_CONFLICT:
	case REFUND_NOT_FOUND:
	case REFUND_REFUSED:
		return EX_DATAERR;
	case REFUND_BUSY:
		return EX_TEMPFAIL;
	}
	return EX_SOFTWARE;
}

static int
add_refund(void *arg, const char *id, const struct entry *entry)
{
	struct listing *listing = arg;
	enum refund_state state;
	json_t *item;

	if (refund_state(listing->call->rear, entry, &state,
		&listing->call->err) == -1)
		return -1;
	item = json_object();
	doc_text(item, "id", id);
	doc_number(item, "serial", entry->serial);
	doc_time_ms(item, "time", entry->time_ms);
	doc_money(item, "amount", &entry->amount);
	doc_text(item, "state", refund_state_name(state));
	doc_text(item, "actor", entry->actor);
	doc_text(item, "note", entry->note);
	return call_list_add(&listing->list, item) ? 0 : 1;
}

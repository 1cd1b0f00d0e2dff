/*
 * serve_order.c - the orders with what decided them, to look through.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"

#define SEEN_MAX 2000 /* orders looked at for one answer */

struct listing {
	struct call *call;
	struct call_list list;
	int64_t since_ms;
	unsigned int seen;
};

static int read_from(struct call *, char *mid, char *jti);
static int add_order(void *, const struct ledger_order *);
static json_t *order_json(const struct ledger_order *);
static int go_on(struct listing *, const struct ledger_order *);

/* Those that came to their state since a time (milliseconds), from
 * "MID/JTI" on. */
int
serve_order_list(struct call *call)
{
	struct listing listing = { .call = call };
	char mid[TILL_ID_MAX] = "", jti[TILL_JTI_MAX] = "";

	if (read_from(call, mid, jti) == -1)
		return call_fail(call, EX_USAGE, "from is MID/JTI");
	listing.since_ms = call_number(call, "since", 0);
	call_list_begin(call, &listing.list, "orders");
	if (ledger_order_each(rear_ledger(call->rear), mid, jti, add_order,
		&listing, &call->err) == -1)
		return EX_SOFTWARE;
	return EX_OK;
}

static int
read_from(struct call *call, char *mid, char *jti)
{
	const char *from = call_text(call, "from"), *slash;

	if (from == NULL)
		return 0;
	slash = strchr(from, '/');
	if (slash == NULL || slash == from ||
	    (size_t)(slash - from) >= TILL_ID_MAX || !till_jti_ok(slash + 1))
		return -1;
	memcpy(mid, from, (size_t)(slash - from));
	memcpy(jti, slash + 1, strlen(slash + 1) + 1);
	return 0;
}

static int
add_order(void *arg, const struct ledger_order *order)
{
	struct listing *listing = arg;

	if (listing->seen++ == SEEN_MAX)
		return go_on(listing, order);
	if (order->time_ms < listing->since_ms)
		return 0;
	if (call_list_add(&listing->list, order_json(order)))
		return 0;
	return go_on(listing, order);
}

static json_t *
order_json(const struct ledger_order *order)
{
	json_t *item = json_object();

	doc_text(item, "merchant", order->merchant);
	doc_text(item, "jti", order->jti);
	doc_text(item, "state", order_state_name(order->state));
	doc_text(item, "kind", till_kind_name(order->kind));
	doc_money(item, "amount", &order->amount);
	doc_text(item, "customer", order->customer);
	doc_time_ms(item, "since", order->time_ms);
	doc_number(item, "time_ms", (uint64_t)order->time_ms);
	doc_text(item, "instance", order->instance);
	doc_text(item, "code", order->code);
	doc_number(item, "auth_level", order->auth_level);
	doc_text(item, "decision", order->decision);
	return item;
}

/* The next answer begins with this one. */
static int
go_on(struct listing *listing, const struct ledger_order *order)
{
	char next[TILL_ID_MAX + TILL_JTI_MAX];

	(void)snprintf(next, sizeof(next), "%s/%s", order->merchant,
	    order->jti);
	call_list_next(listing->call, next);
	return 1;
}

/*
 * serve_order.c - the orders with what decided them, to look at.
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

static void put_places(struct call *, const char *);
static json_t *places_of(const struct conf_stack *);
static void put_facts(json_t *, const struct ledger_order *);
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

int
serve_order_show(struct call *call)
{
	const char *mid = call_text(call, "merchant");
	const char *jti = call_text(call, "jti");
	struct ledger_order order;
	json_t *amr;
	uint32_t i;
	int r;

	memset(&order, 0, sizeof(order));
	r = ledger_order_get(rear_ledger(call->rear), mid, jti, &order,
	    &call->err);
	if (r == 1)
		return call_fail(call, EX_DATAERR,
		    "there is no order '%s' of '%s' in the ledger", jti, mid);
	if (r == -1)
		return EX_SOFTWARE;
	doc_text(call->reply, "merchant", order.merchant);
	doc_text(call->reply, "jti", order.jti);
	doc_text(call->reply, "state", order_state_name(order.state));
	doc_if(call->reply, "kind", till_kind_name(order.kind));
	doc_text(call->reply, "ticket", order.th);
	doc_if(call->reply, "customer", order.customer);
	doc_money(call->reply, "amount", &order.amount);
	if (order.serial != 0)
		doc_number(call->reply, "serial", order.serial);
	doc_time_ms(call->reply, "since", order.time_ms);
	doc_if(call->reply, "reason", till_reason_name(order.reason));
	doc_if(call->reply, "code", order.code);
	doc_if(call->reply, "via", order.via);
	doc_if(call->reply, "instance", order.instance);
	doc_if(call->reply, "reference", order.reference);
	if (order.unasked)
		doc_flag(call->reply, "unasked", true);
	doc_if(call->reply, "decision", order.decision);
	put_places(call, order.decision);
	put_facts(call->reply, &order);
	amr = json_array();
	for (i = 0; i < order.amr_len && i < TILL_AMR_MAX; i++)
		(void)json_array_append_new(amr, json_string(order.amr[i]));
	(void)json_object_set_new(call->reply, "amr", amr);
	if (order.attempt > 0)
		doc_number(call->reply, "attempt", order.attempt);
	r = serve_refunds(call, &order);
	ledger_order_clear(&order);
	return r;
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

/* Where the rules of a decision stand, if they are still those at work. */
static void
put_places(struct call *call, const char *decision)
{
	struct generation *generation = rear_generation(call->rear);
	const struct conf *conf = generation->conf;
	json_t *places;

	if (strncmp(decision, "conf ", 5) == 0 &&
	    strncmp(decision + 5, generation->digest, CONF_DIGEST_MAX - 1) ==
		0) {
		places = json_object();
		(void)json_object_set_new(places, "policy",
		    places_of(&conf->policy));
		(void)json_object_set_new(places, "auth",
		    places_of(&conf->auth));
		(void)json_object_set_new(places, "settle",
		    places_of(&conf->settle));
		(void)json_object_set_new(call->reply, "places", places);
	}
	generation_unref(generation);
}

/* "FILE:LINE" of each rule. */
static json_t *
places_of(const struct conf_stack *stack)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < stack->len; i++)
		(void)json_array_append_new(list,
		    json_sprintf("%s:%u", stack->rules[i].place.file,
			stack->rules[i].place.line));
	return list;
}

/* What guards and modules were told beside the ticket, so far as it is
 * known. */
static void
put_facts(json_t *object, const struct ledger_order *order)
{
	struct till_money sum = order->amount;

	doc_if(object, "channel", order_channel_name(order->channel));
	doc_if(object, "country", order->country);
	if (order->decided_s != 0) {
		doc_time_ms(object, "decided", order->decided_s * 1000);
		doc_number(object, "decided_s", (uint64_t)order->decided_s);
	}
	if (order->strong_count == 0)
		return;
	sum.micro = order->strong_micro;
	doc_money(object, "strong_amount", &sum);
	doc_number(object, "strong_count", (uint64_t)order->strong_count);
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
	doc_if(item, "setup", order->setup);
	doc_text(item, "code", order->code);
	doc_number(item, "auth_level", order->auth_level);
	doc_text(item, "decision", order->decision);
	put_facts(item, order);
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

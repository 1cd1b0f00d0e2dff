/*
 * serve_data.c - what is kept of a customer, part by part.
 *
 * The credentials of all instances of the configuration, never their data;
 * and his entries of the register, each with all that is kept of its order,
 * the ticket as it came among it.  A part that is full ends with where the
 * next one begins, so that all of it can be had, however much it is.
 *
 * Beside what customer.show says there is more that has no place here: what
 * operators did (kept under their names), events and orders that were never
 * paid (kept under their merchants), failed tries and sums of limits, which
 * rules decided, and what may be shown to nobody: hashes of secrets and the
 * sealed bank identity.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "ledger/entry.h"
#include "log/log.h"
#include "rear/unit.h"

#define FROM_MAX (CONF_NAME_MAX + TILL_JTI_MAX)

struct listing {
	struct call *call;
	struct call_list list;
	const char *next; /* key of where the next part begins */
	const struct conf_instance *instance; /* of the credentials at hand */
	bool asked; /* the auth stack has a line of it */
	const char *skip; /* those of it before this id; or NULL */
	uint64_t last; /* serial of the entry that was taken in last, or 0 */
	bool failed; /* call->err says why */
};

static bool find_from(const char *, const struct conf *, size_t *,
    const char **);
static bool is_asked(const struct conf *, const struct conf_instance *);
static int add_credential(void *, const struct till_credential *);
static int add_entry(void *, const struct entry *);
static int put_order(struct call *, json_t *, const struct entry *);
static void put_shown(json_t *, const struct ledger_order *);
static void put_ticket(json_t *, const struct ledger_order *);

int
serve_customer_credentials(struct call *call)
{
	struct ledger_customer customer;
	int status = serve_customer_get(call, &customer);

	if (status != EX_OK)
		return status;
	return serve_credentials(call, customer.cid, call_text(call, "from"),
	    "next");
}

int
serve_credentials(struct call *call, const char *cid, const char *from,
    const char *next)
{
	struct generation *generation = rear_generation(call->rear);
	const struct conf *conf = generation->conf;
	struct listing listing = { .call = call, .next = next };
	int status = EX_OK, r = 0;
	size_t i = 0;

	call_list_begin(call, &listing.list, "credentials");
	if (from != NULL && !find_from(from, conf, &i, &listing.skip))
		status = call_fail(call, EX_USAGE,
		    "from is what an answer has as next");
	for (; i < conf->instances_len && status == EX_OK && r == 0; i++) {
		listing.instance = &conf->instances[i];
		listing.asked = is_asked(conf, listing.instance);
		r = ledger_credential_each(rear_ledger(call->rear),
		    listing.instance->name, cid, add_credential, &listing,
		    &call->err);
		if (r == -1)
			status = EX_SOFTWARE;
		listing.skip = NULL;
	}
	generation_unref(generation);
	return status;
}

int
serve_customer_entries(struct call *call)
{
	const uint64_t from = (uint64_t)call_number(call, "from", 0);
	struct listing listing = { .call = call };
	struct ledger_customer customer;
	int status = serve_customer_get(call, &customer);

	if (status == EX_OK && from != 0)
		status = serve_from_ok(call, from, customer.cid, NULL);
	if (status != EX_OK)
		return status;
	call_list_begin(call, &listing.list, "entries");
	if (ledger_entry_each_of_customer(rear_ledger(call->rear), customer.cid,
		from, add_entry, &listing, &call->err) == -1)
		return EX_SOFTWARE;
	return listing.failed ? EX_SOFTWARE : EX_OK;
}

/* "INSTANCE ID": the instance, and from which of its credentials on. */
static bool
find_from(const char *from, const struct conf *conf, size_t *at_r,
    const char **id_r)
{
	const size_t len = strcspn(from, " ");
	size_t i;

	for (i = 0; i < conf->instances_len; i++)
		if (strlen(conf->instances[i].name) == len &&
		    memcmp(conf->instances[i].name, from, len) == 0)
			break;
	*at_r = i;
	*id_r = from + len + (from[len] == ' ');
	return i < conf->instances_len;
}

/* Only such an instance takes its own credentials back. */
static bool
is_asked(const struct conf *conf, const struct conf_instance *instance)
{
	size_t i;

	for (i = 0; i < conf->auth.len; i++)
		if (conf->auth.rules[i].instance == instance)
			return true;
	return false;
}

static int
add_credential(void *arg, const struct till_credential *credential)
{
	struct listing *listing = arg;
	char from[FROM_MAX];
	json_t *item;

	/* They come in the order of their ids. */
	if (listing->skip != NULL && strcmp(credential->id, listing->skip) < 0)
		return 0;
	item = json_object();
	doc_text(item, "instance", listing->instance->name);
	doc_text(item, "module", listing->instance->module);
	doc_flag(item, "asked", listing->asked);
	doc_text(item, "id", credential->id);
	doc_if(item, "label", credential->label);
	doc_time_ms(item, "created", credential->created_ms);
	if (call_list_add(&listing->list, item))
		return 0;
	(void)snprintf(from, sizeof(from), "%s %s", listing->instance->name,
	    credential->id);
	doc_text(listing->call->reply, listing->next, from);
	return 1;
}

/* The next part has what is older than the last that was taken in. */
static int
add_entry(void *arg, const struct entry *entry)
{
	struct listing *listing = arg;
	struct call *call = listing->call;
	json_t *item = json_object();

	doc_number(item, "serial", entry->serial);
	doc_time_ms(item, "time", entry->time_ms);
	doc_text(item, "kind", entry_kind_name(entry->kind));
	if (entry->amount.currency[0] != '\0')
		doc_money(item, "amount", &entry->amount);
	doc_if(item, "merchant", entry->merchant);
	serve_merchant_name(call, item, entry->merchant);
	doc_if(item, "jti", entry->jti);
	doc_if(item, "via", entry->via);
	doc_if(item, "note", entry->note);
	if (entry->original != 0)
		doc_number(item, "original", entry->original);
	if (put_order(call, item, entry) == -1) {
		json_decref(item);
		listing->failed = true;
		return 1;
	}
	if (call_list_add(&listing->list, item)) {
		listing->last = entry->serial;
		return 0;
	}
	listing->failed = listing->last == 0;
	if (listing->failed)
		(void)call_fail(call, EX_SOFTWARE,
		    "one entry is more than an answer holds");
	else
		doc_number(call->reply, "next", listing->last);
	return 1;
}

/* Of the entry that has paid it. */
static int
put_order(struct call *call, json_t *item, const struct entry *entry)
{
	struct ledger_order order;
	json_t *object;
	int r;

	if (entry->kind != ENTRY_PAYMENT && entry->kind != ENTRY_IDENTITY)
		return 0;
	r = ledger_order_get(rear_ledger(call->rear), entry->merchant,
	    entry->jti, &order, &call->err);
	if (r != 0)
		return r == -1 ? -1 : 0;
	object = json_object();
	doc_text(object, "state", order_state_name(order.state));
	doc_time_ms(object, "since", order.time_ms);
	doc_if(object, "channel", order_channel_name(order.channel));
	doc_if(object, "country", order.country);
	doc_if(object, "reference", order.reference);
	if (order.unasked)
		doc_flag(object, "unasked", true);
	put_shown(object, &order);
	put_ticket(object, &order);
	(void)json_object_set_new(item, "order", object);
	ledger_order_clear(&order);
	return 0;
}

/* How the customer was shown to be the one. */
static void
put_shown(json_t *object, const struct ledger_order *order)
{
	json_t *methods = json_array();
	uint32_t i;

	for (i = 0; i < order->amr_len; i++)
		(void)json_array_append_new(methods,
		    json_string(order->amr[i]));
	(void)json_object_set_new(object, "methods", methods);
	doc_number(object, "auth-level", order->auth_level);
	if (order->auth_time_s > 0)
		doc_time_ms(object, "auth-time", order->auth_time_s * 1000);
}

static void
put_ticket(json_t *object, const struct ledger_order *order)
{
	struct till_money refunded = order->amount;
	char *ticket = order->ticket == NULL
	    ? NULL
	    : strndup(order->ticket, order->ticket_len);

	refunded.micro = order->refunded_micro;
	if (refunded.micro != 0)
		doc_money(object, "refunded", &refunded);
	doc_if(object, "ticket", ticket);
	free(ticket);
}

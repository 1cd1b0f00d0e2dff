/*
 * serve_register.c - the register, to look at.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "log/log.h"

struct listing {
	struct call *call;
	struct call_list list;
	bool down; /* the newest first: "from" itself is not listed */
};

static int add_entry(void *, const struct entry *);
static json_t *entry_json(const struct entry *);
static json_t *postings_json(const struct entry *);

int
serve_register_list(struct call *call)
{
	struct ledger *ledger = rear_ledger(call->rear);
	const char *customer = call_text(call, "customer");
	const char *merchant = call_text(call, "merchant");
	uint64_t from = (uint64_t)call_number(call, "from", 0);
	struct listing listing = { .call = call,
		.down = customer != NULL || merchant != NULL };
	int r;

	if (customer != NULL && merchant != NULL)
		return call_fail(call, EX_USAGE,
		    "only one of customer and merchant");
	call_list_begin(call, &listing.list, "entries");
	/* Of one party the newest first, before "from"; of all from "from"
	 * on, upwards. */
	if (customer != NULL)
		r = ledger_entry_each_of_customer(ledger, customer, from,
		    add_entry, &listing, &call->err);
	else if (merchant != NULL)
		r = ledger_entry_each_of_merchant(ledger, merchant, from,
		    add_entry, &listing, &call->err);
	else
		r = ledger_entry_each(ledger, from == 0 ? 1 : from, add_entry,
		    &listing, &call->err);
	return r == -1 ? EX_SOFTWARE : EX_OK;
}

int
serve_register_show(struct call *call)
{
	uint64_t serial = (uint64_t)call_number(call, "serial", 0);
	struct entry entry;
	int r;

	r = ledger_entry_get(rear_ledger(call->rear), serial, &entry,
	    &call->err);
	if (r == 1)
		return call_fail(call, EX_DATAERR,
		    "the register has no entry %llu",
		    (unsigned long long)serial);
	if (r == -1)
		return EX_SOFTWARE;
	(void)json_object_update_new(call->reply, entry_json(&entry));
	return EX_OK;
}

int
serve_register_verify(struct call *call)
{
	struct ledger_sums sums = { 0 };
	json_t *list = json_array();
	json_t *item;
	uint64_t serial = 0;
	size_t i;
	int r;

	r = ledger_verify(rear_ledger(call->rear), NULL, NULL, &sums, &serial,
	    &call->err);
	doc_flag(call->reply, "valid", r == 0);
	doc_number(call->reply, "entries", sums.entries);
	doc_number(call->reply, "orders", sums.orders);
	doc_number(call->reply, "accounts", sums.accounts);
	doc_number(call->reply, "events", sums.events);
	doc_number(call->reply, "waiting", sums.waiting);
	for (i = 0; i < sums.sums_len; i++) {
		item = json_object();
		doc_text(item, "currency", sums.sums[i].currency);
		doc_money(item, "sum", &sums.sums[i]);
		(void)json_array_append_new(list, item);
	}
	(void)json_object_set_new(call->reply, "sums", list);
	if (r == 0)
		return EX_OK;
	doc_number(call->reply, "first_wrong", serial);
	doc_text(call->reply, "why", call->err.text);
	return EX_DATAERR;
}

static int
add_entry(void *arg, const struct entry *entry)
{
	struct listing *listing = arg;
	uint64_t next = listing->down ? entry->serial + 1 : entry->serial;
	char serial[LOG_NUMBER_MAX];

	if (call_list_add(&listing->list, entry_json(entry)))
		return 0;
	call_list_next(listing->call, log_number((int64_t)next, serial));
	return 1;
}

static json_t *
entry_json(const struct entry *entry)
{
	json_t *item = json_object();

	doc_number(item, "serial", entry->serial);
	doc_time_ms(item, "time", entry->time_ms);
	doc_text(item, "kind", entry_kind_name(entry->kind));
	doc_if(item, "merchant", entry->merchant);
	doc_if(item, "customer", entry->customer);
	if (entry->amount.currency[0] != '\0')
		doc_money(item, "amount", &entry->amount);
	doc_if(item, "jti", entry->jti);
	doc_if(item, "ticket", entry->th);
	doc_if(item, "via", entry->via);
	doc_if(item, "reference", entry->reference);
	doc_if(item, "id", entry->book_id);
	doc_if(item, "note", entry->note);
	doc_if(item, "actor", entry->actor);
	if (entry->original != 0)
		doc_number(item, "original", entry->original);
	if (entry->postings_len > 0)
		(void)json_object_set_new(item, "postings",
		    postings_json(entry));
	doc_hash(item, "previous", entry->previous, sizeof(entry->previous));
	doc_hash(item, "hash", entry->hash, sizeof(entry->hash));
	return item;
}

static json_t *
postings_json(const struct entry *entry)
{
	json_t *list = json_array();
	json_t *item;
	uint32_t i;

	for (i = 0; i < entry->postings_len && i < TILL_POSTINGS_MAX; i++) {
		item = json_object();
		doc_text(item, "account", entry->postings[i].account);
		doc_money(item, "amount", &entry->postings[i].amount);
		(void)json_array_append_new(list, item);
	}
	return list;
}

int
serve_from_ok(struct call *call, uint64_t serial, const char *cid,
    const char *mid)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int r;

	if (entry == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	r = ledger_entry_get(rear_ledger(call->rear), serial, entry,
	    &call->err);
	if (r == 0 &&
	    (mid == NULL ? strcmp(entry->customer, cid)
			 : strcmp(entry->merchant, mid)) != 0)
		r = 1;
	free(entry);
	if (r == 1)
		return call_fail(call, EX_USAGE,
		    "from is what an answer has as next");
	return r == 0 ? EX_OK : EX_SOFTWARE;
}

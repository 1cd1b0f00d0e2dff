/*
 * serve_allowance.c - what customers let merchants have without asking: set,
 * list, withdraw.
 *
 * A customer sets one at a merchant whom he has paid lately, or where he has
 * one; the operator at any.  To withdraw one takes effect with the next
 * payment that is committed: see ledger/allowance.h.
 */
#include <string.h>
#include <sysexits.h>

#include "config/zone.h"
#include "ctl/call.h"
#include "rear/clock.h"
#include "rear/unit.h"

#define ENTRIES_MAX 200 /* of a customer's newest ones that are looked at */
#define PAID_MAX 32 /* that are found among them */

struct listing {
	struct call *call;
	struct call_list list;
	const struct conf *conf;
	bool failed; /* call->err says why */
};

/* Merchants whom a customer has paid lately, the last one first. */
struct paid {
	unsigned int entries;
	size_t len;
	char mids[PAID_MAX][TILL_ID_MAX];
};

static int add_allowance(void *, const struct ledger_allowance *);
static int put_used(struct listing *, json_t *,
    const struct ledger_allowance *);
static int set(struct call *, const char *);
static int amounts(struct call *, struct ledger_allowance *);
static int bounds_ok(struct call *, const struct ledger_allowance *);
static int may_set(struct call *, const struct ledger_allowance *);
static int find_paid(struct call *, const char *, struct paid *);
static int see_entry(void *, const struct entry *);
static bool has(const struct paid *, const char *);
static int withdraw(struct call *, const char *);
static int apply(struct call *, struct ledger_allowance *);
static void put_bounds(struct call *);
static void put_merchant(struct call *, json_t *, const char *);

int
serve_customer_allowance(struct call *call)
{
	const bool is_set = call_text(call, "set") != NULL;
	const bool is_end = call_text(call, "withdraw") != NULL;
	struct ledger_customer customer;
	int status;

	if (is_set && is_end)
		return call_fail(call, EX_USAGE,
		    "it is set or withdrawn, not both");
	status = serve_customer_get(call, &customer);
	if (status != EX_OK)
		return status;
	if (is_set)
		return set(call, customer.cid);
	return is_end ? withdraw(call, customer.cid)
		      : serve_allowances(call, customer.cid);
}

int
serve_customer_allowances(struct call *call)
{
	struct ledger_customer customer;
	struct paid paid = { 0 };
	struct call_list merchants;
	json_t *item;
	int status;
	size_t i;

	status = serve_customer_get(call, &customer);
	if (status == EX_OK)
		status = serve_allowances(call, customer.cid);
	if (status == EX_OK)
		status = find_paid(call, customer.cid, &paid);
	if (status != EX_OK)
		return status;
	if (customer.frozen)
		doc_flag(call->reply, "frozen", true);
	put_bounds(call);
	call_list_begin(call, &merchants, "merchants");
	for (i = 0; i < paid.len; i++) {
		item = json_object();
		put_merchant(call, item, paid.mids[i]);
		(void)call_list_add(&merchants, item);
	}
	return EX_OK;
}

int
serve_allowances(struct call *call, const char *cid)
{
	struct generation *generation = rear_generation(call->rear);
	struct listing listing = { .call = call, .conf = generation->conf };
	int r;

	call_list_begin(call, &listing.list, "allowances");
	listing.list.max = LEDGER_ALLOWANCES_MAX;
	r = ledger_allowance_each(rear_ledger(call->rear), cid, add_allowance,
	    &listing, &call->err);
	generation_unref(generation);
	return r == -1 || listing.failed ? EX_SOFTWARE : EX_OK;
}

static int
add_allowance(void *arg, const struct ledger_allowance *allowance)
{
	struct listing *listing = arg;
	json_t *item = json_object();

	put_merchant(listing->call, item, allowance->merchant);
	doc_money(item, "each", &allowance->each);
	doc_money(item, "day", &allowance->day);
	doc_time_ms(item, "since", allowance->since_ms);
	if (put_used(listing, item, allowance) == -1) {
		json_decref(item);
		listing->failed = true;
		return 1;
	}
	return call_list_add(&listing->list, item) ? 0 : 1;
}

/* What was paid so today; and that the server allows none any more, or not
 * so much. */
static int
put_used(struct listing *listing, json_t *item,
    const struct ledger_allowance *allowance)
{
	const char *currency = allowance->each.currency;
	struct till_money used = allowance->day;
	struct ledger_counter counter;
	int64_t bound, count;

	ledger_allowance_counter(&counter, allowance->customer,
	    allowance->merchant, &allowance->each,
	    zone_window(listing->conf->zone, TILL_WINDOW_DAY, wall_s()), -1);
	if (ledger_counter_get(rear_ledger(listing->call->rear), counter.name,
		counter.window, &used.micro, &count, &listing->call->err) == -1)
		return -1;
	doc_money(item, "used", &used);
	if (!conf_set_amount(listing->conf, "allowance-each", currency,
		&bound) ||
	    bound < allowance->each.micro ||
	    !conf_set_amount(listing->conf, "allowance-day", currency,
		&bound) ||
	    bound < allowance->day.micro)
		doc_flag(item, "bounded", true);
	return 0;
}

static int
set(struct call *call, const char *cid)
{
	struct ledger_allowance allowance = { 0 };
	struct ledger_merchant merchant;
	int r, status;

	(void)snprintf(allowance.customer, sizeof(allowance.customer), "%s",
	    cid);
	(void)snprintf(allowance.merchant, sizeof(allowance.merchant), "%s",
	    call_text(call, "set"));
	r = ledger_merchant_get(rear_ledger(call->rear), allowance.merchant,
	    &merchant, &call->err);
	if (r == 1)
		return call_fail(call, EX_NOUSER, "there is no merchant '%s'",
		    allowance.merchant);
	status = r == 0 ? amounts(call, &allowance) : EX_SOFTWARE;
	if (status == EX_OK)
		status = bounds_ok(call, &allowance);
	if (status == EX_OK && call->session != NULL)
		status = may_set(call, &allowance);
	if (status == EX_OK)
		status = apply(call, &allowance);
	if (status == EX_OK)
		status = call_record(call, "customer allowance %s set %s %s %s",
		    cid, allowance.merchant, call_text(call, "each"),
		    call_text(call, "day"));
	if (status == EX_OK)
		doc_text(call->reply, "set", allowance.merchant);
	return status;
}

static int
amounts(struct call *call, struct ledger_allowance *allowance)
{
	int status;

	if (call_text(call, "each") == NULL || call_text(call, "day") == NULL)
		return call_fail(call, EX_USAGE,
		    "how much is allowed each time and how much a day?");
	status = call_money(call, "each", &allowance->each);
	if (status == EX_OK)
		status = call_money(call, "day", &allowance->day);
	if (status == EX_OK &&
	    !ledger_allowance_ok(&allowance->each, &allowance->day))
		status = call_fail(call, EX_DATAERR,
		    "both are above zero, of one currency, and each time it "
		    "is at most what it is a day");
	return status;
}

static int
bounds_ok(struct call *call, const struct ledger_allowance *allowance)
{
	struct generation *generation = rear_generation(call->rear);
	const char *currency = allowance->each.currency;
	int64_t each = 0, day = 0;
	bool any;

	any = conf_set_amount(generation->conf, "allowance-each", currency,
		  &each) &&
	    conf_set_amount(generation->conf, "allowance-day", currency, &day);
	generation_unref(generation);
	if (!any)
		return call_fail(call, EX_DATAERR,
		    "this server takes no allowances in %s", currency);
	if (allowance->each.micro > each || allowance->day.micro > day)
		return call_fail(call, EX_DATAERR,
		    "this is more than allowance-each or allowance-day of "
		    "this server");
	return EX_OK;
}

/* What is not there any more can only be withdrawn. */
static int
may_set(struct call *call, const struct ledger_allowance *allowance)
{
	struct ledger_allowance stored;
	struct paid paid = { 0 };
	int status;

	switch (ledger_allowance_get(rear_ledger(call->rear),
	    allowance->customer, allowance->merchant, allowance->each.currency,
	    &stored, &call->err)) {
	case 0:
		return EX_OK;
	case 1:
		break;
	default:
		return EX_SOFTWARE;
	}
	status = find_paid(call, allowance->customer, &paid);
	if (status == EX_OK && !has(&paid, allowance->merchant))
		status = call_fail(call, EX_DATAERR,
		    "%s was not paid lately by this customer",
		    allowance->merchant);
	return status;
}

static int
find_paid(struct call *call, const char *cid, struct paid *paid)
{
	return ledger_entry_each_of_customer(rear_ledger(call->rear), cid, 0,
		   see_entry, paid, &call->err) == -1
	    ? EX_SOFTWARE
	    : EX_OK;
}

static int
see_entry(void *arg, const struct entry *entry)
{
	struct paid *paid = arg;

	if (entry->kind == ENTRY_PAYMENT && !has(paid, entry->merchant))
		memcpy(paid->mids[paid->len++], entry->merchant,
		    sizeof(paid->mids[0]));
	return paid->len == PAID_MAX || ++paid->entries == ENTRIES_MAX;
}

static bool
has(const struct paid *paid, const char *mid)
{
	size_t i;

	for (i = 0; i < paid->len; i++)
		if (strcmp(paid->mids[i], mid) == 0)
			return true;
	return false;
}

static int
withdraw(struct call *call, const char *cid)
{
	const char *mid = call_text(call, "withdraw");
	const char *currency = call_text(call, "currency");
	struct ledger_allowance allowance;
	int status;

	if (currency == NULL)
		currency = "EUR";
	switch (ledger_allowance_get(rear_ledger(call->rear), cid, mid,
	    currency, &allowance, &call->err)) {
	case 0:
		break;
	case 1:
		return call_fail(call, EX_NOINPUT,
		    "there is no allowance of '%s' at '%s' in %s", cid, mid,
		    currency);
	default:
		return EX_SOFTWARE;
	}
	allowance.each.micro = 0;
	status = apply(call, &allowance);
	if (status == EX_OK)
		status = call_record(call,
		    "customer allowance %s withdraw %s %s", cid, mid, currency);
	if (status == EX_OK)
		doc_text(call->reply, "withdrawn", mid);
	return status;
}

static int
apply(struct call *call, struct ledger_allowance *allowance)
{
	struct ledger_request request = { .op = LEDGER_ALLOWANCE,
		.allowance = allowance,
		.actor = call->actor };

	return call_apply(call, &request);
}

/* How much a customer may allow, of each currency that has both. */
static void
put_bounds(struct call *call)
{
	struct generation *generation = rear_generation(call->rear);
	json_t *bounds = json_array(), *item;
	struct till_money each, day;
	size_t i;

	for (i = 0;
	     conf_set_amount_at(generation->conf, "allowance-each", i, &each);
	     i++) {
		day = each;
		if (!conf_set_amount(generation->conf, "allowance-day",
			each.currency, &day.micro))
			continue;
		item = json_object();
		doc_money(item, "each", &each);
		doc_money(item, "day", &day);
		(void)json_array_append_new(bounds, item);
	}
	generation_unref(generation);
	(void)json_object_set_new(call->reply, "bounds", bounds);
}

/* As he is called today. */
static void
put_merchant(struct call *call, json_t *item, const char *mid)
{
	doc_text(item, "merchant", mid);
	serve_merchant_name(call, item, mid);
}

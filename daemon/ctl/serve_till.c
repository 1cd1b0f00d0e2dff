/*
 * serve_till.c - a merchant's till, for himself: what it holds, what was sold,
 * and what was paid out.
 *
 * A list that is full, or has looked at enough, ends with "next": the serial
 * number from which it goes on.  It may be empty and yet have one.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "ledger/entry.h"
#include "rear/takings.h"
#include "rear/unit.h"
#include "ticket_peek.h"

#define TILL "till:"
#define FEES "fees"
#define PAYOUTS (TAKINGS_KIND(ENTRY_PAYOUT) | TAKINGS_KIND(ENTRY_ADJUSTMENT))

struct listing {
	struct call *call;
	struct call_list list;
	bool failed; /* call->err says why */
};

/* Sums of the last days, and an entry that does not fit in. */
struct summing {
	struct takings_days days;
	struct till_error *err;
	bool failed;
};

static int serve_list(struct call *, uint32_t,
    int (*)(void *, const struct entry *));
static int begin(struct call *, struct takings *);
static int add_sale(void *, const struct entry *);
static int put_order(struct call *, json_t *, const struct entry *);
static void put_what(json_t *, const struct ledger_order *);
static const char *state_of(const struct ledger_order *);
static int add_payout(void *, const struct entry *);
static int add_day(void *, const struct entry *);
static void put_days(struct call *, const struct takings_days *);

int
serve_till_show(struct call *call)
{
	struct ledger_merchant merchant;
	int status = serve_merchant_get(call, &merchant);

	if (status != EX_OK)
		return status;
	doc_text(call->reply, "merchant", merchant.mid);
	doc_text(call->reply, "name", merchant.name);
	return serve_money_accounts(call, TILL, merchant.mid);
}

int
serve_till_days(struct call *call)
{
	struct takings takings = { .kinds = TAKINGS_KIND(ENTRY_PAYMENT),
		.before = (uint64_t)call_number(call, "from", 0) };
	struct summing summing = { .err = &call->err };
	int r;

	r = begin(call, &takings);
	if (r != EX_OK)
		return r;
	takings_days_begin(&summing.days, call_time_ms());
	takings.since_ms = summing.days.since_ms;
	r = takings_read(&takings, rear_ledger(call->rear), add_day, &summing,
	    &call->err);
	if (r == -1 || summing.failed)
		return EX_SOFTWARE;
	doc_time_ms(call->reply, "first", summing.days.since_ms);
	put_days(call, &summing.days);
	if (r == 1)
		doc_number(call->reply, "next", takings.before);
	return EX_OK;
}

int
serve_till_sales(struct call *call)
{
	return serve_list(call, TAKINGS_KIND(ENTRY_PAYMENT), add_sale);
}

int
serve_till_payouts(struct call *call)
{
	return serve_list(call, PAYOUTS, add_payout);
}

static int
serve_list(struct call *call, uint32_t kinds,
    int (*add)(void *, const struct entry *))
{
	struct takings takings = { .kinds = kinds,
		.since_ms = call_number(call, "since-ms", 0),
		.until_ms = call_number(call, "until-ms", 0),
		.before = (uint64_t)call_number(call, "from", 0) };
	struct listing listing = { .call = call };
	int r;

	r = begin(call, &takings);
	if (r != EX_OK)
		return r;
	call_list_begin(call, &listing.list, "lines");
	r = takings_read(&takings, rear_ledger(call->rear), add, &listing,
	    &call->err);
	if (r == -1 || listing.failed)
		return EX_SOFTWARE;
	if (r == 1)
		doc_number(call->reply, "next", takings.before);
	return EX_OK;
}

/* Whose they are, and whether they can go on from there. */
static int
begin(struct call *call, struct takings *takings)
{
	(void)snprintf(takings->mid, sizeof(takings->mid), "%s",
	    call_text(call, "merchant"));
	return takings->before == 0
	    ? EX_OK
	    : serve_from_ok(call, takings->before, NULL, takings->mid);
}

static int
add_sale(void *arg, const struct entry *entry)
{
	struct listing *listing = arg;
	const struct till_money fee = takings_posted(entry, FEES);
	json_t *item = json_object();

	doc_number(item, "serial", entry->serial);
	doc_time_ms(item, "time", entry->time_ms);
	doc_text(item, "jti", entry->jti);
	doc_money(item, "amount", &entry->amount);
	if (fee.micro != 0)
		doc_money(item, "fee", &fee);
	doc_text(item, "via", entry->via);
	if (put_order(listing->call, item, entry) == -1) {
		json_decref(item);
		listing->failed = true;
		return 1;
	}
	return call_list_add(&listing->list, item) ? 0 : 1;
}

/* What is known of it today. */
static int
put_order(struct call *call, json_t *item, const struct entry *entry)
{
	struct till_money refunded = entry->amount;
	struct ledger_order order;
	int r;

	r = ledger_order_get(rear_ledger(call->rear), entry->merchant,
	    entry->jti, &order, &call->err);
	if (r != 0)
		return r == -1 ? -1 : 0;
	put_what(item, &order);
	refunded.micro = order.refunded_micro;
	if (refunded.micro != 0)
		doc_money(item, "refunded", &refunded);
	doc_text(item, "state", state_of(&order));
	ledger_order_clear(&order);
	return 0;
}

/* As the merchant's own ticket calls it. */
static void
put_what(json_t *item, const struct ledger_order *order)
{
	struct till_ticket *ticket = NULL;
	struct till_error err;

	if (order->ticket == NULL ||
	    ticket_peek(order->ticket, order->ticket_len, &ticket, &err) == -1)
		return;
	doc_text(item, "what", ticket->desc);
	till_ticket_free(ticket);
}

static const char *
state_of(const struct ledger_order *order)
{
	if (order->refunded_micro == 0)
		return "paid";
	return order->refunded_micro < order->amount.micro ? "part-refunded"
							   : "refunded";
}

static int
add_payout(void *arg, const struct entry *entry)
{
	struct listing *listing = arg;
	char account[TILL_ACCOUNT_MAX];
	struct till_money moved;
	json_t *item = json_object();

	(void)snprintf(account, sizeof(account), TILL "%s", entry->merchant);
	moved = takings_posted(entry, account);
	doc_number(item, "serial", entry->serial);
	doc_time_ms(item, "time", entry->time_ms);
	doc_text(item, "kind",
	    entry->kind == ENTRY_PAYOUT ? "payout" : "adjustment");
	doc_money(item, "amount", &moved);
	doc_text(item, "id", entry->book_id);
	doc_text(item, "note", entry->note);
	return call_list_add(&listing->list, item) ? 0 : 1;
}

static int
add_day(void *arg, const struct entry *entry)
{
	struct summing *summing = arg;

	summing->failed =
	    takings_days_add(&summing->days, entry, summing->err) == -1;
	return summing->failed ? 1 : 0;
}

static void
put_days(struct call *call, const struct takings_days *days)
{
	json_t *list = json_array(), *item;
	size_t i;

	for (i = 0; i < days->len; i++) {
		item = json_object();
		doc_time_ms(item, "day", days->days[i].day_ms);
		doc_money(item, "amount", &days->days[i].sold);
		doc_number(item, "count", days->days[i].count);
		(void)json_array_append_new(list, item);
	}
	(void)json_object_set_new(call->reply, "days", list);
}

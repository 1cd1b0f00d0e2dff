/*
 * apply_allowance.c - allowances: put, withdraw, and what one covers.
 */
#include <stdio.h>
#include <string.h>

#include "ledger/internal.h"

static enum ledger_result parties_ok(struct plan *, struct ledger_request *);
static bool is_known(struct plan *, enum table, const char *);
static enum ledger_result room_for(struct plan *, struct ledger_request *,
    const struct key *);
static bool customer_may(struct plan *, const char *);
static bool find(struct plan *, const struct ledger_order *,
    struct ledger_allowance *);

bool
ledger_allowance_ok(const struct till_money *each, const struct till_money *day)
{
	return till_currency_exponent(each->currency) >= 0 &&
	    till_money_same_currency(each, day) && each->micro > 0 &&
	    each->micro <= day->micro && day->micro <= TILL_MICRO_LIMIT;
}

void
ledger_allowance_counter(struct ledger_counter *counter, const char *customer,
    const char *merchant, const struct till_money *amount, int64_t window,
    int64_t day_micro)
{
	*counter = (struct ledger_counter){ .window = window,
		.add_micro = amount->micro,
		.add_count = 1,
		.max_micro = day_micro,
		.max_count = -1,
		.allowance = true };
	(void)snprintf(counter->name, sizeof(counter->name),
	    "allowance/%s/%s/%s", customer, merchant, amount->currency);
}

enum ledger_result
apply_allowance(struct plan *plan, struct ledger_request *request)
{
	struct ledger_allowance *allowance = request->allowance;
	unsigned char buf[RECORD_MAX];
	enum ledger_result result;
	struct record_out out;
	struct key key;

	result = parties_ok(plan, request);
	if (result != LEDGER_DONE)
		return result;
	key_triple(&key, allowance->customer, allowance->merchant,
	    allowance->each.currency);
	if (allowance->each.micro == 0) {
		batch_remove(plan->batch, TABLE_ALLOWANCES, &key);
		return LEDGER_DONE;
	}
	result = room_for(plan, request, &key);
	if (result != LEDGER_DONE)
		return result;
	allowance->since_ms = plan->time_ms;
	allowance_write(&out, buf, allowance);
	put_record(plan, TABLE_ALLOWANCES, &key, &out);
	return LEDGER_DONE;
}

enum ledger_result
allowance_bound(struct plan *plan, struct ledger_request *request,
    struct ledger_counter *counter)
{
	const struct ledger_order *order = request->order;
	struct ledger_allowance allowance;

	if (order == NULL || counter->add_micro != order->amount.micro)
		return refuse(request, LEDGER_INVALID,
		    "an allowance is for the amount of an order");
	if (!customer_may(plan, order->customer))
		return refuse(request, LEDGER_ASK,
		    "the customer pays nothing without being asked");
	if (!find(plan, order, &allowance))
		return refuse(request, LEDGER_ASK, "there is no allowance");
	if (order->amount.micro > allowance.each.micro)
		return refuse(request, LEDGER_ASK,
		    "the amount is above what is allowed each time");
	if (counter->max_micro < 0 || counter->max_micro > allowance.day.micro)
		counter->max_micro = allowance.day.micro;
	return LEDGER_DONE;
}

static enum ledger_result
parties_ok(struct plan *plan, struct ledger_request *request)
{
	const struct ledger_allowance *allowance = request->allowance;

	if (allowance == NULL ||
	    !text_ends(allowance->customer, sizeof(allowance->customer)) ||
	    !text_ends(allowance->merchant, sizeof(allowance->merchant)) ||
	    !text_ends(allowance->each.currency, TILL_CURRENCY_MAX) ||
	    !text_ends(allowance->day.currency, TILL_CURRENCY_MAX) ||
	    !till_id_ok(allowance->customer) ||
	    !till_id_ok(allowance->merchant) ||
	    till_currency_exponent(allowance->each.currency) < 0)
		return refuse(request, LEDGER_INVALID,
		    "an allowance is of a customer, a merchant and a "
		    "currency");
	if (allowance->each.micro == 0)
		return LEDGER_DONE;
	if (!ledger_allowance_ok(&allowance->each, &allowance->day))
		return refuse(request, LEDGER_INVALID,
		    "an allowance is of more than nothing, and each time of "
		    "no more than in a day");
	if (!is_known(plan, TABLE_CUSTOMERS, allowance->customer) ||
	    !is_known(plan, TABLE_MERCHANTS, allowance->merchant))
		return refuse(request, LEDGER_INVALID,
		    "there is no customer %s or no merchant %s",
		    allowance->customer, allowance->merchant);
	return LEDGER_DONE;
}

static bool
is_known(struct plan *plan, enum table table, const char *id)
{
	struct till_bytes value;
	struct key key;

	key_text(&key, id);
	return batch_get(plan->batch, table, &key, &value);
}

static enum ledger_result
room_for(struct plan *plan, struct ledger_request *request,
    const struct key *key)
{
	struct till_bytes value;
	struct key prefix;
	size_t n;

	if (batch_get(plan->batch, TABLE_ALLOWANCES, key, &value))
		return LEDGER_DONE;
	key_pair(&prefix, request->allowance->customer, "");
	if (batch_count(plan->batch, TABLE_ALLOWANCES, &prefix, &n,
		&request->err) == -1)
		return LEDGER_BUSY;
	if (n >= LEDGER_ALLOWANCES_MAX)
		return refuse(request, LEDGER_DECLINED,
		    "%s has %zu allowances already",
		    request->allowance->customer, n);
	return LEDGER_DONE;
}

/* Who cannot be read is asked, too. */
static bool
customer_may(struct plan *plan, const char *cid)
{
	struct ledger_customer customer;
	struct till_bytes value;
	struct key key;

	key_text(&key, cid);
	return batch_get(plan->batch, TABLE_CUSTOMERS, &key, &value) &&
	    customer_read(value.data, value.len, &customer) == 0 &&
	    customer.status == LEDGER_ACTIVE && !customer.frozen;
}

static bool
find(struct plan *plan, const struct ledger_order *order,
    struct ledger_allowance *allowance)
{
	struct till_bytes value;
	struct key key;

	key_triple(&key, order->customer, order->merchant,
	    order->amount.currency);
	return batch_get(plan->batch, TABLE_ALLOWANCES, &key, &value) &&
	    allowance_read(value.data, value.len, allowance) == 0 &&
	    till_money_same_currency(&allowance->each, &order->amount);
}

/*
 * check.c - is a request well formed, whatever the ledger holds?
 *
 * Whoever queues requests has checked them already; this is the last
 * place where a mistake can be stopped before it becomes money.
 */
#include <stdarg.h>
#include <string.h>

#include <till/ticket.h>

#include "ledger/internal.h"

static enum ledger_result check_ids(struct ledger_request *);
static enum ledger_result check_texts(struct ledger_request *);
static enum ledger_result check_amount(struct ledger_request *);
static enum ledger_result check_intent(struct ledger_request *);
static enum ledger_result check_pay(struct ledger_request *);
static enum ledger_result check_parties(const struct ledger_order *,
    struct ledger_request *);
static const char *check_party(const struct ledger_order *,
    const struct ledger_posting *);
static enum ledger_result check_end(struct ledger_request *);
static enum ledger_result check_posting(struct ledger_request *, uint32_t);
static bool currency_ok(const char *);
static bool optional_ok(const char *, size_t);

enum ledger_result
refuse(struct ledger_request *request, enum ledger_result result,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(request->err.text, sizeof(request->err.text), fmt, ap);
	va_end(ap);
	return result;
}

enum ledger_result
check_order(struct ledger_request *request)
{
	enum ledger_result result;

	if (request->order == NULL)
		return refuse(request, LEDGER_INVALID, "there is no order");
	result = check_texts(request);
	if (result == LEDGER_DONE)
		result = check_ids(request);
	if (result == LEDGER_DONE)
		result = check_amount(request);
	if (result != LEDGER_DONE)
		return result;
	if (request->op == LEDGER_INTENT)
		return check_intent(request);
	if (request->op == LEDGER_PAY)
		return check_pay(request);
	return check_end(request);
}

enum ledger_result
ledger_may_pay(const struct ledger_order *order, struct ledger_request *request)
{
	struct till_money moved = { 0 };
	enum ledger_result result;

	result = check_postings(request, &moved);
	if (result == LEDGER_DONE)
		result = check_parties(order, request);
	if (result != LEDGER_DONE)
		return result;
	if (!till_money_same_currency(&moved, &order->amount) ||
	    moved.micro != order->amount.micro)
		return refuse(request, LEDGER_INVALID,
		    "the postings move another amount than the price");
	return LEDGER_DONE;
}

enum ledger_result
check_book(struct ledger_request *request)
{
	struct till_money moved;

	if (request->order != NULL)
		return refuse(request, LEDGER_INVALID,
		    "a booking has no order");
	if (!optional_ok(request->book_id, TILL_TEXT_MAX) ||
	    (request->book_id != NULL && request->book_id[0] == '\0'))
		return refuse(request, LEDGER_INVALID,
		    "the id of the booking is empty or too long");
	if (request->book_id != NULL &&
	    strncmp(request->book_id, REFUND_BOOK, strlen(REFUND_BOOK)) == 0)
		return refuse(request, LEDGER_INVALID,
		    "the id of the booking is one of a refund");
	if (!optional_ok(request->note, LEDGER_NOTE_MAX) ||
	    !optional_ok(request->actor, TILL_JTI_MAX))
		return refuse(request, LEDGER_INVALID,
		    "the note or the actor is too long");
	switch (request->kind) {
	case ENTRY_TOPUP:
	case ENTRY_PAYOUT:
	case ENTRY_ADJUSTMENT:
		return check_postings(request, &moved);
	case ENTRY_ADMIN:
		if (request->postings_len == 0)
			return LEDGER_DONE;
		return refuse(request, LEDGER_INVALID,
		    "an act of an administrator moves nothing");
	case ENTRY_NONE:
	case ENTRY_PAYMENT:
	case ENTRY_IDENTITY:
	case ENTRY_REFUND:
	case ENTRY_REFUND_DONE:
	case ENTRY_REFUND_BACK:
		break;
	}
	return refuse(request, LEDGER_INVALID,
	    "an entry of kind %d needs its order", (int)request->kind);
}

enum ledger_result
check_counters(struct ledger_request *request)
{
	const struct ledger_counter *counter;
	uint32_t i;

	if (request->counters_len > LEDGER_COUNTERS_MAX)
		return refuse(request, LEDGER_INVALID, "too many counters");
	for (i = 0; i < request->counters_len; i++) {
		counter = &request->counters[i];
		if (text_ends(counter->name, sizeof(counter->name)) &&
		    counter->name[0] != '\0' && counter->window >= 0)
			continue;
		request->failed = i;
		return refuse(request, LEDGER_INVALID,
		    "counter %u has no proper name or window", i);
	}
	return LEDGER_DONE;
}

enum ledger_result
check_postings(struct ledger_request *request, struct till_money *moved_r)
{
	struct till_money sum = { 0 }, moved = { 0 };
	const struct ledger_posting *posting;
	enum ledger_result result;
	uint32_t i;

	if (request->postings_len < 2 ||
	    request->postings_len > TILL_POSTINGS_MAX)
		return refuse(request, LEDGER_INVALID,
		    "%u postings cannot be an entry", request->postings_len);
	for (i = 0; i < request->postings_len; i++) {
		posting = &request->postings[i];
		request->failed = i;
		result = check_posting(request, i);
		if (result != LEDGER_DONE)
			return result;
		if (i == 0) {
			sum = moved = posting->amount;
			sum.micro = moved.micro = 0;
		}
		if (!till_money_add(&sum, &posting->amount, &sum) ||
		    (posting->amount.micro > 0 &&
			!till_money_add(&moved, &posting->amount, &moved)))
			return refuse(request, LEDGER_INVALID,
			    "the postings are of several currencies");
	}
	request->failed = 0;
	if (sum.micro != 0)
		return refuse(request, LEDGER_INVALID,
		    "the postings do not add up to zero");
	*moved_r = moved;
	return LEDGER_DONE;
}

static enum ledger_result
check_texts(struct ledger_request *request)
{
	const struct ledger_order *order = request->order;
	uint32_t i;

	if (!text_ends(order->merchant, sizeof(order->merchant)) ||
	    !text_ends(order->jti, sizeof(order->jti)) ||
	    !text_ends(order->th, sizeof(order->th)) ||
	    !text_ends(order->customer, sizeof(order->customer)) ||
	    !text_ends(order->amount.currency, TILL_CURRENCY_MAX) ||
	    !text_ends(order->code, sizeof(order->code)) ||
	    !text_ends(order->via, sizeof(order->via)) ||
	    !text_ends(order->instance, sizeof(order->instance)) ||
	    !text_ends(order->reference, sizeof(order->reference)) ||
	    !text_ends(order->identity, sizeof(order->identity)) ||
	    !text_ends(order->setup, sizeof(order->setup)) ||
	    !text_ends(order->decision, sizeof(order->decision)) ||
	    !optional_ok(request->note, LEDGER_NOTE_MAX) ||
	    !optional_ok(request->actor, TILL_JTI_MAX))
		return refuse(request, LEDGER_INVALID,
		    "a text of the order does not end");
	if (order->amr_len > TILL_AMR_MAX)
		return refuse(request, LEDGER_INVALID,
		    "the order has too many authentication methods");
	for (i = 0; i < order->amr_len; i++) {
		if (!text_ends(order->amr[i], sizeof(order->amr[i])))
			return refuse(request, LEDGER_INVALID,
			    "a text of the order does not end");
	}
	if (order->ticket_len > TILL_TOKEN_MAX ||
	    (order->ticket_len > 0 && order->ticket == NULL))
		return refuse(request, LEDGER_INVALID,
		    "the order's ticket is too long");
	return LEDGER_DONE;
}

static enum ledger_result
check_ids(struct ledger_request *request)
{
	const struct ledger_order *order = request->order;

	if (!till_id_ok(order->merchant) || !till_jti_ok(order->jti) ||
	    order->th[0] == '\0')
		return refuse(request, LEDGER_INVALID,
		    "the order has no proper id");
	if (order->customer[0] == '\0' && request->op == LEDGER_END)
		return LEDGER_DONE;
	if (!till_id_ok(order->customer))
		return refuse(request, LEDGER_INVALID,
		    "the order has no customer");
	return LEDGER_DONE;
}

static enum ledger_result
check_amount(struct ledger_request *request)
{
	const struct ledger_order *order = request->order;
	bool identity = order->kind == TILL_KIND_IDENTITY;

	if (order->kind != TILL_KIND_SINGLE &&
	    order->kind != TILL_KIND_BASKET && !identity)
		return refuse(request, LEDGER_INVALID,
		    "the order is of no kind");
	if (!currency_ok(order->amount.currency) || order->amount.micro < 0 ||
	    order->amount.micro > TILL_MICRO_LIMIT ||
	    identity != (order->amount.micro == 0))
		return refuse(request, LEDGER_INVALID,
		    "the order's amount is out of bounds");
	return LEDGER_DONE;
}

static enum ledger_result
check_intent(struct ledger_request *request)
{
	static const unsigned char none[TILL_KEY_SIZE];
	const struct ledger_order *order = request->order;

	if (request->postings_len != 0)
		return refuse(request, LEDGER_INVALID,
		    "an intent moves nothing yet");
	if (order->kind == TILL_KIND_IDENTITY)
		return refuse(request, LEDGER_INVALID,
		    "nothing is settled for an identity");
	if (order->attempt == 0 || memcmp(order->key, none, sizeof(none)) == 0)
		return refuse(request, LEDGER_INVALID,
		    "the intent has no key or no attempt");
	return LEDGER_DONE;
}

static enum ledger_result
check_pay(struct ledger_request *request)
{
	const struct ledger_order *order = request->order;

	if (order->kind == TILL_KIND_IDENTITY) {
		if (request->kind == ENTRY_IDENTITY &&
		    request->postings_len == 0)
			return LEDGER_DONE;
		return refuse(request, LEDGER_INVALID,
		    "an identity has no postings");
	}
	if (request->kind != ENTRY_PAYMENT)
		return refuse(request, LEDGER_INVALID,
		    "a payment is entered as one");
	return ledger_may_pay(order, request);
}

/* Whatever a module proposes, a payment robs nobody. */
static enum ledger_result
check_parties(const struct ledger_order *order, struct ledger_request *request)
{
	bool is_paid = false;
	const char *why;
	uint32_t i;

	for (i = 0; i < request->postings_len; i++) {
		is_paid |=
		    account_merchant(request->postings[i].account) != NULL;
		why = check_party(order, &request->postings[i]);
		if (why == NULL)
			continue;
		request->failed = i;
		return refuse(request, LEDGER_INVALID, "%s %s",
		    request->postings[i].account, why);
	}
	if (!is_paid)
		return refuse(request, LEDGER_INVALID,
		    "the payee's till is given nothing");
	return LEDGER_DONE;
}

/* NULL if the order may post this to the account. */
static const char *
check_party(const struct ledger_order *order,
    const struct ledger_posting *posting)
{
	const char *customer = account_customer(posting->account);
	const char *merchant = account_merchant(posting->account);

	if ((customer != NULL && strcmp(customer, order->customer) != 0) ||
	    (merchant != NULL && strcmp(merchant, order->merchant) != 0))
		return "is no account of this order's parties";
	if (customer != NULL && posting->amount.micro > 0)
		return "is the payer's and a payment gives it nothing";
	if (customer != NULL && posting->condition != TILL_IF_COVERED)
		return "is a wallet and pays only what it covers";
	if (merchant != NULL && posting->amount.micro < 0)
		return "is the payee's and a payment takes nothing from it";
	return NULL;
}

static enum ledger_result
check_end(struct ledger_request *request)
{
	const struct ledger_order *order = request->order;

	if (request->postings_len != 0)
		return refuse(request, LEDGER_INVALID,
		    "an order that ends without payment moves nothing");
	if (order->reason > TILL_REASON_CURRENCY)
		return refuse(request, LEDGER_INVALID,
		    "the order ends for no reason");
	switch (order->state) {
	case ORDER_REFUSED:
	case ORDER_CANCELLED:
	case ORDER_EXPIRED:
	case ORDER_UNKNOWN:
		return LEDGER_DONE;
	case ORDER_NONE:
	case ORDER_INTENT:
	case ORDER_PAID:
	case ORDER_REFUNDED:
		break;
	}
	return refuse(request, LEDGER_INVALID, "an order cannot end as %d",
	    (int)order->state);
}

static enum ledger_result
check_posting(struct ledger_request *request, uint32_t i)
{
	const struct ledger_posting *posting = &request->postings[i];
	uint32_t j;

	if (!account_ok(posting->account))
		return refuse(request, LEDGER_INVALID,
		    "posting %u has no proper account", i);
	if (!text_ends(posting->amount.currency, TILL_CURRENCY_MAX) ||
	    !currency_ok(posting->amount.currency) ||
	    posting->amount.micro == 0 ||
	    posting->amount.micro > TILL_MICRO_LIMIT ||
	    posting->amount.micro < -TILL_MICRO_LIMIT)
		return refuse(request, LEDGER_INVALID,
		    "the amount of posting %u is out of bounds", i);
	if (posting->condition != TILL_ALWAYS &&
	    posting->condition != TILL_IF_COVERED &&
	    posting->condition != TILL_IF_WITHIN)
		return refuse(request, LEDGER_INVALID,
		    "posting %u has no known condition", i);
	for (j = 0; j < i; j++) {
		if (strcmp(request->postings[j].account, posting->account) == 0)
			return refuse(request, LEDGER_INVALID,
			    "%s is posted to twice", posting->account);
	}
	return LEDGER_DONE;
}

static bool
currency_ok(const char *currency)
{
	return till_currency_exponent(currency) >= 0;
}

static bool
optional_ok(const char *text, size_t size)
{
	return text == NULL || strnlen(text, size) < size;
}

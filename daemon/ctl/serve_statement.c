/*
 * serve_statement.c - statements of customers and merchants.
 *
 * A part that is full ends with "next": the entry where it stands, and the
 * balances there, so that the next part begins without a walk.  One that has
 * looked at enough ends so as well, with few lines or none; where it has not
 * come to the statement's end yet, SEEKING stands before it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "rear/statement.h"
#include "rear/unit.h"

#define NEXT_MAX LEDGER_NOTE_MAX
#define SEEKING '~'

struct listing {
	struct call *call;
	struct call_list list;
	enum statement_of of;
};

static int serve(struct call *, enum statement_of, const char *);
static int find_end(struct call *, struct statement *, const char *);
static int go_on(struct call *, struct statement *, const char *);
static int read_balance(const char **, struct till_money *);
static void put_next(struct call *, const struct statement *);
static void put_balances(struct call *, const char *, const struct statement *);
static int add_line(void *, const struct statement_line *);
static void put_note(const struct listing *, json_t *,
    const struct statement_line *);

int
serve_customer_statement(struct call *call)
{
	struct ledger_customer customer;
	int status = serve_customer_get(call, &customer);

	if (status != EX_OK)
		return status;
	doc_text(call->reply, "customer", customer.cid);
	return serve(call, STATEMENT_CUSTOMER, customer.cid);
}

int
serve_merchant_statement(struct call *call)
{
	struct ledger_merchant merchant;
	int status = serve_merchant_get(call, &merchant);

	if (status != EX_OK)
		return status;
	doc_text(call->reply, "merchant", merchant.mid);
	return serve(call, STATEMENT_MERCHANT, merchant.mid);
}

static int
serve(struct call *call, enum statement_of of, const char *id)
{
	struct statement statement = { .of = of,
		.since_ms = call_number(call, "since-ms", 0),
		.until_ms = call_number(call, "until-ms", 0) };
	const char *from = call_text(call, "from");
	struct listing listing = { .call = call, .of = of };
	int status, r;

	if (statement.until_ms != 0 && statement.until_ms < statement.since_ms)
		return call_fail(call, EX_USAGE,
		    "the end of a statement lies before its beginning");
	(void)snprintf(statement.id, sizeof(statement.id), "%s", id);
	call_list_begin(call, &listing.list, "lines");
	status = find_end(call, &statement, from);
	if (status != EX_OK || statement.seeking)
		return status;
	r = statement_read(&statement, call->rear, add_line, &listing,
	    &call->err);
	if (r == -1)
		return EX_SOFTWARE;
	put_balances(call, "opening", &statement);
	if (r == 1)
		put_next(call, &statement);
	return EX_OK;
}

/* From where an earlier part stands; then it may be seeking, still. */
static int
find_end(struct call *call, struct statement *statement, const char *from)
{
	int r = 0;

	if (from != NULL && go_on(call, statement, from) != EX_OK)
		return EX_USAGE;
	if (from != NULL && !statement->seeking)
		return EX_OK;
	r = from == NULL ? statement_begin(statement, call->rear, &call->err)
			 : statement_seek(statement, call->rear, &call->err);
	if (r == -1)
		return EX_SOFTWARE;
	if (statement->seeking)
		put_next(call, statement);
	else
		put_balances(call, "closing", statement);
	return EX_OK;
}

/* "SERIAL CUR MICRO CUR MICRO ..." */
static int
go_on(struct call *call, struct statement *statement, const char *from)
{
	char *end;

	if (statement->until_ms == 0)
		statement->until_ms = INT64_MAX;
	statement->seeking = from[0] == SEEKING;
	statement->before = strtoull(from + statement->seeking, &end, 10);
	from = end;
	while (*from == ' ' && statement->len < LEDGER_CURRENCIES_MAX &&
	    read_balance(&from, &statement->balances[statement->len]) == 0)
		statement->len++;
	if (statement->before == 0 || *from != '\0')
		return call_fail(call, EX_USAGE,
		    "from is what an answer has as next");
	return EX_OK;
}

static int
read_balance(const char **at, struct till_money *money)
{
	const char *from = *at + 1;
	size_t len = strcspn(from, " ");
	char *end;

	if (len != TILL_CURRENCY_MAX - 1 || from[len] != ' ')
		return -1;
	memset(money, 0, sizeof(*money));
	memcpy(money->currency, from, len);
	money->micro = strtoll(from + len + 1, &end, 10);
	if (end == from + len + 1)
		return -1;
	*at = end;
	return 0;
}

/* A balance of nothing need not be said. */
static void
put_next(struct call *call, const struct statement *statement)
{
	char next[NEXT_MAX * 2] = { SEEKING };
	size_t len = statement->seeking;
	uint32_t i;

	len += (size_t)snprintf(next + len, sizeof(next) - len, "%" PRIu64,
	    statement->before);
	for (i = 0; i < statement->len && len < sizeof(next); i++) {
		if (statement->balances[i].micro != 0)
			len += (size_t)snprintf(next + len, sizeof(next) - len,
			    " %s %" PRId64, statement->balances[i].currency,
			    statement->balances[i].micro);
	}
	call_list_next(call, next);
}

static void
put_balances(struct call *call, const char *key,
    const struct statement *statement)
{
	json_t *list = json_array(), *one;
	uint32_t i;

	for (i = 0; i < statement->len; i++) {
		one = json_object();
		doc_money(one, "balance", &statement->balances[i]);
		(void)json_array_append(list, json_object_get(one, "balance"));
		json_decref(one);
	}
	(void)json_object_set_new(call->reply, key, list);
}

static int
add_line(void *arg, const struct statement_line *line)
{
	struct listing *listing = arg;
	json_t *item = json_object();

	doc_number(item, "serial", line->serial);
	doc_time_ms(item, "time", line->time_ms);
	doc_text(item, "kind", statement_kind_name(line->kind));
	doc_money(item, "amount", &line->amount);
	if (line->moves)
		doc_money(item, "balance", &line->balance);
	if (line->fee.micro != 0)
		doc_money(item, "fee", &line->fee);
	doc_if(item,
	    listing->of == STATEMENT_CUSTOMER ? "merchant" : "customer",
	    line->party);
	if (listing->of == STATEMENT_CUSTOMER)
		serve_merchant_name(listing->call, item, line->party);
	doc_if(item, "jti", line->jti);
	doc_if(item, "id", line->id);
	doc_if(item, "via", line->via);
	doc_if(item, "instrument", line->instrument);
	if (line->payment != 0)
		doc_number(item, "payment", line->payment);
	if (line->refunded.micro != 0)
		doc_money(item, "refunded", &line->refunded);
	doc_if(item, "state", line->state);
	put_note(listing, item, line);
	return call_list_add(&listing->list, item) ? 0 : 1;
}

/* Whether he was asked is the customer's business alone. */
static void
put_note(const struct listing *listing, json_t *item,
    const struct statement_line *line)
{
	const bool unasked = line->kind == STATEMENT_PAYMENT &&
	    strcmp(line->note, LEDGER_NOTE_ALLOWANCE) == 0;

	if (unasked && listing->of == STATEMENT_MERCHANT)
		return;
	doc_if(item, "note", line->note);
	if (unasked)
		doc_flag(item, "unasked", true);
}

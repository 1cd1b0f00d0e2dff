/*
 * statement.c - see statement.h.
 */
#include <stdlib.h>
#include <string.h>

#include "rear/refund.h"
#include "rear/statement.h"
#include "rear/unit.h"

#define WALLET "wallet:"
#define TILL "till:"
#define FEES "fees"

enum step { STEP_OVER = 2, STEP_FULL, STEP_ENOUGH, STEP_FAILED };

/* A walk over the entries. */
struct reading {
	struct statement *statement;
	struct rear *rear;
	int (*each)(void *arg, const struct statement_line *);
	void *arg;
	struct till_error *err;
	char account[TILL_ACCOUNT_MAX];
	size_t left; /* entries that this step may look at */
	/* Of the line at hand. */
	char instrument[IDENTITY_LABEL_MAX];
};

static void begin(struct reading *, struct statement *, struct rear *,
    struct till_error *);
static int seek(struct reading *);
static int walk(struct reading *);
static int visit(void *, const struct entry *);
static int show(struct reading *, const struct entry *);
static bool is_line(const struct statement *, const struct entry *,
    struct statement_line *);
static void fill(struct reading *, const struct entry *,
    struct statement_line *);
static int fill_order(struct reading *, const struct entry *,
    struct statement_line *);
static int fill_refund(struct reading *, const struct entry *,
    struct statement_line *);
static struct till_money posted(const struct entry *, const char *);
static bool count_back(struct statement *, const struct till_money *);
static struct till_money *balance_in(struct statement *, const char *);
static int is_even(struct reading *);

int
statement_begin(struct statement *statement, struct rear *rear,
    struct till_error *err)
{
	struct ledger_holding holding;
	struct reading reading;
	int r;

	if (statement->until_ms == 0)
		statement->until_ms = INT64_MAX;
	begin(&reading, statement, rear, err);
	r = ledger_holding_get(rear->ledger, reading.account, &holding, err);
	if (r == -1)
		return -1;
	statement->before = holding.newest + 1;
	statement->len = holding.len;
	memcpy(statement->balances, holding.balances,
	    sizeof(statement->balances));
	return seek(&reading);
}

int
statement_seek(struct statement *statement, struct rear *rear,
    struct till_error *err)
{
	struct reading reading;

	begin(&reading, statement, rear, err);
	return seek(&reading);
}

int
statement_read(struct statement *statement, struct rear *rear,
    int (*each)(void *, const struct statement_line *), void *arg,
    struct till_error *err)
{
	struct reading reading;
	int r;

	begin(&reading, statement, rear, err);
	reading.each = each;
	reading.arg = arg;
	r = walk(&reading);
	if (r == 0)
		return is_even(&reading);
	return r == STEP_FAILED ? -1 : r == STEP_OVER ? 0 : 1;
}

const char *
statement_kind_name(enum statement_kind kind)
{
	switch (kind) {
	case STATEMENT_PAYMENT:
		return "payment";
	case STATEMENT_REFUND:
		return "refund";
	case STATEMENT_REVERSAL:
		return "refund-returned";
	case STATEMENT_TOPUP:
		return "topup";
	case STATEMENT_PAYOUT:
		return "payout";
	case STATEMENT_ADJUSTMENT:
		return "adjustment";
	}
	return "?";
}

static void
begin(struct reading *reading, struct statement *statement, struct rear *rear,
    struct till_error *err)
{
	*reading = (struct reading){ .statement = statement,
		.rear = rear,
		.err = err,
		.left = statement->look_max == 0 ? STATEMENT_LOOK_MAX
						 : statement->look_max };
	(void)snprintf(reading->account, sizeof(reading->account), "%s%s",
	    statement->of == STATEMENT_CUSTOMER ? WALLET : TILL, statement->id);
}

/* To the first entry that is wanted, or the last there is. */
static int
seek(struct reading *reading)
{
	int r = walk(reading);

	reading->statement->seeking = r == STEP_ENOUGH;
	return r == STEP_FAILED ? -1 : 0;
}

/* 0: there is no entry more. */
static int
walk(struct reading *reading)
{
	const struct statement *statement = reading->statement;
	struct ledger *ledger = reading->rear->ledger;
	int r;

	r = statement->of == STATEMENT_CUSTOMER
	    ? ledger_entry_each_of_customer(ledger, statement->id,
		  statement->before, visit, reading, reading->err)
	    : ledger_entry_each_of_merchant(ledger, statement->id,
		  statement->before, visit, reading, reading->err);
	return r == -1 ? STEP_FAILED : r;
}

/* Without each: until the first that is wanted. */
static int
visit(void *arg, const struct entry *entry)
{
	struct reading *reading = arg;
	struct statement *statement = reading->statement;
	struct till_money moved = posted(entry, reading->account);
	int r = 0;

	if (reading->left == 0)
		return STEP_ENOUGH;
	reading->left--;
	if (entry->time_ms < statement->until_ms) {
		if (entry->time_ms < statement->since_ms)
			return STEP_OVER;
		r = reading->each == NULL ? STEP_FULL : show(reading, entry);
	}
	if (r != 0)
		return r;
	if (!count_back(statement, &moved)) {
		(void)till_fail(reading->err,
		    "the balance of %s overflows at entry %llu",
		    reading->account, (unsigned long long)entry->serial);
		return STEP_FAILED;
	}
	statement->before = entry->serial;
	return 0;
}

static int
show(struct reading *reading, const struct entry *entry)
{
	struct statement_line line = { .serial = entry->serial,
		.time_ms = entry->time_ms };

	if (!is_line(reading->statement, entry, &line))
		return 0;
	fill(reading, entry, &line);
	if (entry->jti[0] != '\0' && fill_order(reading, entry, &line) == -1)
		return STEP_FAILED;
	if (entry->kind == ENTRY_REFUND &&
	    fill_refund(reading, entry, &line) == -1)
		return STEP_FAILED;
	return reading->each(reading->arg, &line) == 0 ? 0 : STEP_FULL;
}

/* What neither moved money of its owner's nor was to. */
static bool
is_line(const struct statement *statement, const struct entry *entry,
    struct statement_line *line)
{
	switch (entry->kind) {
	case ENTRY_PAYMENT:
		line->kind = STATEMENT_PAYMENT;
		return true;
	case ENTRY_REFUND:
		line->kind = STATEMENT_REFUND;
		return true;
	case ENTRY_REFUND_BACK:
		line->kind = STATEMENT_REVERSAL;
		return statement->of == STATEMENT_MERCHANT;
	case ENTRY_TOPUP:
		line->kind = STATEMENT_TOPUP;
		return true;
	case ENTRY_PAYOUT:
		line->kind = STATEMENT_PAYOUT;
		return true;
	case ENTRY_ADJUSTMENT:
		line->kind = STATEMENT_ADJUSTMENT;
		return true;
	case ENTRY_NONE:
	case ENTRY_IDENTITY:
	case ENTRY_ADMIN:
	case ENTRY_REFUND_DONE: /* the refund's line says so */
		break;
	}
	return false;
}

/* What the entry itself says. */
static void
fill(struct reading *reading, const struct entry *entry,
    struct statement_line *line)
{
	struct statement *statement = reading->statement;
	const bool customer = statement->of == STATEMENT_CUSTOMER;
	const struct till_money *balance;

	line->amount = posted(entry, reading->account);
	line->moves = line->amount.micro != 0;
	balance = balance_in(statement, line->amount.currency);
	if (line->moves && balance != NULL)
		line->balance = *balance;
	if (!line->moves) {
		line->amount = entry->amount;
		if (customer == (entry->kind == ENTRY_PAYMENT))
			line->amount.micro = -entry->amount.micro;
	}
	if (!customer)
		line->fee = posted(entry, FEES);
	line->party = customer ? entry->merchant : entry->customer;
	line->jti = entry->jti;
	line->note = entry->note;
	line->id = entry->kind == ENTRY_REFUND ? "" : entry->book_id;
	line->via = entry->via;
	line->instrument = "";
	line->state = "";
}

/* What is known of the order today. */
static int
fill_order(struct reading *reading, const struct entry *entry,
    struct statement_line *line)
{
	struct identities *identities = reading->rear->identities;
	struct ledger_order order;
	int r;

	r = ledger_order_get(reading->rear->ledger, entry->merchant, entry->jti,
	    &order, reading->err);
	if (r != 0)
		return r == -1 ? -1 : 0;
	if (line->kind == STATEMENT_PAYMENT) {
		line->refunded = order.amount;
		line->refunded.micro = order.refunded_micro;
	} else {
		line->payment = order.serial;
	}
	if (reading->statement->of == STATEMENT_CUSTOMER && !line->moves &&
	    identities != NULL && order.identity[0] != '\0' &&
	    identities_show(identities, order.customer, order.identity,
		reading->instrument, reading->err) == 0)
		line->instrument = reading->instrument;
	ledger_order_clear(&order);
	return 0;
}

static int
fill_refund(struct reading *reading, const struct entry *entry,
    struct statement_line *line)
{
	enum refund_state state;

	if (refund_state(reading->rear, entry, &state, reading->err) == -1)
		return -1;
	line->state = refund_state_name(state);
	line->id = refund_id(entry);
	return 0;
}

/* What an entry gave to an account; no account is in it twice. */
static struct till_money
posted(const struct entry *entry, const char *account)
{
	struct till_money none = entry->amount;
	uint32_t i;

	for (i = 0; i < entry->postings_len; i++)
		if (strcmp(entry->postings[i].account, account) == 0)
			return entry->postings[i].amount;
	none.micro = 0;
	return none;
}

static bool
count_back(struct statement *statement, const struct till_money *moved)
{
	struct till_money *balance;

	if (moved->micro == 0)
		return true;
	balance = balance_in(statement, moved->currency);
	return balance != NULL &&
	    !__builtin_sub_overflow(balance->micro, moved->micro,
		&balance->micro);
}

/* Made if there is room; NULL if not. */
static struct till_money *
balance_in(struct statement *statement, const char *currency)
{
	struct till_money *balance = statement->balances;
	uint32_t i;

	for (i = 0; i < statement->len; i++, balance++)
		if (strcmp(balance->currency, currency) == 0)
			return balance;
	if (i == LEDGER_CURRENCIES_MAX || currency[0] == '\0')
		return NULL;
	memset(balance, 0, sizeof(*balance));
	memcpy(balance->currency, currency, TILL_CURRENCY_MAX - 1);
	statement->len++;
	return balance;
}

/* Before the first entry there was nothing. */
static int
is_even(struct reading *reading)
{
	const struct statement *statement = reading->statement;
	char amount[TILL_MONEY_MAX];
	uint32_t i;

	for (i = 0; i < statement->len; i++)
		if (statement->balances[i].micro != 0)
			return till_fail(reading->err,
			    "the register does not lead to what %s holds: "
			    "%s %s too much",
			    reading->account,
			    till_money_print(&statement->balances[i], amount),
			    statement->balances[i].currency);
	return 0;
}

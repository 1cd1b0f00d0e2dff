/*
 * verify_entry.c - one entry of the register: its place in the chain, its
 * sums, its links, and the order or booking that it belongs to.
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/verify.h"

static int wrong(struct check *, const char *);
static int check_chain(struct check *, const struct entry *,
    const struct key *);
static int check_postings_of(struct check *, const struct entry *);
static int check_links(struct check *, const struct entry *);
static int check_link(struct check *, const char *, const char *, uint64_t);
static int check_order_of(struct check *, const struct entry *);
static int check_book_of(struct check *, const struct entry *);
static int table_source(void *, enum table, const struct key *, void *,
    size_t *, struct till_error *);

int
check_entry(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	struct entry entry;

	if (entry_read(value->data, value->len, &entry) == -1)
		return wrong(check, "is damaged");
	if (check_chain(check, &entry, key) == -1 ||
	    check_postings_of(check, &entry) == -1 ||
	    check_links(check, &entry) == -1 ||
	    check_order_of(check, &entry) == -1 ||
	    check_refund_of(check, &entry) == -1)
		return -1;
	memcpy(check->head, entry.hash, sizeof(check->head));
	check->time_ms = entry.time_ms;
	return check_book_of(check, &entry);
}

static int
wrong(struct check *check, const char *what)
{
	return till_fail(check->err, "entry %" PRIu64 " %s", check->serial,
	    what);
}

static int
check_chain(struct check *check, const struct entry *entry,
    const struct key *key)
{
	uint64_t serial;

	if (key_read_serial(key, &serial) == -1 || serial != check->serial)
		return wrong(check, "is missing");
	if (entry->serial != serial)
		return wrong(check, "stands under another number");
	if (memcmp(entry->previous, check->head, sizeof(check->head)) != 0)
		return wrong(check,
		    "does not hold the hash of the entry before it");
	if (entry->time_ms < check->time_ms)
		return wrong(check, "is older than the entry before it");
	return 0;
}

static int
check_postings_of(struct check *check, const struct entry *entry)
{
	const struct ledger_posting *posting;
	struct node *node;
	int64_t sum = 0;
	uint32_t i;

	for (i = 0; i < entry->postings_len; i++) {
		posting = &entry->postings[i];
		if (!till_money_same_currency(&posting->amount, &entry->amount))
			return wrong(check, "is of several currencies");
		node = map_node(&check->map, posting->account,
		    posting->amount.currency);
		if (node == NULL)
			return till_fail(check->err, "out of memory");
		if (__builtin_add_overflow(sum, posting->amount.micro, &sum) ||
		    __builtin_add_overflow(node->micro, posting->amount.micro,
			&node->micro))
			return wrong(check, "makes a sum that is too large");
		node->serial = entry->serial;
		node->checked = false;
	}
	return sum == 0 ? 0 : wrong(check, "does not add up to zero");
}

static int
check_links(struct check *check, const struct entry *entry)
{
	if (check_link(check, CLASS_TILL, entry->merchant,
		entry->merchant_previous) == -1)
		return -1;
	return check_link(check, CLASS_WALLET, entry->customer,
	    entry->customer_previous);
}

static int
check_link(struct check *check, const char *class, const char *id,
    uint64_t previous)
{
	char name[TILL_ACCOUNT_MAX];
	struct node *node;

	if (id[0] == '\0')
		return 0;
	(void)snprintf(name, sizeof(name), "%s%s", class, id);
	node = map_node(&check->map, name, "");
	if (node == NULL)
		return till_fail(check->err, "out of memory");
	if (node->serial != previous)
		return wrong(check,
		    "is not linked to the one before it in a"
		    " statement");
	node->serial = check->serial;
	node->checked = false;
	return 0;
}

static int
check_order_of(struct check *check, const struct entry *entry)
{
	struct source source = { table_source, check->ledger };
	struct ledger_order order;
	struct order_row row;
	int r;

	if (entry->kind != ENTRY_PAYMENT && entry->kind != ENTRY_IDENTITY)
		return 0;
	check->settled++;
	r = order_load(&source, entry->merchant, entry->jti, false, &row,
	    &order, check->err);
	if (r == -1)
		return -1;
	if (r == 1)
		return wrong(check, "is of an order that is missing");
	if (order.state != ORDER_PAID && order.state != ORDER_REFUNDED)
		return wrong(check, "is of an order that is not paid");
	if (order.serial != entry->serial)
		return wrong(check, "is of an order that names another entry");
	if (strcmp(order.th, entry->th) != 0 ||
	    strcmp(order.customer, entry->customer) != 0 ||
	    order.amount.micro != entry->amount.micro ||
	    !till_money_same_currency(&order.amount, &entry->amount) ||
	    order.refunded_micro < 0 ||
	    order.refunded_micro > entry->amount.micro)
		return wrong(check, "is of an order that says otherwise");
	return 0;
}

static int
check_book_of(struct check *check, const struct entry *entry)
{
	unsigned char buf[RECORD_MAX];
	struct book book;
	struct key key;
	size_t len;
	int r;

	if (entry->book_id[0] == '\0')
		return 0;
	check->booked++;
	key_text(&key, entry->book_id);
	r = table_get(check->ledger, TABLE_BOOKS, &key, buf, &len, check->err);
	if (r == -1)
		return -1;
	if (r == 1 || book_read(buf, len, &book) == -1 ||
	    book.serial != entry->serial)
		return wrong(check, "is of a booking that is not listed so");
	return 0;
}

static int
table_source(void *arg, enum table table, const struct key *key, void *buf,
    size_t *len_r, struct till_error *err)
{
	return table_get(arg, table, key, buf, len_r, err);
}

/*
 * verify_tables.c - do accounts, orders, intents and bookings say what
 * the register says, and nothing else?
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/verify.h"

static row_check row_account, row_order, row_intent, row_book;
static int check_part(struct check *, const char *, const struct account_part *,
    bool);
static int check_owner(struct check *, const char *, const struct account *,
    bool);
static bool is_newer(const struct check *, const struct account *);
static int check_open(struct check *, const struct key *);
static int open_and_listed(struct check *, const struct key *, bool *, bool *);
static int check_node(void *, struct node *);
static int wrong_account(struct check *, const struct node *, int64_t);

int
check_tables(struct check *check)
{
	uint64_t settled = check->settled, booked = check->booked;

	if (check_walk(check, TABLE_ACCOUNTS, row_account) == -1 ||
	    check_walk(check, TABLE_ORDERS, row_order) == -1 ||
	    check_walk(check, TABLE_INTENTS, row_intent) == -1 ||
	    check_walk(check, TABLE_BOOKS, row_book) == -1)
		return -1;
	if (check->settled != 0 || check->booked != 0)
		return till_fail(check->err,
		    "orders or bookings say that they were entered in the"
		    " register, but they were not");
	check->settled = settled;
	check->booked = booked;
	return 0;
}

int
check_walk(struct check *check, enum table table, row_check *row)
{
	static const struct key all;
	struct till_bytes value;
	struct scan *scan;
	int end = 0, r = 0;
	struct key key;

	if (scan_new(&scan, check->ledger, table, &all, NULL, false,
		check->err) == -1)
		return -1;
	while (end == 0 && r == 0) {
		end = scan_next(scan, &key, &value, check->err);
		if (end == 0)
			r = row(check, &key, &value);
	}
	scan_free(scan);
	return end == -1 ? -1 : r;
}

int
check_rest(struct check *check)
{
	return map_each(&check->map, check_node, check);
}

static int
row_account(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	char name[TILL_ACCOUNT_MAX] = { 0 };
	struct account account;
	bool newer;
	uint32_t i;

	if (key->len >= sizeof(name) ||
	    account_read(value->data, value->len, &account) == -1)
		return damaged(check->err, TABLE_ACCOUNTS, key);
	memcpy(name, key->data, key->len);
	newer = is_newer(check, &account);
	for (i = 0; i < account.parts_len; i++) {
		if (check_part(check, name, &account.parts[i], newer) == -1)
			return -1;
	}
	return check_owner(check, name, &account, newer);
}

/* Has it changed since the register was read? */
static bool
is_newer(const struct check *check, const struct account *account)
{
	bool newer = account->newest > check->serial;
	uint32_t i;

	for (i = 0; i < account->parts_len; i++)
		newer = newer || account->parts[i].serial > check->serial;
	return newer;
}

static int
check_part(struct check *check, const char *name,
    const struct account_part *part, bool newer)
{
	struct node *node = map_node(&check->map, name, part->currency);

	if (node == NULL)
		return till_fail(check->err, "out of memory");
	if (newer)
		return 0;
	if (part->balance_micro != node->micro || part->serial != node->serial)
		return wrong_account(check, node, part->balance_micro);
	if (part->held_micro < 0)
		return till_fail(check->err, "account %s holds back %" PRId64,
		    name, part->held_micro);
	node->checked = true;
	return 0;
}

static int
check_owner(struct check *check, const char *name,
    const struct account *account, bool newer)
{
	struct node *node = map_node(&check->map, name, "");

	if (node == NULL)
		return till_fail(check->err, "out of memory");
	if (newer)
		return 0;
	if (node->serial != account->newest)
		return wrong_account(check, node, 0);
	node->checked = true;
	return 0;
}

/* Counts down those that the register has counted up. */
static int
row_order(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	struct order_row row;
	bool paid;

	if (order_row_read(value->data, value->len, &row) == -1)
		return damaged(check->err, TABLE_ORDERS, key);
	check->orders++;
	paid = row.state == ORDER_PAID || row.state == ORDER_REFUNDED;
	if (paid != (row.serial != 0))
		return damaged(check->err, TABLE_ORDERS, key);
	if (paid && row.serial <= check->serial)
		check->settled--;
	if (check_refunded(check, key, &row) == -1)
		return -1;
	if (order_is_open(row.state))
		return check_open(check, key);
	return 0;
}

static int
row_intent(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	(void)value;
	return check_open(check, key);
}

/* An order is open just if it is listed as such.  If it does not look so
 * it may have changed that very moment: then look with nobody writing. */
static int
check_open(struct check *check, const struct key *key)
{
	bool open = false, listed = false;
	int r;

	r = open_and_listed(check, key, &open, &listed);
	if (r == -1 || open == listed)
		return r;
	pthread_mutex_lock(&check->ledger->gate);
	r = open_and_listed(check, key, &open, &listed);
	pthread_mutex_unlock(&check->ledger->gate);
	if (r == -1 || open == listed)
		return r;
	return till_fail(check->err, "an order that is %s is %s",
	    open ? "open" : "not open",
	    listed ? "listed as open" : "not listed");
}

static int
open_and_listed(struct check *check, const struct key *key, bool *open_r,
    bool *listed_r)
{
	unsigned char buf[RECORD_MAX];
	struct order_row row;
	size_t len;
	int r;

	r = table_get(check->ledger, TABLE_ORDERS, key, buf, &len, check->err);
	if (r == -1)
		return -1;
	if (r == 0 && order_row_read(buf, len, &row) == -1)
		return damaged(check->err, TABLE_ORDERS, key);
	*open_r = r == 0 && order_is_open(row.state);
	r = table_get(check->ledger, TABLE_INTENTS, key, buf, &len, check->err);
	*listed_r = r == 0;
	return r == -1 ? -1 : 0;
}

static int
row_book(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	struct book book;

	if (book_read(value->data, value->len, &book) == -1)
		return damaged(check->err, TABLE_BOOKS, key);
	if (book.serial <= check->serial)
		check->booked--;
	return 0;
}

/* A node that no row has confirmed yet. */
static int
check_node(void *arg, struct node *node)
{
	struct check *check = arg;
	unsigned char buf[RECORD_MAX];
	struct account account;
	struct key key;
	uint32_t i;
	size_t len;
	int r;

	if (node->checked)
		return 0;
	key_text(&key, node->name);
	r = table_get(check->ledger, TABLE_ACCOUNTS, &key, buf, &len,
	    check->err);
	if (r == -1)
		return -1;
	memset(&account, 0, sizeof(account));
	if (r == 0 && account_read(buf, len, &account) == -1)
		return damaged(check->err, TABLE_ACCOUNTS, &key);
	if (node_currency(node)[0] == '\0')
		return account.newest == node->serial
		    ? 0
		    : wrong_account(check, node, 0);
	for (i = 0; i < account.parts_len; i++) {
		if (strcmp(account.parts[i].currency, node_currency(node)) == 0)
			break;
	}
	if (i == account.parts_len)
		return wrong_account(check, node, 0);
	if (account.parts[i].balance_micro != node->micro ||
	    account.parts[i].serial != node->serial)
		return wrong_account(check, node,
		    account.parts[i].balance_micro);
	return 0;
}

static int
wrong_account(struct check *check, const struct node *node, int64_t micro)
{
	check->serial = node->serial;
	if (node_currency(node)[0] == '\0')
		return till_fail(check->err,
		    "the statement of %s does not end with entry %" PRIu64,
		    node->name, node->serial);
	return till_fail(check->err,
	    "account %s holds %" PRId64 " millionths of %s, but by the register"
	    " up to entry %" PRIu64 " it is %" PRId64,
	    node->name, micro, node_currency(node), node->serial, node->micro);
}

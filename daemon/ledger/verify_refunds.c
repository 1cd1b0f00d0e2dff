/*
 * verify_refunds.c - is what orders say of their refunds what the register
 * says, and does a reversal stand behind all that is pending?
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/verify.h"

/* What refunds that have not ended hold, by what is owed. */
struct pending {
	struct check *check;
	struct map owed;
};

static int wrong(struct check *, const char *);
static int check_begun(struct check *, const struct entry *);
static int check_node(void *, struct node *);
static int count_owed(void *, const struct ledger_reversal *);
static int find_held(void *, struct node *);
static int check_held(void *, struct node *);

int
check_refund_of(struct check *check, const struct entry *entry)
{
	int64_t micro = entry->amount.micro;
	struct node *node;

	if (entry->kind != ENTRY_REFUND && entry->kind != ENTRY_REFUND_DONE &&
	    entry->kind != ENTRY_REFUND_BACK)
		return 0;
	if (check_begun(check, entry) == -1)
		return -1;
	if (entry->kind == ENTRY_REFUND_DONE)
		return 0;
	if (entry->kind == ENTRY_REFUND_BACK)
		micro = -micro;
	node = map_node(&check->refunds, entry->merchant, entry->jti);
	if (node == NULL)
		return till_fail(check->err, "out of memory");
	if (__builtin_add_overflow(node->micro, micro, &node->micro) ||
	    node->micro < 0)
		return wrong(check, "gives back what was not given");
	node->serial = entry->serial;
	node->checked = false;
	return 0;
}

int
check_refunded(struct check *check, const struct key *key,
    const struct order_row *row)
{
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct node *node;

	if (row->refunded_micro < 0 ||
	    (row->state == ORDER_REFUNDED) != (row->refunded_micro > 0) ||
	    key_read_pair(key, mid, sizeof(mid), jti, sizeof(jti)) == -1)
		return damaged(check->err, TABLE_ORDERS, key);
	if (row->refunded_micro == 0)
		return 0;
	node = map_node(&check->refunds, mid, jti);
	if (node == NULL)
		return till_fail(check->err, "out of memory");
	node->checked = node->micro == row->refunded_micro;
	return 0;
}

int
check_refunds(struct check *check)
{
	struct pending pending = { .check = check };
	int r;

	if (map_each(&check->refunds, check_node, check) == -1)
		return -1;
	if (map_init(&pending.owed) == -1)
		return till_fail(check->err, "out of memory");
	r = ledger_reversing_each(check->ledger, count_owed, &pending,
	    check->err);
	if (r == 0)
		r = map_each(&check->map, find_held, &pending);
	if (r == 0)
		r = map_each(&pending.owed, check_held, &pending);
	map_free(&pending.owed);
	return r;
}

static int
wrong(struct check *check, const char *what)
{
	return till_fail(check->err, "entry %" PRIu64 " %s", check->serial,
	    what);
}

/* A refund is of the payment of its order; what ends one, of a refund of the
 * same order and amount. */
static int
check_begun(struct check *check, const struct entry *entry)
{
	unsigned char buf[RECORD_MAX];
	struct entry *begun;
	struct key key;
	size_t len;
	int r;

	key_serial(&key, entry->original);
	r = table_get(check->ledger, TABLE_REGISTER, &key, buf, &len,
	    check->err);
	if (r == -1)
		return -1;
	begun = calloc(1, sizeof(*begun));
	if (begun == NULL)
		return till_fail(check->err, "out of memory");
	if (r == 1 || entry->original >= entry->serial ||
	    entry_read(buf, len, begun) == -1)
		r = wrong(check, "is a refund of nothing");
	else if (begun->kind !=
		(entry->kind == ENTRY_REFUND ? ENTRY_PAYMENT : ENTRY_REFUND) ||
	    strcmp(begun->merchant, entry->merchant) != 0 ||
	    strcmp(begun->customer, entry->customer) != 0 ||
	    strcmp(begun->jti, entry->jti) != 0 ||
	    strcmp(begun->th, entry->th) != 0 ||
	    !till_money_same_currency(&begun->amount, &entry->amount) ||
	    entry->amount.micro <= 0 ||
	    (entry->kind != ENTRY_REFUND &&
		entry->amount.micro != begun->amount.micro))
		r = wrong(check, "is a refund of something else");
	free(begun);
	return r;
}

/* An order that no row has confirmed yet. */
static int
check_node(void *arg, struct node *node)
{
	const char *mid = node->name, *jti = node_currency(node);
	struct check *check = arg;
	unsigned char buf[RECORD_MAX];
	struct order_row row;
	struct key key;
	size_t len;
	int r;

	if (node->checked)
		return 0;
	key_pair(&key, mid, jti);
	r = table_get(check->ledger, TABLE_ORDERS, &key, buf, &len, check->err);
	if (r == -1)
		return -1;
	if (r == 1 || order_row_read(buf, len, &row) == -1)
		return damaged(check->err, TABLE_ORDERS, &key);
	if (row.refunded_micro == node->micro)
		return 0;
	if (node->serial != 0)
		check->serial = node->serial;
	return till_fail(check->err,
	    "order %s of %s says that %" PRId64
	    " millionths were refunded, but by the register it is %" PRId64,
	    jti, mid, row.refunded_micro, node->micro);
}

static int
count_owed(void *arg, const struct ledger_reversal *reversal)
{
	struct pending *pending = arg;
	struct node *node;

	if (reversal->refund == 0)
		return 0;
	node =
	    map_node(&pending->owed, REFUND_PENDING, reversal->amount.currency);
	if (node == NULL)
		return till_fail(pending->check->err, "out of memory");
	if (__builtin_add_overflow(node->micro, reversal->amount.micro,
		&node->micro))
		return till_fail(pending->check->err,
		    "refunds that are pending make a sum that is too large");
	return 0;
}

static int
find_held(void *arg, struct node *node)
{
	struct pending *pending = arg;

	if (strcmp(node->name, REFUND_PENDING) == 0 &&
	    map_node(&pending->owed, node->name, node_currency(node)) == NULL)
		return till_fail(pending->check->err, "out of memory");
	return 0;
}

static int
check_held(void *arg, struct node *owed)
{
	struct pending *pending = arg;
	struct check *check = pending->check;
	struct node *held;

	held = map_node(&check->map, owed->name, node_currency(owed));
	if (held == NULL)
		return till_fail(check->err, "out of memory");
	if (held->micro == owed->micro)
		return 0;
	return till_fail(check->err,
	    "%s holds %" PRId64 " millionths of %s, but refunds of %" PRId64
	    " are pending",
	    owed->name, held->micro, node_currency(owed), owed->micro);
}

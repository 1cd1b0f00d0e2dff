/*
 * verify_reversals.c - is each reversal of an order that has ended, and
 * listed just if it has not ended itself?
 */
#include "ledger/verify.h"

static row_check row_reversal, row_reversing;
static int check_listed(struct check *, const struct key *);
static int open_and_listed(struct check *, const struct key *, bool *, bool *);

int
check_reversals(struct check *check)
{
	if (check_walk(check, TABLE_REVERSALS, row_reversal) == -1)
		return -1;
	return check_walk(check, TABLE_REVERSING, row_reversing);
}

static int
row_reversal(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct ledger_reversal reversal;
	unsigned char buf[RECORD_MAX];
	struct order_row row;
	struct key order;
	uint32_t number;
	size_t len;
	int r;

	if (reversal_read(value->data, value->len, &reversal) == -1 ||
	    key_read_reversal(key, mid, sizeof(mid), jti, sizeof(jti),
		&number) == -1)
		return damaged(check->err, TABLE_REVERSALS, key);
	key_pair(&order, mid, jti);
	r = table_get(check->ledger, TABLE_ORDERS, &order, buf, &len,
	    check->err);
	if (r == -1)
		return -1;
	if (r == 1 || order_row_read(buf, len, &row) == -1 ||
	    order_is_open(row.state))
		return till_fail(check->err,
		    "reversal %u is of %s of %s, which is no order that has "
		    "ended",
		    number, jti, mid);
	return check_listed(check, key);
}

static int
row_reversing(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	(void)value;
	return check_listed(check, key);
}

/* If it does not look so it may have changed that very moment: then look
 * with nobody writing. */
static int
check_listed(struct check *check, const struct key *key)
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
	return till_fail(check->err, "a reversal that has %s is %s",
	    open ? "not ended" : "ended",
	    listed ? "listed as waiting" : "not listed");
}

static int
open_and_listed(struct check *check, const struct key *key, bool *open_r,
    bool *listed_r)
{
	struct ledger_reversal reversal;
	unsigned char buf[RECORD_MAX];
	size_t len;
	int r;

	r = table_get(check->ledger, TABLE_REVERSALS, key, buf, &len,
	    check->err);
	if (r == -1)
		return -1;
	if (r == 0 && reversal_read(buf, len, &reversal) == -1)
		return damaged(check->err, TABLE_REVERSALS, key);
	*open_r = r == 0 &&
	    (reversal.state == REVERSAL_WAITING ||
		reversal.state == REVERSAL_PARKED);
	r = table_get(check->ledger, TABLE_REVERSING, key, buf, &len,
	    check->err);
	*listed_r = r == 0;
	return r == -1 ? -1 : 0;
}

/*
 * flush.c - write a batch, table by table in the order of the keys, and
 * commit it with one sync.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/batch.h"

#define COMMIT_TRIES 1000

static size_t gather(struct batch *, enum table);
static int by_key(const void *, const void *);
static int compare(const struct effect *, const struct effect *);
static int write_table(struct batch *, DB_TXN *, enum table, size_t);
static int write_effect(DBC *, const struct effect *);
static int64_t clock_us(void);

void
batch_commit(struct batch *batch)
{
	struct ledger *ledger = batch->ledger;
	unsigned int tries;
	int64_t began;
	DB_TXN *txn;
	int r;

	if (batch->dirty_len == 0)
		return;
	for (tries = 0; tries < COMMIT_TRIES; tries++) {
		r = ledger->env->txn_begin(ledger->env, NULL, &txn, 0);
		if (r != 0)
			ledger_die(ledger, "a transaction", db_strerror(r));
		r = batch_write(batch, txn);
		if (r == 0)
			break;
		if (r != DB_LOCK_DEADLOCK && r != DB_LOCK_NOTGRANTED)
			ledger_die(ledger, "a table", db_strerror(r));
		r = txn->abort(txn);
		if (r != 0)
			ledger_die(ledger, "an abort", db_strerror(r));
	}
	if (tries == COMMIT_TRIES)
		ledger_die(ledger, "a batch", "it meets deadlocks only");
	began = clock_us();
	/* After a failed sync later ones may seem to succeed, so whatever
	 * goes wrong here ends the process. */
	r = txn->commit(txn, DB_TXN_SYNC);
	if (r != 0)
		ledger_die(ledger, "a commit", db_strerror(r));
	atomic_store(&ledger->last_sync_us, clock_us() - began);
}

int
batch_write(struct batch *batch, DB_TXN *txn)
{
	size_t n;
	int i, r;

	for (i = 0; i < TABLES; i++) {
		n = gather(batch, (enum table)i);
		if (n == 0)
			continue;
		r = write_table(batch, txn, (enum table)i, n);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Collect the changes of a table in order; how many there are. */
static size_t
gather(struct batch *batch, enum table table)
{
	struct effect *effect;
	bool in_order = true;
	size_t i, n = 0;

	for (i = 0; i < batch->effects_len; i++) {
		effect = &batch->effects[i];
		if (effect->table != table || !effect->dirty ||
		    (!effect->present && !effect->stored))
			continue;
		if (n > 0 && compare(batch->sorted[n - 1], effect) > 0)
			in_order = false;
		batch->sorted[n++] = effect;
	}
	if (!in_order)
		qsort(batch->sorted, n, sizeof(*batch->sorted), by_key);
	return n;
}

static int
by_key(const void *a, const void *b)
{
	return compare(*(struct effect *const *)a, *(struct effect *const *)b);
}

static int
compare(const struct effect *a, const struct effect *b)
{
	size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int c = memcmp(a->key, b->key, len);

	if (c != 0)
		return c;
	return a->key_len < b->key_len ? -1 : a->key_len > b->key_len;
}

static int
write_table(struct batch *batch, DB_TXN *txn, enum table table, size_t n)
{
	DB *db = batch->ledger->table[table];
	DBC *cursor;
	size_t i;
	int c, r;

	r = db->cursor(db, txn, &cursor, 0);
	if (r != 0)
		return r;
	for (i = 0; r == 0 && i < n; i++)
		r = write_effect(cursor, batch->sorted[i]);
	c = cursor->close(cursor);
	return r != 0 ? r : c;
}

static int
write_effect(DBC *cursor, const struct effect *effect)
{
	DBT k = { 0 }, v = { 0 };
	int r;

	k.data = effect->key;
	k.size = (u_int32_t)effect->key_len;
	v.data = effect->value;
	v.size = (u_int32_t)effect->len;
	if (effect->present)
		return cursor->put(cursor, &k, &v, DB_KEYFIRST);
	v.flags = DB_DBT_PARTIAL | DB_DBT_USERMEM;
	v.size = 0;
	r = cursor->get(cursor, &k, &v, DB_SET | DB_RMW);
	if (r != 0)
		return r;
	return cursor->del(cursor, 0);
}

static int64_t
clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

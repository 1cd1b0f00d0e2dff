/*
 * table.c - read one record, or walk over many, from any thread.
 *
 * A read takes page locks only while it lasts.  It can meet the writer in
 * a deadlock; then it is the one that gives way and tries again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/internal.h"

#define SCAN_RECORDS 64
#define SCAN_SIZE (4 * RECORD_MAX) /* octets copied at a time */

struct scan {
	struct ledger *ledger;
	enum table table;
	struct key prefix, at;
	bool backwards, end;
	bool skip; /* the key at was seen already */
	size_t next, len, used;
	size_t limit; /* of records to copy: one at first, then many */
	struct {
		struct key key;
		size_t at, len;
	} records[SCAN_RECORDS];
	unsigned char buf[SCAN_SIZE];
};

static bool again(int, unsigned int *);
static int scan_fill(struct scan *, struct till_error *);
static int scan_copy(struct scan *, DBC *, struct key *);
static int first_flag(struct scan *, DBC *, DBT *, DBT *);
static int take(struct scan *, const DBT *, const DBT *);

int
table_get(struct ledger *ledger, enum table table, const struct key *key,
    void *buf, size_t *len_r, struct till_error *err)
{
	DB *db = ledger->table[table];
	unsigned int tries = 0;
	DBT k = { 0 }, v = { 0 };
	int r;

	k.data = (void *)(uintptr_t)key->data;
	k.size = (u_int32_t)key->len;
	v.data = buf;
	v.ulen = RECORD_MAX;
	v.flags = DB_DBT_USERMEM;
	do {
		r = db->get(db, NULL, &k, &v, 0);
	} while (again(r, &tries));
	if (r == DB_NOTFOUND)
		return 1;
	if (r != 0)
		return till_fail(err, "the table of %s cannot be read: %s",
		    table_names[table], db_strerror(r));
	*len_r = v.size;
	return 0;
}

int
damaged(struct till_error *err, enum table table, const struct key *key)
{
	char text[2 * 40 + 1];
	size_t i, n = key->len < 40 ? key->len : 40;

	for (i = 0; i < n; i++)
		text[i] = key->data[i] > ' ' && key->data[i] < 127
		    ? (char)key->data[i]
		    : '.';
	text[n] = '\0';
	return till_fail(err, "the record %s of %s is damaged", text,
	    table_names[table]);
}

int
scan_new(struct scan **scan_r, struct ledger *ledger, enum table table,
    const struct key *prefix, const struct key *from, bool backwards,
    struct till_error *err)
{
	struct scan *scan;

	scan = malloc(sizeof(*scan));
	if (scan == NULL)
		return till_fail(err, "out of memory");
	scan->ledger = ledger;
	scan->table = table;
	scan->prefix = *prefix;
	scan->at = from != NULL ? *from : *prefix;
	scan->backwards = backwards;
	scan->end = scan->skip = false;
	scan->next = scan->len = scan->used = 0;
	scan->limit = 1;
	/* Backwards from the end of a prefix: past every key that has it. */
	if (backwards && from == NULL) {
		memset(scan->at.data + prefix->len, 0xff,
		    sizeof(scan->at.data) - prefix->len);
		scan->at.len = sizeof(scan->at.data);
	}
	*scan_r = scan;
	return 0;
}

int
scan_next(struct scan *scan, struct key *key_r, struct till_bytes *value_r,
    struct till_error *err)
{
	if (scan->next == scan->len) {
		if (scan->end)
			return 1;
		if (scan_fill(scan, err) == -1)
			return -1;
		if (scan->len == 0)
			return 1;
	}
	*key_r = scan->records[scan->next].key;
	value_r->data = scan->buf + scan->records[scan->next].at;
	value_r->len = scan->records[scan->next].len;
	scan->next++;
	return 0;
}

void
scan_free(struct scan *scan)
{
	free(scan);
}

/* Is this worth another try? */
static bool
again(int r, unsigned int *tries)
{
	if (r != DB_LOCK_DEADLOCK && r != DB_LOCK_NOTGRANTED)
		return false;
	return ++*tries < LEDGER_RETRIES;
}

static int
scan_fill(struct scan *scan, struct till_error *err)
{
	DB *db = scan->ledger->table[scan->table];
	unsigned int tries = 0;
	struct key last;
	DBC *cursor;
	int r, c;

	do {
		scan->len = scan->next = scan->used = 0;
		scan->end = false;
		last = scan->at;
		r = db->cursor(db, NULL, &cursor, 0);
		if (r != 0)
			continue;
		r = scan_copy(scan, cursor, &last);
		c = cursor->close(cursor);
		if (r == 0)
			r = c;
	} while (again(r, &tries));
	if (r != 0)
		return till_fail(err, "the table of %s cannot be read: %s",
		    table_names[scan->table], db_strerror(r));
	scan->at = last;
	scan->skip = true;
	scan->limit = SCAN_RECORDS;
	return 0;
}

/* Copy until the buffer is full; last becomes the last key. */
static int
scan_copy(struct scan *scan, DBC *cursor, struct key *last)
{
	DBT k = { 0 }, v = { 0 };
	int r;

	k.data = last->data;
	k.size = (u_int32_t)last->len;
	k.ulen = sizeof(last->data);
	k.flags = DB_DBT_USERMEM;
	v.flags = DB_DBT_USERMEM;
	v.data = scan->buf;
	v.ulen = RECORD_MAX;
	r = first_flag(scan, cursor, &k, &v);
	while (r == 0) {
		last->len = k.size;
		if (!key_is_prefix(&scan->prefix, last)) {
			r = DB_NOTFOUND;
			break;
		}
		if (take(scan, &k, &v) == -1)
			return 0;
		v.data = scan->buf + scan->used;
		r = cursor->get(cursor, &k, &v,
		    scan->backwards ? DB_PREV : DB_NEXT);
	}
	if (r != DB_NOTFOUND)
		return r;
	scan->end = true;
	return 0;
}

/* Put the cursor on the first record that is wanted. */
static int
first_flag(struct scan *scan, DBC *cursor, DBT *k, DBT *v)
{
	struct key from;
	int r;

	from.len = k->size;
	memcpy(from.data, k->data, k->size);
	r = cursor->get(cursor, k, v, DB_SET_RANGE);
	if (!scan->backwards) {
		if (r == 0 && scan->skip && k->size == from.len &&
		    memcmp(k->data, from.data, from.len) == 0)
			return cursor->get(cursor, k, v, DB_NEXT);
		return r;
	}
	if (r == DB_NOTFOUND)
		return cursor->get(cursor, k, v, DB_LAST);
	if (r == 0 &&
	    (scan->skip || k->size != from.len ||
		memcmp(k->data, from.data, from.len) != 0))
		return cursor->get(cursor, k, v, DB_PREV);
	return r;
}

/* Keep the record that was just copied to the buffer; -1 if no other one
 * would fit behind it. */
static int
take(struct scan *scan, const DBT *k, const DBT *v)
{
	assert(scan->len < SCAN_RECORDS);
	scan->records[scan->len].key.len = k->size;
	memcpy(scan->records[scan->len].key.data, k->data, k->size);
	scan->records[scan->len].at = scan->used;
	scan->records[scan->len].len = v->size;
	scan->used += v->size;
	scan->len++;
	if (scan->len == scan->limit || scan->used + RECORD_MAX > SCAN_SIZE)
		return -1;
	return 0;
}

/*
 * reversals.c - look-ups of reversals and refunds.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/internal.h"

static int visit(struct ledger *, const struct key *, const struct till_bytes *,
    const char *, int (*)(void *, const char *, const struct entry *), void *,
    struct till_error *);
static int walk(struct ledger *, enum table, const struct key *prefix,
    const struct key *from, int (*)(void *, const struct ledger_reversal *),
    void *, struct till_error *);
static int take(struct ledger *, enum table, const struct key *,
    const struct till_bytes *, struct ledger_reversal *, struct till_error *);
static bool names_ok(const char *, const char *);

int
ledger_reversal_get(struct ledger *ledger, const char *mid, const char *jti,
    uint32_t number, struct ledger_reversal *reversal_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct till_bytes value = { buf, 0 };
	struct key key;
	int r;

	if (!names_ok(mid, jti) || number == 0 || number > LEDGER_REVERSALS_MAX)
		return 1;
	key_reversal(&key, mid, jti, number);
	r = table_get(ledger, TABLE_REVERSALS, &key, buf, &value.len, err);
	if (r != 0)
		return r;
	return take(ledger, TABLE_REVERSALS, &key, &value, reversal_r, err);
}

int
ledger_reversal_each(struct ledger *ledger, const char *mid, const char *jti,
    int (*each)(void *arg, const struct ledger_reversal *), void *arg,
    struct till_error *err)
{
	struct key prefix = { 0 };

	if (!names_ok(mid, jti))
		return 0;
	if (mid[0] != '\0')
		key_reversal(&prefix, mid, jti, 0);
	return walk(ledger, TABLE_REVERSALS, &prefix, NULL, each, arg, err);
}

int
ledger_reversing_each(struct ledger *ledger,
    int (*each)(void *arg, const struct ledger_reversal *), void *arg,
    struct till_error *err)
{
	const struct key all = { 0 };

	return walk(ledger, TABLE_REVERSING, &all, NULL, each, arg, err);
}

int
ledger_reversal_from(struct ledger *ledger, bool ended, const char *mid,
    const char *jti, uint32_t number,
    int (*each)(void *arg, const struct ledger_reversal *), void *arg,
    struct till_error *err)
{
	const enum table table = ended ? TABLE_REVERSALS : TABLE_REVERSING;
	struct key all = { 0 }, first;

	if (!names_ok(mid, jti))
		return 0;
	key_reversal(&first, mid, jti, number);
	return walk(ledger, table, &all, mid[0] == '\0' ? NULL : &first, each,
	    arg, err);
}

int
ledger_settlement_get(struct ledger *ledger,
    const unsigned char settlement[TILL_KEY_SIZE], char mid[TILL_ID_MAX],
    char jti[TILL_JTI_MAX], struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	key_settlement(&key, settlement);
	r = table_get(ledger, TABLE_SETTLEMENTS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (pair_read(buf, len, mid, jti) == -1)
		return damaged(err, TABLE_SETTLEMENTS, &key);
	return 0;
}

int
ledger_refund_get(struct ledger *ledger, const char *mid, const char *jti,
    const char *id, struct entry *entry_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	char name[TILL_TEXT_MAX];
	struct book book;
	struct key key;
	size_t len;
	int r;

	if (!till_id_ok(mid) || !till_jti_ok(jti) || !till_jti_ok(id))
		return 1;
	refund_book(name, mid, jti, id);
	key_text(&key, name);
	r = table_get(ledger, TABLE_BOOKS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (book_read(buf, len, &book) == -1)
		return damaged(err, TABLE_BOOKS, &key);
	return ledger_entry_get(ledger, book.serial, entry_r, err);
}

int
ledger_refund_each(struct ledger *ledger, const char *mid, const char *jti,
    int (*each)(void *arg, const char *id, const struct entry *), void *arg,
    struct till_error *err)
{
	char name[TILL_TEXT_MAX], id[TILL_JTI_MAX];
	struct till_bytes value;
	struct key prefix, key;
	struct scan *scan;
	int end = 0, r = 0;

	if (!till_id_ok(mid) || !till_jti_ok(jti))
		return 0;
	refund_book(name, mid, jti, "");
	key_text(&prefix, name);
	if (scan_new(&scan, ledger, TABLE_BOOKS, &prefix, NULL, false, err) ==
	    -1)
		return -1;
	while (end == 0 && r == 0) {
		end = scan_next(scan, &key, &value, err);
		if (end != 0)
			break;
		(void)snprintf(id, sizeof(id), "%.*s",
		    (int)(key.len - prefix.len),
		    (const char *)key.data + prefix.len);
		r = visit(ledger, &key, &value, id, each, arg, err);
	}
	scan_free(scan);
	return end == -1 ? -1 : r;
}

int64_t
reversal_taken(const struct ledger_reversal *reversal,
    const struct till_money *whole, bool settled)
{
	if (strcmp(reversal->reason, "dispute") != 0 ||
	    reversal->state == REVERSAL_DONE ||
	    (settled && reversal->state == REVERSAL_DROPPED))
		return 0;
	/* What cannot be compared is taken for all of it. */
	return till_money_same_currency(&reversal->amount, whole)
	    ? reversal->amount.micro
	    : whole->micro;
}

static int
visit(struct ledger *ledger, const struct key *key,
    const struct till_bytes *value, const char *id,
    int (*each)(void *, const char *, const struct entry *), void *arg,
    struct till_error *err)
{
	struct entry *entry;
	struct book book;
	int r;

	if (book_read(value->data, value->len, &book) == -1)
		return damaged(err, TABLE_BOOKS, key);
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return till_fail(err, "out of memory");
	r = ledger_entry_get(ledger, book.serial, entry, err);
	if (r == 1)
		r = damaged(err, TABLE_BOOKS, key);
	if (r == 0)
		r = each(arg, id, entry);
	free(entry);
	return r;
}

static int
walk(struct ledger *ledger, enum table table, const struct key *prefix,
    const struct key *from, int (*each)(void *, const struct ledger_reversal *),
    void *arg, struct till_error *err)
{
	struct ledger_reversal reversal;
	struct till_bytes value;
	struct scan *scan;
	int end = 0, r = 0;
	struct key key;

	if (scan_new(&scan, ledger, table, prefix, from, false, err) == -1)
		return -1;
	while (end == 0 && r == 0) {
		end = scan_next(scan, &key, &value, err);
		if (end == 0)
			r = take(ledger, table, &key, &value, &reversal, err);
		if (end == 0 && r == 0)
			r = each(arg, &reversal);
	}
	scan_free(scan);
	return end == -1 ? -1 : r;
}

/* Of one that is only listed the record is read. */
static int
take(struct ledger *ledger, enum table table, const struct key *key,
    const struct till_bytes *value, struct ledger_reversal *reversal,
    struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct till_bytes record = *value;
	int r;

	if (table == TABLE_REVERSING) {
		r = table_get(ledger, TABLE_REVERSALS, key, buf, &record.len,
		    err);
		if (r == -1)
			return -1;
		record.data = r == 0 ? buf : NULL;
		if (r == 1)
			record.len = 0;
	}
	if (reversal_read(record.data, record.len, reversal) == -1 ||
	    key_read_reversal(key, reversal->merchant,
		sizeof(reversal->merchant), reversal->jti,
		sizeof(reversal->jti), &reversal->number) == -1)
		return damaged(err, table, key);
	return 0;
}

static bool
names_ok(const char *mid, const char *jti)
{
	return strnlen(mid, TILL_ID_MAX) < TILL_ID_MAX &&
	    strnlen(jti, TILL_JTI_MAX) < TILL_JTI_MAX;
}

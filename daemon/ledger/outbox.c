/*
 * outbox.c - look-ups of events, and of what waits for whom.
 */
#include <string.h>

#include "ledger/internal.h"

static int first_from(struct ledger *, enum table, const struct key *,
    const struct key *, struct key *, struct till_bytes *, struct scan **,
    struct till_error *);
static bool names_ok(const char *, const char *);
static int take_waiting(const struct key *, const struct till_bytes *,
    struct ledger_waiting *, struct till_error *);

int
ledger_event_get(struct ledger *ledger, const char *mid, uint64_t sequence,
    struct ledger_event *event_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	if (!names_ok("", mid))
		return 1;
	key_event(&key, mid, sequence);
	r = table_get(ledger, TABLE_EVENTS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (event_read(buf, len, event_r) == -1)
		return damaged(err, TABLE_EVENTS, &key);
	memcpy(event_r->merchant, mid, strlen(mid) + 1);
	event_r->sequence = sequence;
	return 0;
}

int
ledger_event_next(struct ledger *ledger, const char *mid, uint64_t sequence,
    struct ledger_event *event_r, struct till_error *err)
{
	struct key prefix, from, key;
	struct till_bytes value;
	struct scan *scan;
	int r;

	if (!names_ok("", mid))
		return 1;
	key_pair(&prefix, mid, "");
	key_event(&from, mid, sequence);
	r = first_from(ledger, TABLE_EVENTS, &prefix, &from, &key, &value,
	    &scan, err);
	if (r != 0)
		return r;
	if (event_read(value.data, value.len, event_r) == -1 ||
	    key_read_event(&key, event_r->merchant, sizeof(event_r->merchant),
		&event_r->sequence) == -1)
		r = damaged(err, TABLE_EVENTS, &key);
	scan_free(scan);
	return r;
}

int
ledger_waiting_next(struct ledger *ledger, const char *line, const char *mid,
    uint64_t sequence, struct ledger_waiting *waiting_r, struct till_error *err)
{
	struct key prefix, from, key;
	struct till_bytes value;
	struct scan *scan;
	int r;

	if (!names_ok(line, mid))
		return 1;
	key_triple(&prefix, line, mid, "");
	key_waiting(&from, line, mid, sequence);
	r = first_from(ledger, TABLE_OUTBOX, &prefix, &from, &key, &value,
	    &scan, err);
	if (r != 0)
		return r;
	r = take_waiting(&key, &value, waiting_r, err);
	scan_free(scan);
	return r;
}

/* The next merchant: after the last number that this one can have. */
int
ledger_waiting_after(struct ledger *ledger, const char *line, const char *mid,
    struct ledger_waiting *waiting_r, struct till_error *err)
{
	struct key prefix, from, key;
	struct till_bytes value;
	struct scan *scan;
	int r;

	if (!names_ok(line, mid == NULL ? "" : mid))
		return 1;
	key_pair(&prefix, line, "");
	if (mid != NULL)
		key_waiting(&from, line, mid, UINT64_MAX);
	r = first_from(ledger, TABLE_OUTBOX, &prefix,
	    mid == NULL ? NULL : &from, &key, &value, &scan, err);
	if (r != 0)
		return r;
	r = take_waiting(&key, &value, waiting_r, err);
	scan_free(scan);
	return r;
}

int
ledger_sequence_each(struct ledger *ledger, const char *from,
    int (*each)(void *arg, const char *mid, uint64_t newest), void *arg,
    struct till_error *err)
{
	struct key all = { 0 }, first, key;
	char mid[TILL_ID_MAX];
	struct till_bytes value;
	struct scan *scan;
	int end = 0, r = 0;
	int64_t newest;

	key_text(&first, from == NULL ? "" : from);
	if (scan_new(&scan, ledger, TABLE_SEQUENCES, &all, &first, false,
		err) == -1)
		return -1;
	while (end == 0 && r == 0) {
		end = scan_next(scan, &key, &value, err);
		if (end != 0)
			continue;
		if (key.len >= sizeof(mid) ||
		    number_read(value.data, value.len, &newest) == -1) {
			r = damaged(err, TABLE_SEQUENCES, &key);
			continue;
		}
		memcpy(mid, key.data, key.len);
		mid[key.len] = '\0';
		r = each(arg, mid, (uint64_t)newest);
	}
	scan_free(scan);
	return end == -1 ? -1 : r;
}

int
ledger_line_each(struct ledger *ledger,
    int (*each)(void *arg, const struct ledger_line *), void *arg,
    struct till_error *err)
{
	struct ledger_line line;
	struct key all = { 0 }, key;
	struct till_bytes value;
	struct scan *scan;
	int end = 0, r = 0;
	struct line row;

	if (scan_new(&scan, ledger, TABLE_LINES, &all, NULL, false, err) == -1)
		return -1;
	while (end == 0 && r == 0) {
		end = scan_next(scan, &key, &value, err);
		/* The others are tallies of merchants. */
		if (end != 0 || memchr(key.data, '\0', key.len) != NULL)
			continue;
		if (key.len >= sizeof(line.name) ||
		    line_read(value.data, value.len, &row) == -1) {
			r = damaged(err, TABLE_LINES, &key);
			continue;
		}
		memset(&line, 0, sizeof(line));
		memcpy(line.name, key.data, key.len);
		line.waiting = row.waiting;
		line.missed = row.missed;
		line.missed_ms = row.missed_ms;
		r = each(arg, &line);
	}
	scan_free(scan);
	return end == -1 ? -1 : r;
}

/* The record lives until the scan is freed; 1: there is none. */
static int
first_from(struct ledger *ledger, enum table table, const struct key *prefix,
    const struct key *from, struct key *key, struct till_bytes *value,
    struct scan **scan_r, struct till_error *err)
{
	struct scan *scan;
	int r;

	if (scan_new(&scan, ledger, table, prefix, from, false, err) == -1)
		return -1;
	r = scan_next(scan, key, value, err);
	if (r == 0)
		*scan_r = scan;
	else
		scan_free(scan);
	return r;
}

/* Longer ones are of nothing that could have been stored. */
static bool
names_ok(const char *line, const char *mid)
{
	return strnlen(line, LEDGER_WORD_MAX) < LEDGER_WORD_MAX &&
	    strnlen(mid, TILL_ID_MAX) < TILL_ID_MAX;
}

static int
take_waiting(const struct key *key, const struct till_bytes *value,
    struct ledger_waiting *waiting_r, struct till_error *err)
{
	char line[LEDGER_WORD_MAX];
	struct waiting row;

	memset(waiting_r, 0, sizeof(*waiting_r));
	if (key_read_waiting(key, line, sizeof(line), waiting_r->merchant,
		sizeof(waiting_r->merchant), &waiting_r->sequence) == -1 ||
	    waiting_read(value->data, value->len, &row) == -1)
		return damaged(err, TABLE_OUTBOX, key);
	waiting_r->attempts = row.attempts;
	waiting_r->next_ms = row.next_ms;
	return 0;
}

/*
 * verify_events.c - are events numbered without gaps up to the newest,
 * and does just that wait which is counted as waiting, of all and of each
 * merchant?
 *
 * Events are no money: the register knows nothing of them, so they are
 * held against each other only.
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/verify.h"

static row_check row_sequence, row_event, row_waiting, row_line;
static int newest_of(struct check *, const char *, uint64_t *);
static int look(struct check *, enum table, const struct key *);
static int owed(struct check *, const struct key *, bool *);
static int tallied(struct check *, const char *, const char *);
static int count(struct check *, const struct key *, uint64_t *, uint64_t *);

int
check_events(struct check *check)
{
	if (check_walk(check, TABLE_SEQUENCES, row_sequence) == -1 ||
	    check_walk(check, TABLE_EVENTS, row_event) == -1 ||
	    check_walk(check, TABLE_OUTBOX, row_waiting) == -1)
		return -1;
	return check_walk(check, TABLE_LINES, row_line);
}

/* The newest event is always kept. */
static int
row_sequence(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	char mid[TILL_ID_MAX] = { 0 };
	int64_t newest;
	struct key event;
	int r;

	if (key->len >= sizeof(mid) ||
	    number_read(value->data, value->len, &newest) == -1 || newest < 1)
		return damaged(check->err, TABLE_SEQUENCES, key);
	memcpy(mid, key->data, key->len);
	key_event(&event, mid, (uint64_t)newest);
	r = look(check, TABLE_EVENTS, &event);
	if (r == 1)
		return till_fail(check->err,
		    "event %" PRId64 " of '%s', the newest, is missing", newest,
		    mid);
	return r;
}

static int
row_event(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	char mid[TILL_ID_MAX];
	struct ledger_event event;
	uint64_t sequence = 0, newest = 0;

	if (key_read_event(key, mid, sizeof(mid), &sequence) == -1 ||
	    event_read(value->data, value->len, &event) == -1)
		return damaged(check->err, TABLE_EVENTS, key);
	check->events++;
	if (newest_of(check, mid, &newest) == -1)
		return -1;
	if (sequence == 0 || sequence > newest)
		return till_fail(check->err,
		    "event %" PRIu64 " of '%s' is there, but the newest is"
		    " %" PRIu64,
		    sequence, mid, newest);
	if (event.txn > ledger_serial(check->ledger))
		return till_fail(check->err,
		    "event %" PRIu64 " of '%s' tells of entry %" PRIu64
		    ", which is none",
		    sequence, mid, event.txn);
	return 0;
}

static int
row_waiting(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	struct waiting waiting;
	bool sound = false;
	int r;

	if (waiting_read(value->data, value->len, &waiting) == -1)
		return damaged(check->err, TABLE_OUTBOX, key);
	check->waiting++;
	r = owed(check, key, &sound);
	if (r == -1 || sound)
		return r;
	/* It may have been told that very moment. */
	pthread_mutex_lock(&check->ledger->gate);
	r = look(check, TABLE_OUTBOX, key);
	if (r == 0)
		r = owed(check, key, &sound);
	else if (r == 1)
		sound = true;
	pthread_mutex_unlock(&check->ledger->gate);
	if (r == -1 || sound)
		return r == -1 ? -1 : 0;
	return till_fail(check->err,
	    "something waits that is no event, or for a line that is none");
}

static int
row_line(struct check *check, const struct key *key,
    const struct till_bytes *value)
{
	const char *mid = memchr(key->data, '\0', key->len);
	size_t own_len = mid == NULL
	    ? 0
	    : key->len - (size_t)(mid - (const char *)key->data);
	uint64_t counted = 0, found = 0;
	int r;

	(void)value;
	r = count(check, key, &counted, &found);
	if (r == -1 || counted == found)
		return r;
	pthread_mutex_lock(&check->ledger->gate);
	r = count(check, key, &counted, &found);
	pthread_mutex_unlock(&check->ledger->gate);
	if (r == -1 || counted == found)
		return r;
	return till_fail(check->err,
	    "%" PRIu64 " events wait for line %.*s%s%.*s, but %" PRIu64
	    " were counted",
	    found, (int)(key->len - own_len), (const char *)key->data,
	    mid == NULL ? "" : " of ", mid == NULL ? 0 : (int)own_len - 1,
	    mid == NULL ? "" : mid + 1, counted);
}

static int
newest_of(struct check *check, const char *mid, uint64_t *newest_r)
{
	unsigned char buf[RECORD_MAX];
	int64_t newest = 0;
	struct key key;
	size_t len;
	int r;

	key_text(&key, mid);
	r = table_get(check->ledger, TABLE_SEQUENCES, &key, buf, &len,
	    check->err);
	if (r == 0 && number_read(buf, len, &newest) == -1)
		return damaged(check->err, TABLE_SEQUENCES, &key);
	*newest_r = (uint64_t)newest;
	return r == -1 ? -1 : 0;
}

/* 0: there is such a record, 1: there is none. */
static int
look(struct check *check, enum table table, const struct key *key)
{
	unsigned char buf[RECORD_MAX];
	size_t len;

	return table_get(check->ledger, table, key, buf, &len, check->err);
}

/* Are its event and its line there? */
static int
owed(struct check *check, const struct key *key, bool *sound_r)
{
	char name[LEDGER_WORD_MAX], mid[TILL_ID_MAX];
	struct key event;
	uint64_t sequence;
	int r;

	if (key_read_waiting(key, name, sizeof(name), mid, sizeof(mid),
		&sequence) == -1)
		return damaged(check->err, TABLE_OUTBOX, key);
	key_event(&event, mid, sequence);
	r = look(check, TABLE_EVENTS, &event);
	if (r == 0)
		r = tallied(check, name, mid);
	*sound_r = r == 0;
	return r == -1 ? -1 : 0;
}

/* 0: there is such a line, and it has counted the merchant. */
static int
tallied(struct check *check, const char *name, const char *mid)
{
	unsigned char buf[RECORD_MAX];
	struct line line;
	struct key key;
	size_t len;
	int r;

	key_text(&key, name);
	r = table_get(check->ledger, TABLE_LINES, &key, buf, &len, check->err);
	if (r != 0)
		return r;
	if (line_read(buf, len, &line) == -1)
		return damaged(check->err, TABLE_LINES, &key);
	if (line.untallied)
		return 0;
	key_pair(&key, name, mid);
	return look(check, TABLE_LINES, &key);
}

/* Of a line or of one merchant on it; what has gone meanwhile counts
 * nothing. */
static int
count(struct check *check, const struct key *key, uint64_t *counted_r,
    uint64_t *found_r)
{
	unsigned char buf[RECORD_MAX];
	const bool all = memchr(key->data, '\0', key->len) == NULL;
	struct line line = { 0 };
	int64_t own = 0;
	struct key prefix = *key, at;
	struct till_bytes value;
	struct scan *scan;
	size_t len;
	int r;

	*found_r = 0;
	prefix.data[prefix.len++] = '\0';
	if (scan_new(&scan, check->ledger, TABLE_OUTBOX, &prefix, NULL, false,
		check->err) == -1)
		return -1;
	while ((r = scan_next(scan, &at, &value, check->err)) == 0)
		(*found_r)++;
	scan_free(scan);
	if (r == 1)
		r = table_get(check->ledger, TABLE_LINES, key, buf, &len,
		    check->err);
	if (r == 0 &&
	    (all ? line_read(buf, len, &line) : number_read(buf, len, &own)) ==
		-1)
		return damaged(check->err, TABLE_LINES, key);
	*counted_r = all ? line.waiting : (uint64_t)own;
	return r == -1 ? -1 : 0;
}

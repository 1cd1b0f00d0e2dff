/*
 * ledger.c - make, open and close a ledger.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ledger/internal.h"

#define CACHE_SIZE ((size_t)64 << 20)

static int ledger_new(const struct ledger_options *, struct ledger **,
    struct till_error *);
static int init_locks(struct ledger *);
static void ledger_free(struct ledger *);
static int create_tables(struct ledger *, struct till_error *);
static int put_numbers(struct ledger *, struct till_error *);
static int put_number(struct ledger *, DB_TXN *, const char *, int64_t);
static int recover(struct ledger *, struct till_error *);
static int open_tables(struct ledger *, struct till_error *);
static bool is_newer(enum table, int64_t);
static int put_format(struct ledger *, struct till_error *);
static int check_format(struct ledger *, int64_t *, struct till_error *);
static int get_number(struct ledger *, const char *, int64_t *,
    struct till_error *);
static int find_head(struct ledger *, struct till_error *);
static int find_evidence(struct ledger *, struct till_error *);
static int last_of(struct ledger *, enum table, struct key *, unsigned char *,
    size_t *, struct till_error *);
static int check_clock(struct ledger *, struct till_error *);
static int start_threads(struct ledger *, struct till_error *);
static void stop_writer(struct ledger *);
static void print_time(int64_t, char *, size_t);
static int64_t uptime_ms(void);

int
ledger_create(const struct ledger_options *options, struct till_error *err)
{
	struct ledger *ledger = NULL;
	int r = -1;

	if (ledger_new(options, &ledger, err) == -1)
		goto out;
	if (dir_make(ledger->dir, err) == -1 ||
	    dir_lock(ledger->dir, &ledger->lock_fd, err) == -1)
		goto out;
	if (env_open(ledger, err) == -1 || create_tables(ledger, err) == -1)
		goto out;
	env_close(ledger);
	r = dir_sync(ledger->dir, err);
out:
	ledger_free(ledger);
	return r;
}

int
ledger_open(const struct ledger_options *options, struct ledger **ledger_r,
    struct till_error *err)
{
	int64_t began = uptime_ms();
	struct ledger *ledger = NULL;
	int r = -1;

	if (ledger_new(options, &ledger, err) == -1)
		goto out;
	if (dir_check(ledger->dir, err) == -1 ||
	    dir_lock(ledger->dir, &ledger->lock_fd, err) == -1 ||
	    dir_holds(ledger->dir, err) == -1)
		goto out;
	if (recover(ledger, err) == -1 || find_head(ledger, err) == -1 ||
	    find_evidence(ledger, err) == -1 || check_clock(ledger, err) == -1)
		goto out;
	ledger_log(ledger, TILL_LOG_INFO,
	    "%s is recovered up to entry %" PRIu64 " in %" PRId64 " ms",
	    ledger->dir, ledger->serial, uptime_ms() - began);
	disk_keep(ledger);
	(void)disk_look(ledger);
	if (batch_new(ledger, &ledger->batch, err) == -1 ||
	    start_threads(ledger, err) == -1)
		goto out;
	*ledger_r = ledger;
	ledger = NULL;
	r = 0;
out:
	ledger_free(ledger);
	return r;
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	stop_writer(ledger);
	pthread_mutex_lock(&ledger->keeper_lock);
	ledger->keeper_stop = true;
	pthread_cond_signal(&ledger->keeper_wake);
	pthread_mutex_unlock(&ledger->keeper_lock);
	pthread_join(ledger->keeper, NULL);
	ledger_free(ledger);
}

int64_t
ledger_time(struct ledger *ledger)
{
	struct timespec t;

	if (ledger->time_ms != NULL)
		return ledger->time_ms(ledger->time_arg);
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
ledger_new(const struct ledger_options *options, struct ledger **ledger_r,
    struct till_error *err)
{
	struct ledger *ledger;

	ledger = calloc(1, sizeof(*ledger));
	if (ledger == NULL)
		return till_fail(err, "out of memory");
	ledger->lock_fd = -1;
	ledger->queue_last = &ledger->queue_first;
	ledger->cache_size =
	    options->cache_size > 0 ? options->cache_size : CACHE_SIZE;
	ledger->ballast = options->ballast > 0
	    ? options->ballast
	    : ledger->cache_size + 2 * (uint64_t)LEDGER_LOG_FILE;
	ledger->events_kept = options->events_kept > 0 ? options->events_kept
						       : LEDGER_EVENTS_KEPT;
	ledger->outbox_max =
	    options->outbox_max > 0 ? options->outbox_max : LEDGER_OUTBOX_MAX;
	ledger->time_ms = options->time_ms;
	ledger->time_arg = options->time_arg;
	ledger->log = options->log;
	ledger->log_arg = options->log_arg;
	ledger->dir = strdup(options->dir);
	if (ledger->dir == NULL || init_locks(ledger) != 0) {
		free(ledger->dir);
		free(ledger);
		return till_fail(err, "out of memory");
	}
	*ledger_r = ledger;
	return 0;
}

static int
init_locks(struct ledger *ledger)
{
	pthread_condattr_t attr;
	int r;

	r = pthread_mutex_init(&ledger->queue_lock, NULL);
	r |= pthread_mutex_init(&ledger->gate, NULL);
	r |= pthread_mutex_init(&ledger->head_lock, NULL);
	r |= pthread_mutex_init(&ledger->keeper_lock, NULL);
	r |= pthread_cond_init(&ledger->queue_filled, NULL);
	r |= pthread_condattr_init(&attr);
	r |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	r |= pthread_cond_init(&ledger->keeper_wake, &attr);
	r |= pthread_condattr_destroy(&attr);
	return r;
}

/* The threads have ended or were never started. */
static void
ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	env_close(ledger);
	batch_free(ledger->batch);
	if (ledger->lock_fd != -1)
		close(ledger->lock_fd);
	pthread_mutex_destroy(&ledger->queue_lock);
	pthread_mutex_destroy(&ledger->gate);
	pthread_mutex_destroy(&ledger->head_lock);
	pthread_mutex_destroy(&ledger->keeper_lock);
	pthread_cond_destroy(&ledger->queue_filled);
	pthread_cond_destroy(&ledger->keeper_wake);
	free(ledger->dir);
	free(ledger);
}

static int
create_tables(struct ledger *ledger, struct till_error *err)
{
	int i;

	for (i = 0; i < TABLES; i++) {
		if (env_open_table(ledger, (enum table)i, TABLE_CREATE, err) ==
		    -1)
			return -1;
	}
	/* Without these numbers it is no ledger: they come last. */
	return put_numbers(ledger, err);
}

static int
put_numbers(struct ledger *ledger, struct till_error *err)
{
	DB_TXN *txn;
	int r;

	r = ledger->env->txn_begin(ledger->env, NULL, &txn, 0);
	if (r != 0)
		return till_fail(err, "%s: %s", ledger->dir, db_strerror(r));
	r = put_number(ledger, txn, LEDGER_META_FORMAT, LEDGER_FORMAT);
	if (r == 0)
		r = put_number(ledger, txn, LEDGER_META_EPOCH, 1);
	if (r == 0)
		r = put_number(ledger, txn, LEDGER_META_CLOCK,
		    ledger_time(ledger));
	if (r == 0) {
		r = txn->commit(txn, DB_TXN_SYNC);
	} else {
		(void)txn->abort(txn);
	}
	if (r != 0)
		return till_fail(err, "%s: %s", ledger->dir, db_strerror(r));
	return 0;
}

static int
put_number(struct ledger *ledger, DB_TXN *txn, const char *name, int64_t number)
{
	unsigned char buf[64];
	struct record_out out;
	DBT k = { 0 }, v = { 0 };
	struct key key;

	key_text(&key, name);
	number_write(&out, buf, number);
	k.data = key.data;
	k.size = (u_int32_t)key.len;
	v.data = out.data;
	v.size = (u_int32_t)out.len;
	return ledger->table[TABLE_META]->put(ledger->table[TABLE_META], txn,
	    &k, &v, 0);
}

static int
recover(struct ledger *ledger, struct till_error *err)
{
	if (disk_before(ledger, err) == -1 || env_open(ledger, err) == -1)
		return -1;
	return open_tables(ledger, err);
}

/*
 * The number of the format first: with an older one there are tables
 * which are made now, and it is raised when all of them are there.
 */
static int
open_tables(struct ledger *ledger, struct till_error *err)
{
	enum table_mode mode = TABLE_OPEN;
	int64_t format;
	int i;

	if (env_open_table(ledger, TABLE_META, TABLE_OPEN, err) == -1 ||
	    check_format(ledger, &format, err) == -1)
		return -1;
	for (i = 0; i < TABLE_META; i++) {
		mode =
		    is_newer((enum table)i, format) ? TABLE_MAYBE : TABLE_OPEN;
		if (env_open_table(ledger, (enum table)i, mode, err) == -1)
			return -1;
	}
	if (format == LEDGER_FORMAT)
		return 0;
	ledger_log(ledger, TILL_LOG_INFO,
	    "%s is raised from format %" PRId64 " to %d", ledger->dir, format,
	    LEDGER_FORMAT);
	return put_format(ledger, err);
}

/* Is this table younger than a ledger of that format? */
static bool
is_newer(enum table table, int64_t format)
{
	if (table >= TABLE_SEQUENCES && table <= TABLE_LINES)
		return format < LEDGER_FORMAT_EVENTS;
	if (table == TABLE_ALLOWANCES)
		return format < LEDGER_FORMAT_ALLOWANCES;
	return table >= TABLE_SETTLEMENTS && table <= TABLE_REVERSING &&
	    format < LEDGER_FORMAT_REVERSALS;
}

static int
put_format(struct ledger *ledger, struct till_error *err)
{
	DB_TXN *txn;
	int r;

	r = ledger->env->txn_begin(ledger->env, NULL, &txn, 0);
	if (r != 0)
		return till_fail(err, "%s: %s", ledger->dir, db_strerror(r));
	r = put_number(ledger, txn, LEDGER_META_FORMAT, LEDGER_FORMAT);
	if (r == 0)
		r = txn->commit(txn, DB_TXN_SYNC);
	else
		(void)txn->abort(txn);
	if (r != 0)
		return till_fail(err, "%s: %s", ledger->dir, db_strerror(r));
	return 0;
}

static int
check_format(struct ledger *ledger, int64_t *format_r, struct till_error *err)
{
	int64_t format;

	if (get_number(ledger, LEDGER_META_FORMAT, &format, err) == -1)
		return -1;
	*format_r = format;
	if (format > LEDGER_FORMAT)
		return till_fail(err,
		    "%s has format %" PRId64 ", this program knows %d and"
		    " older: use a newer one",
		    ledger->dir, format, LEDGER_FORMAT);
	if (format < 1)
		return till_fail(err,
		    "%s has format %" PRId64 ", which there never was",
		    ledger->dir, format);
	return 0;
}

static int
get_number(struct ledger *ledger, const char *name, int64_t *number_r,
    struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	key_text(&key, name);
	r = table_get(ledger, TABLE_META, &key, buf, &len, err);
	if (r == -1)
		return -1;
	if (r == 1 || number_read(buf, len, number_r) == -1)
		return till_fail(err,
		    "%s was not made completely: %s is"
		    " missing",
		    ledger->dir, name);
	return 0;
}

/* The end of the chain, from which the writer goes on. */
static int
find_head(struct ledger *ledger, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct entry entry;
	uint64_t serial;
	struct key key;
	size_t len;
	int r;

	if (get_number(ledger, LEDGER_META_CLOCK, &ledger->newest_ms, err) ==
	    -1)
		return -1;
	r = last_of(ledger, TABLE_REGISTER, &key, buf, &len, err);
	if (r != 0)
		return r == 1 ? 0 : -1;
	if (key_read_serial(&key, &serial) == -1 ||
	    entry_read(buf, len, &entry) == -1 || entry.serial != serial)
		return till_fail(err,
		    "the newest entry of the register is damaged");
	ledger->serial = serial;
	memcpy(ledger->head, entry.hash, sizeof(ledger->head));
	if (entry.time_ms > ledger->newest_ms)
		ledger->newest_ms = entry.time_ms;
	return 0;
}

static int
find_evidence(struct ledger *ledger, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	r = last_of(ledger, TABLE_EVIDENCE, &key, buf, &len, err);
	if (r != 0)
		return r == 1 ? 0 : -1;
	if (key_read_serial(&key, &ledger->evidence) == -1)
		return till_fail(err, "the newest evidence is damaged");
	return 0;
}

static int
last_of(struct ledger *ledger, enum table table, struct key *key,
    unsigned char *buf, size_t *len_r, struct till_error *err)
{
	static const struct key all;
	struct till_bytes value;
	struct scan *scan;
	int r;

	if (scan_new(&scan, ledger, table, &all, NULL, true, err) == -1)
		return -1;
	r = scan_next(scan, key, &value, err);
	if (r == 0) {
		memcpy(buf, value.data, value.len);
		*len_r = value.len;
	}
	scan_free(scan);
	return r;
}

/* Times in the register never go back, so a clock that did must be put
 * right first. */
static int
check_clock(struct ledger *ledger, struct till_error *err)
{
	char newest[32], now[32];

	if (ledger_time(ledger) + LEDGER_CLOCK_BACK_MS >= ledger->newest_ms)
		return 0;
	print_time(ledger->newest_ms, newest, sizeof(newest));
	print_time(ledger_time(ledger), now, sizeof(now));
	return till_fail(err,
	    "the clock is wrong: it says %s, but the newest record was made at"
	    " %s, more than %d s later",
	    now, newest, LEDGER_CLOCK_BACK_MS / 1000);
}

static int
start_threads(struct ledger *ledger, struct till_error *err)
{
	int r;

	r = pthread_create(&ledger->writer, NULL, writer_main, ledger);
	if (r != 0)
		return till_fail(err, "no thread: %s", strerror(r));
	r = pthread_create(&ledger->keeper, NULL, keeper_main, ledger);
	if (r != 0) {
		stop_writer(ledger);
		return till_fail(err, "no thread: %s", strerror(r));
	}
	return 0;
}

/* It finishes what waits. */
static void
stop_writer(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->queue_lock);
	ledger->stopping = true;
	pthread_cond_signal(&ledger->queue_filled);
	pthread_mutex_unlock(&ledger->queue_lock);
	pthread_join(ledger->writer, NULL);
}

static void
print_time(int64_t time_ms, char *buf, size_t size)
{
	time_t t = (time_t)(time_ms / 1000);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, size, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		(void)snprintf(buf, size, "%" PRId64 " ms", time_ms);
}

static int64_t
uptime_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * env.c - the Berkeley DB environment.
 *
 * One process owns it: it lives in that process's memory (DB_PRIVATE) and
 * recovery runs at each opening.  Pages have the size that disks write
 * whole and carry checksums.  No log file is ever removed here: only a
 * backup makes one superfluous.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/internal.h"

/* Page locks of one batch: each request changes at most some fifty
 * records, on as many pages, and any of those may have to split. */
#define LOCKS_MAX (LEDGER_BATCH_MAX * 100)
#define LOCKERS_MAX 10000
#define TRANSACTIONS_MAX 100

const char *const table_names[TABLES] = {
	[TABLE_CUSTOMERS] = "customers",
	[TABLE_MERCHANTS] = "merchants",
	[TABLE_CREDENTIALS] = "credentials",
	[TABLE_FAILURES] = "failures",
	[TABLE_ACCOUNTS] = "accounts",
	[TABLE_REGISTER] = "register",
	[TABLE_ORDERS] = "orders",
	[TABLE_EVIDENCE] = "evidence",
	[TABLE_INTENTS] = "intents",
	[TABLE_COUNTERS] = "counters",
	[TABLE_BOOKS] = "books",
	[TABLE_SEQUENCES] = "sequences",
	[TABLE_EVENTS] = "events",
	[TABLE_OUTBOX] = "outbox",
	[TABLE_LINES] = "lines",
	[TABLE_SETTLEMENTS] = "settlements",
	[TABLE_REVERSALS] = "reversals",
	[TABLE_REVERSING] = "reversing",
	[TABLE_ALLOWANCES] = "allowances",
	[TABLE_META] = "meta",
};

static int configure(struct ledger *);
static int open_table(struct ledger *, enum table, bool);
static void on_message(const DB_ENV *, const char *, const char *);
static void on_event(DB_ENV *, u_int32_t, void *);

int
env_open(struct ledger *ledger, struct till_error *err)
{
	u_int32_t flags = DB_PRIVATE | DB_THREAD | DB_RECOVER | DB_INIT_MPOOL |
	    DB_INIT_TXN | DB_INIT_LOG | DB_INIT_LOCK;
	int r;

	r = db_env_create(&ledger->env, 0);
	if (r != 0)
		return till_fail(err, "%s: %s", ledger->dir, db_strerror(r));
	r = configure(ledger);
	/* The regions are in memory, so they are always created. */
	if (r == 0)
		r = ledger->env->open(ledger->env, ledger->dir,
		    flags | DB_CREATE, 0600);
	if (r != 0)
		return till_fail(err, "%s cannot be recovered: %s", ledger->dir,
		    db_strerror(r));
	return 0;
}

int
env_open_table(struct ledger *ledger, enum table table, enum table_mode mode,
    struct till_error *err)
{
	int r = open_table(ledger, table, mode == TABLE_CREATE);

	if (r == ENOENT && mode == TABLE_MAYBE)
		r = open_table(ledger, table, true);
	if (r != 0)
		return till_fail(err, "%s/%s.db: %s", ledger->dir,
		    table_names[table], db_strerror(r));
	return 0;
}

void
env_close(struct ledger *ledger)
{
	int i, r = 0;

	if (ledger->env == NULL)
		return;
	if (ledger->table[TABLE_META] != NULL && !ledger->panicked)
		r = ledger->env->txn_checkpoint(ledger->env, 0, 0, DB_FORCE);
	if (r != 0)
		ledger_log(ledger, TILL_LOG_ERROR, "the last checkpoint: %s",
		    db_strerror(r));
	for (i = 0; i < TABLES; i++) {
		if (ledger->table[i] != NULL)
			(void)ledger->table[i]->close(ledger->table[i], 0);
		ledger->table[i] = NULL;
	}
	(void)ledger->env->close(ledger->env, 0);
	ledger->env = NULL;
}

void
ledger_log(struct ledger *ledger, enum till_log_level level, const char *fmt,
    ...)
{
	char text[TILL_ERROR_MAX + 128];
	va_list ap;

	if (ledger->log == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ledger->log(ledger->log_arg, level, text);
}

void
ledger_die(struct ledger *ledger, const char *what, const char *why)
{
	ledger_log(ledger, TILL_LOG_ERROR,
	    "the ledger cannot go on, what was not answered is void: %s: %s",
	    what, why);
	abort();
}

static int
configure(struct ledger *ledger)
{
	DB_ENV *env = ledger->env;
	int r;

	env->app_private = ledger;
	env->set_errcall(env, on_message);
	r = env->set_cachesize(env,
	    (u_int32_t)((uint64_t)ledger->cache_size >> 30),
	    (u_int32_t)(ledger->cache_size & ((1u << 30) - 1)), 1);
	if (r == 0)
		r = env->set_event_notify(env, on_event);
	if (r == 0)
		r = env->set_lg_bsize(env, LEDGER_LOG_BUFFER);
	if (r == 0)
		r = env->set_lg_max(env, LEDGER_LOG_FILE);
	if (r == 0)
		r = env->set_lk_max_locks(env, LOCKS_MAX);
	if (r == 0)
		r = env->set_lk_max_objects(env, LOCKS_MAX);
	if (r == 0)
		r = env->set_lk_max_lockers(env, LOCKERS_MAX);
	if (r == 0)
		r = env->set_tx_max(env, TRANSACTIONS_MAX);
	/* A reader gives way: it has no write locks, and tries again. */
	if (r == 0)
		r = env->set_lk_detect(env, DB_LOCK_MINWRITE);
	return r;
}

static int
open_table(struct ledger *ledger, enum table table, bool create)
{
	u_int32_t flags = DB_AUTO_COMMIT | DB_THREAD;
	char name[32];
	DB *db;
	int r;

	(void)snprintf(name, sizeof(name), "%s.db", table_names[table]);
	r = db_create(&db, ledger->env, 0);
	if (r != 0)
		return r;
	if (create) {
		flags |= DB_CREATE | DB_EXCL;
		r = db->set_pagesize(db, LEDGER_PAGE_SIZE);
		if (r == 0)
			r = db->set_flags(db, DB_CHKSUM);
	}
	if (r == 0)
		r = db->open(db, NULL, name, NULL, DB_BTREE, flags, 0600);
	if (r != 0) {
		(void)db->close(db, 0);
		return r;
	}
	ledger->table[table] = db;
	return 0;
}

static void
on_message(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)prefix;
	ledger_log(env->app_private, TILL_LOG_WARNING, "database: %s", text);
}

static void
on_event(DB_ENV *env, u_int32_t event, void *info)
{
	struct ledger *ledger = env->app_private;

	(void)info;
	if (event == DB_EVENT_PANIC)
		atomic_store(&ledger->panicked, true);
}

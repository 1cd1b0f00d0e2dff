/*
 * reload.c - generations, and what tillctl asks of the unit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/hosts.h"
#include "log/log.h"
#include "rear/fronts.h"
#include "rear/herald.h"
#include "rear/keeper.h"
#include "rear/run.h"
#include "rear/started.h"
#include "rear/tries.h"

#define PLACE_MAX 1200 /* of a finding, as text */

static int replace(struct rear *, struct diag *);
static void log_findings(const struct diag *);
static void retire(struct generation *);
static void take_times(struct rear *, const struct conf *);

int
reload_first(struct rear *rear, struct till_error *err)
{
	struct diag *diag = diag_new();
	int r;

	if (diag == NULL)
		return till_fail(err, "out of memory");
	r = generation_build(rear->options.conf_path, rear->loader, false, diag,
	    &rear->generation);
	log_findings(diag);
	if (r == -1) {
		(void)till_fail(err, "%s: %zu error%s", rear->options.conf_path,
		    diag_errors(diag), diag_errors(diag) == 1 ? "" : "s");
		goto out;
	}
	rear->generations = rear->generation->number;
	take_times(rear, rear->generation->conf);
	rear->started = started_new(rear->generation->conf);
	if (rear->started == NULL)
		r = till_fail(err, "out of memory");
out:
	diag_free(diag);
	return r;
}

/* A signal and tillctl may both ask: without this the file as it was read
 * first could be put to work last. */
int
rear_reload(struct rear *rear, struct diag *diag)
{
	int r;

	(void)pthread_mutex_lock(&rear->reloading);
	r = replace(rear, diag);
	(void)pthread_mutex_unlock(&rear->reloading);
	return r;
}

struct generation *
rear_generation(struct rear *rear)
{
	struct generation *generation;

	(void)pthread_mutex_lock(&rear->lock);
	generation = generation_ref(rear->generation);
	(void)pthread_mutex_unlock(&rear->lock);
	return generation;
}

struct ledger *
rear_ledger(struct rear *rear)
{
	return rear->ledger;
}

struct identities *
rear_identities(struct rear *rear)
{
	return rear->identities;
}

const struct rear_options *
rear_options(const struct rear *rear)
{
	return &rear->options;
}

void
rear_merchant_changed(struct rear *rear, const char *mid)
{
	struct ledger_merchant *record = calloc(1, sizeof(*record));
	struct till_error err;
	int r = -1;

	if (record != NULL)
		r = ledger_merchant_get(rear->ledger, mid, record, &err);
	/* What cannot be read again is not believed any longer. */
	if (r != 0 || merchants_put(rear->merchants, record, &err) == -1)
		merchants_remove(rear->merchants, mid);
	free(record);
	session_table_end_customer(rear->merchant_sessions, mid, NULL);
}

void
rear_merchant_unlocked(struct rear *rear, const char *mid)
{
	char subject[RUN_SUBJECT_MAX];

	tries_forget(rear->tries, run_subject_merchant(mid, subject));
}

/* Suspended, or a password or a limit is another one: whoever is signed
 * in signs in again. */
void
rear_customer_changed(struct rear *rear, const char *cid,
    const unsigned char *keep)
{
	session_table_end_customer(rear->sessions, cid, keep);
}

void
rear_customer_unlocked(struct rear *rear, const char *cid)
{
	tries_forget(rear->tries, cid);
}

pthread_mutex_t *
rear_changing(struct rear *rear)
{
	return &rear->changing;
}

pthread_mutex_t *
rear_recording(struct rear *rear)
{
	return &rear->recording;
}

int
rear_key_rotate(struct rear *rear, struct till_error *err)
{
	if (keys_rotate(rear->keys, err) == -1)
		return -1;
	log_line(TILL_LOG_INFO, "key.rotated", NULL);
	fronts_notice(rear->fronts);
	return 0;
}

int
rear_key_each(struct rear *rear,
    int (*each)(void *arg, const struct till_key *, enum seal_state), void *arg)
{
	struct keyring *ring = keys_ring(rear->keys);
	size_t i;
	int r;

	r = each(arg, ring->next, SEAL_NEXT);
	if (r == 0)
		r = each(arg, ring->current, SEAL_CURRENT);
	for (i = 0; r == 0 && i < ring->past_len; i++)
		r = each(arg, ring->past[i], SEAL_PAST);
	keyring_unref(ring);
	return r;
}

void
rear_stats(struct rear *rear, struct rear_stats *stats_r)
{
	struct generation *generation = rear_generation(rear);

	*stats_r = (struct rear_stats){
		.started_ms = rear->started_ms,
		.orders_paid = atomic_load(&rear->paid),
		.orders_refused = atomic_load(&rear->refused),
		.orders_open = keeper_doubts(rear->keeper),
		.conversations = conversations_len(rear->conversations) +
		    conversations_len(rear->sign_ins) +
		    conversations_len(rear->merchant_sign_ins),
		.sessions = session_table_len(rear->sessions) +
		    session_table_len(rear->merchant_sessions),
		.in_flight = runs_len(rear->runs),
		.busy = atomic_load(&rear->busy),
		.generation = generation->number,
	};
	generation_unref(generation);
}

static int
replace(struct rear *rear, struct diag *diag)
{
	struct generation *generation, *old;
	char number[LOG_NUMBER_MAX];

	if (generation_build(rear->options.conf_path, rear->loader, false, diag,
		&generation) == -1) {
		log_findings(diag);
		log_line(TILL_LOG_ERROR, "config.refused", "path",
		    rear->options.conf_path, NULL);
		return -1;
	}
	started_compare(rear->started, generation->conf, diag);
	(void)pthread_mutex_lock(&rear->lock);
	generation->number = ++rear->generations;
	old = rear->generation;
	rear->generation = generation;
	(void)log_number((int64_t)generation->number, number);
	take_times(rear, generation->conf);
	conversations_set_ttl(rear->conversations,
	    conf_set_number(generation->conf, "conversation-ttl"));
	conversations_set_ttl(rear->sign_ins,
	    conf_set_number(generation->conf, "conversation-ttl"));
	conversations_set_ttl(rear->merchant_sign_ins,
	    conf_set_number(generation->conf, "conversation-ttl"));
	(void)pthread_mutex_unlock(&rear->lock);
	retire(old);
	generation_unref(old);
	log_findings(diag);
	log_line(TILL_LOG_INFO, "config.reloaded", "generation", number, NULL);
	if (rear->herald != NULL)
		herald_reload(rear->herald);
	herald_unit(rear, "config.reloaded", number);
	fronts_notice(rear->fronts);
	return 0;
}

/* Orders and conversations that began with it keep it, for long perhaps,
 * but not its processes. */
static void
retire(struct generation *generation)
{
	size_t i;

	for (i = 0; i < generation->conf->instances_len; i++)
		if (generation->instances[i] != NULL)
			host_retire(generation->instances[i]);
}

static void
take_times(struct rear *rear, const struct conf *conf)
{
	atomic_store(&rear->ticket_lifetime_s,
	    conf_set_number(conf, "ticket-lifetime") / 1000);
	atomic_store(&rear->voucher_lifetime_ms,
	    conf_set_number(conf, "voucher-lifetime"));
	atomic_store(&rear->session_idle_ms,
	    conf_set_number(conf, "session-idle"));
	atomic_store(&rear->session_max_ms,
	    conf_set_number(conf, "session-max"));
}

static void
log_findings(const struct diag *diag)
{
	const struct diag_finding *finding;
	char place[PLACE_MAX];
	size_t i;

	for (i = 0; i < diag_size(diag); i++) {
		finding = diag_at(diag, i);
		(void)snprintf(place, sizeof(place), "%s:%u:%u",
		    finding->place.file == NULL ? "" : finding->place.file,
		    finding->place.line, finding->place.col);
		log_line(finding->level == DIAG_ERROR ? TILL_LOG_ERROR
						      : TILL_LOG_WARNING,
		    "config.finding", "place", place, "text", finding->text,
		    "note", finding->note[0] == '\0' ? NULL : finding->note,
		    NULL);
	}
}

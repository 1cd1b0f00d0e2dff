/*
 * keeper.c - checkpoints, the reserve on the disk, and how things are.
 */
#include <string.h>
#include <time.h>

#include "ledger/internal.h"

#define KEEPER_S 1 /* between two looks */

static bool keeper_wait(struct ledger *);
static void checkpoint(struct ledger *);

void *
keeper_main(void *arg)
{
	struct ledger *ledger = arg;

	while (keeper_wait(ledger)) {
		checkpoint(ledger);
		disk_keep(ledger);
		(void)disk_look(ledger);
	}
	return NULL;
}

void
ledger_health(struct ledger *ledger, struct ledger_health *health_r)
{
	memset(health_r, 0, sizeof(*health_r));
	health_r->writable = !atomic_load(&ledger->disk_low) &&
	    !atomic_load(&ledger->ballast_missing) &&
	    !atomic_load(&ledger->panicked);
	health_r->disk_free = atomic_load(&ledger->disk_free);
	health_r->serial = ledger_serial(ledger);
	health_r->batches = atomic_load(&ledger->batches);
	health_r->requests = atomic_load(&ledger->requests);
	health_r->last_sync_us = atomic_load(&ledger->last_sync_us);
	pthread_mutex_lock(&ledger->queue_lock);
	health_r->queued = ledger->queued;
	pthread_mutex_unlock(&ledger->queue_lock);
}

/* False when it is time to stop. */
static bool
keeper_wait(struct ledger *ledger)
{
	struct timespec until;
	bool stop;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += KEEPER_S;
	pthread_mutex_lock(&ledger->keeper_lock);
	while (!ledger->keeper_stop && r == 0)
		r = pthread_cond_timedwait(&ledger->keeper_wake,
		    &ledger->keeper_lock, &until);
	stop = ledger->keeper_stop;
	pthread_mutex_unlock(&ledger->keeper_lock);
	return !stop;
}

static void
checkpoint(struct ledger *ledger)
{
	int r;

	/* A damaged page was found: the next batch will end the process. */
	if (atomic_load(&ledger->panicked))
		return;
	r = ledger->env->txn_checkpoint(ledger->env, LEDGER_CHECKPOINT_KB, 0,
	    0);
	if (r != 0 && !atomic_load(&ledger->panicked))
		ledger_die(ledger, "a checkpoint", db_strerror(r));
}

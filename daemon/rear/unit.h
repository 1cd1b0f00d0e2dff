/*
 * unit.h - the parts of the rear unit, for the files of this folder.
 *
 * Threads: the link's server reads frames and hands each to a worker;
 * workers do all that is quick; hashers run calls into slow modules,
 * askers those into module hosts, callers settlements outside the ledger; the
 * ledger's writer, an asynchronous module and the keeper (keeper.h) hand what
 * they have to a worker.  All state between steps is in the tables, each of
 * which has its own lock; an order_run (run.h) belongs to one thread at a time.
 */
#ifndef REAR_UNIT_H
#define REAR_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "rear/conversations.h"
#include "rear/identities.h"
#include "rear/keys.h"
#include "rear/merchants.h"
#include "rear/mint.h"
#include "rear/orders.h"
#include "rear/pool.h"
#include "rear/rear.h"
#include "rear/sessions.h"

#define REAR_CALLERS 16 /* settlements outside the ledger at one time */
#define REAR_ASKERS 16 /* calls into module hosts at one time */
/* Locked memory: 64 kB for each thread that answers, and what is secret.
 * Powers of two; the larger one is for machines with many cores. */
#define REAR_SECURE_HEAP (4u * 1024 * 1024)
#define REAR_SECURE_HEAP_MANY (16u * 1024 * 1024)
#define REAR_CORES_MANY 16
#define REAR_SECURE_MIN 64 /* octets of its smallest piece */
#define REAR_BUSY_S 1 /* said when too much is at work */

struct accounts;
struct ctl_server;
struct dispatch;
struct fronts;
struct herald;
struct hosts;
struct keeper;
struct reverser;
struct runs;
struct started;
struct tries;

struct rear {
	struct rear_options options;
	char issuer[TILL_URL_MAX]; /* of the first generation, for good */
	struct ledger *ledger;
	struct identities *identities;
	struct hosts *hosts; /* processes of modules; NULL: none */
	struct loader *loader;
	struct mint *mint;
	struct keys *keys;
	struct merchants *merchants;
	struct session_table *sessions, *merchant_sessions;
	struct conversations *conversations; /* about orders */
	struct conversations *sign_ins, *merchant_sign_ins;
	struct orders *orders;
	struct runs *runs;
	struct pool *workers, *hashers, *callers;
	struct pool *askers; /* NULL: there are no module hosts */
	struct tries *tries; /* of customers, by place */
	struct tries *networks; /* of all names */
	struct keeper *keeper;
	pthread_mutex_t late_lock; /* of the next */
	struct reverser *reverser;
	struct herald *herald;
	struct fronts *fronts;
	struct dispatch *dispatch;
	struct link_server *link;
	struct ctl_server *ctl;
	struct accounts *accounts;
	pthread_mutex_t changing; /* see rear_changing */
	pthread_mutex_t recording; /* see rear_recording */
	int64_t started_ms;

	struct started *started; /* what only a new start can change */
	pthread_mutex_t reloading; /* one at a time: the last asked for wins */
	pthread_mutex_t lock; /* of the two that follow */
	struct generation *generation;
	uint64_t generations;

	/* What the newest generation sets, read with every order. */
	atomic_int_fast64_t ticket_lifetime_s, voucher_lifetime_ms;
	atomic_int_fast64_t session_idle_ms, session_max_ms;

	atomic_uint_fast64_t paid, refused, busy;
	atomic_bool stopping;
	atomic_bool hosts_lost; /* none can be started any more */
};

/* Start all parts and serve; -1: nothing is left open.  rear_run is this,
 * waiting for a signal, and unit_stop. */
int unit_start(const struct rear_options *, struct rear **rear_r,
    struct till_error *err);
/* End what is at work and stop.  NULL is fine. */
void unit_stop(struct rear *);

/* The first generation; its findings go to the log. */
int reload_first(struct rear *, struct till_error *err);

#endif

/*
 * rear.h - the protected unit (seed: 42): database, seal key, stacks.
 *
 * rear_run starts all parts in their order (ledger and recovery, then
 * resolution of open intents, then the sockets), serves until told to
 * stop, and ends them in the opposite order.
 */
#ifndef REAR_H
#define REAR_H

#include <sys/types.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>

#include "config/diag.h"
#include "ledger/ledger.h"
#include "link/link.h"
#include "module/loader.h"
#include "stack/generation.h"

struct rear_options {
	const char *conf_path;
	const char *state_dir; /* ledger/, keys/ */
	const char *issuer; /* instead of "set issuer"; NULL: that one */
	const char *link_path; /* socket for fronts */
	const char *ctl_path; /* socket for tillctl */
	struct loader_options modules;
	uid_t front_uid; /* who may use the link, beside ourselves */
	gid_t admin_gid; /* who may use the control socket, beside root and
			    ourselves; (gid_t)-1: nobody else */
	int ready_fd; /* one octet is written when serving; -1: none */
	int hosts_fd; /* a spawner of module hosts; -1: there are none */
};

/* Returns at SIGTERM or SIGINT (0), or -1 with *err: could not start. */
int rear_run(const struct rear_options *, struct till_error *err);

/* Whose passwords merchants have, too: see LEDGER_OF_MERCHANTS. */
#define REAR_PASSWORD_MODULE "auth_password"

/* What the control commands (daemon/ctl/serve_*.c) work on. */
struct rear;

struct ledger *rear_ledger(struct rear *);
struct identities;
struct identities *rear_identities(struct rear *);
const struct rear_options *rear_options(const struct rear *);
/* The generation at work, counted: generation_unref it. */
struct generation *rear_generation(struct rear *);
/* Build a new generation and put it to work; the old one keeps serving
 * if there is an error. */
int rear_reload(struct rear *, struct diag *);
/* A merchant's record, keys or password changed: forget what is cached, and
 * his sessions end. */
void rear_merchant_changed(struct rear *, const char *mid);
/* Of failed tries, those that are kept in memory. */
void rear_merchant_unlocked(struct rear *, const char *mid);
/* A customer's record or credentials changed: all sessions of his end, but
 * that of the name keep (NULL: none). */
void rear_customer_changed(struct rear *, const char *cid,
    const unsigned char *keep);
/* Of failed tries, those that are kept in memory. */
void rear_customer_unlocked(struct rear *, const char *cid);
/* Held by whoever does a command that changes something, for as long as it
 * takes. */
pthread_mutex_t *rear_changing(struct rear *);
/* Held between the reading of a customer's record and its writing, by
 * whatever command, and for no longer: so that a customer's freeze waits for
 * no other command, and none undoes what another has just done.  Taken after
 * rear_changing, where both are. */
pthread_mutex_t *rear_recording(struct rear *);

/* Seal keys (rear/keys.c): keys/current.pem, next.pem, past-N.pem in the
 * state dir, 0400.  keys_create makes the folder, the keys and the
 * installation's secret; dir is the state dir, which must be there. */
enum seal_state {
	SEAL_NEXT = 1, /* published, signs nothing yet */
	SEAL_CURRENT,
	SEAL_PAST /* published for those who check old vouchers */
};
int keys_create(const char *dir, enum till_alg, struct till_error *err);
int rear_key_rotate(struct rear *, struct till_error *err);
int rear_key_each(struct rear *,
    int (*each)(void *arg, const struct till_key *, enum seal_state),
    void *arg);

/* Counters for status and metrics. */
struct rear_stats {
	int64_t started_ms;
	uint64_t orders_paid, orders_refused, orders_open, conversations,
	    sessions, in_flight, busy;
	uint64_t generation;
};
void rear_stats(struct rear *, struct rear_stats *stats_r);

#endif

/*
 * hosts.h - module hosts as the rear unit has them.
 *
 * An instance with isolate=process runs in a process of its own, which is
 * started when the instance is opened, started anew at the next call when
 * it has ended, and ends when the instance is closed.  Nothing that a host
 * does can do more than fail the calls that are in it: who misses a
 * deadline, says what cannot be understood, or ends, is killed; its calls
 * end as TILL_ERROR (settle: TILL_UNKNOWN), and so do the settlements
 * that it was to complete.  Whoever dies again before it has answered
 * anything is not started again at once.
 */
#ifndef HOST_HOSTS_H
#define HOST_HOSTS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "config/conf.h"
#include "module/backend.h"

#define HOSTS_SPAWNER_MS 10000 /* until the spawner says that it is there */
#define HOSTS_START_MS 10000 /* until it has opened the instance */
#define HOSTS_CALL_MS 15000 /* deadline where the instance has none */
#define HOSTS_HEALTH_MS 1000
#define HOSTS_REPORT_MS 5000
/* Where a call has been in a host for so long, only so many more wait for
 * it; but settlements always do. */
#define HOSTS_STUCK_MS 1000
#define HOSTS_WAITING_MAX 3
#define HOSTS_GRACE_MS 250 /* after a settlement's own deadline */
#define HOSTS_CLOSE_MS 5000 /* to close the instance, then SIGKILL */
#define HOSTS_DRAIN_MS 60000 /* for settlements to complete, at most */
#define HOSTS_BACKOFF_MS 100 /* doubles with each death, up to */
#define HOSTS_BACKOFF_MAX_MS 5000
#define HOSTS_PENDING_MAX CONF_IN_FLIGHT_MAX /* settlements in one host */
#define HOSTS_LINES_MAX 64 /* lines that one host may print to the log */
/* What one host tells late: so many at once, then one each so often. */
#define HOSTS_LATE_BURST 64
#define HOSTS_LATE_PACE_MS 10

struct hosts;

/* Take over the socket of a spawner.  One that is not there is logged, and
 * nothing can be isolated then; lost is called, by a thread of ours, when
 * one has died later, and may be NULL. */
struct hosts_options {
	int spawner_fd;
	void (*lost)(void *arg);
	void *arg;
};
int hosts_new(const struct hosts_options *, struct hosts **hosts_r,
    struct till_error *err);
/* All instances are closed: wait until their hosts have ended, for
 * HOSTS_CLOSE_MS at most, then end the spawner.  NULL is fine. */
void hosts_free(struct hosts *);

/* For loader_options.isolate; isolate_arg is the struct hosts. */
extern const struct instance_backend instance_isolated;

/*
 * Of a configuration that was replaced: from now on the instance has a
 * host only while calls are in it, or settlements wait to be completed by
 * one, however long orders that began with it are open.  Nothing happens
 * unless the instance is isolated.
 */
void host_retire(struct instance *);

/* What the hosts of one instance have been doing. */
struct host_status {
	char instance[CONF_NAME_MAX];
	char module[TILL_MODULE_NAME_MAX];
	pid_t pid; /* of the one that gets calls; 0: none runs */
	uint64_t calls;
	uint64_t started; /* hosts in all */
	uint64_t died; /* by themselves: a signal, an exit */
	uint64_t late; /* killed: missed a deadline */
	uint64_t garbled; /* killed: could not be understood */
	uint64_t recycled;
	size_t pending; /* settlements to be completed */
	unsigned int waiting; /* calls, for a host to be free */
	bool resting; /* not started again at once */
};

/* False unless the instance is isolated. */
bool host_status(const struct instance *, struct host_status *status_r);

#endif

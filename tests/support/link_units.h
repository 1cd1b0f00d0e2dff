/*
 * link_units.h - two ends of a link in one process, for tests: a rear
 * that echoes and a front that counts.
 */
#ifndef SUPPORT_LINK_UNITS_H
#define SUPPORT_LINK_UNITS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"

#define PATIENCE_MS 20000

/* Says hello and echoes TAG_TXN, at once or when told. */
struct rear_end {
	struct link_server *server;
	pthread_mutex_t lock;
	bool hold, deny;
	struct {
		struct link_peer *peer;
		uint64_t id, txn;
	} held[LINK_IN_FLIGHT_MAX];
	size_t held_len;
	struct link_peer *last; /* peer of the newest hello */
	atomic_int requests, gone;
};

/* Counts what it gets. */
struct front_end {
	struct link_client *client;
	atomic_int good, lost, wrong, up, downs, notices;
};

/* Of the socket, in a folder that link_setup makes. */
const char *link_path(void);
int link_setup(void **state);
int link_teardown(void **state);

void rear_start(struct rear_end *);
void rear_release(struct rear_end *); /* answers what it holds */
void rear_stop(struct rear_end *);
/* The server's options but path, for a second one. */
bool rear_allow(void *rear, uid_t uid, gid_t gid, pid_t pid);
void rear_request(void *rear, struct link_peer *, const struct frame *);
/* Begin a frame with all that a front wants to know. */
void greet(struct frame_writer *, enum frame_kind, uint64_t id);

void front_start(struct front_end *);
/* Ask for an echo of txn; -1: not sent. */
int front_ask(struct front_end *, uint64_t txn, int64_t timeout_ms);

/* Wait until a counter is what it should be, or fail the test. */
void wait_for(atomic_int *counter, int value);

#endif

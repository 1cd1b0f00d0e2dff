/*
 * link.h - the link between the units (seed: 48), and the control socket.
 *
 * SOCK_SEQPACKET over a unix socket, one frame a packet; the peer's
 * credentials are checked on accept.  Many requests are in flight on one
 * connection and are answered in any order.  (TLS between two machines
 * will stand behind the same functions.)
 */
#ifndef LINK_H
#define LINK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "link/frame.h"

#define LINK_PEERS_MAX 64 /* connections to one server */
#define LINK_IN_FLIGHT_MAX                                                     \
	4096 /* requests of one connection; the server                         \
reads no more of them until some are answered */
#define LINK_QUEUE_MAX                                                         \
	((size_t)8 * 1024 * 1024) /* octets that wait for a                    \
peer to read them; beyond it the peer is dropped */
#define LINK_TICK_MS 100 /* how late a deadline may be noticed */

/* The clock of all deadlines: CLOCK_MONOTONIC in milliseconds. */
int64_t link_now_ms(void);

/* Server side: one thread of its own that reads; any thread answers. */
struct link_server;
struct link_peer; /* counted: see link_peer_ref */

struct link_server_options {
	const char *path; /* of the socket; an old one is replaced */
	mode_t mode; /* of the socket */
	gid_t group; /* (gid_t)-1: leave */
	/* May this peer connect? uid, gid, pid as of SO_PEERCRED. */
	bool (*allow)(void *arg, uid_t uid, gid_t gid, pid_t pid);
	/* A checked request.  Runs on the server's thread: hand it to a
	 * worker quickly.  The frame lives until the handler returns.
	 * Each must be answered once, with its id. */
	void (*request)(void *arg, struct link_peer *, const struct frame *);
	void (*gone)(void *arg, struct link_peer *); /* or NULL */
	void *arg;
};

int link_server_start(const struct link_server_options *,
    struct link_server **server_r, struct till_error *err);
/* No new connections or requests; answers still go out. */
void link_server_drain(struct link_server *);
void link_server_stop(struct link_server *); /* NULL is fine */

/* Send a frame that frame_end has closed.  Thread-safe; -1 if the peer
 * is gone (then the answer is dropped). */
int link_peer_send(struct link_peer *, const struct frame_writer *);
struct link_peer *link_peer_ref(struct link_peer *);
void link_peer_unref(struct link_peer *);
uid_t link_peer_uid(const struct link_peer *);
pid_t link_peer_pid(const struct link_peer *);

/* Client side of the front unit: connects, says hello, reconnects by
 * itself (first at once, then every 50 ms up to 1 s). */
struct link_client;

struct link_client_options {
	const char *path;
	/* Hello answered or notice: the frame lives until it returns. */
	void (*notice)(void *arg, const struct frame *);
	void (*state)(void *arg, bool up); /* or NULL */
	void *arg;
};

/* Runs once per request, on the client's thread: the reply, which may
 * be no more than a TAG_ERROR, or NULL with the connection lost (the
 * request may or may not have been done) or the deadline passed. */
typedef void link_reply(void *arg, const struct frame *reply);

int link_client_start(const struct link_client_options *,
    struct link_client **client_r, struct till_error *err);
/* The id of the frame is replaced by the link's own.  deadline_ms is on
 * the clock of link_now_ms.  -1 if the link is down or full: then reply
 * does not run.  Any thread. */
int link_client_send(struct link_client *, struct frame_writer *,
    int64_t deadline_ms, link_reply *reply, void *arg);
bool link_client_up(struct link_client *);
/* Every request that waits gets NULL.  NULL is fine. */
void link_client_stop(struct link_client *);

/* One request and its answer, blocking: for tillctl.  The reply's fields
 * point into buf. */
int link_call(const char *path, struct frame_writer *, int64_t timeout_ms,
    void *buf, size_t size, struct frame *reply_r, struct till_error *err);

#endif

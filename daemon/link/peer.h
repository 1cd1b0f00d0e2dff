/*
 * peer.h - one connection to a link server, as the server sees it.
 *
 * The server's thread reads and is the only one that closes; any thread
 * sends.  What both touch is under the peer's lock.
 */
#ifndef LINK_PEER_H
#define LINK_PEER_H

#include <pthread.h>
#include <stdatomic.h>

#include "link/link.h"
#include "link/queue.h"

struct link_peer {
	atomic_uint refs;
	uid_t uid;
	gid_t gid;
	pid_t pid;
	size_t index; /* among the server's peers; the thread's own */

	pthread_mutex_t lock;
	int fd, epoll_fd;
	bool gone; /* closed: fd and epoll_fd are not ours any more */
	bool reading; /* the thread wants what the peer sends */
	bool drained; /* it never will again */
	unsigned int events; /* what epoll was asked for last */
	unsigned int in_flight; /* requests without an answer */
	struct queue queue;
};

/* Takes over fd and adds it to epoll; NULL: out of memory or
 * descriptors, and fd is closed. */
struct link_peer *peer_new(int fd, int epoll_fd, uid_t, gid_t, pid_t);
void peer_close(struct link_peer *);
/* One more request came in; stops reading where that is the last. */
void peer_request(struct link_peer *);
bool peer_reading(struct link_peer *);
/* Send what waits; -1: the peer is broken. */
int peer_flush(struct link_peer *);
void peer_drain(struct link_peer *); /* read no more */

#endif

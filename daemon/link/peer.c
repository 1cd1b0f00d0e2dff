/*
 * peer.c - one connection to a link server: sending, counting, closing.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <unistd.h>

#include "link/peer.h"

static void want(struct link_peer *);

struct link_peer *
peer_new(int fd, int epoll_fd, uid_t uid, gid_t gid, pid_t pid)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct link_peer *peer;

	peer = calloc(1, sizeof(*peer));
	if (peer == NULL) {
		(void)close(fd);
		return NULL;
	}
	atomic_init(&peer->refs, 1);
	(void)pthread_mutex_init(&peer->lock, NULL);
	peer->fd = fd;
	peer->epoll_fd = epoll_fd;
	peer->uid = uid;
	peer->gid = gid;
	peer->pid = pid;
	peer->reading = true;
	peer->events = event.events;
	event.data.ptr = peer;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1) {
		peer_close(peer);
		link_peer_unref(peer);
		return NULL;
	}
	return peer;
}

void
peer_close(struct link_peer *peer)
{
	(void)pthread_mutex_lock(&peer->lock);
	if (!peer->gone) {
		peer->gone = true;
		queue_clear(&peer->queue);
		/* Closing alone would not do: a process that is being spawned
		 * has the connection too until it executes, and as long as
		 * anybody has it epoll goes on to tell of this peer. */
		(void)epoll_ctl(peer->epoll_fd, EPOLL_CTL_DEL, peer->fd, NULL);
		(void)close(peer->fd);
	}
	(void)pthread_mutex_unlock(&peer->lock);
}

void
peer_request(struct link_peer *peer)
{
	(void)pthread_mutex_lock(&peer->lock);
	peer->in_flight++;
	if (peer->in_flight >= LINK_IN_FLIGHT_MAX)
		peer->reading = false;
	want(peer);
	(void)pthread_mutex_unlock(&peer->lock);
}

bool
peer_reading(struct link_peer *peer)
{
	bool reading;

	(void)pthread_mutex_lock(&peer->lock);
	reading = peer->reading;
	(void)pthread_mutex_unlock(&peer->lock);
	return reading;
}

int
peer_flush(struct link_peer *peer)
{
	int r;

	(void)pthread_mutex_lock(&peer->lock);
	r = queue_flush(&peer->queue, peer->fd);
	want(peer);
	(void)pthread_mutex_unlock(&peer->lock);
	return r;
}

void
peer_drain(struct link_peer *peer)
{
	(void)pthread_mutex_lock(&peer->lock);
	peer->drained = true;
	peer->reading = false;
	want(peer);
	(void)pthread_mutex_unlock(&peer->lock);
}

int
link_peer_send(struct link_peer *peer, const struct frame_writer *frame)
{
	int r = -1;

	if (frame->failed)
		return -1;
	(void)pthread_mutex_lock(&peer->lock);
	if (!peer->gone) {
		r = queue_send(&peer->queue, peer->fd, frame->data, frame->len);
		/* The thread sees the end of it, and closes. */
		if (r == -1)
			(void)shutdown(peer->fd, SHUT_RDWR);
		if (frame_writer_id(frame) != 0 && peer->in_flight > 0)
			peer->in_flight--;
		if (!peer->drained && peer->in_flight < LINK_IN_FLIGHT_MAX)
			peer->reading = true;
		want(peer);
	}
	(void)pthread_mutex_unlock(&peer->lock);
	return r;
}

struct link_peer *
link_peer_ref(struct link_peer *peer)
{
	(void)atomic_fetch_add(&peer->refs, 1);
	return peer;
}

void
link_peer_unref(struct link_peer *peer)
{
	if (peer == NULL || atomic_fetch_sub(&peer->refs, 1) > 1)
		return;
	(void)pthread_mutex_destroy(&peer->lock);
	free(peer);
}

uid_t
link_peer_uid(const struct link_peer *peer)
{
	return peer->uid;
}

pid_t
link_peer_pid(const struct link_peer *peer)
{
	return peer->pid;
}

/* Ask epoll for what is wanted, where that changed; locked. */
static void
want(struct link_peer *peer)
{
	struct epoll_event event = { .data = { .ptr = peer } };

	event.events = (peer->reading ? EPOLLIN : 0u) |
	    (queue_empty(&peer->queue) ? 0u : EPOLLOUT);
	if (event.events == peer->events)
		return;
	peer->events = event.events;
	(void)epoll_ctl(peer->epoll_fd, EPOLL_CTL_MOD, peer->fd, &event);
}

/*
 * server.c - the thread behind a listening socket of the link.
 *
 * It accepts, reads, checks and hands over.  A peer that sends anything
 * but frames of the right shape is dropped: the other side is one of our
 * own programs or it is an attacker.  The receive buffer is wiped after
 * each frame.
 */
#define _GNU_SOURCE /* accept4, struct ucred */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "link/peer.h"
#include "link/socket.h"

#define EVENTS_MAX 16
#define READS_MAX 64 /* frames of one peer before the others' turn */

struct link_server {
	struct link_server_options options;
	char *path;
	struct socket_file file;
	int listen_fd, epoll_fd, wake_fd;
	pthread_t thread;
	atomic_bool stop, drain;
	bool drained; /* the thread's own from here */
	struct link_peer *peers[LINK_PEERS_MAX];
	size_t peers_len;
	unsigned char *buffer; /* FRAME_MAX octets */
	struct frame frame;
};

static int server_open(struct link_server *, struct till_error *);
static void server_free(struct link_server *);
static void server_wake(struct link_server *);
static int watch(struct link_server *, int, void *);
static void *serve(void *);
static void serve_event(struct link_server *, const struct epoll_event *);
static void drain(struct link_server *);
static void accept_peer(struct link_server *);
static void drop(struct link_server *, struct link_peer *);
static int read_peer(struct link_server *, struct link_peer *);
static int take(struct link_server *, struct link_peer *, size_t);
static int refuse(struct link_peer *, uint64_t);

int
link_server_start(const struct link_server_options *options,
    struct link_server **server_r, struct till_error *err)
{
	struct link_server *server;

	assert(options->request != NULL && options->allow != NULL);
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		return till_fail(err, "out of memory");
	server->options = *options;
	server->listen_fd = server->epoll_fd = server->wake_fd = -1;
	if (server_open(server, err) == -1 ||
	    thread_start(&server->thread, serve, server, err) == -1) {
		server_free(server);
		return -1;
	}
	*server_r = server;
	return 0;
}

void
link_server_drain(struct link_server *server)
{
	atomic_store(&server->drain, true);
	server_wake(server);
}

void
link_server_stop(struct link_server *server)
{
	if (server == NULL)
		return;
	atomic_store(&server->stop, true);
	server_wake(server);
	(void)pthread_join(server->thread, NULL);
	server_free(server);
}

static int
server_open(struct link_server *server, struct till_error *err)
{
	const struct link_server_options *options = &server->options;

	server->path = strdup(options->path);
	server->buffer = OPENSSL_secure_malloc(FRAME_MAX);
	if (server->path == NULL || server->buffer == NULL)
		return till_fail(err, "out of memory");
	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->epoll_fd == -1 || server->wake_fd == -1)
		return till_fail(err, "epoll: %s", strerror(errno));
	server->listen_fd = socket_listen(server->path, options->mode,
	    options->group, &server->file, err);
	if (server->listen_fd == -1)
		return -1;
	/* Descriptors are told from peers by what the pointer points to. */
	if (watch(server, server->listen_fd, &server->listen_fd) == -1 ||
	    watch(server, server->wake_fd, &server->wake_fd) == -1)
		return till_fail(err, "epoll: %s", strerror(errno));
	return 0;
}

static void
server_free(struct link_server *server)
{
	while (server->peers_len > 0)
		drop(server, server->peers[server->peers_len - 1]);
	if (server->listen_fd != -1) {
		socket_unlink(server->path, &server->file);
		(void)close(server->listen_fd);
	}
	if (server->epoll_fd != -1)
		(void)close(server->epoll_fd);
	if (server->wake_fd != -1)
		(void)close(server->wake_fd);
	if (server->buffer != NULL)
		OPENSSL_secure_clear_free(server->buffer, FRAME_MAX);
	free(server->path);
	free(server);
}

static void
server_wake(struct link_server *server)
{
	const uint64_t one = 1;

	/* It fails only when the thread has been woken already. */
	(void)!write(server->wake_fd, &one, sizeof(one));
}

static int
watch(struct link_server *server, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN,
		.data = { .ptr = what } };

	return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void *
serve(void *arg)
{
	struct epoll_event events[EVENTS_MAX];
	struct link_server *server = arg;
	int n, i;

	while (!atomic_load(&server->stop)) {
		n = epoll_wait(server->epoll_fd, events, EVENTS_MAX, -1);
		for (i = 0; i < n; i++)
			serve_event(server, &events[i]);
		if (atomic_load(&server->drain) && !server->drained)
			drain(server);
	}
	return NULL;
}

static void
serve_event(struct link_server *server, const struct epoll_event *event)
{
	struct link_peer *peer = event->data.ptr;
	uint64_t count;

	if (event->data.ptr == &server->wake_fd) {
		/* Only to make it quiet; the flags say what to do. */
		(void)!read(server->wake_fd, &count, sizeof(count));
		return;
	}
	if (event->data.ptr == &server->listen_fd) {
		accept_peer(server);
		return;
	}
	if ((event->events & EPOLLOUT) != 0 && peer_flush(peer) == -1) {
		drop(server, peer);
		return;
	}
	if ((event->events & EPOLLIN) != 0) {
		if (read_peer(server, peer) == -1)
			drop(server, peer);
		return;
	}
	if ((event->events & (EPOLLHUP | EPOLLERR)) != 0)
		drop(server, peer);
}

/* Whoever comes from here on finds nobody, and may wait for a successor. */
static void
drain(struct link_server *server)
{
	size_t i;

	server->drained = true;
	socket_unlink(server->path, &server->file);
	(void)epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, server->listen_fd,
	    NULL);
	(void)close(server->listen_fd);
	server->listen_fd = -1;
	for (i = 0; i < server->peers_len; i++)
		peer_drain(server->peers[i]);
}

static void
accept_peer(struct link_server *server)
{
	const struct link_server_options *options = &server->options;
	struct link_peer *peer;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd;

	fd = accept4(server->listen_fd, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1) {
		/* No descriptors are left: do not spin until there are. */
		if (errno == EMFILE || errno == ENFILE)
			(void)poll(NULL, 0, LINK_TICK_MS);
		return;
	}
	if (server->peers_len == LINK_PEERS_MAX ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    !options->allow(options->arg, cred.uid, cred.gid, cred.pid)) {
		(void)close(fd);
		return;
	}
	peer = peer_new(fd, server->epoll_fd, cred.uid, cred.gid, cred.pid);
	if (peer == NULL)
		return;
	peer->index = server->peers_len;
	server->peers[server->peers_len++] = peer;
}

static void
drop(struct link_server *server, struct link_peer *peer)
{
	struct link_peer *last = server->peers[server->peers_len - 1];

	assert(server->peers[peer->index] == peer);
	last->index = peer->index;
	server->peers[peer->index] = last;
	server->peers_len--;
	peer_close(peer);
	if (server->options.gone != NULL)
		server->options.gone(server->options.arg, peer);
	link_peer_unref(peer);
}

/* -1: the peer is gone, or must go. */
static int
read_peer(struct link_server *server, struct link_peer *peer)
{
	ssize_t n;
	int i, r;

	for (i = 0; i < READS_MAX && peer_reading(peer); i++) {
		/* MSG_TRUNC: n is the packet's length, not what fitted. */
		n = recv(peer->fd, server->buffer, FRAME_MAX,
		    MSG_DONTWAIT | MSG_TRUNC);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		if (n == 0)
			return -1;
		r = n > FRAME_MAX ? -1 : take(server, peer, (size_t)n);
		explicit_bzero(server->buffer,
		    n > FRAME_MAX ? FRAME_MAX : (size_t)n);
		if (r == -1)
			return -1;
	}
	return 0;
}

static int
take(struct link_server *server, struct link_peer *peer, size_t len)
{
	struct frame *frame = &server->frame;
	struct till_error err;

	if (frame_parse(server->buffer, len, frame, &err) == -1) {
		if (frame->kind == FRAME_NONE || frame_kind_known(frame->kind))
			return -1;
		return refuse(peer, frame->id);
	}
	/* Requests are odd and have a name. */
	if (frame->kind % 2 == 0 || frame->id == 0)
		return -1;
	peer_request(peer);
	server->options.request(server->options.arg, peer, frame);
	return 0;
}

/* A kind of a later version, perhaps. */
static int
refuse(struct link_peer *peer, uint64_t id)
{
	struct frame_writer frame;
	struct till_error err;
	int r;

	if (id == 0 || frame_writer_init(&frame, &err) == -1)
		return -1;
	frame_begin(&frame, FRAME_REFUSED, id);
	frame_text(&frame, TAG_ERROR, "this kind of request is unknown here");
	r = frame_end(&frame, &err);
	if (r == 0) {
		peer_request(peer);
		r = link_peer_send(peer, &frame);
	}
	frame_writer_free(&frame);
	return r;
}

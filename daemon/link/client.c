/*
 * client.c - the front unit's end of the link.
 *
 * One thread connects, says hello, reads replies and notices deadlines;
 * any thread sends.  Replies run on that one thread and never under the
 * lock, so they may send.  A connection on which anything odd arrives is
 * given up and made anew: the rear unit keeps what it has committed, and
 * asking again by the ticket's id is always safe.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "link/pending.h"
#include "link/queue.h"
#include "link/socket.h"

#define EVENTS_MAX 4
#define READS_MAX 64 /* frames before deadlines are looked at */
#define RETRY_STEP_MS 50
#define RETRY_MAX_MS 1000
#define HELLO_TIMEOUT_MS 5000

struct link_client {
	struct link_client_options options;
	char *path;
	int wake_fd, epoll_fd;
	pthread_t thread;
	atomic_bool stop;
	unsigned char *buffer; /* FRAME_MAX octets; the thread's own */
	struct frame_writer hello; /* likewise */
	struct frame frame; /* likewise */
	bool said_up; /* likewise: what options.state was told */

	pthread_mutex_t lock; /* over all that follows */
	int fd; /* -1: no connection */
	bool up; /* hello was answered */
	bool broken; /* a send failed */
	bool want_out; /* epoll was asked for EPOLLOUT */
	struct queue queue;
	struct pending pending;
};

static int client_open(struct link_client *, struct till_error *);
static void client_free(struct link_client *);
static int send_locked(struct link_client *, struct frame_writer *, int64_t,
    link_reply *, void *);
static void want_locked(struct link_client *);
static void *run(void *);
static int establish(struct link_client *);
static void say_hello(struct link_client *);
static void hello_answered(void *, const struct frame *);
static void work(struct link_client *);
static int read_frames(struct link_client *);
static int take(struct link_client *, size_t);
static int flush(struct link_client *);
static void expire(struct link_client *);
static void lose(struct link_client *);
static void tell(struct link_client *, bool);

int
link_client_start(const struct link_client_options *options,
    struct link_client **client_r, struct till_error *err)
{
	struct link_client *client;

	client = calloc(1, sizeof(*client));
	if (client == NULL)
		return till_fail(err, "out of memory");
	client->options = *options;
	client->fd = client->epoll_fd = client->wake_fd = -1;
	(void)pthread_mutex_init(&client->lock, NULL);
	pending_init(&client->pending);
	if (client_open(client, err) == -1 ||
	    thread_start(&client->thread, run, client, err) == -1) {
		client_free(client);
		return -1;
	}
	*client_r = client;
	return 0;
}

int
link_client_send(struct link_client *client, struct frame_writer *frame,
    int64_t deadline_ms, link_reply *reply, void *arg)
{
	int r = -1;

	(void)pthread_mutex_lock(&client->lock);
	if (client->up)
		r = send_locked(client, frame, deadline_ms, reply, arg);
	(void)pthread_mutex_unlock(&client->lock);
	return r;
}

bool
link_client_up(struct link_client *client)
{
	bool up;

	(void)pthread_mutex_lock(&client->lock);
	up = client->up;
	(void)pthread_mutex_unlock(&client->lock);
	return up;
}

void
link_client_stop(struct link_client *client)
{
	const uint64_t one = 1;

	if (client == NULL)
		return;
	atomic_store(&client->stop, true);
	/* If it is not woken, the next tick shows it the flag. */
	(void)!write(client->wake_fd, &one, sizeof(one));
	(void)pthread_join(client->thread, NULL);
	client_free(client);
}

static int
client_open(struct link_client *client, struct till_error *err)
{
	struct epoll_event event = { .events = EPOLLIN };

	client->path = strdup(client->options.path);
	client->buffer = OPENSSL_secure_malloc(FRAME_MAX);
	if (client->path == NULL || client->buffer == NULL)
		return till_fail(err, "out of memory");
	if (frame_writer_init(&client->hello, err) == -1)
		return -1;
	client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	client->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	event.data.fd = client->wake_fd;
	if (client->epoll_fd == -1 || client->wake_fd == -1 ||
	    epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->wake_fd,
		&event) == -1)
		return till_fail(err, "epoll: %s", strerror(errno));
	return 0;
}

static void
client_free(struct link_client *client)
{
	if (client->wake_fd != -1)
		(void)close(client->wake_fd);
	if (client->epoll_fd != -1)
		(void)close(client->epoll_fd);
	if (client->buffer != NULL)
		OPENSSL_secure_clear_free(client->buffer, FRAME_MAX);
	frame_writer_free(&client->hello);
	queue_clear(&client->queue);
	(void)pthread_mutex_destroy(&client->lock);
	free(client->path);
	free(client);
}

static int
send_locked(struct link_client *client, struct frame_writer *frame,
    int64_t deadline_ms, link_reply *reply, void *arg)
{
	struct pending_request request;
	uint64_t id;

	if (client->fd == -1 || client->broken || frame->failed)
		return -1;
	id = pending_add(&client->pending, frame_writer_kind(frame),
	    deadline_ms, reply, arg);
	if (id == 0)
		return -1;
	frame_set_id(frame, id);
	if (queue_send(&client->queue, client->fd, frame->data, frame->len) ==
	    -1) {
		/* The thread sees the end of the connection, and makes a
		 * new one. */
		client->broken = true;
		client->up = false;
		(void)shutdown(client->fd, SHUT_RDWR);
		(void)pending_take(&client->pending, id, FRAME_REFUSED,
		    &request);
		return -1;
	}
	want_locked(client);
	return 0;
}

/* Ask for room to send while something waits. */
static void
want_locked(struct link_client *client)
{
	struct epoll_event event = { .data = { .fd = client->fd } };
	bool want_out = !queue_empty(&client->queue);

	if (want_out == client->want_out)
		return;
	client->want_out = want_out;
	event.events = EPOLLIN | (want_out ? EPOLLOUT : 0u);
	(void)epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

static void *
run(void *arg)
{
	struct link_client *client = arg;
	struct pollfd pollfd = { .fd = client->wake_fd, .events = POLLIN };
	int wait_ms = 0;

	while (!atomic_load(&client->stop)) {
		if (wait_ms > 0)
			(void)poll(&pollfd, 1, wait_ms);
		wait_ms += RETRY_STEP_MS;
		if (wait_ms > RETRY_MAX_MS)
			wait_ms = RETRY_MAX_MS;
		if (atomic_load(&client->stop) || establish(client) == -1)
			continue;
		say_hello(client);
		work(client);
		if (client->said_up)
			wait_ms = 0;
		lose(client);
	}
	return NULL;
}

static int
establish(struct link_client *client)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct till_error err;
	int fd;

	fd = socket_connect(client->path, &err);
	if (fd == -1)
		return -1;
	event.data.fd = fd;
	if (epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1) {
		(void)close(fd);
		return -1;
	}
	(void)pthread_mutex_lock(&client->lock);
	client->fd = fd;
	client->broken = client->want_out = false;
	(void)pthread_mutex_unlock(&client->lock);
	return 0;
}

static void
say_hello(struct link_client *client)
{
	struct till_error err;

	frame_begin(&client->hello, FRAME_HELLO, 1);
	frame_number(&client->hello, TAG_VERSION, LINK_VERSION);
	if (frame_end(&client->hello, &err) == -1)
		return;
	(void)pthread_mutex_lock(&client->lock);
	(void)send_locked(client, &client->hello,
	    link_now_ms() + HELLO_TIMEOUT_MS, hello_answered, client);
	(void)pthread_mutex_unlock(&client->lock);
}

/* Without an answer, or with an error instead of it, the connection is of
 * no use. */
static void
hello_answered(void *arg, const struct frame *reply)
{
	struct link_client *client = arg;
	bool good = reply != NULL && reply->kind == FRAME_HELLO_REPLY &&
	    frame_get(reply, TAG_ERROR) == NULL;

	if (good && client->options.notice != NULL)
		client->options.notice(client->options.arg, reply);
	(void)pthread_mutex_lock(&client->lock);
	client->up = good && !client->broken;
	if (!good && client->fd != -1) {
		client->broken = true;
		(void)shutdown(client->fd, SHUT_RDWR);
	}
	(void)pthread_mutex_unlock(&client->lock);
	if (good)
		tell(client, true);
}

/* Until the connection is lost or the client is stopped. */
static void
work(struct link_client *client)
{
	struct epoll_event events[EVENTS_MAX];
	int n, i;

	while (!atomic_load(&client->stop)) {
		n = epoll_wait(client->epoll_fd, events, EVENTS_MAX,
		    LINK_TICK_MS);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd == client->wake_fd)
				continue;
			if ((events[i].events & EPOLLOUT) != 0 &&
			    flush(client) == -1)
				return;
			if ((events[i].events & ~(unsigned)EPOLLOUT) != 0 &&
			    read_frames(client) == -1)
				return;
		}
		expire(client);
	}
}

/* -1: the connection is lost, or must go. */
static int
read_frames(struct link_client *client)
{
	ssize_t n;
	int i, r;

	for (i = 0; i < READS_MAX; i++) {
		/* Only this thread changes fd. */
		n = recv(client->fd, client->buffer, FRAME_MAX,
		    MSG_DONTWAIT | MSG_TRUNC);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		if (n == 0)
			return -1;
		r = n > FRAME_MAX ? -1 : take(client, (size_t)n);
		explicit_bzero(client->buffer,
		    n > FRAME_MAX ? FRAME_MAX : (size_t)n);
		if (r == -1)
			return -1;
	}
	return 0;
}

static int
take(struct link_client *client, size_t len)
{
	struct frame *frame = &client->frame;
	struct pending_request request;
	struct till_error err;
	int r;

	if (frame_parse(client->buffer, len, frame, &err) == -1)
		return -1;
	if (frame->kind == FRAME_NOTICE) {
		if (client->options.notice != NULL)
			client->options.notice(client->options.arg, frame);
		return 0;
	}
	(void)pthread_mutex_lock(&client->lock);
	r = pending_take(&client->pending, frame->id, frame->kind, &request);
	(void)pthread_mutex_unlock(&client->lock);
	if (r == 0)
		request.reply(request.arg, frame);
	return r == -1 ? -1 : 0;
}

static int
flush(struct link_client *client)
{
	int r;

	(void)pthread_mutex_lock(&client->lock);
	r = queue_flush(&client->queue, client->fd);
	want_locked(client);
	(void)pthread_mutex_unlock(&client->lock);
	return r;
}

static void
expire(struct link_client *client)
{
	struct pending_request request;
	int64_t now_ms = link_now_ms();
	bool one;

	do {
		(void)pthread_mutex_lock(&client->lock);
		one = pending_expire(&client->pending, now_ms, &request);
		(void)pthread_mutex_unlock(&client->lock);
		if (one)
			request.reply(request.arg, NULL);
	} while (one);
}

/* Whoever waits is told that no answer will come. */
static void
lose(struct link_client *client)
{
	struct pending_request request;
	bool one;

	(void)pthread_mutex_lock(&client->lock);
	client->up = false;
	(void)epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
	(void)close(client->fd);
	client->fd = -1;
	queue_clear(&client->queue);
	(void)pthread_mutex_unlock(&client->lock);
	do {
		(void)pthread_mutex_lock(&client->lock);
		one = pending_any(&client->pending, &request);
		(void)pthread_mutex_unlock(&client->lock);
		if (one)
			request.reply(request.arg, NULL);
	} while (one);
	tell(client, false);
}

static void
tell(struct link_client *client, bool up)
{
	if (client->said_up == up)
		return;
	client->said_up = up;
	if (client->options.state != NULL)
		client->options.state(client->options.arg, up);
}

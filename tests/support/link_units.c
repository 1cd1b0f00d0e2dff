/*
 * link_units.c - two ends of a link in one process.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/link_units.h"

static int answer(struct link_peer *, enum frame_kind, uint64_t id,
    uint64_t txn);
static void gone(void *, struct link_peer *);
static void notice(void *, const struct frame *);
static void state_changed(void *, bool);
static void replied(void *, const struct frame *);

static char dir[64], path[96];
static struct till_error err;

/* What a request waits for: its own number. */
struct ask {
	struct front_end *front;
	uint64_t txn;
};

bool
rear_allow(void *arg, uid_t uid, gid_t gid, pid_t pid)
{
	struct rear_end *rear = arg;

	assert_int_equal(uid, getuid());
	assert_int_equal(gid, getgid());
	assert_int_equal(pid, getpid());
	return !rear->deny;
}

void
greet(struct frame_writer *w, enum frame_kind kind, uint64_t id)
{
	frame_begin(w, kind, id);
	frame_text(w, TAG_ISSUER, "https://pay.example");
	frame_text(w, TAG_JWKS, "{}");
	frame_text(w, TAG_WELL_KNOWN, "{}");
}

static int
answer(struct link_peer *peer, enum frame_kind kind, uint64_t id, uint64_t txn)
{
	struct till_error why;
	struct frame_writer w;
	int r;

	if (frame_writer_init(&w, &why) == -1)
		return -1;
	if (kind == FRAME_HELLO) {
		greet(&w, FRAME_HELLO_REPLY, id);
	} else {
		frame_begin(&w, FRAME_STATUS_REPLY, id);
		frame_number(&w, TAG_TXN, txn);
	}
	r = frame_end(&w, &why);
	if (r == 0)
		r = link_peer_send(peer, &w);
	frame_writer_free(&w);
	return r;
}

void
rear_request(void *arg, struct link_peer *peer, const struct frame *frame)
{
	uint64_t txn = frame_get_number(frame, TAG_TXN, 0);
	struct rear_end *rear = arg;

	(void)pthread_mutex_lock(&rear->lock);
	if (frame->kind == FRAME_HELLO) {
		link_peer_unref(rear->last);
		rear->last = link_peer_ref(peer);
	}
	if (frame->kind == FRAME_STATUS)
		(void)atomic_fetch_add(&rear->requests, 1);
	if (rear->hold && frame->kind != FRAME_HELLO) {
		rear->held[rear->held_len].peer = link_peer_ref(peer);
		rear->held[rear->held_len].id = frame->id;
		rear->held[rear->held_len++].txn = txn;
	} else {
		(void)answer(peer, frame->kind, frame->id, txn);
	}
	(void)pthread_mutex_unlock(&rear->lock);
}

static void
gone(void *arg, struct link_peer *peer)
{
	struct rear_end *rear = arg;

	(void)peer;
	(void)atomic_fetch_add(&rear->gone, 1);
}

void
rear_start(struct rear_end *rear)
{
	const struct link_server_options options = { .path = path,
		.mode = 0600,
		.group = (gid_t)-1,
		.allow = rear_allow,
		.request = rear_request,
		.gone = gone,
		.arg = rear };

	memset(rear, 0, sizeof(*rear));
	(void)pthread_mutex_init(&rear->lock, NULL);
	if (link_server_start(&options, &rear->server, &err) == -1)
		fail_msg("%s", err.text);
}

/* Answer what is held, the newest first. */
void
rear_release(struct rear_end *rear)
{
	(void)pthread_mutex_lock(&rear->lock);
	while (rear->held_len > 0) {
		rear->held_len--;
		(void)answer(rear->held[rear->held_len].peer, FRAME_STATUS,
		    rear->held[rear->held_len].id,
		    rear->held[rear->held_len].txn);
		link_peer_unref(rear->held[rear->held_len].peer);
	}
	(void)pthread_mutex_unlock(&rear->lock);
}

void
rear_stop(struct rear_end *rear)
{
	link_server_stop(rear->server);
	while (rear->held_len > 0)
		link_peer_unref(rear->held[--rear->held_len].peer);
	link_peer_unref(rear->last);
	(void)pthread_mutex_destroy(&rear->lock);
}

static void
notice(void *arg, const struct frame *frame)
{
	struct front_end *front = arg;

	assert_string_equal(frame_get_text(frame, TAG_ISSUER),
	    "https://pay.example");
	(void)atomic_fetch_add(&front->notices, 1);
}

static void
state_changed(void *arg, bool up)
{
	struct front_end *front = arg;

	atomic_store(&front->up, up);
	if (!up)
		(void)atomic_fetch_add(&front->downs, 1);
}

void
front_start(struct front_end *front)
{
	const struct link_client_options options = { .path = path,
		.notice = notice,
		.state = state_changed,
		.arg = front };

	memset(front, 0, sizeof(*front));
	if (link_client_start(&options, &front->client, &err) == -1)
		fail_msg("%s", err.text);
}

static void
replied(void *arg, const struct frame *reply)
{
	struct ask *ask = arg;
	struct front_end *front = ask->front;

	if (reply == NULL)
		(void)atomic_fetch_add(&front->lost, 1);
	else if (frame_get_number(reply, TAG_TXN, 0) == ask->txn)
		(void)atomic_fetch_add(&front->good, 1);
	else
		(void)atomic_fetch_add(&front->wrong, 1);
	free(ask);
}

int
front_ask(struct front_end *front, uint64_t txn, int64_t timeout_ms)
{
	struct ask *arg = malloc(sizeof(*arg));
	struct till_error why;
	struct frame_writer w;
	int r = -1;

	if (arg == NULL)
		return -1;
	arg->front = front;
	arg->txn = txn;
	if (frame_writer_init(&w, &why) == 0) {
		frame_begin(&w, FRAME_STATUS, 1);
		frame_number(&w, TAG_TXN, txn);
		if (frame_end(&w, &why) == 0)
			r = link_client_send(front->client, &w,
			    link_now_ms() + timeout_ms, replied, arg);
		frame_writer_free(&w);
	}
	if (r == -1)
		free(arg);
	return r;
}

/* Wait until a counter is what it should be. */
void
wait_for(atomic_int *counter, int value)
{
	int64_t until = link_now_ms() + PATIENCE_MS;

	while (atomic_load(counter) != value) {
		if (link_now_ms() > until)
			fail_msg("%d, never %d", atomic_load(counter), value);
		(void)poll(NULL, 0, 1);
	}
}

const char *
link_path(void)
{
	return path;
}

int
link_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	int n;

	(void)state;
	n = snprintf(dir, sizeof(dir), "%s/link.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (n < 0 || (size_t)n >= sizeof(dir) || mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	return 0;
}

int
link_teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

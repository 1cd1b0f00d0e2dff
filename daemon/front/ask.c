/*
 * ask.c - questions to the rear unit, on behalf of requests.
 *
 * A question whose link broke before its answer came may or may not have
 * been carried out.  Most may be put again without harm: an order is known
 * by merchant and ticket id and settles once.  So they are put again when
 * the link is back, for a few seconds, and only then the client is told to
 * do so itself.  What a customer changes in his account would be done
 * twice, or be refused the second time: that is put once, and he is told
 * at once that it is not known.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "front/unit.h"
#include "link/link.h"

#define ORDER_MS 25000 /* a rear unit says PENDING long before */
#define OTHER_MS 5000
#define RESEND_MS 5000 /* how long a broken link is waited for */
#define RESEND_STEP_MS 20
#define WRITERS_MAX 64 /* frames kept for use again */

struct asks {
	struct front *front;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_rwlock_t link_lock; /* over whether there is a link */
	bool stop, drained;
	struct work *again; /* to be sent again */
	struct frame_writer writers[WRITERS_MAX];
	size_t writers_len;
};

static int send(struct work *);
static int writer_get(struct asks *, struct frame_writer *,
    struct till_error *);
static void writer_put(struct asks *, struct frame_writer *);
static int write_question(struct frame_writer *, const struct question *,
    struct till_error *);
static void write_replies(struct frame_writer *, const struct body *);
static void on_reply(void *, const struct frame *);
static void finish(struct work *, enum asked);
static void *again_main(void *);
static struct work *again_try(struct asks *, struct work *);

int
asks_start(struct front *front, struct till_error *err)
{
	pthread_condattr_t attr;
	struct asks *asks;
	int error;

	asks = calloc(1, sizeof(*asks));
	if (asks == NULL)
		return till_fail(err, "out of memory");
	asks->front = front;
	(void)pthread_mutex_init(&asks->lock, NULL);
	(void)pthread_rwlock_init(&asks->link_lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&asks->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	error = pthread_create(&asks->thread, NULL, again_main, asks);
	if (error != 0) {
		(void)pthread_mutex_destroy(&asks->lock);
		(void)pthread_rwlock_destroy(&asks->link_lock);
		(void)pthread_cond_destroy(&asks->wake);
		free(asks);
		return till_fail(err, "a thread: %s", strerror(error));
	}
	front->asks = asks;
	return 0;
}

void
asks_drain(struct asks *asks)
{
	(void)pthread_mutex_lock(&asks->lock);
	asks->drained = true;
	(void)pthread_cond_signal(&asks->wake);
	(void)pthread_mutex_unlock(&asks->lock);
}

void
asks_stop(struct asks *asks)
{
	if (asks == NULL)
		return;
	(void)pthread_mutex_lock(&asks->lock);
	asks->stop = asks->drained = true;
	(void)pthread_cond_signal(&asks->wake);
	(void)pthread_mutex_unlock(&asks->lock);
	(void)pthread_join(asks->thread, NULL);
	while (asks->writers_len > 0)
		frame_writer_free(&asks->writers[--asks->writers_len]);
	(void)pthread_mutex_destroy(&asks->lock);
	(void)pthread_rwlock_destroy(&asks->link_lock);
	(void)pthread_cond_destroy(&asks->wake);
	free(asks);
}

bool
asks_link_up(struct asks *asks)
{
	bool up;

	(void)pthread_rwlock_rdlock(&asks->link_lock);
	up = asks->front->link != NULL && link_client_up(asks->front->link);
	(void)pthread_rwlock_unlock(&asks->link_lock);
	return up;
}

void
asks_unlink(struct asks *asks)
{
	(void)pthread_rwlock_wrlock(&asks->link_lock);
	link_client_stop(asks->front->link);
	asks->front->link = NULL;
	(void)pthread_rwlock_unlock(&asks->link_lock);
}

void
work_ask(struct work *work, void (*then)(struct work *))
{
	work->then = then;
	work->asked = ASKED_NONE;
	work->resend_until_ms = 0;
	answer_free(work->answer);
	work->answer = NULL;
	/* From here on the answer may come at any moment, on another
	 * thread: work is not ours once it was sent. */
	http_wait(work->http);
	if (send(work) == -1)
		finish(work,
		    work->asked == ASKED_NONE ? ASKED_DOWN : work->asked);
}

/* -1: it did not go out. */
static int
send(struct work *work)
{
	struct asks *asks = work->front->asks;
	struct frame_writer writer;
	int64_t deadline_ms;
	int r;

	if (writer_get(asks, &writer, &work->err) == -1)
		return -1;
	if (write_question(&writer, &work->question, &work->err) == -1) {
		work->asked = ASKED_WRONG;
		writer_put(asks, &writer);
		return -1;
	}
	deadline_ms = link_now_ms() +
	    (work->question.kind == FRAME_ORDER ||
			work->question.kind == FRAME_REFUND
		    ? ORDER_MS
		    : OTHER_MS);
	work->deadline_ms = deadline_ms;
	r = -1;
	(void)pthread_rwlock_rdlock(&asks->link_lock);
	if (asks->front->link != NULL)
		r = link_client_send(asks->front->link, &writer, deadline_ms,
		    on_reply, work);
	(void)pthread_rwlock_unlock(&asks->link_lock);
	writer_put(asks, &writer);
	return r;
}

static int
writer_get(struct asks *asks, struct frame_writer *writer_r,
    struct till_error *err)
{
	bool got = false;

	(void)pthread_mutex_lock(&asks->lock);
	if (asks->writers_len > 0) {
		*writer_r = asks->writers[--asks->writers_len];
		got = true;
	}
	(void)pthread_mutex_unlock(&asks->lock);
	return got ? 0 : frame_writer_init(writer_r, err);
}

/* What is kept is empty: a frame may have held a secret. */
static void
writer_put(struct asks *asks, struct frame_writer *writer)
{
	explicit_bzero(writer->data, writer->len);
	(void)pthread_mutex_lock(&asks->lock);
	if (asks->writers_len < WRITERS_MAX) {
		asks->writers[asks->writers_len++] = *writer;
		writer = NULL;
	}
	(void)pthread_mutex_unlock(&asks->lock);
	if (writer != NULL)
		frame_writer_free(writer);
}

static int
write_question(struct frame_writer *writer, const struct question *q,
    struct till_error *err)
{
	frame_begin(writer, q->kind, 0);
	if (q->kind == FRAME_ORDER)
		frame_number(writer, TAG_ACTION, (uint64_t)q->action);
	frame_text(writer, TAG_TICKET, q->ticket);
	frame_text(writer, TAG_CONVERSATION, q->conversation);
	frame_text(writer, TAG_CHANNEL, q->channel);
	frame_text(writer, TAG_LANG, q->lang);
	frame_text(writer, TAG_ADDRESS, q->address);
	frame_text(writer, TAG_CUSTOMER, q->customer);
	frame_text(writer, TAG_SESSION, q->session);
	frame_text(writer, TAG_DEVICE, q->device);
	frame_text(writer, TAG_MERCHANT, q->merchant);
	frame_text(writer, TAG_JTI, q->jti);
	if (q->txn != 0)
		frame_number(writer, TAG_TXN, q->txn);
	frame_text(writer, TAG_REQUEST_TOKEN, q->request_token);
	frame_text(writer, TAG_METHOD, q->method);
	frame_text(writer, TAG_PATH, q->path);
	if (q->want_session)
		frame_number(writer, TAG_WANT_SESSION, 1);
	if (q->fresh)
		frame_number(writer, TAG_FRESH, 1);
	if (q->enrol)
		frame_number(writer, TAG_ENROL, 1);
	if (q->unasked)
		frame_number(writer, TAG_UNASKED, 1);
	frame_text(writer, TAG_COMMAND, q->command);
	frame_text(writer, TAG_ARGS, q->args);
	if (q->secret != NULL)
		frame_octets(writer, TAG_SECRET, q->secret->value,
		    q->secret->len);
	if (q->replies != NULL)
		write_replies(writer, q->replies);
	return frame_end(writer, err);
}

static void
write_replies(struct frame_writer *writer, const struct body *body)
{
	const struct body_member *member;
	size_t i;

	for (i = 0; i < body->len; i++) {
		member = &body->members[i];
		if (strcmp(member->group, "answers") != 0 ||
		    member->type != BODY_STRING)
			continue;
		frame_text(writer, TAG_REPLY_ID, member->name);
		frame_octets(writer, TAG_REPLY_DATA, member->value,
		    member->len);
	}
}

/* On the link's thread. */
static void
on_reply(void *arg, const struct frame *reply)
{
	struct work *work = arg;
	struct asks *asks = work->front->asks;
	int64_t now_ms = link_now_ms();

	if (reply != NULL) {
		work->answer = answer_copy(reply);
		finish(work,
		    work->answer == NULL ? ASKED_LOST : ASKED_ANSWERED);
		return;
	}
	if (work->question.once || now_ms >= work->deadline_ms) {
		finish(work, ASKED_LOST);
		return;
	}
	if (work->resend_until_ms == 0)
		work->resend_until_ms = now_ms + RESEND_MS;
	work->resent = true;
	(void)pthread_mutex_lock(&asks->lock);
	work->next = asks->again;
	asks->again = work;
	(void)pthread_cond_signal(&asks->wake);
	(void)pthread_mutex_unlock(&asks->lock);
}

static void
finish(struct work *work, enum asked asked)
{
	work->asked = asked;
	if (asked == ASKED_LOST)
		atomic_fetch_add(&work->front->counters.lost, 1);
	http_wake(work->http);
}

static void *
again_main(void *arg)
{
	struct asks *asks = arg;
	struct work *list;
	struct timespec ts;

	(void)pthread_mutex_lock(&asks->lock);
	while (!asks->stop || asks->again != NULL) {
		if (asks->again == NULL) {
			(void)pthread_cond_wait(&asks->wake, &asks->lock);
			continue;
		}
		list = asks->again;
		asks->again = NULL;
		(void)pthread_mutex_unlock(&asks->lock);
		list = again_try(asks, list);
		(void)pthread_mutex_lock(&asks->lock);
		if (list == NULL)
			continue;
		/* What came meanwhile goes behind what still waits. */
		while (list != NULL) {
			struct work *work = list;

			list = work->next;
			work->next = asks->again;
			asks->again = work;
		}
		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_nsec += RESEND_STEP_MS * 1000000;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_sec++;
			ts.tv_nsec -= 1000000000;
		}
		(void)pthread_cond_timedwait(&asks->wake, &asks->lock, &ts);
	}
	(void)pthread_mutex_unlock(&asks->lock);
	return NULL;
}

/* Send what can be sent, give up what is too late; returns the rest. */
static struct work *
again_try(struct asks *asks, struct work *list)
{
	struct work *rest = NULL, *work;
	int64_t now_ms = link_now_ms();
	bool drained;

	(void)pthread_mutex_lock(&asks->lock);
	drained = asks->drained;
	(void)pthread_mutex_unlock(&asks->lock);
	while (list != NULL) {
		work = list;
		list = work->next;
		if (drained || now_ms >= work->resend_until_ms) {
			finish(work, ASKED_LOST);
		} else if (!asks_link_up(asks) || send(work) == -1) {
			work->next = rest;
			rest = work;
		} else {
			atomic_fetch_add(&asks->front->counters.resent, 1);
		}
	}
	return rest;
}

/*
 * admit.c - from a frame to a run, on the link's own thread.
 *
 * The frame is gone when this returns, so everything is copied here;
 * nothing is decided but whether there is room.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "rear/clock.h"
#include "rear/run.h"

static int copy_request(struct run_request *, const struct frame *);
static void copy_text(char *, size_t, const struct frame *, enum frame_tag);
static void copy_customer(struct run_request *, const char *);
static int copy_replies(struct run_request *, const struct frame *);
static size_t replies_size(const struct frame *);
static void say_busy(struct link_peer *, const struct frame *,
    struct frame_writer *);

void
order_admit(struct rear *rear, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	struct order_run *run = runs_take(rear->runs);

	if (run == NULL) {
		(void)atomic_fetch_add(&rear->busy, 1);
		say_busy(peer, frame, writer);
		return;
	}
	run->rear = rear;
	run->job.run = order_step;
	run->began_us = clock_us();
	run->request.peer = link_peer_ref(peer);
	run->request.id = frame->id;
	if (copy_request(&run->request, frame) == -1 ||
	    !pool_submit(rear->workers, &run->job)) {
		(void)atomic_fetch_add(&rear->busy, 1);
		say_busy(peer, frame, writer);
		runs_give(rear->runs, run);
	}
}

/* -1: out of memory. */
static int
copy_request(struct run_request *request, const struct frame *frame)
{
	const char *token = frame_get_text(frame, TAG_TICKET);
	const char *session = frame_get_text(frame, TAG_SESSION);

	request->action =
	    (enum order_action)frame_get_number(frame, TAG_ACTION, 0);
	request->want_session =
	    frame_get_number(frame, TAG_WANT_SESSION, 0) == 1;
	request->fresh = frame_get_number(frame, TAG_FRESH, 0) == 1;
	request->enrol = frame_get_number(frame, TAG_ENROL, 0) == 1;
	request->unasked = frame_get_number(frame, TAG_UNASKED, 0) == 1;
	copy_text(request->conversation, sizeof(request->conversation), frame,
	    TAG_CONVERSATION);
	copy_text(request->channel, sizeof(request->channel), frame,
	    TAG_CHANNEL);
	copy_text(request->lang, sizeof(request->lang), frame, TAG_LANG);
	copy_text(request->address, sizeof(request->address), frame,
	    TAG_ADDRESS);
	copy_text(request->device, sizeof(request->device), frame, TAG_DEVICE);
	copy_customer(request, frame_get_text(frame, TAG_CUSTOMER));
	if (session != NULL)
		request->has_session =
		    session_name(session, request->session) == 0;
	if (token != NULL) {
		request->token = strdup(token);
		if (request->token == NULL)
			return -1;
	}
	return copy_replies(request, frame);
}

/* What is too long is none of ours; it becomes "". */
static void
copy_text(char *buf, size_t size, const struct frame *frame, enum frame_tag tag)
{
	const char *text = frame_get_text(frame, tag);
	size_t len = text == NULL ? 0 : strlen(text);

	if (len >= size)
		len = 0;
	if (len > 0)
		memcpy(buf, text, len);
	buf[len] = '\0';
}

static void
copy_customer(struct run_request *request, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	request->customer_said = true;
	request->customer_bad = !till_id_ok(text);
	if (!request->customer_bad)
		memcpy(request->customer, text, strlen(text) + 1);
}

/* Replies may be secret: one piece of secure memory for all. */
static int
copy_replies(struct run_request *request, const struct frame *frame)
{
	const struct frame_field *field;
	struct run_reply *reply = NULL;
	unsigned char *at;
	size_t i;

	request->secrets_len = replies_size(frame);
	if (request->secrets_len == 0)
		return 0;
	request->secrets = OPENSSL_secure_malloc(request->secrets_len);
	if (request->secrets == NULL)
		return -1;
	at = request->secrets;
	for (i = 0; i < frame->fields_len; i++) {
		field = &frame->fields[i];
		if (field->tag == TAG_REPLY_ID &&
		    request->replies_len < FRAME_REPLIES_MAX) {
			reply = &request->replies[request->replies_len++];
			memcpy(reply->id, field->data, field->len);
		} else if (field->tag == TAG_REPLY_DATA && reply != NULL) {
			memcpy(at, field->data, field->len);
			reply->data = at;
			reply->len = field->len;
			at += field->len;
		} else if (field->tag == TAG_REPLY_FORMAT && reply != NULL) {
			memcpy(reply->format, field->data, field->len);
		}
	}
	return 0;
}

/* One octet more than the data of all, so that an empty reply has some. */
static size_t
replies_size(const struct frame *frame)
{
	size_t i, size = 0;

	for (i = 0; i < frame->fields_len; i++)
		if (frame->fields[i].tag == TAG_REPLY_DATA)
			size += frame->fields[i].len + (size == 0);
	return size;
}

static void
say_busy(struct link_peer *peer, const struct frame *frame,
    struct frame_writer *writer)
{
	struct till_error err;

	frame_begin(writer, FRAME_ORDER_REPLY, frame->id);
	frame_number(writer, TAG_STATUS, STATUS_BUSY);
	frame_number(writer, TAG_RETRY_AFTER_S, REAR_BUSY_S);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}

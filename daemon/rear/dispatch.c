/*
 * dispatch.c - the link's requests, each to its part.
 *
 * On the link server's one thread: copy what is needed and queue it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "ctl/account.h"
#include "rear/dispatch.h"
#include "rear/fronts.h"
#include "rear/refund_ask.h"
#include "rear/run.h"
#include "rear/status.h"

static bool allow(void *, uid_t, gid_t, pid_t);
static void request(void *, struct link_peer *, const struct frame *);
static void gone(void *, struct link_peer *);

struct dispatch {
	struct rear *rear;
	struct frame_writer writer; /* for what is answered at once */
};

int
dispatch_start(struct rear *rear, struct dispatch **dispatch_r,
    struct till_error *err)
{
	struct link_server_options options = {
		.path = rear->options.link_path,
		.mode = 0660,
		.group = (gid_t)-1,
		.allow = allow,
		.request = request,
		.gone = gone,
	};
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));

	if (dispatch == NULL)
		return till_fail(err, "out of memory");
	dispatch->rear = rear;
	options.arg = dispatch;
	if (rear->options.front_uid != geteuid())
		options.mode = 0666; /* allow says who */
	if (frame_writer_init(&dispatch->writer, err) == -1) {
		free(dispatch);
		return -1;
	}
	if (link_server_start(&options, &rear->link, err) == -1) {
		dispatch_free(dispatch);
		return -1;
	}
	*dispatch_r = dispatch;
	return 0;
}

void
dispatch_free(struct dispatch *dispatch)
{
	if (dispatch == NULL)
		return;
	frame_writer_free(&dispatch->writer);
	free(dispatch);
}

static bool
allow(void *arg, uid_t uid, gid_t gid, pid_t pid)
{
	const struct dispatch *dispatch = arg;

	(void)gid;
	(void)pid;
	return uid == dispatch->rear->options.front_uid || uid == geteuid();
}

static void
request(void *arg, struct link_peer *peer, const struct frame *frame)
{
	struct dispatch *dispatch = arg;
	struct rear *rear = dispatch->rear;
	struct frame_writer *writer = &dispatch->writer;
	struct till_error err;

	switch (frame->kind) {
	case FRAME_HELLO:
		fronts_hello(rear->fronts, peer, frame, writer);
		return;
	case FRAME_ORDER:
		order_admit(rear, peer, frame, writer);
		return;
	case FRAME_REFUND:
		refund_admit(rear, peer, frame, writer);
		return;
	case FRAME_STATUS:
		status_admit(rear, peer, frame, writer);
		return;
	case FRAME_SIGN_OUT:
		status_sign_out(rear, peer, frame, writer);
		return;
	case FRAME_ACCOUNT:
		accounts_admit(rear->accounts, peer, frame, writer);
		return;
	case FRAME_HEALTH:
		status_health(rear, peer, frame, writer);
		return;
	case FRAME_NONE:
	case FRAME_HELLO_REPLY:
	case FRAME_NOTICE:
	case FRAME_ORDER_REPLY:
	case FRAME_STATUS_REPLY:
	case FRAME_REFUND_REPLY:
	case FRAME_SIGN_OUT_REPLY:
	case FRAME_HEALTH_REPLY:
	case FRAME_ACCOUNT_REPLY:
	case FRAME_CTL:
	case FRAME_CTL_REPLY:
	case FRAME_REFUSED:
		break;
	}
	frame_begin(writer, FRAME_REFUSED, frame->id);
	frame_text(writer, TAG_ERROR, "not asked here");
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}

static void
gone(void *arg, struct link_peer *peer)
{
	struct dispatch *dispatch = arg;

	fronts_gone(dispatch->rear->fronts, peer);
}

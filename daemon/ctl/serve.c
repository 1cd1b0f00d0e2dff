/*
 * serve.c - the control socket of the rear unit.
 *
 * The link's thread copies each command into a bounded queue (calls.h).
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/calls.h"
#include "ctl/serve.h"
#include "link/link.h"
#include "log/log.h"

#define QUEUE_MAX 64 /* commands that wait */
#define GROUPS_MAX 256 /* of one user */
#define PASSWD_MAX 16384 /* octets of an entry of passwd(5) */

struct ctl_server {
	struct rear *rear;
	gid_t admin_gid;
	struct link_server *link;
	struct calls *calls;
};

static bool allow(void *, uid_t, gid_t, pid_t);
static bool is_member(uid_t, gid_t, gid_t);
static void request(void *, struct link_peer *, const struct frame *);
static void name_actor(struct call *, uid_t);
static void do_call(struct queued *);
static void answer(struct link_peer *, uint64_t, int, const char *);
static void answer_call(const struct queued *, int, const char *json);
static void send_answer(struct link_peer *, uint64_t, struct frame_writer *);

int
ctl_server_start(struct rear *rear, struct ctl_server **server_r,
    struct till_error *err)
{
	const struct rear_options *options = rear_options(rear);
	struct link_server_options link = { .path = options->ctl_path,
		.mode = options->admin_gid == (gid_t)-1 ? 0600 : 0660,
		.group = options->admin_gid,
		.allow = allow,
		.request = request };
	struct ctl_server *server;

	server = calloc(1, sizeof(*server));
	if (server == NULL)
		return till_fail(err, "out of memory");
	server->rear = rear;
	server->admin_gid = options->admin_gid;
	link.arg = server;
	if (calls_start(QUEUE_MAX, QUEUE_MAX, do_call, &server->calls, err) ==
		-1 ||
	    link_server_start(&link, &server->link, err) == -1) {
		ctl_server_stop(server);
		return -1;
	}
	*server_r = server;
	return 0;
}

void
ctl_server_stop(struct ctl_server *server)
{
	if (server == NULL)
		return;
	if (server->link != NULL)
		link_server_drain(server->link);
	calls_stop(server->calls);
	link_server_stop(server->link);
	calls_free(server->calls);
	free(server);
}

static bool
allow(void *arg, uid_t uid, gid_t gid, pid_t pid)
{
	struct ctl_server *server = arg;
	char number[LOG_NUMBER_MAX];

	(void)pid;
	if (uid == 0 || uid == geteuid())
		return true;
	if (server->admin_gid != (gid_t)-1 &&
	    is_member(uid, gid, server->admin_gid))
		return true;
	log_line(TILL_LOG_WARNING, "ctl.refused", "uid",
	    log_number((int64_t)uid, number), NULL);
	return false;
}

static bool
is_member(uid_t uid, gid_t gid, gid_t wanted)
{
	struct passwd pw, *found = NULL;
	gid_t groups[GROUPS_MAX];
	char buf[PASSWD_MAX];
	int n = GROUPS_MAX;

	if (gid == wanted)
		return true;
	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) != 0 ||
	    found == NULL ||
	    getgrouplist(pw.pw_name, pw.pw_gid, groups, &n) == -1)
		return false;
	while (n > 0)
		if (groups[--n] == wanted)
			return true;
	return false;
}

static void
request(void *arg, struct link_peer *peer, const struct frame *frame)
{
	struct ctl_server *server = arg;
	struct queued *queued;
	int r;

	if (frame->kind != FRAME_CTL) {
		answer(peer, frame->id, EX_PROTOCOL,
		    "this socket is for tillctl");
		return;
	}
	r = queued_new(server->rear, peer, frame, &queued);
	if (r != 0) {
		answer(peer, frame->id, r == 1 ? EX_DATAERR : EX_OSERR,
		    r == 1 ? "the command could not be read" : "out of memory");
		return;
	}
	name_actor(&queued->call, link_peer_uid(peer));
	if (calls_put(server->calls, queued))
		return;
	answer(peer, frame->id, EX_TEMPFAIL,
	    "too many commands wait; try again");
	queued_free(queued);
}

static void
name_actor(struct call *call, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buf[PASSWD_MAX];

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 &&
	    found != NULL)
		(void)snprintf(call->actor, sizeof(call->actor),
		    "operator:%.50s", pw.pw_name);
	else
		(void)snprintf(call->actor, sizeof(call->actor), "operator:%ld",
		    (long)uid);
}

static void
do_call(struct queued *queued)
{
	char *json;
	int status = queued_do(queued, ctl_commands, &json);

	answer_call(queued, status, json);
	free(json);
	queued_free(queued);
}

/* A secret is told only where all else is well. */
static void
answer_call(const struct queued *queued, int status, const char *json)
{
	const struct call *call = &queued->call;
	struct frame_writer frame;
	struct till_error err;

	if (frame_writer_init(&frame, &err) == -1)
		return;
	frame_begin(&frame, FRAME_CTL_REPLY, queued->id);
	frame_number(&frame, TAG_EXIT, (uint64_t)status);
	frame_text(&frame, TAG_JSON, json);
	if (status != EX_OK)
		frame_text(&frame, TAG_ERROR, call->err.text);
	else if (call->told != NULL)
		frame_octets(&frame, TAG_SECRET, call->told, call->told_len);
	send_answer(queued->peer, queued->id, &frame);
	frame_writer_free(&frame);
}

static void
answer(struct link_peer *peer, uint64_t id, int status, const char *error)
{
	struct frame_writer frame;
	struct till_error err;

	if (frame_writer_init(&frame, &err) == -1)
		return;
	frame_begin(&frame, FRAME_CTL_REPLY, id);
	frame_number(&frame, TAG_EXIT, (uint64_t)status);
	frame_text(&frame, TAG_ERROR, error);
	send_answer(peer, id, &frame);
	frame_writer_free(&frame);
}

/* What is too long for a frame is said to be. */
static void
send_answer(struct link_peer *peer, uint64_t id, struct frame_writer *frame)
{
	struct till_error err;

	if (frame_end(frame, &err) == -1) {
		frame_begin(frame, FRAME_CTL_REPLY, id);
		frame_number(frame, TAG_EXIT, EX_SOFTWARE);
		frame_text(frame, TAG_ERROR, err.text);
		if (frame_end(frame, &err) == -1)
			return;
	}
	(void)link_peer_send(peer, frame);
}

/*
 * serve.c - the control socket of the rear unit.
 *
 * The link's thread copies each command into a bounded queue; a thread of
 * its own does one after the other and answers.
 */
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "ctl/call.h"
#include "ctl/serve.h"
#include "link/link.h"
#include "link/socket.h"
#include "log/log.h"

#define QUEUE_MAX 64 /* commands that wait */
#define GROUPS_MAX 256 /* of one user */
#define PASSWD_MAX 16384 /* octets of an entry of passwd(5) */
#define COMMAND_MAX 64

struct waiting_call {
	struct call call;
	struct link_peer *peer; /* counted */
	uint64_t id;
	char command[COMMAND_MAX];
	struct waiting_call *next;
};

struct ctl_server {
	struct rear *rear;
	gid_t admin_gid;
	struct link_server *link;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t cond;
	struct waiting_call *first, *last;
	size_t len;
	bool stop;
};

static bool allow(void *, uid_t, gid_t, pid_t);
static bool is_member(uid_t, gid_t, gid_t);
static void request(void *, struct link_peer *, const struct frame *);
static int copy_request(struct waiting_call *, const struct frame *);
static void name_actor(struct call *, uid_t);
static bool enqueue(struct ctl_server *, struct waiting_call *);
static void *serve(void *);
static struct waiting_call *dequeue(struct ctl_server *);
static void do_call(struct waiting_call *);
static void answer(struct link_peer *, uint64_t, int, const char *);
static void answer_call(const struct waiting_call *, int, const char *json);
static void send_answer(struct link_peer *, uint64_t, struct frame_writer *);
static void call_free(struct waiting_call *);

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
	(void)pthread_mutex_init(&server->lock, NULL);
	(void)pthread_cond_init(&server->cond, NULL);
	link.arg = server;
	if (thread_start(&server->thread, serve, server, err) == 0)
		server->started = true;
	if (!server->started ||
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
	(void)pthread_mutex_lock(&server->lock);
	server->stop = true;
	(void)pthread_cond_signal(&server->cond);
	(void)pthread_mutex_unlock(&server->lock);
	if (server->started)
		(void)pthread_join(server->thread, NULL);
	link_server_stop(server->link);
	(void)pthread_cond_destroy(&server->cond);
	(void)pthread_mutex_destroy(&server->lock);
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
	struct waiting_call *waiting;

	if (frame->kind != FRAME_CTL) {
		answer(peer, frame->id, EX_PROTOCOL,
		    "this socket is for tillctl");
		return;
	}
	waiting = calloc(1, sizeof(*waiting));
	if (waiting == NULL || copy_request(waiting, frame) == -1) {
		call_free(waiting);
		answer(peer, frame->id, EX_DATAERR,
		    "the command could not be read");
		return;
	}
	waiting->call.rear = server->rear;
	name_actor(&waiting->call, link_peer_uid(peer));
	waiting->peer = link_peer_ref(peer);
	if (enqueue(server, waiting))
		return;
	answer(peer, frame->id, EX_TEMPFAIL,
	    "too many commands wait; try again");
	call_free(waiting);
}

static int
copy_request(struct waiting_call *waiting, const struct frame *frame)
{
	const char *args = frame_get_text(frame, TAG_ARGS);
	struct call *call = &waiting->call;
	const struct frame_field *field;
	size_t i;

	waiting->id = frame->id;
	(void)snprintf(waiting->command, sizeof(waiting->command), "%s",
	    frame_get_text(frame, TAG_COMMAND));
	call->args = args == NULL
	    ? json_object()
	    : json_loads(args, JSON_REJECT_DUPLICATES, NULL);
	call->reply = json_object();
	if (!json_is_object(call->args) || call->reply == NULL)
		return -1;
	for (i = 0; i < frame->fields_len; i++) {
		field = &frame->fields[i];
		if (field->tag != TAG_SECRET)
			continue;
		if (call->secrets_len == CALL_SECRETS_MAX)
			return -1;
		call->secrets[call->secrets_len].data =
		    OPENSSL_secure_malloc(field->len + 1);
		if (call->secrets[call->secrets_len].data == NULL)
			return -1;
		memcpy(call->secrets[call->secrets_len].data, field->data,
		    field->len);
		call->secrets[call->secrets_len++].len = field->len;
	}
	return 0;
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

/* False: it is full. */
static bool
enqueue(struct ctl_server *server, struct waiting_call *waiting)
{
	bool taken = false;

	(void)pthread_mutex_lock(&server->lock);
	if (server->len < QUEUE_MAX && !server->stop) {
		if (server->last == NULL)
			server->first = waiting;
		else
			server->last->next = waiting;
		server->last = waiting;
		server->len++;
		taken = true;
		(void)pthread_cond_signal(&server->cond);
	}
	(void)pthread_mutex_unlock(&server->lock);
	return taken;
}

static void *
serve(void *arg)
{
	struct ctl_server *server = arg;
	struct waiting_call *waiting;

	for (;;) {
		waiting = dequeue(server);
		if (waiting == NULL)
			return NULL;
		do_call(waiting);
		call_free(waiting);
	}
}

/* NULL: all is done and it is to stop. */
static struct waiting_call *
dequeue(struct ctl_server *server)
{
	struct waiting_call *waiting;

	(void)pthread_mutex_lock(&server->lock);
	while (server->first == NULL && !server->stop)
		(void)pthread_cond_wait(&server->cond, &server->lock);
	waiting = server->first;
	if (waiting != NULL) {
		server->first = waiting->next;
		if (server->first == NULL)
			server->last = NULL;
		server->len--;
	}
	(void)pthread_mutex_unlock(&server->lock);
	return waiting;
}

static void
do_call(struct waiting_call *waiting)
{
	struct call *call = &waiting->call;
	const struct command *command;
	char number[LOG_NUMBER_MAX];
	char *json;
	int status;

	for (command = ctl_commands; command->name != NULL; command++)
		if (strcmp(command->name, waiting->command) == 0)
			break;
	if (command->name == NULL)
		status = call_fail(call, EX_USAGE,
		    "this server knows no command '%.60s'", waiting->command);
	else
		status = call_check(call, command);
	if (status == EX_OK)
		status = command->run(call);
	log_line(status == EX_OK ? TILL_LOG_INFO : TILL_LOG_WARNING,
	    "ctl.command", "command", waiting->command, "actor", call->actor,
	    "status", log_number(status, number), "why",
	    status == EX_OK ? NULL : call->err.text, NULL);
	json = json_dumps(call->reply, JSON_COMPACT);
	if (json == NULL && status == EX_OK)
		status = call_fail(call, EX_OSERR, "out of memory");
	answer_call(waiting, status, json);
	free(json);
}

/* A secret is told only where all else is well. */
static void
answer_call(const struct waiting_call *waiting, int status, const char *json)
{
	const struct call *call = &waiting->call;
	struct frame_writer frame;
	struct till_error err;

	if (frame_writer_init(&frame, &err) == -1)
		return;
	frame_begin(&frame, FRAME_CTL_REPLY, waiting->id);
	frame_number(&frame, TAG_EXIT, (uint64_t)status);
	frame_text(&frame, TAG_JSON, json);
	if (status != EX_OK)
		frame_text(&frame, TAG_ERROR, call->err.text);
	else if (call->told != NULL)
		frame_octets(&frame, TAG_SECRET, call->told, call->told_len);
	send_answer(waiting->peer, waiting->id, &frame);
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

static void
call_free(struct waiting_call *waiting)
{
	struct call *call;

	if (waiting == NULL)
		return;
	call = &waiting->call;
	while (call->secrets_len > 0) {
		call->secrets_len--;
		OPENSSL_secure_clear_free(call->secrets[call->secrets_len].data,
		    call->secrets[call->secrets_len].len + 1);
	}
	if (call->told != NULL)
		OPENSSL_secure_clear_free(call->told, call->told_len + 1);
	json_decref(call->args);
	json_decref(call->reply);
	link_peer_unref(waiting->peer);
	free(waiting);
}

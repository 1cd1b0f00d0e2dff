/*
 * calls.c - commands that wait, and the thread that does them.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "ctl/calls.h"
#include "link/socket.h"
#include "log/log.h"

struct calls {
	void (*run)(struct queued *);
	size_t max, each;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t cond;
	struct queued *first;
	size_t len;
	/* Of the call that was taken last. */
	char owner[TILL_ID_MAX];
	uint64_t turn;
	bool stop;
};

static int copy_request(struct queued *, const struct frame *);
static int copy_secret(struct call *, const struct frame_field *);
static bool insert(struct calls *, struct queued *);
static bool has_room(const struct calls *, const struct queued *);
static struct queued *take_looks(struct calls *, const char *);
static void place(struct calls *, struct queued *);
static int run_command(struct call *, const struct command *);
static void *serve(void *);
static struct queued *dequeue(struct calls *);

int
queued_new(struct rear *rear, struct link_peer *peer, const struct frame *frame,
    struct queued **queued_r)
{
	struct queued *queued = calloc(1, sizeof(*queued));
	int r;

	if (queued == NULL)
		return -1;
	queued->call.rear = rear;
	queued->peer = link_peer_ref(peer);
	queued->id = frame->id;
	r = copy_request(queued, frame);
	if (r == 0)
		*queued_r = queued;
	else
		queued_free(queued);
	return r;
}

void
queued_free(struct queued *queued)
{
	struct call *call;

	if (queued == NULL)
		return;
	call = &queued->call;
	while (call->secrets_len > 0) {
		call->secrets_len--;
		OPENSSL_secure_clear_free(call->secrets[call->secrets_len].data,
		    call->secrets[call->secrets_len].len + 1);
	}
	if (call->told != NULL)
		OPENSSL_secure_clear_free(call->told, call->told_len + 1);
	json_decref(call->args);
	json_decref(call->reply);
	link_peer_unref(queued->peer);
	free(queued);
}

const struct command *
command_find(const struct command *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

int
queued_do(struct queued *queued, const struct command *table, char **json_r)
{
	struct call *call = &queued->call;
	const struct command *command = command_find(table, queued->command);
	char number[LOG_NUMBER_MAX];
	int status;

	if (command == NULL)
		status = call_fail(call, EX_USAGE,
		    "this server knows no command '%.60s'", queued->command);
	else
		status = run_command(call, command);
	log_line(status == EX_OK ? TILL_LOG_INFO : TILL_LOG_WARNING,
	    "ctl.command", "command", queued->command, "actor", call->actor,
	    "status", log_number(status, number), "why",
	    status == EX_OK ? NULL : call->err.text, NULL);
	*json_r = json_dumps(call->reply, JSON_COMPACT);
	if (*json_r == NULL && status == EX_OK)
		status = call_fail(call, EX_OSERR, "out of memory");
	return status;
}

int
calls_start(size_t max, size_t each, void (*run)(struct queued *),
    struct calls **calls_r, struct till_error *err)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	if (calls == NULL)
		return till_fail(err, "out of memory");
	calls->max = max;
	calls->each = each;
	calls->run = run;
	(void)pthread_mutex_init(&calls->lock, NULL);
	(void)pthread_cond_init(&calls->cond, NULL);
	if (thread_start(&calls->thread, serve, calls, err) == -1) {
		calls_free(calls);
		return -1;
	}
	calls->started = true;
	*calls_r = calls;
	return 0;
}

bool
calls_put(struct calls *calls, struct queued *queued)
{
	bool taken = false;

	(void)pthread_mutex_lock(&calls->lock);
	if (calls->len < calls->max && !calls->stop)
		taken = insert(calls, queued);
	if (taken)
		(void)pthread_cond_signal(&calls->cond);
	(void)pthread_mutex_unlock(&calls->lock);
	return taken;
}

void
calls_stop(struct calls *calls)
{
	if (calls == NULL)
		return;
	(void)pthread_mutex_lock(&calls->lock);
	calls->stop = true;
	(void)pthread_cond_signal(&calls->cond);
	(void)pthread_mutex_unlock(&calls->lock);
	if (calls->started)
		(void)pthread_join(calls->thread, NULL);
	calls->started = false;
}

void
calls_free(struct calls *calls)
{
	if (calls == NULL)
		return;
	assert(!calls->started && calls->first == NULL);
	(void)pthread_cond_destroy(&calls->cond);
	(void)pthread_mutex_destroy(&calls->lock);
	free(calls);
}

static int
copy_request(struct queued *queued, const struct frame *frame)
{
	const char *args = frame_get_text(frame, TAG_ARGS);
	struct call *call = &queued->call;
	size_t i;

	(void)snprintf(queued->command, sizeof(queued->command), "%s",
	    frame_get_text(frame, TAG_COMMAND));
	call->args = args == NULL
	    ? json_object()
	    : json_loads(args, JSON_REJECT_DUPLICATES, NULL);
	call->reply = json_object();
	if (call->reply == NULL)
		return -1;
	if (!json_is_object(call->args))
		return 1;
	for (i = 0; i < frame->fields_len; i++) {
		if (frame->fields[i].tag != TAG_SECRET)
			continue;
		if (call->secrets_len == CALL_SECRETS_MAX)
			return 1;
		if (copy_secret(call, &frame->fields[i]) == -1)
			return -1;
	}
	return 0;
}

static int
copy_secret(struct call *call, const struct frame_field *field)
{
	const size_t i = call->secrets_len;

	call->secrets[i].data = OPENSSL_secure_malloc(field->len + 1);
	if (call->secrets[i].data == NULL)
		return -1;
	memcpy(call->secrets[i].data, field->data, field->len);
	call->secrets[i].len = field->len;
	call->secrets_len++;
	return 0;
}

/* False: too many of his wait. */
static bool
insert(struct calls *calls, struct queued *queued)
{
	struct queued *looks = NULL, *next;

	if (!has_room(calls, queued))
		return false;
	if (queued->changes)
		looks = take_looks(calls, queued->owner);
	place(calls, queued);
	for (; looks != NULL; looks = next) {
		next = looks->next;
		place(calls, looks);
	}
	calls->len++;
	return true;
}

static bool
has_room(const struct calls *calls, const struct queued *queued)
{
	const struct queued *other;
	size_t his = 0;

	for (other = calls->first; other != NULL; other = other->next)
		if (strcmp(other->owner, queued->owner) == 0 &&
		    other->changes == queued->changes)
			his++;
	return his < (queued->changes ? CALLS_CHANGES_MAX : calls->each);
}

/* His that change nothing, in their order, out of the queue. */
static struct queued *
take_looks(struct calls *calls, const char *owner)
{
	struct queued **at = &calls->first, *looks = NULL, **end = &looks;

	while (*at != NULL) {
		if ((*at)->changes || strcmp((*at)->owner, owner) != 0) {
			at = &(*at)->next;
			continue;
		}
		*end = *at;
		*at = (*at)->next;
		end = &(*end)->next;
	}
	*end = NULL;
	return looks;
}

/* An owner's call comes a turn behind the one before of his, and within a
 * turn it is who came first. */
static void
place(struct calls *calls, struct queued *queued)
{
	struct queued **at = &calls->first;
	const struct queued *other;

	queued->turn = calls->turn + (strcmp(calls->owner, queued->owner) == 0);
	for (other = calls->first; other != NULL; other = other->next)
		if (strcmp(other->owner, queued->owner) == 0)
			queued->turn = other->turn + 1;
	while (*at != NULL && (*at)->turn <= queued->turn)
		at = &(*at)->next;
	queued->next = *at;
	*at = queued;
}

static int
run_command(struct call *call, const struct command *command)
{
	pthread_mutex_t *changing = rear_changing(call->rear);
	int status = call_check(call, command);

	if (status != EX_OK)
		return status;
	if (command->effect == COMMAND_LOOKS ||
	    command->effect == COMMAND_STOPS)
		return command->run(call);
	(void)pthread_mutex_lock(changing);
	status = command->run(call);
	(void)pthread_mutex_unlock(changing);
	return status;
}

static void *
serve(void *arg)
{
	struct calls *calls = arg;
	struct queued *queued;

	for (;;) {
		queued = dequeue(calls);
		if (queued == NULL)
			return NULL;
		calls->run(queued);
	}
}

/* NULL: all is done and it is to stop. */
static struct queued *
dequeue(struct calls *calls)
{
	struct queued *queued;

	(void)pthread_mutex_lock(&calls->lock);
	while (calls->first == NULL && !calls->stop)
		(void)pthread_cond_wait(&calls->cond, &calls->lock);
	queued = calls->first;
	if (queued != NULL) {
		calls->first = queued->next;
		calls->len--;
		calls->turn = queued->turn;
		memcpy(calls->owner, queued->owner, sizeof(calls->owner));
		queued->next = NULL;
	}
	(void)pthread_mutex_unlock(&calls->lock);
	return queued;
}

/*
 * notify_exec - run a program for each event.
 *
 *	module tell notify_exec program=/usr/local/bin/on-payment deadline=5s
 *
 * The program gets the event as JSON on its standard input and the
 * essential of it in its environment.  Its exit status is the answer: 0,
 * it is told; 75 (EX_TEMPFAIL of sysexits.h), tell it again; anything
 * else, do not.  The input is a file in memory, so a program that does
 * not read it holds nobody up.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#include "common/child.h"
#include "common/safe.h"

#define AT_ONCE_MAX 64
#define VARIABLES 6
#define VARIABLE_MAX 192 /* octets of one, with its name */

/* How many programs run: behind a pointer, for the instance is
 * read-only. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t left; /* on CLOCK_MONOTONIC */
	int64_t running;
};

struct exec {
	const char *program;
	const char *const *args;
	int64_t deadline_ms, at_once;
	struct gate *gate;
};

static int exec_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static struct gate *gate_new(void);
static void gate_free(struct gate *);
static void exec_close(void *);
static enum till_result exec_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static bool gate_enter(struct gate *, int64_t at_once, int64_t until_ms);
static void gate_leave(struct gate *);
static enum till_result run(const struct exec *, const struct till_event *,
    int64_t until_ms, const char **code_r, struct till_error *);
static int start(const struct exec *, const struct till_event *, struct child *,
    struct till_error *);
static int input_make(const char *, struct till_error *);
static enum till_result verdict(const struct exec *, int status,
    const char **code_r, struct till_error *);

static const struct till_setting settings[] = {
	{ "program", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct exec, program), NULL, 0, 0, NULL,
	    "what is run for each event" },
	{ "arg", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct exec, args), NULL, 0, 0, NULL,
	    "an argument of the program" },
	{ "deadline", TILL_SET_DURATION, 0, offsetof(struct exec, deadline_ms),
	    "10s", 1, 600000, NULL, "then the program is killed" },
	{ "at-once", TILL_SET_INT, 0, offsetof(struct exec, at_once), "4", 1,
	    AT_ONCE_MAX, NULL, "so many run at one time" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW)

TILL_MODULE("notify_exec", "1.0", TILL_NOTIFY, CAPS){
	TILL_MODULE_HEAD("notify_exec", "1.0", TILL_NOTIFY, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct exec),
	.open = exec_open,
	.close = exec_close,
	.notify = exec_notify,
};

static int
exec_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct exec *exec = self;
	size_t n = 0;

	(void)host;
	(void)instance;
	(void)check_only;
	if (safe_program(exec->program, err) == -1)
		return -1;
	while (exec->args[n] != NULL)
		n++;
	if (n > CHILD_ARGS_MAX)
		return till_fail(err, "more than %d arguments", CHILD_ARGS_MAX);
	exec->gate = gate_new();
	return exec->gate == NULL ? till_fail(err, "out of memory") : 0;
}

static struct gate *
gate_new(void)
{
	pthread_condattr_t attributes;
	struct gate *gate;

	gate = calloc(1, sizeof(*gate));
	if (gate == NULL)
		return NULL;
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&gate->left, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	(void)pthread_mutex_init(&gate->lock, NULL);
	return gate;
}

static void
gate_free(struct gate *gate)
{
	(void)pthread_mutex_destroy(&gate->lock);
	(void)pthread_cond_destroy(&gate->left);
	free(gate);
}

static void
exec_close(void *self)
{
	struct exec *exec = self;

	gate_free(exec->gate);
}

static enum till_result
exec_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct exec *exec = self;
	const int64_t until_ms = child_clock_ms() + exec->deadline_ms;
	enum till_result result = TILL_RETRY_LATER;
	const char *code = "busy";
	struct till_error err;

	if (gate_enter(exec->gate, exec->at_once, until_ms)) {
		result = run(exec, event, until_ms, &code, &err);
		gate_leave(exec->gate);
	} else {
		till_fail(&err, "%d programs ran for the whole of %d ms",
		    (int)exec->at_once, (int)exec->deadline_ms);
	}
	if (result == TILL_DELIVERED)
		return result;
	host->log(ctx, TILL_LOG_WARNING, "%s %s: %s", event->type, event->id,
	    err.text);
	return host->fail(ctx, result, code, "%s", err.text);
}

static bool
gate_enter(struct gate *gate, int64_t at_once, int64_t until_ms)
{
	const struct timespec until = { (time_t)(until_ms / 1000),
		(long)(until_ms % 1000) * 1000000 };
	bool free;
	int r = 0;

	(void)pthread_mutex_lock(&gate->lock);
	while (gate->running == at_once && r == 0)
		r = pthread_cond_timedwait(&gate->left, &gate->lock, &until);
	free = gate->running < at_once;
	if (free)
		gate->running++;
	(void)pthread_mutex_unlock(&gate->lock);
	return free;
}

static void
gate_leave(struct gate *gate)
{
	(void)pthread_mutex_lock(&gate->lock);
	gate->running--;
	(void)pthread_cond_signal(&gate->left);
	(void)pthread_mutex_unlock(&gate->lock);
}

/* The path is looked at in each run: an update may have changed it. */
static enum till_result
run(const struct exec *exec, const struct till_event *event, int64_t until_ms,
    const char **code_r, struct till_error *err)
{
	struct child child;
	int status;
	bool ended;

	*code_r = "start";
	if (safe_program(exec->program, err) == -1 ||
	    start(exec, event, &child, err) == -1)
		return TILL_RETRY_LATER;
	ended = child_ended(&child, until_ms);
	child_end(&child, &status);
	if (ended)
		return verdict(exec, status, code_r, err);
	*code_r = "deadline";
	till_fail(err, "%s had not ended after %d ms and was killed",
	    exec->program, (int)exec->deadline_ms);
	return TILL_RETRY_LATER;
}

static int
start(const struct exec *exec, const struct till_event *event,
    struct child *child, struct till_error *err)
{
	char text[VARIABLES][VARIABLE_MAX];
	const char *const env[] = { text[0], text[1], text[2], text[3], text[4],
		text[5], NULL };
	struct child_options options = { .program = exec->program,
		.args = exec->args,
		.env = env,
		.output = -1 };
	int r;

	(void)snprintf(text[0], VARIABLE_MAX, "TILL_EVENT=%s", event->type);
	(void)snprintf(text[1], VARIABLE_MAX, "TILL_EVENT_ID=%s", event->id);
	(void)snprintf(text[2], VARIABLE_MAX, "TILL_MERCHANT=%s",
	    event->merchant);
	(void)snprintf(text[3], VARIABLE_MAX, "TILL_ATTEMPT=%" PRIu32,
	    event->attempt);
	(void)snprintf(text[4], VARIABLE_MAX, "TILL_SEQUENCE=%" PRIu64,
	    event->sequence);
	(void)snprintf(text[5], VARIABLE_MAX, "TILL_TIME=%" PRId64,
	    event->time_ms / 1000);
	options.input = input_make(event->json, err);
	if (options.input == -1)
		return -1;
	r = child_start(&options, child, err);
	(void)close(options.input);
	return r;
}

/* The event and a newline, in memory, to be read from the start. */
static int
input_make(const char *json, struct till_error *err)
{
	const size_t len = strlen(json);
	size_t done = 0;
	ssize_t n = 0;
	int fd;

	fd = memfd_create("event", MFD_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "memfd_create: %s", strerror(errno));
	while (done < len && n != -1) {
		n = write(fd, json + done, len - done);
		if (n > 0)
			done += (size_t)n;
	}
	if (n == -1 || write(fd, "\n", 1) != 1 ||
	    lseek(fd, 0, SEEK_SET) == -1) {
		till_fail(err, "no memory for the event: %s", strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

static enum till_result
verdict(const struct exec *exec, int status, const char **code_r,
    struct till_error *err)
{
	if (WIFSIGNALED(status)) {
		*code_r = "signal";
		till_fail(err, "%s was ended by signal %d", exec->program,
		    WTERMSIG(status));
		return TILL_DROP;
	}
	*code_r = "exit";
	till_fail(err, "%s ended with exit status %d", exec->program,
	    WEXITSTATUS(status));
	if (WEXITSTATUS(status) == EX_TEMPFAIL)
		return TILL_RETRY_LATER;
	return WEXITSTATUS(status) == EX_OK ? TILL_DELIVERED : TILL_DROP;
}

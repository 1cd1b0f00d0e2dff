/*
 * test_notify_exec.c - a program is told of an event, in a clean place,
 * in time, and not too many of them at once.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 4096
#define PATIENCE_S 20
#define SAID_MAX 320

static struct loader *loader;
static char folder[256], program[300], out[300];

/* The lines of a shell script; it finds the folder in $1. */
static void
write_program(const char *lines, mode_t mode)
{
	FILE *file;

	(void)unlink(program);
	file = fopen(program, "w");
	assert_non_null(file);
	assert_true(fprintf(file, "#!/bin/sh\n%s\n", lines) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(program, mode), 0);
}

static void
read_out(char text[TEXT_MAX])
{
	size_t n = 0;
	FILE *file;

	file = fopen(out, "r");
	if (file != NULL) {
		n = fread(text, 1, TEXT_MAX - 1, file);
		assert_int_equal(fclose(file), 0);
	}
	text[n] = '\0';
}

static struct instance *
open_program(const char *more)
{
	char setting[320], folder_arg[280];
	const char *const settings[] = { setting, folder_arg, more, NULL };

	(void)snprintf(setting, sizeof(setting), "program=%s", program);
	(void)snprintf(folder_arg, sizeof(folder_arg), "arg=%s", folder);
	return module_must_open(loader, "notify_exec", settings);
}

static const struct till_event event = {
	.size = sizeof(event),
	.attempt = 2,
	.type = "voucher.issued",
	.id = "e-17",
	.merchant = "press-1",
	.json = "{\"type\":\"voucher.issued\",\"amount\":\"5.00\"}",
	.sequence = 9,
	.time_ms = INT64_C(1795305600123),
};

static enum till_result
tell(struct instance *it, char why[SAID_MAX])
{
	struct till_context *ctx;
	enum till_result result;
	struct owner owner;

	owner_init(&owner);
	ctx = owner_context(&owner, "it", TILL_NOTIFY);
	result = instance_notify(it, ctx, &event);
	(void)snprintf(why, SAID_MAX, "%s: %s", ctx->code, ctx->why.text);
	/* Nobody else tells the operator. */
	assert_int_equal(owner.log[0] == '\0', result == TILL_DELIVERED);
	context_free(ctx);
	return result;
}

static void
test_exit_status_is_the_answer(void **state)
{
	static const struct {
		const char *lines;
		enum till_result want;
		const char *why;
	} cases[] = {
		{ "exit 0", TILL_DELIVERED, "" },
		{ "exit 75", TILL_RETRY_LATER, "exit status 75" },
		{ "exit 1", TILL_DROP, "exit: " },
		{ "exit 74", TILL_DROP, "exit status 74" },
		{ "kill -9 $$", TILL_DROP, "ended by signal 9" },
		{ "kill -TERM $$", TILL_DROP, "ended by signal 15" },
	};
	char why[SAID_MAX];
	struct instance *it;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		write_program(cases[i].lines, 0755);
		it = open_program(NULL);
		ASSERT_RESULT(tell(it, why), cases[i].want);
		assert_non_null(strstr(why, cases[i].why));
		instance_close(it);
	}
}

static void
test_event_is_told(void **state)
{
	char text[TEXT_MAX], why[SAID_MAX];
	struct instance *it;

	(void)state;
	write_program("cat >$1/out; echo \"$TILL_EVENT $TILL_EVENT_ID "
		      "$TILL_MERCHANT $TILL_ATTEMPT $TILL_SEQUENCE $TILL_TIME "
		      "$2\" >>$1/out",
	    0755);
	it = open_program("arg=two words; not run by a shell");
	ASSERT_RESULT(tell(it, why), TILL_DELIVERED);
	read_out(text);
	assert_string_equal(text,
	    "{\"type\":\"voucher.issued\",\"amount\":\"5.00\"}\n"
	    "voucher.issued e-17 press-1 2 9 1795305600 "
	    "two words; not run by a shell\n");
	instance_close(it);
}

/* Nothing of the server is there but standard error. */
static void
test_place_is_clean(void **state)
{
	char text[TEXT_MAX], why[SAID_MAX];
	struct instance *it;
	sigset_t set, old;
	int fd;

	(void)state;
	assert_int_equal(setenv("TILL_SECRET", "swordfish", 1), 0);
	fd = fcntl(STDERR_FILENO, F_DUPFD, 200); /* without O_CLOEXEC */
	assert_int_equal(fd, 200);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	write_program("exec >$1/out; pwd; env | sort | grep -v '^_='; "
		      "[ -e /proc/$$/fd/200 ] || echo closed; "
		      "grep -E '^Sig(Blk|Ign):' /proc/self/status; "
		      "[ $(ps -o pgid= -p $$) -eq $$ ] && echo own group",
	    0755);
	it = open_program(NULL);
	ASSERT_RESULT(tell(it, why), TILL_DELIVERED);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unsetenv("TILL_SECRET"), 0);
	read_out(text);
	assert_ptr_equal(strstr(text,
			     "/\nLANG=C.UTF-8\nPATH=/usr/bin:/bin\nPWD=/"
			     "\nTILL_ATTEMPT=2\n"),
	    text);
	assert_null(strstr(text, "swordfish"));
	assert_non_null(strstr(text, "SigBlk:\t0000000000000000"));
	/* The two highest of these are the C library's own. */
	assert_non_null(strstr(text, "SigIgn:\t"));
	assert_int_equal(strtoull(strstr(text, "SigIgn:\t") + 8, NULL, 16) &
		0x7fffffff,
	    0);
	assert_non_null(strstr(text, "own group"));
	assert_non_null(strstr(text, "closed"));
	instance_close(it);
}

static bool
is_gone(pid_t pid)
{
	char path[64], status[TEXT_MAX];
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	n = fread(status, 1, sizeof(status) - 1, file);
	status[n] = '\0';
	(void)fclose(file);
	return strstr(status, "State:\tZ") != NULL ||
	    strstr(status, "State:\tX") != NULL;
}

/* The program and what it has started: none of them stays. */
static void
test_deadline_kills_the_whole_group(void **state)
{
	const struct timespec pause = { 0, 10000000 };
	char text[TEXT_MAX], why[SAID_MAX];
	const time_t end = time(NULL) + PATIENCE_S;
	struct instance *it;
	long first, second;

	(void)state;
	write_program("trap '' TERM\nsleep 1000 &\n"
		      "echo $$ $! >$1/new && mv $1/new $1/out\nwait",
	    0755);
	it = open_program("deadline=500ms");
	ASSERT_RESULT(tell(it, why), TILL_RETRY_LATER);
	assert_non_null(strstr(why, "deadline: "));
	read_out(text);
	assert_int_equal(sscanf(text, "%ld %ld", &first, &second), 2);
	while (!(is_gone((pid_t)first) && is_gone((pid_t)second))) {
		assert_true(time(NULL) < end);
		(void)nanosleep(&pause, NULL);
	}
	instance_close(it);
}

/* An event larger than any pipe, and a program that does not read it. */
static void
test_unread_input_holds_nobody_up(void **state)
{
	struct till_event large = event;
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	char *json;

	(void)state;
	json = malloc(1 << 20);
	assert_non_null(json);
	memset(json, ' ', (1 << 20) - 1);
	json[(1 << 20) - 1] = '\0';
	large.json = json;
	write_program("exit 0", 0755);
	it = open_program(NULL);
	owner_init(&owner);
	ctx = owner_context(&owner, "it", TILL_NOTIFY);
	ASSERT_RESULT(instance_notify(it, ctx, &large), TILL_DELIVERED);
	write_program("[ $(wc -c) -eq 1048576 ]", 0755);
	ASSERT_RESULT(instance_notify(it, ctx, &large), TILL_DELIVERED);
	context_free(ctx);
	instance_close(it);
	free(json);
}

static void
test_unsafe_programs_are_refused(void **state)
{
	char setting[320], why[DIAG_TEXT_MAX], said[SAID_MAX];
	const char *const settings[] = { setting, NULL };
	const char *const relative[] = { "program=cat", NULL };
	const char *const missing[] = { "arg=x", NULL };
	struct instance *it;

	(void)state;
	assert_null(module_open(loader, "notify_exec", relative, why));
	assert_non_null(strstr(why, "not an absolute path"));
	assert_null(module_open(loader, "notify_exec", missing, why));
	assert_non_null(strstr(why, "lacks the setting program="));
	(void)snprintf(setting, sizeof(setting), "program=%s", program);
	(void)unlink(program);
	assert_null(module_open(loader, "notify_exec", settings, why));
	assert_non_null(strstr(why, "No such file"));
	write_program("exit 0", 0644);
	assert_null(module_open(loader, "notify_exec", settings, why));
	assert_non_null(strstr(why, "cannot be executed"));
	write_program("exit 0", 0777);
	assert_null(module_open(loader, "notify_exec", settings, why));
	assert_non_null(strstr(why, "may be written by others"));
	/* One that became so later is not run, either. */
	write_program("exit 0", 0755);
	it = open_program(NULL);
	assert_int_equal(chmod(program, 0775), 0);
	ASSERT_RESULT(tell(it, said), TILL_RETRY_LATER);
	assert_non_null(strstr(said, "start: "));
	assert_int_equal(chmod(program, 0755), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	ASSERT_RESULT(tell(it, said), TILL_RETRY_LATER);
	assert_int_equal(chmod(folder, 0700), 0);
	ASSERT_RESULT(tell(it, said), TILL_DELIVERED);
	instance_close(it);
}

#define THREADS 6

static void *
tell_once(void *arg)
{
	char why[SAID_MAX];

	return tell(arg, why) == TILL_DELIVERED ? NULL : arg;
}

/* The program fails if two others run beside it. */
static void
test_no_more_at_once_than_set(void **state)
{
	pthread_t threads[THREADS];
	struct instance *it;
	void *odd;
	size_t i;

	(void)state;
	write_program("mkdir $1/a 2>/dev/null && d=$1/a || "
		      "{ mkdir $1/b && d=$1/b; } || exit 1\n"
		      "sleep 0.05; rmdir $d",
	    0755);
	it = open_program("at-once=2");
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, tell_once,
				     it),
		    0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &odd), 0);
		assert_null(odd);
	}
	instance_close(it);
}

static int
folder_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *real;

	(void)state;
	real = realpath(tmp != NULL ? tmp : "/tmp", NULL);
	assert_non_null(real);
	(void)snprintf(folder, sizeof(folder), "%s/exec.XXXXXX", real);
	free(real);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(program, sizeof(program), "%s/program", folder);
	(void)snprintf(out, sizeof(out), "%s/out", folder);
	return 0;
}

static int
folder_remove(void **state)
{
	(void)state;
	(void)unlink(program);
	(void)unlink(out);
	return rmdir(folder);
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_exit_status_is_the_answer),
		IN_FOLDER(test_event_is_told),
		IN_FOLDER(test_place_is_clean),
		IN_FOLDER(test_deadline_kills_the_whole_group),
		IN_FOLDER(test_unread_input_holds_nobody_up),
		IN_FOLDER(test_unsafe_programs_are_refused),
		IN_FOLDER(test_no_more_at_once_than_set),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}

/*
 * child.c - start a program and be rid of it.
 *
 * posix_spawn, because the server has many threads: what runs between
 * fork and exec would run with locks that nobody holds any more.
 */
#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np */
#include <sys/pidfd.h>
#include <sys/wait.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/child.h"

static int actions_make(posix_spawn_file_actions_t *,
    const struct child_options *);
static int attributes_make(posix_spawnattr_t *);
static size_t words_add(char **, size_t, size_t, const char *const *);

int
child_start(const struct child_options *options, struct child *child_r,
    struct till_error *err)
{
	static const char *const always[] = { "PATH=/usr/bin:/bin",
		"LANG=C.UTF-8", NULL };
	const char *const name[] = { options->program, NULL };
	char *argv[CHILD_ARGS_MAX + 2], *envp[CHILD_ENV_MAX + 1];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	struct child child = { 0, -1 };
	size_t n;
	int e;

	n = words_add(argv, 0, CHILD_ARGS_MAX + 1, name);
	n = words_add(argv, n, CHILD_ARGS_MAX + 1, options->args);
	argv[n] = NULL;
	n = words_add(envp, 0, CHILD_ENV_MAX, always);
	n = words_add(envp, n, CHILD_ENV_MAX, options->env);
	envp[n] = NULL;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return till_fail(err, "out of memory");
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return till_fail(err, "out of memory");
	}
	e = actions_make(&actions, options);
	if (e == 0)
		e = attributes_make(&attributes);
	if (e == 0)
		e = posix_spawn(&child.pid, options->program, &actions,
		    &attributes, argv, envp);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (e != 0)
		return till_fail(err, "%s cannot be started: %s",
		    options->program, strerror(e));
	child.pidfd = pidfd_open(child.pid, 0);
	if (child.pidfd == -1) {
		till_fail(err, "%s cannot be watched: %s", options->program,
		    strerror(errno));
		child_end(&child, NULL);
		return -1;
	}
	*child_r = child;
	return 0;
}

bool
child_ended(const struct child *child, int64_t until_ms)
{
	struct pollfd poll_fd = { .fd = child->pidfd, .events = POLLIN };
	int r;

	do {
		r = poll(&poll_fd, 1, child_left_ms(until_ms));
	} while (r == -1 && errno == EINTR);
	return r == 1;
}

/* The group is killed before its leader is waited for: until then
 * nobody else can have its number. */
void
child_end(struct child *child, int *status_r)
{
	int status = 0;

	if (child->pid == 0)
		return;
	(void)kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) == -1 && errno == EINTR)
		;
	if (child->pidfd != -1)
		(void)close(child->pidfd);
	child->pid = 0;
	child->pidfd = -1;
	if (status_r != NULL)
		*status_r = status;
}

int64_t
child_clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
child_left_ms(int64_t until_ms)
{
	const int64_t left = until_ms - child_clock_ms();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static int
actions_make(posix_spawn_file_actions_t *actions,
    const struct child_options *options)
{
	int e;

	if (options->input == -1)
		e = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
		    "/dev/null", O_RDONLY, 0);
	else
		e = posix_spawn_file_actions_adddup2(actions, options->input,
		    STDIN_FILENO);
	if (e == 0 && options->output == -1)
		e = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
		    "/dev/null", O_WRONLY, 0);
	else if (e == 0)
		e = posix_spawn_file_actions_adddup2(actions, options->output,
		    STDOUT_FILENO);
	if (e == 0)
		e = posix_spawn_file_actions_addclosefrom_np(actions,
		    STDERR_FILENO + 1);
	if (e == 0)
		e = posix_spawn_file_actions_addchdir_np(actions, "/");
	return e;
}

/* A group of its own; no signal blocked or ignored. */
static int
attributes_make(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int e;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGKILL);
	(void)sigdelset(&all, SIGSTOP);
	e = posix_spawnattr_setflags(attributes,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETSIGDEF);
	if (e == 0)
		e = posix_spawnattr_setpgroup(attributes, 0);
	if (e == 0)
		e = posix_spawnattr_setsigmask(attributes, &none);
	if (e == 0)
		e = posix_spawnattr_setsigdefault(attributes, &all);
	return e;
}

/* posix_spawn's words are not const, but it only reads them. */
static size_t
words_add(char **to, size_t len, size_t max, const char *const *words)
{
	size_t i;

	for (i = 0; words != NULL && words[i] != NULL; i++) {
		assert(len < max);
		memcpy(&to[len++], &words[i], sizeof(words[i]));
	}
	return len;
}

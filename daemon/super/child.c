/*
 * child.c - start a unit: this same program, as another user.
 *
 * The new process gets no descriptor but the three standard ones and one
 * on which it says that it serves, is in a process group of its own (a
 * terminal's interrupt is for the supervisor, which stops the units in
 * their order), and is told to stop when the supervisor dies.
 */
#define _GNU_SOURCE /* pipe2, close_range */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "super/child.h"

#define READY_FD 3 /* in the child */
#define READY_FD_TEXT "3"
#define FDS_MAX 65536

static void become_child(const struct child *, int, pid_t)
    __attribute__((noreturn));
static int arrange_descriptors(int);
static void close_others(void);

void
child_init(struct child *child, const char *name, const struct user *user)
{
	memset(child, 0, sizeof(*child));
	child->name = name;
	child->user = *user;
	child->ready_fd = -1;
	child_arg(child, "tilld", name);
	child_arg(child, "--ready-fd", READY_FD_TEXT);
}

void
child_arg(struct child *child, const char *option, const char *value)
{
	assert(child->args_len + 2 < CHILD_ARGS_MAX);
	child->args[child->args_len++] = option;
	if (value != NULL)
		child->args[child->args_len++] = value;
	child->args[child->args_len] = NULL;
}

int
child_start(struct child *child, int64_t now_ms, struct till_error *err)
{
	pid_t parent = getpid(), pid;
	int fds[2];

	assert(child->pid == 0 && child->ready_fd == -1);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		return till_fail(err, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become_child(child, fds[1], parent);
	(void)close(fds[1]);
	if (pid == -1) {
		till_fail(err, "fork: %s", strerror(errno));
		(void)close(fds[0]);
		return -1;
	}
	child->pid = pid;
	child->ready_fd = fds[0];
	child->ready = child->asked = false;
	child->started_ms = now_ms;
	return 0;
}

void
child_ended(struct child *child, int status, int64_t now_ms)
{
	if (child->ready && now_ms - child->started_ms >= CHILD_SETTLED_MS)
		child->backoff_ms = 0;
	child->start_at_ms = now_ms + child->backoff_ms;
	child->backoff_ms =
	    child->backoff_ms == 0 ? CHILD_BACKOFF_MS : 2 * child->backoff_ms;
	if (child->backoff_ms > CHILD_BACKOFF_MAX_MS)
		child->backoff_ms = CHILD_BACKOFF_MAX_MS;
	child->pid = 0;
	child->ready = false;
	child->status = status;
	if (child->ready_fd != -1)
		(void)close(child->ready_fd);
	child->ready_fd = -1;
}

bool
child_says(struct child *child)
{
	char text[16];
	ssize_t n;

	n = read(child->ready_fd, text, sizeof(text));
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return false;
	/* At its end it has died, which SIGCHLD tells, too. */
	(void)close(child->ready_fd);
	child->ready_fd = -1;
	child->ready = n > 0;
	child->was_ready |= child->ready;
	return child->ready;
}

void
child_stop(struct child *child, int64_t kill_at_ms)
{
	child->asked = true;
	child->kill_at_ms = kill_at_ms;
	(void)kill(child->pid, SIGTERM);
}

const char *
child_status_text(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(buf, size, "signal %d", WTERMSIG(status));
	else
		(void)snprintf(buf, size, "exit status %d",
		    WEXITSTATUS(status));
	return buf;
}

/* Errors go to standard error and the exit status: the log is the
 * supervisor's and the unit's. */
static void
become_child(const struct child *child, int ready_fd, pid_t parent)
{
	char *argv[CHILD_ARGS_MAX];
	struct till_error err;
	sigset_t none;
	size_t i;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	if (arrange_descriptors(ready_fd) == -1 ||
	    user_become(&child->user, &err) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent)
		_exit(EX_OSERR);
	for (i = 0; i < child->args_len; i++) {
		argv[i] = strdup(child->args[i]);
		if (argv[i] == NULL)
			_exit(EX_OSERR);
	}
	argv[i] = NULL;
	(void)execv("/proc/self/exe", argv);
	_exit(EX_OSERR);
}

/* What a unit prints is log: standard output is the supervisor's. */
static int
arrange_descriptors(int ready_fd)
{
	int null;

	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) == -1)
		return -1;
	if (ready_fd == READY_FD) {
		if (fcntl(ready_fd, F_SETFD, 0) == -1)
			return -1;
	} else if (dup2(ready_fd, READY_FD) == -1) {
		return -1;
	}
	/* The unit writes it once, and it must arrive. */
	if (fcntl(READY_FD, F_SETFL, O_WRONLY) == -1)
		return -1;
	close_others();
	return 0;
}

static void
close_others(void)
{
	long fd, max;

#if HAVE_CLOSE_RANGE
	if (close_range(READY_FD + 1, ~0U, 0) == 0)
		return;
#endif
	max = sysconf(_SC_OPEN_MAX);
	if (max < 0 || max > FDS_MAX)
		max = FDS_MAX;
	for (fd = READY_FD + 1; fd < max; fd++)
		(void)close((int)fd);
}

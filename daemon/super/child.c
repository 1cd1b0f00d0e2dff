/*
 * child.c - start a unit: this same program, as another user.
 *
 * The new process gets no descriptor but the three standard ones, one on
 * which it says that it serves, and the rear unit the socket of a spawner, is
 * in a process group of its own (a terminal's interrupt is for the supervisor,
 * which stops the units in their order), and is told to stop when the
 * supervisor dies.
 */
#define _GNU_SOURCE /* pipe2 */
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
#define HOSTS_FD 4
#define HOSTS_FD_TEXT "4"
#define FD_ASIDE 16

static void become_child(const struct child *, int, pid_t)
    __attribute__((noreturn));
static int start_spawner(const struct child *, struct till_error *);
static int arrange_descriptors(int, int);

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
child_give_hosts(struct child *child, const struct spawner_user *user)
{
	child->hosts = user;
	child_arg(child, "--hosts-fd", HOSTS_FD_TEXT);
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
	int hosts_fd = -1;
	size_t i;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	if (child->hosts != NULL) {
		hosts_fd = start_spawner(child, &err);
		if (hosts_fd == -1)
			_exit(EX_OSERR);
	}
	if (arrange_descriptors(ready_fd, hosts_fd) == -1 ||
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

/* While we are still who can make hosts another user. */
static int
start_spawner(const struct child *child, struct till_error *err)
{
	int fd, aside;

	if (spawner_start("/proc/self/exe", child->hosts, &fd, err) == -1)
		return -1;
	aside = fcntl(fd, F_DUPFD_CLOEXEC, FD_ASIDE);
	(void)close(fd);
	return aside;
}

/* What a unit prints is log: standard output is the supervisor's. */
static int
arrange_descriptors(int ready_fd, int hosts_fd)
{
	int null, last = READY_FD;

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
	if (hosts_fd != -1) {
		last = HOSTS_FD;
		if (dup2(hosts_fd, HOSTS_FD) == -1)
			return -1;
	}
	spawner_close_from(last + 1);
	return 0;
}

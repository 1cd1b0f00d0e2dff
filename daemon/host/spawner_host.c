/*
 * spawner_host.c - the way from a spawner's child to a module host: give
 * up everything, then exec.
 *
 * Whatever fails ends it: there is no host with half of its bounds.
 */
#define _GNU_SOURCE /* close_range, dup3 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "host/message.h"
#include "host/spawner.h"
#include "super/sanitized.h"

#define FDS_MAX 65536
#define FD_ASIDE 64 /* above all that a host has */

static void run(const struct spawner_request *, char **, char **);
static int arrange(const struct spawner_request *);
static int aside(int fd);
static int program_place(const struct spawner_request *);
static int place(int from, int to);
static int become(const struct spawner_user *);
static int limit(const struct spawner_user *);
static int bound(__rlimit_resource_t, rlim_t);

void
spawner_become_host(const struct spawner_request *request,
    const struct spawner_user *user, pid_t parent)
{
	char channels[] = { (char)('0' + request->calls_len), '\0' };
	char *argv[] = { (char[]){ "tilld" }, (char[]){ "host" }, channels,
		NULL };
	char *envp[] = { NULL };
	sigset_t none;

	_Static_assert(HOST_CHANNELS_MAX < 10, "one figure says how many");
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(077);
	if (setsid() == -1 || chdir("/") == -1 || arrange(request) == -1 ||
	    limit(user) == -1 || become(user) == -1)
		_exit(EX_OSERR);
	/* Not before: another user is told of nobody's death. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(EX_OSERR);
	run(request, argv, envp);
	_exit(EX_OSERR);
}

void
spawner_close_from(int from)
{
	long fd, max;

#if HAVE_CLOSE_RANGE
	if (close_range((unsigned int)from, ~0U, 0) == 0)
		return;
#endif
	max = sysconf(_SC_OPEN_MAX);
	if (max < 0 || max > FDS_MAX)
		max = FDS_MAX;
	for (fd = from; fd < max; fd++)
		(void)close((int)fd);
}

/* Where the system forbids to run what is in memory alone, the program itself
 * is run.  Other failures, which another process of the user may bring about
 * by using up what that has, end it. */
static void
run(const struct spawner_request *request, char **argv, char **envp)
{
	if (request->program_fd != -1) {
		(void)fexecve(program_place(request), argv, envp);
		if (errno != EACCES && errno != EPERM)
			return;
	}
	(void)execve("/proc/self/exe", argv, envp);
}

/* All go aside first, so that no place is taken by one that is still to
 * be moved. */
static int
arrange(const struct spawner_request *request)
{
	const size_t len = request->calls_len;
	int module, late, out, null, calls[HOST_CHANNELS_MAX], program = -1;
	size_t i;

	module = aside(request->module_fd);
	late = aside(request->late_fd);
	out = aside(request->out_fd);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (i = 0; i < len; i++) {
		calls[i] = aside(request->calls[i]);
		if (calls[i] == -1)
			return -1;
	}
	if (request->program_fd != -1) {
		program = aside(request->program_fd);
		if (program == -1)
			return -1;
	}
	if (module == -1 || late == -1 || out == -1 || null == -1 ||
	    place(null, STDIN_FILENO) == -1 ||
	    place(out, STDOUT_FILENO) == -1 ||
	    place(out, STDERR_FILENO) == -1 ||
	    place(module, HOST_FD_MODULE) == -1 ||
	    place(late, HOST_FD_LATE) == -1)
		return -1;
	for (i = 0; i < len; i++)
		if (place(calls[i], HOST_FD_CALLS + (int)i) == -1)
			return -1;
	if (program != -1 &&
	    dup3(program, program_place(request), O_CLOEXEC) == -1)
		return -1;
	spawner_close_from(program_place(request) + (program != -1));
	return 0;
}

static int
aside(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, FD_ASIDE);
}

/* Behind all that the host keeps. */
static int
program_place(const struct spawner_request *request)
{
	return HOST_FD_CALLS + (int)request->calls_len;
}

static int
place(int from, int to)
{
	if (from == to)
		return fcntl(to, F_SETFD, 0);
	return dup2(from, to) == -1 ? -1 : 0;
}

static int
limit(const struct spawner_user *user)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    bound(RLIMIT_CORE, 0) == -1 ||
	    bound(RLIMIT_NOFILE, SPAWNER_FILES) == -1)
		return -1;
	if (!SANITIZED &&
	    (bound(RLIMIT_DATA, SPAWNER_DATA) == -1 ||
		bound(RLIMIT_AS, SPAWNER_SPACE) == -1))
		return -1;
	/* It counts all processes of a user, so it is for one that has no
	 * others. */
	return user->other ? bound(RLIMIT_NPROC, SPAWNER_PROCESSES) : 0;
}

/* Never more than there is already. */
static int
bound(__rlimit_resource_t what, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) == -1)
		return -1;
	if (limit.rlim_max > most)
		limit.rlim_max = most;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(what, &limit);
}

static int
become(const struct spawner_user *user)
{
	if (!user->other)
		return 0;
	if (setgroups(0, NULL) == -1 ||
	    setresgid(user->gid, user->gid, user->gid) == -1 ||
	    setresuid(user->uid, user->uid, user->uid) == -1)
		return -1;
	/* There must be no way back. */
	return setuid(0) == -1 && geteuid() == user->uid ? 0 : -1;
}

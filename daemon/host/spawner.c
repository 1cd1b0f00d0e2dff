/*
 * spawner.c - one process, one thread, one loop: requests, and hosts that
 * have ended.
 */
#define _GNU_SOURCE /* signalfd */
#include "config.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/message.h"
#include "host/spawner.h"
#include "super/harden.h"
#include "super/sanitized.h"

#define SOCKET_FD 3 /* of the spawner */
#define MESSAGE_SIZE 512 /* octets of its messages */
#define NUMBER_TEXT 24 /* a user's number, with its NUL */

#define NO_USER                                                                \
	"there is no user for module hosts: make the one that 'set "           \
	"module-user' names, as by 'adduser --system --group "                 \
	"--no-create-home till-module'"

struct running {
	uint64_t number;
	pid_t pid;
};

struct spawner {
	struct spawner_user user;
	int signal_fd;
	int program_fd; /* of hosts, as in struct spawner_request */
	struct running hosts[SPAWNER_HOSTS_MAX];
	size_t hosts_len;
};

static void become_spawner(const char *, const struct spawner_user *, int)
    __attribute__((noreturn));
static int arguments(int, char **, struct spawner_user *);
static int64_t number_of(const char *);
static int catch_children(struct till_error *);
static bool take(struct spawner *);
static void obey(struct spawner *, struct wire_reader *, const int *, size_t);
static void start(struct spawner *, uint64_t, const int *, size_t);
static int fork_host(struct spawner *, const struct spawner_request *,
    struct till_error *);
static int module_ok(int, struct till_error *);
static void kill_host(const struct spawner *, uint64_t);
static void kill_group(pid_t);
static void reap(struct spawner *);
static pid_t ended_child(void);
static void say(enum spawner_kind, uint64_t, const int64_t *, const char *);
static void end_all(struct spawner *);

int
spawner_start(const char *program, const struct spawner_user *user, int *fd_r,
    struct till_error *err)
{
	int fds[2];
	pid_t pid;

	if (channel_pair(fds, err) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		become_spawner(program, user, fds[1]);
	(void)close(fds[1]);
	if (pid == -1) {
		(void)close(fds[0]);
		return till_fail(err, "fork: %s", strerror(errno));
	}
	*fd_r = fds[0];
	return 0;
}

int
spawner_main(int argc, char **argv)
{
	struct spawner spawner = { .signal_fd = -1, .program_fd = -1 };
	const int64_t pid = getpid();
	struct till_error err = { .text = "" };
	struct pollfd fds[2];

	if (arguments(argc, argv, &spawner.user) == -1)
		return EX_USAGE;
	harden();
	spawner.signal_fd = catch_children(&err);
	if (spawner.signal_fd == -1)
		return EX_OSERR;
	if (spawner.user.other && !spawner.user.missing && !SANITIZED)
		spawner.program_fd = spawner_copy(&err);
	say(SPAWNER_STARTED, 0, &pid, err.text);
	fds[0] = (struct pollfd){ .fd = SOCKET_FD, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = spawner.signal_fd, .events = POLLIN };
	do {
		reap(&spawner);
		if (poll(fds, 2, -1) == -1)
			fds[0].revents = 0;
	} while (fds[0].revents == 0 || take(&spawner));
	end_all(&spawner);
	return EX_OK;
}

static void
become_spawner(const char *program, const struct spawner_user *user, int fd)
{
	char uid[NUMBER_TEXT], gid[NUMBER_TEXT];
	char *argv[] = { (char[]){ "tilld" }, (char[]){ "hosts" },
		user->other || user->missing ? uid : NULL, gid, NULL };
	char *envp[] = { NULL };
	sigset_t none;
	int null;

	(void)snprintf(uid, sizeof(uid), "%ld",
	    user->missing ? 0L : (long)user->uid);
	(void)snprintf(gid, sizeof(gid), "%ld", (long)user->gid);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1 || chdir("/") == -1)
		_exit(EX_OSERR);
	if (fd == SOCKET_FD ? fcntl(fd, F_SETFD, 0) == -1
			    : dup2(fd, SOCKET_FD) == -1)
		_exit(EX_OSERR);
	if (dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(EX_OSERR);
	spawner_close_from(SOCKET_FD + 1);
	(void)execve(program, argv, envp);
	_exit(EX_OSERR);
}

static int
arguments(int argc, char **argv, struct spawner_user *user)
{
	int64_t uid, gid;
	int type;
	socklen_t len = sizeof(type);

	if (getsockopt(SOCKET_FD, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_SEQPACKET || (argc != 2 && argc != 4)) {
		fputs("tilld: 'hosts' is a part that tilld itself starts\n",
		    stderr);
		return -1;
	}
	if (argc == 2)
		return 0;
	uid = number_of(argv[2]);
	gid = number_of(argv[3]);
	if (uid < 0 || gid < 0)
		return -1;
	user->missing = uid == 0;
	user->other = true;
	user->uid = (uid_t)uid;
	user->gid = (gid_t)gid;
	return 0;
}

/* -1: is none. */
static int64_t
number_of(const char *text)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 10; i++)
		n = 10 * n + (text[i] - '0');
	return i == 0 || text[i] != '\0' || n >= UINT32_MAX ? -1 : n;
}

/* A stop of the whole service reaches us, too; but the rear unit may
 * still need its hosts, and says when it does not. */
static int
catch_children(struct till_error *err)
{
	sigset_t children;
	int fd;

	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&children);
	(void)sigaddset(&children, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &children, NULL);
	fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		return till_fail(err, "signalfd: %s", strerror(errno));
	return fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC) == -1 ? -1 : fd;
}

/* False at the end of the rear unit, and at anything that it would not
 * say. */
static bool
take(struct spawner *spawner)
{
	unsigned char buf[MESSAGE_SIZE];
	struct wire_reader reader;
	int fds[CHANNEL_FDS_MAX];
	size_t len, fds_len, i;

	switch (channel_recv_fds(SOCKET_FD, buf, sizeof(buf), &len, fds,
	    &fds_len)) {
	case CHANNEL_ERROR:
	case CHANNEL_CUT:
		return false;
	case CHANNEL_TICK:
		return true;
	case CHANNEL_DONE:
		break;
	}
	wire_read(&reader, buf, len);
	obey(spawner, &reader, fds, fds_len);
	for (i = 0; i < fds_len; i++)
		(void)close(fds[i]);
	return !reader.failed;
}

static void
obey(struct spawner *spawner, struct wire_reader *reader, const int *fds,
    size_t fds_len)
{
	const uint32_t kind = wire_get_u32(reader);
	const uint64_t number = wire_get_u64(reader);

	if (!wire_done(reader))
		reader->failed = true;
	else if (kind == SPAWNER_START)
		start(spawner, number, fds, fds_len);
	else if (kind == SPAWNER_KILL)
		kill_host(spawner, number);
	else
		reader->failed = true;
}

static void
start(struct spawner *spawner, uint64_t number, const int *fds, size_t fds_len)
{
	const struct spawner_request request = {
		.number = number,
		.module_fd = fds_len > 0 ? fds[0] : -1,
		.out_fd = fds_len > 1 ? fds[1] : -1,
		.late_fd = fds_len > 2 ? fds[2] : -1,
		.calls = fds + 3,
		.calls_len = fds_len > 3 ? fds_len - 3 : 0,
		.program_fd = spawner->program_fd,
	};
	struct till_error err;

	if (spawner->user.missing)
		say(SPAWNER_REFUSED, number, NULL, NO_USER);
	else if (request.calls_len == 0 ||
	    request.calls_len > HOST_CHANNELS_MAX)
		say(SPAWNER_REFUSED, number, NULL, "it has no channels");
	else if (module_ok(request.module_fd, &err) == -1 ||
	    fork_host(spawner, &request, &err) == -1)
		say(SPAWNER_REFUSED, number, NULL, err.text);
}

static int
fork_host(struct spawner *spawner, const struct spawner_request *request,
    struct till_error *err)
{
	const pid_t self = getpid();
	struct running *host = &spawner->hosts[spawner->hosts_len];
	int64_t pid;

	if (spawner->hosts_len == SPAWNER_HOSTS_MAX)
		return till_fail(err, "there are %d hosts already",
		    SPAWNER_HOSTS_MAX);
	pid = fork();
	if (pid == 0)
		spawner_become_host(request, &spawner->user, self);
	if (pid == -1)
		return till_fail(err, "fork: %s", strerror(errno));
	host->number = request->number;
	host->pid = (pid_t)pid;
	spawner->hosts_len++;
	say(SPAWNER_STARTED, request->number, &pid, NULL);
	return 0;
}

/* A rear unit that was taken over must not have its own file run as
 * another user: as root we take only what root alone can change. */
static int
module_ok(int fd, struct till_error *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return till_fail(err, "fstat: %s", strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return till_fail(err, "its file may be written by others");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return till_fail(err, "its file belongs to user %ld, not root",
		    (long)st.st_uid);
	return 0;
}

static void
kill_host(const struct spawner *spawner, uint64_t number)
{
	size_t i;

	for (i = 0; i < spawner->hosts_len; i++)
		if (spawner->hosts[i].number == number)
			kill_group(spawner->hosts[i].pid);
}

/* With what it has started.  Before its setsid it has no group. */
static void
kill_group(pid_t pid)
{
	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL);
}

static void
reap(struct spawner *spawner)
{
	struct signalfd_siginfo info;
	int64_t status;
	pid_t pid;
	size_t i;
	int how;

	(void)!read(spawner->signal_fd, &info, sizeof(info));
	while ((pid = ended_child()) > 0) {
		/* What it has left behind; before its number is free. */
		(void)kill(-pid, SIGKILL);
		if (waitpid(pid, &how, 0) != pid)
			continue;
		for (i = 0; i < spawner->hosts_len; i++)
			if (spawner->hosts[i].pid == pid)
				break;
		if (i == spawner->hosts_len)
			continue;
		status = how;
		say(SPAWNER_ENDED, spawner->hosts[i].number, &status, NULL);
		spawner->hosts[i] = spawner->hosts[--spawner->hosts_len];
	}
}

/* One that is to be waited for; 0: none. */
static pid_t
ended_child(void)
{
	siginfo_t info;

	info.si_pid = 0;
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1)
		return 0;
	return info.si_pid;
}

/* What cannot be said has nobody to hear it. */
static void
say(enum spawner_kind kind, uint64_t number, const int64_t *value,
    const char *text)
{
	unsigned char buf[MESSAGE_SIZE];
	struct wire_writer writer;

	wire_begin(&writer, buf, sizeof(buf));
	wire_put_u32(&writer, (uint32_t)kind);
	wire_put_u64(&writer, number);
	if (value != NULL)
		wire_put_i64(&writer, *value);
	if (text != NULL)
		wire_put_text(&writer, text);
	(void)channel_send(SOCKET_FD, &writer, NULL, 0);
}

static void
end_all(struct spawner *spawner)
{
	size_t i;

	for (i = 0; i < spawner->hosts_len; i++)
		kill_group(spawner->hosts[i].pid);
	for (i = 0; i < spawner->hosts_len; i++)
		while (waitpid(spawner->hosts[i].pid, NULL, 0) == -1 &&
		    errno == EINTR)
			;
}

/*
 * socket.c - unix sockets by their path.
 *
 * A new socket is bound under a name of its own, gets its mode and
 * group, and is then renamed onto the path: so nobody can connect to it
 * with wider permissions, and between an old server and a new one there
 * is no moment without a file.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link/link.h"
#include "link/socket.h"

#define BACKLOG 64

static int address(const char *, struct sockaddr_un *, struct till_error *);
static int may_replace(const char *, struct till_error *);
static int bind_new(int, const char *, mode_t, gid_t, struct socket_file *,
    struct till_error *);

int
socket_listen(const char *path, mode_t mode, gid_t group,
    struct socket_file *file, struct till_error *err)
{
	char new_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd, n;

	n = snprintf(new_path, sizeof(new_path), "%s.%ld", path,
	    (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(new_path))
		return till_fail(err, "%s: the path is too long for a socket",
		    path);
	if (may_replace(path, err) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return till_fail(err, "socket: %s", strerror(errno));
	/* What a killed process of the same number may have left. */
	(void)unlink(new_path);
	if (bind_new(fd, new_path, mode, group, file, err) == -1) {
		(void)close(fd);
		return -1;
	}
	if (rename(new_path, path) == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		(void)unlink(new_path);
		(void)close(fd);
		return -1;
	}
	return fd;
}

void
socket_unlink(const char *path, const struct socket_file *file)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_dev == file->device &&
	    st.st_ino == file->inode)
		(void)unlink(path);
}

int
socket_connect(const char *path, struct till_error *err)
{
	struct sockaddr_un addr;
	int fd;

	if (address(path, &addr, err) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return till_fail(err, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
thread_start(pthread_t *thread, void *(*run)(void *), void *arg,
    struct till_error *err)
{
	sigset_t all, before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, run, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return till_fail(err, "pthread_create: %s", strerror(error));
	return 0;
}

int64_t
link_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
address(const char *path, struct sockaddr_un *addr, struct till_error *err)
{
	size_t len = strlen(path);

	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (len == 0 || len >= sizeof(addr->sun_path))
		return till_fail(err, "%s: the path is too long for a socket",
		    path);
	memcpy(addr->sun_path, path, len);
	return 0;
}

static int
may_replace(const char *path, struct till_error *err)
{
	struct till_error gone;
	struct stat st;
	int fd;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		return till_fail(err, "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(st.st_mode))
		return till_fail(err, "%s is there and is no socket", path);
	fd = socket_connect(path, &gone);
	if (fd == -1)
		return 0;
	(void)close(fd);
	return till_fail(err, "another server listens on %s", path);
}

static int
bind_new(int fd, const char *path, mode_t mode, gid_t group,
    struct socket_file *file, struct till_error *err)
{
	struct sockaddr_un addr;
	struct stat st;

	if (address(path, &addr, err) == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if ((group != (gid_t)-1 && lchown(path, (uid_t)-1, group) == -1) ||
	    chmod(path, mode) == -1 || lstat(path, &st) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		(void)unlink(path);
		return -1;
	}
	file->device = st.st_dev;
	file->inode = st.st_ino;
	return 0;
}

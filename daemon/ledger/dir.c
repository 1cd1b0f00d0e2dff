/*
 * dir.c - the directory of a ledger and its lock.
 *
 * Berkeley DB with a private environment is lost if two processes open
 * it.  The lock is on the open file, so it ends with the process however
 * that ends, and a second opening by the same process is refused too.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/internal.h"

#define MARK "meta.db" /* where this is, there is a ledger */

static int path_in(const char *, const char *, char *, size_t,
    struct till_error *);
static void note_owner(int);
static long read_owner(int);

int
dir_make(const char *dir, struct till_error *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	if (path_in(dir, MARK, path, sizeof(path), err) == -1)
		return -1;
	if (lstat(path, &st) == 0)
		return till_fail(err, "%s holds a ledger already", dir);
	if (errno != ENOENT)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return dir_check(dir, err);
}

int
dir_check(const char *dir, struct till_error *err)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return till_fail(err, "%s is not a directory", dir);
	if (st.st_uid != geteuid())
		return till_fail(err, "%s belongs to another user", dir);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return till_fail(err, "%s can be reached by others: chmod 700",
		    dir);
	return 0;
}

int
dir_holds(const char *dir, struct till_error *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (path_in(dir, MARK, path, sizeof(path), err) == -1)
		return -1;
	if (lstat(path, &st) == -1)
		return till_fail(err, "%s holds no ledger: %s", dir,
		    strerror(errno));
	return 0;
}

int
dir_sync(const char *dir, struct till_error *err)
{
	int fd, r;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	r = fsync(fd);
	if (r == -1)
		till_fail(err, "%s: %s", dir, strerror(errno));
	close(fd);
	return r;
}

int
dir_lock(const char *dir, int *fd_r, struct till_error *err)
{
	char path[PATH_MAX];
	long owner;
	int fd;

	if (path_in(dir, "lock", path, sizeof(path), err) == -1)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		note_owner(fd);
		*fd_r = fd;
		return 0;
	}
	owner = read_owner(fd);
	if (errno == EWOULDBLOCK && owner > 0)
		till_fail(err, "%s is open in process %ld already", dir, owner);
	else if (errno == EWOULDBLOCK)
		till_fail(err, "%s is open in another process", dir);
	else
		till_fail(err, "%s: %s", path, strerror(errno));
	close(fd);
	return -1;
}

static int
path_in(const char *dir, const char *name, char *path, size_t size,
    struct till_error *err)
{
	int n;

	n = snprintf(path, size, "%s/%s", dir, name);
	if (n < 0 || (size_t)n >= size)
		return till_fail(err, "%s: the name is too long", dir);
	return 0;
}

/* For the message of the one who is refused; nothing depends on it. */
static void
note_owner(int fd)
{
	char text[32];
	int n;

	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == -1 || pwrite(fd, text, (size_t)n, 0) == -1)
		return;
}

static long
read_owner(int fd)
{
	char text[32];
	int saved = errno;
	ssize_t n;

	n = pread(fd, text, sizeof(text) - 1, 0);
	errno = saved;
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

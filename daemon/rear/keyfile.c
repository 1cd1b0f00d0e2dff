/*
 * keyfile.c - reading and writing the key folder.
 */
#include <sys/stat.h>

#include <openssl/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rear/keyfile.h"

#define TEMPORARY "new.tmp"

static int path_of(char *, const char *, const char *, struct till_error *);
static int write_all(int, const void *, size_t);
static int sync_dir(const char *, struct till_error *);
static int check(int, const char *, size_t *, struct till_error *);
static int read_all(int, unsigned char *, size_t);

int
keyfile_folder(const char *dir, char folder_r[KEYFILE_PATH_MAX],
    struct till_error *err)
{
	return path_of(folder_r, dir, "keys", err);
}

bool
keyfile_exists(const char *dir, const char *name)
{
	char path[KEYFILE_PATH_MAX];
	struct till_error err;
	struct stat st;

	return path_of(path, dir, name, &err) == 0 && lstat(path, &st) == 0;
}

int
keyfile_write(const char *dir, const char *name, const void *data, size_t len,
    struct till_error *err)
{
	char path[KEYFILE_PATH_MAX];
	int fd, failed;

	if (path_of(path, dir, TEMPORARY, err) == -1)
		return -1;
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0400);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	failed = write_all(fd, data, len) == -1 || fsync(fd) == -1;
	if (close(fd) == -1 || failed) {
		(void)till_fail(err, "%s: %s", path, strerror(errno));
		(void)unlink(path);
		return -1;
	}
	return keyfile_rename(dir, TEMPORARY, name, err);
}

int
keyfile_read(const char *dir, const char *name, unsigned char **data_r,
    size_t *len_r, struct till_error *err)
{
	char path[KEYFILE_PATH_MAX];
	unsigned char *data = NULL;
	size_t len = 0;
	int fd, r = -1;

	if (path_of(path, dir, name, err) == -1)
		return -1;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (check(fd, path, &len, err) == -1)
		goto out;
	data = OPENSSL_secure_zalloc(len + 1);
	if (data == NULL) {
		(void)till_fail(err, "out of memory");
		goto out;
	}
	if (read_all(fd, data, len) == -1) {
		(void)till_fail(err, "%s: cannot be read", path);
		goto out;
	}
	*data_r = data;
	*len_r = len;
	data = NULL;
	r = 0;
out:
	keyfile_wipe(data, len);
	(void)close(fd);
	return r;
}

void
keyfile_wipe(unsigned char *data, size_t len)
{
	if (data != NULL)
		OPENSSL_secure_clear_free(data, len + 1);
}

int
keyfile_link(const char *dir, const char *from, const char *to,
    struct till_error *err)
{
	char old[KEYFILE_PATH_MAX], path[KEYFILE_PATH_MAX];

	if (path_of(old, dir, from, err) == -1 ||
	    path_of(path, dir, to, err) == -1)
		return -1;
	if (link(old, path) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return sync_dir(dir, err);
}

int
keyfile_rename(const char *dir, const char *from, const char *to,
    struct till_error *err)
{
	char old[KEYFILE_PATH_MAX], path[KEYFILE_PATH_MAX];

	if (path_of(old, dir, from, err) == -1 ||
	    path_of(path, dir, to, err) == -1)
		return -1;
	if (rename(old, path) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return sync_dir(dir, err);
}

int
keyfile_remove(const char *dir, const char *name, struct till_error *err)
{
	char path[KEYFILE_PATH_MAX];

	if (path_of(path, dir, name, err) == -1)
		return -1;
	if (unlink(path) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return sync_dir(dir, err);
}

static int
path_of(char *path, const char *dir, const char *name, struct till_error *err)
{
	int n = snprintf(path, KEYFILE_PATH_MAX, "%s/%s", dir, name);

	if (n < 0 || n >= KEYFILE_PATH_MAX)
		return till_fail(err, "the path of %s is too long", name);
	return 0;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const unsigned char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
sync_dir(const char *dir, struct till_error *err)
{
	int fd, failed;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	failed = fsync(fd) == -1;
	(void)close(fd);
	return failed ? till_fail(err, "%s: cannot be synced", dir) : 0;
}

/* Only its owner may read it, and that is root or ourselves. */
static int
check(int fd, const char *path, size_t *len_r, struct till_error *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return till_fail(err, "%s: not a regular file", path);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return till_fail(err,
		    "%s: must belong to us and be closed to others", path);
	if (st.st_size < 1 || st.st_size > KEYFILE_MAX)
		return till_fail(err, "%s: has not 1 to %d octets", path,
		    KEYFILE_MAX);
	*len_r = (size_t)st.st_size;
	return 0;
}

static int
read_all(int fd, unsigned char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = read(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

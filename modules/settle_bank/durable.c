/*
 * durable.c - see durable.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settle_bank/durable.h"

static int fill(const char *path, const void *data, size_t len,
    struct till_error *err);

int
durable_read(const char *path, void *buf, size_t size, size_t *len_r,
    struct till_error *err)
{
	size_t len = 0;
	ssize_t n = 1;
	char more;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT)
		return 1;
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	while (n > 0 && len < size) {
		n = read(fd, (char *)buf + len, size - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (n > 0)
		n = read(fd, &more, 1);
	(void)close(fd);
	if (n == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (n > 0)
		return till_fail(err, "%s is too long", path);
	*len_r = len;
	return 0;
}

int
durable_replace(const char *path, const void *data, size_t len,
    struct till_error *err)
{
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof(beside), "%s.new", path) >=
	    (int)sizeof(beside))
		return till_fail(err, "%s: name too long", path);
	if (fill(beside, data, len, err) == -1)
		return -1;
	if (rename(beside, path) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return durable_folder(path, err);
}

int
durable_folder(const char *path, struct till_error *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	int fd, r;

	if (slash != NULL)
		(void)snprintf(folder, sizeof(folder), "%.*s",
		    slash == path ? 1 : (int)(slash - path), path);
	fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (fd == -1)
		return till_fail(err, "%s: %s", folder, strerror(errno));
	r = fsync(fd);
	(void)close(fd);
	return r == 0 ? 0 : till_fail(err, "%s: %s", folder, strerror(errno));
}

int
durable_write(int fd, const void *data, size_t len, const char *path,
    struct till_error *err)
{
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return till_fail(err, "%s: %s", path, strerror(errno));
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
fill(const char *path, const void *data, size_t len, struct till_error *err)
{
	int fd, r;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	r = durable_write(fd, data, len, path, err);
	if (r == 0 && fsync(fd) == -1)
		r = till_fail(err, "%s: %s", path, strerror(errno));
	if (close(fd) == -1 && r == 0)
		r = till_fail(err, "%s: %s", path, strerror(errno));
	return r;
}

/*
 * safe.c - who could have written this file, or another in its place?
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/safe.h"

static int canonical(const char *, struct till_error *);
static int look(const char *, struct till_error *);

int
safe_file(const char *path, struct till_error *err)
{
	char part[PATH_MAX] = "/";
	const char *slash = path;
	struct stat st;

	if (canonical(path, err) == -1 || look(part, err) == -1)
		return -1;
	while ((slash = strchr(slash + 1, '/')) != NULL) {
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		if (look(part, err) == -1)
			return -1;
	}
	if (lstat(path, &st) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return till_fail(err, "%s is not a regular file", path);
	return look(path, err);
}

int
safe_program(const char *path, struct till_error *err)
{
	if (safe_file(path, err) == -1)
		return -1;
	if (access(path, X_OK) == -1)
		return till_fail(err, "%s cannot be executed: %s", path,
		    strerror(errno));
	return 0;
}

/* What stands in the configuration is what is looked at and opened. */
static int
canonical(const char *path, struct till_error *err)
{
	char *real;
	int r = 0;

	if (path[0] != '/' || strlen(path) >= PATH_MAX)
		return till_fail(err, "%.200s is not an absolute path", path);
	real = realpath(path, NULL);
	if (real == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (strcmp(real, path) != 0)
		r = till_fail(err, "%s is another name of %s: write that", path,
		    real);
	free(real);
	return r;
}

static int
look(const char *path, struct till_error *err)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return till_fail(err,
		    "%s belongs to user %u, who is neither root nor the "
		    "server's user",
		    path, (unsigned int)st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	if (S_ISDIR(st.st_mode) && st.st_uid == 0 &&
	    (st.st_mode & S_ISVTX) != 0)
		return 0;
	return till_fail(err, "%s may be written by others (mode %04o)", path,
	    (unsigned int)(st.st_mode & 07777));
}

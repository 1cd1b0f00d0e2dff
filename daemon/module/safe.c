/*
 * safe.c - can another user change this file, or put another in its
 * place?
 *
 * The path is walked as the kernel walks it, symbolic links included;
 * every folder on the way must belong to root or to us and be writable
 * by its owner only.  A folder that others may write is accepted where
 * it is root's and sticky, as /tmp is: there nobody but the owner can
 * rename or remove what is ours, and what lies in it is checked again.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/loader.h"

#define SAFE_LINKS_MAX 16 /* symbolic links on the way */

/* How far the walk has come: done is checked, rest is still to do. */
struct walk {
	char done[PATH_MAX];
	char rest[PATH_MAX];
	unsigned int links;
	struct stat st; /* of done */
};

static int start(struct walk *, const char *, struct till_error *);
static int step(struct walk *, struct till_error *);
static bool next_part(struct walk *, char part[NAME_MAX + 1], bool *too_long);
static void parent(char *);
static int look(struct walk *, struct till_error *);
static int follow(struct walk *, struct till_error *);
static int owner_ok(const struct stat *, const char *, struct till_error *);
static int folder_ok(const struct stat *, const char *, struct till_error *);

int
file_is_safe(const char *path, int fd, struct till_error *err)
{
	struct walk *walk;
	struct stat st;
	int r = -1;

	if (fstat(fd, &st) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return till_fail(err, "%s is not a regular file", path);
	if (owner_ok(&st, path, err) == -1)
		return -1;
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return till_fail(err, "%s may be written by others (mode %04o)",
		    path, (unsigned int)(st.st_mode & 07777));

	walk = malloc(sizeof(*walk));
	if (walk == NULL)
		return till_fail(err, "out of memory");
	if (start(walk, path, err) == -1)
		goto out;
	while (walk->rest[0] != '\0') {
		if (step(walk, err) == -1)
			goto out;
	}
	if (walk->st.st_dev != st.st_dev || walk->st.st_ino != st.st_ino) {
		till_fail(err, "%s was replaced while it was read", path);
		goto out;
	}
	r = 0;
out:
	free(walk);
	return r;
}

static int
start(struct walk *walk, const char *path, struct till_error *err)
{
	size_t len = 0;

	memset(walk, 0, sizeof(*walk));
	if (path[0] != '/') {
		if (getcwd(walk->rest, sizeof(walk->rest)) == NULL)
			return till_fail(err, "%s: %s", path, strerror(errno));
		len = strlen(walk->rest);
	}
	if ((size_t)snprintf(walk->rest + len, sizeof(walk->rest) - len, "/%s",
		path) >= sizeof(walk->rest) - len)
		return till_fail(err, "%s: %s", path, strerror(ENAMETOOLONG));
	return look(walk, err); /* the root folder */
}

/* Go one name further. */
static int
step(struct walk *walk, struct till_error *err)
{
	char part[NAME_MAX + 1];
	bool too_long = false;
	size_t len;

	if (!next_part(walk, part, &too_long))
		return too_long ? till_fail(err, "%s: %s", walk->done,
				      strerror(ENAMETOOLONG))
				: 0;
	if (!S_ISDIR(walk->st.st_mode))
		return till_fail(err, "%s: %s", walk->done, strerror(ENOTDIR));
	if (strcmp(part, "..") == 0) {
		parent(walk->done);
		return look(walk, err);
	}
	len = strlen(walk->done);
	if ((size_t)snprintf(walk->done + len, sizeof(walk->done) - len, "/%s",
		part) >= sizeof(walk->done) - len)
		return till_fail(err, "%s: %s", walk->done,
		    strerror(ENAMETOOLONG));
	return look(walk, err);
}

/* Take the first name off rest; false if there is none but "." left. */
static bool
next_part(struct walk *walk, char part[NAME_MAX + 1], bool *too_long)
{
	const char *from = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(from, "/");

	if (len > NAME_MAX) {
		*too_long = true;
		return false;
	}
	memcpy(part, from, len);
	part[len] = '\0';
	memmove(walk->rest, from + len, strlen(from + len) + 1);
	return len > 0 && strcmp(part, ".") != 0;
}

static void
parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* Examine what done names now. */
static int
look(struct walk *walk, struct till_error *err)
{
	const char *name = walk->done[0] != '\0' ? walk->done : "/";

	if (lstat(name, &walk->st) == -1)
		return till_fail(err, "%s: %s", name, strerror(errno));
	if (owner_ok(&walk->st, name, err) == -1)
		return -1;
	if (S_ISLNK(walk->st.st_mode))
		return follow(walk, err);
	if (S_ISDIR(walk->st.st_mode))
		return folder_ok(&walk->st, name, err);
	return 0;
}

/* Put the link's target in front of rest. */
static int
follow(struct walk *walk, struct till_error *err)
{
	char target[PATH_MAX];
	size_t rest = strlen(walk->rest);
	ssize_t n;

	if (++walk->links > SAFE_LINKS_MAX)
		return till_fail(err, "%s: %s", walk->done, strerror(ELOOP));
	n = readlink(walk->done, target, sizeof(target));
	if (n <= 0)
		return till_fail(err, "%s: %s", walk->done, strerror(errno));
	if ((size_t)n + 1 + rest + 1 > sizeof(walk->rest))
		return till_fail(err, "%s: %s", walk->done,
		    strerror(ENAMETOOLONG));
	memmove(walk->rest + n + 1, walk->rest, rest + 1);
	memcpy(walk->rest, target, (size_t)n);
	walk->rest[n] = '/';
	if (target[0] == '/')
		walk->done[0] = '\0';
	else
		parent(walk->done);
	return look(walk, err);
}

static int
owner_ok(const struct stat *st, const char *name, struct till_error *err)
{
	if (st->st_uid == 0 || st->st_uid == geteuid())
		return 0;
	return till_fail(err,
	    "%s belongs to user %u, who is neither root "
	    "nor the server's user",
	    name, (unsigned int)st->st_uid);
}

static int
folder_ok(const struct stat *st, const char *name, struct till_error *err)
{
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	if (st->st_uid == 0 && (st->st_mode & S_ISVTX) != 0)
		return 0;
	return till_fail(err,
	    "the folder %s may be written by others "
	    "(mode %04o)",
	    name, (unsigned int)(st->st_mode & 07777));
}

/*
 * target.c - the module that is looked at, and a place to work.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/target.h"
#include "module/descriptor.h"
#include "module/loader.h"
#include "module/names.h"

#define OPEN_FOLDERS_MAX 16 /* that removing a tree keeps open */

static int name_take(const char *path, char name[TILL_MODULE_NAME_MAX],
    struct till_error *err);
static int scratch_make(struct kit_target *, struct till_error *err);
static int copy_octets(int from, int to);
static int remove_one(const char *, const struct stat *, int, struct FTW *);

int
kit_target_note(const char *path, struct kit_target *target,
    struct till_error *err)
{
	struct till_error why;
	int fd, r;

	memset(target, 0, sizeof(*target));
	target->path = path;
	/* A FIFO is told from a file, and not waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	r = note_read(fd, &target->note, &why);
	(void)close(fd);
	if (r == -1)
		return till_fail(err, "%s %s", path, why.text);
	if (name_take(path, target->name, err) == -1)
		return -1;
	if (strcmp(target->name, target->note.name) != 0)
		return till_fail(err,
		    "%s is mislabelled: its note names the module '%s', so "
		    "the file has to be called %s.so",
		    path, target->note.name, target->note.name);
	return 0;
}

int
kit_target_open(const char *path, struct kit_target *target,
    struct till_error *err)
{
	char to[PATH_MAX + TILL_MODULE_NAME_MAX + 4];
	struct till_error why;

	if (kit_target_note(path, target, err) == -1)
		return -1;
	if (note_check(&target->note, &why) == -1)
		return till_fail(err, "%s %s", path, why.text);
	if (scratch_make(target, err) == -1)
		return -1;
	(void)snprintf(to, sizeof(to), "%s/%s.so", target->dir, target->name);
	if (kit_copy(path, to, 0500, err) == 0)
		return 0;
	kit_target_close(target);
	return -1;
}

void
kit_target_close(struct kit_target *target)
{
	if (target->scratch[0] != '\0')
		(void)nftw(target->scratch, remove_one, OPEN_FOLDERS_MAX,
		    FTW_DEPTH | FTW_PHYS);
	target->scratch[0] = '\0';
}

int
kit_target_case(struct kit_target *target, char dir[PATH_MAX],
    struct till_error *err)
{
	(void)snprintf(dir, PATH_MAX, "%s/%u", target->scratch,
	    ++target->cases);
	if (mkdir(dir, 0700) == -1)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	return 0;
}

int
kit_copy(const char *from, const char *to, unsigned int mode,
    struct till_error *err)
{
	const int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int out, r;

	if (in == -1)
		return till_fail(err, "%s: %s", from, strerror(errno));
	if (fstat(in, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)close(in);
		return till_fail(err, "%s is not a regular file", from);
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode | 0200);
	if (out == -1) {
		till_fail(err, "%s: %s", to, strerror(errno));
		(void)close(in);
		return -1;
	}
	r = copy_octets(in, out);
	if (fchmod(out, mode) == -1)
		r = -1;
	if (r == -1)
		till_fail(err, "%s: %s", to, strerror(errno));
	(void)close(in);
	(void)close(out);
	return r;
}

/* NAME of .../NAME.so. */
static int
name_take(const char *path, char name[TILL_MODULE_NAME_MAX],
    struct till_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash != NULL ? slash + 1 : path;
	const size_t len = strlen(file);

	if (len <= 3 || strcmp(file + len - 3, ".so") != 0 ||
	    len - 3 >= TILL_MODULE_NAME_MAX)
		return till_fail(err,
		    "%s: a module's file is called after it, NAME.so", path);
	(void)snprintf(name, TILL_MODULE_NAME_MAX, "%.*s", (int)len - 3, file);
	if (!name_is_module(name))
		return till_fail(err,
		    "%s: a module's name has a-z, 0-9 and '_' only", path);
	return 0;
}

static int
scratch_make(struct kit_target *target, struct till_error *err)
{
	const char *tmp = getenv("TMPDIR");
	char made[sizeof(target->scratch)], whole[PATH_MAX];

	if (tmp == NULL || tmp[0] != '/')
		tmp = "/tmp";
	if ((size_t)snprintf(made, sizeof(made), "%s/till-module.XXXXXX",
		tmp) >= sizeof(made) ||
	    mkdtemp(made) == NULL)
		return till_fail(err, "no scratch folder in %s: %s", tmp,
		    strerror(errno));
	/* The loader and modules take no path with symbolic links. */
	if (realpath(made, whole) == NULL ||
	    strlen(whole) >= sizeof(target->scratch)) {
		(void)rmdir(made);
		return till_fail(err, "%s: %s", made, strerror(errno));
	}
	memcpy(target->scratch, whole, strlen(whole) + 1);
	return kit_target_case(target, target->dir, err);
}

static int
copy_octets(int from, int to)
{
	char buf[16384];
	ssize_t n, done, w;

	for (;;) {
		n = read(from, buf, sizeof(buf));
		if (n == 0)
			return 0;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		for (done = 0; done < n; done += w) {
			w = write(to, buf + done, (size_t)(n - done));
			if (w == -1)
				return -1;
		}
	}
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	(void)remove(path);
	return 0;
}

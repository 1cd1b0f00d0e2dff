/*
 * map.c - dlopen, of the file that was checked.
 *
 * What was checked is what is loaded, because dlopen is given the
 * descriptor's own name.  The descriptor stays open for ever: if its
 * number were used again, glibc would take the new file's name for the
 * module it already has and silently return that one.
 */
#define _GNU_SOURCE /* dladdr1, dlinfo */
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "module/descriptor.h"
#include "module/map.h"

#define SYMBOL "till_module_v1"

static void *map(const char *, const char *, int *, struct till_error *);
static int by_path(const char *, const struct stat *, char *name, size_t size,
    struct till_error *);
static bool is_same_file(const char *, const struct stat *);
static const struct till_module *symbol(void *, struct till_error *);

int
map_module(const char *fd_dir, const char *path, int *fd,
    const struct till_note *note, struct till_module *module_r,
    struct till_error *err)
{
	const struct till_module *module;
	struct till_error why;
	void *handle;

	handle = map(fd_dir, path, fd, err);
	if (handle == NULL)
		return -1;
	module = symbol(handle, &why);
	if (module == NULL ||
	    descriptor_check(module, note, module_r, &why) == -1)
		return till_fail(err, "%s %s", path, why.text);
	return 0;
}

static void *
map(const char *fd_dir, const char *path, int *fd, struct till_error *err)
{
	char name[PATH_MAX];
	struct stat st;
	void *handle;

	if (fstat(*fd, &st) == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		return NULL;
	}
	(void)snprintf(name, sizeof(name), "%s/%d", fd_dir, *fd);
	if (!is_same_file(name, &st) &&
	    by_path(path, &st, name, sizeof(name), err) == -1)
		return NULL;
	handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		till_fail(err, "%s: %s", path, dlerror());
		return NULL;
	}
	*fd = -1;
	if (is_same_file(name, &st))
		return handle;
	till_fail(err, "%s was replaced while it was loaded", path);
	return NULL;
}

/* Where descriptors have no names: the path, if it still leads to our
 * file and glibc does not take it for a module that it has already. */
static int
by_path(const char *path, const struct stat *st, char *name, size_t size,
    struct till_error *err)
{
	(void)snprintf(name, size, "%s", path);
	if (!is_same_file(name, st))
		return till_fail(err, "%s was replaced while it was loaded",
		    path);
	if (dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) != NULL)
		return till_fail(err,
		    "%s is in use already, and without /proc "
		    "it cannot be loaded anew",
		    path);
	return 0;
}

static bool
is_same_file(const char *path, const struct stat *file)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == file->st_dev &&
	    st.st_ino == file->st_ino;
}

/* The descriptor must be the module's own, not that of a library which
 * it is linked with. */
static const struct till_module *
symbol(void *handle, struct till_error *err)
{
	const struct link_map *map = NULL;
	const struct till_module *module;
	const struct link_map *home = NULL;
	Dl_info info;

	module = dlsym(handle, SYMBOL);
	if (module == NULL) {
		till_fail(err, "does not export %s", SYMBOL);
		return NULL;
	}
	if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == -1 ||
	    dladdr1(module, &info, (void **)(uintptr_t)&home,
		RTLD_DL_LINKMAP) == 0 ||
	    home != map) {
		till_fail(err, "exports a %s that is not its own", SYMBOL);
		return NULL;
	}
	return module;
}

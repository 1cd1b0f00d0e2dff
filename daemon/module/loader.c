/*
 * loader.c - find a module's file, check it, load it, check it again.
 *
 * The order matters: constructors run inside dlopen, so the note is read
 * first.  What was checked is what is loaded, because dlopen is given
 * the descriptor's own name.  The descriptor stays open for ever: if its
 * number were used again, glibc would take the new file's name for the
 * module it already has and silently return that one.
 */
#define _GNU_SOURCE /* dladdr1, dlinfo */
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/descriptor.h"
#include "module/loader.h"
#include "module/names.h"

#define FD_DIR "/proc/self/fd"
#define SYMBOL "till_module_v1"

struct loaded {
	struct loaded *next;
	char *path;
	int fd; /* -1 once the code is mapped: never to be closed */
	struct stat st;
	struct till_note note;
	struct till_module module;
	pthread_mutex_t *lock;
};

struct loader {
	char *dirs[LOADER_DIRS_MAX];
	size_t dirs_len;
	char *fd_dir;
	bool allow_mock;
	pthread_mutex_t lock; /* of list */
	struct loaded *list;
};

static int file_open(const struct loader *, const char *, char **path_r,
    struct till_error *);
static int load(struct loader *, const char *, int fd, char *path,
    const struct loaded **, struct till_error *);
static int known(const struct loader *, const char *, const struct stat *,
    const struct loaded **, struct till_error *);
static int before_code(const struct loader *, const char *, struct loaded *,
    struct till_error *);
static int run(const struct loader *, struct loaded *, struct till_error *);
static void *map(const struct loader *, struct loaded *, struct till_error *);
static int by_path(const struct loaded *, char *name, size_t size,
    struct till_error *);
static bool is_same_file(const char *, const struct loaded *);
static const struct till_module *symbol(void *, struct till_error *);
static struct loaded *loaded_new(int fd, char *path);
static void loaded_free(struct loaded *);

struct loader *
loader_new(const struct loader_options *options)
{
	struct loader *loader;
	size_t i;

	loader = calloc(1, sizeof(*loader));
	if (loader == NULL)
		return NULL;
	if (pthread_mutex_init(&loader->lock, NULL) != 0) {
		free(loader);
		return NULL;
	}
	loader->allow_mock = options->allow_mock;
	loader->fd_dir =
	    strdup(options->fd_dir != NULL ? options->fd_dir : FD_DIR);
	if (loader->fd_dir == NULL)
		goto fail;
	for (i = 0; i < options->dirs_len && i < LOADER_DIRS_MAX; i++) {
		loader->dirs[i] = strdup(options->dirs[i]);
		if (loader->dirs[i] == NULL)
			goto fail;
		loader->dirs_len++;
	}
	return loader;
fail:
	loader_free(loader);
	return NULL;
}

void
loader_free(struct loader *loader)
{
	struct loaded *loaded;
	size_t i;

	if (loader == NULL)
		return;
	while (loader->list != NULL) {
		loaded = loader->list;
		loader->list = loaded->next;
		loaded_free(loaded);
	}
	for (i = 0; i < loader->dirs_len; i++)
		free(loader->dirs[i]);
	free(loader->fd_dir);
	(void)pthread_mutex_destroy(&loader->lock);
	free(loader);
}

int
loader_load(struct loader *loader, const char *name,
    const struct loaded **loaded_r, struct till_error *err)
{
	char *path = NULL;
	int fd, r;

	if (!name_is_module(name))
		return till_fail(err, "'%s' is no name of a module", name);
	fd = file_open(loader, name, &path, err);
	if (fd == -1)
		return -1;
	(void)pthread_mutex_lock(&loader->lock);
	r = load(loader, name, fd, path, loaded_r, err);
	(void)pthread_mutex_unlock(&loader->lock);
	return r;
}

const struct till_module *
loaded_module(const struct loaded *loaded)
{
	return &loaded->module;
}

const struct till_note *
loaded_note(const struct loaded *loaded)
{
	return &loaded->note;
}

const char *
loaded_path(const struct loaded *loaded)
{
	return loaded->path;
}

void
loaded_enter(const struct loaded *loaded)
{
	if ((loaded->module.caps & TILL_CAP_THREADSAFE) == 0)
		(void)pthread_mutex_lock(loaded->lock);
}

void
loaded_leave(const struct loaded *loaded)
{
	if ((loaded->module.caps & TILL_CAP_THREADSAFE) == 0)
		(void)pthread_mutex_unlock(loaded->lock);
}

bool
loader_has(const struct loader *loader, const char *name)
{
	struct till_error err;
	char *path = NULL;
	int fd;

	if (!name_is_module(name))
		return false;
	fd = file_open(loader, name, &path, &err);
	if (fd != -1)
		(void)close(fd);
	free(path);
	return fd != -1;
}

const char **
loader_names(const struct loader *loader)
{
	return names_in_dirs(loader->dirs, loader->dirs_len);
}

/* The first folder that has a file of this name decides, even if the
 * file turns out to be unfit: it is never passed over for another. */
static int
file_open(const struct loader *loader, const char *name, char **path_r,
    struct till_error *err)
{
	char path[PATH_MAX];
	size_t i;
	int fd;

	for (i = 0; i < loader->dirs_len; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s.so",
			loader->dirs[i], name) >= sizeof(path))
			return till_fail(err, "%s: %s", loader->dirs[i],
			    strerror(ENAMETOOLONG));
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (fd == -1 && errno == ENOENT)
			continue;
		if (fd == -1)
			return till_fail(err, "%s: %s", path,
			    errno == ELOOP ? "is a symbolic link"
					   : strerror(errno));
		*path_r = strdup(path);
		if (*path_r != NULL)
			return fd;
		(void)close(fd);
		return till_fail(err, "out of memory");
	}
	return till_fail(err, "there is no module '%s'", name);
}

/* Takes over fd and path. */
static int
load(struct loader *loader, const char *name, int fd, char *path,
    const struct loaded **loaded_r, struct till_error *err)
{
	struct loaded *loaded;
	int found, r = -1;

	loaded = loaded_new(fd, path);
	if (loaded == NULL) {
		(void)close(fd);
		free(path);
		return till_fail(err, "out of memory");
	}
	if (fstat(fd, &loaded->st) == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		goto out;
	}
	found = known(loader, name, &loaded->st, loaded_r, err);
	if (found != 0) {
		r = found == 1 ? 0 : -1;
		goto out;
	}
	if (before_code(loader, name, loaded, err) == -1 ||
	    run(loader, loaded, err) == -1)
		goto out;
	loaded->next = loader->list;
	loader->list = loaded;
	*loaded_r = loaded;
	return 0;
out:
	if (loaded->fd != -1)
		(void)close(loaded->fd);
	loaded_free(loaded);
	return r;
}

/* 1: is loaded already.  0: no.  -1: was overwritten in place, so what
 * is mapped is neither the old module nor the new one. */
static int
known(const struct loader *loader, const char *name, const struct stat *st,
    const struct loaded **loaded_r, struct till_error *err)
{
	const struct loaded *l;

	for (l = loader->list; l != NULL; l = l->next) {
		if (strcmp(l->note.name, name) != 0 ||
		    l->st.st_dev != st->st_dev || l->st.st_ino != st->st_ino)
			continue;
		if (l->st.st_size != st->st_size ||
		    l->st.st_mtim.tv_sec != st->st_mtim.tv_sec ||
		    l->st.st_mtim.tv_nsec != st->st_mtim.tv_nsec)
			return till_fail(err,
			    "%s was overwritten while it is "
			    "in use; restart the server, and "
			    "next time rename a new file "
			    "into its place",
			    l->path);
		*loaded_r = l;
		return 1;
	}
	return 0;
}

/* All that can be known of a file that is not believed. */
static int
before_code(const struct loader *loader, const char *name,
    struct loaded *loaded, struct till_error *err)
{
	struct till_error why;

	if (file_is_safe(loaded->path, loaded->fd, err) == -1)
		return -1;
	if (note_read(loaded->fd, &loaded->note, &why) == -1 ||
	    note_check(&loaded->note, &why) == -1)
		return till_fail(err, "%s %s", loaded->path, why.text);
	if (strcmp(loaded->note.name, name) != 0)
		return till_fail(err, "%s is the module '%s', not '%s'",
		    loaded->path, loaded->note.name, name);
	if ((loaded->note.caps & TILL_CAP_MOCK) != 0 && !loader->allow_mock)
		return till_fail(err,
		    "'%s' is a mock for tests; it is taken only by a server "
		    "that was started with --allow-mock",
		    name);
	return 0;
}

static int
run(const struct loader *loader, struct loaded *loaded, struct till_error *err)
{
	const struct till_module *module;
	struct till_error why;
	void *handle;

	handle = map(loader, loaded, err);
	if (handle == NULL)
		return -1;
	module = symbol(handle, &why);
	if (module == NULL ||
	    descriptor_check(module, &loaded->note, &loaded->module, &why) ==
		-1)
		return till_fail(err, "%s %s", loaded->path, why.text);
	return 0;
}

/* Once dlopen has succeeded the descriptor stays open for ever, also
 * where a later check fails. */
static void *
map(const struct loader *loader, struct loaded *loaded, struct till_error *err)
{
	char name[PATH_MAX];
	void *handle;

	(void)snprintf(name, sizeof(name), "%s/%d", loader->fd_dir, loaded->fd);
	if (!is_same_file(name, loaded) &&
	    by_path(loaded, name, sizeof(name), err) == -1)
		return NULL;
	handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		till_fail(err, "%s: %s", loaded->path, dlerror());
		return NULL;
	}
	loaded->fd = -1;
	if (is_same_file(name, loaded))
		return handle;
	till_fail(err, "%s was replaced while it was loaded", loaded->path);
	return NULL;
}

/* Where descriptors have no names: the path, if it still leads to our
 * file and glibc does not take it for a module that it has already. */
static int
by_path(const struct loaded *loaded, char *name, size_t size,
    struct till_error *err)
{
	(void)snprintf(name, size, "%s", loaded->path);
	if (!is_same_file(name, loaded))
		return till_fail(err, "%s was replaced while it was loaded",
		    loaded->path);
	if (dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) != NULL)
		return till_fail(err,
		    "%s is in use already, and without /proc "
		    "it cannot be loaded anew",
		    loaded->path);
	return 0;
}

static bool
is_same_file(const char *path, const struct loaded *loaded)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == loaded->st.st_dev &&
	    st.st_ino == loaded->st.st_ino;
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

static struct loaded *
loaded_new(int fd, char *path)
{
	struct loaded *loaded;

	loaded = calloc(1, sizeof(*loaded));
	if (loaded == NULL)
		return NULL;
	loaded->lock = calloc(1, sizeof(*loaded->lock));
	if (loaded->lock == NULL ||
	    pthread_mutex_init(loaded->lock, NULL) != 0) {
		free(loaded->lock);
		free(loaded);
		return NULL;
	}
	loaded->fd = fd;
	loaded->path = path;
	return loaded;
}

static void
loaded_free(struct loaded *loaded)
{
	(void)pthread_mutex_destroy(loaded->lock);
	free(loaded->lock);
	free(loaded->path);
	free(loaded);
}

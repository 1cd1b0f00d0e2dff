/*
 * loader.c - find a module's file, check it, load it, check it again.
 *
 * The order matters: constructors run inside dlopen, so the note is read
 * first.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/descriptor.h"
#include "module/loader.h"
#include "module/map.h"
#include "module/names.h"

struct loaded {
	struct loaded *next;
	char *path;
	int fd; /* -1 once the code is mapped: never to be closed */
	struct stat st;
	struct till_note note;
	struct till_module module;
	pthread_mutex_t *lock;
};

struct group {
	struct group *next;
	char text[]; /* module, a blank, name */
};

struct loader {
	char *dirs[LOADER_DIRS_MAX];
	size_t dirs_len;
	char *fd_dir;
	bool allow_mock;
	const struct instance_backend *isolate;
	void *isolate_arg;
	int (*late)(void *, const char *, const struct till_late *);
	void *late_arg;
	pthread_mutex_t lock; /* of list and groups */
	struct loaded *list;
	struct group *groups;
	size_t groups_len;
};

static int file_open(const struct loader *, const char *, char **path_r,
    struct till_error *);
static int load(struct loader *, const char *, int fd, char *path,
    const struct loaded **, struct till_error *);
static int known(const struct loader *, const char *, const struct stat *,
    const struct loaded **, struct till_error *);
static int before_code(const struct loader *, const char *name,
    const char *path, int fd, struct till_note *, struct till_error *);
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
	loader->isolate = options->isolate;
	loader->isolate_arg = options->isolate_arg;
	loader->late = options->late;
	loader->late_arg = options->late_arg;
	loader->fd_dir =
	    strdup(options->fd_dir != NULL ? options->fd_dir : MAP_FD_DIR);
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
	struct group *group;
	size_t i;

	if (loader == NULL)
		return;
	while (loader->groups != NULL) {
		group = loader->groups;
		loader->groups = group->next;
		free(group);
	}
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

int
loader_find(struct loader *loader, const char *name, struct module_file *file_r,
    struct till_error *err)
{
	struct module_file file = { .fd = -1 };

	if (!name_is_module(name))
		return till_fail(err, "'%s' is no name of a module", name);
	file.fd = file_open(loader, name, &file.path, err);
	if (file.fd == -1)
		return -1;
	if (before_code(loader, name, file.path, file.fd, &file.note, err) ==
	    -1) {
		module_file_close(&file);
		return -1;
	}
	if (fstat(file.fd, &file.st) == -1) {
		till_fail(err, "%s: %s", file.path, strerror(errno));
		module_file_close(&file);
		return -1;
	}
	*file_r = file;
	return 0;
}

bool
module_file_is_whole(const struct module_file *file)
{
	struct stat st;

	return fstat(file->fd, &st) == 0 && st.st_size == file->st.st_size &&
	    st.st_mtim.tv_sec == file->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == file->st.st_mtim.tv_nsec;
}

void
module_file_close(struct module_file *file)
{
	if (file->fd != -1)
		(void)close(file->fd);
	free(file->path);
	*file = (struct module_file){ .fd = -1 };
}

const struct instance_backend *
loader_isolation(const struct loader *loader, void **arg_r)
{
	*arg_r = loader->isolate_arg;
	return loader->isolate;
}

int
loader_late(const struct loader *loader, const char *instance,
    const struct till_late *late)
{
	if (loader->late == NULL)
		return -1;
	return loader->late(loader->late_arg, instance, late);
}

const void *
loader_group(struct loader *loader, const char *module, const char *name)
{
	const size_t size = strlen(module) + strlen(name) + 2;
	struct group *group, *added = calloc(1, sizeof(*added) + size);

	if (added == NULL)
		return NULL;
	(void)snprintf(added->text, size, "%s %s", module, name);
	(void)pthread_mutex_lock(&loader->lock);
	group = loader->groups;
	while (group != NULL && strcmp(group->text, added->text) != 0)
		group = group->next;
	if (group == NULL && loader->groups_len == LOADER_GROUPS_MAX)
		group = loader->groups;
	if (group == NULL) {
		group = added;
		group->next = loader->groups;
		loader->groups = group;
		loader->groups_len++;
		added = NULL;
	}
	(void)pthread_mutex_unlock(&loader->lock);
	free(added);
	return group;
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
	if (before_code(loader, name, path, fd, &loaded->note, err) == -1 ||
	    map_module(loader->fd_dir, path, &loaded->fd, &loaded->note,
		&loaded->module, err) == -1)
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
before_code(const struct loader *loader, const char *name, const char *path,
    int fd, struct till_note *note, struct till_error *err)
{
	struct till_error why;

	if (file_is_safe(path, fd, err) == -1)
		return -1;
	if (note_read(fd, note, &why) == -1 || note_check(note, &why) == -1)
		return till_fail(err, "%s %s", path, why.text);
	if (strcmp(note->name, name) != 0)
		return till_fail(err, "%s is the module '%s', not '%s'", path,
		    note->name, name);
	if ((note->caps & TILL_CAP_MOCK) != 0 && !loader->allow_mock)
		return till_fail(err,
		    "'%s' is a mock for tests; it is taken only by a server "
		    "that was started with --allow-mock",
		    name);
	return 0;
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

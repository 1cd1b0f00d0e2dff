/*
 * loader.h - from a module's name to its code, trusting nothing.
 *
 * Every check that can be made on the file is made before any of its
 * code runs: it is a regular file that only root or our own user can
 * write, in folders of which the same holds, and its ELF note names it,
 * its ABI and its facilities.  What was loaded is never unloaded.
 */
#ifndef MODULE_LOADER_H
#define MODULE_LOADER_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>
#include <till/module.h>

#define LOADER_DIRS_MAX 4
#define LOADER_NAMES_MAX 256 /* modules listed for "did you mean" */
#define LOADER_GROUPS_MAX 4096 /* instances told apart by loader_group */

struct loader_options {
	const char *dirs[LOADER_DIRS_MAX]; /* searched in order */
	size_t dirs_len;
	bool allow_mock; /* take modules with TILL_CAP_MOCK */
	const char *fd_dir; /* names open descriptors; NULL: /proc/self/fd */
	/* How modules are reached that do not run in this process, and what
	 * that needs; NULL: not at all. */
	const struct instance_backend *isolate;
	void *isolate_arg;
	/* Hears what instances tell by host->late, checked; any thread.
	 * NULL: nobody can keep it now. */
	int (*late)(void *arg, const char *instance, const struct till_late *);
	void *late_arg;
};

struct instance_backend;
struct loaded; /* one module in this process */

/* A module's file, open and checked, none of whose code has run. */
struct module_file {
	int fd; /* closed by exec; -1: none */
	char *path;
	struct stat st; /* when it was checked */
	struct till_note note;
};

/*
 * Load NAME.so from the first folder that has it.  Name rules as
 * TILL_MODULE_NAME_MAX; a name is never a path.  The same file is loaded
 * once per loader; a file that has since taken its place is loaded
 * beside it.  What *loaded_r points to belongs to the loader.  May be
 * called from many threads.
 *
 * Who may write a file or a folder: see file_is_safe.
 */
struct loader;
struct loader *loader_new(const struct loader_options *);
int loader_load(struct loader *, const char *name,
    const struct loaded **loaded_r, struct till_error *err);
/* Find and check the same file, and run nothing of it.  The caller closes
 * what *file_r holds. */
int loader_find(struct loader *, const char *name, struct module_file *file_r,
    struct till_error *err);
/* Whether it is still as it was checked. */
bool module_file_is_whole(const struct module_file *);
void module_file_close(struct module_file *); /* {.fd = -1} is fine */
/* What the options said. */
const struct instance_backend *loader_isolation(const struct loader *,
    void **arg_r);
int loader_late(const struct loader *, const char *instance,
    const struct till_late *);
/*
 * What stands for instances of this module and this name, whichever
 * configuration they are of: compared only, and the loader's.  Beyond
 * LOADER_GROUPS_MAX all further ones share one.  NULL: out of memory.
 */
const void *loader_group(struct loader *, const char *module, const char *name);
/* NULL is fine.  Keeps the code mapped and the files open: glibc knows a
 * module by the name of its descriptor, which must never name another
 * file as long as the process lives. */
void loader_free(struct loader *);

/* The descriptor, as large as this server's own: what a module of an
 * earlier minor version does not have is NULL. */
const struct till_module *loaded_module(const struct loaded *);
const struct till_note *loaded_note(const struct loaded *);
const char *loaded_path(const struct loaded *);

/* Around every call into the module: one thread at a time unless it is
 * TILL_CAP_THREADSAFE. */
void loaded_enter(const struct loaded *);
void loaded_leave(const struct loaded *);

/* Read the note of a file without running any of it. */
int note_read(int fd, struct till_note *note_r, struct till_error *err);

/* The same for a file's octets: pure, for any octets at all. */
int note_parse(const void *file, size_t len, struct till_note *note_r,
    struct till_error *err);

/*
 * Is this regular file (and every folder above it) safe from other
 * users?  Owned by root or our user, not writable by group or others;
 * of the folders a sticky one of root's may be writable, as /tmp is.
 * fd is open on path.  Also used for configuration and secrets.
 */
int file_is_safe(const char *path, int fd, struct till_error *err);

/* Whether a folder has a file for this name, fit or not. */
bool loader_has(const struct loader *, const char *name);

/* Names of all modules found, sorted, for "did you mean"; ends with
 * NULL, freed with loader_names_free.  NULL: out of memory. */
const char **loader_names(const struct loader *);
void loader_names_free(const char **);

#endif

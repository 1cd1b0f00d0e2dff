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

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>
#include <till/module.h>

#define LOADER_DIRS_MAX 4
#define LOADER_NAMES_MAX 256 /* modules listed for "did you mean" */

struct loader_options {
	const char *dirs[LOADER_DIRS_MAX]; /* searched in order */
	size_t dirs_len;
	bool allow_mock; /* take modules with TILL_CAP_MOCK */
	const char *fd_dir; /* names open descriptors; NULL: /proc/self/fd */
};

struct loaded; /* one module in this process */

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

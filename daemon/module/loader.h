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

struct loader_options {
	const char *dirs[LOADER_DIRS_MAX]; /* searched in order */
	size_t dirs_len;
	bool allow_mock; /* take modules with TILL_CAP_MOCK */
};

struct loaded; /* one module in this process */

/* Load NAME.so from the first folder that has it.  Name rules as
 * TILL_MODULE_NAME_MAX; a name is never a path.  The same file is loaded
 * once per loader.  What *loaded_r points to belongs to the loader. */
struct loader;
struct loader *loader_new(const struct loader_options *);
int loader_load(struct loader *, const char *name,
    const struct loaded **loaded_r, struct till_error *err);
void loader_free(struct loader *); /* keeps the code mapped */

const struct till_module *loaded_module(const struct loaded *);
const struct till_note *loaded_note(const struct loaded *);
const char *loaded_path(const struct loaded *);

/* Read the note of a file without running any of it. */
int note_read(int fd, struct till_note *note_r, struct till_error *err);

/* Is this file (and every folder above it) safe from other users?
 * fd is open on path.  Also used for configuration and secrets. */
int file_is_safe(const char *path, int fd, struct till_error *err);

/* Names of all modules found, for "did you mean"; ends with NULL, freed
 * with loader_names_free. */
const char **loader_names(const struct loader *);
void loader_names_free(const char **);

#endif

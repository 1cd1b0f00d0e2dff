/*
 * target.h - the module that is looked at, and a place to work.
 *
 * The file is copied into a folder that only its owner can write, as the
 * loader demands it of a module's folder: an author's own folders need
 * not be like that.
 */
#ifndef KIT_TARGET_H
#define KIT_TARGET_H

#include <limits.h>

#include <till/module.h>

struct kit_target {
	const char *path; /* as it was given */
	char name[TILL_MODULE_NAME_MAX]; /* of the file, without .so */
	struct till_note note;
	char scratch[PATH_MAX / 2]; /* a folder of our own */
	char dir[PATH_MAX]; /* in it, where the copy lies */
	unsigned int cases;
	int64_t timeout_ms; /* of one process; 0: as child.h has it */
};

/* Read the note of FILE.so and no more; nothing to close. */
int kit_target_note(const char *path, struct kit_target *,
    struct till_error *err);
/* The same, a check whether this till can use it, and the copy. */
int kit_target_open(const char *path, struct kit_target *,
    struct till_error *err);
void kit_target_close(struct kit_target *); /* removes the folder */

/* A new empty folder, mode 0700. */
int kit_target_case(struct kit_target *, char dir[PATH_MAX],
    struct till_error *err);

/* Copy a file, in mode. */
int kit_copy(const char *from, const char *to, unsigned int mode,
    struct till_error *err);

#endif

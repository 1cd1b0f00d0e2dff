/*
 * scratch.h - a folder of a test's own, and small files in it.
 */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH_MAX 512

/* Setup and teardown of cmocka: the folder and what is in it. */
int scratch_make(void **state);
int scratch_remove(void **state);

const char *scratch_folder(void);
/* FOLDER/NAME; valid until the eighth call from here. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, mode_t mode, const char *text);
/* A shell script; mode 0755. */
void scratch_program(const char *name, const char *lines);
/* A copy of a file below the source folder; mode 0755. */
void scratch_copy(const char *name, const char *from);
/* The text of a file; "" if there is none. */
const char *scratch_read(const char *name, char *buf, size_t size);
/* Lines of a file. */
unsigned int scratch_lines(const char *name);

/* Has the process ended?  Polls for a while until it has. */
bool scratch_is_gone(pid_t pid);

#endif

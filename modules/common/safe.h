/*
 * safe.h - may what a setting names be trusted?
 *
 * A file or program that another user could have written, or put in the
 * place of the right one, is that user's word, not the administrator's.
 */
#ifndef COMMON_SAFE_H
#define COMMON_SAFE_H

#include <till/error.h>

/*
 * The path is absolute and goes through no symbolic link; every folder
 * on it and the file itself belong to root or to the user we are, and
 * nobody else may write them.  A folder that others may write is taken
 * where it is root's and sticky, as /tmp is.
 */
int safe_file(const char *path, struct till_error *err);

/* The same, and we may execute it. */
int safe_program(const char *path, struct till_error *err);

#endif

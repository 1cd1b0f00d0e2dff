/*
 * child.h - a program that a module starts, and can be rid of.
 *
 * It is started by exec without a shell and without the server's
 * environment, descriptors, signal mask or folder, in a process group of
 * its own.  May be used by any number of threads at once, each with a
 * child of its own.
 */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>

#define CHILD_ARGS_MAX 64 /* words behind the program's name */

struct child_options {
	const char *program; /* absolute; see safe_program */
	const char *const *args; /* ends with NULL */
	const char *const *env; /* "NAME=VALUE" beside PATH and LANG, or NULL */
	int input, output; /* its standard input and output; -1: /dev/null */
};

#define CHILD_ENV_MAX 16

/* All zero: none. */
struct child {
	pid_t pid;
	int pidfd;
};

/* Start it.  Standard error stays the server's. */
int child_start(const struct child_options *, struct child *child_r,
    struct till_error *err);

/* Has it ended?  Waits for that until until_ms of child_clock_ms. */
bool child_ended(const struct child *, int64_t until_ms);

/* Kill what is left of its process group and take leave of it; the
 * status is that of waitpid.  NULL is fine for status_r, and so is a
 * child that was not started. */
void child_end(struct child *, int *status_r);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t child_clock_ms(void);

/* What is left until until_ms, as poll wants it: 0 if it is over. */
int child_left_ms(int64_t until_ms);

#endif

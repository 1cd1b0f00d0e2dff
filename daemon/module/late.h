/*
 * late.h - what a settle module tells by host->late, before anybody acts
 * on it.
 */
#ifndef MODULE_LATE_H
#define MODULE_LATE_H

#include <till/module.h>

/* A copy, whose texts are its own. */
struct late_copy {
	struct till_late late;
	char id[TILL_REF_MAX], code[32], text[TILL_ERROR_MAX];
};

/* -1: it is malformed: no kind, no amount above zero where it is about
 * money, a line without a level, or an id that is not 1 to TILL_REF_MAX - 1
 * printable characters.  Code and text are cut to their size, and what no line
 * of a log may hold becomes a blank. */
int late_copy(struct late_copy *copy_r, const struct till_late *);

/* The level of a line by its name; 0: there is none.  "alarm" is an error. */
enum till_log_level late_level(const char *code);

#endif

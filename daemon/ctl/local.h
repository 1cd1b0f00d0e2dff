/*
 * local.h - a configuration looked at by tillctl itself, without the
 * server: its modules are opened with check_only.
 */
#ifndef CTL_LOCAL_H
#define CTL_LOCAL_H

#include <limits.h>
#include <stdbool.h>

#include "config/conf.h"
#include "module/loader.h"
#include "stack/generation.h"

struct local {
	const char *path; /* NULL: the one as installed */
	struct loader_options modules;
	char near[PATH_MAX]; /* modules beside the program */
	struct loader *loader;
	struct generation *generation;
};

/* One more folder for modules; false: it is none, or there are too many. */
bool local_module_dir(struct local *, const char *dir);
/* Which of the two it was. */
const char *local_dir_why(const char *dir);
/* Where none was said: as installed, and before them those beside a
 * program that was built but not installed.  Sets path too. */
void local_defaults(struct local *);

/* Build the generation in the process of a trial, see trial.h.  Without
 * success the findings are printed, to standard error or as members of one
 * JSON object to standard output: EX_CONFIG, EX_NOINPUT if the file itself
 * cannot be read, or another status of sysexits.h. */
int local_open(struct local *, const struct generation_watch *, bool json);

/* Findings as local_open prints them. */
void local_findings(const struct diag *, bool json);

/* A file that is to be read and cannot be; "-" always can. */
bool local_is_unreadable(const char *path);

/* Say why nothing comes of it, to people or as the member "error" of a
 * JSON object; returns the status. */
int local_fail(bool json, int status, const char *text);

/* A full disk must not look like a short answer. */
int local_output(int status);

#endif

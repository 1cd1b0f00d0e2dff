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
/* Where none was said: as installed, and before them those beside a
 * program that was built but not installed.  Sets path too. */
void local_defaults(struct local *);

/* Build the generation.  Without success the findings are printed to
 * standard error; a status of sysexits.h, or 1 for findings. */
int local_open(struct local *);
void local_close(struct local *);

/* A full disk must not look like a short answer. */
int local_output(int status);

#endif

/*
 * kit.h - what "tillctl module" does for the author of a module.
 */
#ifndef KIT_H
#define KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <till/error.h>

#define KIT_EXIT_FAILED 1 /* a check or a script has failed */

/*
 * Print what the note of a file says, running none of its code.  With
 * settings the file is loaded, in a process of its own, and its table of
 * settings is printed, too.  Returns an exit status of sysexits.h, or
 * KIT_EXIT_FAILED for a file that is no fit module.
 */
int kit_info(const char *path, bool settings, bool json);

/*
 * Write a folder with a module of a kind ("policy", "auth", "settle",
 * "notify") that builds and passes its test; usage: and print how to go
 * on.  Nothing that is there is overwritten.  Returns an exit status, with
 * err set if it is not EX_OK.
 */
int kit_new(const char *kind, const char *name, const char *dir, bool usage,
    struct till_error *err);

struct kit_test {
	const char *path; /* of the module */
	char **scripts; /* files, and folders of *.test */
	size_t scripts_len;
	const char *only; /* a check, or NULL */
	int64_t timeout_ms; /* of one process; 0: as usual */
	bool no_suite, no_scripts;
	bool json;
};

/* Run scripts and the conformance suite.  Returns an exit status of
 * sysexits.h, or KIT_EXIT_FAILED. */
int kit_test(const struct kit_test *);
/* The checks and their rules; of one module, or all (NULL). */
int kit_list(const char *path, bool json);

#endif

/*
 * options.h - the options of a command, as a table of where they go.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#define OPTIONS_MAX 12

struct ctl_option {
	const char *name; /* "--name", or NULL */
	char letter; /* "-l", or 0 */
	const char **text; /* where its value goes; NULL: it has none */
	bool *flag; /* set if it is there; or NULL */
};

/*
 * Read the options behind argv[0], by a table that ends with a row of
 * zeros; --help and -h are understood besides.  Returns -1 to go on, with
 * the first operand at argv[*first_r] and those behind it; or the exit
 * status, after usage was printed.
 */
int options_take(const struct ctl_option *, int argc, char **argv,
    void (*usage)(FILE *), int *first_r);

/* Usage was not kept to: says so, and why unless it is NULL, and returns the
 * exit status.  Where --json is among the arguments (which end with NULL)
 * why is JSON. */
int options_wrong(void (*usage)(FILE *), char **argv, const char *why);
bool options_want_json(char **argv);

/* What getopt has to say begins with the program's name. */
void options_name(char **argv);

#endif

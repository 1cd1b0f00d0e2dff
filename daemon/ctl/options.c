/*
 * options.c - the options of a command, as a table of where they go.
 */
#include <assert.h>
#include <getopt.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/local.h"
#include "ctl/options.h"

#define HELP 'h'
#define FIRST 1000 /* getopt's value of the table's first row */

static void fill(const struct ctl_option *, struct option *, char *letters);
static const struct ctl_option *row_of(const struct ctl_option *, int);

int
options_take(const struct ctl_option *table, int argc, char **argv,
    void (*usage)(FILE *), int *first_r)
{
	struct option options[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 2];
	const struct ctl_option *row;
	int c;

	fill(table, options, letters);
	options_name(argv);
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (c == HELP) {
			usage(stdout);
			return EX_OK;
		}
		row = row_of(table, c);
		if (row == NULL)
			return options_wrong(usage, argv, NULL);
		if (row->text != NULL)
			*row->text = optarg;
		if (row->flag != NULL)
			*row->flag = true;
	}
	*first_r = optind;
	return -1;
}

int
options_wrong(void (*usage)(FILE *), char **argv, const char *why)
{
	const bool json = options_want_json(argv);

	if (why != NULL || json)
		(void)local_fail(json, EX_USAGE,
		    why == NULL ? "the arguments are wrong" : why);
	usage(stderr);
	return EX_USAGE;
}

bool
options_want_json(char **argv)
{
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--json") == 0 || strcmp(*argv, "-j") == 0)
			return true;
	return false;
}

void
options_name(char **argv)
{
	static const char name[] = "tillctl";

	argv[0] = (char *)(uintptr_t)name;
}

static void
fill(const struct ctl_option *table, struct option *options, char *letters)
{
	size_t i, n = 0;

	for (i = 0; table[i].name != NULL || table[i].letter != 0; i++) {
		assert(i < OPTIONS_MAX);
		if (table[i].letter != 0)
			*letters++ = table[i].letter;
		if (table[i].letter != 0 && table[i].text != NULL)
			*letters++ = ':';
		if (table[i].name != NULL)
			options[n++] = (struct option){ table[i].name,
				table[i].text != NULL ? required_argument
						      : no_argument,
				NULL, FIRST + (int)i };
	}
	*letters++ = HELP;
	*letters = '\0';
	options[n++] = (struct option){ "help", no_argument, NULL, HELP };
	options[n] = (struct option){ NULL, 0, NULL, 0 };
}

/* By getopt's value: a number of FIRST on, or a letter. */
static const struct ctl_option *
row_of(const struct ctl_option *table, int c)
{
	size_t i;

	for (i = 0; table[i].name != NULL || table[i].letter != 0; i++)
		if (c == FIRST + (int)i || c == table[i].letter)
			return &table[i];
	return NULL;
}

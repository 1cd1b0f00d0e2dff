/*
 * cmd_module.c - "tillctl module": for the authors of modules.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "config/near.h"
#include "config/value.h"
#include "ctl/commands.h"
#include "ctl/local.h"
#include "kit/kit.h"

#define SECURE_HEAP (1024 * 1024) /* replies and secrets lie there */
#define SECURE_MIN 64

struct subcommand {
	const char *name;
	int (*run)(int, char **);
};

static int module_new(int, char **);
static int module_info(int, char **);
static int module_test(int, char **);
static void usage(FILE *);

static const struct subcommand subcommands[] = {
	{ "new", module_new },
	{ "info", module_info },
	{ "test", module_test },
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

int
cmd_module(int argc, char **argv)
{
	const char *names[SUBCOMMANDS + 1], *near;
	size_t i;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0) {
		usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? EX_USAGE : EX_OK;
	}
	for (i = 0; i < SUBCOMMANDS; i++) {
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
		names[i] = subcommands[i].name;
	}
	names[SUBCOMMANDS] = NULL;
	near = nearest(argv[1], names);
	(void)fprintf(stderr, "tillctl: module has no command '%s'", argv[1]);
	if (near != NULL)
		(void)fprintf(stderr, "; did you mean '%s'?", near);
	(void)fputc('\n', stderr);
	usage(stderr);
	return EX_USAGE;
}

static int
module_new(int argc, char **argv)
{
	const char *words[3] = { NULL, NULL, NULL };
	int i, n = 0;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			usage(stdout);
			return EX_OK;
		}
		/* What is no option here means nothing. */
		if (strcmp(argv[i], "--json") == 0)
			continue;
		if (n == 3 || argv[i][0] == '-') {
			usage(stderr);
			return EX_USAGE;
		}
		words[n++] = argv[i];
	}
	if (n < 2) {
		usage(stderr);
		return EX_USAGE;
	}
	return kit_new(words[0], words[1], words[2]);
}

static int
module_info(int argc, char **argv)
{
	static const struct option options[] = {
		{ "run-settings", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool settings = false, json = false;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (c) {
		case 's':
			settings = true;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		return EX_USAGE;
	}
	return local_output(kit_info(argv[optind], settings, json));
}

static int
module_test(int argc, char **argv)
{
	static const struct option options[] = {
		{ "only", required_argument, NULL, 'o' },
		{ "timeout", required_argument, NULL, 't' },
		{ "no-suite", no_argument, NULL, 'S' },
		{ "no-scripts", no_argument, NULL, 'N' },
		{ "list", no_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct kit_test test = { 0 };
	bool list = false;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "ljh", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			test.only = optarg;
			break;
		case 't':
			if (value_duration(optarg, &test.timeout_ms) == 0)
				break;
			(void)fprintf(stderr,
			    "tillctl: '%s' is no duration, such as 5s\n",
			    optarg);
			return EX_USAGE;
		case 'S':
			test.no_suite = true;
			break;
		case 'N':
			test.no_scripts = true;
			break;
		case 'l':
			list = true;
			break;
		case 'j':
			test.json = true;
			break;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (list)
		return local_output(
		    kit_list(optind < argc ? argv[optind] : NULL, test.json));
	if (optind == argc) {
		usage(stderr);
		return EX_USAGE;
	}
	(void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN);
	test.path = argv[optind];
	test.scripts = argv + optind + 1;
	test.scripts_len = (size_t)(argc - optind - 1);
	return kit_test(&test);
}

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: tillctl module new policy|auth|settle|notify NAME [DIR]\n"
	    "Write a folder with a module that builds and passes its test.\n"
	    "usage: tillctl module info [--run-settings] [--json] FILE.so\n"
	    "Say what a module is, running none of its code.\n"
	    "      --run-settings    load it and print its settings, too\n"
	    "usage: tillctl module test [--only CHECK] [--timeout TIME] "
	    "[--no-suite]\n"
	    "                           [--no-scripts] [--json] FILE.so "
	    "[DIR | SCRIPT ...]\n"
	    "       tillctl module test --list [--json] [FILE.so]\n"
	    "Run test scripts and the conformance suite.\n"
	    "      --only CHECK      this check of the suite alone\n"
	    "      --timeout TIME    that a process of the module may take "
	    "(30s)\n"
	    "      --no-suite        scripts alone\n"
	    "      --no-scripts      the suite alone; what a script says for "
	    "it holds\n"
	    "  -l, --list            print the checks and their rules\n"
	    "  -j, --json            print what came of it as JSON\n"
	    "Exit status: 0 right, 1 something failed, 64 unknown option.\n",
	    out);
}

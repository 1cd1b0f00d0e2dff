/*
 * cmd_module.c - "tillctl module": for the authors of modules.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "config/near.h"
#include "config/value.h"
#include "ctl/commands.h"
#include "ctl/local.h"
#include "ctl/options.h"
#include "kit/kit.h"

#define SECURE_HEAP (1024 * 1024) /* replies and secrets lie there */
#define SECURE_MIN 64

struct subcommand {
	const char *name;
	int (*run)(int, char **);
};

static int module_new(int, char **);
static int say_folder(const char *);
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
	bool json = false;
	const struct ctl_option options[] = {
		{ "json", 'j', NULL, &json },
		{ NULL, 0, NULL, NULL },
	};
	struct till_error err;
	const char *dir;
	int first, r;

	r = options_take(options, argc, argv, usage, &first);
	if (r != -1)
		return r;
	if (argc - first < 2 || argc - first > 3)
		return options_wrong(usage, argv, NULL);
	dir = argc - first == 3 ? argv[first + 2] : argv[first + 1];
	r = kit_new(argv[first], argv[first + 1], dir, !json, &err);
	if (r != EX_OK)
		return local_fail(json, r, err.text);
	return json ? say_folder(dir) : local_output(r);
}

static int
say_folder(const char *dir)
{
	json_t *object = json_pack("{s:s}", "folder", dir);

	if (object != NULL)
		(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)puts("");
	json_decref(object);
	return local_output(EX_OK);
}

static int
module_info(int argc, char **argv)
{
	bool settings = false, json = false;
	const struct ctl_option options[] = {
		{ "run-settings", 0, NULL, &settings },
		{ "json", 'j', NULL, &json },
		{ NULL, 0, NULL, NULL },
	};
	int first, r;

	r = options_take(options, argc, argv, usage, &first);
	if (r != -1)
		return r;
	if (first + 1 != argc)
		return options_wrong(usage, argv, NULL);
	return local_output(kit_info(argv[first], settings, json));
}

static int
module_test(int argc, char **argv)
{
	struct kit_test test = { 0 };
	const char *timeout = NULL;
	bool list = false;
	const struct ctl_option options[] = {
		{ "only", 0, &test.only, NULL },
		{ "timeout", 0, &timeout, NULL },
		{ "no-suite", 0, NULL, &test.no_suite },
		{ "no-scripts", 0, NULL, &test.no_scripts },
		{ "list", 'l', NULL, &list },
		{ "json", 'j', NULL, &test.json },
		{ NULL, 0, NULL, NULL },
	};
	int first, r;

	r = options_take(options, argc, argv, usage, &first);
	if (r != -1)
		return r;
	if (timeout != NULL &&
	    value_duration(timeout, &test.timeout_ms) == -1) {
		(void)fprintf(stderr,
		    "tillctl: '%s' is no duration, such as 5s\n", timeout);
		return EX_USAGE;
	}
	if (list)
		return local_output(
		    kit_list(first < argc ? argv[first] : NULL, test.json));
	if (first == argc)
		return options_wrong(usage, argv, NULL);
	(void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN);
	test.path = argv[first];
	test.scripts = argv + first + 1;
	test.scripts_len = (size_t)(argc - first - 1);
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

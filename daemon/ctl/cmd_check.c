/*
 * cmd_check.c - "tillctl check" and "tillctl dump": is this configuration
 * right, and what does it come to?
 *
 * Modules are opened with check_only: they connect to nothing and write
 * nothing.  Even that is done in a process of its own: see trial.h.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config.h"
#include "ctl/commands.h"
#include "ctl/local.h"
#include "ctl/options.h"
#include "ctl/trial.h"
#include "super/check.h"

#define EXIT_FINDINGS 1 /* the configuration has errors */

struct request {
	struct local local;
	bool json;
};

static int parse_arguments(struct request *, int argc, char **argv,
    void (*usage)(FILE *));
static int wrong_dir(void (*usage)(FILE *), char **argv, const char *dir);
static void usage_check(FILE *);
static void usage_dump(FILE *);
static int run(struct request *,
    int (*)(void *, const struct generation_watch *));
static int check(void *, const struct generation_watch *);
static int dump(void *, const struct generation_watch *);
static int build(struct request *, const struct generation_watch *,
    struct diag *);
static void print_findings(const struct request *, const struct diag *, FILE *);
static void print_summary(const struct request *, const struct diag *,
    const struct conf *);

int
cmd_check(int argc, char **argv)
{
	struct request request = { 0 };
	int r;

	r = parse_arguments(&request, argc, argv, usage_check);
	if (r != -1)
		return r;
	return run(&request, check);
}

int
cmd_dump(int argc, char **argv)
{
	struct request request = { 0 };
	int r;

	r = parse_arguments(&request, argc, argv, usage_dump);
	if (r != -1)
		return r;
	return run(&request, dump);
}

/* -1: go on; else the exit status. */
static int
parse_arguments(struct request *request, int argc, char **argv,
    void (*usage)(FILE *))
{
	static const struct option options[] = {
		{ "module-dir", required_argument, NULL, 'm' },
		{ "allow-mock", no_argument, NULL, 'M' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	options_name(argv);
	while ((c = getopt_long(argc, argv, "m:jh", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return EX_OK;
		}
		if (c == 'm' && !local_module_dir(&request->local, optarg))
			return wrong_dir(usage, argv, optarg);
		if (c == 'M')
			request->local.modules.allow_mock = true;
		else if (c == 'j')
			request->json = true;
		else if (c != 'm')
			return options_wrong(usage, argv, NULL);
	}
	if (optind < argc)
		request->local.path = argv[optind++];
	if (optind < argc)
		return options_wrong(usage, argv,
		    "there is more than one file");
	local_defaults(&request->local);
	return -1;
}

static int
wrong_dir(void (*usage)(FILE *), char **argv, const char *dir)
{
	char why[TILL_ERROR_MAX];

	(void)snprintf(why, sizeof(why), "-m '%.200s' %s", dir,
	    local_dir_why(dir));
	return options_wrong(usage, argv, why);
}

static void
usage_check(FILE *out)
{
	(void)fputs(
	    "usage: tillctl check [-m DIR] [--allow-mock] [--json] [FILE | -]\n"
	    "Say what is wrong with a configuration (" TILL_SYSCONFDIR
	    "/till.conf).\n"
	    "  -m, --module-dir DIR  look for modules there (up to 4 times)\n"
	    "      --allow-mock      take modules that are for tests\n"
	    "  -j, --json            print the findings as JSON\n"
	    "Exit status: 0 right, 1 wrong, 64 unknown option, 66 no such "
	    "file.\n",
	    out);
}

static void
usage_dump(FILE *out)
{
	(void)fputs(
	    "usage: tillctl dump [-m DIR] [--allow-mock] [--json] [FILE | -]\n"
	    "Print the effective configuration, each line with its origin;\n"
	    "fed back in, it is the same configuration.\n"
	    "  -m, --module-dir DIR  look for modules there (up to 4 times)\n"
	    "      --allow-mock      take modules that are for tests\n"
	    "  -j, --json            print what is wrong as JSON\n"
	    "Exit status: 0 right, 1 wrong, 64 unknown option, 66 no such "
	    "file.\n",
	    out);
}

static int
run(struct request *request,
    int (*what)(void *, const struct generation_watch *))
{
	const char *path = request->local.path;
	const struct trial_kind kind = {
		.input = path != NULL && strcmp(path, "-") == 0,
		.json = request->json,
	};

	return trial_run(what, request, &kind);
}

/* In the process of the trial, which ends with it: nothing is closed. */
static int
check(void *arg, const struct generation_watch *watch)
{
	struct request *request = arg;
	struct generation_watch all = *watch;
	struct diag *diag = diag_new();
	int r;

	all.after = check_server;
	r = build(request, &all, diag);
	if (r == EX_OSERR)
		return r;
	print_findings(request, diag, stdout);
	if (r == EX_OK && !request->json)
		print_summary(request, diag, request->local.generation->conf);
	return local_output(r);
}

/* As check. */
static int
dump(void *arg, const struct generation_watch *watch)
{
	struct request *request = arg;
	struct diag *diag = diag_new();
	int r;

	r = build(request, watch, diag);
	if (r == EX_OK)
		conf_dump(request->local.generation->conf, stdout);
	else if (r != EX_OSERR)
		print_findings(request, diag, stderr);
	return local_output(r);
}

/* EX_OSERR: there is no memory, which has been said. */
static int
build(struct request *request, const struct generation_watch *watch,
    struct diag *diag)
{
	struct local *local = &request->local;
	int r = EX_OK;

	local->loader = loader_new(&local->modules);
	if (diag == NULL || local->loader == NULL)
		r = EX_OSERR;
	else if (generation_build_watched(local->path, local->loader, true,
		     watch, diag, &local->generation) == -1)
		r = local_is_unreadable(local->path) ? EX_NOINPUT
						     : EXIT_FINDINGS;
	trial_output(watch);
	if (r == EX_OSERR)
		return local_fail(request->json, r, "out of memory");
	return r;
}

static void
print_findings(const struct request *request, const struct diag *diag,
    FILE *out)
{
	if (request->json)
		diag_print_json(diag, out);
	else
		diag_print(diag, out);
}

static void
print_summary(const struct request *request, const struct diag *diag,
    const struct conf *conf)
{
	const size_t rules = conf->policy.len + conf->auth.len +
	    conf->settle.len + conf->notify.len;

	(void)printf("%s: right: %zu module%s, %zu rule%s, %zu warning%s\n",
	    strcmp(request->local.path, "-") == 0 ? "stdin"
						  : request->local.path,
	    conf->instances_len, conf->instances_len == 1 ? "" : "s", rules,
	    rules == 1 ? "" : "s", diag_warnings(diag),
	    diag_warnings(diag) == 1 ? "" : "s");
}

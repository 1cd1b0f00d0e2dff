/*
 * cmd_check.c - "tillctl check" and "tillctl dump": is this configuration
 * right, and what does it come to?
 *
 * Modules are loaded into this very process, which does nothing else and
 * ends, and are opened with check_only: they connect to nothing and write
 * nothing.
 */
#include <sys/stat.h>

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"
#include "config/conf.h"
#include "ctl/commands.h"
#include "module/loader.h"
#include "stack/generation.h"

#define EXIT_FINDINGS 1 /* the configuration has errors */

struct request {
	const char *path;
	struct loader_options modules;
	char near[PATH_MAX]; /* modules beside the program */
	bool json;
};

static int parse_arguments(struct request *, int argc, char **argv,
    void (*usage)(FILE *));
static void default_dirs(struct request *);
static void usage_check(FILE *);
static void usage_dump(FILE *);
static int build(const struct request *, struct diag *, struct loader **,
    struct generation **);
static void print_findings(const struct request *, const struct diag *, FILE *);
static void print_summary(const struct request *, const struct diag *,
    const struct conf *);
static int close_output(int status);

int
cmd_check(int argc, char **argv)
{
	struct request request = { 0 };
	struct generation *generation = NULL;
	struct loader *loader = NULL;
	struct diag *diag;
	int r;

	r = parse_arguments(&request, argc, argv, usage_check);
	if (r != -1)
		return r;
	diag = diag_new();
	if (diag == NULL) {
		(void)fputs("tillctl: out of memory\n", stderr);
		return EX_OSERR;
	}
	r = build(&request, diag, &loader, &generation);
	print_findings(&request, diag, stdout);
	if (r == EX_OK && !request.json)
		print_summary(&request, diag, generation->conf);
	generation_unref(generation);
	loader_free(loader);
	diag_free(diag);
	return close_output(r);
}

int
cmd_dump(int argc, char **argv)
{
	struct request request = { 0 };
	struct generation *generation = NULL;
	struct loader *loader = NULL;
	struct diag *diag;
	int r;

	r = parse_arguments(&request, argc, argv, usage_dump);
	if (r != -1)
		return r;
	diag = diag_new();
	if (diag == NULL) {
		(void)fputs("tillctl: out of memory\n", stderr);
		return EX_OSERR;
	}
	r = build(&request, diag, &loader, &generation);
	if (r == EX_OK)
		conf_dump(generation->conf, stdout);
	else
		print_findings(&request, diag, stderr);
	generation_unref(generation);
	loader_free(loader);
	diag_free(diag);
	return close_output(r);
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
	struct loader_options *modules = &request->modules;
	bool right = true;
	int c;

	while (right) {
		c = getopt_long(argc, argv, "m:jh", options, NULL);
		if (c == -1)
			break;
		if (c == 'h') {
			usage(stdout);
			return EX_OK;
		}
		if (c == 'm' && modules->dirs_len < LOADER_DIRS_MAX)
			modules->dirs[modules->dirs_len++] = optarg;
		else if (c == 'M')
			modules->allow_mock = true;
		else if (c == 'j')
			request->json = true;
		else
			right = false;
	}
	request->path = TILL_SYSCONFDIR "/till.conf";
	if (right && optind < argc)
		request->path = argv[optind++];
	if (!right || optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	if (modules->dirs_len == 0)
		default_dirs(request);
	return -1;
}

/* The modules as installed; before them those beside a program that was
 * built but not installed. */
static void
default_dirs(struct request *request)
{
	struct loader_options *modules = &request->modules;
	char *slash;
	struct stat st;
	ssize_t n;

	n = readlink("/proc/self/exe", request->near,
	    sizeof(request->near) - sizeof("/modules"));
	if (n > 0) {
		request->near[n] = '\0';
		slash = strrchr(request->near, '/');
		if (slash != NULL)
			memcpy(slash, "/modules", sizeof("/modules"));
		if (slash != NULL && stat(request->near, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			modules->dirs[modules->dirs_len++] = request->near;
	}
	modules->dirs[modules->dirs_len++] = TILL_MODULEDIR;
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
	    "Exit status: 0 right, 1 wrong, 64 unknown option.\n",
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
	    "Exit status: 0 right, 1 wrong, 64 unknown option.\n",
	    out);
}

static int
build(const struct request *request, struct diag *diag,
    struct loader **loader_r, struct generation **generation_r)
{
	*loader_r = loader_new(&request->modules);
	if (*loader_r == NULL) {
		(void)fputs("tillctl: out of memory\n", stderr);
		return EX_OSERR;
	}
	if (generation_build(request->path, *loader_r, true, diag,
		generation_r) == -1)
		return EXIT_FINDINGS;
	return EX_OK;
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

	(void)printf("%s: right: %zu modules, %zu rules, %zu warnings\n",
	    strcmp(request->path, "-") == 0 ? "stdin" : request->path,
	    conf->instances_len, rules, diag_warnings(diag));
}

/* A full disk must not look like a short configuration. */
static int
close_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fputs("tillctl: cannot write the output\n", stderr);
	return EX_IOERR;
}

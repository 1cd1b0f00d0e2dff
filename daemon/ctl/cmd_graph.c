/*
 * cmd_graph.c - "tillctl graph": the stacks as a picture.
 *
 * No module is loaded: what a picture shows is in the file alone.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/commands.h"
#include "ctl/graph.h"
#include "ctl/local.h"
#include "ctl/options.h"

#define EXIT_FINDINGS 1 /* the configuration has errors */

static void usage(FILE *);
static int draw(const struct conf *, bool svg, bool json);

int
cmd_graph(int argc, char **argv)
{
	struct local local = { 0 };
	struct conf *conf = NULL;
	struct diag *diag;
	bool svg = false, json = false, mock;
	const char *dir;
	/* Where modules are means nothing here; a command line of check
	 * is understood all the same. */
	const struct ctl_option options[] = {
		{ "svg", 0, NULL, &svg },
		{ "json", 'j', NULL, &json },
		{ "file", 'f', &local.path, NULL },
		{ "module-dir", 'm', &dir, NULL },
		{ "allow-mock", 0, NULL, &mock },
		{ NULL, 0, NULL, NULL },
	};
	int first, status;

	status = options_take(options, argc, argv, usage, &first);
	if (status != -1)
		return status;
	if (first < argc)
		local.path = argv[first++];
	if (first < argc || (svg && json))
		return options_wrong(usage, argv,
		    svg && json ? "--svg and --json are two things"
				: "there is more than one file");
	local_defaults(&local);
	diag = diag_new();
	if (diag == NULL)
		return local_fail(json, EX_OSERR, "out of memory");
	if (conf_parse(local.path, diag, &conf) == 0) {
		status = draw(conf, svg, json);
	} else {
		local_findings(diag, json);
		status = local_is_unreadable(local.path) ? EX_NOINPUT
							 : EXIT_FINDINGS;
	}
	conf_free(conf);
	diag_free(diag);
	return local_output(status);
}

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: tillctl graph [--svg | --json] [[-f] FILE]\n"
	    "Draw the stacks: for each currency the amounts, the route that\n"
	    "takes them and the authentication that they ask, and the holes.\n"
	    "  --svg       as a picture for a browser, else for a terminal\n"
	    "  -j, --json  as JSON\n"
	    "Exit status: 0 right, 1 wrong, 64 unknown option, 66 no such "
	    "file.\n",
	    out);
}

static int
draw(const struct conf *conf, bool svg, bool json)
{
	char codes[CASES_CURRENCIES_MAX][TILL_CURRENCY_MAX];
	const size_t len = cases_currencies(conf, codes, CASES_CURRENCIES_MAX);
	struct graph *graphs = calloc(len + 1, sizeof(*graphs));
	int status = EX_OK;
	size_t i;

	for (i = 0; graphs != NULL && i < len; i++)
		if (graph_make(conf, codes[i], &graphs[i]) == -1)
			status = EX_OSERR;
	if (graphs == NULL)
		return EX_OSERR;
	if (status == EX_OK && svg)
		graph_svg(graphs, len, conf->file, stdout);
	if (status == EX_OK && json)
		graph_json(graphs, len, stdout);
	for (i = 0; status == EX_OK && !svg && !json && i < len; i++)
		graph_text(&graphs[i], stdout);
	for (i = 0; i < len; i++)
		graph_clear(&graphs[i]);
	free(graphs);
	return status;
}

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
static int draw(const struct conf *, bool svg);

int
cmd_graph(int argc, char **argv)
{
	struct local local = { 0 };
	struct conf *conf = NULL;
	struct diag *diag;
	bool svg = false;
	const struct ctl_option options[] = {
		{ "svg", 0, NULL, &svg },
		{ "file", 'f', &local.path, NULL },
		{ NULL, 0, NULL, NULL },
	};
	int first, status;

	status = options_take(options, argc, argv, usage, &first);
	if (status != -1)
		return status;
	if (first < argc)
		local.path = argv[first++];
	if (first < argc)
		return options_wrong(usage);
	local_defaults(&local);
	diag = diag_new();
	if (diag == NULL)
		return EX_OSERR;
	status = EXIT_FINDINGS;
	if (conf_parse(local.path, diag, &conf) == 0)
		status = draw(conf, svg);
	else
		diag_print(diag, stderr);
	conf_free(conf);
	diag_free(diag);
	return local_output(status);
}

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: tillctl graph [--svg] [[-f] FILE]\n"
	    "Draw the stacks: for each currency the amounts, the route that\n"
	    "takes them and the authentication that they ask, and the holes.\n"
	    "  --svg   as a picture for a browser, else for a terminal\n",
	    out);
}

static int
draw(const struct conf *conf, bool svg)
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
	for (i = 0; status == EX_OK && !svg && i < len; i++)
		graph_text(&graphs[i], stdout);
	for (i = 0; i < len; i++)
		graph_clear(&graphs[i]);
	free(graphs);
	return status;
}

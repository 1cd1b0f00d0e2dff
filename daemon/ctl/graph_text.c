/*
 * graph_text.c - the picture for a terminal.
 */
#include <string.h>

#include "ctl/graph.h"

#define BAR 12 /* columns of a band's bar */

static void text_row(const struct graph *, const struct graph_row *, FILE *);
static char fill_of(enum graph_kind);

void
graph_text(const struct graph *graph, FILE *out)
{
	(void)fprintf(out, "%s\n", graph->currency);
	text_row(graph, &graph->settle, out);
	text_row(graph, &graph->auth, out);
}

static void
text_row(const struct graph *graph, const struct graph_row *row, FILE *out)
{
	const struct graph_band *band;
	char range[COVERAGE_RANGE_MAX], bar[BAR + 1];
	size_t i;

	(void)fprintf(out, "  %s\n", row->title);
	for (i = 0; i < row->len; i++) {
		band = &row->bands[i];
		memset(bar, fill_of(band->kind), BAR);
		bar[BAR] = '\0';
		(void)fprintf(out, "    |%s| %-30s %s", bar,
		    coverage_range(graph->currency, &band->band, range),
		    band->name);
		if (band->kind != GRAPH_ROUTED && band->kind != GRAPH_REFUSED)
			(void)fprintf(out, ": %s", graph_kind_name(band->kind));
		(void)fprintf(out, "\n");
	}
}

static char
fill_of(enum graph_kind kind)
{
	switch (kind) {
	case GRAPH_ROUTED:
		return '#';
	case GRAPH_MIXED:
		return '=';
	case GRAPH_PARTLY:
		return '-';
	case GRAPH_HOLE:
		return '/';
	case GRAPH_REFUSED:
		return '.';
	}
	return '?';
}

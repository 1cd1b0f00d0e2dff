/*
 * graph.c - bands of amounts and what becomes of them.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/graph.h"

static int make_row(const struct conf_stack *, const char *, bool,
    struct graph_row *);
static bool same(const struct graph_band *, const struct graph_band *);
static void judge_settle(const struct conf_stack *, const struct cover *,
    struct graph_band *);
static void judge_auth(const struct conf_stack *, const struct cover *,
    struct graph_band *);
static void name_lines(const struct conf_stack *, struct graph_band *);

int
graph_make(const struct conf *conf, const char *currency, struct graph *graph)
{
	memset(graph, 0, sizeof(*graph));
	memcpy(graph->currency, currency, TILL_CURRENCY_MAX);
	graph->settle.title = "settle";
	graph->auth.title = "auth";
	if (make_row(&conf->settle, currency, true, &graph->settle) == 0 &&
	    make_row(&conf->auth, currency, false, &graph->auth) == 0)
		return 0;
	graph_clear(graph);
	return -1;
}

void
graph_clear(struct graph *graph)
{
	free(graph->settle.bands);
	free(graph->auth.bands);
	graph->settle.bands = NULL;
	graph->auth.bands = NULL;
}

const char *
graph_kind_name(enum graph_kind kind)
{
	switch (kind) {
	case GRAPH_ROUTED:
		return "always";
	case GRAPH_MIXED:
		return "by condition";
	case GRAPH_PARTLY:
		return "under conditions only";
	case GRAPH_HOLE:
		return "nothing takes it";
	case GRAPH_REFUSED:
		return "refused";
	}
	return NULL;
}

/* Neighbours of which the same holds are one band. */
static int
make_row(const struct conf_stack *stack, const char *currency, bool settle,
    struct graph_row *row)
{
	struct graph_band *band;
	struct cases *cases;
	struct cover cover;
	size_t i;

	if (cases_new(&stack, 1, currency, settle, &cases) == -1)
		return -1;
	row->bands = calloc(cases->bands_len, sizeof(*row->bands));
	for (i = 1; row->bands != NULL && i < cases->bands_len; i++) {
		band = &row->bands[row->len];
		if (settle) {
			coverage_settle(cases, stack, i, &cover);
			judge_settle(stack, &cover, band);
		} else {
			coverage_auth(cases, stack, i, &cover);
			judge_auth(stack, &cover, band);
		}
		band->band = cover.band;
		if (row->len > 0 && same(band - 1, band)) {
			band[-1].band.high = cover.band.high;
			continue;
		}
		name_lines(stack, band);
		row->len++;
	}
	cases_free(cases);
	return row->bands == NULL ? -1 : 0;
}

static bool
same(const struct graph_band *a, const struct graph_band *b)
{
	return a->kind == b->kind && a->lines == b->lines;
}

static void
judge_settle(const struct conf_stack *stack, const struct cover *cover,
    struct graph_band *band)
{
	bool routed = false;
	size_t i;

	band->lines = cover->takers;
	for (i = 0; i < stack->len; i++)
		if ((cover->takers & UINT64_C(1) << i) != 0 &&
		    stack->rules[i].control == CONTROL_ROUTE)
			routed = true;
	if (cover->all)
		band->kind = GRAPH_HOLE;
	else if (cover->some)
		band->kind = GRAPH_PARTLY;
	else if (!routed)
		band->kind = GRAPH_REFUSED;
	else if ((cover->takers & (cover->takers - 1)) != 0)
		band->kind = GRAPH_MIXED;
	else
		band->kind = GRAPH_ROUTED;
}

static void
judge_auth(const struct conf_stack *stack, const struct cover *cover,
    struct graph_band *band)
{
	size_t i;

	band->lines = cover->lines;
	band->kind = GRAPH_ROUTED;
	if (cover->all)
		band->kind = GRAPH_HOLE;
	else if (cover->some)
		band->kind = GRAPH_PARTLY;
	for (i = 0; i < stack->len && band->kind == GRAPH_ROUTED; i++)
		if ((cover->lines & UINT64_C(1) << i) != 0 &&
		    (cover->always & UINT64_C(1) << i) == 0)
			band->kind = GRAPH_MIXED;
}

static void
name_lines(const struct conf_stack *stack, struct graph_band *band)
{
	const struct conf_rule *rule;
	size_t i, len = 0;
	int n;

	band->name[0] = '\0';
	for (i = 0; i < stack->len; i++) {
		if ((band->lines & UINT64_C(1) << i) == 0)
			continue;
		rule = &stack->rules[i];
		n = snprintf(band->name + len, GRAPH_NAME_MAX - len,
		    "%s%s%s%s (line %u)", len > 0 ? ", " : "",
		    rule->control == CONTROL_ROUTE
			? ""
			: conf_control_name(rule->control),
		    rule->control == CONTROL_ROUTE ||
			    rule->control == CONTROL_REFUSE
			? ""
			: " ",
		    conf_target(rule), rule->place.line);
		if (n < 0 || (size_t)n >= GRAPH_NAME_MAX - len)
			return;
		len += (size_t)n;
	}
	if (len == 0)
		(void)snprintf(band->name, GRAPH_NAME_MAX, "no line");
}

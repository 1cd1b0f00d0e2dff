/*
 * graph_json.c - the picture for a program.
 *
 * Ends of a band are amounts, both included; one that is left out is none.
 */
#include <jansson.h>
#include <string.h>

#include "ctl/graph.h"

static json_t *row_json(const struct graph *, const struct graph_row *);
static void put_amount(json_t *, const char *key, const char *currency,
    int64_t micro);
static const char *kind_of(enum graph_kind);

void
graph_json(const struct graph *graphs, size_t len, FILE *out)
{
	json_t *whole = json_array();
	size_t i;

	for (i = 0; i < len; i++)
		(void)json_array_append_new(whole,
		    json_pack("{s:s,s:o,s:o}", "currency", graphs[i].currency,
			graphs[i].settle.title,
			row_json(&graphs[i], &graphs[i].settle),
			graphs[i].auth.title,
			row_json(&graphs[i], &graphs[i].auth)));
	(void)json_dumpf(whole, out, JSON_COMPACT);
	(void)fputc('\n', out);
	json_decref(whole);
}

static json_t *
row_json(const struct graph *graph, const struct graph_row *row)
{
	json_t *list = json_array(), *item;
	const struct graph_band *band;
	size_t i;

	for (i = 0; i < row->len; i++) {
		band = &row->bands[i];
		item = json_pack("{s:s,s:s}", "kind", kind_of(band->kind),
		    "name", band->name);
		if (band->band.low > 0)
			put_amount(item, "from", graph->currency,
			    band->band.low);
		if (band->band.high < TILL_MICRO_LIMIT)
			put_amount(item, "to", graph->currency,
			    band->band.high);
		(void)json_array_append_new(list, item);
	}
	return list;
}

static void
put_amount(json_t *item, const char *key, const char *currency, int64_t micro)
{
	struct till_money amount = { .micro = micro };
	char text[TILL_MONEY_MAX];

	memcpy(amount.currency, currency, TILL_CURRENCY_MAX);
	(void)json_object_set_new(item, key,
	    json_string(till_money_print(&amount, text)));
}

static const char *
kind_of(enum graph_kind kind)
{
	switch (kind) {
	case GRAPH_ROUTED:
		return "routed";
	case GRAPH_MIXED:
		return "mixed";
	case GRAPH_PARTLY:
		return "partly";
	case GRAPH_HOLE:
		return "hole";
	case GRAPH_REFUSED:
		return "refused";
	}
	return "";
}

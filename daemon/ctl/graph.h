/*
 * graph.h - the stacks as a picture: for each currency an axis of amounts
 * with the route of each band and the authentication that it asks.
 */
#ifndef CTL_GRAPH_H
#define CTL_GRAPH_H

#include <stdbool.h>
#include <stdio.h>

#include "config/coverage.h"

#define GRAPH_NAME_MAX 256 /* octets of a band's name, with NUL */

/* What becomes of the amounts of one band. */
enum graph_kind {
	GRAPH_ROUTED = 1, /* always the same line */
	GRAPH_MIXED, /* different lines, by the conditions */
	GRAPH_PARTLY, /* in some cases no line at all */
	GRAPH_HOLE, /* never any line */
	GRAPH_REFUSED /* by a refuse line with a guard */
};

struct graph_band {
	struct band band;
	enum graph_kind kind;
	uint64_t lines; /* of the stack; bit i is line i */
	char name[GRAPH_NAME_MAX]; /* "wallet (line 20)" */
};

struct graph_row {
	const char *title; /* "settle", "auth" */
	struct graph_band *bands;
	size_t len;
};

struct graph {
	char currency[TILL_CURRENCY_MAX];
	struct graph_row settle, auth;
};

/* Of the currency; -1: out of memory. */
int graph_make(const struct conf *, const char *currency, struct graph *);
void graph_clear(struct graph *);

/* For a terminal; as one SVG document for all currencies. */
void graph_text(const struct graph *, FILE *);
void graph_svg(const struct graph *, size_t len, const char *title, FILE *);

/* An array, of one object for each currency. */
void graph_json(const struct graph *, size_t len, FILE *);

const char *graph_kind_name(enum graph_kind);

#endif

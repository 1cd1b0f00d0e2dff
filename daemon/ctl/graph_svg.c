/*
 * graph_svg.c - the picture as one SVG document that needs nothing else.
 *
 * Amounts go from left to right, each band as wide as the others: what
 * matters is where one ends, which its edge says.  Colours follow the
 * reader's light or dark scheme; what is open is hatched, so that no
 * colour is needed to see it.
 */
#include <stdlib.h>
#include <string.h>

#include "config/printable.h"
#include "ctl/graph.h"

#define MARGIN 24
#define LEFT 84 /* of the axis: the names of the rows stand there */
#define COLUMN 128 /* least width of a band */
#define CHARACTER 7 /* width of one, about */
#define LINE 17 /* height of a line of text */
#define TITLE 44
#define HEADING 34
#define GAP 10
#define TICKS 30
#define TEXT_MAX 512
#define HUES 6

/* The edges of one currency's picture, from the lowest amount. */
struct axis {
	int64_t *lows;
	size_t len;
	unsigned int column; /* width */
};

static int axis_make(const struct graph *, struct axis *);
static void axis_add(struct axis *, const struct graph_row *);
static int by_low(const void *, const void *);
static void axis_fit(const struct graph *, const struct graph_row *,
    struct axis *);
static size_t axis_find(const struct axis *, int64_t);
static unsigned int height_of(const struct graph *);
static unsigned int row_height(const struct graph_row *);
static unsigned int parts_of(const char *);
static size_t widest(const char *);
static void head(FILE *, unsigned int, unsigned int, const char *);
static void picture(const struct graph *, const struct axis *, unsigned int,
    FILE *);
static void row(const struct graph *, const struct graph_row *,
    const struct axis *, unsigned int, FILE *);
static void band(const struct graph *, const struct graph_band *,
    const struct axis *, unsigned int, unsigned int, FILE *);
static void ticks(const struct graph *, const struct axis *, unsigned int,
    FILE *);
static const char *class_of(const struct graph_band *, char *);
static void escaped(const char *, size_t, FILE *);

static const char style[] =
    "<style>\n"
    "svg{font:12px system-ui,sans-serif;--bg:#fff;--fg:#1b1f24;--dim:#57606a;"
    "--line:#8c959f;--h0:#cfe4ff;--h1:#d3f0d6;--h2:#ffe7c2;--h3:#ead9fb;"
    "--h4:#cdeef0;--h5:#fbd9e4;--hole:#b3261e;--refused:#e6e8eb}\n"
    "@media(prefers-color-scheme:dark){svg{--bg:#14171a;--fg:#f0f2f4;"
    "--dim:#a8b1ba;--line:#7d8790;--h0:#1d3f66;--h1:#1f4a2a;--h2:#5a4313;"
    "--h3:#45306a;--h4:#174a4f;--h5:#5f2840;--hole:#ff8a80;"
    "--refused:#33383d}}\n"
    "text{fill:var(--fg)}.dim{fill:var(--dim)}.b{font-weight:600}\n"
    ".t{font-size:16px;font-weight:600}.bg{fill:var(--bg)}\n"
    "rect.band{stroke:var(--line)}.h0{fill:var(--h0)}.h1{fill:var(--h1)}\n"
    ".h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}\n"
    ".h5{fill:var(--h5)}.refused{fill:var(--refused)}.hole{fill:var(--bg)}\n"
    ".hatch{fill:url(#hatch)}.edge{stroke:var(--line)}\n"
    ".stripe{stroke:var(--hole);stroke-width:2}\n"
    ".open{fill:var(--hole);font-weight:600}\n"
    ".back{fill:var(--bg);fill-opacity:.75}\n"
    "</style>\n"
    "<defs><pattern id=\"hatch\" width=\"9\" height=\"9\" "
    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
    "<line class=\"stripe\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"9\"/>"
    "</pattern></defs>\n";

void
graph_svg(const struct graph *graphs, size_t len, const char *title, FILE *out)
{
	unsigned int width = 0, height = MARGIN + TITLE, y, w;
	struct axis *axes = calloc(len + 1, sizeof(*axes));
	size_t i;

	for (i = 0; axes != NULL && i < len; i++) {
		if (axis_make(&graphs[i], &axes[i]) == -1)
			goto out;
		w = LEFT + (unsigned int)axes[i].len * axes[i].column;
		width = w > width ? w : width;
		height += height_of(&graphs[i]);
	}
	if (axes == NULL)
		return;
	head(out, width + 2 * MARGIN, height + MARGIN, title);
	y = MARGIN + TITLE;
	for (i = 0; i < len; i++) {
		picture(&graphs[i], &axes[i], y, out);
		y += height_of(&graphs[i]);
	}
	(void)fputs("</svg>\n", out);
out:
	for (i = 0; i < len; i++)
		free(axes[i].lows);
	free(axes);
}

static int
axis_make(const struct graph *graph, struct axis *axis)
{
	size_t i, n = 0;

	axis->lows = calloc(graph->settle.len + graph->auth.len + 1,
	    sizeof(*axis->lows));
	if (axis->lows == NULL)
		return -1;
	axis_add(axis, &graph->settle);
	axis_add(axis, &graph->auth);
	qsort(axis->lows, axis->len, sizeof(*axis->lows), by_low);
	for (i = 0; i < axis->len; i++)
		if (n == 0 || axis->lows[i] != axis->lows[n - 1])
			axis->lows[n++] = axis->lows[i];
	axis->len = n;
	axis->column = COLUMN;
	axis_fit(graph, &graph->settle, axis);
	axis_fit(graph, &graph->auth, axis);
	return 0;
}

static void
axis_add(struct axis *axis, const struct graph_row *bands)
{
	size_t i;

	for (i = 0; i < bands->len; i++)
		axis->lows[axis->len++] = bands->bands[i].band.low;
}

static int
by_low(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Wide enough for what stands in each band. */
static void
axis_fit(const struct graph *graph, const struct graph_row *bands,
    struct axis *axis)
{
	char range[COVERAGE_RANGE_MAX];
	const struct graph_band *at;
	size_t i, columns, text;
	unsigned int need;

	for (i = 0; i < bands->len; i++) {
		at = &bands->bands[i];
		columns = axis_find(axis, at->band.high + 1) -
		    axis_find(axis, at->band.low);
		text = widest(at->name);
		(void)coverage_range(graph->currency, &at->band, range);
		if (strlen(range) > text)
			text = strlen(range);
		if (strlen(graph_kind_name(at->kind)) > text)
			text = strlen(graph_kind_name(at->kind));
		need = ((unsigned int)text * CHARACTER + 2 * GAP) /
			(unsigned int)(columns > 0 ? columns : 1) +
		    1;
		axis->column = need > axis->column ? need : axis->column;
	}
}

/* The number of the first edge that is not below an amount. */
static size_t
axis_find(const struct axis *axis, int64_t low)
{
	size_t i = 0;

	while (i < axis->len && axis->lows[i] < low)
		i++;
	return i;
}

static unsigned int
height_of(const struct graph *graph)
{
	return HEADING + row_height(&graph->settle) + GAP +
	    row_height(&graph->auth) + TICKS + MARGIN;
}

static unsigned int
row_height(const struct graph_row *bands)
{
	unsigned int most = 1, n;
	size_t i;

	for (i = 0; i < bands->len; i++) {
		n = parts_of(bands->bands[i].name);
		most = n > most ? n : most;
	}
	/* The range above the names, the kind below them. */
	return (most + 2) * LINE + GAP;
}

static unsigned int
parts_of(const char *name)
{
	unsigned int n = 1;

	for (; (name = strstr(name, ", ")) != NULL; name += 2)
		n++;
	return n;
}

static size_t
widest(const char *name)
{
	size_t most = 0, len;

	while (*name != '\0') {
		len = strcspn(name, ",");
		most = len > most ? len : most;
		name += len;
		name += strspn(name, ", ");
	}
	return most;
}

static void
head(FILE *out, unsigned int width, unsigned int height, const char *title)
{
	char safe[TEXT_MAX];

	(void)snprintf(safe, sizeof(safe), "%s", title);
	printable(safe);
	(void)fprintf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
	    "height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\" "
	    "aria-labelledby=\"title\">\n<title id=\"title\">",
	    width, height, width, height);
	escaped(safe, strlen(safe), out);
	(void)fprintf(out, "</title>\n%s", style);
	(void)fprintf(out,
	    "<rect class=\"bg\" width=\"%u\" height=\"%u\"/>\n"
	    "<text class=\"t\" x=\"%d\" y=\"%d\">",
	    width, height, MARGIN, MARGIN + LINE);
	escaped(safe, strlen(safe), out);
	(void)fputs("</text>\n", out);
}

static void
picture(const struct graph *graph, const struct axis *axis, unsigned int y,
    FILE *out)
{
	(void)fprintf(out, "<text class=\"t\" x=\"%d\" y=\"%u\">%s</text>\n",
	    MARGIN, y + LINE, graph->currency);
	y += HEADING;
	row(graph, &graph->settle, axis, y, out);
	y += row_height(&graph->settle) + GAP;
	row(graph, &graph->auth, axis, y, out);
	ticks(graph, axis, y + row_height(&graph->auth), out);
}

static void
row(const struct graph *graph, const struct graph_row *bands,
    const struct axis *axis, unsigned int y, FILE *out)
{
	const unsigned int height = row_height(bands);
	size_t i;

	(void)fprintf(out, "<text class=\"b\" x=\"%d\" y=\"%u\">%s</text>\n",
	    MARGIN, y + height / 2 + 4, bands->title);
	for (i = 0; i < bands->len; i++)
		band(graph, &bands->bands[i], axis, y, height, out);
}

static void
band(const struct graph *graph, const struct graph_band *at,
    const struct axis *axis, unsigned int y, unsigned int height, FILE *out)
{
	const size_t from = axis_find(axis, at->band.low);
	const size_t to = axis_find(axis, at->band.high + 1);
	const unsigned int x =
	    MARGIN + LEFT + (unsigned int)from * axis->column;
	const unsigned int w = (unsigned int)(to - from) * axis->column;
	const bool open = at->kind == GRAPH_HOLE || at->kind == GRAPH_PARTLY;
	char range[COVERAGE_RANGE_MAX], class[32];
	const char *name = at->name;
	size_t len;

	(void)fprintf(out,
	    "<rect class=\"band %s\" x=\"%u\" y=\"%u\" width=\"%u\" "
	    "height=\"%u\"/>\n",
	    class_of(at, class), x, y, w, height);
	if (open)
		(void)fprintf(out,
		    "<rect class=\"hatch\" x=\"%u\" y=\"%u\" width=\"%u\" "
		    "height=\"%u\"/>\n<rect class=\"back\" x=\"%u\" y=\"%u\" "
		    "width=\"%u\" height=\"%u\"/>\n",
		    x, y, w, height, x + 4, y + 4, w - 8, height - 8);
	y += LINE;
	(void)fprintf(out, "<text class=\"dim\" x=\"%u\" y=\"%u\">%s</text>\n",
	    x + GAP, y, coverage_range(graph->currency, &at->band, range));
	for (; *name != '\0'; name += strspn(name, ", ")) {
		len = strcspn(name, ",");
		y += LINE;
		(void)fprintf(out, "<text class=\"b\" x=\"%u\" y=\"%u\">",
		    x + GAP, y);
		escaped(name, len, out);
		(void)fputs("</text>\n", out);
		name += len;
	}
	if (at->kind != GRAPH_ROUTED && at->kind != GRAPH_REFUSED)
		(void)fprintf(out,
		    "<text class=\"%s\" x=\"%u\" y=\"%u\">%s</text>\n",
		    open ? "open" : "dim", x + GAP, y + LINE,
		    graph_kind_name(at->kind));
}

/* The amount at each edge; which side it belongs to is said in the
 * bands. */
static void
ticks(const struct graph *graph, const struct axis *axis, unsigned int y,
    FILE *out)
{
	struct till_money money = { 0 };
	char low[TILL_MONEY_MAX], before[TILL_MONEY_MAX];
	unsigned int x = MARGIN + LEFT;
	size_t i;

	memcpy(money.currency, graph->currency, TILL_CURRENCY_MAX);
	for (i = 0; i < axis->len; i++, x += axis->column) {
		money.micro = axis->lows[i];
		(void)till_money_print(&money, low);
		money.micro--;
		(void)till_money_print(&money, before);
		(void)fprintf(out,
		    "<line class=\"edge\" x1=\"%u\" y1=\"%u\" x2=\"%u\" "
		    "y2=\"%u\"/>\n<text class=\"dim\" x=\"%u\" y=\"%u\">%s"
		    "</text>\n",
		    x, y, x, y + 8, x, y + 22,
		    strlen(before) < strlen(low) ? before : low);
	}
}

/* One hue for each line that comes last. */
static const char *
class_of(const struct graph_band *at, char *class)
{
	unsigned int last = CONF_RULES_MAX - 1;

	while (last > 0 && (at->lines & UINT64_C(1) << last) == 0)
		last--;
	if (at->kind == GRAPH_HOLE)
		(void)snprintf(class, 32, "hole");
	else if (at->kind == GRAPH_REFUSED)
		(void)snprintf(class, 32, "refused");
	else
		(void)snprintf(class, 32, "h%u", last % HUES);
	return class;
}

static void
escaped(const char *text, size_t len, FILE *out)
{
	for (; len > 0; text++, len--) {
		if (*text == '&')
			(void)fputs("&amp;", out);
		else if (*text == '<')
			(void)fputs("&lt;", out);
		else if (*text == '>')
			(void)fputs("&gt;", out);
		else if (*text == '"')
			(void)fputs("&quot;", out);
		else
			(void)fputc(*text, out);
	}
}

/*
 * diag_print.c - findings for people and for programs.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "config/diag_source.h"
#include "config/printable.h"

#define LINE_MAX_SHOWN 1000 /* octets of a line that are shown */

/* A finding and what it is sorted by. */
struct entry {
	const struct diag_finding *finding;
	const struct source *source;
	size_t number;
};

static struct entry *sorted(const struct diag *);
static int compare(const void *, const void *);
static unsigned int line_of(const struct entry *);
static void print_entry(const struct entry *, FILE *);
static const char *find_line(const struct source *, unsigned int, size_t *);
static void print_line(const char *, size_t, FILE *);
static void print_caret(const struct diag_place *, const char *, size_t,
    FILE *);
static size_t step(const char *, size_t);
static const char *level_name(enum diag_level);
static json_t *entry_json(const struct entry *);

void
diag_print(const struct diag *diag, FILE *out)
{
	size_t total = diag_errors(diag) + diag_warnings(diag);
	struct entry *entries;
	size_t i;

	entries = sorted(diag);
	if (entries == NULL) {
		(void)fputs("error: out of memory\n", out);
		return;
	}
	for (i = 0; i < diag_size(diag); i++)
		print_entry(&entries[i], out);
	if (total > diag_size(diag))
		(void)fprintf(out, "and %zu more\n", total - diag_size(diag));
	free(entries);
}

void
diag_print_json(const struct diag *diag, FILE *out)
{
	struct entry *entries = NULL;
	json_t *array;
	size_t i;
	int failed = -1;

	array = json_array();
	entries = sorted(diag);
	if (array == NULL || entries == NULL)
		goto out;
	for (i = 0; i < diag_size(diag); i++)
		if (json_array_append_new(array, entry_json(&entries[i])) == -1)
			goto out;
	failed = json_dumpf(array, out, JSON_INDENT(2));
out:
	/* Half a list of errors must not pass for all of them. */
	(void)fputs(failed == 0 ? "\n" : "error: out of memory\n", out);
	json_decref(array);
	free(entries);
}

static struct entry *
sorted(const struct diag *diag)
{
	struct entry *entries;
	size_t i;

	entries = calloc(diag_size(diag) + 1, sizeof(*entries));
	if (entries == NULL)
		return NULL;
	for (i = 0; i < diag_size(diag); i++) {
		entries[i].finding = diag_at(diag, i);
		entries[i].source =
		    diag_find_source(diag, entries[i].finding->place.file);
		entries[i].number = i;
	}
	qsort(entries, diag_size(diag), sizeof(*entries), compare);
	return entries;
}

static int
compare(const void *p, const void *q)
{
	const struct entry *a = p, *b = q;
	unsigned int m, n;

	m = a->source == NULL ? UINT_MAX : a->source->number;
	n = b->source == NULL ? UINT_MAX : b->source->number;
	if (m != n)
		return m < n ? -1 : 1;
	if (line_of(a) != line_of(b))
		return line_of(a) < line_of(b) ? -1 : 1;
	if (a->finding->place.col != b->finding->place.col)
		return a->finding->place.col < b->finding->place.col ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/* What concerns the file as a whole comes behind its lines. */
static unsigned int
line_of(const struct entry *entry)
{
	unsigned int line = entry->finding->place.line;

	return line == 0 ? UINT_MAX : line;
}

static void
print_entry(const struct entry *entry, FILE *out)
{
	const struct diag_finding *finding = entry->finding;
	const struct diag_place *place = &finding->place;
	const char *line = NULL;
	size_t len;

	print_line(place->file, strlen(place->file), out);
	if (place->line > 0)
		(void)fprintf(out, ":%u:%u", place->line, place->col);
	(void)fprintf(out, ": %s: %s\n", level_name(finding->level),
	    finding->text);
	if (place->line > 0)
		line = find_line(entry->source, place->line, &len);
	if (line != NULL && place->col > 0 && place->col <= LINE_MAX_SHOWN) {
		print_line(line, len, out);
		(void)fputc('\n', out);
		print_caret(place, line, len, out);
	}
	if (finding->note[0] != '\0')
		(void)fprintf(out, "  %s\n", finding->note);
}

static const char *
find_line(const struct source *source, unsigned int number, size_t *len_r)
{
	const char *at, *end, *newline;
	unsigned int i;

	if (source == NULL || source->text == NULL)
		return NULL;
	at = source->text;
	end = at + source->len;
	for (i = 1; i < number; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL)
			return NULL;
		at++;
	}
	newline = memchr(at, '\n', (size_t)(end - at));
	*len_r = (size_t)((newline == NULL ? end : newline) - at);
	if (*len_r > 0 && at[*len_r - 1] == '\r')
		(*len_r)--;
	return at;
}

static void
print_line(const char *line, size_t len, FILE *out)
{
	size_t i, n;

	if (len > LINE_MAX_SHOWN)
		len = LINE_MAX_SHOWN;
	for (i = 0; i < len; i += n) {
		n = step(line + i, len - i);
		if (line[i] == '\t')
			(void)fputc('\t', out);
		else if (n == 1 && printable_len(line + i) != 1)
			(void)fputc('?', out);
		else
			(void)fwrite(line + i, 1, n, out);
	}
}

/* Tabs stay tabs and a character of several octets is one column, so that
 * the caret stands below its place whatever the tab stops are. */
static void
print_caret(const struct diag_place *place, const char *line, size_t len,
    FILE *out)
{
	size_t from = place->col - 1, to, i;

	if (from > len)
		from = len;
	to = from + (place->width == 0 ? 1 : place->width);
	if (to > len)
		to = len;
	for (i = 0; i < from; i += step(line + i, len - i))
		(void)fputc(line[i] == '\t' ? '\t' : ' ', out);
	(void)fputc('^', out);
	if (from < to)
		from += step(line + from, len - from);
	for (i = from; i < to; i += step(line + i, len - i))
		(void)fputc('~', out);
	(void)fputc('\n', out);
}

/* The octets that take one place on the screen. */
static size_t
step(const char *at, size_t len)
{
	size_t n = printable_len(at);

	return n == 0 || n > len ? 1 : n;
}

static const char *
level_name(enum diag_level level)
{
	return level == DIAG_ERROR ? "error" : "warning";
}

static json_t *
entry_json(const struct entry *entry)
{
	const struct diag_finding *finding = entry->finding;
	char file[DIAG_TEXT_MAX];

	(void)snprintf(file, sizeof(file), "%s", finding->place.file);
	printable(file);
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "file", file, "line",
	    (json_int_t)finding->place.line, "col",
	    (json_int_t)finding->place.col, "level", level_name(finding->level),
	    "text", finding->text, "note", finding->note);
}

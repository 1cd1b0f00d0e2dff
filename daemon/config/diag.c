/*
 * diag.c - what is wrong with a configuration, collected.
 *
 * Names, lines and words come from files that anybody may have written,
 * and findings go to terminals and logs: whatever is not printable is
 * replaced before it is kept.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/diag_source.h"
#include "config/near.h"
#include "config/printable.h"

#define FINDINGS_FIRST 8 /* room for so many at first */
#define SUGGEST_MAX 16 /* a longer list of words is not printed */

struct diag {
	struct diag_finding *findings;
	size_t len, size;
	size_t errors, warnings; /* those not kept included */
	struct source *sources, *last;
};

static void add(struct diag *, enum diag_level, const struct diag_place *,
    const char *fmt, va_list) __attribute__((format(printf, 4, 0)));
static struct diag_finding *finding_add(struct diag *);
static struct source *source_add(struct diag *, const char *file);
static struct source *source_find(const struct diag *, const char *file);
static void list_words(struct diag_finding *, const char *const *words);

struct diag *
diag_new(void)
{
	return calloc(1, sizeof(struct diag));
}

void
diag_free(struct diag *diag)
{
	struct source *source;

	if (diag == NULL)
		return;
	while (diag->sources != NULL) {
		source = diag->sources;
		diag->sources = source->next;
		free(source->file);
		free(source->text);
		free(source);
	}
	free(diag->findings);
	free(diag);
}

const char *
diag_source(struct diag *diag, const char *file, const char *text, size_t len)
{
	struct source *source;

	source = source_find(diag, file);
	if (source == NULL)
		source = source_add(diag, file);
	if (source == NULL)
		return NULL;
	if (source->text == NULL) {
		source->text = malloc(len + 1);
		if (source->text == NULL)
			return NULL;
		if (len > 0)
			memcpy(source->text, text, len);
		source->text[len] = '\0';
		source->len = len;
	}
	return source->file;
}

void
diag_error(struct diag *diag, const struct diag_place *place, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(diag, DIAG_ERROR, place, fmt, ap);
	va_end(ap);
}

void
diag_warning(struct diag *diag, const struct diag_place *place, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(diag, DIAG_WARNING, place, fmt, ap);
	va_end(ap);
}

void
diag_note(struct diag *diag, const char *fmt, ...)
{
	struct diag_finding *finding;
	va_list ap;

	/* The newest finding may be one that was only counted. */
	if (diag->len == 0 || diag->errors + diag->warnings > diag->len)
		return;
	finding = &diag->findings[diag->len - 1];
	va_start(ap, fmt);
	(void)vsnprintf(finding->note, sizeof(finding->note), fmt, ap);
	va_end(ap);
	printable(finding->note);
}

void
diag_suggest(struct diag *diag, const char *written, const char *const *words)
{
	struct diag_finding *finding;
	const char *near;
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	if (n == 0 || diag->len == 0 ||
	    diag->errors + diag->warnings > diag->len)
		return;
	near = nearest(written, words);
	if (near != NULL)
		diag_note(diag, "did you mean '%s'?", near);
	finding = &diag->findings[diag->len - 1];
	if (n <= SUGGEST_MAX && !(n == 1 && near != NULL))
		list_words(finding, words);
	printable(finding->note);
}

size_t
diag_errors(const struct diag *diag)
{
	return diag->errors;
}

size_t
diag_warnings(const struct diag *diag)
{
	return diag->warnings;
}

size_t
diag_size(const struct diag *diag)
{
	return diag->len;
}

const struct diag_finding *
diag_at(const struct diag *diag, size_t i)
{
	assert(i < diag->len);
	return &diag->findings[i];
}

const struct source *
diag_find_source(const struct diag *diag, const char *file)
{
	return source_find(diag, file);
}

static void
add(struct diag *diag, enum diag_level level, const struct diag_place *place,
    const char *fmt, va_list ap)
{
	const char *file = place->file == NULL ? "" : place->file;
	struct diag_finding *finding;
	struct source *source;

	if (level == DIAG_ERROR)
		diag->errors++;
	else
		diag->warnings++;
	finding = finding_add(diag);
	if (finding == NULL)
		return;
	finding->level = level;
	finding->place = *place;
	/* The place may outlive whoever made it. */
	source = source_find(diag, file);
	if (source == NULL)
		source = source_add(diag, file);
	finding->place.file = source == NULL ? "?" : source->file;
	(void)vsnprintf(finding->text, sizeof(finding->text), fmt, ap);
	printable(finding->text);
	finding->note[0] = '\0';
}

/* NULL: it is counted only. */
static struct diag_finding *
finding_add(struct diag *diag)
{
	struct diag_finding *findings;
	size_t size;

	if (diag->len == DIAG_MAX)
		return NULL;
	if (diag->len == diag->size) {
		size = diag->size == 0 ? FINDINGS_FIRST : 2 * diag->size;
		findings = realloc(diag->findings, size * sizeof(*findings));
		if (findings == NULL)
			return NULL;
		diag->findings = findings;
		diag->size = size;
	}
	return &diag->findings[diag->len++];
}

static struct source *
source_add(struct diag *diag, const char *file)
{
	struct source *source;

	source = calloc(1, sizeof(*source));
	if (source == NULL)
		return NULL;
	source->file = strdup(file);
	if (source->file == NULL) {
		free(source);
		return NULL;
	}
	if (diag->last == NULL)
		diag->sources = source;
	else
		diag->last->next = source;
	source->number = diag->last == NULL ? 0 : diag->last->number + 1;
	diag->last = source;
	return source;
}

static struct source *
source_find(const struct diag *diag, const char *file)
{
	struct source *source;

	for (source = diag->sources; source != NULL; source = source->next)
		if (strcmp(source->file, file) == 0)
			break;
	return source;
}

static void
list_words(struct diag_finding *finding, const char *const *words)
{
	const char *between =
	    finding->note[0] != '\0' ? " one of: " : "one of: ";
	size_t len, i, j;

	for (i = 0; words[i] != NULL; i++) {
		/* A name may be there twice by a mistake that is told. */
		for (j = 0; strcmp(words[j], words[i]) != 0; j++)
			;
		if (j < i)
			continue;
		len = strlen(finding->note);
		(void)snprintf(finding->note + len, sizeof(finding->note) - len,
		    "%s%s", between, words[i]);
		between = ", ";
	}
}

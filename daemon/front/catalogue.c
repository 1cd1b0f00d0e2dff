/*
 * catalogue.c - load the words of the pages and find them.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/catalogue.h"

#define PATH_SIZE 4096
#define RANGES_MAX 16 /* languages of one Accept-Language that are read */
#define QUALITY_FULL 1000

static int load_all(DIR *, const char *, struct catalogues *,
    struct till_error *);
static int load_one(const char *, const char *, struct catalogues *,
    struct till_error *);
static int fill(json_t *, struct catalogue *, struct till_error *);
static int compare_words(const void *, const void *);
static int compare_catalogues(const void *, const void *);
static int same_keys(const struct catalogues *, struct till_error *);
static void catalogue_free(struct catalogue *);
static unsigned int quality_of(const char *, size_t);

int
catalogues_load(const char *dir, struct catalogues **catalogues_r,
    struct till_error *err)
{
	struct catalogues *catalogues = calloc(1, sizeof(*catalogues));
	DIR *folder;
	int r;

	if (catalogues == NULL)
		return till_fail(err, "out of memory");
	folder = opendir(dir);
	if (folder == NULL) {
		free(catalogues);
		return till_fail(err, "%s: %s", dir, strerror(errno));
	}
	r = load_all(folder, dir, catalogues, err);
	(void)closedir(folder);
	if (r == 0 && catalogues->len == 0)
		r = till_fail(err, "%s: there is no catalogue", dir);
	if (r == 0)
		r = same_keys(catalogues, err);
	if (r == -1) {
		catalogues_free(catalogues);
		return -1;
	}
	qsort(catalogues->list, catalogues->len, sizeof(catalogues->list[0]),
	    compare_catalogues);
	catalogues->first = catalogue_find(catalogues, "en");
	if (catalogues->first == NULL)
		catalogues->first = catalogues->list[0];
	*catalogues_r = catalogues;
	return 0;
}

void
catalogues_free(struct catalogues *catalogues)
{
	if (catalogues == NULL)
		return;
	while (catalogues->len > 0)
		catalogue_free(catalogues->list[--catalogues->len]);
	free(catalogues);
}

const struct catalogue *
catalogue_find(const struct catalogues *catalogues, const char *lang)
{
	size_t len = strlen(lang), i;

	/* "fr-CA", then "fr". */
	while (len > 0) {
		for (i = 0; i < catalogues->len; i++)
			if (strlen(catalogues->list[i]->lang) == len &&
			    strncasecmp(catalogues->list[i]->lang, lang, len) ==
				0)
				return catalogues->list[i];
		do
			len--;
		while (len > 0 && lang[len] != '-');
	}
	return NULL;
}

const struct catalogue *
catalogue_accept(const struct catalogues *catalogues, const char *accept)
{
	const struct catalogue *best = NULL, *found;
	unsigned int best_quality = 0, quality;
	char lang[CATALOGUE_LANG_MAX];
	size_t len, n;

	for (n = 0; n < RANGES_MAX && *accept != '\0'; n++) {
		accept += strspn(accept, " \t,");
		len = strcspn(accept, " \t,;");
		quality = quality_of(accept, strcspn(accept, ","));
		if (len > 0 && len < sizeof(lang) && quality > best_quality) {
			memcpy(lang, accept, len);
			lang[len] = '\0';
			found = strcmp(lang, "*") == 0
			    ? catalogues->first
			    : catalogue_find(catalogues, lang);
			if (found != NULL) {
				best = found;
				best_quality = quality;
			}
		}
		accept += strcspn(accept, ",");
	}
	return best;
}

const char *
catalogue_word(const struct catalogue *catalogue, const char *key)
{
	struct catalogue_word wanted = { .key = (char *)(uintptr_t)key };
	const struct catalogue_word *found;

	found = bsearch(&wanted, catalogue->words, catalogue->len,
	    sizeof(catalogue->words[0]), compare_words);
	return found == NULL ? NULL : found->text;
}

static int
load_all(DIR *folder, const char *dir, struct catalogues *catalogues,
    struct till_error *err)
{
	const struct dirent *entry;
	size_t len;

	for (;;) {
		entry = readdir(folder);
		if (entry == NULL)
			return 0;
		len = strlen(entry->d_name);
		if (len <= 5 || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name + len - 5, ".json") != 0)
			continue;
		if (catalogues->len == CATALOGUES_MAX)
			return till_fail(err, "%s: more than %d catalogues",
			    dir, CATALOGUES_MAX);
		if (load_one(dir, entry->d_name, catalogues, err) == -1)
			return -1;
	}
}

static int
load_one(const char *dir, const char *name, struct catalogues *catalogues,
    struct till_error *err)
{
	size_t len = strlen(name) - strlen(".json");
	struct catalogue *catalogue;
	char path[PATH_SIZE];
	json_error_t error;
	json_t *json;
	int r;

	if (len >= CATALOGUE_LANG_MAX)
		return till_fail(err, "%s: not a language", name);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return till_fail(err, "%s: the name is too long", dir);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		return till_fail(err, "%s:%d: %s", path, error.line,
		    error.text);
	catalogue = calloc(1, sizeof(*catalogue));
	if (catalogue == NULL) {
		json_decref(json);
		return till_fail(err, "out of memory");
	}
	memcpy(catalogue->lang, name, len);
	catalogues->list[catalogues->len++] = catalogue;
	r = fill(json, catalogue, err);
	json_decref(json);
	qsort(catalogue->words, catalogue->len, sizeof(catalogue->words[0]),
	    compare_words);
	return r;
}

static int
fill(json_t *json, struct catalogue *catalogue, struct till_error *err)
{
	struct catalogue_word *word;
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value)
	{
		if (!json_is_string(value))
			return till_fail(err, "%s.json: %.64s is no text",
			    catalogue->lang, key);
		if (catalogue->len == CATALOGUE_WORDS_MAX)
			return till_fail(err, "%s.json: more than %d texts",
			    catalogue->lang, CATALOGUE_WORDS_MAX);
		word = &catalogue->words[catalogue->len++];
		word->key = strdup(key);
		word->text = strdup(json_string_value(value));
		if (word->key == NULL || word->text == NULL)
			return till_fail(err, "out of memory");
	}
	return 0;
}

static int
compare_words(const void *a, const void *b)
{
	const struct catalogue_word *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int
compare_catalogues(const void *a, const void *b)
{
	const struct catalogue *const *x = a, *const *y = b;

	return strcmp((*x)->lang, (*y)->lang);
}

static int
same_keys(const struct catalogues *catalogues, struct till_error *err)
{
	const struct catalogue *a, *b;
	size_t i, j, k;

	for (i = 0; i < catalogues->len; i++) {
		for (j = 0; j < catalogues->len; j++) {
			a = catalogues->list[i];
			b = catalogues->list[j];
			for (k = 0; k < a->len; k++)
				if (catalogue_word(b, a->words[k].key) == NULL)
					return till_fail(err,
					    "%s.json lacks '%.64s', which "
					    "%s.json has",
					    b->lang, a->words[k].key, a->lang);
		}
	}
	return 0;
}

static void
catalogue_free(struct catalogue *catalogue)
{
	while (catalogue->len > 0) {
		catalogue->len--;
		free(catalogue->words[catalogue->len].key);
		free(catalogue->words[catalogue->len].text);
	}
	free(catalogue);
}

/* "fr;q=0.8" is 800; what has no or a strange q counts in full. */
static unsigned int
quality_of(const char *range, size_t len)
{
	unsigned int quality = 0, digit = 100;
	const char *q = memchr(range, ';', len), *end = range + len;

	if (q == NULL)
		return QUALITY_FULL;
	for (q++; q < end && (*q == ' ' || *q == '\t');)
		q++;
	if (end - q < 3 || (q[0] | 32) != 'q' || q[1] != '=' || q[2] != '0')
		return QUALITY_FULL;
	for (q += 3; q < end && digit > 0; q++) {
		if (*q == '.')
			continue;
		if (*q < '0' || *q > '9')
			break;
		quality += digit * (unsigned int)(*q - '0');
		digit /= 10;
	}
	return quality;
}

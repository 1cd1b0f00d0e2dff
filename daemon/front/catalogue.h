/*
 * catalogue.h - the words of the pages, one file per language.
 *
 * A catalogue is a JSON object of texts: etc/pages/LANG.json.  All have
 * the same keys.  Where a text has "{}" or "{2}" a value goes.
 */
#ifndef FRONT_CATALOGUE_H
#define FRONT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/money.h>

#define CATALOGUES_MAX 16
#define CATALOGUE_FILE_MAX 65536
#define CATALOGUE_LANG_MAX 16 /* of "pt-br", with its NUL */
#define CATALOGUE_WORDS_MAX 512
#define LOCALE_AMOUNT_MAX 64
#define LOCALE_TIME_MAX 128

struct catalogue_word {
	char *key, *text;
};

struct catalogue {
	char lang[CATALOGUE_LANG_MAX];
	struct catalogue_word words[CATALOGUE_WORDS_MAX]; /* sorted */
	size_t len;
};

struct catalogues {
	struct catalogue *list[CATALOGUES_MAX]; /* by language */
	size_t len;
	const struct catalogue *first; /* English if it is there */
};

/* All *.json of a folder; -1 if one is wrong or there is none, or if one
 * lacks a key that another has. */
int catalogues_load(const char *dir, struct catalogues **catalogues_r,
    struct till_error *err);
void catalogues_free(struct catalogues *); /* NULL is fine */

/* By a language tag (RFC 5646), or its first part; NULL: none fits. */
const struct catalogue *catalogue_find(const struct catalogues *,
    const char *lang);
/* The best for an Accept-Language (RFC 9110, 12.5.4); NULL: none. */
const struct catalogue *catalogue_accept(const struct catalogues *,
    const char *accept);
/* The text of a key; NULL if there is none. */
const char *catalogue_word(const struct catalogue *, const char *key);

/* An amount and a time as readers of the language write them. */
const char *locale_amount(const struct catalogue *, const struct till_money *,
    char buf[LOCALE_AMOUNT_MAX]);
const char *locale_time(const struct catalogue *, int64_t time_s,
    char buf[LOCALE_TIME_MAX]);
/* The same without the time of the day. */
const char *locale_day(const struct catalogue *, int64_t time_s,
    char buf[LOCALE_TIME_MAX]);
/* A number as it is on the wire ("5.5"), with the language's point. */
const char *locale_decimal(const struct catalogue *, const char *decimal,
    char buf[LOCALE_AMOUNT_MAX]);

#endif

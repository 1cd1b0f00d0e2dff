/*
 * show.h - the server's answers, laid out for people.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <jansson.h>
#include <stdbool.h>

#define SHOW_COLUMNS_MAX 12
#define SHOW_CELL_MAX 512 /* octets of one cell; longer ones are cut */

struct column {
	const char *title;
	const char *key; /* "a|b": the first that is there */
	bool right; /* numbers and amounts */
};

/* A table of an array of objects; columns end with a title of NULL. */
void show_table(const json_t *array, const struct column *columns);
/* The table of "accounts" in an answer. */
void show_accounts(const json_t *reply);
/* "key: value" lines of those keys (ends with NULL) that are there. */
void show_fields(const json_t *object, const char *const *keys);
/* The value as text: buf of SHOW_CELL_MAX octets, or the JSON's own. */
const char *show_value(const json_t *, char *buf);
/* The text of a key, or "". */
const char *show_text(const json_t *object, const char *key);

#endif

/*
 * show.c - the server's answers, laid out for people.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/show.h"

static const json_t *cell(const json_t *, const char *);
static size_t width_of(const char *);
static void print_row(const char *const *, const size_t *,
    const struct column *, size_t);
static size_t columns_of(const struct column *);

void
show_table(const json_t *array, const struct column *columns)
{
	size_t widths[SHOW_COLUMNS_MAX] = { 0 }, i, j, n, w;
	char bufs[SHOW_COLUMNS_MAX][SHOW_CELL_MAX];
	const char *cells[SHOW_COLUMNS_MAX];
	const json_t *item;

	n = columns_of(columns);
	json_array_foreach(array, i, item)
	{
		for (j = 0; j < n; j++) {
			w = width_of(
			    show_value(cell(item, columns[j].key), bufs[j]));
			widths[j] = w > widths[j] ? w : widths[j];
		}
	}
	/* A column without any text is left out: its width stays 0. */
	for (j = 0; j < n; j++) {
		w = width_of(columns[j].title);
		if (widths[j] > 0 && widths[j] < w)
			widths[j] = w;
	}
	if (json_array_size(array) == 0)
		return;
	for (j = 0; j < n; j++)
		cells[j] = columns[j].title;
	print_row(cells, widths, columns, n);
	json_array_foreach(array, i, item)
	{
		for (j = 0; j < n; j++)
			cells[j] =
			    show_value(cell(item, columns[j].key), bufs[j]);
		print_row(cells, widths, columns, n);
	}
}

void
show_accounts(const json_t *reply)
{
	static const struct column columns[] = {
		{ "account", "account", false },
		{ "balance", "balance", true },
		{ "held", "held", true },
		{ "currency", "currency", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "accounts"), columns);
}

void
show_fields(const json_t *object, const char *const *keys)
{
	char buf[SHOW_CELL_MAX];
	const json_t *value;
	size_t i, width = 0;

	for (i = 0; keys[i] != NULL; i++)
		if (json_object_get(object, keys[i]) != NULL &&
		    strlen(keys[i]) > width)
			width = strlen(keys[i]);
	for (i = 0; keys[i] != NULL; i++) {
		value = json_object_get(object, keys[i]);
		if (value == NULL)
			continue;
		printf("%s:%*s %s\n", keys[i], (int)(width - strlen(keys[i])),
		    "", show_value(value, buf));
	}
}

const char *
show_value(const json_t *value, char *buf)
{
	const json_t *item;
	size_t i, len = 0;

	if (json_is_string(value))
		return json_string_value(value);
	buf[0] = '\0';
	if (json_is_integer(value))
		(void)snprintf(buf, SHOW_CELL_MAX, "%lld",
		    (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		(void)snprintf(buf, SHOW_CELL_MAX, "%s",
		    json_is_true(value) ? "yes" : "no");
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item) || len + 2 >= SHOW_CELL_MAX)
			continue;
		(void)snprintf(buf + len, SHOW_CELL_MAX - len, "%s%s",
		    i > 0 ? " " : "", json_string_value(item));
		len = strlen(buf);
	}
	return buf;
}

const char *
show_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static const json_t *
cell(const json_t *item, const char *key)
{
	const json_t *value = NULL;
	char name[64];
	size_t len;

	for (; value == NULL && *key != '\0'; key += len + (key[len] == '|')) {
		len = strcspn(key, "|");
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, key);
		value = json_object_get(item, name);
	}
	return value;
}

/* Characters of a UTF-8 text: all octets but those that continue one. */
static size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* One row of cells; a column of width 0 is left out. */
static void
print_row(const char *const *cells, const size_t *widths,
    const struct column *columns, size_t n)
{
	bool first = true;
	size_t j, last = 0;
	int pad;

	for (j = 0; j < n; j++)
		if (widths[j] > 0)
			last = j;
	for (j = 0; j <= last && j < n; j++) {
		if (widths[j] == 0)
			continue;
		pad = (int)(widths[j] - width_of(cells[j]));
		printf("%s", first ? "" : "  ");
		if (columns[j].right)
			printf("%*s%s", pad, "", cells[j]);
		else
			printf("%s%*s", cells[j], j == last ? 0 : pad, "");
		first = false;
	}
	puts("");
}

static size_t
columns_of(const struct column *columns)
{
	size_t n = 0;

	while (n < SHOW_COLUMNS_MAX && columns[n].title != NULL)
		n++;
	return n;
}

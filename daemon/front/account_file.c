/*
 * account_file.c - statements as files.
 *
 * A statement that would be too long is refused rather than cut, as a file
 * that lacks something looks like one that does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/account_priv.h"

static bool csv_part(struct work *, const json_t *);
static void csv_then(struct work *);
static void put_csv_line(struct text *, const json_t *);

void
account_csv(struct work *work)
{
	if (account_enter(work) == -1)
		return;
	if (account_times(work) == -1) {
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
		return;
	}
	text_add(&work->account->csv,
	    "time,serial,kind,party,amount,currency,balance,"
	    "balance currency,order,from,note\r\n");
	account_each(work, "account.statement", "lines", ACCOUNT_PARTS_MAX,
	    csv_part, csv_then);
}

void
account_send(struct work *work, const char *type, const char *name,
    struct text *text)
{
	char disposition[64];
	const struct http_field fields[] = { { "Content-Type", type },
		{ "Content-Disposition", disposition },
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL } };

	(void)snprintf(disposition, sizeof(disposition),
	    "attachment; filename=\"%s\"", name);
	if (text->failed) {
		text_clear(text);
		page_message(work, 413, "account-long", CHARGED_UNSAID);
		return;
	}
	reply_fields(work, 200, fields, text);
}

/* A text that is full is too long, whatever comes. */
static bool
csv_part(struct work *work, const json_t *lines)
{
	struct text *text = &work->account->csv;
	size_t i;

	for (i = 0; i < json_array_size(lines) && !text->failed; i++)
		put_csv_line(text, json_array_get(lines, i));
	return !text->failed;
}

static void
csv_then(struct work *work)
{
	struct text *text = &work->account->csv;

	if (work->account->next != NULL || text->failed)
		page_message(work, 413, "account-long", CHARGED_UNSAID);
	else
		account_send(work, "text/csv; charset=utf-8", "statement.csv",
		    text);
}

static void
put_csv_line(struct text *text, const json_t *line)
{
	static const struct {
		const char *key;
		void (*put)(struct text *, const char *); /* NULL: a number */
	} columns[] = {
		{ "time", put_cell },
		{ "serial", NULL },
		{ "kind", put_cell },
		{ "merchant", put_cell },
		{ "amount", put_money_cells },
		{ "balance", put_money_cells },
		{ "jti", put_cell },
		{ "via", put_cell },
		{ "note", put_cell },
	};
	const char *value;
	char serial[32];
	size_t i;

	(void)snprintf(serial, sizeof(serial), "%lld",
	    (long long)json_integer_value(json_object_get(line, "serial")));
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		text_add(text, i == 0 ? "" : ",");
		value = doc_get(line, columns[i].key);
		if (columns[i].put == NULL)
			text_add(text, serial);
		else
			columns[i].put(text, value);
	}
	text_add(text, "\r\n");
}

/*
 * In quotation marks, which are doubled (RFC 4180, 2); and what a spreadsheet
 * would take for a formula begins with an apostrophe, as it is text.
 */
void
put_cell(struct text *text, const char *cell)
{
	text_add(text, "\"");
	if (cell[0] != '\0' && strchr("=+-@\t\r", cell[0]) != NULL)
		text_add(text, "'");
	for (; *cell != '\0'; cell++) {
		if (*cell == '"')
			text_add(text, "\"");
		text_octets(text, cell, 1);
	}
	text_add(text, "\"");
}

/* "-1.20 EUR": two cells, the first a plain decimal. */
void
put_money_cells(struct text *text, const char *amount)
{
	const size_t len = strcspn(amount, " ");

	text_octets(text, amount, len);
	text_add(text, ",");
	text_add(text, amount[len] == ' ' ? amount + len + 1 : "");
}

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
	account_gather(work, "account.statement", "lines", NULL,
	    ACCOUNT_PARTS_MAX, csv_then);
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

static void
csv_then(struct work *work)
{
	struct text text = { 0 };
	size_t i;

	if (work->account->next != NULL) {
		page_message(work, 413, "account-long", CHARGED_UNSAID);
		return;
	}
	text_add(&text,
	    "time,serial,kind,party,amount,currency,balance,"
	    "balance currency,order,from,note\r\n");
	for (i = 0; i < json_array_size(work->account->lines); i++)
		put_csv_line(&text, json_array_get(work->account->lines, i));
	account_send(work, "text/csv; charset=utf-8", "statement.csv", &text);
}

static void
put_csv_line(struct text *text, const json_t *line)
{
	char serial[32];

	(void)snprintf(serial, sizeof(serial), "%lld",
	    (long long)json_integer_value(json_object_get(line, "serial")));
	put_cell(text, doc_get(line, "time"));
	text_add(text, ",");
	text_add(text, serial);
	text_add(text, ",");
	put_cell(text, doc_get(line, "kind"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "merchant"));
	text_add(text, ",");
	put_money_cells(text, doc_get(line, "amount"));
	text_add(text, ",");
	put_money_cells(text, doc_get(line, "balance"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "jti"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "via"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "note"));
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

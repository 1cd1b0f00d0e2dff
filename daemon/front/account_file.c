/*
 * account_file.c - statements and all data of an account, as files.
 *
 * They are gathered in several answers; one that would be too long for that
 * is refused rather than cut, as a file that lacks something looks like one
 * that does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/account_priv.h"

#define EXPORT_VERSION 1

static void begin(struct work *, void (*)(struct work *));
static void next_part(struct work *, const char *, void (*)(struct work *));
static bool gather(struct work *, void (*)(struct work *));
static void csv_then(struct work *);
static void put_csv_line(struct text *, const json_t *);
static void put_cell(struct text *, const char *);
static void put_money_cells(struct text *, const char *);
static void data_shown_then(struct work *);
static void data_then(struct work *);
static void send_file(struct work *, const char *, const char *, struct text *);

void
account_csv(struct work *work)
{
	if (account_enter(work) == -1)
		return;
	if (account_times(work) == -1) {
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
		return;
	}
	begin(work, csv_then);
}

void
account_data(struct work *work)
{
	if (account_enter(work) == 0)
		account_ask(work, "account.show", NULL, data_shown_then);
}

static void
begin(struct work *work, void (*then)(struct work *))
{
	work->account->lines = json_array();
	next_part(work, NULL, then);
}

static void
next_part(struct work *work, const char *from, void (*then)(struct work *))
{
	account_args(work, from, ACCOUNT_PART);
	account_ask(work, "account.statement", work->account->args, then);
}

/* True when all lines are there; else the next part was asked for, or the
 * request was answered. */
static bool
gather(struct work *work, void (*then)(struct work *))
{
	struct account_job *job = work->account;
	json_t *doc = account_doc(work);
	const char *next;
	bool all = false;

	if (doc == NULL)
		return false;
	(void)json_array_extend(job->lines, json_object_get(doc, "lines"));
	next = json_string_value(json_object_get(doc, "next"));
	if (next == NULL)
		all = true;
	else if (++job->parts == ACCOUNT_PARTS_MAX)
		page_message(work, 413, "account-long", CHARGED_UNSAID);
	else
		next_part(work, next, then);
	json_decref(doc);
	return all;
}

static void
csv_then(struct work *work)
{
	struct text text = { 0 };
	size_t i;

	if (!gather(work, csv_then))
		return;
	text_add(&text,
	    "time,serial,kind,party,amount,currency,balance,"
	    "balance currency,order,from,note\r\n");
	for (i = 0; i < json_array_size(work->account->lines); i++)
		put_csv_line(&text, json_array_get(work->account->lines, i));
	send_file(work, "text/csv; charset=utf-8", "statement.csv", &text);
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
static void
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
static void
put_money_cells(struct text *text, const char *amount)
{
	const size_t len = strcspn(amount, " ");

	text_octets(text, amount, len);
	text_add(text, ",");
	text_add(text, amount[len] == ' ' ? amount + len + 1 : "");
}

static void
data_shown_then(struct work *work)
{
	work->account->shown = account_doc(work);
	if (work->account->shown != NULL)
		begin(work, data_then);
}

static void
data_then(struct work *work)
{
	struct text text = { 0 };
	json_t *all;
	char *json;

	if (!gather(work, data_then))
		return;
	all = json_pack("{s:i,s:O,s:O}", "version", EXPORT_VERSION, "account",
	    work->account->shown, "statement", work->account->lines);
	json = all == NULL ? NULL : json_dumps(all, JSON_INDENT(2));
	if (json == NULL) {
		page_try_again(work);
	} else {
		text_add(&text, json);
		text_add(&text, "\n");
		send_file(work, "application/json", "account.json", &text);
	}
	free(json);
	json_decref(all);
}

static void
send_file(struct work *work, const char *type, const char *name,
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

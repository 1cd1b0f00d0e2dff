/*
 * account_data.c - what is kept of a customer, for himself: a page that says
 * what it is, and the files.
 *
 * A file has the entries that some answers hold; the next has the older ones,
 * and both page and file say whether there is one.
 */
#include <stdlib.h>
#include <string.h>

#include "front/account_priv.h"

#define VERSION 1

static void begin(struct work *, void (*)(struct work *));
static bool from_ok(const char *);
static void page_shown_then(struct work *);
static void file_shown_then(struct work *);
static void entries(struct work *, void (*)(struct work *));
static void page_then(struct work *);
static void file_then(struct work *);
static json_t *document(struct work *);

void
account_data(struct work *work)
{
	begin(work, page_shown_then);
}

void
account_data_file(struct work *work)
{
	begin(work, file_shown_then);
}

static void
begin(struct work *work, void (*then)(struct work *))
{
	if (account_enter(work) == -1)
		return;
	if (from_ok(body_text(&work->body, "", "from")))
		account_show_all(work, then);
	else
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
}

/* A serial number: whose entries are shown says the session alone. */
static bool
from_ok(const char *from)
{
	return from == NULL || account_serial_ok(from);
}

static void
page_shown_then(struct work *work)
{
	entries(work, page_then);
}

static void
file_shown_then(struct work *work)
{
	entries(work, file_then);
}

static void
entries(struct work *work, void (*then)(struct work *))
{
	const char *from = body_text(&work->body, "", "from");

	account_gather(work, "account.entries", "entries",
	    from == NULL ? NULL : json_integer(strtoll(from, NULL, 10)),
	    ACCOUNT_DATA_PARTS, then);
}

static void
page_then(struct work *work)
{
	page_data(work, body_text(&work->body, "", "from"));
}

static void
file_then(struct work *work)
{
	json_t *all = document(work);
	char *json = all == NULL ? NULL : json_dumps(all, JSON_INDENT(1));
	struct text text = { 0 };

	json_decref(all);
	if (json == NULL) {
		page_try_again(work);
		return;
	}
	text_add(&text, json);
	text_add(&text, "\n");
	free(json);
	account_send(work, "application/json", "account.json", &text);
}

/* next is the address of the file with the older entries, or null. */
static json_t *
document(struct work *work)
{
	const struct account_job *job = work->account;
	struct text next = { 0 };
	json_t *all;

	if (job->next != NULL) {
		text_add(&next, work->front->issuer);
		text_add(&next, "/account/data.json?from=");
		text_number(&next, (uint64_t)json_integer_value(job->next));
	}
	all = json_pack("{s:i,s:O,s:O,s:s?,s:[ssss]}", "version", VERSION,
	    "account", job->shown, "entries", job->lines, "next", next.data,
	    "not in it", "requests that were never paid",
	    "failed tries, and the sums by which limits are kept",
	    "what the operator has done", "the operator's logs");
	text_clear(&next);
	return all;
}

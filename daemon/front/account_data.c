/*
 * account_data.c - what is kept of a customer, for himself: a page that says
 * what it is, and the files.
 *
 * A file has so many movements as a part of a statement; the next has the
 * older ones, and both page and file say whether there is one.
 */
#include <stdlib.h>

#include "front/account_priv.h"

#define VERSION 2

static bool begin(struct work *, void (*)(struct work *));
static void shown_then(struct work *);
static void page_then(struct work *);
static void file_then(struct work *);
static json_t *document(struct work *);

void
account_data(struct work *work)
{
	if (begin(work, page_then))
		account_ask(work, "account.show", NULL, shown_then);
}

void
account_data_file(struct work *work)
{
	if (begin(work, file_then))
		account_ask(work, "account.show", NULL, shown_then);
}

static bool
begin(struct work *work, void (*then)(struct work *))
{
	bool ours;

	if (account_enter(work) == -1)
		return false;
	(void)account_page_of(work, &ours);
	if (ours)
		work->account->then = then;
	else
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
	return ours;
}

static void
shown_then(struct work *work)
{
	struct account_job *job = work->account;
	bool ours;

	job->shown = account_doc(work);
	if (job->shown != NULL)
		account_gather(work, account_page_of(work, &ours),
		    ACCOUNT_DATA_PARTS, job->then);
}

static void
page_then(struct work *work)
{
	bool ours;

	page_data(work, account_page_of(work, &ours));
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

/* next is the address of the file with the older movements, or null. */
static json_t *
document(struct work *work)
{
	const struct account_job *job = work->account;
	struct text next = { 0 };
	json_t *all;

	if (job->next != NULL) {
		text_add(&next, work->front->issuer);
		text_add(&next, "/account/data.json?");
		if (put_place(&next, work, json_string_value(job->next)) ==
			-1 ||
		    next.failed) {
			text_clear(&next);
			return NULL;
		}
	}
	all = json_pack("{s:i,s:O,s:O,s:s?,s:[sss]}", "version", VERSION,
	    "account", job->shown, "statement", job->lines, "next", next.data,
	    "not in it", "what each payment was for: its receipt says it",
	    "requests that were refused", "logs and books of the operator");
	text_clear(&next);
	return all;
}

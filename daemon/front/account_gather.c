/*
 * account_gather.c - lists that the rear unit gives in several answers.
 */
#include <string.h>

#include "front/account_priv.h"

static void shown_then(struct work *);
static void credentials_then(struct work *);
static void next_part(struct work *, json_t *);
static void gather_then(struct work *);

void
account_gather(struct work *work, const char *command, const char *key,
    json_t *from, unsigned int parts_max, void (*then)(struct work *))
{
	struct account_job *job = work->account;

	json_decref(job->lines);
	json_decref(job->next);
	job->lines = json_array();
	job->next = NULL;
	job->command = command;
	job->key = key;
	job->parts = 0;
	job->parts_max = parts_max;
	job->part = NULL;
	job->then = then;
	next_part(work, from);
}

void
account_each(struct work *work, const char *command, const char *key,
    unsigned int parts_max, bool (*part)(struct work *, const json_t *),
    void (*then)(struct work *))
{
	struct account_job *job = work->account;

	job->command = command;
	job->key = key;
	job->parts_max = parts_max;
	job->part = part;
	job->then = then;
	next_part(work, NULL);
}

void
account_show_all(struct work *work, void (*then)(struct work *))
{
	work->account->shown_then = then;
	account_ask(work, "account.show", NULL, shown_then);
}

static void
shown_then(struct work *work)
{
	struct account_job *job = work->account;
	json_t *next;

	job->shown = account_doc(work);
	if (job->shown == NULL)
		return;
	next = json_object_get(job->shown, "credentials-next");
	if (next == NULL)
		job->shown_then(work);
	else
		account_gather(work, "account.credentials", "credentials",
		    json_incref(next), ACCOUNT_DATA_PARTS, credentials_then);
}

static void
credentials_then(struct work *work)
{
	struct account_job *job = work->account;

	(void)json_array_extend(json_object_get(job->shown, "credentials"),
	    job->lines);
	/* Where there are more yet, it is said. */
	if (job->next == NULL)
		(void)json_object_del(job->shown, "credentials-next");
	job->shown_then(work);
}

static void
next_part(struct work *work, json_t *from)
{
	struct account_job *job = work->account;

	account_args(work, from, ACCOUNT_PART);
	account_ask(work, job->command, job->args, gather_then);
}

static void
gather_then(struct work *work)
{
	struct account_job *job = work->account;
	json_t *doc = account_doc(work), *lines;
	bool more = true;

	if (doc == NULL)
		return;
	lines = json_object_get(doc, job->key);
	if (job->part != NULL)
		more = job->part(work, lines);
	else
		(void)json_array_extend(job->lines, lines);
	json_decref(job->next);
	job->next = json_incref(json_object_get(doc, "next"));
	json_decref(doc);
	if (more && job->next != NULL && ++job->parts < job->parts_max)
		next_part(work, json_incref(job->next));
	else
		job->then(work);
}

/*
 * account_enrol.c - a customer makes a credential, or another password.
 *
 * Each takes two forms: the button of the page of security asks the rear unit
 * whether he may, which sends him to a sign-in first if that was not so just
 * now, and answers with the form to be filled in; that one has it done.  What
 * comes of it is shown at once, as a new token is told but once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "front/account_priv.h"

#define AMOUNT_CHARS 20 /* of an amount as it is written */

static void may_then(struct work *);
static void enrolled_then(struct work *);
static void password(struct work *);
static void passkey(struct work *);
static void token(struct work *);
static bool is_same(const struct body_member *, const struct body_member *);
static int token_args(struct work *);
static int put_amount(struct work *, json_t *, const char *);
static void put_text(struct work *, json_t *, const char *);
static void args_take(struct work *, json_t *);
static const struct body_member *member(const struct work *, const char *group,
    const char *name);
static void refused(struct work *);

void
account_enrol_form(struct work *work)
{
	struct account_job *job = work->account;

	if (strcmp(job->deed.what, "passkey") == 0) {
		account_ask(work, "account.new-passkey", NULL, may_then);
		return;
	}
	(void)snprintf(job->args, sizeof(job->args), "{\"what\":\"%s\"}",
	    job->deed.what);
	account_ask(work, "account.may", job->args, may_then);
}

void
account_enrol(struct work *work)
{
	const char *what = work->account->deed.what;

	if (strcmp(what, "new-password") == 0)
		password(work);
	else if (strcmp(what, "new-passkey") == 0)
		passkey(work);
	else
		token(work);
}

static void
may_then(struct work *work)
{
	work->account->more = account_doc(work);
	if (work->account->more != NULL)
		page_enrol(work);
}

/* What is refused for what it is can be filled in again, but for a passkey,
 * whose challenge is used up. */
static void
enrolled_then(struct work *work)
{
	const char *code = work->asked == ASKED_ANSWERED
	    ? answer_text(work->answer, TAG_CODE)
	    : NULL;
	const bool bad = code != NULL &&
	    (strcmp(code, "bad-request") == 0 ||
		strcmp(code, "not-found") == 0);
	json_t *doc;

	if (bad && strcmp(work->account->deed.what, "new-passkey") == 0) {
		page_message(work, 400, "passkey-bad", CHARGED_UNSAID);
		return;
	}
	if (bad) {
		refused(work);
		return;
	}
	doc = account_doc(work);
	if (doc != NULL)
		page_enrolled(work,
		    frame_get(&work->answer->frame, TAG_SECRET));
	json_decref(doc);
}

/* Two times the same: who has mistyped it could not sign in any more. */
static void
password(struct work *work)
{
	const struct body_member *one = member(work, "secrets", "password");
	const struct body_member *again = member(work, "secrets", "again");

	if (one == NULL || again == NULL || !is_same(one, again)) {
		work->account->why = "enrol.differ";
		refused(work);
		return;
	}
	account_change(work, "account.passwd", NULL, one, enrolled_then);
}

static bool
is_same(const struct body_member *a, const struct body_member *b)
{
	return a->len == b->len &&
	    CRYPTO_memcmp(a->value, b->value, a->len) == 0;
}

static void
passkey(struct work *work)
{
	const struct body_member *made = member(work, "answers", "passkey");
	json_t *args = json_object();

	put_text(work, args, "label");
	args_take(work, args);
	if (made == NULL || made->len == 0 || work->account->args[0] == '\0')
		page_message(work, 400, "passkey-bad", CHARGED_UNSAID);
	else
		account_change(work, "account.passkey", work->account->args,
		    made, enrolled_then);
}

static void
token(struct work *work)
{
	if (token_args(work) == -1)
		refused(work);
	else
		account_change(work, "account.new-token", work->account->args,
		    NULL, enrolled_then);
}

static int
token_args(struct work *work)
{
	json_t *args = json_object();

	if (put_amount(work, args, "each") == -1 ||
	    put_amount(work, args, "day") == -1) {
		json_decref(args);
		return -1;
	}
	put_text(work, args, "label");
	put_text(work, args, "merchants");
	put_text(work, args, "expires");
	args_take(work, args);
	return work->account->args[0] == '\0' ? -1 : 0;
}

/* "0,10" of a reader who writes it so is "0.10 EUR" to the rear unit. */
static int
put_amount(struct work *work, json_t *args, const char *name)
{
	const char *text = body_text(&work->body, "", name);
	const char *currency = body_text(&work->body, "", "currency");
	char number[AMOUNT_CHARS + 1], amount[sizeof(number) + sizeof(" EUR")];

	if (account_typed(text, number, sizeof(number)) == -1 ||
	    number[0] == '\0' || currency == NULL || strlen(currency) != 3)
		return -1;
	(void)snprintf(amount, sizeof(amount), "%s %s", number, currency);
	return json_object_set_new(args, name, json_string(amount));
}

static void
put_text(struct work *work, json_t *args, const char *name)
{
	const char *text = body_text(&work->body, "", name);

	if (text != NULL && text[0] != '\0')
		(void)json_object_set_new(args, name, json_string(text));
}

/* Into job->args; "": it is too long, or there was no memory. */
static void
args_take(struct work *work, json_t *args)
{
	struct account_job *job = work->account;
	char *text = json_dumps(args, JSON_COMPACT);

	job->args[0] = '\0';
	if (text != NULL && strlen(text) < sizeof(job->args))
		memcpy(job->args, text, strlen(text) + 1);
	free(text);
	json_decref(args);
}

static const struct body_member *
member(const struct work *work, const char *group, const char *name)
{
	const struct body *body = &work->body;
	size_t i;

	for (i = 0; i < body->len; i++)
		if (strcmp(body->members[i].group, group) == 0 &&
		    strcmp(body->members[i].name, name) == 0 &&
		    body->members[i].type == BODY_STRING)
			return &body->members[i];
	return NULL;
}

/* The form again, with what is wrong; and whoever may not any more signs in
 * first. */
static void
refused(struct work *work)
{
	struct account_job *job = work->account;

	job->deed.what = account_deed_form(job->deed.what);
	if (job->why == NULL)
		job->why = strcmp(job->deed.what, "token") == 0
		    ? "enrol.wrong-token"
		    : "enrol.wrong";
	account_enrol_form(work);
}

/*
 * account_do.c - POST /account: what changes something; and POST /merchant,
 * which does nothing but sign out.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"
#include "front/pages.h"

static void act(struct work *);
static void revoke(struct work *, const char *);
static void sign_out(struct work *);
static void sign_out_then(struct work *);
static void everywhere_then(struct work *);
static void done_then(struct work *);
static void forged(struct work *);

void
account_do(struct work *work)
{
	char csrf[CSRF_SIZE];
	const char *what;

	if (account_enter(work) == -1)
		return;
	if (account_csrf(work, csrf) == -1)
		return;
	if (!form_same_origin(work) || !form_read(work, csrf)) {
		forged(work);
		return;
	}
	what = body_text(&work->body, "", "do");
	if (what != NULL && strcmp(what, "sign-out") == 0)
		sign_out(work);
	else if (!work->merchant && what != NULL &&
	    strcmp(what, "sign-out-all") == 0)
		account_ask(work, "account.sign-out", NULL, everywhere_then);
	else if (!work->merchant && account_deed_read(work) == 0)
		act(work);
	else
		forged(work);
}

/* Payments are stopped however often it takes; what else changes something is
 * asked once. */
static void
act(struct work *work)
{
	const char *what = work->account->deed.what;

	if (strcmp(what, "freeze") == 0)
		account_ask(work, "account.freeze", NULL, done_then);
	else if (strcmp(what, "unfreeze") == 0)
		account_change(work, "account.unfreeze", NULL, NULL, done_then);
	else if (strcmp(what, "revoke-token") == 0)
		revoke(work, "account.token");
	else if (strcmp(what, "revoke-key") == 0)
		revoke(work, "account.key");
	else if (strcmp(account_deed_form(what), what) == 0)
		account_enrol_form(work);
	else
		account_enrol(work);
}

static void
revoke(struct work *work, const char *command)
{
	struct account_job *job = work->account;

	(void)snprintf(job->args, sizeof(job->args),
	    "{\"instance\":\"%s\",\"revoke\":\"%s\"}", job->deed.instance,
	    job->deed.id);
	account_change(work, command, job->args, NULL, done_then);
}

static void
sign_out(struct work *work)
{
	memset(&work->question, 0, sizeof(work->question));
	work->question.kind = FRAME_SIGN_OUT;
	work->question.session = work->session;
	work_ask(work, sign_out_then);
}

/* The cookie goes whatever the rear says of the session. */
static void
sign_out_then(struct work *work)
{
	cookie_session_set(work, NULL);
	account_redirect(work, "/");
}

/* Who is told so is signed out everywhere. */
static void
everywhere_then(struct work *work)
{
	json_t *doc = account_doc(work);

	if (doc != NULL)
		sign_out_then(work);
	json_decref(doc);
}

static void
done_then(struct work *work)
{
	json_t *doc = account_doc(work);

	if (doc != NULL)
		account_redirect(work, "/account/security");
	json_decref(doc);
}

static void
forged(struct work *work)
{
	atomic_fetch_add(&work->front->counters.forged, 1);
	page_message(work, 403, "forged", CHARGED_UNSAID);
}

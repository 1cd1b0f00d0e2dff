/*
 * account.c - the requests of account.h, and what they ask.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "front/account_priv.h"
#include "front/sign_in.h"

#define PURPOSE "account"
#define LOCATION_MAX 256
#define SERIAL_DIGITS 18 /* what any program can read */

static void ask(struct work *, const struct question *,
    void (*)(struct work *));
static void show_then(struct work *);
static void lately_then(struct work *);
static void statement_then(struct work *);
static void receipt_then(struct work *);
static void security_then(struct work *);
static void sessions_then(struct work *);
static bool page_is_ours(struct work *, const char *);

void
account_show(struct work *work)
{
	if (account_enter(work) == 0)
		account_ask(work, "account.show", NULL, show_then);
}

void
account_statement(struct work *work)
{
	const char *page;

	if (account_enter(work) == -1)
		return;
	page = body_text(&work->body, "", "page");
	if (account_times(work) == -1) {
		page_statement(work, NULL);
		return;
	}
	if (page != NULL && !page_is_ours(work, page)) {
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
		return;
	}
	account_args(work, page == NULL ? NULL : json_string(page),
	    ACCOUNT_PAGE);
	account_ask(work, "account.statement", work->account->args,
	    statement_then);
}

void
account_receipt(struct work *work)
{
	const char *serial = work->segments[0];

	if (account_enter(work) == -1)
		return;
	if (!account_serial_ok(serial)) {
		page_not_found(work);
		return;
	}
	(void)snprintf(work->account->args, sizeof(work->account->args),
	    "{\"serial\":%s}", serial);
	account_ask(work, "account.receipt", work->account->args, receipt_then);
}

void
account_security(struct work *work)
{
	if (account_enter(work) == -1)
		return;
	account_deed_back(work);
	account_show_all(work, security_then);
}

bool
account_serial_ok(const char *serial)
{
	return strlen(serial) <= SERIAL_DIGITS && serial[0] != '\0' &&
	    serial[0] != '0' && serial[strspn(serial, "0123456789")] == '\0';
}

void
account_free(struct account_job *job)
{
	if (job == NULL)
		return;
	json_decref(job->shown);
	json_decref(job->more);
	json_decref(job->lines);
	json_decref(job->next);
	text_clear(&job->csv);
	free(job);
}

int
account_enter(struct work *work)
{
	page_language(work, NULL);
	cookie_session(work);
	if (work->session[0] == '\0') {
		sign_in_first(work, SIGN_IN_ANY, NULL);
		return -1;
	}
	work->account = calloc(1, sizeof(*work->account));
	if (work->account != NULL)
		return 0;
	page_try_again(work);
	return -1;
}

void
account_ask(struct work *work, const char *command, const char *args,
    void (*then)(struct work *))
{
	const struct question q = { .command = command, .args = args };

	ask(work, &q, then);
}

void
account_change(struct work *work, const char *command, const char *args,
    const struct body_member *secret, void (*then)(struct work *))
{
	const struct question q = { .command = command,
		.args = args,
		.secret = secret,
		.once = true };

	ask(work, &q, then);
}

json_t *
account_doc(struct work *work)
{
	const char *code, *json;
	json_t *doc;

	if (work->asked == ASKED_LOST && work->question.once) {
		page_unsure(work);
		return NULL;
	}
	if (work->asked != ASKED_ANSWERED) {
		page_try_again(work);
		return NULL;
	}
	code = answer_text(work->answer, TAG_CODE);
	json = answer_text(work->answer, TAG_JSON);
	if (code == NULL && json != NULL) {
		doc = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
		if (doc == NULL)
			page_try_again(work);
		return doc;
	}
	if (code == NULL)
		page_try_again(work);
	else if (strcmp(code, "no-session") == 0)
		account_sign_in(work, SIGN_IN_ANY);
	else if (strcmp(code, "sign-in-again") == 0)
		account_sign_in(work, SIGN_IN_FRESH);
	else if (strcmp(code, "sign-in-to-enrol") == 0)
		account_sign_in(work, SIGN_IN_TO_ENROL);
	else if (strcmp(code, "not-found") == 0)
		page_not_found(work);
	else if (strcmp(code, "bad-request") == 0)
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
	else
		page_try_again(work);
	return NULL;
}

void
account_sign_in(struct work *work, enum sign_in_kind kind)
{
	struct account_job *job = work->account;
	char *next = job->deed.what == NULL ? NULL : account_deed_path(work);

	if (next == NULL && job->back[0] != '\0')
		next = strdup(job->back);
	sign_in_first(work, kind, next);
	free(next);
}

int
account_csrf(struct work *work, char csrf_r[CSRF_SIZE])
{
	if (form_token(PURPOSE, work->session, csrf_r) == 0)
		return 0;
	page_try_again(work);
	return -1;
}

void
account_redirect(struct work *work, const char *path)
{
	char location[LOCATION_MAX];
	struct http_field fields[] = { { "Location", location },
		{ "Cache-Control", "no-store" },
		{ "Referrer-Policy", "same-origin" },
		{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL },
		{ NULL, NULL } };

	(void)snprintf(location, sizeof(location), "%s%s%s", path,
	    work->lang_said ? "?lang=" : "",
	    work->lang_said ? work->words->lang : "");
	if (work->cookie_set[0] != '\0')
		fields[4] =
		    (struct http_field){ "Set-Cookie", work->cookie_set };
	http_reply(work->http, 303, fields, NULL, 0);
}

int
account_page_mac(struct work *work, const char *page, char mac_r[CSRF_SIZE])
{
	char purpose[ACCOUNT_ARGS_MAX];

	(void)snprintf(purpose, sizeof(purpose), "page %s", page);
	return form_token(purpose, work->session, mac_r);
}

void
account_args(struct work *work, json_t *from, unsigned int limit)
{
	struct account_job *job = work->account;
	json_t *args = json_pack("{s:i}", "limit", (int)limit);
	char *text;

	if (job->since_ms != 0)
		(void)json_object_set_new(args, "since-ms",
		    json_integer(job->since_ms));
	if (job->until_ms != 0)
		(void)json_object_set_new(args, "until-ms",
		    json_integer(job->until_ms));
	if (from != NULL)
		(void)json_object_set_new(args, "from", from);
	text = json_dumps(args, JSON_COMPACT);
	json_decref(args);
	(void)snprintf(job->args, sizeof(job->args), "%s",
	    text == NULL ? "{}" : text);
	free(text);
}

const char *
doc_get(const json_t *doc, const char *key)
{
	const char *text = json_string_value(json_object_get(doc, key));

	return text == NULL ? "" : text;
}

static void
ask(struct work *work, const struct question *q, void (*then)(struct work *))
{
	work->question = *q;
	work->question.kind = FRAME_ACCOUNT;
	work->question.session = work->session;
	work_ask(work, then);
}

static void
show_then(struct work *work)
{
	struct account_job *job = work->account;

	job->shown = account_doc(work);
	if (job->shown == NULL)
		return;
	account_args(work, NULL, ACCOUNT_LATELY);
	account_ask(work, "account.statement", job->args, lately_then);
}

static void
lately_then(struct work *work)
{
	json_t *statement = account_doc(work);

	if (statement != NULL)
		page_account(work, statement);
	json_decref(statement);
}

static void
statement_then(struct work *work)
{
	json_t *statement = account_doc(work);

	if (statement != NULL)
		page_statement(work, statement);
	json_decref(statement);
}

static void
receipt_then(struct work *work)
{
	json_t *receipt = account_doc(work);

	if (receipt != NULL)
		page_payment(work, receipt);
	json_decref(receipt);
}

static void
security_then(struct work *work)
{
	account_ask(work, "account.security", NULL, sessions_then);
}

static void
sessions_then(struct work *work)
{
	char csrf[CSRF_SIZE];

	work->account->more = account_doc(work);
	if (work->account->more == NULL)
		return;
	if (account_csrf(work, csrf) == 0)
		page_security(work, csrf);
}

/* Where a statement goes on has the balances there: only what we gave out is
 * taken back, or a link could show false ones. */
static bool
page_is_ours(struct work *work, const char *page)
{
	const char *mac = body_text(&work->body, "", "mac");
	char wanted[CSRF_SIZE];

	return mac != NULL && strlen(mac) == CSRF_SIZE - 1 &&
	    account_page_mac(work, page, wanted) == 0 &&
	    CRYPTO_memcmp(mac, wanted, CSRF_SIZE - 1) == 0;
}

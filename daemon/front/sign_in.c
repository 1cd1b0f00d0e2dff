/*
 * sign_in.c - GET and POST /sign-in, of customers and of merchants.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/form.h"
#include "front/pages.h"
#include "front/sign_in.h"
#include "front/unit.h"

#define HOME "/account"
#define MERCHANT_HOME "/merchant"
#define MERCHANT_PATH "/merchant/sign-in"
#define NEXT_MAX 512
#define LOCATION_MAX 640
#define PURPOSE_MAX 160

static bool enter(struct work *);
static bool is_form(struct work *);
static int make_token(const struct work *, const char *, char[CSRF_SIZE]);
static void question(struct work *);
static void show_then(struct work *);
static void step_then(struct work *);
static void begin_again(struct work *, const char *);
static void signed_in(struct work *);
static const char *next_of(const struct work *);
static const char *home(const struct work *);
static bool is_ours(const struct work *, const char *);
static void redirect(struct work *, const char *);

void
sign_in_show(struct work *work)
{
	page_language(work, NULL);
	if (!enter(work))
		return;
	question(work);
	work_ask(work, show_then);
}

void
sign_in_step(struct work *work)
{
	const char *conversation, *customer;

	page_language(work, NULL);
	if (!enter(work))
		return;
	if (!form_same_origin(work) || work->cookie_set[0] != '\0' ||
	    !is_form(work) ||
	    body_octets(&work->body, "octets", "answers", &work->err) == -1) {
		atomic_fetch_add(&work->front->counters.forged, 1);
		page_message(work, 403, "forged", CHARGED_UNSAID);
		return;
	}
	question(work);
	conversation = body_text(&work->body, "", "conversation");
	customer = body_text(&work->body, "", "customer");
	if (conversation != NULL && conversation[0] != '\0' &&
	    strlen(conversation) < sizeof(work->conversation)) {
		(void)snprintf(work->conversation, sizeof(work->conversation),
		    "%s", conversation);
		work->question.conversation = work->conversation;
	}
	work->question.customer = customer;
	work->question.replies = &work->body;
	work->question.want_session = true;
	work_ask(work, step_then);
}

void
sign_in_merchant_show(struct work *work)
{
	work->merchant = true;
	sign_in_show(work);
}

void
sign_in_merchant_step(struct work *work)
{
	work->merchant = true;
	sign_in_step(work);
}

const char *
sign_in_path(const struct work *work)
{
	return work->merchant ? MERCHANT_PATH : "/sign-in";
}

void
sign_in_first(struct work *work, enum sign_in_kind kind, const char *next)
{
	static const char *const queries[] = { [SIGN_IN_ANY] = "",
		[SIGN_IN_FRESH] = "&fresh=1",
		[SIGN_IN_TO_ENROL] = "&for=enrol" };
	struct text location = { 0 };
	size_t len;
	char *text;

	if (next == NULL)
		next = http_path(work->http);
	text_add(&location, sign_in_path(work));
	text_add(&location, "?next=");
	text_url(&location, is_ours(work, next) ? next : home(work));
	text_add(&location, queries[kind]);
	text_add(&location, work->lang_said ? "&lang=" : "");
	text_add(&location, work->lang_said ? work->words->lang : "");
	text = text_take(&location, &len);
	if (text == NULL)
		page_try_again(work);
	else
		redirect(work, text);
	free(text);
}

/* The browser's secret, which makes the form's token, and the session. */
static bool
enter(struct work *work)
{
	cookie_session(work);
	if (cookie_browser(work) == 0)
		return true;
	page_try_again(work);
	return false;
}

/* One that this browser was given, for the conversation that it names. */
static bool
is_form(struct work *work)
{
	char csrf[CSRF_SIZE];

	return form_parse(work) &&
	    make_token(work, body_text(&work->body, "", "conversation"),
		csrf) == 0 &&
	    form_token_ok(work, csrf);
}

/* The conversation's name is in it: whoever learns that name has nothing,
 * as in another browser no form goes on with it. */
static int
make_token(const struct work *work, const char *conversation,
    char csrf_r[CSRF_SIZE])
{
	char purpose[PURPOSE_MAX];
	const int len = snprintf(purpose, sizeof(purpose), "%s %s",
	    sign_in_path(work), conversation == NULL ? "" : conversation);

	if (len < 0 || (size_t)len >= sizeof(purpose))
		return -1;
	return form_token(purpose, work->cookie, csrf_r);
}

static void
question(struct work *work)
{
	struct question *q = &work->question;
	const char *fresh = body_text(&work->body, "", "fresh");
	const char *as = body_text(&work->body, "", "as");
	const char *purpose = body_text(&work->body, "", "for");

	work->other = as != NULL && strcmp(as, "other") == 0;
	q->kind = FRAME_ORDER;
	q->action = work->merchant ? ACTION_SIGN_IN_MERCHANT : ACTION_SIGN_IN;
	q->channel = "browser";
	q->lang = work->words->lang;
	q->address = http_address(work->http);
	cookie_device(work);
	q->device = work->device[0] == '\0' ? NULL : work->device;
	q->fresh = fresh != NULL && strcmp(fresh, "1") == 0;
	q->enrol = purpose != NULL && strcmp(purpose, "enrol") == 0;
	if (work->session[0] != '\0' && !work->other)
		q->session = work->session;
}

static void
show_then(struct work *work)
{
	char csrf[CSRF_SIZE];

	if (work->asked != ASKED_ANSWERED ||
	    make_token(work, answer_text(work->answer, TAG_CONVERSATION),
		csrf) == -1) {
		page_try_again(work);
		return;
	}
	switch (answer_status(work->answer)) {
	case STATUS_PROMPTS:
	case STATUS_READY:
		page_sign_in(work, work->answer, NULL, csrf, next_of(work));
		return;
	case STATUS_REFUSED:
		/* Whoever is asked nothing and is not taken either. */
		page_message(work, 403, "no-sign-in", CHARGED_UNSAID);
		return;
	case STATUS_NONE:
	case STATUS_SIGNED_IN:
	case STATUS_PAID:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
	case STATUS_DECLINED:
	case STATUS_PENDING:
	case STATUS_INVALID:
	case STATUS_CONFLICT:
	case STATUS_GONE:
	case STATUS_BUSY:
		break;
	}
	page_try_again(work);
}

static void
step_then(struct work *work)
{
	const struct page words = { .words = work->words };
	char csrf[CSRF_SIZE];

	if (work->asked != ASKED_ANSWERED ||
	    make_token(work, answer_text(work->answer, TAG_CONVERSATION),
		csrf) == -1) {
		page_try_again(work);
		return;
	}
	switch (answer_status(work->answer)) {
	case STATUS_SIGNED_IN:
		signed_in(work);
		return;
	case STATUS_PROMPTS:
		page_sign_in(work, work->answer, work->answer, csrf,
		    next_of(work));
		return;
	case STATUS_REFUSED:
		begin_again(work, page_why(&words, work->answer));
		return;
	case STATUS_GONE:
	case STATUS_INVALID:
		begin_again(work, "sign-in.gone");
		return;
	case STATUS_NONE:
	case STATUS_READY:
	case STATUS_PAID:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
	case STATUS_DECLINED:
	case STATUS_PENDING:
	case STATUS_CONFLICT:
	case STATUS_BUSY:
		break;
	}
	page_try_again(work);
}

/* The page of the beginning, with what became of this try: an address that
 * said it could be anybody's. */
static void
begin_again(struct work *work, const char *said)
{
	work->said = said;
	memset(&work->question, 0, sizeof(work->question));
	question(work);
	work_ask(work, show_then);
}

static void
signed_in(struct work *work)
{
	const char *session = answer_text(work->answer, TAG_SESSION);
	const char *next = next_of(work);
	char location[LOCATION_MAX];

	if (session == NULL || strlen(session) >= SESSION_SIZE) {
		page_try_again(work);
		return;
	}
	cookie_session_set(work, session);
	cookie_device_set(work);
	(void)snprintf(location, sizeof(location), "%s%s%s", next,
	    !work->lang_said                ? ""
		: strchr(next, '?') == NULL ? "?lang="
					    : "&lang=",
	    work->lang_said ? work->words->lang : "");
	redirect(work, location);
}

/* Where it leads: a page of ours that needs a session, and no other. */
static const char *
next_of(const struct work *work)
{
	const char *next = body_text(&work->body, "", "next");

	return next != NULL && is_ours(work, next) ? next : home(work);
}

static const char *
home(const struct work *work)
{
	return work->merchant ? MERCHANT_HOME : HOME;
}

static bool
is_ours(const struct work *work, const char *next)
{
	static const char path[] = "abcdefghijklmnopqrstuvwxyz0123456789-/.";
	static const char query[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789"
				    "-._=&";
	const size_t from = strlen(home(work)), len = strcspn(next, "?");

	return strncmp(next, home(work), from) == 0 &&
	    strlen(next) < NEXT_MAX && strchr("/?", next[from]) != NULL &&
	    strncmp(next, MERCHANT_PATH, strlen(MERCHANT_PATH)) != 0 &&
	    strspn(next, path) == len &&
	    (next[len] == '\0' ||
		next[len + 1 + strspn(next + len + 1, query)] == '\0') &&
	    strstr(next, "..") == NULL && strstr(next, "//") == NULL;
}

static void
redirect(struct work *work, const char *location)
{
	struct http_field fields[] = { { "Location", location },
		{ "Cache-Control", "no-store" },
		{ "Referrer-Policy", "same-origin" },
		{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL },
		{ NULL, NULL }, { NULL, NULL } };

	cookie_fields(work, fields + 4);
	http_reply(work->http, 303, fields, NULL, 0);
}

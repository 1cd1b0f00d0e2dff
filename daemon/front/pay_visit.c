/*
 * pay_visit.c - the visit behind a request, and what it remembers.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base64url.h"
#include "front/pages.h"
#include "front/pay_priv.h"
#include "front/visits.h"
#include "origin.h"

#define LOCATION_MAX 128

static bool is_owner(const struct work *);
static bool same_browser(const char *, const char *);

int
pay_enter(struct work *work)
{
	const char *as;

	work->visit = visit_find(work->front->visits, work->segments[0]);
	page_language(work, work->visit == NULL ? NULL : work->visit->ticket);
	if (work->visit == NULL) {
		page_message(work, 410, "gone", CHARGED_UNSAID);
		return -1;
	}
	as = body_text(&work->body, "", "as");
	work->other = as != NULL && strcmp(as, "other") == 0;
	cookie_session(work);
	return 0;
}

void
pay_question(struct work *work, enum order_action action)
{
	struct question *q = &work->question;

	q->kind = FRAME_ORDER;
	q->action = action;
	q->channel = "browser";
	q->lang = work->words->lang;
	q->address = http_address(work->http);
	cookie_device(work);
	q->device = work->device[0] == '\0' ? NULL : work->device;
	(void)pthread_mutex_lock(&work->visit->lock);
	if (is_owner(work))
		(void)snprintf(work->conversation, sizeof(work->conversation),
		    "%s", work->visit->conversation);
	(void)pthread_mutex_unlock(&work->visit->lock);
	if (work->conversation[0] != '\0')
		q->conversation = work->conversation;
	else
		q->ticket = work->visit->token;
}

void
pay_forget(struct work *work)
{
	work->question.conversation = NULL;
	work->question.ticket = work->visit->token;
}

void
pay_redirect(struct work *work, const char *behind)
{
	char location[LOCATION_MAX];
	struct http_field fields[] = { { "Location", location },
		{ "Cache-Control", "no-store" },
		{ "Referrer-Policy", "same-origin" },
		{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL },
		{ NULL, NULL }, { NULL, NULL } };

	(void)snprintf(location, sizeof(location), "/t/%s%s%s%s%s",
	    work->visit->handle, behind, work->lang_said ? "?lang=" : "",
	    work->lang_said ? work->words->lang : "",
	    !work->other          ? ""
		: work->lang_said ? "&as=other"
				  : "?as=other");
	cookie_fields(work, fields + 4);
	http_reply(work->http, 303, fields, NULL, 0);
}

int
pay_csrf(struct work *work, char csrf_r[CSRF_SIZE])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (HMAC(EVP_sha256(), work->visit->secret, VISIT_SECRET_SIZE,
		(const unsigned char *)work->cookie, strlen(work->cookie), mac,
		&len) == NULL)
		return till_fail(&work->err, "out of memory");
	(void)base64url_encode(mac, len, csrf_r);
	return 0;
}

void
pay_keep_conversation(struct work *work)
{
	const char *name = answer_text(work->answer, TAG_CONVERSATION);
	struct visit *visit = work->visit;

	if (name == NULL || strlen(name) >= sizeof(visit->conversation))
		return;
	(void)pthread_mutex_lock(&visit->lock);
	/* Once it is over the conversation that ended it is kept. */
	if (visit->end == NULL || is_owner(work)) {
		if (!is_owner(work)) {
			answer_free(visit->said);
			visit->said = NULL;
		}
		(void)snprintf(visit->conversation, sizeof(visit->conversation),
		    "%s", name);
		(void)snprintf(visit->owner, sizeof(visit->owner), "%s",
		    work->cookie);
	}
	(void)pthread_mutex_unlock(&visit->lock);
}

void
pay_end_conversation(struct work *work)
{
	struct visit *visit = work->visit;

	(void)pthread_mutex_lock(&visit->lock);
	if (visit->end == NULL && is_owner(work)) {
		visit->conversation[0] = visit->owner[0] = '\0';
		answer_free(visit->said);
		visit->said = NULL;
	}
	(void)pthread_mutex_unlock(&visit->lock);
}

void
pay_keep_end(struct work *work)
{
	struct answer *end = answer_copy(&work->answer->frame);
	struct visit *visit = work->visit;
	struct answer *old = NULL;

	if (end == NULL)
		return;
	(void)pthread_mutex_lock(&visit->lock);
	/* The first end stands; a paid one is renewed by its own kind. */
	if (visit->end == NULL ||
	    answer_status(visit->end) == answer_status(end)) {
		if (visit->end == NULL)
			(void)snprintf(visit->browser, sizeof(visit->browser),
			    "%s", work->cookie);
		old = visit->end;
		visit->end = end;
		end = NULL;
	}
	(void)pthread_mutex_unlock(&visit->lock);
	answer_free(old);
	answer_free(end);
}

void
pay_keep_said(struct work *work)
{
	struct visit *visit = work->visit;
	struct answer *old;

	(void)pthread_mutex_lock(&visit->lock);
	old = visit->said;
	visit->said = work->answer;
	work->answer = NULL;
	(void)pthread_mutex_unlock(&visit->lock);
	answer_free(old);
}

bool
pay_lead(struct work *work, void (*then)(struct work *))
{
	struct visit *visit = work->visit;
	bool follows;

	(void)pthread_mutex_lock(&visit->lock);
	follows = same_browser(visit->stepping, work->cookie) &&
	    visit->followers_len < VISIT_FOLLOWERS_MAX;
	if (follows) {
		work->then = then;
		http_wait(work->http);
		work->next = visit->followers;
		visit->followers = work;
		visit->followers_len++;
	} else if (visit->stepping[0] == '\0') {
		(void)snprintf(visit->stepping, sizeof(visit->stepping), "%s",
		    work->cookie);
		work->leads = true;
	}
	(void)pthread_mutex_unlock(&visit->lock);
	return !follows;
}

void
pay_led(struct work *work)
{
	struct visit *visit = work->visit;
	struct work *follower;

	if (!work->leads)
		return;
	work->leads = false;
	(void)pthread_mutex_lock(&visit->lock);
	visit->stepping[0] = '\0';
	while (visit->followers != NULL) {
		follower = visit->followers;
		visit->followers = follower->next;
		/* From here on it is its own thread's. */
		http_wake(follower->http);
	}
	visit->followers_len = 0;
	(void)pthread_mutex_unlock(&visit->lock);
}

bool
pay_is_payer(struct work *work)
{
	struct visit *visit = work->visit;
	bool same;

	(void)pthread_mutex_lock(&visit->lock);
	same = same_browser(visit->browser, work->cookie);
	(void)pthread_mutex_unlock(&visit->lock);
	return same;
}

void
pay_note_sender(struct work *work)
{
	const char *referer = http_field(work->http, "Referer");
	char origin[ORIGIN_MAX], merchant[ORIGIN_MAX];
	struct visit *visit = work->visit;

	if (referer == NULL || origin_of(referer, origin) == 0 ||
	    origin_of(visit->ticket->ret, merchant) == 0 ||
	    strcmp(origin, merchant) != 0)
		return;
	(void)pthread_mutex_lock(&visit->lock);
	(void)snprintf(visit->sent, sizeof(visit->sent), "%s", work->cookie);
	(void)pthread_mutex_unlock(&visit->lock);
}

bool
pay_was_sent(const struct work *work)
{
	return same_browser(work->visit->sent, work->cookie);
}

/* Under the visit's lock. */
static bool
is_owner(const struct work *work)
{
	return same_browser(work->visit->owner, work->cookie);
}

static bool
same_browser(const char *a, const char *b)
{
	return a[0] != '\0' && strlen(a) == strlen(b) &&
	    CRYPTO_memcmp(a, b, strlen(a)) == 0;
}

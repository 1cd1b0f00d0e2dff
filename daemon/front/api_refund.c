/*
 * api_refund.c - POST /v1/refunds: a merchant gives back what a ticket of
 * its own was paid with.
 *
 * The body is a till-refund+jwt, as {"refund": TOKEN} or bare; what it says
 * is signed and the rear unit looks at it.  The same refund may be sent
 * again: it is made once.
 */
#include <string.h>

#include "front/unit.h"

static const char *refund_token(struct work *);
static void refund_then(struct work *);
static void refund_refused(struct work *, const char *);

void
api_refund(struct work *work)
{
	struct question *q = &work->question;
	const char *token = refund_token(work);

	if (token == NULL)
		return;
	if (token[0] == '\0' || strlen(token) > TILL_TOKEN_MAX) {
		reply_problem(work, 400, "invalid-request", NULL,
		    "refund: missing or too long");
		return;
	}
	q->kind = FRAME_REFUND;
	q->channel = "api";
	q->address = http_address(work->http);
	q->request_token = token;
	work_ask(work, refund_then);
}

/* NULL: it was answered. */
static const char *
refund_token(struct work *work)
{
	static const char *const members[] = { "refund", NULL };
	const char *type = http_field(work->http, "Content-Type"), *token;
	size_t len;
	char *text = http_body(work->http, &len);

	if (type == NULL || strncmp(type, "application/json", 16) != 0) {
		text[strcspn(text, "\r\n")] = '\0';
		return text;
	}
	if (body_json(text, len, &work->body, &work->err) == -1) {
		reply_problem(work, 400, "invalid-request", NULL,
		    work->err.text);
		return NULL;
	}
	token = body_text(&work->body, "", "refund");
	if (token != NULL && body_unknown(&work->body, members) == NULL)
		return token;
	reply_problem(work, 400, "invalid-request", NULL,
	    token == NULL ? "refund: missing"
			  : "the body has a member that is not known here");
	return NULL;
}

static void
refund_then(struct work *work)
{
	const struct answer *answer = work->answer;
	struct text text = { 0 };

	if (work->asked != ASKED_ANSWERED) {
		reply_asked(work);
		return;
	}
	if (answer_text(answer, TAG_JSON) != NULL) {
		text_add(&text, answer_text(answer, TAG_JSON));
		reply_text(work, 200, NULL, &text);
	} else if (answer_text(answer, TAG_CODE) != NULL) {
		refund_refused(work, answer_text(answer, TAG_CODE));
	} else {
		reply_problem(work, 503, "busy", NULL, NULL);
	}
}

static void
refund_refused(struct work *work, const char *code)
{
	static const struct {
		const char *code;
		unsigned int status;
	} rows[] = { { "unauthorized", 401 }, { "not-found", 404 },
		{ "conflict", 409 } };
	const char *why = answer_text(work->answer, TAG_TEXT);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].code, code) == 0) {
			reply_problem(work, rows[i].status, code, NULL, why);
			return;
		}
	}
	reply_problem(work, 403, "refused", code, why);
}

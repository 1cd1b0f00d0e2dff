/*
 * api_ticket.c - POST /tickets and POST /v1/tickets: a merchant pushes a
 * ticket that is too long for an address (as RFC 9126 does for OAuth).
 *
 * The rear unit looks at it first, so that whoever made a bad ticket
 * hears of it here and not from a customer.
 */
#include <string.h>
#include <time.h>

#include "front/unit.h"
#include "front/visits.h"
#include "ticket_peek.h"

static const char *pushed_token(struct work *);
static void push_then(struct work *);
static void push_keep(struct work *);
static void push_invalid(struct work *);

void
api_ticket_push(struct work *work)
{
	struct question *q = &work->question;
	const char *token = pushed_token(work);

	if (token == NULL)
		return;
	if (till_ticket_form(token, strlen(token), &work->err) == -1) {
		reply_problem(work, 400, "invalid-ticket", NULL,
		    work->err.text);
		return;
	}
	q->kind = FRAME_ORDER;
	q->action = ACTION_VIEW;
	q->channel = "browser";
	q->address = http_address(work->http);
	q->ticket = token;
	work_ask(work, push_then);
}

/* JSON, a form, or the bare token.  NULL: it was answered. */
static const char *
pushed_token(struct work *work)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = http_field(work->http, "Content-Type");
	const char *token;
	size_t len;
	char *text = http_body(work->http, &len);
	int r;

	if (type != NULL && strncmp(type, "application/json", 16) == 0) {
		r = body_json(text, len, &work->body, &work->err);
	} else if (type != NULL && strncmp(type, form, strlen(form)) == 0 &&
	    memchr(text, '=', len) != NULL) {
		r = body_form(text, len, &work->body, &work->err);
	} else {
		len = strcspn(text, "\r\n");
		text[len] = '\0';
		return text;
	}
	if (r == -1) {
		reply_problem(work, 400, "invalid-request", NULL,
		    work->err.text);
		return NULL;
	}
	token = body_text(&work->body, "", "ticket");
	if (token == NULL)
		reply_problem(work, 400, "invalid-request", NULL,
		    "ticket: missing");
	return token;
}

static void
push_then(struct work *work)
{
	if (work->asked != ASKED_ANSWERED) {
		reply_asked(work);
		return;
	}
	switch (answer_status(work->answer)) {
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_PAID:
	case STATUS_PENDING:
	case STATUS_DECLINED:
	case STATUS_REFUSED:
	case STATUS_CANCELLED:
		/* Whatever it is, the customer's page says it. */
		push_keep(work);
		return;
	case STATUS_EXPIRED:
		reply_problem(work, 400, "invalid-ticket", "expired", NULL);
		return;
	case STATUS_INVALID:
		push_invalid(work);
		return;
	case STATUS_CONFLICT:
		reply_problem(work, 409, "conflict", NULL, NULL);
		return;
	case STATUS_BUSY:
		reply_problem(work, 503, "busy", NULL, NULL);
		return;
	case STATUS_GONE:
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
		break;
	}
	reply_asked(work);
}

static void
push_keep(struct work *work)
{
	const char *token = work->question.ticket;
	struct till_ticket *ticket = NULL;
	struct text text = { 0 };

	if (ticket_peek(token, strlen(token), &ticket, &work->err) == -1 ||
	    visit_new(work->front->visits, token, ticket, VISIT_PUSHED_S,
		&work->visit, &work->err) == -1) {
		reply_problem(work, 503, "unavailable", NULL, work->err.text);
		return;
	}
	text_add(&text, "{\"handle\":");
	text_json(&text, work->visit->handle);
	text_add(&text, ",\"url\":\"");
	text_add(&text, work->front->issuer);
	text_add(&text, "/t/");
	text_add(&text, work->visit->handle);
	text_add(&text, "\",\"expires_in\":");
	text_number(&text, VISIT_PUSHED_S);
	text_add(&text, "}\n");
	reply_text(work, 201, NULL, &text);
}

static void
push_invalid(struct work *work)
{
	const char *why = answer_text(work->answer, TAG_TEXT);

	if (why == NULL)
		why = answer_text(work->answer, TAG_ERROR);
	reply_problem(work, 400, "invalid-ticket",
	    answer_text(work->answer, TAG_CODE), why);
}

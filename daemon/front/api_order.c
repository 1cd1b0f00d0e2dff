/*
 * api_order.c - POST /v1/orders and POST /v1/orders/CONVERSATION.
 *
 * A program sends the ticket with all that it knows; if the modules ask
 * for more it gets the questions (202) and goes on with the
 * conversation.  What was settled is always answered with its result,
 * however often it is asked.
 */
#include <string.h>

#include "base64url.h"
#include "front/unit.h"

#define CHALLENGE_MAX 256

static int order_body(struct work *);
static enum order_action order_action(const struct body *);
static void order_ask(struct work *);
static const char *answers_wrong(const struct body *);
static void order_then(struct work *);
static void order_paid(struct work *);
static void order_open(struct work *, const char *);
static void order_prompts(struct work *, struct text *);
static void order_ended(struct work *, const char *, const char *);
static void order_problem(struct work *, unsigned int, const char *);
static void order_busy(struct work *);
static void member(struct text *, const char *, const char *);
static void number(struct text *, const char *, uint64_t);

static const char *const first_members[] = { "ticket", "customer", "answers.",
	"octets.", "session", "lang", "action", NULL };
static const char *const step_members[] = { "customer", "answers.", "octets.",
	"session", "lang", "action", NULL };

void
api_order(struct work *work)
{
	const char *unknown;

	if (order_body(work) == -1)
		return;
	work->question.ticket = body_text(&work->body, "", "ticket");
	unknown = body_unknown(&work->body, first_members);
	if (unknown != NULL)
		reply_problem(work, 400, "invalid-request", NULL,
		    "the body has a member that is not known here");
	else if (work->question.ticket == NULL)
		reply_problem(work, 400, "invalid-request", NULL,
		    "ticket: missing");
	else if (till_ticket_form(work->question.ticket,
		     strlen(work->question.ticket), &work->err) == -1)
		reply_problem(work, 400, "invalid-ticket", NULL,
		    work->err.text);
	else
		order_ask(work);
}

void
api_order_step(struct work *work)
{
	if (order_body(work) == -1)
		return;
	if (body_unknown(&work->body, step_members) != NULL) {
		reply_problem(work, 400, "invalid-request", NULL,
		    "the body has a member that is not known here");
		return;
	}
	work->question.conversation = work->segments[0];
	order_ask(work);
}

static int
order_body(struct work *work)
{
	const char *type = http_field(work->http, "Content-Type");
	size_t len;
	char *text = http_body(work->http, &len);

	if (type == NULL || strncmp(type, "application/json", 16) != 0) {
		reply_problem(work, 415, "invalid-request", NULL,
		    "the body must be application/json");
		return -1;
	}
	if (body_json(text, len, &work->body, &work->err) == -1) {
		reply_problem(work, 400, "invalid-request", NULL,
		    work->err.text);
		return -1;
	}
	return 0;
}

/* ACTION_NONE for a word that is none. */
static enum order_action
order_action(const struct body *body)
{
	const char *action = body_text(body, "", "action");

	if (action == NULL || strcmp(action, "pay") == 0)
		return ACTION_PAY;
	if (strcmp(action, "view") == 0)
		return ACTION_VIEW;
	if (strcmp(action, "cancel") == 0)
		return ACTION_CANCEL;
	return ACTION_NONE;
}

static void
order_ask(struct work *work)
{
	struct question *q = &work->question;
	const char *wrong;

	wrong = body_octets(&work->body, "octets", "answers", &work->err) == -1
	    ? work->err.text
	    : answers_wrong(&work->body);
	q->kind = FRAME_ORDER;
	q->action = order_action(&work->body);
	if (q->action == ACTION_NONE)
		wrong = "action: pay, view or cancel";
	if (wrong != NULL) {
		reply_problem(work, 400, "invalid-request", NULL, wrong);
		return;
	}
	q->channel = "api";
	q->lang = body_text(&work->body, "", "lang");
	q->address = http_address(work->http);
	q->customer = body_text(&work->body, "", "customer");
	q->session = api_authorization(work, "Bearer ");
	q->want_session = body_true(&work->body, "", "session");
	q->replies = &work->body;
	work_ask(work, order_then);
}

/* NULL, or what is wrong with them. */
static const char *
answers_wrong(const struct body *body)
{
	const struct body_member *member;
	size_t i, n = 0;

	for (i = 0; i < body->len; i++) {
		member = &body->members[i];
		if (strcmp(member->group, "answers") != 0)
			continue;
		if (member->type != BODY_STRING)
			return "answers: each is a string";
		if (strlen(member->name) >= TILL_PROMPT_ID_MAX)
			return "answers: a name that no prompt can have";
		if (member->len > TILL_REPLY_MAX)
			return "answers: one is too long for any prompt";
		n++;
	}
	return n > FRAME_REPLIES_MAX ? "answers: too many at one time" : NULL;
}

static void
order_then(struct work *work)
{
	if (work->asked != ASKED_ANSWERED) {
		reply_asked(work);
		return;
	}
	switch (answer_status(work->answer)) {
	case STATUS_PAID:
		order_paid(work);
		return;
	case STATUS_PROMPTS:
	case STATUS_READY:
		order_open(work, "open");
		return;
	case STATUS_PENDING:
		order_open(work, "pending");
		return;
	case STATUS_REFUSED:
		order_ended(work, "refused", "refused");
		return;
	case STATUS_CANCELLED:
		/* Asked for, it is what was asked. */
		order_ended(work, "cancelled", "cancelled");
		return;
	case STATUS_EXPIRED:
		order_ended(work, "expired", "expired");
		return;
	case STATUS_DECLINED:
		order_problem(work, 403, "declined");
		return;
	case STATUS_INVALID:
		order_problem(work, 400, "invalid-ticket");
		return;
	case STATUS_CONFLICT:
		order_problem(work, 409, "conflict");
		return;
	case STATUS_GONE:
		order_problem(work, 404, "no-conversation");
		return;
	case STATUS_BUSY:
		order_busy(work);
		return;
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
		break;
	}
	reply_asked(work);
}

static void
order_paid(struct work *work)
{
	const struct answer *answer = work->answer;
	struct text text = { 0 };
	const char *session = answer_text(answer, TAG_SESSION);

	atomic_fetch_add(&work->front->counters.paid, 1);
	text_add(&text, "{\"status\":\"paid\"");
	member(&text, "voucher", answer_text(answer, TAG_VOUCHER));
	number(&text, "txn", answer_number(answer, TAG_TXN));
	member(&text, "via", answer_text(answer, TAG_PAID_FROM));
	member(&text, "refunded", answer_text(answer, TAG_REFUNDED));
	member(&text, "customer", answer_text(answer, TAG_CUSTOMER));
	member(&text, "balance", answer_text(answer, TAG_BALANCE));
	if (session != NULL) {
		member(&text, "session", session);
		if (work->greeting != NULL)
			number(&text, "session_expires_in",
			    work->greeting->session_idle_s);
	}
	text_add(&text, "}\n");
	reply_text(work, 200, NULL, &text);
}

static void
order_open(struct work *work, const char *status)
{
	const struct answer *answer = work->answer;
	struct text text = { 0 };

	text_add(&text, "{\"status\":\"");
	text_add(&text, status);
	text_add(&text, "\"");
	member(&text, "conversation", answer_text(answer, TAG_CONVERSATION));
	member(&text, "merchant_name", answer_text(answer, TAG_MERCHANT_NAME));
	member(&text, "customer", answer_text(answer, TAG_CUSTOMER));
	member(&text, "balance", answer_text(answer, TAG_BALANCE));
	number(&text, "retry_after", answer_number(answer, TAG_RETRY_AFTER_S));
	if (strcmp(status, "open") == 0) {
		text_add(&text,
		    answer_text(answer, TAG_CUSTOMER) == NULL
			? ",\"customer_needed\":true"
			: ",\"customer_needed\":false");
		order_prompts(work, &text);
	}
	text_add(&text, "}\n");
	reply_text(work, 202, NULL, &text);
}

static void
order_prompts(struct work *work, struct text *text)
{
	static const char *const kinds[] = {
		[TILL_ASK_TEXT] = "text",
		[TILL_ASK_SECRET] = "secret",
		[TILL_ASK_CHOICE] = "choice",
		[TILL_ASK_SIGNATURE] = "signature",
		[TILL_ASK_AUDIO] = "audio",
		[TILL_TELL_INFO] = "info",
		[TILL_TELL_ERROR] = "error",
	};
	char challenge[BASE64URL_SIZE(CHALLENGE_MAX)];
	struct answer_prompt prompt;
	size_t at = 0, i, n = 0;

	text_add(text, ",\"prompts\":[");
	while (answer_prompt(work->answer, &at, &prompt)) {
		if (prompt.kind < TILL_ASK_TEXT ||
		    prompt.kind > TILL_TELL_ERROR)
			continue;
		text_add(text, n++ == 0 ? "{\"id\":" : ",{\"id\":");
		text_json(text, prompt.id);
		member(text, "kind", kinds[prompt.kind]);
		member(text, "label", prompt.label);
		member(text, "text", prompt.text);
		number(text, "min", prompt.min);
		number(text, "max", prompt.max);
		member(text, "format", prompt.format);
		if (prompt.challenge != NULL &&
		    prompt.challenge->len <= CHALLENGE_MAX) {
			(void)base64url_encode(prompt.challenge->data,
			    prompt.challenge->len, challenge);
			member(text, "challenge", challenge);
		}
		member(text, "data", prompt.data);
		for (i = 0; i < prompt.choices_len; i++) {
			text_add(text, i == 0 ? ",\"choices\":[" : ",");
			text_json(text, prompt.choices[i]);
		}
		text_add(text, i > 0 ? "]}" : "}");
	}
	text_add(text, "]");
}

/* The order is over: with the signed refusal, for the merchant. */
static void
order_ended(struct work *work, const char *status, const char *name)
{
	static const struct http_field problem[] = {
		{ "Content-Type", "application/problem+json" },
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL }
	};
	const struct answer *answer = work->answer;
	bool wanted = work->question.action == ACTION_CANCEL &&
	    strcmp(name, "cancelled") == 0;
	struct text text = { 0 };

	atomic_fetch_add(wanted ? &work->front->counters.cancelled
				: &work->front->counters.refused,
	    1);
	text_add(&text, "{\"type\":\"urn:till:problem:");
	text_add(&text, name);
	text_add(&text, "\"");
	if (!wanted)
		number(&text, "status", 403);
	member(&text, "state", status);
	member(&text, "reason", answer_text(answer, TAG_REASON));
	member(&text, "code", answer_text(answer, TAG_CODE));
	member(&text, "detail", answer_text(answer, TAG_TEXT));
	member(&text, "refusal", answer_text(answer, TAG_VOUCHER));
	text_add(&text, "}\n");
	if (wanted)
		reply_text(work, 200, NULL, &text);
	else
		reply_fields(work, 403, problem, &text);
}

static void
order_problem(struct work *work, unsigned int status, const char *name)
{
	const struct answer *answer = work->answer;
	const char *detail = answer_text(answer, TAG_TEXT);
	const char *reason = answer_text(answer, TAG_REASON);

	if (detail == NULL)
		detail = answer_text(answer, TAG_ERROR);
	if (reason == NULL)
		reason = answer_text(answer, TAG_CODE);
	if (status == 403)
		atomic_fetch_add(&work->front->counters.declined, 1);
	reply_problem(work, status, name, reason, detail);
}

static void
order_busy(struct work *work)
{
	atomic_fetch_add(&work->front->counters.busy, 1);
	/* The rear that is busy is not the one that had it first. */
	reply_problem(work, 503, "busy", NULL,
	    work->resent ? "send the same order again: it is paid at most once"
			 : "nothing was done; try again");
}

static void
member(struct text *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_add(text, ",\"");
	text_add(text, name);
	text_add(text, "\":");
	text_json(text, value);
}

static void
number(struct text *text, const char *name, uint64_t value)
{
	if (value == 0)
		return;
	text_add(text, ",\"");
	text_add(text, name);
	text_add(text, "\":");
	text_number(text, value);
}

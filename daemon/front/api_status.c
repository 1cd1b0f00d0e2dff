/*
 * api_status.c - what became of a ticket; a voucher again; what this
 * server is.
 *
 * Who asks says so by a session (a customer: Bearer) or by a signed
 * request (a merchant: Till, with a JWS of type till-request+jwt over
 * method and path); the rear unit decides.
 */
#include <string.h>
#include <strings.h>

#include "front/unit.h"

static void status_ask(struct work *);
static void status_then(struct work *);
static int status_txn(const char *, uint64_t *);
static void document(struct work *, const char *, const char *);

void
api_ticket(struct work *work)
{
	work->question.merchant = work->segments[0];
	work->question.jti = work->segments[1];
	if (!till_id_ok(work->segments[0]) || !till_jti_ok(work->segments[1]))
		reply_problem(work, 404, "not-found", NULL, NULL);
	else
		status_ask(work);
}

void
api_voucher(struct work *work)
{
	if (status_txn(work->segments[0], &work->question.txn) == -1)
		reply_problem(work, 404, "not-found", NULL, NULL);
	else
		status_ask(work);
}

void
api_well_known(struct work *work)
{
	document(work, "application/json",
	    work->greeting == NULL ? NULL : work->greeting->well_known);
}

void
api_jwks(struct work *work)
{
	document(work, "application/jwk-set+json",
	    work->greeting == NULL ? NULL : work->greeting->jwks);
}

const char *
api_authorization(struct work *work, const char *scheme)
{
	const char *value = http_field(work->http, "Authorization");
	size_t len = strlen(scheme);

	/* Schemes are the same in any case (RFC 9110, 11.1). */
	if (value == NULL || strncasecmp(value, scheme, len) != 0)
		return NULL;
	return value + len + strspn(value + len, " ");
}

static void
status_ask(struct work *work)
{
	struct question *q = &work->question;

	q->session = api_authorization(work, "Bearer ");
	q->request_token = api_authorization(work, "Till ");
	if (q->session == NULL && q->request_token == NULL) {
		reply_problem(work, 401, "unauthorized", NULL,
		    "a session or a signed request is needed");
		return;
	}
	q->kind = FRAME_STATUS;
	q->method = "GET";
	q->path = http_path(work->http);
	q->channel = "api";
	q->address = http_address(work->http);
	work_ask(work, status_then);
}

static void
status_then(struct work *work)
{
	static const struct {
		enum frame_tag tag;
		const char *name;
		bool number;
	} members[] = {
		{ TAG_STATE, "state", false },
		{ TAG_MERCHANT, "merchant", false },
		{ TAG_JTI, "jti", false },
		{ TAG_VOUCHER, "voucher", false },
		{ TAG_TXN, "txn", true },
		{ TAG_PAID_FROM, "via", false },
		{ TAG_AMOUNT, "amount", false },
		{ TAG_CURRENCY, "currency", false },
		{ TAG_REFUNDED, "refunded", false },
		{ TAG_TIME_S, "time", true },
		{ TAG_REASON, "reason", false },
		{ TAG_CODE, "code", false },
	};
	const struct answer *answer = work->answer;
	struct text text = { 0 };
	const char *value;
	size_t i;

	if (work->asked != ASKED_ANSWERED) {
		reply_asked(work);
		return;
	}
	if (answer_status(answer) == STATUS_BUSY) {
		reply_problem(work, 503, "busy", NULL, NULL);
		return;
	}
	/* Whoever may not know is not told whether there is something. */
	if (answer_text(answer, TAG_STATE) == NULL) {
		reply_problem(work, 404, "not-found",
		    answer_text(answer, TAG_CODE),
		    answer_text(answer, TAG_ERROR));
		return;
	}
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		value = members[i].number ? NULL
					  : answer_text(answer, members[i].tag);
		if (value == NULL &&
		    (!members[i].number ||
			frame_get(&answer->frame, members[i].tag) == NULL))
			continue;
		text_add(&text, text.len == 0 ? "{\"" : ",\"");
		text_add(&text, members[i].name);
		text_add(&text, "\":");
		if (value != NULL)
			text_json(&text, value);
		else
			text_number(&text,
			    answer_number(answer, members[i].tag));
	}
	text_add(&text, "}\n");
	reply_text(work, 200, NULL, &text);
}

/* A serial number: digits, no zero in front. */
static int
status_txn(const char *text, uint64_t *txn_r)
{
	uint64_t txn = 0;
	const char *p;

	if (*text == '0' || *text == '\0' || strlen(text) > 19)
		return -1;
	for (p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		txn = txn * 10 + (uint64_t)(*p - '0');
	}
	*txn_r = txn;
	return 0;
}

/* Public, and the same for a minute. */
static void
document(struct work *work, const char *type, const char *json)
{
	struct http_field fields[] = { { "Content-Type", type },
		{ "Cache-Control", "public, max-age=60" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Access-Control-Allow-Origin", "*" }, { NULL, NULL } };
	struct text text = { 0 };

	if (json == NULL) {
		reply_problem(work, 503, "unavailable", NULL, NULL);
		return;
	}
	text_add(&text, json);
	reply_fields(work, 200, fields, &text);
}

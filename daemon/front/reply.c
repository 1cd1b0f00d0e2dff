/*
 * reply.c - answers to programs.
 */
#include <string.h>

#include "front/unit.h"

#define FIELDS_MAX 16

static const struct http_field json_fields[] = {
	{ "Content-Type", "application/json" }, { "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL }
};
static const struct http_field problem_fields[] = {
	{ "Content-Type", "application/problem+json" },
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" }, { NULL, NULL }
};
static const struct http_field retry_fields[] = {
	{ "Content-Type", "application/problem+json" },
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" }, { "Retry-After", "1" },
	{ NULL, NULL }
};

static const char *title_of(unsigned int);

void
reply_fields(struct work *work, unsigned int status,
    const struct http_field *fields, struct text *text)
{
	size_t len = 0;
	char *body;

	body = text_take(text, &len);
	if (body != NULL)
		http_reply(work->http, status, fields, body, len);
}

void
reply_text(struct work *work, unsigned int status, const char *type,
    struct text *text)
{
	struct http_field fields[FIELDS_MAX];

	if (type == NULL) {
		reply_fields(work, status, json_fields, text);
		return;
	}
	memcpy(fields, json_fields, sizeof(json_fields));
	fields[0].value = type;
	reply_fields(work, status, fields, text);
}

void
reply_problem(struct work *work, unsigned int status, const char *name,
    const char *reason, const char *detail)
{
	struct text text = { 0 };

	text_add(&text, "{\"type\":\"urn:till:problem:");
	text_add(&text, name);
	text_add(&text, "\",\"title\":");
	text_json(&text, title_of(status));
	text_add(&text, ",\"status\":");
	text_number(&text, status);
	if (reason != NULL) {
		text_add(&text, ",\"reason\":");
		text_json(&text, reason);
	}
	if (detail != NULL) {
		text_add(&text, ",\"detail\":");
		text_json(&text, detail);
	}
	text_add(&text, "}\n");
	reply_fields(work, status,
	    status == 503 ? retry_fields : problem_fields, &text);
}

void
reply_asked(struct work *work)
{
	const char *why;

	switch (work->asked) {
	case ASKED_WRONG:
		reply_problem(work, 400, "invalid-request", NULL,
		    work->err.text);
		return;
	case ASKED_DOWN:
		reply_problem(work, 503, "unavailable", NULL,
		    work->resent
			? "send the same request again: an order settles once"
			: "nothing was done; try again");
		return;
	case ASKED_LOST:
		reply_problem(work, 503, "unknown-outcome", NULL,
		    "send the same request again: an order settles once");
		return;
	case ASKED_ANSWERED:
		why = answer_text(work->answer, TAG_ERROR);
		reply_problem(work, 500, "internal", NULL, why);
		return;
	case ASKED_NONE:
		break;
	}
	reply_problem(work, 500, "internal", NULL, NULL);
}

static const char *
title_of(unsigned int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 410:
		return "Gone";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

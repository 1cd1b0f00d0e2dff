/*
 * token_enrol.c - make a token, and take one away.
 *
 * The caps are asked for; the answer to GRANT is one prompt that tells the
 * token, which is nowhere else then.
 */
#include <string.h>

#include "token.h"

#define NEW_TOKEN "new-token" /* id of the prompt that tells it */
#define MERCHANTS_TEXT_MAX (TOKEN_MERCHANTS_MAX * TILL_ID_MAX)
#define MONEY_TEXT_MAX (TILL_MONEY_MAX + TILL_CURRENCY_MAX)
#define EXPIRES_TEXT_MAX 20
#define COUNT_TEXT_MAX 7

/* What was answered. */
struct wanted {
	char label[TOKEN_LABEL_MAX + 1];
	char each[MONEY_TEXT_MAX + 1], day[MONEY_TEXT_MAX + 1];
	char count[COUNT_TEXT_MAX + 1];
	char merchants[MERCHANTS_TEXT_MAX + 1];
	char channel[8];
	char expires[EXPIRES_TEXT_MAX + 1];
};

static enum till_result add(const struct till_host *, struct till_context *,
    const struct token *);
static enum till_result ask(const struct till_host *, struct till_context *);
static int answers(const struct till_host *, struct till_context *,
    struct wanted *, struct till_error *);
static int caps_read(const struct till_host *, const struct token *,
    const struct wanted *, struct token_caps *, struct till_error *);
static int bounds(const struct token *, const struct token_caps *,
    struct till_error *);
static enum till_result create(const struct till_host *, struct till_context *,
    const struct token *, const struct wanted *, const struct token_caps *);
static int store(const struct till_host *, struct till_context *,
    const struct token *, const char *id, const char *label,
    const struct token_record *);
static enum till_result take_away(const struct till_host *,
    struct till_context *);

static const char *const channels[] = { "api", "browser", "any", NULL };

/* In the order in which people are asked. */
static const struct question {
	const char *id, *text;
	uint32_t min_len, max_len;
	size_t offset; /* of the answer in struct wanted */
} questions[] = {
	{ "label", "What the token is called", 0, TOKEN_LABEL_MAX,
	    offsetof(struct wanted, label) },
	{ "each", "Most of one payment, as 0.10 EUR", 1, MONEY_TEXT_MAX,
	    offsetof(struct wanted, each) },
	{ "day", "Most of a day", 1, MONEY_TEXT_MAX,
	    offsetof(struct wanted, day) },
	{ "count", "Payments of a day, or nothing", 0, COUNT_TEXT_MAX,
	    offsetof(struct wanted, count) },
	{ "merchants", "Merchants' ids with commas between, or nothing: all", 0,
	    MERCHANTS_TEXT_MAX, offsetof(struct wanted, merchants) },
	{ "channel", "Where it may be used", 1, 7,
	    offsetof(struct wanted, channel) },
	{ "expires", "Good to the end of that day (UTC)", 0, EXPIRES_TEXT_MAX,
	    offsetof(struct wanted, expires) },
};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

_Static_assert(QUESTIONS <= TILL_PROMPT_MAX, "they are asked together");

enum till_result
token_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	switch (what) {
	case TILL_ENROL_ADD:
		return add(host, ctx, self);
	case TILL_ENROL_REMOVE:
		return take_away(host, ctx);
	}
	return TILL_ERROR;
}

static enum till_result
add(const struct till_host *host, struct till_context *ctx,
    const struct token *t)
{
	struct till_reply reply;
	struct token_caps caps;
	struct wanted wanted;
	struct till_error err;

	if (host->reply(ctx, "each", &reply) == -1)
		return ask(host, ctx);
	memset(&wanted, 0, sizeof(wanted));
	if (answers(host, ctx, &wanted, &err) == -1 ||
	    caps_read(host, t, &wanted, &caps, &err) == -1)
		return host->fail(ctx, TILL_DENY, "caps", "%s", err.text);
	return create(host, ctx, t, &wanted, &caps);
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx)
{
	struct till_prompt prompt = { .size = sizeof(prompt) };
	size_t i;

	for (i = 0; i < QUESTIONS; i++) {
		prompt.id = questions[i].id;
		prompt.text = questions[i].text;
		prompt.min_len = questions[i].min_len;
		prompt.max_len = questions[i].max_len;
		prompt.choices =
		    strcmp(prompt.id, "channel") == 0 ? channels : NULL;
		prompt.kind =
		    prompt.choices == NULL ? TILL_ASK_TEXT : TILL_ASK_CHOICE;
		if (host->prompt(ctx, &prompt) == -1)
			return host->fail(ctx, TILL_ERROR, "prompt",
			    "the prompt %s was not taken", prompt.id);
	}
	return TILL_NEED_INPUT;
}

/* What was not answered is empty. */
static int
answers(const struct till_host *host, struct till_context *ctx,
    struct wanted *wanted, struct till_error *err)
{
	const struct question *question;
	struct till_reply reply;
	char *place;
	size_t i;

	for (i = 0; i < QUESTIONS; i++) {
		question = &questions[i];
		place = (char *)wanted + question->offset;
		if (host->reply(ctx, question->id, &reply) == -1 ||
		    reply.data.len == 0)
			continue;
		if (reply.data.len > question->max_len ||
		    memchr(reply.data.data, '\0', reply.data.len) != NULL)
			return till_fail(err, "%s: is no such text",
			    question->id);
		memcpy(place, reply.data.data, reply.data.len);
		place[reply.data.len] = '\0';
		if (!till_text_ok(place, question->max_len))
			return till_fail(err, "%s: is no plain text",
			    question->id);
	}
	return 0;
}

static int
caps_read(const struct till_host *host, const struct token *t,
    const struct wanted *wanted, struct token_caps *caps,
    struct till_error *err)
{
	memset(caps, 0, sizeof(*caps));
	if (token_caps_money(wanted->each, wanted->day, caps, err) == -1 ||
	    token_caps_count(wanted->count, caps, err) == -1 ||
	    token_caps_merchants(wanted->merchants, caps, err) == -1 ||
	    token_caps_channel(wanted->channel, caps, err) == -1 ||
	    token_caps_expires(wanted->expires, host->time_s(t->instance),
		t->lifetime_ms / 1000, caps, err) == -1)
		return -1;
	return bounds(t, caps, err);
}

/* What the operator lets a token have at most, which says the currency,
 * too. */
static int
bounds(const struct token *t, const struct token_caps *caps,
    struct till_error *err)
{
	const struct {
		const char *what;
		const struct till_money *max, *is;
	} rows[] = { { "each", &t->max_each, &caps->each },
		{ "day", &t->max_day, &caps->day } };
	char text[TILL_MONEY_MAX];
	size_t i;

	for (i = 0; i < 2; i++) {
		if (rows[i].max->currency[0] == '\0')
			continue;
		if (!till_money_same_currency(rows[i].max, rows[i].is) ||
		    !till_money_at_most(rows[i].is, rows[i].max))
			return till_fail(err, "%s: is at most %s %s here",
			    rows[i].what, till_money_print(rows[i].max, text),
			    rows[i].max->currency);
	}
	return 0;
}

static enum till_result
create(const struct till_host *host, struct till_context *ctx,
    const struct token *t, const struct wanted *wanted,
    const struct token_caps *caps)
{
	char text[TOKEN_LEN + 1], id[TOKEN_ID_MAX];
	const struct till_prompt told = {
		.size = sizeof(told),
		.kind = TILL_TELL_INFO,
		.id = NEW_TOKEN,
		.label = "auth.new-token",
		.text = text,
	};
	struct token_record record = { .caps = *caps };
	struct till_credential other;
	enum till_result result = TILL_GRANT;

	if (token_make(text, id, record.hash) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "random",
		    "no randomness");
	if (host->credential_get(ctx, id, &other) == 0)
		result = host->fail(ctx, TILL_UNAVAILABLE, "random",
		    "the id is another token's; try again");
	else if (store(host, ctx, t, id, wanted->label, &record) == -1)
		result = host->fail(ctx, TILL_UNAVAILABLE, "store",
		    "the token could not be stored; a customer has at most %d",
		    TILL_CREDENTIALS_MAX);
	else if (host->prompt(ctx, &told) == -1)
		result = host->fail(ctx, TILL_ERROR, "prompt",
		    "the token could not be told");
	explicit_bzero(text, sizeof(text));
	return result;
}

static int
store(const struct till_host *host, struct till_context *ctx,
    const struct token *t, const char *id, const char *label,
    const struct token_record *record)
{
	char text[TOKEN_RECORD_MAX], summary[TOKEN_SUMMARY_MAX];
	struct till_credential credential = {
		.size = sizeof(credential),
		.secret = 1,
		.id = id,
		.label = summary,
		.created_ms = host->time_s(t->instance) * 1000,
		.data = { (const unsigned char *)text, 0 },
	};

	if (token_record_print(record, text) == -1)
		return -1;
	token_caps_say(label, &record->caps, summary);
	credential.data.len = strlen(text);
	return host->credential_put(ctx, &credential);
}

static enum till_result
take_away(const struct till_host *host, struct till_context *ctx)
{
	struct till_credential credential;
	char id[TOKEN_ID_MAX];
	struct till_reply reply;

	if (host->reply(ctx, "credential", &reply) == -1 ||
	    reply.data.len != sizeof(id) - 1)
		return host->fail(ctx, TILL_DENY, "not-found",
		    "a token is revoked by its id, which has %zu characters",
		    sizeof(id) - 1);
	memcpy(id, reply.data.data, sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	if (host->credential_get(ctx, id, &credential) == -1)
		return host->fail(ctx, TILL_DENY, "not-found",
		    "there is no such token");
	if (host->credential_remove(ctx, id) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "store",
		    "the token could not be removed");
	return TILL_GRANT;
}

/*
 * auth_token - a program pays by a token that its customer has given it.
 *
 *	module  token  auth_token  lifetime=365d
 *	auth    requisite  token  when channel == api
 *
 * A token, till_ID_SECRET, has caps: so much a payment, so much and so
 * often a day, at some merchants, on one channel, until a day.  The
 * server keeps its caps and a SHA-256 of its secret.  What a day's
 * payments come to the server counts: the module states the limit, and
 * the server checks it once more in the transaction that pays.
 *
 * A customer who does not exist, a token that does not and a wrong secret
 * have the same answer by the same steps.  What a cap refuses is told to
 * those who have the secret.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "token.h"

#define PROMPT "token" /* id of the prompt */
#define LEVEL 1

static int token_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static enum till_result token_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask(const struct till_host *, struct till_context *);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct token *, const struct till_reply *);
static bool record_get(const struct till_host *, struct till_context *,
    const char *id, struct token_record *);
static enum till_result wrong(const struct till_host *, struct till_context *,
    const struct token *);
static enum till_result right(const struct till_host *, struct till_context *,
    const struct token *, const struct token_caps *, const char *id);
static int state_end(const struct till_host *, struct till_context *);
static enum till_result within(const struct till_host *, struct till_context *,
    const struct token_caps *);
static bool channel_fits(const struct token_caps *, const char *channel);
static bool merchant_fits(const struct token_caps *, const char *merchant);
static int state_day(const struct till_host *, struct till_context *,
    const struct token_caps *, const char *id);

#define SECOND_MS INT64_C(1000)
#define DAY_MS (86400 * SECOND_MS)

static const struct till_setting settings[] = {
	{ "lifetime", TILL_SET_DURATION, 0, offsetof(struct token, lifetime_ms),
	    "365d", SECOND_MS, 3660 * DAY_MS, NULL,
	    "how long a token is good, at most" },
	{ "max-each", TILL_SET_MONEY, 0, offsetof(struct token, max_each), NULL,
	    0, 0, NULL, "a new token's payment, at most" },
	{ "max-day", TILL_SET_MONEY, 0, offsetof(struct token, max_day), NULL,
	    0, 0, NULL, "a new token's payments of a day, at most" },
	{ "alert-after", TILL_SET_INT, 0, offsetof(struct token, alert_after),
	    "10", 1, 1000000, NULL,
	    "wrong tokens, one after the other, that are an alert" },
	TILL_SETTING_END
};

TILL_MODULE("auth_token", "1.0", TILL_AUTH, TILL_CAP_THREADSAFE){
	TILL_MODULE_HEAD("auth_token", "1.0", TILL_AUTH, TILL_CAP_THREADSAFE),
	.settings = settings,
	.instance_size = sizeof(struct token),
	.open = token_open,
	.auth = token_auth,
	.enrol = token_enrol,
};

static int
token_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct token *t = self;

	(void)host;
	(void)check_only;
	t->instance = instance;
	if (t->max_each.currency[0] != '\0' && t->max_day.currency[0] != '\0' &&
	    !till_money_same_currency(&t->max_each, &t->max_day))
		return till_fail(err,
		    "max-each and max-day are of one "
		    "currency, as a token is");
	return 0;
}

static enum till_result
token_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	struct till_reply reply;

	if (host->reply(ctx, PROMPT, &reply) == -1)
		return ask(host, ctx);
	/* Who has none may be let in by another line. */
	if (reply.data.len == 0)
		return host->fail(ctx, TILL_ABSTAIN, "no-token",
		    "no token was given");
	return judge(host, ctx, self, &reply);
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = PROMPT,
		.label = "auth.token",
		.text = "Token",
		.min_len = 0,
		.max_len = 2 * TOKEN_LEN,
	};

	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the prompt for a token was not taken");
	return TILL_NEED_INPUT;
}

/* Whatever is wrong, all steps are gone. */
static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct token *t, const struct till_reply *reply)
{
	unsigned char secret[TOKEN_SECRET_SIZE], hash[TOKEN_HASH_SIZE];
	struct token_record record;
	char id[TOKEN_ID_MAX];
	bool formed, known, same;

	formed = token_read(reply->data.data, reply->data.len, id, secret);
	known = record_get(host, ctx, id, &record);
	if (token_hash(secret, hash) == -1) {
		explicit_bzero(secret, sizeof(secret));
		return host->fail(ctx, TILL_UNAVAILABLE, "hash",
		    "the token could not be hashed");
	}
	explicit_bzero(secret, sizeof(secret));
	same = CRYPTO_memcmp(hash, record.hash, sizeof(hash)) == 0;
	if (!formed || !known || !same)
		return wrong(host, ctx, t);
	return right(host, ctx, t, &record.caps, id);
}

static bool
record_get(const struct till_host *host, struct till_context *ctx,
    const char *id, struct token_record *record)
{
	struct till_credential credential;

	memset(record, 0, sizeof(*record));
	if (host->credential_get(ctx, id, &credential) == -1)
		return false;
	if (token_record_read(credential.data.data, credential.data.len,
		record) == 0)
		return true;
	host->log(ctx, TILL_LOG_ERROR, "the record of token %s cannot be read",
	    id);
	return false;
}

/*
 * It is counted for those who watch, and for nothing else: nobody comes
 * nearer to a secret of 256 bits by trying, so there is nothing to slow
 * down, and whoever knows a customer's id could lock out his programs.
 */
static enum till_result
wrong(const struct till_host *host, struct till_context *ctx,
    const struct token *t)
{
	struct till_failures failures;

	memset(&failures, 0, sizeof(failures));
	failures.size = sizeof(failures);
	if (host->failed(ctx) == 0 && host->failures(ctx, &failures) == 0 &&
	    failures.count == t->alert_after)
		(void)host->alert(ctx, "auth.alert",
		    "many wrong tokens, one after the other");
	return host->fail(ctx, TILL_DENY, "wrong-token", "the token is wrong");
}

/* The day's limit refuses nothing here: see struct till_limit. */
static enum till_result
right(const struct till_host *host, struct till_context *ctx,
    const struct token *t, const struct token_caps *caps, const char *id)
{
	enum till_result result;

	if (host->succeeded(ctx) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	result = within(host, ctx, caps);
	if (result != TILL_GRANT)
		return result;
	if (state_day(host, ctx, caps, id) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the limit of a day could not be stated");
	/* RFC 8176 has no word for a token; it is a shared secret that is
	 * sent as it is, as a password is. */
	if (host->method(ctx, "pwd", LEVEL) == -1)
		return host->fail(ctx, TILL_ERROR, "method",
		    "the method was not taken");
	if (host->time_s(t->instance) < caps->expires_s)
		return TILL_GRANT;
	if (state_end(host, ctx) == -1)
		return host->fail(ctx, TILL_DENY, "limit-expired",
		    "the token's time is over");
	return host->fail(ctx, TILL_GRANT, "limit-expired",
	    "the token's time is over");
}

/* It pays nothing more, but what it has paid it can still ask for: a program
 * whose answer was lost would else pay once more by another ticket. */
static int
state_end(const struct till_host *host, struct till_context *ctx)
{
	static const struct till_limit limit = {
		.size = sizeof(limit),
		.name = "over",
		.scope = TILL_SCOPE_CUSTOMER,
		.window = TILL_WINDOW_DAY,
		.max_micro = -1,
		.max_count = 0,
	};

	return host->limit(ctx, &limit) == -1 ? -1 : 0;
}

/* The caps that are about this payment alone. */
static enum till_result
within(const struct till_host *host, struct till_context *ctx,
    const struct token_caps *caps)
{
	const struct till_order *order = host->order(ctx);
	char each[TILL_MONEY_MAX];

	if (!channel_fits(caps, order->channel))
		return host->fail(ctx, TILL_DENY, "limit-channel",
		    "the token is for another channel than %s", order->channel);
	if (!merchant_fits(caps, order->merchant))
		return host->fail(ctx, TILL_DENY, "limit-merchant",
		    "the token is not for %s", order->merchant);
	/* It costs nothing, but it says who the customer is. */
	if (strcmp(order->kind, "identity") == 0)
		return host->fail(ctx, TILL_DENY, "limit-kind",
		    "a token pays, and does no more");
	if (!till_money_same_currency(&order->amount, &caps->each) ||
	    !till_money_at_most(&order->amount, &caps->each))
		return host->fail(ctx, TILL_DENY, "limit",
		    "a payment of the token is at most %s %s",
		    till_money_print(&caps->each, each), caps->each.currency);
	return TILL_GRANT;
}

static bool
channel_fits(const struct token_caps *caps, const char *channel)
{
	return caps->channel == TOKEN_ANY ||
	    strcmp(channel, token_channel_name(caps->channel)) == 0;
}

static bool
merchant_fits(const struct token_caps *caps, const char *merchant)
{
	size_t i;

	for (i = 0; i < caps->merchants_len; i++)
		if (strcmp(caps->merchants[i], merchant) == 0)
			return true;
	return caps->merchants_len == 0;
}

static int
state_day(const struct till_host *host, struct till_context *ctx,
    const struct token_caps *caps, const char *id)
{
	char name[sizeof("day-") + TOKEN_ID_MAX];
	const struct till_limit limit = {
		.size = sizeof(limit),
		.name = name,
		.scope = TILL_SCOPE_CUSTOMER,
		.window = TILL_WINDOW_DAY,
		.max_micro = caps->day.micro,
		.max_count = caps->count,
	};

	(void)snprintf(name, sizeof(name), "day-%s", id);
	return host->limit(ctx, &limit) == -1 ? -1 : 0;
}

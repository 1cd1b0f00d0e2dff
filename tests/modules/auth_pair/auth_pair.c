/*
 * auth_pair - asks two questions at one time and then a third: for tests.
 *
 * The colour of the sky and a secret must come together; then it asks for
 * the number that follows the one it names.  Whoever gets one wrong is
 * denied.
 */
#include <string.h>

#include <till/module.h>

static enum till_result pair_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask_pair(const struct till_host *,
    struct till_context *);
static enum till_result ask_next(const struct till_host *,
    struct till_context *);
static bool is(const struct till_reply *, const char *);

TILL_MODULE("auth_pair", "1.0", TILL_AUTH, TILL_CAP_THREADSAFE){
	TILL_MODULE_HEAD("auth_pair", "1.0", TILL_AUTH, TILL_CAP_THREADSAFE),
	.auth = pair_auth,
};

static enum till_result
pair_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	struct till_reply sky = { .size = sizeof(sky) }, secret = sky,
			  next = sky;
	struct till_bytes state = { NULL, 0 };

	(void)self;
	if (host->state_get(ctx, &state) == 0 && state.len > 0) {
		if (host->reply(ctx, "next", &next) == -1)
			return ask_next(host, ctx);
		if (!is(&next, "8"))
			return host->fail(ctx, TILL_DENY, "next", "not 8");
		return host->method(ctx, "kba", 1) == 0 ? TILL_GRANT
							: TILL_ERROR;
	}
	if (host->reply(ctx, "sky", &sky) == -1 ||
	    host->reply(ctx, "secret", &secret) == -1)
		return ask_pair(host, ctx);
	if (!is(&sky, "blue") || !is(&secret, "sesame"))
		return host->fail(ctx, TILL_DENY, "pair", "one is wrong");
	if (host->state_put(ctx,
		(struct till_bytes){ (const unsigned char *)"7", 1 }) == -1)
		return TILL_ERROR;
	return ask_next(host, ctx);
}

static enum till_result
ask_pair(const struct till_host *host, struct till_context *ctx)
{
	const struct till_prompt sky = { .size = sizeof(sky),
		.kind = TILL_ASK_TEXT,
		.id = "sky",
		.label = "auth.sky",
		.text = "The colour of the sky",
		.max_len = 16 };
	const struct till_prompt secret = { .size = sizeof(secret),
		.kind = TILL_ASK_SECRET,
		.id = "secret",
		.label = "auth.secret",
		.text = "The secret",
		.max_len = 16 };

	if (host->prompt(ctx, &sky) == -1 || host->prompt(ctx, &secret) == -1)
		return TILL_ERROR;
	return TILL_NEED_INPUT;
}

static enum till_result
ask_next(const struct till_host *host, struct till_context *ctx)
{
	const struct till_prompt next = { .size = sizeof(next),
		.kind = TILL_ASK_TEXT,
		.id = "next",
		.label = "auth.next",
		.text = "What follows 7?",
		.max_len = 4 };

	return host->prompt(ctx, &next) == -1 ? TILL_ERROR : TILL_NEED_INPUT;
}

static bool
is(const struct till_reply *reply, const char *text)
{
	return reply->data.len == strlen(text) &&
	    memcmp(reply->data.data, text, reply->data.len) == 0;
}

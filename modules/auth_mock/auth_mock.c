/*
 * auth_mock - grant, deny or ask, as told; for tests and drills.
 *
 *	module a auth_mock ask=yes expect=sesame script=mallory:deny
 *
 * Scripts go by the customer's id or by the amount.  With ask=yes it
 * asks for a secret first, and only the expected one gets the answer.
 */
#include "mock.h"

#define REPLY_MAX 128

struct auth_mock {
	struct mock mock;
	int ask;
	const char *expect;
	const char *method;
	int64_t level;
};

static int auth_mock_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void auth_mock_close(void *);
static enum till_result auth_mock_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result asked(const struct till_host *, struct till_context *,
    const struct auth_mock *);
static enum till_result answer(const struct till_host *, struct till_context *,
    const struct auth_mock *);
static enum till_result auth_mock_enrol(const struct till_host *,
    struct till_context *, const void *, enum till_enrol);

static const char *const words[] = { "grant", "deny", "abstain", "need-input",
	"locked", "error", "unavailable", NULL };
static const enum till_result results[] = { TILL_GRANT, TILL_DENY, TILL_ABSTAIN,
	TILL_NEED_INPUT, TILL_LOCKED, TILL_ERROR, TILL_UNAVAILABLE };

static const struct till_setting settings[] = { MOCK_SETTINGS(struct auth_mock,
						    words),
	{ "ask", TILL_SET_BOOL, 0, offsetof(struct auth_mock, ask), NULL, 0, 0,
	    NULL, "ask for a secret first" },
	{ "expect", TILL_SET_STRING, 0, offsetof(struct auth_mock, expect),
	    "sesame", 0, REPLY_MAX, NULL, "the secret that is right" },
	{ "method", TILL_SET_STRING, 0, offsetof(struct auth_mock, method),
	    "pwd", 0, 15, NULL, "the RFC 8176 method it says it used" },
	{ "level", TILL_SET_INT, 0, offsetof(struct auth_mock, level), "1", 0,
	    10, NULL, "the level that a grant adds" },
	TILL_SETTING_END };

TILL_MODULE("auth_mock", "1.0", TILL_AUTH, TILL_CAP_THREADSAFE | TILL_CAP_MOCK){
	TILL_MODULE_HEAD("auth_mock", "1.0", TILL_AUTH,
	    TILL_CAP_THREADSAFE | TILL_CAP_MOCK),
	.settings = settings,
	.instance_size = sizeof(struct auth_mock),
	.open = auth_mock_open,
	.close = auth_mock_close,
	.auth = auth_mock_auth,
	.enrol = auth_mock_enrol,
};

static int
auth_mock_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct auth_mock *a = self;

	(void)host;
	(void)instance;
	return mock_open(&a->mock, words, check_only, err);
}

static void
auth_mock_close(void *self)
{
	struct auth_mock *a = self;

	mock_close(&a->mock);
}

static enum till_result
auth_mock_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct auth_mock *a = self;

	return a->ask ? asked(host, ctx, a) : answer(host, ctx, a);
}

static enum till_result
asked(const struct till_host *host, struct till_context *ctx,
    const struct auth_mock *a)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = "mock",
		.label = "auth.mock",
		.text = "Secret of the mock",
		.max_len = REPLY_MAX,
	};
	struct till_reply reply = { .size = sizeof(reply) };

	if (host->reply(ctx, "mock", &reply) == -1) {
		if (host->prompt(ctx, &prompt) == -1)
			return TILL_ERROR;
		return TILL_NEED_INPUT;
	}
	if (reply.data.len != strlen(a->expect) ||
	    memcmp(reply.data.data, a->expect, reply.data.len) != 0)
		return host->fail(ctx, TILL_DENY, "mock",
		    "not the expected secret");
	return answer(host, ctx, a);
}

static enum till_result
answer(const struct till_host *host, struct till_context *ctx,
    const struct auth_mock *a)
{
	const struct till_order *order = host->order(ctx);
	char amount[TILL_MONEY_MAX];
	const char *const keys[] = { order->customer,
		till_money_print(&order->amount, amount), NULL };
	const int n = mock_answer(&a->mock, words, keys);

	(void)mock_note(&a->mock, "auth %s %s %s", order->customer, amount,
	    words[n]);
	mock_wait(a->mock.delay_ms);
	switch (mock_misbehave(&a->mock)) {
	case MOCK_GARBAGE:
		return (enum till_result)0x7f7f7f;
	case MOCK_FOREIGN:
		return TILL_ALLOW;
	case MOCK_NONE:
	case MOCK_CRASH:
	case MOCK_HANG:
	case MOCK_EXIT:
	case MOCK_STDOUT:
		break;
	}
	if (results[n] == TILL_GRANT &&
	    host->method(ctx, a->method, (uint32_t)a->level) == -1)
		return TILL_ERROR;
	if (n == 0)
		return results[0];
	return host->fail(ctx, results[n], "mock", "told to answer %s",
	    words[n]);
}

/* Adds or removes a credential that means nothing. */
static enum till_result
auth_mock_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	const struct till_credential credential = {
		.size = sizeof(credential),
		.id = "mock",
		.label = "mock",
		.data = { (const unsigned char *)"mock", 4 },
	};

	(void)self;
	switch (what) {
	case TILL_ENROL_ADD:
		return host->credential_put(ctx, &credential) == 0
		    ? TILL_GRANT
		    : TILL_UNAVAILABLE;
	case TILL_ENROL_REMOVE:
		return host->credential_remove(ctx, "mock") == 0 ? TILL_GRANT
								 : TILL_DENY;
	}
	return TILL_ERROR;
}

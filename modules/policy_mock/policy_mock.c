/*
 * policy_mock - answer as told; for tests and drills.
 *
 *	module p policy_mock answer=allow script="alice:refuse,allow"
 *
 * Scripts go by the customer's id or by the amount ("13.00").
 */
#include "mock.h"

struct policy_mock {
	struct mock mock;
	int64_t level;
};

static int policy_mock_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void policy_mock_close(void *);
static enum till_result policy_mock_policy(const struct till_host *,
    struct till_context *, const void *);

static const char *const words[] = { "allow", "refuse", "step-up", "no-opinion",
	"error", "unavailable", NULL };
static const enum till_result results[] = { TILL_ALLOW, TILL_REFUSE,
	TILL_STEP_UP, TILL_NO_OPINION, TILL_ERROR, TILL_UNAVAILABLE };

static const struct till_setting settings[] = {
	MOCK_SETTINGS(struct policy_mock, words),
	{ "level", TILL_SET_INT, 0, offsetof(struct policy_mock, level), "2", 1,
	    10, NULL, "the auth.level that step-up asks for" },
	TILL_SETTING_END
};

TILL_MODULE("policy_mock", "1.0", TILL_POLICY,
    TILL_CAP_THREADSAFE | TILL_CAP_MOCK){
	TILL_MODULE_HEAD("policy_mock", "1.0", TILL_POLICY,
	    TILL_CAP_THREADSAFE | TILL_CAP_MOCK),
	.settings = settings,
	.instance_size = sizeof(struct policy_mock),
	.open = policy_mock_open,
	.close = policy_mock_close,
	.policy = policy_mock_policy,
};

static int
policy_mock_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct policy_mock *p = self;

	(void)host;
	(void)instance;
	return mock_open(&p->mock, words, check_only, err);
}

static void
policy_mock_close(void *self)
{
	struct policy_mock *p = self;

	mock_close(&p->mock);
}

static enum till_result
policy_mock_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct policy_mock *p = self;
	const struct till_order *order = host->order(ctx);
	char amount[TILL_MONEY_MAX];
	const char *const keys[] = { order->customer,
		till_money_print(&order->amount, amount), NULL };
	const int answer = mock_answer(&p->mock, words, keys);

	(void)mock_note(&p->mock, "policy %s %s %s", order->customer, amount,
	    words[answer]);
	mock_wait(p->mock.delay_ms);
	switch (mock_misbehave(&p->mock)) {
	case MOCK_GARBAGE:
		return (enum till_result)0x7f7f7f;
	case MOCK_FOREIGN:
		return TILL_GRANT;
	case MOCK_NONE:
	case MOCK_CRASH:
	case MOCK_HANG:
	case MOCK_EXIT:
	case MOCK_STDOUT:
		break;
	}
	if (results[answer] == TILL_STEP_UP)
		(void)host->step_up(ctx, (uint32_t)p->level);
	if (answer == 0)
		return results[0];
	return host->fail(ctx, results[answer], "mock", "told to answer %s",
	    words[answer]);
}

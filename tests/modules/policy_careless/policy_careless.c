/*
 * policy_careless - a table of settings in which each has a fault of its
 * own; for the tests of the conformance suite.
 */
#include <till/module.h>

struct careless {
	int64_t number, wait_ms;
	const char *const *words;
};

static enum till_result
careless_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	(void)host;
	(void)ctx;
	(void)self;
	return TILL_ALLOW;
}

static const struct till_setting settings[] = {
	{ "number", TILL_SET_INT, 0, offsetof(struct careless, number), NULL, 0,
	    0, NULL, "a number without bounds" },
	{ "wait", TILL_SET_DURATION, 0, offsetof(struct careless, wait_ms),
	    "5s", 10, 60000, NULL, NULL },
	{ "word", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct careless, words), NULL, 0, 0, NULL, "" },
	TILL_SETTING_END
};

TILL_MODULE("policy_careless", "1.0", TILL_POLICY, 0){
	TILL_MODULE_HEAD("policy_careless", "1.0", TILL_POLICY, 0),
	.settings = settings,
	.instance_size = sizeof(struct careless),
	.policy = careless_policy,
};

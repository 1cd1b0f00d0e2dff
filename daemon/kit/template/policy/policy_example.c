/*
 * policy_example - say how much and how often a customer may pay.
 *
 *	module example policy_example max="50.00 EUR" per-day=10 trust=press-1
 *
 * It keeps no counters: it states a limit to the server, which counts, and
 * which checks once more in the transaction that settles the payment.
 */
#include <string.h>

#include <till/module.h>

/* The settings, as the table below places them. */
struct example {
	struct till_money max;
	int64_t per_day; /* 0: no limit */
	const char *const *trust; /* ends with NULL */
};

static enum till_result example_policy(const struct till_host *,
    struct till_context *, const void *);
static int is_trusted(const struct example *, const char *merchant);
static int is_above(const struct till_money *, const struct till_money *max);

static const struct till_setting settings[] = {
	{ "max", TILL_SET_MONEY, 0, offsetof(struct example, max), NULL, 0, 0,
	    NULL, "the largest payment" },
	{ "per-day", TILL_SET_INT, 0, offsetof(struct example, per_day), NULL,
	    1, 1000, NULL, "number of a customer's payments of a day" },
	{ "trust", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct example, trust), NULL, 0, 0, NULL,
	    "a merchant who may take more than max" },
	TILL_SETTING_END
};

/* PURE: asking has no effect, so "tillctl explain" may ask, too. */
#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_PURE)

TILL_MODULE("policy_example", "0.1", TILL_POLICY, CAPS){
	TILL_MODULE_HEAD("policy_example", "0.1", TILL_POLICY, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct example),
	.policy = example_policy,
};

static enum till_result
example_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct till_order *order = host->order(ctx);
	const struct example *example = self;
	const struct till_limit limit = {
		.size = sizeof(limit),
		.name = "per-day",
		.scope = TILL_SCOPE_CUSTOMER,
		.window = TILL_WINDOW_DAY,
		.max_micro = -1,
		.max_count = example->per_day,
	};

	if (is_above(&order->amount, &example->max) &&
	    !is_trusted(example, order->merchant))
		return host->fail(ctx, TILL_REFUSE, "limit",
		    "the payment is larger than is allowed");
	if (example->per_day == 0)
		return TILL_ALLOW;
	switch (host->limit(ctx, &limit)) {
	case 0:
		return TILL_ALLOW;
	case 1:
		return host->fail(ctx, TILL_REFUSE, "limit",
		    "the customer has paid %lld times today",
		    (long long)example->per_day);
	default:
		/* What cannot be checked is not allowed. */
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the limit could not be checked");
	}
}

static int
is_trusted(const struct example *example, const char *merchant)
{
	size_t i;

	for (i = 0; example->trust[i] != NULL; i++)
		if (strcmp(example->trust[i], merchant) == 0)
			return 1;
	return 0;
}

/* A limit says nothing of another currency; one that was not set has
 * none. */
static int
is_above(const struct till_money *amount, const struct till_money *max)
{
	return strcmp(amount->currency, max->currency) == 0 &&
	    amount->micro > max->micro;
}

/*
 * policy_limits - refuse what goes beyond sums and numbers of payments.
 *
 *	module caps policy_limits per-ticket="500.00 EUR" count-per-hour=20
 *
 * It keeps no counters: it states each limit to the server, which counts
 * and checks once more in the transaction that settles the payment.  A
 * limit says nothing of a payment in another currency.
 */
#include <stdbool.h>
#include <string.h>

#include <till/module.h>

struct limits {
	struct till_money per_ticket;
	struct till_money per_day, per_week, per_month;
	struct till_money per_merchant_per_day;
	int64_t count_per_hour, count_per_day; /* 0: not set */
};

/* A limit over a window, as the server is told of it. */
struct rule {
	const char *name; /* that of the setting */
	size_t offset; /* of its value in struct limits */
	bool is_count; /* else a sum of money */
	enum till_scope scope;
	enum till_window window;
	const char *words; /* "... at most AMOUNT in a day" */
};

static enum till_result limits_policy(const struct till_host *,
    struct till_context *, const void *);
static enum till_result per_ticket(const struct till_host *,
    struct till_context *, const struct till_money *,
    const struct till_money *amount);
static enum till_result over_window(const struct till_host *,
    struct till_context *, const struct limits *, const struct rule *,
    const struct till_money *amount);
static enum till_result refuse(const struct till_host *, struct till_context *,
    const struct rule *, const struct till_limit *, const char *currency);
static bool is_set(const struct till_money *);

static const struct rule rules[] = {
	{ "per-day", offsetof(struct limits, per_day), false,
	    TILL_SCOPE_CUSTOMER, TILL_WINDOW_DAY, "in a day" },
	{ "per-week", offsetof(struct limits, per_week), false,
	    TILL_SCOPE_CUSTOMER, TILL_WINDOW_WEEK, "in a week" },
	{ "per-month", offsetof(struct limits, per_month), false,
	    TILL_SCOPE_CUSTOMER, TILL_WINDOW_MONTH, "in a month" },
	{ "per-merchant-per-day", offsetof(struct limits, per_merchant_per_day),
	    false, TILL_SCOPE_CUSTOMER_AT_MERCHANT, TILL_WINDOW_DAY,
	    "in a day at one merchant" },
	{ "count-per-hour", offsetof(struct limits, count_per_hour), true,
	    TILL_SCOPE_CUSTOMER, TILL_WINDOW_HOUR, "in an hour" },
	{ "count-per-day", offsetof(struct limits, count_per_day), true,
	    TILL_SCOPE_CUSTOMER, TILL_WINDOW_DAY, "in a day" },
};

#define COUNT_MAX 1000000

static const struct till_setting settings[] = {
	{ "per-ticket", TILL_SET_MONEY, 0, offsetof(struct limits, per_ticket),
	    NULL, 0, 0, NULL, "the largest payment" },
	{ "per-day", TILL_SET_MONEY, 0, offsetof(struct limits, per_day), NULL,
	    0, 0, NULL, "a customer's payments of a day" },
	{ "per-week", TILL_SET_MONEY, 0, offsetof(struct limits, per_week),
	    NULL, 0, 0, NULL, "a customer's payments of a week" },
	{ "per-month", TILL_SET_MONEY, 0, offsetof(struct limits, per_month),
	    NULL, 0, 0, NULL, "a customer's payments of a month" },
	{ "per-merchant-per-day", TILL_SET_MONEY, 0,
	    offsetof(struct limits, per_merchant_per_day), NULL, 0, 0, NULL,
	    "a customer's payments of a day to one merchant" },
	{ "count-per-hour", TILL_SET_INT, 0,
	    offsetof(struct limits, count_per_hour), NULL, 1, COUNT_MAX, NULL,
	    "number of a customer's payments in an hour" },
	{ "count-per-day", TILL_SET_INT, 0,
	    offsetof(struct limits, count_per_day), NULL, 1, COUNT_MAX, NULL,
	    "number of a customer's payments in a day" },
	TILL_SETTING_END
};

TILL_MODULE("policy_limits", "1.0", TILL_POLICY,
    TILL_CAP_THREADSAFE | TILL_CAP_PURE){
	TILL_MODULE_HEAD("policy_limits", "1.0", TILL_POLICY,
	    TILL_CAP_THREADSAFE | TILL_CAP_PURE),
	.settings = settings,
	.instance_size = sizeof(struct limits),
	.policy = limits_policy,
};

/* The first limit that is passed refuses; one that applies and is kept
 * allows; if none applies there is no opinion. */
static enum till_result
limits_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct till_order *order = host->order(ctx);
	const struct limits *limits = self;
	enum till_result verdict, one;
	size_t i;

	/* An identity ticket is no payment: it costs nothing and is not
	 * counted. */
	if (strcmp(order->kind, "identity") == 0)
		return TILL_ALLOW;
	verdict = per_ticket(host, ctx, &limits->per_ticket, &order->amount);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (verdict != TILL_ALLOW && verdict != TILL_NO_OPINION)
			break;
		one = over_window(host, ctx, limits, &rules[i], &order->amount);
		if (one != TILL_NO_OPINION)
			verdict = one;
	}
	return verdict;
}

static enum till_result
per_ticket(const struct till_host *host, struct till_context *ctx,
    const struct till_money *max, const struct till_money *amount)
{
	char text[TILL_MONEY_MAX];

	if (!is_set(max) || !till_money_same_currency(max, amount))
		return TILL_NO_OPINION;
	if (amount->micro <= max->micro)
		return TILL_ALLOW;
	return host->fail(ctx, TILL_REFUSE, "limit",
	    "a payment is at most %s %s", till_money_print(max, text),
	    max->currency);
}

static enum till_result
over_window(const struct till_host *host, struct till_context *ctx,
    const struct limits *limits, const struct rule *rule,
    const struct till_money *amount)
{
	const char *value = (const char *)limits + rule->offset;
	struct till_limit limit = { .size = sizeof(limit),
		.name = rule->name,
		.scope = rule->scope,
		.window = rule->window,
		.max_micro = -1,
		.max_count = -1 };
	struct till_money sum;

	if (rule->is_count) {
		memcpy(&limit.max_count, value, sizeof(limit.max_count));
		if (limit.max_count == 0)
			return TILL_NO_OPINION;
	} else {
		memcpy(&sum, value, sizeof(sum));
		if (!is_set(&sum) || !till_money_same_currency(&sum, amount))
			return TILL_NO_OPINION;
		limit.max_micro = sum.micro;
	}
	switch (host->limit(ctx, &limit)) {
	case 0:
		return TILL_ALLOW;
	case 1:
		return refuse(host, ctx, rule, &limit, amount->currency);
	default:
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the limit %s could not be checked", rule->name);
	}
}

static enum till_result
refuse(const struct till_host *host, struct till_context *ctx,
    const struct rule *rule, const struct till_limit *limit,
    const char *currency)
{
	struct till_money max = { .micro = limit->max_micro };
	char text[TILL_MONEY_MAX];

	if (rule->is_count)
		return host->fail(ctx, TILL_REFUSE, "limit",
		    "a customer makes at most %lld payments %s",
		    (long long)limit->max_count, rule->words);
	memcpy(max.currency, currency, sizeof(max.currency));
	return host->fail(ctx, TILL_REFUSE, "limit",
	    "a customer pays at most %s %s %s", till_money_print(&max, text),
	    currency, rule->words);
}

static bool
is_set(const struct till_money *money)
{
	return money->currency[0] != '\0';
}

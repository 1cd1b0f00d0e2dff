/*
 * policy_rules - who may pay whom, when, where, how often, and from what
 * amount on a stronger authentication is asked for.
 *
 *	module rules policy_rules deny-merchants-file=/etc/till/denied \
 *	    hours="mon-fri 08:00-20:00" timezone=Europe/Paris \
 *	    limit="customer 20 payments per hour" \
 *	    step-up-above="30.00 EUR" level=2
 *
 * What refuses wins over what asks for more, and that over what allows.
 * Nothing that is asked here has an effect, so explain may ask it.
 */
#include <string.h>

#include "policy_rules/policy_rules.h"

#define LEVEL_MAX 10
#define STEPS_MAX 16 /* currencies in step-up-above */

/* One pair of settings of each list: words, and a file. */
struct list {
	const char *const *words;
	const char *file;
	struct ids *ids;
};

/* Amounts above which a higher level is asked for. */
struct steps {
	size_t len;
	struct till_money above[STEPS_MAX];
};

struct rules {
	struct list allow_merchants, deny_merchants;
	struct list allow_customers, deny_customers;
	const char *const *allow_countries, *const *deny_countries;
	const char *const *windows;
	const char *timezone;
	const char *const *limits;
	const char *const *step_up_above;
	int64_t level;
	struct till_instance *instance;
	struct hours *hours;
	struct velocity *velocity;
	struct steps steps;
};

/* Whom a list is about, as the sentences say it. */
struct who {
	const char *noun; /* "merchant" */
	const char *denied, *not_allowed; /* codes */
};

typedef enum till_result check_fn(const struct rules *,
    const struct till_host *, struct till_context *, const struct till_order *);

static int rules_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static int list_open(struct list *, struct till_error *);
static int steps_open(struct rules *, struct till_error *);
static void rules_close(void *);
static enum till_result rules_policy(const struct till_host *,
    struct till_context *, const void *);
static check_fn check_merchant, check_customer, check_country, check_hours,
    check_velocity, check_step_up;
static enum till_result check_list(const struct till_host *,
    struct till_context *, const struct list *allow, const struct list *deny,
    const struct who *, const char *id);
static unsigned int weight(enum till_result);

static const struct who merchants = { "merchant", "merchant-denied",
	"merchant-not-allowed" };
static const struct who customers = { "customer", "customer-denied",
	"customer-not-allowed" };

/* In this order: the first one that refuses says why. */
static check_fn *const checks[] = { check_merchant, check_customer,
	check_country, check_hours, check_velocity, check_step_up };

#define LIST(name, member, help)                                               \
	{                                                                      \
		name, TILL_SET_LIST, TILL_SETTING_REPEATABLE,                  \
		    offsetof(struct rules, member), NULL, 0, 0, NULL, help     \
	}
#define FILE_OF(name, member, help)                                            \
	{                                                                      \
		name, TILL_SET_PATH, 0, offsetof(struct rules, member), NULL,  \
		    0, 0, NULL, help                                           \
	}

static const struct till_setting settings[] = {
	LIST("allow-merchant", allow_merchants.words,
	    "a merchant that may be paid; others may not"),
	FILE_OF("allow-merchants-file", allow_merchants.file,
	    "a file with a line for each of them"),
	LIST("deny-merchant", deny_merchants.words,
	    "a merchant that is not paid"),
	FILE_OF("deny-merchants-file", deny_merchants.file,
	    "a file with a line for each of them"),
	LIST("allow-customer", allow_customers.words,
	    "a customer who may pay; others may not"),
	FILE_OF("allow-customers-file", allow_customers.file,
	    "a file with a line for each of them"),
	LIST("deny-customer", deny_customers.words, "a customer who may not"),
	FILE_OF("deny-customers-file", deny_customers.file,
	    "a file with a line for each of them"),
	LIST("allow-country", allow_countries,
	    "a merchant's country, ISO 3166 alpha-2; others are refused"),
	LIST("deny-country", deny_countries, "a country that is refused"),
	LIST("hours", windows,
	    "when payments are taken: \"mon-fri 09:00-18:00\""),
	{ "timezone", TILL_SET_STRING, 0, offsetof(struct rules, timezone),
	    "UTC", 0, 63, NULL, "zone of the hours, as Europe/Paris" },
	LIST("limit", limits,
	    "\"customer 5 payments per day\", \"merchant 900.00 EUR per "
	    "week\""),
	LIST("step-up-above", step_up_above,
	    "above this amount a higher auth.level is asked for"),
	{ "level", TILL_SET_INT, 0, offsetof(struct rules, level), "2", 1,
	    LEVEL_MAX, NULL, "the auth.level that step-up-above asks for" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_PURE)

TILL_MODULE("policy_rules", "1.0", TILL_POLICY, CAPS){
	TILL_MODULE_HEAD("policy_rules", "1.0", TILL_POLICY, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct rules),
	.open = rules_open,
	.close = rules_close,
	.policy = rules_policy,
};

static int
rules_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct rules *rules = self;

	(void)host;
	(void)check_only; /* reading a file is no effect */
	rules->instance = instance;
	if (list_open(&rules->allow_merchants, err) == 0 &&
	    list_open(&rules->deny_merchants, err) == 0 &&
	    list_open(&rules->allow_customers, err) == 0 &&
	    list_open(&rules->deny_customers, err) == 0 &&
	    countries_ok(rules->allow_countries, err) == 0 &&
	    countries_ok(rules->deny_countries, err) == 0 &&
	    hours_open(rules->windows, rules->timezone, &rules->hours, err) ==
		0 &&
	    velocity_open(rules->limits, &rules->velocity, err) == 0 &&
	    steps_open(rules, err) == 0)
		return 0;
	rules_close(rules);
	return -1;
}

static int
list_open(struct list *list, struct till_error *err)
{
	return ids_open(list->words, list->file, &list->ids, err);
}

static int
steps_open(struct rules *rules, struct till_error *err)
{
	struct steps *steps = &rules->steps;
	struct till_money money;
	struct till_error why;
	size_t i, k;

	for (i = 0; rules->step_up_above[i] != NULL; i++) {
		if (i == STEPS_MAX)
			return till_fail(err,
			    "step-up-above is set more than "
			    "%d times",
			    STEPS_MAX);
		if (till_money_parse_with_currency(rules->step_up_above[i],
			&money, &why) == -1)
			return till_fail(err, "step-up-above=\"%.40s\": %.150s",
			    rules->step_up_above[i], why.text);
		for (k = 0; k < i; k++) {
			if (till_money_same_currency(&steps->above[k], &money))
				return till_fail(err,
				    "step-up-above is set twice for %s",
				    money.currency);
		}
		steps->above[steps->len++] = money;
	}
	return 0;
}

static void
rules_close(void *self)
{
	struct rules *rules = self;

	ids_free(rules->allow_merchants.ids);
	ids_free(rules->deny_merchants.ids);
	ids_free(rules->allow_customers.ids);
	ids_free(rules->deny_customers.ids);
	hours_free(rules->hours);
	velocity_free(rules->velocity);
}

static enum till_result
rules_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct till_order *order = host->order(ctx);
	enum till_result verdict = TILL_NO_OPINION, one;
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		one = checks[i](self, host, ctx, order);
		if (weight(one) > weight(verdict))
			verdict = one;
		if (weight(verdict) > weight(TILL_STEP_UP))
			break;
	}
	return verdict;
}

static enum till_result
check_merchant(const struct rules *rules, const struct till_host *host,
    struct till_context *ctx, const struct till_order *order)
{
	return check_list(host, ctx, &rules->allow_merchants,
	    &rules->deny_merchants, &merchants, order->merchant);
}

/* Who has not said yet who he is will be looked at when he has. */
static enum till_result
check_customer(const struct rules *rules, const struct till_host *host,
    struct till_context *ctx, const struct till_order *order)
{
	if (order->customer[0] == '\0')
		return TILL_NO_OPINION;
	return check_list(host, ctx, &rules->allow_customers,
	    &rules->deny_customers, &customers, order->customer);
}

static enum till_result
check_list(const struct till_host *host, struct till_context *ctx,
    const struct list *allow, const struct list *deny, const struct who *who,
    const char *id)
{
	if (deny->ids != NULL && ids_has(deny->ids, id, host, ctx))
		return host->fail(ctx, TILL_REFUSE, who->denied,
		    "%s %s is on the list of those who are denied", who->noun,
		    id);
	if (allow->ids == NULL)
		return deny->ids != NULL ? TILL_ALLOW : TILL_NO_OPINION;
	if (!ids_has(allow->ids, id, host, ctx))
		return host->fail(ctx, TILL_REFUSE, who->not_allowed,
		    "%s %s is not on the list of those who are allowed",
		    who->noun, id);
	return TILL_ALLOW;
}

static enum till_result
check_country(const struct rules *rules, const struct till_host *host,
    struct till_context *ctx, const struct till_order *order)
{
	return countries_check(rules->allow_countries, rules->deny_countries,
	    host, ctx, order->merchant_country);
}

static enum till_result
check_hours(const struct rules *rules, const struct till_host *host,
    struct till_context *ctx, const struct till_order *order)
{
	(void)order;
	return hours_check(rules->hours, host, ctx,
	    host->time_s(rules->instance));
}

/* An identity ticket is no payment: it costs nothing and is not counted. */
static enum till_result
check_velocity(const struct rules *rules, const struct till_host *host,
    struct till_context *ctx, const struct till_order *order)
{
	if (rules->velocity == NULL)
		return TILL_NO_OPINION;
	if (strcmp(order->kind, "identity") == 0)
		return TILL_ALLOW;
	return velocity_check(rules->velocity, host, ctx, &order->amount);
}

static enum till_result
check_step_up(const struct rules *rules, const struct till_host *host,
    struct till_context *ctx, const struct till_order *order)
{
	const struct till_money *above;
	char text[TILL_MONEY_MAX];
	size_t i;

	for (i = 0; i < rules->steps.len; i++) {
		above = &rules->steps.above[i];
		if (!till_money_same_currency(above, &order->amount))
			continue;
		if (order->amount.micro <= above->micro)
			return TILL_ALLOW;
		if (host->step_up(ctx, (uint32_t)rules->level) == -1)
			return host->fail(ctx, TILL_ERROR, "step-up",
			    "the auth.level %d was not taken",
			    (int)rules->level);
		return host->fail(ctx, TILL_STEP_UP, "step-up",
		    "above %s %s the auth.level is at least %d",
		    till_money_print(above, text), above->currency,
		    (int)rules->level);
	}
	return TILL_NO_OPINION;
}

static unsigned int
weight(enum till_result result)
{
	if (result == TILL_NO_OPINION)
		return 0;
	if (result == TILL_ALLOW)
		return 1;
	return result == TILL_STEP_UP ? 2 : 3;
}

/*
 * check_policy.c - what a policy module owes.
 */
#include <string.h>

#include "kit/check.h"
#include "module/result.h"

static void answers(struct kit_case *);
static void why(struct kit_case *);
static void pure(struct kit_case *);
static void orders(struct kit_case *);
static void limits(struct kit_case *);
static void services(struct kit_case *);
static void order_try(struct kit_case *, size_t);

/* Orders as odd as they may come. */
static const struct {
	const char *what;
	const char *customer, *kind, *channel, *country, *currency;
	int64_t micro;
} odd_orders[] = {
	{ "the smallest amount", "alice", "single", "browser", "FR", "EUR", 1 },
	{ "the largest amount", "alice", "single", "browser", "FR", "EUR",
	    TILL_MICRO_LIMIT },
	{ "a currency without decimals", "alice", "single", "api", "JP", "JPY",
	    TILL_MICRO },
	{ "a currency of three", "bob", "basket", "api", "BH", "BHD", 1000 },
	{ "a ticket that only asks who it is", "alice", "identity", "browser",
	    "FR", "EUR", 0 },
	{ "a customer who is not known yet", "", "single", "browser", "FR",
	    "EUR", TILL_MICRO },
	{ "a customer whom nobody knows", "nobody", "single", "api", "FR",
	    "EUR", TILL_MICRO },
	{ "a merchant without a country", "alice", "single", "browser", "",
	    "EUR", TILL_MICRO },
};

#define ODD_ORDERS (sizeof(odd_orders) / sizeof(odd_orders[0]))

const struct kit_check kit_checks_policy[] = {
	{ .name = "policy-answers",
	    .facility = TILL_POLICY,
	    .run = answers,
	    .rule = "To a plain order of 5.00 EUR the module has an answer of "
		    "its own: an error refuses the customer." },
	{ .name = "policy-orders",
	    .facility = TILL_POLICY,
	    .run = orders,
	    .rule = "Every order that a server can have gets an answer out of "
		    "the range, STEP_UP with the level it asks for: what "
		    "the range does not have counts as an error." },
	{ .name = "policy-why",
	    .facility = TILL_POLICY,
	    .run = why,
	    .rule = "A refusal says why, by host->fail with a code and a "
		    "sentence: the operator has to answer for it." },
	{ .name = "policy-pure",
	    .facility = TILL_POLICY,
	    .caps = TILL_CAP_PURE,
	    .run = pure,
	    .rule = "PURE says that asking has no effect, so that explain "
		    "may ask: the same order gets the same answer, and no "
		    "file, socket or program is touched." },
	{ .name = "policy-limits",
	    .facility = TILL_POLICY,
	    .run = limits,
	    .rule = "A limit that the order does not fit in keeps it from "
		    "being allowed: host->limit answers 1 for that." },
	{ .name = "policy-services",
	    .facility = TILL_POLICY,
	    .run = services,
	    .rule = "Where a limit cannot be checked the module does not "
		    "allow: it fails closed (UNAVAILABLE, or REFUSE)." },
	{ .name = NULL },
};

static void
answers(struct kit_case *c)
{
	const enum till_result result = kit_plain(c, TILL_POLICY);

	kit_sound(c, "a plain order");
	if (result == TILL_ERROR || result == TILL_UNAVAILABLE)
		kit_fail(c, "it answers %s: %s", result_name(result),
		    c->session.last->why.text);
}

static void
orders(struct kit_case *c)
{
	size_t i;

	for (i = 0; i < ODD_ORDERS; i++) {
		order_try(c, i);
		kit_sound(c, odd_orders[i].what);
	}
}

static void
why(struct kit_case *c)
{
	size_t i;

	for (i = 0; i < ODD_ORDERS; i++) {
		order_try(c, i);
		if (c->session.result == TILL_REFUSE)
			kit_says_why(c, odd_orders[i].what);
	}
	c->session.owner->limit = 1;
	if (kit_plain(c, TILL_POLICY) == TILL_REFUSE)
		kit_says_why(c, "beyond a limit");
}

static void
pure(struct kit_case *c)
{
	struct till_context first;
	enum till_result result;

	/* Twice before, so that lazy work of libraries is done. */
	(void)kit_plain(c, TILL_POLICY);
	kit_session_forget(&c->session);
	result = kit_plain(c, TILL_POLICY);
	first = *c->session.last;
	kit_session_forget(&c->session);
	if (kit_child_guard_calls() == -1)
		kit_skip(c, "this system has no seccomp(2)");
	if (kit_plain(c, TILL_POLICY) != result)
		kit_fail(c, "first it answers %s, then %s", result_name(result),
		    result_name(c->session.result));
	else if (strcmp(first.code, c->session.last->code) != 0 ||
	    first.step_up != c->session.last->step_up ||
	    first.limits_len != c->session.last->limits_len)
		kit_fail(c,
		    "the same order gets another code, level or "
		    "number of limits");
}

static void
limits(struct kit_case *c)
{
	(void)kit_plain(c, TILL_POLICY);
	if (c->session.last->limits_len == 0) {
		kit_skip(c, "it states no limit for this order");
		return;
	}
	c->session.owner->limit = 1;
	if (kit_plain(c, TILL_POLICY) == TILL_ALLOW ||
	    c->session.result == TILL_NO_OPINION)
		kit_fail(c, "it answers %s though no limit has room",
		    result_name(c->session.result));
}

static void
services(struct kit_case *c)
{
	(void)kit_plain(c, TILL_POLICY);
	if (c->session.last->limits_len == 0) {
		kit_skip(c, "it states no limit for this order");
		return;
	}
	c->session.owner->broken = true;
	if (kit_plain(c, TILL_POLICY) == TILL_ALLOW ||
	    c->session.result == TILL_NO_OPINION)
		kit_fail(c, "it answers %s though no limit could be checked",
		    result_name(c->session.result));
}

static void
order_try(struct kit_case *c, size_t i)
{
	struct till_order *order = &c->session.order;

	kit_session_forget(&c->session);
	order->customer = odd_orders[i].customer;
	order->kind = odd_orders[i].kind;
	order->channel = odd_orders[i].channel;
	order->merchant_country = odd_orders[i].country;
	order->amount.micro = odd_orders[i].micro;
	(void)snprintf(order->amount.currency, sizeof(order->amount.currency),
	    "%s", odd_orders[i].currency);
	(void)kit_policy(&c->session);
}

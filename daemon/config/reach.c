/*
 * reach.c - lines that no ticket comes to, guards that never hold.
 *
 * All currencies that matter are looked at, and one that no line names:
 * it stands for all the others.
 *
 * Where lines could not be read only that is said which no such line
 * could change.  A line below one of them is thought to be reached unless
 * a refuse line stops its tickets, or it is a route and another route
 * takes them.
 */
#include <string.h>

#include "config/cases.h"
#include "config/reach.h"

#define TAKERS_MAX 4 /* lines named in one finding */

/* Bit i of a mask is line i of the stack. */
struct reach {
	const struct conf_stack *stack;
	struct diag *diag;
	bool open_end; /* there may be a line below all that were read */
	struct conf_stack sure; /* the same without the guards that are not */
	struct conf_rule rules[CONF_RULES_MAX];
	uint64_t held; /* its guard may hold */
	uint64_t reached; /* a ticket comes to it */
	uint64_t covers[CONF_RULES_MAX]; /* each takes all of its tickets */
	uint64_t takers[CONF_RULES_MAX]; /* some take all of its tickets */
	uint64_t routed[CONF_RULES_MAX]; /* refuse: routes that are first */
	uint64_t unrouted; /* a ticket of its comes by no route */
};

_Static_assert(CONF_RULES_MAX <= 64, "a mask has a bit for each line");

static void keep_sure(struct reach *);
static bool has_lists(const struct guard *);
static void check_stack(const struct conf *, const struct conf_stack *,
    struct diag *);
static size_t all_currencies(const struct conf *,
    char (*codes)[TILL_CURRENCY_MAX]);
static void look_all(struct reach *, struct cases *);
static void look(struct reach *, const struct cases *, const struct facts *);
static uint64_t routes_above(const struct reach *, size_t, const enum truth *);
static uint64_t before(const struct reach *, size_t, const enum truth *);
static bool comes_to(const struct reach *, size_t, const enum truth *);
static bool is_refused(const struct conf_rule *, size_t, const enum truth *);
static bool goes_on(const struct conf_rule *);
static void report(const struct reach *, size_t);
static void report_late(const struct reach *, size_t);
static void report_taken(const struct reach *, size_t);
static bool is_end(const struct conf_stack *, size_t);

void
reach_check(const struct conf *conf, struct diag *diag)
{
	check_stack(conf, &conf->policy, diag);
	check_stack(conf, &conf->auth, diag);
	check_stack(conf, &conf->settle, diag);
	check_stack(conf, &conf->notify, diag);
}

static void
check_stack(const struct conf *conf, const struct conf_stack *stack,
    struct diag *diag)
{
	char codes[CASES_CURRENCIES_MAX][TILL_CURRENCY_MAX];
	struct reach reach = { .stack = stack, .diag = diag };
	const struct conf_stack *const sure = &reach.sure;
	struct cases *cases;
	size_t i, len;

	if (stack->len == 0)
		return;
	reach.open_end =
	    (conf->open_end & (unsigned int)stack->rules[0].facility) != 0;
	keep_sure(&reach);
	memset(reach.covers, 0xff, sizeof(reach.covers));
	len = all_currencies(conf, codes);
	for (i = 0; i < len; i++) {
		/* Without memory nothing is known: then nothing is said. */
		if (cases_new(&sure, 1, codes[i],
			stack->rules[0].facility == TILL_SETTLE, &cases) == -1)
			return;
		look_all(&reach, cases);
		cases_free(cases);
	}
	for (i = 0; i < stack->len; i++)
		report(&reach, i);
}

/* A rule with a mistake in it, or with a list that is not known, may hold
 * for any ticket. */
static void
keep_sure(struct reach *reach)
{
	size_t i;

	for (i = 0; i < reach->stack->len; i++) {
		reach->rules[i] = reach->stack->rules[i];
		if (has_lists(reach->rules[i].when) && !reach->rules[i].unsure)
			continue;
		reach->rules[i].unsure = true;
		reach->rules[i].when = NULL;
	}
	reach->sure.rules = reach->rules;
	reach->sure.len = reach->stack->len;
}

static bool
has_lists(const struct guard *guard)
{
	if (guard == NULL)
		return true;
	if ((guard->op == GUARD_CURRENCY_IN || guard->op == GUARD_MERCHANT_IN ||
		guard->op == GUARD_CUSTOMER_IN) &&
	    (guard->list == NULL || guard->list->members == NULL))
		return false;
	return has_lists(guard->left) && has_lists(guard->right);
}

static size_t
all_currencies(const struct conf *conf, char (*codes)[TILL_CURRENCY_MAX])
{
	size_t len, j;
	const char *other;
	unsigned int i;

	len = cases_currencies(conf, codes, CASES_CURRENCIES_MAX - 1);
	for (i = 0; (other = till_currency_at(i)) != NULL; i++) {
		for (j = 0; j < len && strcmp(codes[j], other) != 0; j++)
			;
		if (j < len)
			continue;
		memcpy(codes[len++], other, TILL_CURRENCY_MAX);
		break;
	}
	return len;
}

static void
look_all(struct reach *reach, struct cases *cases)
{
	struct facts facts;
	size_t band;

	/* Identity tickets are not settled. */
	for (band = cases->paying ? 1 : 0; band < cases->bands_len; band++) {
		cases_begin(cases, band);
		while (cases_next(cases, &facts))
			look(reach, cases, &facts);
	}
}

static void
look(struct reach *reach, const struct cases *cases, const struct facts *facts)
{
	enum truth truths[CONF_RULES_MAX];
	uint64_t covers, routed;
	size_t i;

	for (i = 0; i < reach->stack->len; i++) {
		truths[i] = reach->rules[i].unsure
		    ? TRUTH_MAYBE
		    : cases_hold(cases, reach->rules[i].when, facts);
		if (truths[i] == TRUTH_NO)
			continue;
		reach->held |= UINT64_C(1) << i;
		routed = routes_above(reach, i, truths);
		reach->routed[i] |= routed;
		if (routed == 0)
			reach->unrouted |= UINT64_C(1) << i;
		covers = before(reach, i, truths);
		reach->covers[i] &= covers;
		reach->takers[i] |= covers & (~covers + 1);
		if (comes_to(reach, i, truths))
			reach->reached |= UINT64_C(1) << i;
	}
}

/* The first route above a refuse line that takes this ticket for certain. */
static uint64_t
routes_above(const struct reach *reach, size_t i, const enum truth *truths)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (reach->rules[j].control == CONTROL_ROUTE &&
		    truths[j] == TRUTH_YES)
			return UINT64_C(1) << j;
	return 0;
}

/* The lines above line i that take or refuse this ticket for certain. */
static uint64_t
before(const struct reach *reach, size_t i, const enum truth *truths)
{
	const struct conf_rule *rules = reach->stack->rules;
	uint64_t covers = 0;
	size_t j;

	for (j = 0; j < i; j++) {
		if (truths[j] != TRUTH_YES)
			continue;
		if (rules[j].control == CONTROL_REFUSE ||
		    (rules[j].control == CONTROL_ROUTE &&
			(rules[i].control == CONTROL_ROUTE ||
			    (rules[i].control == CONTROL_REFUSE &&
				!rules[i].below_unread &&
				!goes_on(&rules[j])))))
			covers |= UINT64_C(1) << j;
	}
	return covers;
}

/* As a walk goes down the stack when no line settles the ticket.  Behind
 * a guard that may hold everything is possible. */
static bool
comes_to(const struct reach *reach, size_t i, const enum truth *truths)
{
	const struct conf_rule *rules = reach->stack->rules;
	bool routed = false;
	size_t j;

	if (rules[i].facility != TILL_SETTLE)
		return true;
	if (rules[i].below_unread && rules[i].control != CONTROL_ROUTE)
		return !is_refused(rules, i, truths);
	for (j = 0; j < i; j++) {
		if (truths[j] == TRUTH_NO ||
		    (rules[j].control == CONTROL_ROUTE && routed) ||
		    (rules[j].control == CONTROL_FALLBACK && !routed))
			continue;
		if (truths[j] == TRUTH_MAYBE)
			return true;
		if (rules[j].control == CONTROL_REFUSE || !goes_on(&rules[j]))
			return false;
		routed = true;
	}
	if (rules[i].control == CONTROL_ROUTE)
		return !routed;
	return rules[i].control != CONTROL_FALLBACK || routed;
}

/* By a line above, whichever way a walk comes there. */
static bool
is_refused(const struct conf_rule *rules, size_t i, const enum truth *truths)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (rules[j].control == CONTROL_REFUSE &&
		    truths[j] == TRUTH_YES)
			return true;
	return false;
}

static bool
goes_on(const struct conf_rule *rule)
{
	return (rule->on & CONF_ON_DECLINED_NEXT) != 0 ||
	    (rule->on & CONF_ON_NOT_ATTEMPTED_REFUSE) == 0;
}

static void
report(const struct reach *reach, size_t i)
{
	const struct conf_rule *rule = &reach->stack->rules[i];
	const uint64_t bit = UINT64_C(1) << i;
	size_t j;

	if ((reach->held & bit) == 0) {
		diag_error(reach->diag, &rule->when->place,
		    "the guard of '%s%s%s' can never hold",
		    conf_control_name(rule->control),
		    rule->target != NULL ? " " : "", conf_target(rule));
		return;
	}
	if ((reach->reached & bit) != 0 && rule->control == CONTROL_REFUSE)
		report_late(reach, i);
	if ((reach->reached & bit) != 0 || is_end(reach->stack, i))
		return;
	if (reach->covers[i] != 0 ||
	    (rule->control != CONTROL_FALLBACK && reach->takers[i] != 0)) {
		report_taken(reach, i);
		return;
	}
	for (j = 0; j < i; j++)
		if (reach->stack->rules[j].control == CONTROL_ROUTE &&
		    goes_on(&reach->stack->rules[j]))
			break;
	/* Where no route goes on at all, conf_check has said so. */
	if (j == i && rule->control == CONTROL_FALLBACK)
		return;
	diag_error(reach->diag, &rule->place,
	    "'%s%s%s' can never be reached: no route above it that goes on "
	    "takes a ticket that it would",
	    conf_control_name(rule->control), rule->target != NULL ? " " : "",
	    conf_target(rule));
}

/* Most who write "refuse ... when" mean to keep tickets from the routes.
 * Above a fallback it may be meant to keep them from that one. */
static void
report_late(const struct reach *reach, size_t i)
{
	const struct conf_rule *rules = reach->stack->rules;
	size_t first = 0, j;

	if (i + 1 == reach->stack->len || rules[i].when == NULL ||
	    reach->rules[i].unsure || (reach->unrouted & UINT64_C(1) << i) != 0)
		return;
	/* As may be a line that could not be read. */
	if (reach->open_end)
		return;
	for (j = i + 1; j < reach->stack->len; j++)
		if (rules[j].control == CONTROL_FALLBACK ||
		    rules[j].below_unread)
			return;
	while ((reach->routed[i] & UINT64_C(1) << first) == 0)
		first++;
	diag_warning(reach->diag, &rules[i].place,
	    "routes above, from line %u on, take these tickets first; this "
	    "refuses only what they did not settle",
	    rules[first].place.line);
	diag_note(reach->diag, "to refuse them all, move it above line %u",
	    rules[first].place.line);
}

static void
report_taken(const struct reach *reach, size_t i)
{
	const struct conf_rule *rule = &reach->stack->rules[i], *above = NULL;
	uint64_t mask = reach->takers[i];
	char lines[DIAG_TEXT_MAX / 4] = "";
	unsigned int n = 0;
	size_t j, len = 0;

	if (reach->covers[i] != 0)
		mask = reach->covers[i] & (~reach->covers[i] + 1);
	for (j = 0; j < i; j++) {
		if ((mask & UINT64_C(1) << j) == 0)
			continue;
		above = &reach->stack->rules[j];
		if (n++ < TAKERS_MAX)
			len +=
			    (size_t)snprintf(lines + len, sizeof(lines) - len,
				"%s%u", n > 1 ? ", " : "", above->place.line);
	}
	if (above == NULL)
		return;
	diag_error(reach->diag, &rule->place,
	    "'%s%s%s' can never be reached: line%s %s%s %s%s every ticket it "
	    "would%s",
	    conf_control_name(rule->control), rule->target != NULL ? " " : "",
	    conf_target(rule), n > 1 ? "s" : "", lines,
	    n > TAKERS_MAX ? " and others" : "",
	    above->control == CONTROL_REFUSE ? "refuse" : "take",
	    n > 1 ? "" : "s", above->control == CONTROL_REFUSE ? " take" : "");
	if (n == 1 && above->control == CONTROL_ROUTE)
		diag_note(reach->diag,
		    "what is tried when a route did not work is called "
		    "'fallback'");
}

/* The line that every settle stack must end with may have nothing to do
 * where all is refused above it with better words. */
static bool
is_end(const struct conf_stack *stack, size_t i)
{
	size_t j;

	if (i + 1 < stack->len || stack->rules[i].control != CONTROL_REFUSE)
		return false;
	for (j = 0; j < i; j++)
		if (stack->rules[j].control == CONTROL_REFUSE &&
		    stack->rules[j].when == NULL)
			return false;
	return true;
}

/*
 * coverage.c - the amounts that no line takes.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/coverage.h"
#include "config/reach.h"

#define RANGES_MAX 6 /* of one finding; more are counted */

/* One kind of hole in one currency. */
struct holes {
	const struct conf *conf;
	struct diag *diag;
	struct cases *cases;
	const char *all, *some, *identity; /* what is said of them */
	const char *hint;
};

static void check_routes(const struct conf *, struct diag *);
static bool leaves_any(const struct conf *, const char *);
static void check_currency(const struct conf *, const char *, struct diag *);
static void check_settle(const struct conf *, const char *, struct diag *);
static void check_auth(const struct conf *, const char *, struct diag *);
static bool has_route(const struct conf_stack *);
static void report(const struct holes *, const struct cover *, size_t);
static void report_kind(const struct holes *, const struct cover *, size_t,
    bool all);
static size_t next_hole(const struct cover *, size_t len, size_t from, bool all,
    struct band *hole_r);
static void add(char *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
static bool grants(const struct conf_rule *);
static bool is_rounder(const char *, int64_t, int64_t);

void
coverage_check(const struct conf *conf, struct diag *diag)
{
	char codes[CASES_CURRENCIES_MAX][TILL_CURRENCY_MAX];
	size_t len, i;

	reach_check(conf, diag);
	if (diag_errors(diag) > 0)
		return;
	check_routes(conf, diag);
	len = cases_currencies(conf, codes, CASES_CURRENCIES_MAX);
	for (i = 0; i < len; i++)
		check_currency(conf, codes[i], diag);
	coverage_sign_in(conf, diag);
}

void
coverage_settle(struct cases *cases, const struct conf_stack *stack,
    size_t band, struct cover *cover)
{
	const struct conf_rule *rule;
	enum truth truth, taken;
	struct facts facts;
	size_t i;

	*cover = (struct cover){ .band = cases->bands[band], .all = true };
	cases_begin(cases, band);
	while (cases_next(cases, &facts)) {
		taken = TRUTH_NO;
		for (i = 0; i < stack->len && taken != TRUTH_YES; i++) {
			rule = &stack->rules[i];
			if (rule->control == CONTROL_FALLBACK)
				continue;
			if (rule->control == CONTROL_REFUSE &&
			    rule->when == NULL)
				break;
			truth = cases_hold(cases, rule->when, &facts);
			if (truth == TRUTH_NO)
				continue;
			cover->takers |= UINT64_C(1) << i;
			taken = truth;
		}
		if (taken != TRUTH_NO)
			cover->all = false;
		if (taken != TRUTH_YES && !cover->some) {
			cover->some = true;
			cover->example = facts;
		}
	}
}

void
coverage_auth(struct cases *cases, const struct conf_stack *stack, size_t band,
    struct cover *cover)
{
	enum truth truth, granted;
	struct facts facts;
	size_t i;

	*cover = (struct cover){ .band = cases->bands[band],
		.all = true,
		.always = UINT64_MAX };
	cases_begin(cases, band);
	while (cases_next(cases, &facts)) {
		granted = TRUTH_NO;
		for (i = 0; i < stack->len; i++) {
			truth = cases_hold(cases, stack->rules[i].when, &facts);
			if (truth != TRUTH_YES)
				cover->always &= ~(UINT64_C(1) << i);
			if (truth == TRUTH_NO)
				continue;
			cover->lines |= UINT64_C(1) << i;
			if (grants(&stack->rules[i]) && truth > granted)
				granted = truth;
		}
		/* Where nothing was granted the level is still zero. */
		if (facts.auth_level > 0)
			continue;
		if (granted != TRUTH_NO)
			cover->all = false;
		if (granted != TRUTH_YES && !cover->some) {
			cover->some = true;
			cover->example = facts;
		}
	}
}

const char *
coverage_range(const char *currency, const struct band *band, char *buf)
{
	struct till_money low = { .micro = band->low };
	struct till_money high = { .micro = band->high };
	bool above, below;
	char a[TILL_MONEY_MAX], b[TILL_MONEY_MAX];

	memcpy(low.currency, currency, TILL_CURRENCY_MAX);
	memcpy(high.currency, currency, TILL_CURRENCY_MAX);
	above = is_rounder(currency, low.micro - 1, low.micro);
	below = is_rounder(currency, high.micro + 1, high.micro);
	low.micro -= above ? 1 : 0;
	high.micro += below ? 1 : 0;
	(void)till_money_print(&low, a);
	(void)till_money_print(&high, b);
	if (band->low <= 1 && band->high >= TILL_MICRO_LIMIT)
		(void)snprintf(buf, COVERAGE_RANGE_MAX, "of any amount");
	else if (band->low == band->high)
		(void)snprintf(buf, COVERAGE_RANGE_MAX, "of %s",
		    till_money_print(&(struct till_money){ .micro = band->low,
					 .currency = { currency[0], currency[1],
					     currency[2] } },
			a));
	else if (band->low <= 1)
		(void)snprintf(buf, COVERAGE_RANGE_MAX, "%s %s",
		    below ? "below" : "up to", b);
	else if (band->high >= TILL_MICRO_LIMIT)
		(void)snprintf(buf, COVERAGE_RANGE_MAX, "%s %s",
		    above ? "above" : "from", a);
	else
		(void)snprintf(buf, COVERAGE_RANGE_MAX, "%s %s to %s%s",
		    above ? "above" : "from", a, below ? "below " : "", b);
	return buf;
}

/* A server without any route is one that tells who customers are, or one
 * whose routes were forgotten. */
static void
check_routes(const struct conf *conf, struct diag *diag)
{
	const struct conf_stack *stack = &conf->settle;
	char codes[CASES_CURRENCIES_MAX][TILL_CURRENCY_MAX];
	size_t len, i;

	if (stack->len == 0 || has_route(stack))
		return;
	len = cases_currencies(conf, codes, CASES_CURRENCIES_MAX);
	for (i = 0; i < len && !leaves_any(conf, codes[i]); i++)
		;
	if (i == len)
		return;
	diag_warning(diag, &stack->rules[stack->len - 1].place,
	    "no settle line is a route: every payment is refused, and only "
	    "identity tickets can be answered");
	diag_note(diag,
	    "a line above this one says that it is meant: settle refuse "
	    "\"...\" when kind != identity");
}

/* Are there payments that no guarded refuse line is for? */
static bool
leaves_any(const struct conf *conf, const char *currency)
{
	const struct conf_stack *const stack = &conf->settle;
	struct cases *cases;
	struct cover cover;
	bool any = false;
	size_t i;

	if (cases_new(&stack, 1, currency, true, &cases) == -1)
		return false;
	for (i = 1; i < cases->bands_len && !any; i++) {
		coverage_settle(cases, stack, i, &cover);
		any = cover.some;
	}
	cases_free(cases);
	return any;
}

static void
check_currency(const struct conf *conf, const char *currency, struct diag *diag)
{
	check_settle(conf, currency, diag);
	check_auth(conf, currency, diag);
}

static void
check_settle(const struct conf *conf, const char *currency, struct diag *diag)
{
	const struct conf_stack *const stack = &conf->settle;
	struct holes holes = { .conf = conf,
		.diag = diag,
		.all = "that no route takes",
		.some = "that a route takes only under conditions",
		.hint = "a refuse line with 'when' says that this is meant" };
	struct cover *covers = NULL;
	size_t i;

	if (!has_route(stack) ||
	    cases_new(&stack, 1, currency, true, &holes.cases) == -1)
		return;
	covers = calloc(holes.cases->bands_len, sizeof(*covers));
	for (i = 1; covers != NULL && i < holes.cases->bands_len; i++)
		coverage_settle(holes.cases, stack, i, &covers[i]);
	if (covers != NULL)
		report(&holes, covers, holes.cases->bands_len);
	free(covers);
	cases_free(holes.cases);
}

static void
check_auth(const struct conf *conf, const char *currency, struct diag *diag)
{
	const struct conf_stack *const stack = &conf->auth;
	struct holes holes = { .conf = conf,
		.diag = diag,
		.all = "that no auth line can grant",
		.some = "that an auth line grants only under conditions",
		.identity = "of price zero that no auth line can grant",
		.hint = "where no line can grant, the order is refused" };
	struct cover *covers = NULL;
	size_t i;

	if (cases_new(&stack, 1, currency, false, &holes.cases) == -1)
		return;
	covers = calloc(holes.cases->bands_len, sizeof(*covers));
	for (i = 0; covers != NULL && i < holes.cases->bands_len; i++)
		coverage_auth(holes.cases, stack, i, &covers[i]);
	if (covers != NULL)
		report(&holes, covers, holes.cases->bands_len);
	free(covers);
	cases_free(holes.cases);
}

static bool
has_route(const struct conf_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->len; i++)
		if (stack->rules[i].control == CONTROL_ROUTE)
			return true;
	return false;
}

static void
report(const struct holes *holes, const struct cover *covers, size_t len)
{
	const struct diag_place file = { .file = holes->conf->file };

	report_kind(holes, covers, len, true);
	report_kind(holes, covers, len, false);
	if (holes->identity == NULL || !covers[0].all)
		return;
	diag_warning(holes->diag, &file, "%s identity tickets %s",
	    holes->cases->currency, holes->identity);
}

static void
report_kind(const struct holes *holes, const struct cover *covers, size_t len,
    bool all)
{
	const struct diag_place file = { .file = holes->conf->file };
	char ranges[DIAG_TEXT_MAX] = "", one[COVERAGE_RANGE_MAX];
	char example[DIAG_TEXT_MAX] = "";
	size_t at = 1, n = 0, first = 0, i;
	struct band hole;

	for (;;) {
		at = next_hole(covers, len, at, all, &hole);
		if (at == 0)
			break;
		if (n++ == 0)
			first = at;
		if (n <= RANGES_MAX)
			add(ranges, "%s%s", n > 1 ? ", " : "",
			    coverage_range(holes->cases->currency, &hole, one));
	}
	if (n == 0)
		return;
	if (n > RANGES_MAX)
		add(ranges, " and %zu more ranges", n - RANGES_MAX);
	diag_warning(holes->diag, &file, "%s tickets %s: %s%s%s",
	    holes->cases->currency, all ? holes->all : holes->some, ranges,
	    strstr(ranges, "of any") == NULL ? " " : "",
	    strstr(ranges, "of any") == NULL ? holes->cases->currency : "");
	cases_describe(holes->cases, &covers[first - 1].example, example,
	    sizeof(example));
	/* Where something is unknown there may be no such case. */
	for (i = 0; i < PARTS; i++)
		if (holes->cases->parts[i].unknown)
			example[0] = '\0';
	if (all || example[0] == '\0')
		diag_note(holes->diag, "%s", holes->hint);
	else
		diag_note(holes->diag, "for instance not: %.400s", example);
}

/* The next stretch of bands that are such a hole: where to go on behind
 * it, or 0. */
static size_t
next_hole(const struct cover *covers, size_t len, size_t from, bool all,
    struct band *hole)
{
	size_t i = from;

	while (i < len && (!covers[i].some || covers[i].all != all))
		i++;
	if (i >= len)
		return 0;
	*hole = covers[i].band;
	for (i++; i < len && covers[i].some && covers[i].all == all; i++)
		hole->high = covers[i].band.high;
	return i;
}

static void
add(char *text, const char *fmt, ...)
{
	const size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + len, DIAG_TEXT_MAX - len, fmt, ap);
	va_end(ap);
}

static bool
grants(const struct conf_rule *rule)
{
	return rule->control == CONTROL_REQUIRED ||
	    rule->control == CONTROL_REQUISITE ||
	    rule->control == CONTROL_SUFFICIENT;
}

/* Does one of two neighbours need fewer decimals? */
static bool
is_rounder(const char *currency, int64_t a, int64_t b)
{
	struct till_money money = { .micro = a };
	char text[TILL_MONEY_MAX];
	size_t len;

	memcpy(money.currency, currency, TILL_CURRENCY_MAX);
	len = strlen(till_money_print(&money, text));
	money.micro = b;
	return len < strlen(till_money_print(&money, text));
}

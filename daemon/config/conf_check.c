/*
 * conf_check.c - what is wrong with the stacks as a whole.
 *
 * Every finding here is certain whatever a ticket is like: what depends
 * on guards is for the analysis of coverage.  Where a line could not be
 * read, or a mistake in one was passed over, nothing is said that this
 * line might make untrue: what seems to be missing may stand there.
 */
#include "config/conf.h"
#include "config/coverage.h"

static struct diag_place whole(const struct conf *);
static void check_auth(const struct conf *, struct diag *);
static void check_skipped(const struct conf_stack *, size_t i, struct diag *);
static void check_settle(const struct conf *, struct diag *);
static void check_last(const struct conf *, struct diag *);
static void check_fallback(const struct conf_stack *, size_t i, struct diag *);
static void check_next(const struct conf_stack *, size_t i, struct diag *);
static bool goes_on(const struct conf_rule *);
static void check_notify(const struct conf *, struct diag *);
static bool is_first(const struct conf_stack *, size_t i);
static void say_unread(const struct conf *, struct diag *);

void
conf_check(const struct conf *conf, struct diag *diag)
{
	check_auth(conf, diag);
	check_settle(conf, diag);
	check_notify(conf, diag);
	coverage_check(conf, diag);
	conf_check_names(conf, diag);
	conf_check_topup(conf, diag);
	if (conf->unread > 0)
		say_unread(conf, diag);
}

/* Where something is missing altogether. */
static struct diag_place
whole(const struct conf *conf)
{
	return (struct diag_place){ .file = conf->file };
}

static void
check_auth(const struct conf *conf, struct diag *diag)
{
	const struct diag_place file = whole(conf);
	const struct conf_stack *stack = &conf->auth;
	bool can_grant = false;
	size_t i;

	for (i = 0; i < stack->len; i++) {
		if (stack->rules[i].control == CONTROL_REQUIRED ||
		    stack->rules[i].control == CONTROL_REQUISITE) {
			can_grant = true;
			check_skipped(stack, i, diag);
		}
		if (stack->rules[i].control == CONTROL_SUFFICIENT)
			can_grant = true;
	}
	if ((conf->broken & TILL_AUTH) != 0)
		return;
	if (stack->len == 0)
		diag_error(diag, &file,
		    "there is no auth stack: nobody could pay");
	else if (!can_grant)
		diag_error(diag, &stack->rules[0].place,
		    "the auth stack can never grant: it has no required, "
		    "requisite "
		    "or sufficient line");
}

/* A sufficient line ends the stack when it grants. */
static void
check_skipped(const struct conf_stack *stack, size_t i, struct diag *diag)
{
	const struct conf_rule *rule = &stack->rules[i], *above;
	size_t j;

	for (j = 0; j < i; j++) {
		above = &stack->rules[j];
		if (above->control != CONTROL_SUFFICIENT)
			continue;
		diag_error(diag, &rule->place,
		    "'%s %s' can be skipped by the 'sufficient' line %u above "
		    "it",
		    conf_control_name(rule->control), conf_target(rule),
		    above->place.line);
		diag_note(diag, "move it above that line");
		return;
	}
}

static void
check_settle(const struct conf *conf, struct diag *diag)
{
	const struct conf_stack *stack = &conf->settle;
	size_t i;

	if ((conf->open_end & TILL_SETTLE) == 0)
		check_last(conf, diag);
	for (i = 0; i < stack->len; i++) {
		if (stack->rules[i].control == CONTROL_FALLBACK &&
		    !stack->rules[i].below_unread)
			check_fallback(stack, i, diag);
		if ((conf->broken & TILL_SETTLE) == 0)
			check_next(stack, i, diag);
	}
}

static void
check_last(const struct conf *conf, struct diag *diag)
{
	const struct diag_place file = whole(conf);
	const struct conf_stack *stack = &conf->settle;
	const struct conf_rule *last = NULL;

	if (stack->len > 0)
		last = &stack->rules[stack->len - 1];
	if (last == NULL) {
		diag_error(diag, &file,
		    "there is no settle stack: nothing could be paid");
		diag_note(diag,
		    "it ends with: settle refuse \"what the customer reads\"");
	} else if (last->control != CONTROL_REFUSE) {
		diag_error(diag, &last->place,
		    "the last settle line must be 'refuse'");
		diag_note(diag,
		    "add: settle refuse \"what the customer reads\"");
	} else if (last->when != NULL) {
		diag_error(diag, &last->when->place,
		    "the last settle line must refuse whatever comes");
		diag_note(diag, "a refuse line with 'when' may stand above it");
	}
}

static void
check_fallback(const struct conf_stack *stack, size_t i, struct diag *diag)
{
	const struct conf_rule *rule = &stack->rules[i], *above;
	bool route = false, next = false;
	size_t j;

	for (j = 0; j < i; j++) {
		above = &stack->rules[j];
		route = route || above->control == CONTROL_ROUTE;
		next = next ||
		    (above->control == CONTROL_ROUTE &&
			(above->unsure || goes_on(above)));
	}
	if (!route)
		diag_error(diag, &rule->place,
		    "'fallback %s' has no route above it", conf_target(rule));
	else if (!next)
		diag_error(diag, &rule->place,
		    "'fallback %s' can never be reached: no route above it "
		    "goes on",
		    conf_target(rule));
}

/* "declined=next" with nothing to go on to is not what was meant. */
static void
check_next(const struct conf_stack *stack, size_t i, struct diag *diag)
{
	const struct conf_rule *rule = &stack->rules[i];
	size_t j;

	if ((rule->on & CONF_ON_DECLINED_NEXT) == 0)
		return;
	for (j = i + 1; j < stack->len; j++)
		if (stack->rules[j].control == CONTROL_FALLBACK)
			return;
	diag_warning(diag, &rule->place,
	    "'declined=next' has no effect: there is no fallback below");
}

static bool
goes_on(const struct conf_rule *rule)
{
	return (rule->on & CONF_ON_DECLINED_NEXT) != 0 ||
	    (rule->on & CONF_ON_NOT_ATTEMPTED_REFUSE) == 0;
}

/* Every event is recorded for each of them. */
static void
check_notify(const struct conf *conf, struct diag *diag)
{
	const struct conf_stack *stack = &conf->notify;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < stack->len; i++) {
		if (stack->rules[i].control != CONTROL_MUST ||
		    !is_first(stack, i) || ++n != CONF_MUST_MAX + 1)
			continue;
		diag_error(diag, &stack->rules[i].place,
		    "at most %d instances can be on 'must' lines",
		    CONF_MUST_MAX);
		diag_note(diag, "'try' lines have no such bound");
	}
}

/* Is this the first must line of its instance? */
static bool
is_first(const struct conf_stack *stack, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (stack->rules[j].control == CONTROL_MUST &&
		    stack->rules[j].instance == stack->rules[i].instance)
			return false;
	return true;
}

static void
say_unread(const struct conf *conf, struct diag *diag)
{
	const struct diag_place file = whole(conf);

	diag_warning(diag, &file,
	    "%zu %s could not be read: what %s with the others was not "
	    "checked",
	    conf->unread, conf->unread == 1 ? "line" : "lines",
	    conf->unread == 1 ? "it does together" : "they do together");
}

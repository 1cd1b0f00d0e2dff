/*
 * coverage_sign_in.c - can anybody sign in, and make a credential?
 *
 * A sign-in is an identity ticket of no merchant and no currency, from a
 * browser; one to enrol has the kind enrol, too.
 */
#include <string.h>

#include "config/coverage.h"

static bool may_sign_in(struct cases *, const struct conf_stack *, bool enrol);
static bool may_grant(const struct cases *, const struct conf_rule *,
    const struct facts *);

void
coverage_sign_in(const struct conf *conf, struct diag *diag)
{
	const struct diag_place file = { .file = conf->file };
	const struct conf_stack *const stack = &conf->auth;
	const char none[TILL_CURRENCY_MAX] = "";
	struct cases *cases;

	if (cases_new(&stack, 1, none, false, &cases) == -1)
		return;
	if (!may_sign_in(cases, stack, false)) {
		diag_warning(diag, &file,
		    "no customer can sign in to see an account: no auth line "
		    "can grant it");
		diag_note(diag,
		    "a sign-in has kind identity, channel browser, and "
		    "neither merchant nor amount");
	}
	if (conf_set(conf, "enrol")[0] != '\0' &&
	    !may_sign_in(cases, stack, true))
		diag_warning(diag, &file,
		    "no customer can make a credential, though 'set enrol' "
		    "says so: no auth line can grant kind enrol");
	cases_free(cases);
}

/* Where no line names the kind enrol it is asked as any other sign-in. */
static bool
may_sign_in(struct cases *cases, const struct conf_stack *stack, bool enrol)
{
	struct facts facts;
	size_t i;

	cases_begin(cases, 0);
	while (cases_next(cases, &facts)) {
		if (facts.merchant[0] != '\0' || facts.auth_level > 0 ||
		    (facts.enrol && !enrol) ||
		    strcmp(facts.channel, "browser") != 0)
			continue;
		facts.enrol = enrol;
		for (i = 0; i < stack->len; i++)
			if (may_grant(cases, &stack->rules[i], &facts))
				return true;
	}
	return false;
}

static bool
may_grant(const struct cases *cases, const struct conf_rule *rule,
    const struct facts *facts)
{
	const bool grants = rule->control == CONTROL_REQUIRED ||
	    rule->control == CONTROL_REQUISITE ||
	    rule->control == CONTROL_SUFFICIENT;

	return grants && cases_hold(cases, rule->when, facts) != TRUTH_NO;
}

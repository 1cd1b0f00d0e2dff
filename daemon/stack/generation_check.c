/*
 * generation_check.c - do the modules fit the lines they stand on?
 */
#include <stdio.h>
#include <string.h>

#include "stack/generation.h"

#define NAMES_MAX 48 /* octets of the names of all facilities */

static void check_stack(const struct generation *, const struct conf_stack *,
    struct diag *);
static void check_facility(const struct conf_rule *, const struct till_module *,
    struct diag *);
static void check_factor(const struct conf_rule *, const struct till_module *,
    struct diag *);
static void check_deadline(const struct conf_rule *, const struct till_module *,
    struct diag *);
static void check_signed(const struct conf_rule *, const struct till_module *,
    struct diag *);
static void check_amounts(const struct guard *, const char *name,
    struct diag *);

void
generation_check(const struct generation *generation, struct diag *diag)
{
	check_stack(generation, &generation->conf->policy, diag);
	check_stack(generation, &generation->conf->auth, diag);
	check_stack(generation, &generation->conf->settle, diag);
	check_stack(generation, &generation->conf->notify, diag);
}

static void
check_stack(const struct generation *generation, const struct conf_stack *stack,
    struct diag *diag)
{
	const struct till_module *module;
	const struct conf_rule *rule;
	struct instance *instance;
	size_t i;

	for (i = 0; i < stack->len; i++) {
		rule = &stack->rules[i];
		instance = generation_instance(generation, rule);
		/* It was not found or not opened: that is known already. */
		if (instance == NULL)
			continue;
		module = instance_module(instance);
		check_facility(rule, module, diag);
		check_factor(rule, module, diag);
		check_deadline(rule, module, diag);
		check_signed(rule, module, diag);
		/* What moves no money itself has no minor unit. */
		if (rule->facility == TILL_SETTLE &&
		    (module->caps & TILL_CAP_LEDGER) == 0)
			check_amounts(rule->when, module->name, diag);
	}
}

static void
check_facility(const struct conf_rule *rule, const struct till_module *module,
    struct diag *diag)
{
	static const enum till_facility facilities[] = { TILL_POLICY, TILL_AUTH,
		TILL_SETTLE, TILL_NOTIFY };
	char names[NAMES_MAX] = "";
	size_t len = 0, i;

	if ((module->facilities & (uint32_t)rule->facility) != 0)
		return;
	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if ((module->facilities & (uint32_t)facilities[i]) != 0)
			len += (size_t)snprintf(names + len,
			    sizeof(names) - len, "%s%s", len > 0 ? ", " : "",
			    conf_facility_name(facilities[i]));
	diag_error(diag, &rule->target_place,
	    "'%s' is of module %s, which is not for %s", conf_target(rule),
	    module->name, conf_facility_name(rule->facility));
	diag_note(diag, "%s is for: %s", module->name, names);
}

/* What never grants must not stand where granting is its purpose. */
static void
check_factor(const struct conf_rule *rule, const struct till_module *module,
    struct diag *diag)
{
	if (rule->facility != TILL_AUTH ||
	    (module->caps & TILL_CAP_ABSTAINS) == 0 ||
	    rule->control == CONTROL_OPTIONAL || rule->control == CONTROL_VETO)
		return;
	diag_error(diag, &rule->target_place,
	    "'%s' can only abstain: on a '%s' line it %s", conf_target(rule),
	    conf_control_name(rule->control),
	    rule->control == CONTROL_SUFFICIENT ? "never grants"
						: "refuses everybody");
	diag_note(diag, "it can stand on an 'optional' or 'veto' line");
}

/* After a deadline the core asks again, which needs an answer that is
 * always the same. */
static void
check_deadline(const struct conf_rule *rule, const struct till_module *module,
    struct diag *diag)
{
	const uint32_t needed = TILL_CAP_QUERY | TILL_CAP_IDEMPOTENT;

	if (rule->facility != TILL_SETTLE || rule->instance->timeout_ms == 0 ||
	    (module->caps & TILL_CAP_LEDGER) != 0 ||
	    (module->caps & needed) == needed)
		return;
	diag_error(diag, &rule->target_place,
	    "'%s' has a timeout, but module %s cannot be asked afterwards what "
	    "became of a payment",
	    conf_target(rule), module->name);
	diag_note(diag, "it needs both QUERY and IDEMPOTENT");
}

/* Only what is owed has a number and a signature. */
static void
check_signed(const struct conf_rule *rule, const struct till_module *module,
    struct diag *diag)
{
	if (rule->control != CONTROL_TRY ||
	    (module->caps & TILL_CAP_SIGNED) == 0)
		return;
	diag_error(diag, &rule->control_place,
	    "'%s' sends signed events, which only 'must' lines are owed",
	    conf_target(rule));
	diag_note(diag, "write: notify must %s", conf_target(rule));
}

static void
check_amounts(const struct guard *guard, const char *name, struct diag *diag)
{
	char amount[TILL_MONEY_MAX];

	if (guard == NULL)
		return;
	check_amounts(guard->left, name, diag);
	check_amounts(guard->right, name, diag);
	if (guard->op != GUARD_AMOUNT || till_money_is_minor(&guard->money))
		return;
	(void)till_money_print(&guard->money, amount);
	diag_error(diag, &guard->place,
	    "%s has %d decimal places, '%s' has %zu", guard->money.currency,
	    till_currency_exponent(guard->money.currency), amount,
	    strlen(strchr(amount, '.') + 1));
	diag_note(diag, "module '%s' moves money outside, in whole minor units",
	    name);
}

/*
 * conf_names.c - instances and lists: which are empty, which are of no
 * use, which are mistaken for something else.
 */
#include <string.h>

#include "config/conf.h"

#define STACKS 4

static void stacks_of(const struct conf *, const struct conf_stack *[STACKS]);
static void check_lists(const struct conf *, struct diag *);
static void check_ids(const struct conf *, const struct guard *, struct diag *);
static void check_id(const struct conf *, const struct guard *, struct diag *);
static void check_used(const struct conf *, struct diag *);
static bool instance_used(const struct conf *, const struct conf_instance *);
static bool list_used(const struct conf *, const struct conf_list *);
static bool guard_uses(const struct guard *, const struct conf_list *);

void
conf_check_names(const struct conf *conf, struct diag *diag)
{
	const struct conf_stack *stacks[STACKS];
	size_t i, j;

	check_lists(conf, diag);
	stacks_of(conf, stacks);
	for (i = 0; i < STACKS; i++)
		for (j = 0; j < stacks[i]->len; j++)
			check_ids(conf, stacks[i]->rules[j].when, diag);
	/* What is of no use may be used where there is a mistake. */
	if (conf->broken == 0 && diag_errors(diag) == 0)
		check_used(conf, diag);
}

static void
stacks_of(const struct conf *conf, const struct conf_stack *stacks[STACKS])
{
	stacks[0] = &conf->policy;
	stacks[1] = &conf->auth;
	stacks[2] = &conf->settle;
	stacks[3] = &conf->notify;
}

static void
check_lists(const struct conf *conf, struct diag *diag)
{
	size_t i;

	for (i = 0; i < conf->lists_len; i++)
		if (conf->lists[i].members_len == 0 &&
		    conf->lists[i].members != NULL)
			diag_error(diag, &conf->lists[i].place,
			    "list '%s' has no members", conf->lists[i].name);
}

static void
check_ids(const struct conf *conf, const struct guard *guard, struct diag *diag)
{
	if (guard == NULL)
		return;
	if (guard->op == GUARD_MERCHANT || guard->op == GUARD_CUSTOMER)
		check_id(conf, guard, diag);
	check_ids(conf, guard->left, diag);
	check_ids(conf, guard->right, diag);
}

static void
check_id(const struct conf *conf, const struct guard *guard, struct diag *diag)
{
	size_t i;

	for (i = 0; i < conf->lists_len; i++) {
		if (strcmp(conf->lists[i].name, guard->word) != 0)
			continue;
		diag_warning(diag, &guard->place,
		    "'%s' is a list, but here it is taken for an id",
		    guard->word);
		diag_note(diag, "did you mean '%s in %s'?",
		    guard->op == GUARD_MERCHANT ? "merchant" : "customer",
		    guard->word);
	}
}

static void
check_used(const struct conf *conf, struct diag *diag)
{
	size_t i;

	for (i = 0; i < conf->instances_len; i++)
		if (!instance_used(conf, &conf->instances[i]))
			diag_warning(diag, &conf->instances[i].place,
			    "no rule uses module '%s'",
			    conf->instances[i].name);
	for (i = 0; i < conf->lists_len; i++)
		if (!list_used(conf, &conf->lists[i]))
			diag_warning(diag, &conf->lists[i].place,
			    "no guard uses list '%s'", conf->lists[i].name);
}

static bool
instance_used(const struct conf *conf, const struct conf_instance *instance)
{
	const struct conf_stack *stacks[STACKS];
	size_t i, j;

	stacks_of(conf, stacks);
	for (i = 0; i < STACKS; i++)
		for (j = 0; j < stacks[i]->len; j++)
			if (stacks[i]->rules[j].instance == instance)
				return true;
	return false;
}

static bool
list_used(const struct conf *conf, const struct conf_list *list)
{
	const struct conf_stack *stacks[STACKS];
	size_t i, j;

	stacks_of(conf, stacks);
	for (i = 0; i < STACKS; i++)
		for (j = 0; j < stacks[i]->len; j++)
			if (guard_uses(stacks[i]->rules[j].when, list))
				return true;
	return false;
}

static bool
guard_uses(const struct guard *guard, const struct conf_list *list)
{
	return guard != NULL &&
	    (guard->list == list || guard_uses(guard->left, list) ||
		guard_uses(guard->right, list));
}

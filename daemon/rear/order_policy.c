/*
 * order_policy.c - the policy stack.
 *
 * Lines run with the customer as said, whether shown yet or not; what
 * they refuse is told after the auth stack has granted.  So nobody learns
 * from a refusal what another customer may still spend.
 */
#include <string.h>

#include "rear/run.h"

static struct pool *pool_of(const struct order_run *);
static enum till_result ask(struct order_run *, const struct conf_rule *);
static void keep_code(struct order_run *, const struct till_context *);

enum step
order_policy(struct order_run *run)
{
	const struct conf *conf = run->purchase->generation->conf;
	const struct conf_rule *rule;
	struct till_error err;

	if (run->worker->pool == run->rear->workers &&
	    pool_of(run) != run->rear->workers)
		return run_to_pool(run, pool_of(run));
	run->counters_len = 0;
	run->level_needed = 0;
	run->decided_policy = false;
	run->policy_code[0] = '\0';
	run->policy_limit = false;
	if (order_facts(run, &err) == -1)
		return run_busy(run);
	walk_begin(&run->policy, &conf->policy, TILL_POLICY, &run->facts);
	while (walk_next(&run->policy, &rule))
		walk_answer(&run->policy, ask(run, rule));
	switch (walk_verdict(&run->policy)) {
	case VERDICT_ALLOW:
	case VERDICT_STEP_UP:
		break;
	case VERDICT_REFUSE:
	case VERDICT_NONE:
	case VERDICT_HELD:
	case VERDICT_PENDING:
	case VERDICT_UNKNOWN:
		run->decided_policy = true;
		break;
	}
	return run_on(run, STAGE_AUTH);
}

/* One for the whole stack: the first that is not the workers. */
static struct pool *
pool_of(const struct order_run *run)
{
	struct pool *pool = run->rear->workers;
	const struct generation *generation = run->purchase->generation;
	const struct conf_stack *stack = &generation->conf->policy;
	const struct instance *instance;
	size_t i;

	for (i = 0; i < stack->len && pool == run->rear->workers; i++) {
		instance = generation_instance(generation, &stack->rules[i]);
		if (instance != NULL)
			pool = run_pool(run, instance);
	}
	return pool;
}

static enum till_result
ask(struct order_run *run, const struct conf_rule *rule)
{
	struct instance *instance =
	    generation_instance(run->purchase->generation, rule);
	struct till_context *context;
	enum till_result result;

	if (instance == NULL)
		return TILL_ERROR;
	context = run_context(run, &run->policer, instance, TILL_POLICY);
	if (context == NULL)
		return TILL_ERROR;
	result = instance_policy(instance, context);
	if (result == TILL_STEP_UP && context->step_up > run->level_needed)
		run->level_needed = context->step_up;
	if (result != TILL_ALLOW && result != TILL_NO_OPINION &&
	    result != TILL_STEP_UP)
		keep_code(run, context);
	return result;
}

/* The first line that refused says why. */
static void
keep_code(struct order_run *run, const struct till_context *context)
{
	if (run->policy_code[0] == '\0')
		code_set(run->policy_code,
		    context->code[0] != '\0' ? context->code : "policy");
	if (strcmp(context->code, "limit") == 0)
		run->policy_limit = true;
}

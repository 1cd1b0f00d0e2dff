/*
 * test_order_policy.c - the policy stage alone: the real one, between a
 * walk, modules and pools that do as the test says.
 *
 * What is here of its neighbours takes their place in the linked program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/run.h"

#define LINES 4

struct pool {
	int unused;
};

/* One line of the stack: what its module is and says. */
struct instance {
	struct pool *pool; /* where it is called */
	enum till_result says;
	const char *code; /* NULL: none */
	uint32_t step_up;
	bool no_context; /* there is no memory for its call */
};

static struct pool workers, hashers, askers;
static struct instance instances[LINES];
static struct conf_rule rules[LINES];
static struct conf conf;
static struct generation generation;
static struct purchase purchase;
static struct rear rear;
static struct worker worker;
static struct till_context context;
static struct order_run *run;

/* What the stage did. */
static struct pool *moved_to;
static enum till_result answers[LINES];
static size_t answers_len, asked;
static enum verdict verdict;
static int facts_r;
static unsigned int busy, contexts, walks;

int
order_facts(struct order_run *of, struct till_error *err)
{
	(void)err;
	assert_ptr_equal(of, run);
	return facts_r;
}

enum step
run_on(struct order_run *of, enum stage stage)
{
	of->stage = stage;
	return STEP_ON;
}

enum step
run_busy(struct order_run *of)
{
	assert_ptr_equal(of, run);
	busy++;
	return STEP_NONE;
}

enum step
run_to_pool(struct order_run *of, struct pool *pool)
{
	assert_ptr_equal(of, run);
	moved_to = pool;
	return STEP_WAITS;
}

struct pool *
run_pool(const struct order_run *of, const struct instance *instance)
{
	assert_ptr_equal(of, run);
	return instance->pool;
}

struct till_context *
run_context(struct order_run *of, struct till_context **kept,
    const struct instance *instance, enum till_facility facility)
{
	assert_ptr_equal(kept, &of->policer);
	assert_int_equal(facility, TILL_POLICY);
	contexts++;
	memset(&context, 0, sizeof(context));
	return instance->no_context ? NULL : &context;
}

struct instance *
generation_instance(const struct generation *of, const struct conf_rule *rule)
{
	assert_ptr_equal(of, &generation);
	return rule->instance == NULL ? NULL : &instances[rule - rules];
}

enum till_result
instance_policy(struct instance *instance, struct till_context *ctx)
{
	if (instance->code != NULL)
		(void)snprintf(ctx->code, sizeof(ctx->code), "%s",
		    instance->code);
	ctx->step_up = instance->step_up;
	return instance->says;
}

void
walk_begin(struct walk *walk, const struct conf_stack *stack,
    enum till_facility facility, const struct facts *facts)
{
	assert_ptr_equal(walk, &run->policy);
	assert_ptr_equal(stack, &conf.policy);
	assert_int_equal(facility, TILL_POLICY);
	assert_ptr_equal(facts, &run->facts);
	walks++;
}

bool
walk_next(struct walk *walk, const struct conf_rule **rule_r)
{
	assert_ptr_equal(walk, &run->policy);
	if (asked == conf.policy.len)
		return false;
	*rule_r = &rules[asked++];
	return true;
}

void
walk_answer(struct walk *walk, enum till_result result)
{
	assert_ptr_equal(walk, &run->policy);
	answers[answers_len++] = result;
}

enum verdict
walk_verdict(const struct walk *walk)
{
	assert_ptr_equal(walk, &run->policy);
	return verdict;
}

static int
begin(void **state)
{
	static const struct conf_instance some;
	size_t i;

	(void)state;
	run = calloc(1, sizeof(*run));
	if (run == NULL)
		return -1;
	memset(instances, 0, sizeof(instances));
	for (i = 0; i < LINES; i++) {
		instances[i] =
		    (struct instance){ .pool = &workers, .says = TILL_ALLOW };
		rules[i] = (struct conf_rule){ .instance = &some };
	}
	conf.policy = (struct conf_stack){ rules, LINES };
	generation.conf = &conf;
	purchase.generation = &generation;
	rear.workers = &workers;
	worker.pool = &workers;
	run->rear = &rear;
	run->worker = &worker;
	run->purchase = &purchase;
	moved_to = NULL;
	answers_len = asked = 0;
	verdict = VERDICT_ALLOW;
	facts_r = 0;
	busy = contexts = walks = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(run);
	return 0;
}

static void
goes_on_to_auth(void)
{
	assert_int_equal(order_policy(run), STEP_ON);
	assert_int_equal(run->stage, STAGE_AUTH);
	assert_null(moved_to);
	assert_int_equal(walks, 1);
	assert_int_equal(answers_len, conf.policy.len);
}

static void
every_line_is_asked_and_its_answer_walked(void **state)
{
	(void)state;
	instances[1].says = TILL_NO_OPINION;
	instances[2].says = TILL_REFUSE;
	goes_on_to_auth();
	assert_int_equal(answers[0], TILL_ALLOW);
	assert_int_equal(answers[1], TILL_NO_OPINION);
	assert_int_equal(answers[2], TILL_REFUSE);
	assert_int_equal(answers[3], TILL_ALLOW);
	assert_int_equal(contexts, LINES);
	assert_int_equal(busy, 0);
}

/* What an order was told before belongs to other counters. */
static void
it_begins_afresh(void **state)
{
	(void)state;
	run->counters_len = 3;
	run->level_needed = 2;
	run->decided_policy = run->policy_limit = true;
	code_set(run->policy_code, "old");
	goes_on_to_auth();
	assert_int_equal(run->counters_len, 0);
	assert_int_equal(run->level_needed, 0);
	assert_false(run->decided_policy);
	assert_false(run->policy_limit);
	assert_string_equal(run->policy_code, "");
}

static void
only_allow_and_step_up_go_on(void **state)
{
	static const struct {
		enum verdict verdict;
		bool refused;
	} cases[] = {
		{ VERDICT_ALLOW, false },
		{ VERDICT_STEP_UP, false },
		{ VERDICT_REFUSE, true },
		{ VERDICT_NONE, true },
		{ VERDICT_HELD, true },
		{ VERDICT_PENDING, true },
		{ VERDICT_UNKNOWN, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		verdict = cases[i].verdict;
		walks = 0;
		asked = answers_len = 0;
		goes_on_to_auth();
		assert_int_equal(run->decided_policy, cases[i].refused);
	}
}

static void
who_has_no_counters_is_busy(void **state)
{
	(void)state;
	facts_r = -1;
	assert_int_equal(order_policy(run), STEP_NONE);
	assert_int_equal(busy, 1);
	assert_int_equal(walks, 0);
}

static void
slow_modules_are_not_called_by_workers(void **state)
{
	(void)state;
	instances[1].pool = &hashers;
	instances[2].pool = &askers;
	assert_int_equal(order_policy(run), STEP_WAITS);
	assert_ptr_equal(moved_to, &hashers);
	assert_int_equal(walks, 0);
	/* There it is where it was to go, and goes nowhere else. */
	moved_to = NULL;
	worker.pool = &hashers;
	goes_on_to_auth();
	moved_to = NULL;
	worker.pool = &askers;
	walks = 0;
	asked = answers_len = 0;
	goes_on_to_auth();
}

/* The last line counts, too, and one without an instance does not. */
static void
all_lines_are_looked_at_for_slow_ones(void **state)
{
	(void)state;
	rules[1].instance = NULL;
	instances[1].pool = &hashers;
	instances[LINES - 1].pool = &askers;
	assert_int_equal(order_policy(run), STEP_WAITS);
	assert_ptr_equal(moved_to, &askers);
	conf.policy.len = LINES - 1;
	moved_to = NULL;
	goes_on_to_auth();
	/* And so does the first. */
	instances[0].pool = &hashers;
	assert_int_equal(order_policy(run), STEP_WAITS);
	assert_ptr_equal(moved_to, &hashers);
}

static void
what_cannot_be_asked_is_an_error(void **state)
{
	(void)state;
	rules[0].instance = NULL;
	instances[2].no_context = true;
	goes_on_to_auth();
	assert_int_equal(answers[0], TILL_ERROR);
	assert_int_equal(answers[1], TILL_ALLOW);
	assert_int_equal(answers[2], TILL_ERROR);
	assert_int_equal(answers[3], TILL_ALLOW);
	assert_int_equal(contexts, LINES - 1);
}

static void
the_highest_level_is_needed(void **state)
{
	(void)state;
	instances[0].says = instances[1].says = instances[2].says =
	    TILL_STEP_UP;
	instances[0].step_up = 1;
	instances[1].step_up = 3;
	instances[2].step_up = 2;
	/* Who does not ask for one needs none. */
	instances[3].step_up = 9;
	verdict = VERDICT_STEP_UP;
	goes_on_to_auth();
	assert_int_equal(run->level_needed, 3);
	assert_string_equal(run->policy_code, "");
}

static void
the_first_refusal_says_why(void **state)
{
	(void)state;
	instances[0] =
	    (struct instance){ &workers, TILL_ALLOW, "fine", 0, false };
	instances[1].says = TILL_REFUSE;
	instances[1].code = "closed";
	instances[2].says = TILL_REFUSE;
	instances[2].code = "country";
	verdict = VERDICT_REFUSE;
	goes_on_to_auth();
	assert_string_equal(run->policy_code, "closed");
	assert_false(run->policy_limit);
}

static void
a_word_may_be_a_letter(void **state)
{
	(void)state;
	instances[1].says = TILL_REFUSE;
	instances[1].code = "x";
	instances[2].says = TILL_REFUSE;
	instances[2].code = "country";
	verdict = VERDICT_REFUSE;
	goes_on_to_auth();
	assert_string_equal(run->policy_code, "x");
}

static void
what_refuses_without_a_word_is_policy(void **state)
{
	(void)state;
	instances[1].says = TILL_ERROR;
	instances[2].says = TILL_REFUSE;
	instances[2].code = "country";
	verdict = VERDICT_REFUSE;
	goes_on_to_auth();
	assert_string_equal(run->policy_code, "policy");
}

static void
who_does_not_refuse_says_nothing(void **state)
{
	static const enum till_result results[] = { TILL_ALLOW, TILL_NO_OPINION,
		TILL_STEP_UP };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		instances[i].says = results[i];
		instances[i].code = "limit";
	}
	goes_on_to_auth();
	assert_string_equal(run->policy_code, "");
	assert_false(run->policy_limit);
}

/* Also where it was not the first to refuse. */
static void
a_limit_is_known_as_one(void **state)
{
	(void)state;
	instances[0].says = TILL_REFUSE;
	instances[0].code = "closed";
	instances[3].says = TILL_REFUSE;
	instances[3].code = "limit";
	verdict = VERDICT_REFUSE;
	goes_on_to_auth();
	assert_string_equal(run->policy_code, "closed");
	assert_true(run->policy_limit);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_line_is_asked_and_its_answer_walked),
		CASE(it_begins_afresh),
		CASE(only_allow_and_step_up_go_on),
		CASE(who_has_no_counters_is_busy),
		CASE(slow_modules_are_not_called_by_workers),
		CASE(all_lines_are_looked_at_for_slow_ones),
		CASE(what_cannot_be_asked_is_an_error),
		CASE(the_highest_level_is_needed),
		CASE(the_first_refusal_says_why),
		CASE(a_word_may_be_a_letter),
		CASE(what_refuses_without_a_word_is_policy),
		CASE(who_does_not_refuse_says_nothing),
		CASE(a_limit_is_known_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

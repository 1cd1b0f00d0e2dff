/*
 * explain.c - what would become of a ticket, line by line.
 */
#include <string.h>

#include "config/value.h"
#include "module/context.h"
#include "module/result.h"
#include "stack/explain.h"

#define LEVEL_MAX 10 /* of one method, as host->method has it */

enum { POLICY, AUTH, SETTLE, NOTIFY };

static int check_answer(const struct explain *, const struct explain_answer *,
    struct till_error *);
static int used_with(const struct conf_stack *, const struct explain_answer *,
    bool *used_r);
static int answer_read(const struct conf_rule *, const struct explain_answer *);
static void walk_stack(struct explain *, unsigned int,
    const struct conf_stack *, enum till_facility);
static enum till_result ask(struct explain *, const struct conf_rule *,
    struct explain_line *);
static const struct explain_answer *supplied(const struct explain *,
    const struct conf_rule *);
static enum till_result ask_module(struct explain *, const struct conf_rule *,
    struct explain_line *);
static int fits(void *, const char *, const struct till_limit *);
static enum till_result assumed(enum till_facility);
static void decide(struct explain *);
static void decide_settle(struct explain *);

/* No ledger is behind it. */
static const struct context_ops ops = { .limit = fits };

int
explain_answer(struct explain *explain, const char *text,
    struct till_error *err)
{
	struct explain_answer answer = { .level = -1 };
	const char *equals = strchr(text, '='), *slash;
	size_t name, word;

	if (explain->answers_len == EXPLAIN_ANSWERS_MAX)
		return till_fail(err, "more than %d answers",
		    EXPLAIN_ANSWERS_MAX);
	if (equals == NULL)
		return till_fail(err, "'%s': an answer is INSTANCE=RESULT",
		    text);
	slash = strchr(equals, '/');
	name = (size_t)(equals - text);
	word =
	    slash == NULL ? strlen(equals + 1) : (size_t)(slash - equals) - 1;
	if (name >= sizeof(answer.instance) || word >= sizeof(answer.result))
		return till_fail(err, "'%s' is too long", text);
	memcpy(answer.instance, text, name);
	memcpy(answer.result, equals + 1, word);
	if (slash != NULL &&
	    value_number(slash + 1, LEVEL_MAX, &answer.level) == -1)
		return till_fail(err, "'%s': a level is a number up to %d",
		    text, LEVEL_MAX);
	if (check_answer(explain, &answer, err) == -1)
		return -1;
	explain->answers[explain->answers_len++] = answer;
	return 0;
}

void
explain_run(struct explain *explain)
{
	const struct conf *conf = explain->generation->conf;

	memset(explain->lines, 0, sizeof(explain->lines));
	explain->level_needed = 0;
	walk_stack(explain, POLICY, &conf->policy, TILL_POLICY);
	explain->facts.auth_level = 0;
	walk_stack(explain, AUTH, &conf->auth, TILL_AUTH);
	decide(explain);
	walk_stack(explain, NOTIFY, &conf->notify, TILL_NOTIFY);
}

const char *
explain_end_name(enum explain_end end)
{
	switch (end) {
	case EXPLAIN_NONE:
		return "none";
	case EXPLAIN_PAID:
		return "paid";
	case EXPLAIN_IDENTIFIED:
		return "identified";
	case EXPLAIN_HELD:
		return "held";
	case EXPLAIN_PENDING:
		return "pending";
	case EXPLAIN_UNKNOWN:
		return "unknown: it must be found out whether money moved";
	case EXPLAIN_NO_AUTH:
		return "refused: the auth stack did not grant";
	case EXPLAIN_NO_POLICY:
		return "refused: policy";
	case EXPLAIN_NO_LEVEL:
		return "refused: policy needs a higher auth.level";
	case EXPLAIN_NO_ROUTE:
		return "refused: no route takes it";
	case EXPLAIN_DECLINED:
		return "refused: it could not be settled";
	}
	return NULL;
}

const char *
explain_source_name(enum explain_source source)
{
	switch (source) {
	case EXPLAIN_NOBODY:
		return "";
	case EXPLAIN_SUPPLIED:
		return "supplied";
	case EXPLAIN_ASKED:
		return "asked";
	case EXPLAIN_ASSUMED:
		return "assumed";
	}
	return NULL;
}

/* The instance is there, and on one of its lines the word is an answer. */
static int
check_answer(const struct explain *explain, const struct explain_answer *answer,
    struct till_error *err)
{
	const struct conf *conf = explain->generation->conf;
	const struct conf_stack *const stacks[EXPLAIN_STACKS] = { &conf->policy,
		&conf->auth, &conf->settle, &conf->notify };
	bool used = false;
	size_t i;

	for (i = 0; i < EXPLAIN_STACKS; i++)
		if (used_with(stacks[i], answer, &used) == 0)
			return 0;
	if (!used)
		return till_fail(err, "no rule uses an instance '%s'",
		    answer->instance);
	return till_fail(err, "'%s' is no answer of '%s'", answer->result,
	    answer->instance);
}

static int
used_with(const struct conf_stack *stack, const struct explain_answer *answer,
    bool *used_r)
{
	size_t i;

	for (i = 0; i < stack->len; i++) {
		if (strcmp(conf_target(&stack->rules[i]), answer->instance) !=
		    0)
			continue;
		*used_r = true;
		if (answer_read(&stack->rules[i], answer) != -1)
			return 0;
	}
	return -1;
}

/* The result, or -1 if no order gets this answer from the line: it is a word
 * of another facility, or what no charge is answered. */
static int
answer_read(const struct conf_rule *rule, const struct explain_answer *answer)
{
	int result = result_from_name(rule->facility, answer->result);

	if (result == -1 || result == TILL_NEED_INPUT)
		return -1;
	if (rule->facility == TILL_SETTLE &&
	    !result_fits(TILL_CHARGE, (enum till_result)result))
		return -1;
	return result;
}

static void
walk_stack(struct explain *explain, unsigned int number,
    const struct conf_stack *stack, enum till_facility facility)
{
	struct walk *walk = &explain->walks[number];
	struct explain_line *lines = explain->lines[number];
	const struct conf_rule *rule;
	enum till_result result;
	int64_t level;
	size_t i;

	walk_begin(walk, stack, facility, &explain->facts);
	while (walk_next(walk, &rule)) {
		result = ask(explain, rule, &lines[rule->number]);
		if (facility == TILL_AUTH)
			explain->facts.auth_level += lines[rule->number].level;
		walk_answer(walk, result);
	}
	level = facility == TILL_AUTH ? 0 : explain->facts.auth_level;
	for (i = 0; i < stack->len; i++) {
		lines[i].auth_level = level;
		level += facility == TILL_AUTH ? lines[i].level : 0;
	}
}

static enum till_result
ask(struct explain *explain, const struct conf_rule *rule,
    struct explain_line *line)
{
	struct instance *instance =
	    generation_instance(explain->generation, rule);
	const uint32_t caps = instance_module(instance)->caps;
	const struct explain_answer *answer = supplied(explain, rule);
	enum till_result result = assumed(rule->facility);

	line->source = EXPLAIN_ASSUMED;
	if (answer != NULL) {
		line->source = EXPLAIN_SUPPLIED;
		result = (enum till_result)answer_read(rule, answer);
	} else if (rule->facility == TILL_POLICY &&
	    (caps & TILL_CAP_PURE) != 0) {
		result = ask_module(explain, rule, line);
	}
	if (result == TILL_GRANT || result == TILL_STEP_UP)
		line->level = answer != NULL && answer->level >= 0
		    ? answer->level
		    : line->source == EXPLAIN_ASKED ? line->level
		    : result == TILL_GRANT          ? EXPLAIN_LEVEL
						    : EXPLAIN_STRONG;
	if (result == TILL_STEP_UP && line->level > explain->level_needed)
		explain->level_needed = line->level;
	if (rule->facility != TILL_SETTLE || (caps & TILL_CAP_LEDGER) == 0)
		return result;
	line->failed = result == TILL_ERROR || result == TILL_UNKNOWN ||
	    result == TILL_PENDING || result == TILL_LOST;
	return walk_ledger_result(result);
}

/* The last one said of this instance that fits the line. */
static const struct explain_answer *
supplied(const struct explain *explain, const struct conf_rule *rule)
{
	const struct explain_answer *answer;
	size_t i;

	for (i = explain->answers_len; i-- > 0;) {
		answer = &explain->answers[i];
		if (strcmp(answer->instance, rule->instance->name) != 0)
			continue;
		if (answer_read(rule, answer) != -1)
			return answer;
	}
	return NULL;
}

static enum till_result
ask_module(struct explain *explain, const struct conf_rule *rule,
    struct explain_line *line)
{
	struct instance *instance =
	    generation_instance(explain->generation, rule);
	struct till_context *context;
	enum till_result result;

	context =
	    context_new(instance_name(instance), TILL_POLICY, &ops, explain);
	if (context == NULL)
		return TILL_ERROR;
	context->order = &explain->order;
	instance_set_time(instance, explain->order.issued_s);
	if (explain->asks != NULL)
		explain->asks(explain->arg, rule->instance);
	result = instance_policy(instance, context);
	if (explain->asks != NULL)
		explain->asks(explain->arg, NULL);
	line->source = EXPLAIN_ASKED;
	line->level = context->step_up;
	memcpy(line->code, context->code, sizeof(line->code));
	line->code[sizeof(line->code) - 1] = '\0';
	context_free(context);
	return result;
}

/* Where this payment is the first one of its window. */
static int
fits(void *owner, const char *instance, const struct till_limit *limit)
{
	const struct explain *explain = owner;

	(void)instance;
	if (limit->max_micro >= 0 &&
	    explain->facts.amount.micro > limit->max_micro)
		return 1;
	return limit->max_count == 0 ? 1 : 0;
}

static enum till_result
assumed(enum till_facility facility)
{
	switch (facility) {
	case TILL_POLICY:
		return TILL_ALLOW;
	case TILL_AUTH:
		return TILL_GRANT;
	case TILL_SETTLE:
		return TILL_COMMITTED;
	case TILL_NOTIFY:
		return TILL_DELIVERED;
	}
	return TILL_ERROR;
}

/* As the daemon does: what policy refuses is told to him only who has
 * shown who he is. */
static void
decide(struct explain *explain)
{
	const struct walk *policy = &explain->walks[POLICY];
	const struct walk *auth = &explain->walks[AUTH];
	const struct conf *conf = explain->generation->conf;

	memset(&explain->walks[SETTLE], 0, sizeof(explain->walks[SETTLE]));
	explain->walks[SETTLE].stack = &conf->settle;
	explain->by = auth->decided_by;
	if (walk_verdict(auth) != VERDICT_ALLOW) {
		explain->end = EXPLAIN_NO_AUTH;
	} else if (walk_verdict(policy) == VERDICT_REFUSE) {
		explain->end = EXPLAIN_NO_POLICY;
		explain->by = policy->decided_by;
	} else if (explain->facts.auth_level < explain->level_needed) {
		explain->end = EXPLAIN_NO_LEVEL;
		explain->by = policy->decided_by;
	} else if (strcmp(explain->facts.kind, "identity") == 0) {
		explain->end = EXPLAIN_IDENTIFIED;
	} else {
		walk_stack(explain, SETTLE, &conf->settle, TILL_SETTLE);
		decide_settle(explain);
	}
}

static void
decide_settle(struct explain *explain)
{
	const struct walk *settle = &explain->walks[SETTLE];

	explain->by = settle->decided_by;
	switch (walk_verdict(settle)) {
	case VERDICT_ALLOW:
		explain->end = EXPLAIN_PAID;
		return;
	case VERDICT_HELD:
		explain->end = EXPLAIN_HELD;
		return;
	case VERDICT_PENDING:
		explain->end = EXPLAIN_PENDING;
		return;
	case VERDICT_UNKNOWN:
		explain->end = EXPLAIN_UNKNOWN;
		return;
	case VERDICT_REFUSE:
	case VERDICT_STEP_UP:
	case VERDICT_NONE:
		break;
	}
	explain->end = settle->routed ? EXPLAIN_DECLINED : EXPLAIN_NO_ROUTE;
}

/*
 * order_auth.c - the auth stack.
 *
 * The stack is walked anew in each step; what a line has answered for
 * this customer in this conversation stays its answer, and a session may
 * answer for a line whose module allows it.  A line that needs replies
 * that are not there ends the step with its prompts.  A step may bring the
 * replies for several lines, and for prompts that a line will set only
 * after it was answered; each reply is given once, to the first open
 * prompt of its id.
 *
 * Who the customer is said to be makes no difference to the way: an
 * unknown or suspended one is asked, waits and is refused as anybody who
 * answers wrongly.
 *
 * Of a merchant who signs in one line is asked alone, by his own password: the
 * first whose module is auth_password, whatever its guard says of orders.
 */
#include <stdlib.h>
#include <string.h>

#include "rear/pack.h"
#include "rear/run.h"

static enum step merchant(struct order_run *);
static const struct conf_rule *password_rule(const struct generation *);
static enum till_result ask(struct order_run *, const struct conf_rule *,
    struct auth_line *, struct pool **);
static bool from_session(struct order_run *, const struct instance *,
    struct auth_line *);
static struct till_context *context_of(struct order_run *,
    const struct instance *, struct auth_line *);
static struct pool *other_pool(const struct order_run *,
    const struct instance *, const struct till_context *);
static bool has_reply(const struct order_run *, const struct till_context *);
static bool answers(const struct run_reply *, const struct till_context *);
static bool give_replies(struct order_run *, struct till_context *);
static bool is_over(const struct till_context *);
static void keep(struct order_run *, struct auth_line *, enum till_result);
static int keep_limits(struct auth_line *, const struct till_context *);
static bool is_limit(const char *code);
static void count_level(struct order_run *, const struct auth_line *);
static enum step prompt(struct order_run *, const struct till_context *);
static enum step decide(struct order_run *);
static enum step granted(struct order_run *);

enum step
order_auth(struct order_run *run)
{
	const struct conf *conf = run->purchase->generation->conf;
	const struct conf_rule *rule;
	struct auth_line *line;
	struct till_error err;
	struct pool *pool = NULL;

	if (run->facts.merchant == NULL && order_facts(run, &err) == -1)
		return run_busy(run);
	run->facts.auth_level = 0;
	run->auth_time_s = 0;
	if (run->purchase->of_merchant)
		return merchant(run);
	walk_begin(&run->auth, &conf->auth, TILL_AUTH, &run->facts);
	while (walk_next(&run->auth, &rule)) {
		line = &run->purchase->lines[rule->number];
		if (!line->answered &&
		    ask(run, rule, line, &pool) == TILL_NEED_INPUT)
			return prompt(run, line->context);
		if (run->stage == STAGE_ANSWER)
			return STEP_ON;
		if (pool != NULL)
			return run_to_pool(run, pool);
		count_level(run, line);
		walk_answer(&run->auth, line->result);
	}
	return decide(run);
}

static enum step
merchant(struct order_run *run)
{
	const struct conf_rule *rule = password_rule(run->purchase->generation);
	struct pool *pool = NULL;
	struct auth_line *line;

	if (rule == NULL)
		return order_refuse(run, TILL_REASON_AUTH, "auth");
	line = &run->purchase->lines[rule->number];
	if (!line->answered && ask(run, rule, line, &pool) == TILL_NEED_INPUT)
		return prompt(run, line->context);
	if (run->stage == STAGE_ANSWER)
		return STEP_ON;
	if (pool != NULL)
		return run_to_pool(run, pool);
	if (run->purchase->customer[0] == '\0')
		return prompt(run, NULL);
	count_level(run, line);
	if (line->result == TILL_GRANT)
		return run_on(run, STAGE_CUSTOMER);
	return order_refuse(run, TILL_REASON_AUTH, "auth");
}

static const struct conf_rule *
password_rule(const struct generation *generation)
{
	const struct conf_stack *stack = &generation->conf->auth;
	const struct instance *instance;
	size_t i;

	for (i = 0; i < stack->len; i++) {
		instance = generation_instance(generation, &stack->rules[i]);
		if (instance != NULL &&
		    strcmp(instance_module(instance)->name,
			REAR_PASSWORD_MODULE) == 0)
			return &stack->rules[i];
	}
	return NULL;
}

/* Sets line->answered unless the answer is TILL_NEED_INPUT, the call is one
 * for *pool_r, or it is not made now: then the run has its answer. */
static enum till_result
ask(struct order_run *run, const struct conf_rule *rule, struct auth_line *line,
    struct pool **pool_r)
{
	struct instance *instance =
	    generation_instance(run->purchase->generation, rule);
	struct till_context *context;
	enum till_result result = TILL_ERROR;
	unsigned int asks;

	if (instance != NULL && from_session(run, instance, line))
		return line->result;
	context = instance == NULL ? NULL : context_of(run, instance, line);
	for (asks = 0; context != NULL && asks < RUN_ASKS_MAX; asks++) {
		if (has_reply(run, context) && !guess_begin(run, instance))
			return TILL_ERROR;
		*pool_r = other_pool(run, instance, context);
		if (*pool_r != NULL)
			return TILL_ERROR;
		if (!give_replies(run, context) && context->prompts_len > 0 &&
		    !is_over(context))
			return TILL_NEED_INPUT;
		run->order.auth_level = (uint32_t)run->facts.auth_level;
		result = instance_auth(instance, context);
		guess_end(run);
		if (result != TILL_NEED_INPUT || !has_reply(run, context))
			break;
	}
	if (result != TILL_NEED_INPUT)
		keep(run, line, result);
	return result;
}

static bool
from_session(struct order_run *run, const struct instance *instance,
    struct auth_line *line)
{
	const struct till_module *module = instance_module(instance);
	const struct session_grant *grant;
	uint32_t i;

	if (!run->has_session || run->purchase->fresh ||
	    (module->caps & TILL_CAP_SESSION) == 0)
		return false;
	for (i = 0; i < run->session.grants_len; i++) {
		grant = &run->session.grants[i];
		if (strcmp(grant->instance, instance_name(instance)) != 0 ||
		    strcmp(grant->module, module->name) != 0)
			continue;
		line->answered = true;
		line->remembered = true;
		line->result = TILL_GRANT;
		line->level = grant->level;
		line->time_s = grant->time_s;
		line->amr_len = grant->amr_len;
		memcpy(line->amr, grant->amr, sizeof(grant->amr));
		return true;
	}
	return false;
}

static struct till_context *
context_of(struct order_run *run, const struct instance *instance,
    struct auth_line *line)
{
	if (line->context == NULL)
		line->context = context_new(run->purchase->of_merchant
			? LEDGER_OF_MERCHANTS
			: instance_name(instance),
		    TILL_AUTH, &run_services, run);
	if (line->context == NULL)
		return NULL;
	if (line->packed != NULL)
		context_unpack(line->context, line->packed);
	line->packed = NULL;
	line->context->owner = run;
	line->context->order = &run->order;
	return line->context;
}

/* NULL: the call is made here.  To ask takes no time, but in a host. */
static struct pool *
other_pool(const struct order_run *run, const struct instance *instance,
    const struct till_context *context)
{
	struct pool *pool = run_pool(run, instance);

	if (pool == run->rear->workers || pool == run->worker->pool ||
	    (pool == run->rear->hashers && !has_reply(run, context)))
		return NULL;
	return pool;
}

/* Is there a reply, not used yet, to an open prompt?  A look has none,
 * and one who has not said who he is cannot answer. */
static bool
has_reply(const struct order_run *run, const struct till_context *context)
{
	size_t i;

	if (!run_answers(run) || run->purchase->customer[0] == '\0')
		return false;
	for (i = 0; i < run->request.replies_len; i++)
		if (answers(&run->request.replies[i], context))
			return true;
	return false;
}

static bool
answers(const struct run_reply *reply, const struct till_context *context)
{
	size_t i;

	for (i = 0; !reply->used && i < context->prompts_len; i++)
		if (strcmp(reply->id, context->prompts[i].id) == 0)
			return true;
	return false;
}

/* True if one was taken in.  One that breaks a bound counts as none: the
 * prompt stays open.  Those for no prompt that is open here wait. */
static bool
give_replies(struct order_run *run, struct till_context *context)
{
	struct run_reply *reply;
	struct till_error err;
	bool given = false;
	size_t i;

	if (!has_reply(run, context))
		return false;
	for (i = 0; i < run->request.replies_len; i++) {
		reply = &run->request.replies[i];
		if (!answers(reply, context))
			continue;
		reply->used = true;
		if (context_reply_put(context, reply->id, reply->data,
			reply->len, reply->format, &err) == 0)
			given = true;
	}
	return given;
}

/* Has the time of an open prompt passed?  Then the module is called for
 * new ones. */
static bool
is_over(const struct till_context *context)
{
	const struct prompt *prompt;
	size_t i;

	for (i = 0; i < context->prompts_len; i++) {
		prompt = &context->prompts[i];
		if (prompt->ttl_ms > 0 &&
		    context_now_ms(context) - prompt->set_ms >
			(int64_t)prompt->ttl_ms)
			return true;
	}
	return false;
}

static void
keep(struct order_run *run, struct auth_line *line, enum till_result result)
{
	const struct till_context *context = line->context;
	size_t i;

	/* A look costs nothing: what it was denied may be asked again. */
	line->answered = result == TILL_GRANT || run_answers(run);
	line->remembered = false;
	line->result = result;
	line->level = 0;
	line->amr_len = 0;
	line->time_s = run->now_s;
	line->limit_code[0] = '\0';
	free(line->limits);
	line->limits = NULL;
	line->limits_len = 0;
	if (context != NULL && is_limit(context->code) &&
	    (result == TILL_DENY || result == TILL_GRANT))
		code_set(line->limit_code, context->code);
	if (result != TILL_GRANT || context == NULL)
		return;
	if (keep_limits(line, context) == -1) {
		line->result = TILL_ERROR;
		return;
	}
	line->level = context->level;
	for (i = 0; i < context->amr_len; i++)
		memcpy(line->amr[line->amr_len++], context->amr[i],
		    sizeof(line->amr[0]));
}

/* A grant without its limits would be a larger one. */
static int
keep_limits(struct auth_line *line, const struct till_context *context)
{
	const size_t size = context->limits_len * sizeof(line->limits[0]);

	if (context->limits_len == 0)
		return 0;
	line->limits = malloc(size);
	if (line->limits == NULL)
		return -1;
	memcpy(line->limits, context->limits, size);
	line->limits_len = context->limits_len;
	return 0;
}

static bool
is_limit(const char *code)
{
	return strcmp(code, "limit") == 0 || strncmp(code, "limit-", 6) == 0;
}

/* The time of authentication is that of its oldest part. */
static void
count_level(struct order_run *run, const struct auth_line *line)
{
	if (line->result != TILL_GRANT)
		return;
	run->facts.auth_level += line->level;
	if (run->auth_time_s == 0 || line->time_s < run->auth_time_s)
		run->auth_time_s = line->time_s;
}

static enum step
prompt(struct order_run *run, const struct till_context *context)
{
	run->answer.prompts = context;
	return run_answer(run, STATUS_PROMPTS);
}

static enum step
decide(struct order_run *run)
{
	const struct conf_rule *by = run->auth.decided_by;
	const char *code;

	/* Whatever the stack says: without a name nobody was shown. */
	if (run->purchase->customer[0] == '\0')
		return prompt(run, NULL);
	if (walk_verdict(&run->auth) == VERDICT_ALLOW)
		return granted(run);
	/* Who was shown to be the customer may know which limit it was. */
	code = by == NULL ? "" : run->purchase->lines[by->number].limit_code;
	if (code[0] != '\0')
		return order_refuse(run, TILL_REASON_LIMIT, code);
	return order_refuse(run, TILL_REASON_AUTH, "auth");
}

/* Who is to enrol shows beside what the stack asks also what he has already. */
static enum step
granted(struct order_run *run)
{
	const struct conf_rule *rule = NULL;
	struct auth_line *line;
	struct pool *pool = NULL;

	if (sign_in_second(run, &rule) == -1) {
		run->let_in = true;
		return run_busy(run);
	}
	if (rule == NULL)
		return run_on(run, STAGE_CUSTOMER);
	line = &run->purchase->lines[rule->number];
	if (!line->answered && ask(run, rule, line, &pool) == TILL_NEED_INPUT)
		return prompt(run, line->context);
	if (run->stage == STAGE_ANSWER)
		return STEP_ON;
	if (pool != NULL)
		return run_to_pool(run, pool);
	count_level(run, line);
	return line->result == TILL_GRANT
	    ? run_on(run, STAGE_CUSTOMER)
	    : order_refuse(run, TILL_REASON_AUTH, "auth");
}

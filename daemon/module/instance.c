/*
 * instance.c - the rules around every call into a module.
 *
 * A module's answer is an assertion, not a fact: its range, what it was
 * asked, and what it left behind are checked here, for every backend
 * alike, and what does not hold together is an error (for settle, once
 * the call has begun, unknown).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "module/backend.h"
#include "module/late.h"
#include "module/names.h"
#include "module/outcome.h"
#include "module/result.h"

static const struct conf_setting *written(const struct conf_instance *,
    const char *);
static const struct instance_backend *backend_of(const struct loader *,
    const struct conf_instance *, bool check_only);
static enum till_result call(struct instance *, struct till_context *,
    const struct instance_call *);
static enum till_result policy_check(struct till_context *, enum till_result);
static enum till_result auth_check(struct till_context *, enum till_result);
static bool asks(const struct till_context *);
static enum till_result breach(struct till_context *, enum till_result,
    const char *);
static void report_late(struct instance *, struct till_context *);

int
instance_open(struct loader *loader, const struct conf_instance *conf,
    bool check_only, struct instance **instance_r, struct diag *diag)
{
	const struct conf_setting *isolate = written(conf, "isolate");
	struct instance *instance;

	instance = calloc(1, sizeof(*instance));
	if (instance != NULL)
		instance->group =
		    loader_group(loader, conf->module, conf->name);
	if (instance == NULL || instance->group == NULL ||
	    op_list_init(&instance->ops) == -1) {
		free(instance);
		diag_error(diag, &conf->place, "out of memory");
		return -1;
	}
	(void)snprintf(instance->name, sizeof(instance->name), "%s",
	    conf->name);
	instance->loader = loader;
	instance->backend = backend_of(loader, conf, check_only);
	if (instance->backend == NULL) {
		diag_error(diag,
		    isolate != NULL ? &isolate->place : &conf->place,
		    "nothing here can start a process for it; isolate=process "
		    "cannot be kept");
		op_list_close(&instance->ops);
		free(instance);
		return -1;
	}
	if (instance->backend->open(loader, instance, conf, check_only, diag) ==
	    -1) {
		instance_close(instance);
		return -1;
	}
	*instance_r = instance;
	return 0;
}

void
instance_close(struct instance *instance)
{
	if (instance == NULL)
		return;
	instance->backend->close(instance);
	op_list_close(&instance->ops);
	free(instance);
}

const char *
instance_name(const struct instance *instance)
{
	return instance->name;
}

const struct till_module *
instance_module(const struct instance *instance)
{
	return instance->module;
}

enum till_result
instance_policy(struct instance *instance, struct till_context *ctx)
{
	const struct instance_call c = { .facility = TILL_POLICY };

	return policy_check(ctx, call(instance, ctx, &c));
}

enum till_result
instance_auth(struct instance *instance, struct till_context *ctx)
{
	const struct instance_call c = { .facility = TILL_AUTH };

	return auth_check(ctx, call(instance, ctx, &c));
}

enum till_result
instance_enrol(struct instance *instance, struct till_context *ctx,
    enum till_enrol what)
{
	const struct instance_call c = { .facility = TILL_AUTH, .enrol = what };

	assert(what != 0);
	if (instance->module->enrol == NULL)
		return context_host()->fail(ctx, TILL_ERROR, "unsupported",
		    "%s keeps no credentials", instance->module->name);
	return auth_check(ctx, call(instance, ctx, &c));
}

/*
 * op's done may run before this returns.  Where the module both completes
 * the operation and answers at once, the completion came first and is
 * the answer.
 */
enum till_result
instance_settle(struct instance *instance, struct till_context *ctx,
    const struct till_settlement *settlement, struct till_outcome *outcome,
    struct till_op *op)
{
	const struct instance_call c = { .facility = TILL_SETTLE,
		.settlement = settlement,
		.outcome = outcome,
		.op = op };
	const uint32_t caps = instance->module->caps;
	enum till_result given, result;
	const char *why;

	memset(outcome, 0, sizeof(*outcome));
	outcome->size = sizeof(*outcome);
	if (op != NULL)
		op_hand_out(op, &instance->ops, settlement->verb, caps);
	given = call(instance, ctx, &c);
	result = outcome_check(settlement->verb, caps, given, outcome, &why);
	if (why != NULL)
		(void)breach(ctx, result, why);
	if (result == TILL_PENDING && op == NULL)
		result = breach(ctx, TILL_UNKNOWN, "was not to answer later");
	if (op != NULL && result != TILL_PENDING && !op_answered(op)) {
		context_log(ctx, TILL_LOG_ERROR,
		    "completed an operation and answered it too; the "
		    "completion holds");
		return TILL_PENDING;
	}
	return result;
}

enum till_result
instance_notify(struct instance *instance, struct till_context *ctx,
    const struct till_event *event)
{
	const struct instance_call c = { .facility = TILL_NOTIFY,
		.event = event };

	return call(instance, ctx, &c);
}

int
instance_health(struct instance *instance, struct till_error *err)
{
	if (instance->module->health == NULL)
		return 0;
	(void)snprintf(err->text, sizeof(err->text), "does not say why");
	return instance->backend->health(instance, err) == 0 ? 0 : -1;
}

int
instance_report(struct instance *instance, const char *word,
    char text[TILL_REPORT_MAX], struct till_error *err)
{
	char *at;

	if (instance->module->report == NULL ||
	    instance->backend->report == NULL)
		return till_fail(err, "%s has nothing to report",
		    instance->name);
	text[0] = '\0';
	(void)snprintf(err->text, sizeof(err->text), "does not say why");
	if (instance->backend->report(instance, word, text, err) != 0)
		return -1;
	text[TILL_REPORT_MAX - 1] = '\0';
	for (at = text; *at != '\0'; at++) {
		if (((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7f)
			*at = ' ';
	}
	return 0;
}

int
instance_late(struct instance *instance, const struct till_late *late)
{
	struct late_copy copy;

	if (late_copy(&copy, late) == -1)
		return -1;
	return loader_late(instance->loader, instance->name, &copy.late);
}

void
instance_set_time(struct instance *instance, int64_t time_s)
{
	instance->time_s = time_s;
}

bool
instance_is_isolated(const struct instance *instance)
{
	return instance->backend != &instance_direct;
}

const void *
instance_group(const struct instance *instance)
{
	return instance->group;
}

void
instance_not_found(const struct loader *loader,
    const struct conf_instance *conf, const char *why, struct diag *diag)
{
	const char **names;

	diag_error(diag, &conf->module_place, "%s", why);
	if (loader_has(loader, conf->module))
		return;
	names = loader_names(loader);
	if (names != NULL && names[0] != NULL)
		diag_suggest(diag, conf->module, names);
	loader_names_free(names);
}

static const struct conf_setting *
written(const struct conf_instance *conf, const char *key)
{
	size_t i;

	for (i = 0; i < conf->settings_len; i++) {
		if (strcmp(conf->settings[i].key, key) == 0)
			return &conf->settings[i];
	}
	return NULL;
}

/*
 * Modules that do not come with till run in processes of their own unless
 * the configuration says isolate=no.  Who only looks at a configuration
 * has no hosts; it may open modules here, as it can be lost (or was
 * written for tests).
 */
static const struct instance_backend *
backend_of(const struct loader *loader, const struct conf_instance *conf,
    bool check_only)
{
	const struct instance_backend *isolate;
	void *arg;

	isolate = loader_isolation(loader, &arg);
	if (conf->isolate_set && !conf->isolate)
		return &instance_direct;
	if (isolate == NULL)
		return conf->isolate && !check_only ? NULL : &instance_direct;
	return conf->isolate || !module_is_own(conf->module) ? isolate
							     : &instance_direct;
}

/* One call, its result within the facility's range. */
static enum till_result
call(struct instance *instance, struct till_context *ctx,
    const struct instance_call *c)
{
	enum till_result given, result;

	assert(ctx->facility == c->facility);
	context_begin(ctx);
	report_late(instance, ctx);
	if ((instance->module->facilities & c->facility) == 0) {
		context_replies_clear(ctx);
		return breach(ctx, TILL_ERROR, "has no such facility");
	}
	given = instance->backend->call(instance, ctx, c);
	context_replies_clear(ctx);
	result = result_sane(c->facility, given);
	if (result != given)
		(void)breach(ctx, result, "answered outside of its facility");
	return result;
}

static enum till_result
policy_check(struct till_context *ctx, enum till_result result)
{
	if (result == TILL_STEP_UP && ctx->step_up == 0)
		return breach(ctx, TILL_ERROR,
		    "asked for a higher auth.level without saying which");
	if (result != TILL_STEP_UP)
		ctx->step_up = 0;
	return result;
}

/* Levels and limits count only where the call ends in GRANT, and a
 * conversation that asks nothing would never end. */
static enum till_result
auth_check(struct till_context *ctx, enum till_result result)
{
	if (result != TILL_GRANT) {
		ctx->level = 0;
		ctx->amr_len = 0;
		ctx->limits_len = 0;
	}
	if (result == TILL_NEED_INPUT && !asks(ctx))
		return breach(ctx, TILL_ERROR,
		    "needs input but asked for nothing");
	return result;
}

static bool
asks(const struct till_context *ctx)
{
	size_t i;

	for (i = 0; i < ctx->prompts_len; i++) {
		if (ctx->prompts[i].kind != TILL_TELL_INFO &&
		    ctx->prompts[i].kind != TILL_TELL_ERROR)
			return true;
	}
	return false;
}

/* The module broke its contract: say so, to the log and as the reason. */
static enum till_result
breach(struct till_context *ctx, enum till_result result, const char *what)
{
	context_log(ctx, TILL_LOG_ERROR, "the module %s", what);
	return context_host()->fail(ctx, result, "module-error",
	    "the module %s", what);
}

/* Completions come from any thread, and not all have a log at hand. */
static void
report_late(struct instance *instance, struct till_context *ctx)
{
	unsigned int n = atomic_exchange(&instance->ops.late, 0);

	if (n > 0)
		context_log(ctx, TILL_LOG_WARNING,
		    "%u late or repeated completions were refused", n);
	n = atomic_exchange(&instance->ops.unsound, 0);
	if (n > 0)
		context_log(ctx, TILL_LOG_ERROR,
		    "the postings of %u completions could not be used", n);
}

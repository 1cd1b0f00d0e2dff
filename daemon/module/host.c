/*
 * host.c - the services that a module gets: struct till_host.
 *
 * Each one holds what the module gives against the bounds of the ABI and
 * against what the module is being called for; what does not fit is -1
 * and changes nothing.  All state is the context's.
 */
#include <string.h>
#include <time.h>

#include "module/backend.h"
#include "module/context.h"
#include "module/host.h"
#include "module/op.h"

#define LEVEL_MAX 10 /* that one method can add */

static void host_log(struct till_context *, enum till_log_level, const char *,
    ...) __attribute__((format(printf, 3, 4)));
static enum till_result host_fail(struct till_context *, enum till_result,
    const char *, const char *, ...) __attribute__((format(printf, 4, 5)));
static const struct till_order *host_order(struct till_context *);
static int host_state_put(struct till_context *, struct till_bytes);
static int host_state_get(struct till_context *, struct till_bytes *);
static int host_method(struct till_context *, const char *, uint32_t);
static int host_alert(struct till_context *, const char *, const char *);
static int host_limit(struct till_context *, const struct till_limit *);
static int limit_ask(struct till_context *, const struct till_limit *);
static void limit_kept(struct till_context *, const struct till_limit *);
static bool limit_ok(const struct till_context *, const struct till_limit *);
static int host_step_up(struct till_context *, uint32_t);
static int64_t host_time_s(struct till_instance *);
static int host_retry_after(struct till_context *, uint32_t);
static int host_late(struct till_instance *, const struct till_late *);
static bool word_ok(const char *, size_t size);

static const struct till_host host = {
	.size = sizeof(struct till_host),
	.abi_major = TILL_ABI_MAJOR,
	.abi_minor = TILL_ABI_MINOR,
	.log = host_log,
	.fail = host_fail,
	.order = host_order,
	.prompt = host_prompt,
	.reply = host_reply,
	.state_put = host_state_put,
	.state_get = host_state_get,
	.method = host_method,
	.credential_list = host_credential_list,
	.credential_get = host_credential_get,
	.credential_put = host_credential_put,
	.credential_remove = host_credential_remove,
	.failures = host_failures,
	.failed = host_failed,
	.succeeded = host_succeeded,
	.alert = host_alert,
	.limit = host_limit,
	.step_up = host_step_up,
	.complete = op_complete,
	.now_ms = host_now_ms,
	.time_s = host_time_s,
	.random = host_random,
	.retry_after = host_retry_after,
	.late = host_late,
	.failures_here = host_failures_here,
};

const struct till_host *
context_host(void)
{
	return &host;
}

int
context_limit_look(struct till_context *ctx, const struct till_limit *limit)
{
	int r;

	if (!limit_ok(ctx, limit) || ctx->ops == NULL ||
	    ctx->ops->limit_look == NULL)
		return -1;
	r = ctx->ops->limit_look(ctx->owner, ctx->instance, limit);
	return r == 0 || r == 1 ? r : -1;
}

int
context_limit_keep(struct till_context *ctx, const struct till_limit *limit)
{
	if (!limit_ok(ctx, limit) ||
	    ctx->ops->limit_keep(ctx->owner, ctx->instance, limit) != 0)
		return -1;
	limit_kept(ctx, limit);
	return 0;
}

static void
host_log(struct till_context *ctx, enum till_log_level level, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	context_vlog(ctx, level, fmt, ap);
	va_end(ap);
}

static enum till_result
host_fail(struct till_context *ctx, enum till_result result, const char *code,
    const char *fmt, ...)
{
	va_list ap;

	(void)snprintf(ctx->code, sizeof(ctx->code), "%s",
	    word_ok(code, sizeof(ctx->code)) ? code : "unspecified");
	va_start(ap, fmt);
	(void)vsnprintf(ctx->why.text, sizeof(ctx->why.text), fmt, ap);
	va_end(ap);
	return result;
}

static const struct till_order *
host_order(struct till_context *ctx)
{
	return ctx->order;
}

static int
host_state_put(struct till_context *ctx, struct till_bytes state)
{
	if (ctx->facility != TILL_AUTH || state.len > sizeof(ctx->state))
		return -1;
	explicit_bzero(ctx->state, sizeof(ctx->state));
	if (state.len > 0)
		memcpy(ctx->state, state.data, state.len);
	ctx->state_len = state.len;
	return 0;
}

static int
host_state_get(struct till_context *ctx, struct till_bytes *state_r)
{
	if (ctx->facility != TILL_AUTH || ctx->state_len == 0)
		return -1;
	state_r->data = ctx->state;
	state_r->len = ctx->state_len;
	return 0;
}

static int
host_method(struct till_context *ctx, const char *amr, uint32_t level)
{
	size_t i;

	if (ctx->facility != TILL_AUTH || level > LEVEL_MAX ||
	    ctx->amr_len == TILL_AMR_MAX || !word_ok(amr, sizeof(ctx->amr[0])))
		return -1;
	for (i = 0; i < ctx->amr_len; i++) {
		if (strcmp(ctx->amr[i], amr) == 0)
			return -1;
	}
	(void)snprintf(ctx->amr[ctx->amr_len++], sizeof(ctx->amr[0]), "%s",
	    amr);
	ctx->level += level;
	return 0;
}

/* Only the event that is an auth module's to raise: a module cannot say
 * that a voucher was issued. */
static int
host_alert(struct till_context *ctx, const char *type, const char *text)
{
	if (ctx->facility != TILL_AUTH || strcmp(type, "auth.alert") != 0 ||
	    !till_text_ok(text, TILL_TEXT_MAX - 1) ||
	    ctx->alerts == CONTEXT_ALERTS_MAX || ctx->ops == NULL ||
	    ctx->ops->alert == NULL)
		return -1;
	ctx->alerts++;
	ctx->ops->alert(ctx->owner, ctx->instance, type, text);
	return 0;
}

/*
 * The limit is kept also where the order does not fit in: whether the
 * line counts in the end is for the stack to say, and then the payment
 * must be counted.
 */
static int
host_limit(struct till_context *ctx, const struct till_limit *limit)
{
	int r;

	if (!limit_ok(ctx, limit) || ctx->ops == NULL)
		return -1;
	r = limit_ask(ctx, limit);
	if (r != 0 && r != 1)
		return -1;
	limit_kept(ctx, limit);
	return r;
}

/* Of an auth module it is kept by the owner, when the call has granted. */
static int
limit_ask(struct till_context *ctx, const struct till_limit *limit)
{
	const struct context_ops *ops = ctx->ops;

	if (ctx->facility == TILL_AUTH && ops->limit_look != NULL)
		return ops->limit_look(ctx->owner, ctx->instance, limit);
	return ops->limit == NULL
	    ? -1
	    : ops->limit(ctx->owner, ctx->instance, limit);
}

static void
limit_kept(struct till_context *ctx, const struct till_limit *limit)
{
	struct context_limit *kept = &ctx->limits[ctx->limits_len++];

	(void)snprintf(kept->name, sizeof(kept->name), "%s", limit->name);
	kept->scope = limit->scope;
	kept->window = limit->window;
	kept->max_micro = limit->max_micro;
	kept->max_count = limit->max_count;
}

static bool
limit_ok(const struct till_context *ctx, const struct till_limit *limit)
{
	size_t i;

	if ((ctx->facility != TILL_POLICY && ctx->facility != TILL_AUTH) ||
	    !HOST_REACHES(limit, struct till_limit, max_count) ||
	    ctx->limits_len == CONTEXT_LIMITS_MAX ||
	    !word_ok(limit->name, sizeof(ctx->limits[0].name)))
		return false;
	if (limit->scope < TILL_SCOPE_CUSTOMER ||
	    limit->scope > TILL_SCOPE_MERCHANT ||
	    limit->window < TILL_WINDOW_HOUR ||
	    limit->window > TILL_WINDOW_MONTH)
		return false;
	if (limit->max_micro < -1 || limit->max_count < -1)
		return false;
	for (i = 0; i < ctx->limits_len; i++) {
		if (strcmp(ctx->limits[i].name, limit->name) == 0)
			return false;
	}
	return true;
}

static int
host_step_up(struct till_context *ctx, uint32_t level)
{
	if (ctx->facility != TILL_POLICY || level == 0)
		return -1;
	ctx->step_up = level;
	return 0;
}

/* What a module hands back is the instance that it was opened with. */
static int64_t
host_time_s(struct till_instance *instance)
{
	const struct instance *it = (const void *)instance;

	if (it != NULL && it->time_s != 0)
		return it->time_s;
	return (int64_t)time(NULL);
}

static int
host_retry_after(struct till_context *ctx, uint32_t ms)
{
	if (ctx->facility != TILL_NOTIFY)
		return -1;
	ctx->retry_after_ms = ms;
	return 0;
}

static int
host_late(struct till_instance *instance, const struct till_late *late)
{
	return instance_late((struct instance *)(void *)instance, late);
}

/* [a-z0-9-], and room for a NUL. */
static bool
word_ok(const char *word, size_t size)
{
	size_t len;

	if (word == NULL)
		return false;
	len = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len > 0 && len < size && word[len] == '\0';
}

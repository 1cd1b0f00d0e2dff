/*
 * context.c - a conversation's memory: prompts that are open, replies
 * that came.
 *
 * A reply is taken in only where a prompt asks for it, within the
 * prompt's time and length; its octets lie in secure memory from here to
 * the end of the one call that may read them.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "module/context.h"

#define LOG_LINE_MAX 512

static const struct prompt *prompt_find(const struct till_context *,
    const char *);
static int fits(const struct till_context *, const struct prompt *,
    const void *, size_t, struct till_error *);
static bool is_choice(const struct prompt *, const void *, size_t);
static int keep(struct till_context *, const char *id, const void *, size_t,
    const char *format, int64_t set_ms, struct till_error *);
static struct reply *slot(struct till_context *, const char *);
static void reply_wipe(struct reply *);

struct till_context *
context_new(const char *instance, enum till_facility facility,
    const struct context_ops *ops, void *owner)
{
	struct till_context *ctx;

	ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL)
		return NULL;
	(void)snprintf(ctx->instance, sizeof(ctx->instance), "%s", instance);
	ctx->facility = facility;
	ctx->ops = ops;
	ctx->owner = owner;
	return ctx;
}

void
context_free(struct till_context *ctx)
{
	if (ctx == NULL)
		return;
	context_replies_clear(ctx);
	explicit_bzero(ctx, sizeof(*ctx));
	free(ctx);
}

int
context_reply_put(struct till_context *ctx, const char *id, const void *data,
    size_t len, const char *format, struct till_error *err)
{
	const struct prompt *prompt;

	prompt = prompt_find(ctx, id);
	if (prompt == NULL)
		return till_fail(err, "nothing asks for this reply");
	if (fits(ctx, prompt, data, len, err) == -1)
		return -1;
	return keep(ctx, prompt->id, data, len, format, prompt->set_ms, err);
}

int
context_reply_give(struct till_context *ctx, const char *id, const void *data,
    size_t len, struct till_error *err)
{
	if (len > TILL_REPLY_MAX || strlen(id) >= TILL_PROMPT_ID_MAX)
		return till_fail(err, "the reply is too long");
	return keep(ctx, id, data, len, "", context_now_ms(ctx), err);
}

const struct reply *
context_reply(const struct till_context *ctx, const char *id)
{
	size_t i;

	for (i = 0; i < ctx->replies_len; i++) {
		if (strcmp(ctx->replies[i].id, id) == 0)
			return &ctx->replies[i];
	}
	return NULL;
}

void
context_replies_clear(struct till_context *ctx)
{
	size_t i;

	for (i = 0; i < ctx->replies_len; i++)
		reply_wipe(&ctx->replies[i]);
	ctx->replies_len = 0;
}

void
context_begin(struct till_context *ctx)
{
	/* Those that are not in use are not touched: they are large, and most
	 * contexts never have any. */
	explicit_bzero(ctx->prompts,
	    ctx->prompts_len * sizeof(ctx->prompts[0]));
	ctx->prompts_len = 0;
	ctx->code[0] = '\0';
	ctx->why.text[0] = '\0';
	ctx->amr_len = 0;
	ctx->level = 0;
	ctx->step_up = 0;
	ctx->retry_after_ms = 0;
	ctx->limits_len = 0;
	ctx->alerts = 0;
}

int64_t
context_now_ms(const struct till_context *ctx)
{
	struct timespec now;

	if (ctx->ops != NULL && ctx->ops->now_ms != NULL)
		return ctx->ops->now_ms(ctx->owner);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
context_log(struct till_context *ctx, enum till_log_level level,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	context_vlog(ctx, level, fmt, ap);
	va_end(ap);
}

void
context_vlog(struct till_context *ctx, enum till_log_level level,
    const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];
	size_t i;

	if (ctx->ops == NULL || ctx->ops->log == NULL)
		return;
	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		return;
	for (i = 0; line[i] != '\0'; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	}
	ctx->ops->log(ctx->owner, ctx->instance, level, line);
	explicit_bzero(line, sizeof(line));
}

static const struct prompt *
prompt_find(const struct till_context *ctx, const char *id)
{
	size_t i;

	for (i = 0; i < ctx->prompts_len; i++) {
		if (strcmp(ctx->prompts[i].id, id) == 0)
			return &ctx->prompts[i];
	}
	return NULL;
}

static int
fits(const struct till_context *ctx, const struct prompt *prompt,
    const void *data, size_t len, struct till_error *err)
{
	if (prompt->kind == TILL_TELL_INFO || prompt->kind == TILL_TELL_ERROR)
		return till_fail(err, "nothing asks for this reply");
	if (prompt->ttl_ms != 0 &&
	    context_now_ms(ctx) - prompt->set_ms > prompt->ttl_ms)
		return till_fail(err, "the time to reply has passed");
	if (len < prompt->min_len)
		return till_fail(err, "the reply is shorter than %u octets",
		    prompt->min_len);
	if (len > prompt->max_len)
		return till_fail(err, "the reply is longer than %u octets",
		    prompt->max_len);
	if (prompt->kind == TILL_ASK_CHOICE && !is_choice(prompt, data, len))
		return till_fail(err, "the reply is none of the choices");
	return 0;
}

static bool
is_choice(const struct prompt *prompt, const void *data, size_t len)
{
	size_t i;

	for (i = 0; i < prompt->choices_len; i++) {
		if (strlen(prompt->choices[i]) == len &&
		    memcmp(prompt->choices[i], data, len) == 0)
			return true;
	}
	return false;
}

/* A later reply to the same prompt takes the earlier one's place. */
static int
keep(struct till_context *ctx, const char *id, const void *data, size_t len,
    const char *format, int64_t set_ms, struct till_error *err)
{
	struct reply *reply;
	unsigned char *copy;

	reply = slot(ctx, id);
	if (reply == NULL)
		return till_fail(err, "there are too many replies");
	copy = OPENSSL_secure_malloc(len + 1);
	if (copy == NULL)
		return till_fail(err, "out of secure memory");
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	reply_wipe(reply);
	(void)snprintf(reply->id, sizeof(reply->id), "%s", id);
	(void)snprintf(reply->format, sizeof(reply->format), "%s",
	    format != NULL ? format : "");
	reply->set_ms = set_ms;
	reply->data = copy;
	reply->len = len;
	if (reply == &ctx->replies[ctx->replies_len])
		ctx->replies_len++;
	return 0;
}

static struct reply *
slot(struct till_context *ctx, const char *id)
{
	size_t i;

	for (i = 0; i < ctx->replies_len; i++) {
		if (strcmp(ctx->replies[i].id, id) == 0)
			return &ctx->replies[i];
	}
	return i < TILL_PROMPT_MAX ? &ctx->replies[i] : NULL;
}

static void
reply_wipe(struct reply *reply)
{
	OPENSSL_secure_clear_free(reply->data, reply->len + 1);
	memset(reply, 0, sizeof(*reply));
}

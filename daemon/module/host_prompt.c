/*
 * host_prompt.c - what a module asks of the customer, and what came back.
 */
#include <stdbool.h>
#include <string.h>

#include "module/context.h"
#include "module/host.h"

#define TELLS(kind) ((kind) == TILL_TELL_INFO || (kind) == TILL_TELL_ERROR)
#define CHOICES_MAX                                                            \
	(sizeof(((struct prompt *)0)->choices) /                               \
	    sizeof(((struct prompt *)0)->choices[0]))

static struct prompt *slot(struct till_context *, const char *id);
static bool prompt_ok(const struct till_prompt *);
static bool id_ok(const char *);
static bool short_text(const char *, size_t size);
static bool choices_ok(const struct till_prompt *);
static const char *data_of(const struct till_prompt *);
static void prompt_copy(struct prompt *, const struct till_prompt *);
static void text_copy(char *, size_t size, const char *);

int
host_prompt(struct till_context *ctx, const struct till_prompt *prompt)
{
	struct prompt *kept;

	if (ctx->facility != TILL_AUTH || !prompt_ok(prompt))
		return -1;
	kept = slot(ctx, prompt->id);
	if (kept == NULL)
		return -1;
	prompt_copy(kept, prompt);
	kept->set_ms = context_now_ms(ctx);
	if (kept == &ctx->prompts[ctx->prompts_len])
		ctx->prompts_len++;
	return 0;
}

int
host_reply(struct till_context *ctx, const char *id, struct till_reply *reply_r)
{
	const struct reply *reply;
	int64_t age_ms;

	if (ctx->facility != TILL_AUTH)
		return -1;
	reply = context_reply(ctx, id);
	if (reply == NULL)
		return -1;
	age_ms = context_now_ms(ctx) - reply->set_ms;
	memset(reply_r, 0, sizeof(*reply_r));
	reply_r->size = sizeof(*reply_r);
	reply_r->data.data = reply->data;
	reply_r->data.len = reply->len;
	reply_r->format = reply->format;
	reply_r->age_ms = age_ms < 0 ? 0
	    : age_ms > UINT32_MAX    ? UINT32_MAX
				     : (uint32_t)age_ms;
	return 0;
}

/* The prompt of this id, or the next free one; NULL if there is none. */
static struct prompt *
slot(struct till_context *ctx, const char *id)
{
	size_t i;

	for (i = 0; i < ctx->prompts_len; i++) {
		if (strcmp(ctx->prompts[i].id, id) == 0)
			return &ctx->prompts[i];
	}
	return i < TILL_PROMPT_MAX ? &ctx->prompts[i] : NULL;
}

static bool
prompt_ok(const struct till_prompt *prompt)
{
	if (!HOST_REACHES(prompt, struct till_prompt, choices) ||
	    prompt->kind < TILL_ASK_TEXT || prompt->kind > TILL_TELL_ERROR ||
	    !id_ok(prompt->id))
		return false;
	if (!short_text(prompt->label, sizeof(((struct prompt *)0)->label)) ||
	    !short_text(prompt->text, sizeof(((struct prompt *)0)->text)) ||
	    !short_text(prompt->format, sizeof(((struct prompt *)0)->format)) ||
	    !short_text(data_of(prompt), TILL_PROMPT_DATA_MAX))
		return false;
	if (prompt->challenge.len > sizeof(((struct prompt *)0)->challenge))
		return false;
	if (TELLS(prompt->kind))
		return true;
	if (prompt->max_len == 0 || prompt->max_len > TILL_REPLY_MAX ||
	    prompt->min_len > prompt->max_len)
		return false;
	return prompt->kind != TILL_ASK_CHOICE || choices_ok(prompt);
}

static bool
id_ok(const char *id)
{
	size_t len;

	if (id == NULL)
		return false;
	len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len > 0 && len < TILL_PROMPT_ID_MAX && id[len] == '\0';
}

/* NULL, empty, or a text that fits with its NUL. */
static bool
short_text(const char *text, size_t size)
{
	return text == NULL || text[0] == '\0' || till_text_ok(text, size - 1);
}

static bool
choices_ok(const struct till_prompt *prompt)
{
	size_t i;

	if (prompt->choices == NULL)
		return false;
	for (i = 0; prompt->choices[i] != NULL; i++) {
		if (i == CHOICES_MAX || prompt->choices[i][0] == '\0' ||
		    !short_text(prompt->choices[i],
			sizeof(((struct prompt *)0)->choices[0])))
			return false;
	}
	return i > 0;
}

/* A module that was built before there was any has none. */
static const char *
data_of(const struct till_prompt *prompt)
{
	return HOST_REACHES(prompt, struct till_prompt, data) &&
		prompt->kind == TILL_ASK_SIGNATURE
	    ? prompt->data
	    : NULL;
}

static void
prompt_copy(struct prompt *kept, const struct till_prompt *prompt)
{
	size_t i;

	memset(kept, 0, sizeof(*kept));
	kept->kind = prompt->kind;
	kept->min_len = prompt->min_len;
	kept->max_len = prompt->max_len;
	kept->ttl_ms = prompt->ttl_ms;
	text_copy(kept->id, sizeof(kept->id), prompt->id);
	text_copy(kept->label, sizeof(kept->label), prompt->label);
	text_copy(kept->text, sizeof(kept->text), prompt->text);
	text_copy(kept->format, sizeof(kept->format), prompt->format);
	text_copy(kept->data, sizeof(kept->data), data_of(prompt));
	if (prompt->challenge.len > 0)
		memcpy(kept->challenge, prompt->challenge.data,
		    prompt->challenge.len);
	kept->challenge_len = prompt->challenge.len;
	if (prompt->kind != TILL_ASK_CHOICE)
		return;
	for (i = 0; prompt->choices[i] != NULL; i++)
		text_copy(kept->choices[i], sizeof(kept->choices[i]),
		    prompt->choices[i]);
	kept->choices_len = i;
}

static void
text_copy(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text != NULL ? text : "");
}

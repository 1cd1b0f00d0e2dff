/*
 * check_auth.c - what an auth module owes: whom it lets in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/check_auth.h"
#include "kit/made.h"
#include "module/result.h"

#define LENGTH_MAX 4096 /* octets of a made-up reply, at most */
#define WRITTEN_MAX 65536 /* octets looked at of what was written, the last */

static void no_reply(struct kit_case *);
static void prompts(struct kit_case *);
static void right(struct kit_case *);
static void wrong(struct kit_case *);
static void wrong_then_right(struct kit_case *);
static void afresh(struct kit_case *);
static void after_grant(struct kit_case *, const char *customer);
static void stranger(struct kit_case *);
static void abstains(struct kit_case *);
static bool written_has(int fd, const char *text);
static const struct prompt *first_asked(const struct till_context *);
static int make_up(struct kit_case *, const struct prompt *,
    const char *written, unsigned char **data_r, size_t *len_r);

const struct kit_check kit_checks_auth[] = {
	{ .name = "auth-no-reply",
	    .facility = TILL_AUTH,
	    .run = no_reply,
	    .rule = "Nobody is let in who has not replied to anything: the "
		    "first call of a conversation has no replies." },
	{ .name = "auth-prompts",
	    .facility = TILL_AUTH,
	    .run = prompts,
	    .rule = "A prompt has a text for where no catalogue has its "
		    "label, and bounds that a reply can be in: it is all "
		    "that the customer sees." },
	{ .name = "auth-right",
	    .facility = TILL_AUTH,
	    .run = right,
	    .rule = "The right replies end in GRANT, with the RFC 8176 method "
		    "that was used (host->method): guards go by its level." },
	{ .name = "auth-wrong",
	    .facility = TILL_AUTH,
	    .run = wrong,
	    .rule = "Wrong replies never end in GRANT, however often they "
		    "are given." },
	{ .name = "auth-wrong-then-right",
	    .facility = TILL_AUTH,
	    .run = wrong_then_right,
	    .rule = "Who mistypes once and then replies right is let in: a "
		    "single slip must not lock a customer out." },
	{ .name = "auth-afresh",
	    .facility = TILL_AUTH,
	    .run = afresh,
	    .rule = "Each conversation begins with nothing: what was granted "
		    "in another one, or to another customer, is no grant "
		    "here.  What is to be kept goes into state_put." },
	{ .name = "auth-stranger",
	    .facility = TILL_AUTH,
	    .no_mock = true,
	    .run = stranger,
	    .rule = "Somebody whom the server does not know is asked the "
		    "same as a customer, and never let in: nobody finds out "
		    "who is a customer." },
	{ .name = "auth-abstains",
	    .facility = TILL_AUTH,
	    .caps = TILL_CAP_ABSTAINS,
	    .run = abstains,
	    .rule = "A module with ABSTAINS never grants: the server counts "
		    "on another one to do so." },
	{ .name = NULL },
};

int
kit_answer(struct kit_case *c, enum kit_context which, enum script_verb verb)
{
	struct till_context *ctx = kit_session_context(&c->session, which);
	const struct prompt *prompt;
	struct till_error err;
	const char *written;
	unsigned char *data;
	size_t i, len;
	bool altered;
	int r = 0;

	for (i = 0; ctx != NULL && i < ctx->prompts_len && r == 0; i++) {
		prompt = &ctx->prompts[i];
		if (prompt->kind == TILL_TELL_INFO ||
		    prompt->kind == TILL_TELL_ERROR)
			continue;
		written = c->made_up ? NULL : kit_given(c, verb, prompt->id);
		if (written == NULL && verb == SCRIPT_RIGHT) {
			kit_skip(c,
			    "the suite's script has no line 'right "
			    "%s=...'",
			    prompt->id);
			return -1;
		}
		if (make_up(c, prompt, written, &data, &len) == -1)
			return -1;
		altered = kit_near_alter(c, prompt, data, &len);
		r = context_reply_put(ctx, prompt->id, data, len,
		    prompt->format, &err);
		free(data);
		if (r == -1 && !altered && written != NULL)
			kit_fail(c, "the reply %s is not taken: %s", prompt->id,
			    err.text);
	}
	return ctx != NULL ? r : -1;
}

enum till_result
kit_converse(struct kit_case *c, enum script_verb verb, unsigned int tries)
{
	enum till_result result;
	unsigned int i;

	kit_session_forget(&c->session);
	result = kit_auth(&c->session);
	for (i = 0; i < tries && result == TILL_NEED_INPUT; i++) {
		if (kit_answer(c, KIT_AUTH, verb) == -1)
			break;
		result = kit_auth(&c->session);
	}
	return result;
}

bool
kit_knows_right(struct kit_case *c)
{
	const struct prompt *prompt;

	if (kit_never_grants(c))
		return false;
	kit_session_forget(&c->session);
	(void)kit_auth(&c->session);
	prompt = first_asked(c->session.last);
	if (prompt != NULL && kit_given(c, SCRIPT_RIGHT, prompt->id) == NULL)
		kit_skip(c, "the suite's script has no line 'right %s=...'",
		    prompt->id);
	else if (prompt == NULL)
		kit_skip(c, "it asks for nothing");
	else
		return true;
	return false;
}

bool
kit_never_grants(struct kit_case *c)
{
	const struct till_module *module = instance_module(c->session.instance);

	if ((module->caps & TILL_CAP_ABSTAINS) == 0)
		return false;
	kit_skip(c, "the module never grants");
	return true;
}

const char *
kit_leak(const struct kit_case *c, const char *text)
{
	const struct till_context *ctx = c->session.last;
	size_t i;

	if (written_has(STDOUT_FILENO, text))
		return "standard output";
	if (written_has(STDERR_FILENO, text))
		return "standard error";
	if (strstr(c->session.owner->log, text) != NULL)
		return "the log";
	if (strstr(c->session.owner->alerts, text) != NULL)
		return "an alert";
	if (strstr(ctx->why.text, text) != NULL ||
	    strstr(ctx->code, text) != NULL)
		return "the reason";
	for (i = 0; i < ctx->prompts_len; i++)
		if (strstr(ctx->prompts[i].text, text) != NULL ||
		    strstr(ctx->prompts[i].label, text) != NULL)
			return "a prompt";
	return NULL;
}

static void
no_reply(struct kit_case *c)
{
	unsigned int i;

	for (i = 0; i < KIT_STEPS_MAX; i++) {
		if (kit_auth(&c->session) == TILL_GRANT)
			kit_fail(c, "call %u without any reply grants", i + 1);
		kit_sound(c, "a call without replies");
	}
}

static void
prompts(struct kit_case *c)
{
	const struct prompt *prompt;
	size_t i;

	if (kit_auth(&c->session) != TILL_NEED_INPUT) {
		kit_skip(c, "it asks for nothing");
		return;
	}
	for (i = 0; i < c->session.last->prompts_len; i++) {
		prompt = &c->session.last->prompts[i];
		if (prompt->text[0] == '\0')
			kit_fail(c, "the prompt %s has no text", prompt->id);
		if (prompt->kind == TILL_ASK_SIGNATURE &&
		    (prompt->challenge_len == 0 || prompt->format[0] == '\0'))
			kit_fail(c,
			    "the prompt %s asks for a signature of "
			    "nothing, or in no format",
			    prompt->id);
	}
}

static void
right(struct kit_case *c)
{
	if (!kit_knows_right(c))
		return;
	if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) != TILL_GRANT)
		kit_fail(c, "the right replies end in %s: %s",
		    result_name(c->session.result), c->session.last->why.text);
	else if (c->session.last->amr_len == 0)
		kit_fail(c, "it grants without naming a method");
	kit_sound(c, "the right replies");
}

static void
wrong(struct kit_case *c)
{
	unsigned int i;

	for (i = 0; i < KIT_STEPS_MAX; i++) {
		if (kit_converse(c, SCRIPT_WRONG, KIT_STEPS_MAX) == TILL_GRANT)
			kit_fail(c,
			    "wrong replies are let in, in "
			    "conversation %u",
			    i + 1);
		kit_sound(c, "wrong replies");
	}
}

static void
wrong_then_right(struct kit_case *c)
{
	if (!kit_knows_right(c))
		return;
	if (kit_converse(c, SCRIPT_WRONG, 1) == TILL_NEED_INPUT &&
	    kit_answer(c, KIT_AUTH, SCRIPT_RIGHT) == 0) {
		if (kit_auth(&c->session) != TILL_GRANT &&
		    c->session.result != TILL_NEED_INPUT)
			kit_fail(c,
			    "after one wrong reply the right one ends "
			    "in %s",
			    result_name(c->session.result));
		return;
	}
	if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) != TILL_GRANT)
		kit_fail(c,
		    "after one wrong reply the next conversation "
		    "ends in %s",
		    result_name(c->session.result));
}

static void
afresh(struct kit_case *c)
{
	if (!kit_knows_right(c))
		return;
	if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) != TILL_GRANT)
		return;
	after_grant(c, c->session.order.customer);
	after_grant(c, "bob");
}

/* No reply, a wrong one and one that hardly anybody has. */
static void
after_grant(struct kit_case *c, const char *customer)
{
	const char *granted = c->session.order.customer;

	c->session.order.customer = customer;
	kit_session_forget(&c->session);
	if (kit_auth(&c->session) == TILL_GRANT)
		kit_fail(c,
		    "after a grant to %s %s is let in without a "
		    "reply",
		    granted, customer);
	kit_uncount(c);
	if (kit_converse(c, SCRIPT_WRONG, KIT_STEPS_MAX) == TILL_GRANT)
		kit_fail(c,
		    "after a grant to %s %s is let in by a wrong "
		    "reply",
		    granted, customer);
	kit_uncount(c);
	c->made_up = true;
	if (kit_converse(c, SCRIPT_WRONG, KIT_STEPS_MAX) == TILL_GRANT)
		kit_fail(c, "after a grant to %s %s is let in by any reply",
		    granted, customer);
	c->made_up = false;
	c->session.order.customer = granted;
}

static void
stranger(struct kit_case *c)
{
	struct till_context known;
	const struct till_context *ctx;
	enum till_result result = kit_auth(&c->session);
	size_t i;

	known = *c->session.last;
	c->session.order.customer = "kit-stranger";
	kit_session_forget(&c->session);
	if (kit_auth(&c->session) != result) {
		kit_fail(c,
		    "a customer's conversation begins with %s, a "
		    "stranger's with %s",
		    result_name(result), result_name(c->session.result));
		return;
	}
	ctx = c->session.last;
	for (i = 0; i < known.prompts_len && i < ctx->prompts_len; i++)
		if (strcmp(known.prompts[i].id, ctx->prompts[i].id) != 0)
			break;
	if (known.prompts_len != ctx->prompts_len || i < known.prompts_len)
		kit_fail(c, "a stranger is asked for something else");
	if (kit_converse(c, SCRIPT_WRONG, KIT_STEPS_MAX) == TILL_GRANT)
		kit_fail(c, "a stranger is let in by wrong replies");
	if (c->shared->verdict == KIT_NONE &&
	    kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) == TILL_GRANT)
		kit_fail(c,
		    "a stranger is let in by what is right for a "
		    "customer");
	/* That nothing right is known is not what this was about. */
	if (c->shared->verdict == KIT_SKIP)
		c->shared->verdict = KIT_NONE;
}

static void
abstains(struct kit_case *c)
{
	if (kit_converse(c, SCRIPT_WRONG, KIT_STEPS_MAX) == TILL_GRANT ||
	    kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) == TILL_GRANT)
		kit_fail(c, "it grants");
	if (c->shared->verdict == KIT_SKIP)
		c->shared->verdict = KIT_NONE;
}

/* What a check's process writes there goes to a file, and in a server to
 * its log. */
static bool
written_has(int fd, const char *text)
{
	const size_t len = strlen(text);
	char *written = malloc(WRITTEN_MAX);
	ssize_t i, n = 0;
	bool has = false;
	off_t end;

	(void)fflush(NULL);
	end = lseek(fd, 0, SEEK_END);
	if (written != NULL && end > 0)
		n = pread(fd, written, WRITTEN_MAX,
		    end > WRITTEN_MAX ? end - WRITTEN_MAX : 0);
	for (i = 0; written != NULL && !has && i + (ssize_t)len <= n; i++)
		has = memcmp(written + i, text, len) == 0;
	free(written);
	return has;
}

static const struct prompt *
first_asked(const struct till_context *ctx)
{
	size_t i;

	for (i = 0; i < ctx->prompts_len; i++)
		if (ctx->prompts[i].kind != TILL_TELL_INFO &&
		    ctx->prompts[i].kind != TILL_TELL_ERROR)
			return &ctx->prompts[i];
	return NULL;
}

/* What is written, or what a program makes, or else a reply within the
 * bounds that hardly anybody has. */
static int
make_up(struct kit_case *c, const struct prompt *prompt, const char *written,
    unsigned char **data_r, size_t *len_r)
{
	const size_t max =
	    prompt->max_len < LENGTH_MAX ? prompt->max_len : LENGTH_MAX;
	unsigned char *data = malloc(TILL_REPLY_MAX + 1);
	size_t len = max < 16 ? max : 16;

	if (data == NULL)
		return -1;
	if (len < prompt->min_len)
		len = prompt->min_len;
	if (written != NULL &&
	    (kit_is_made(written)
		    ? kit_made(c, prompt, written, data, &len)
		    : kit_octets(written, data, TILL_REPLY_MAX, &len)) == -1) {
		free(data);
		return -1;
	}
	if (written == NULL && prompt->kind == TILL_ASK_CHOICE) {
		len = strlen(prompt->choices[0]);
		memcpy(data, prompt->choices[0], len);
	} else if (written == NULL) {
		memset(data, 'Q', len);
	}
	*data_r = data;
	*len_r = len;
	return 0;
}

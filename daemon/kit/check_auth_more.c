/*
 * check_auth_more.c - what an auth module owes: odd replies, secrets,
 * counters, enrolment.
 */
#include <stdlib.h>
#include <string.h>

#include "kit/check_auth.h"
#include "module/result.h"

#define MARKER "Xk7-kit-marker-Xk7" /* a reply that is easily found */

static void lengths(struct kit_case *);
static void octets(struct kit_case *);
static void secrets(struct kit_case *);
static void counted(struct kit_case *);
static void services(struct kit_case *);
static void enrol(struct kit_case *);
static void reply_all(struct kit_case *, size_t (*len)(const struct prompt *),
    const char *fill, size_t fill_len, const char *what);
static size_t shortest(const struct prompt *);
static size_t longest(const struct prompt *);
static size_t middle(const struct prompt *);
static void too_long(struct kit_case *);
static void enrol_remove(struct kit_case *);

const struct kit_check kit_checks_auth_more[] = {
	{ .name = "auth-lengths",
	    .facility = TILL_AUTH,
	    .run = lengths,
	    .rule =
		"A reply may have any length between the prompt's bounds, "
		"and the host takes no other: none of them lets anybody "
		"in by its length, or breaks anything.  Nor does one that is "
		"nearly right: its beginning, an octet changed or more, "
		"or the other case." },
	{ .name = "auth-octets",
	    .facility = TILL_AUTH,
	    .run = octets,
	    .rule = "A reply is octets, not a string: zeros in it, and what "
		    "is no UTF-8, are as wrong as anything else." },
	{ .name = "auth-secrets",
	    .facility = TILL_AUTH,
	    .run = secrets,
	    .rule =
		"What a customer replies never comes out again: not in the "
		"log, not as a reason, not in a prompt or an alert, and not "
		"on standard output or error, which go to a log, too." },
	{ .name = "auth-counted",
	    .facility = TILL_AUTH,
	    .no_mock = true,
	    .run = counted,
	    .rule = "Wrong replies are counted (host->failed), and a right one "
		    "ends the count (host->succeeded): otherwise anybody "
		    "may try for ever." },
	{ .name = "auth-services",
	    .facility = TILL_AUTH,
	    .no_mock = true,
	    .run = services,
	    .rule = "Where the server can keep and count nothing the module "
		    "does not grant: it fails closed." },
	{ .name = "auth-enrol",
	    .facility = TILL_AUTH,
	    .run = enrol,
	    .rule = "What is enrolled is a credential of the customer, and "
		    "gone when it is removed: the module keeps nothing "
		    "itself." },
	{ .name = NULL },
};

static void
lengths(struct kit_case *c)
{
	reply_all(c, shortest, "Q", 1, "the shortest reply");
	reply_all(c, longest, "Q", 1, "the longest reply");
	too_long(c);
	kit_near_replies(c);
}

static void
octets(struct kit_case *c)
{
	reply_all(c, middle, "\0", 1, "a reply of zeros");
	reply_all(c, middle, "\xff", 1, "a reply that is no UTF-8");
	reply_all(c, middle, "%s%n", 4, "a reply of formats");
	reply_all(c, middle, "'\"\\\n", 4, "a reply of quotes");
}

/* As many of them as there are lengths. */
static void
secrets(struct kit_case *c)
{
	const char *right, *where;
	size_t i;

	reply_all(c, middle, MARKER, sizeof(MARKER) - 1, "a reply");
	where = kit_leak(c, "Xk7-kit");
	if (where != NULL)
		kit_fail(c, "a wrong reply is in %s", where);
	if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) == TILL_GRANT) {
		for (i = 0; i < c->script->len; i++) {
			if (c->script->steps[i].verb != SCRIPT_RIGHT)
				continue;
			right = c->script->steps[i].args[0].value;
			where = strlen(right) > 3 ? kit_leak(c, right) : NULL;
			if (where != NULL)
				kit_fail(c, "the right reply is in %s", where);
		}
	}
	if (c->shared->verdict == KIT_SKIP)
		c->shared->verdict = KIT_NONE;
}

static void
counted(struct kit_case *c)
{
	struct kit_owner_customer *alice;

	if (kit_never_grants(c))
		return;
	if (kit_auth(&c->session) != TILL_NEED_INPUT) {
		kit_skip(c, "it asks for nothing");
		return;
	}
	(void)kit_converse(c, SCRIPT_WRONG, 1);
	if (c->session.owner->counted == 0) {
		kit_fail(c, "a wrong reply leaves the counter at 0");
		return;
	}
	if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) == TILL_GRANT) {
		alice = kit_owner_customer(c->session.owner,
		    c->session.order.customer);
		if (alice != NULL && alice->failures.count != 0)
			kit_fail(c, "after a grant %u failures are counted",
			    (unsigned int)alice->failures.count);
	}
	if (c->shared->verdict == KIT_SKIP)
		c->shared->verdict = KIT_NONE;
}

static void
services(struct kit_case *c)
{
	if (!kit_knows_right(c))
		return;
	c->session.owner->broken = true;
	if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) == TILL_GRANT)
		kit_fail(c, "it grants, though nothing could be counted");
}

static void
enrol(struct kit_case *c)
{
	struct till_context *ctx;
	unsigned int i;

	if (instance_module(c->session.instance)->enrol == NULL) {
		kit_skip(c, "the module enrols nobody");
		return;
	}
	c->session.owner->records_len = 0;
	(void)kit_enrol(&c->session, TILL_ENROL_ADD);
	for (i = 0; i < KIT_STEPS_MAX && c->session.result == TILL_NEED_INPUT;
	     i++) {
		ctx = kit_session_context(&c->session, KIT_ENROL);
		if (ctx == NULL ||
		    kit_answer(c, KIT_ENROL, SCRIPT_ENROLMENT) == -1)
			break;
		(void)kit_enrol(&c->session, TILL_ENROL_ADD);
	}
	kit_sound(c, "an enrolment");
	if (c->session.result != TILL_GRANT) {
		kit_fail(c, "an enrolment ends in %s: %s",
		    result_name(c->session.result), c->session.last->why.text);
		return;
	}
	if (c->session.owner->records_len == 0)
		kit_fail(c, "an enrolment leaves no credential");
	else
		enrol_remove(c);
}

static void
enrol_remove(struct kit_case *c)
{
	struct kit_owner *owner = c->session.owner;
	struct till_context *ctx;
	struct till_error err;
	const char *id = owner->records[owner->records_len - 1].id;
	size_t had = owner->records_len;

	kit_session_forget(&c->session);
	ctx = kit_session_context(&c->session, KIT_ENROL);
	if (ctx == NULL ||
	    context_reply_give(ctx, "credential", id, strlen(id), &err) == -1)
		return;
	if (kit_enrol(&c->session, TILL_ENROL_REMOVE) != TILL_GRANT)
		kit_fail(c, "the credential cannot be removed: %s",
		    result_name(c->session.result));
	else if (owner->records_len >= had)
		kit_fail(c, "a removed credential is still there");
	kit_session_forget(&c->session);
	ctx = kit_session_context(&c->session, KIT_ENROL);
	if (ctx != NULL &&
	    context_reply_give(ctx, "credential", "none", 4, &err) == 0 &&
	    owner->records_len == 0 &&
	    kit_enrol(&c->session, TILL_ENROL_REMOVE) == TILL_GRANT)
		kit_fail(c, "a credential that is not there is removed, too");
}

/* One conversation, each prompt replied to by fill up to a length. */
static void
reply_all(struct kit_case *c, size_t (*length)(const struct prompt *),
    const char *fill, size_t fill_len, const char *what)
{
	unsigned char *data = malloc(TILL_REPLY_MAX);
	const struct prompt *prompt;
	struct till_context *ctx;
	struct till_error err;
	size_t i, k, len;

	kit_session_forget(&c->session);
	(void)kit_auth(&c->session);
	ctx = c->session.last;
	for (i = 0; data != NULL && i < ctx->prompts_len; i++) {
		prompt = &ctx->prompts[i];
		len = length(prompt);
		for (k = 0; k < len; k++)
			data[k] = (unsigned char)fill[k % fill_len];
		(void)context_reply_put(ctx, prompt->id, data, len,
		    prompt->format, &err);
	}
	free(data);
	if (kit_auth(&c->session) == TILL_GRANT)
		kit_fail(c, "%s is let in", what);
	kit_sound(c, what);
}

static size_t
shortest(const struct prompt *prompt)
{
	return prompt->min_len;
}

static size_t
longest(const struct prompt *prompt)
{
	return prompt->max_len;
}

static size_t
middle(const struct prompt *prompt)
{
	const size_t want = sizeof(MARKER) - 1;

	if (want < prompt->min_len)
		return prompt->min_len;
	return want > prompt->max_len ? prompt->max_len : want;
}

/* The host refuses it, so the module must not wait for it. */
static void
too_long(struct kit_case *c)
{
	unsigned char *data = calloc(1, TILL_REPLY_MAX + 1);
	struct till_context *ctx;
	struct till_error err;
	size_t i;

	kit_session_forget(&c->session);
	(void)kit_auth(&c->session);
	ctx = c->session.last;
	for (i = 0; data != NULL && i < ctx->prompts_len; i++)
		if (ctx->prompts[i].max_len > 0 &&
		    context_reply_put(ctx, ctx->prompts[i].id, data,
			ctx->prompts[i].max_len + (size_t)1, "", &err) == 0)
			kit_fail(c, "the host took a reply that is too long");
	free(data);
	if (kit_auth(&c->session) == TILL_GRANT)
		kit_fail(c, "a reply that the host refused is let in");
}

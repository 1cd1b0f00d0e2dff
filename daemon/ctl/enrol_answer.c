/*
 * enrol_answer.c - the operator's answers to what a module asks in an
 * enrolment: his secret, or the arguments of his command.
 */
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "ctl/enrol.h"

static int is_wanted(void *, const struct till_credential *);
static int give_secret(struct call *, struct till_context *,
    const struct prompt *);
static int give_argument(struct call *, struct till_context *,
    const struct prompt *);

int
enrol_answer(struct call *call, const char *instance, bool arguments,
    struct till_context *context, bool *asks_more_r)
{
	const struct prompt *prompt;
	size_t i, given = 0;
	int status;

	for (i = 0; i < context->prompts_len; i++) {
		prompt = &context->prompts[i];
		if (prompt->kind == TILL_TELL_INFO ||
		    prompt->kind == TILL_TELL_ERROR)
			continue;
		*asks_more_r = arguments ? prompt->kind != TILL_ASK_TEXT &&
			prompt->kind != TILL_ASK_CHOICE
					 : prompt->kind != TILL_ASK_SECRET;
		if (*asks_more_r)
			return call_fail(call, EX_CONFIG,
			    "%s asks for more than %s", instance,
			    arguments ? "arguments can say" : "a password");
		status = arguments ? give_argument(call, context, prompt)
				   : give_secret(call, context, prompt);
		if (status != EX_OK)
			return status;
		given++;
	}
	return given > 0
	    ? EX_OK
	    : call_fail(call, EX_DATAERR, "%s: %.180s", instance,
		  context->prompts_len > 0 ? context->prompts[0].text
					   : "it asks for nothing");
}

int
enrol_told(struct call *call, const struct till_context *context)
{
	const struct prompt *prompt = NULL;
	size_t i;

	for (i = 0; i < context->prompts_len && prompt == NULL; i++)
		if (context->prompts[i].kind == TILL_TELL_INFO)
			prompt = &context->prompts[i];
	if (prompt == NULL)
		return EX_OK;
	call->told_len = strlen(prompt->text);
	call->told = OPENSSL_secure_malloc(call->told_len + 1);
	if (call->told == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	memcpy(call->told, prompt->text, call->told_len + 1);
	return EX_OK;
}

int
serve_enrol_gone(struct call *call, const char *cid, bool *gone_r)
{
	const char *instance = call_text(call, "instance");
	const char *id = call_text(call, "revoke");
	int r;

	*gone_r = false;
	if (call->session == NULL || instance == NULL || id == NULL)
		return EX_OK;
	r = ledger_credential_each(rear_ledger(call->rear), instance, cid,
	    is_wanted, (void *)(uintptr_t)id, &call->err);
	if (r == -1)
		return EX_SOFTWARE;
	*gone_r = r == 0;
	if (*gone_r)
		doc_text(call->reply, "done", "removed");
	return EX_OK;
}

static int
is_wanted(void *arg, const struct till_credential *credential)
{
	const char *id = arg;

	return strcmp(credential->id, id) == 0;
}

static int
give_secret(struct call *call, struct till_context *context,
    const struct prompt *prompt)
{
	return context_reply_put(context, prompt->id, call->secrets[0].data,
		   call->secrets[0].len, "", &call->err) == -1
	    ? EX_DATAERR
	    : EX_OK;
}

/* What was not said is the first choice, or empty if it may be. */
static int
give_argument(struct call *call, struct till_context *context,
    const struct prompt *prompt)
{
	const char *text = call_text(call, prompt->id);
	struct till_error err;

	if (text == NULL && prompt->kind == TILL_ASK_TEXT &&
	    prompt->min_len > 0)
		return call_fail(call, EX_USAGE, "--%s is missing: %.100s",
		    prompt->id, prompt->text);
	if (text == NULL)
		text =
		    prompt->kind == TILL_ASK_CHOICE ? prompt->choices[0] : "";
	return context_reply_put(context, prompt->id, text, strlen(text), "",
		   &err) == -1
	    ? call_fail(call, EX_USAGE, "--%s: %.180s", prompt->id, err.text)
	    : EX_OK;
}

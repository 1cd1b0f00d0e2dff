/*
 * serve_enrol.c - give a customer a password or a token, by the module
 * whose it is.
 *
 * The module is called as in any enrolment: it sets prompts, gets the
 * operator's secret as the reply to each that asks for one, or his
 * arguments, and makes of it what is stored.  Nothing here knows what a
 * password hash or a token is.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/enrol.h"

static int begin(const struct enrolment *, const char *, struct enrolment **);
static int run_first(struct enrolment *, struct generation *, const char *);
static const char *kept_under(const struct enrolment *);
static struct instance *next_one(const struct enrolment *, struct generation *,
    size_t *);
static int run(struct enrolment *, struct instance *, const char *);
static enum till_result converse(struct enrolment *, struct instance *,
    struct till_context *, int *);
static int store_one(struct enrolment *, const char *, const struct kept *);

int
serve_enrol(struct call *call, const char *cid, struct enrolment **enrolment_r)
{
	const struct enrolment new = { .call = call, .what = TILL_ENROL_ADD };

	return begin(&new, cid, enrolment_r);
}

int
serve_enrol_with(struct call *call, const char *cid, const char *module,
    enum till_enrol what, struct enrolment **enrolment_r)
{
	const struct enrolment new = { .call = call,
		.module = module,
		.arguments = true,
		.what = what };

	return begin(&new, cid, enrolment_r);
}

int
serve_enrol_merchant(struct call *call, const char *mid,
    struct enrolment **enrolment_r)
{
	const struct enrolment new = { .call = call,
		.module = REAR_PASSWORD_MODULE,
		.of_merchant = true,
		.what = TILL_ENROL_ADD };

	return begin(&new, mid, enrolment_r);
}

static int
begin(const struct enrolment *new, const char *cid,
    struct enrolment **enrolment_r)
{
	struct generation *generation = rear_generation(new->call->rear);
	struct enrolment *enrolment = malloc(sizeof(*enrolment));
	int status;

	if (enrolment == NULL) {
		status = call_fail(new->call, EX_OSERR, "out of memory");
	} else {
		*enrolment = *new;
		status = run_first(enrolment, generation, cid);
	}
	generation_unref(generation);
	if (status == EX_OK)
		*enrolment_r = enrolment;
	else
		serve_enrol_free(enrolment);
	return status;
}

struct till_order
enrol_order(const char *cid, const char *channel)
{
	return (struct till_order){ .size = (uint32_t)sizeof(struct till_order),
		.ticket = "",
		.merchant = "",
		.merchant_name = "",
		.merchant_origin = "",
		.merchant_country = "",
		.customer = cid,
		.jti = "",
		.oid = "",
		.desc = "",
		.kind = "identity",
		.channel = channel,
		.lang = "en" };
}

const char *
serve_enrol_id(const struct enrolment *enrolment)
{
	return enrolment->kept_len == 0 ? "" : enrolment->kept[0].id;
}

const char *
serve_enrol_label(const struct enrolment *enrolment)
{
	return enrolment->kept_len == 0 ? "" : enrolment->kept[0].label;
}

const char *
serve_enrol_instance(const struct enrolment *enrolment)
{
	return enrolment->instance;
}

int
serve_enrol_store(struct call *call, const char *cid,
    struct enrolment *enrolment)
{
	struct till_failures none = { .size = (uint32_t)sizeof(none) };
	struct ledger_request clear = { .op = LEDGER_FAILURE,
		.instance = kept_under(enrolment),
		.cid = cid,
		.failures = &none,
		.actor = call->actor };
	int status = EX_OK;
	size_t i;

	for (i = 0; i < enrolment->kept_len && status == EX_OK; i++)
		status = store_one(enrolment, cid, &enrolment->kept[i]);
	/* Who has a new password has not failed with it yet. */
	if (status == EX_OK && enrolment->what == TILL_ENROL_ADD)
		status = call_apply(call, &clear);
	return status;
}

void
serve_enrol_free(struct enrolment *enrolment)
{
	if (enrolment == NULL)
		return;
	while (enrolment->kept_len > 0)
		enrol_kept_clear(&enrolment->kept[--enrolment->kept_len]);
	enrol_kept_clear(&enrolment->found);
	free(enrolment);
}

/* The instance that was named, or the first of the auth stack whose
 * questions can be answered. */
static int
run_first(struct enrolment *enrolment, struct generation *generation,
    const char *cid)
{
	struct call *call = enrolment->call;
	const char *wanted = call_text(call, "instance");
	const char *kind =
	    enrolment->module == NULL ? "module" : enrolment->module;
	struct instance *instance;
	size_t at = 0;
	int status = EX_CONFIG;

	for (;;) {
		instance = next_one(enrolment, generation, &at);
		if (instance == NULL)
			break;
		enrolment->asks_more = false;
		(void)snprintf(enrolment->instance, sizeof(enrolment->instance),
		    "%s", instance_name(instance));
		status = run(enrolment, instance, cid);
		if (!enrolment->asks_more)
			return status;
	}
	if (enrolment->asks_more)
		return status;
	if (wanted != NULL)
		return call_fail(call, EX_CONFIG,
		    "'%s' is no %s of the auth stack that enrols customers",
		    wanted, kind);
	return call_fail(call, EX_CONFIG,
	    "no %s of the auth stack enrols customers", kind);
}

/* The instance as the ledger is to know it. */
static const char *
kept_under(const struct enrolment *enrolment)
{
	return enrolment->of_merchant ? LEDGER_OF_MERCHANTS
				      : enrolment->instance;
}

/* From rule *at on; NULL: none. */
static struct instance *
next_one(const struct enrolment *enrolment, struct generation *generation,
    size_t *at)
{
	const char *wanted = call_text(enrolment->call, "instance");
	const struct conf_stack *auth = &generation->conf->auth;
	const struct till_module *module;
	struct instance *instance;

	while (*at < auth->len) {
		instance = generation_instance(generation, &auth->rules[*at]);
		(*at)++;
		if (instance == NULL)
			continue;
		module = instance_module(instance);
		if (module->enrol == NULL ||
		    (enrolment->module != NULL &&
			strcmp(module->name, enrolment->module) != 0))
			continue;
		if (wanted == NULL ||
		    strcmp(instance_name(instance), wanted) == 0)
			return instance;
	}
	return NULL;
}

static int
run(struct enrolment *enrolment, struct instance *instance, const char *cid)
{
	struct call *call = enrolment->call;
	const struct till_order order = enrol_order(cid, "api");
	struct till_context *context;
	enum till_result result;
	int status = EX_OK;

	context = context_new(kept_under(enrolment), TILL_AUTH, &enrol_services,
	    enrolment);
	if (context == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	context->order = &order;
	result = converse(enrolment, instance, context, &status);
	if (status == EX_OK && result != TILL_GRANT)
		status = call_fail(call, EX_DATAERR, "%s: %.180s",
		    enrolment->instance,
		    context->why.text[0] != '\0' ? context->why.text
						 : "it was not taken");
	if (status == EX_OK)
		status = enrol_told(call, context);
	context_free(context);
	return status;
}

static enum till_result
converse(struct enrolment *enrolment, struct instance *instance,
    struct till_context *context, int *status_r)
{
	enum till_result result = TILL_NEED_INPUT;
	const char *id = call_text(enrolment->call, "revoke");
	int round;

	if (enrolment->what == TILL_ENROL_REMOVE && id != NULL &&
	    context_reply_give(context, "credential", id, strlen(id),
		&enrolment->call->err) == -1) {
		*status_r = EX_DATAERR;
		return TILL_ERROR;
	}
	for (round = 0; round < ENROL_ROUNDS_MAX && result == TILL_NEED_INPUT;
	     round++) {
		if (round > 0)
			*status_r = enrol_answer(enrolment->call,
			    enrolment->instance, enrolment->arguments, context,
			    &enrolment->asks_more);
		if (*status_r != EX_OK)
			break;
		result = instance_enrol(instance, context, enrolment->what);
	}
	return result;
}

static int
store_one(struct enrolment *enrolment, const char *cid, const struct kept *kept)
{
	struct till_credential credential = {
		.size = (uint32_t)sizeof(credential),
		.secret = kept->secret,
		.id = kept->id,
		.label = kept->label,
		.created_ms = call_time_ms(),
		.data = { kept->removed ? NULL : kept->data, kept->len },
	};
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = kept_under(enrolment),
		.cid = cid,
		.credential = &credential,
		.actor = enrolment->call->actor };

	return call_apply(enrolment->call, &request);
}

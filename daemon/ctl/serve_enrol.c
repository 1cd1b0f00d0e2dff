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

#include <openssl/crypto.h>

#include "ctl/call.h"
#include "ctl/enrol.h"
#include "log/log.h"

#define ROUNDS_MAX 4 /* calls of the module in one enrolment */
#define LABEL_MAX 129

/* A credential that the module has put or removed. */
struct kept {
	bool removed;
	char id[TILL_JTI_MAX];
	char label[LABEL_MAX];
	uint32_t secret;
	unsigned char *data; /* secure memory */
	size_t len;
};

struct enrolment {
	struct call *call;
	const char *module; /* that must be, or NULL */
	bool arguments; /* answer, rather than the secret */
	bool of_merchant; /* whose id the customer's is */
	enum till_enrol what;
	bool asks_more; /* than there are answers to */
	char instance[CONF_NAME_MAX];
	struct kept found; /* what credential_get gave last */
	const char *wanted; /* by credential_get; NULL: nothing */
	struct kept kept[TILL_CREDENTIALS_MAX];
	size_t kept_len;
};

static int begin(const struct enrolment *, const char *, struct enrolment **);
static int run_first(struct enrolment *, struct generation *, const char *);
static const char *kept_under(const struct enrolment *);
static struct instance *next_one(const struct enrolment *, struct generation *,
    size_t *);
static int run(struct enrolment *, struct instance *, const char *);
static enum till_result converse(struct enrolment *, struct instance *,
    struct till_context *, int *);
static int credential_list(void *, const char *, const char *,
    int (*)(void *, const struct till_credential *), void *);
static int credential_get(void *, const char *, const char *, const char *,
    struct till_credential *);
static int find(void *, const struct till_credential *);
static int copy(struct kept *, const struct till_credential *);
static int credential_put(void *, const char *, const char *,
    const struct till_credential *);
static int credential_remove(void *, const char *, const char *, const char *);
static struct kept *keep(struct enrolment *, const char *);
static void kept_clear(struct kept *);
static void log_text(void *, const char *, enum till_log_level, const char *);
static int store_one(struct enrolment *, const char *, const struct kept *);

static const struct context_ops services = {
	.credential_list = credential_list,
	.credential_get = credential_get,
	.credential_put = credential_put,
	.credential_remove = credential_remove,
	.log = log_text,
};

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
		kept_clear(&enrolment->kept[--enrolment->kept_len]);
	kept_clear(&enrolment->found);
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
	const struct till_order order = { .size = (uint32_t)sizeof(order),
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
		.channel = "api",
		.lang = "en" };
	struct till_context *context;
	enum till_result result;
	int status = EX_OK;

	context =
	    context_new(kept_under(enrolment), TILL_AUTH, &services, enrolment);
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
	for (round = 0; round < ROUNDS_MAX && result == TILL_NEED_INPUT;
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
credential_list(void *owner, const char *instance, const char *customer,
    int (*each)(void *arg, const struct till_credential *), void *arg)
{
	struct enrolment *enrolment = owner;
	struct till_error err;

	return ledger_credential_each(rear_ledger(enrolment->call->rear),
	    instance, customer, each, arg, &err);
}

/* As the ledger has it: an enrolment does not see what it has put. */
static int
credential_get(void *owner, const char *instance, const char *customer,
    const char *id, struct till_credential *credential)
{
	struct enrolment *enrolment = owner;
	int r;

	enrolment->wanted = id;
	r = credential_list(owner, instance, customer, find, enrolment);
	enrolment->wanted = NULL;
	if (r != 1)
		return -1;
	*credential = (struct till_credential){
		.size = (uint32_t)sizeof(*credential),
		.secret = enrolment->found.secret,
		.id = enrolment->found.id,
		.label = enrolment->found.label,
		.data = { enrolment->found.data, enrolment->found.len },
	};
	return 0;
}

static int
find(void *arg, const struct till_credential *credential)
{
	struct enrolment *enrolment = arg;
	struct kept *found = &enrolment->found;

	if (strcmp(credential->id, enrolment->wanted) != 0)
		return 0;
	kept_clear(found);
	(void)snprintf(found->id, sizeof(found->id), "%s", credential->id);
	return copy(found, credential) == 0 ? 1 : 2;
}

static int
copy(struct kept *kept, const struct till_credential *credential)
{
	if (credential->data.len > TILL_CREDENTIAL_MAX)
		return -1;
	kept->data = OPENSSL_secure_malloc(credential->data.len + 1);
	if (kept->data == NULL)
		return -1;
	if (credential->data.len > 0)
		memcpy(kept->data, credential->data.data, credential->data.len);
	kept->len = credential->data.len;
	kept->secret = credential->secret;
	kept->removed = false;
	(void)snprintf(kept->label, sizeof(kept->label), "%s",
	    credential->label == NULL ? "" : credential->label);
	return 0;
}

static int
credential_put(void *owner, const char *instance, const char *customer,
    const struct till_credential *credential)
{
	struct kept *kept = keep(owner, credential->id);

	(void)instance;
	(void)customer;
	return kept == NULL ? -1 : copy(kept, credential);
}

static int
credential_remove(void *owner, const char *instance, const char *customer,
    const char *id)
{
	struct kept *kept = keep(owner, id);

	(void)instance;
	(void)customer;
	return kept == NULL ? -1 : 0;
}

/* The place of this id, made "removed"; NULL: no room. */
static struct kept *
keep(struct enrolment *enrolment, const char *id)
{
	struct kept *kept;
	size_t i;

	if (id == NULL || !till_jti_ok(id))
		return NULL;
	for (i = 0; i < enrolment->kept_len; i++)
		if (strcmp(enrolment->kept[i].id, id) == 0)
			break;
	if (i == TILL_CREDENTIALS_MAX)
		return NULL;
	if (i == enrolment->kept_len)
		enrolment->kept_len++;
	kept = &enrolment->kept[i];
	kept_clear(kept);
	kept->removed = true;
	(void)snprintf(kept->id, sizeof(kept->id), "%s", id);
	return kept;
}

static void
kept_clear(struct kept *kept)
{
	if (kept->data != NULL)
		OPENSSL_secure_clear_free(kept->data, kept->len + 1);
	memset(kept, 0, sizeof(*kept));
}

static void
log_text(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	(void)owner;
	log_line(level, "module", "instance", instance, "text", text, NULL);
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

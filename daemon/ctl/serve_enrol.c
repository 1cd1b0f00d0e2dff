/*
 * serve_enrol.c - give a customer a password, by the module whose it is.
 *
 * The module is called as in any enrolment: it sets prompts, gets the
 * operator's secret as the reply to each that asks for one, and makes of
 * it what is stored.  Nothing here knows what a password hash is.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "ctl/call.h"
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
	char instance[CONF_NAME_MAX];
	struct kept found; /* what credential_get gave last */
	const char *wanted; /* by credential_get; NULL: nothing */
	struct kept kept[TILL_CREDENTIALS_MAX];
	size_t kept_len;
};

static struct instance *choose(struct call *, struct generation *);
static int run(struct enrolment *, struct instance *, const char *);
static int give_secrets(struct enrolment *, struct till_context *);
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
	struct generation *generation = rear_generation(call->rear);
	struct enrolment *enrolment = NULL;
	struct instance *instance;
	int status = EX_CONFIG;

	instance = choose(call, generation);
	if (instance == NULL)
		goto out;
	enrolment = calloc(1, sizeof(*enrolment));
	if (enrolment == NULL) {
		status = call_fail(call, EX_OSERR, "out of memory");
		goto out;
	}
	enrolment->call = call;
	(void)snprintf(enrolment->instance, sizeof(enrolment->instance), "%s",
	    instance_name(instance));
	status = run(enrolment, instance, cid);
out:
	generation_unref(generation);
	if (status == EX_OK)
		*enrolment_r = enrolment;
	else
		serve_enrol_free(enrolment);
	return status;
}

int
serve_enrol_store(struct call *call, const char *cid,
    struct enrolment *enrolment)
{
	struct till_failures none = { .size = (uint32_t)sizeof(none) };
	struct ledger_request clear = { .op = LEDGER_FAILURE,
		.instance = enrolment->instance,
		.cid = cid,
		.failures = &none,
		.actor = call->actor };
	int status = EX_OK;
	size_t i;

	for (i = 0; i < enrolment->kept_len && status == EX_OK; i++)
		status = store_one(enrolment, cid, &enrolment->kept[i]);
	/* Who has a new password has not failed with it yet. */
	return status == EX_OK ? call_apply(call, &clear) : status;
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

/* The instance that was named, or the first of the auth stack that can. */
static struct instance *
choose(struct call *call, struct generation *generation)
{
	const char *wanted = call_text(call, "instance");
	const struct conf_stack *auth = &generation->conf->auth;
	struct instance *instance;
	size_t i;

	for (i = 0; i < auth->len; i++) {
		instance = generation_instance(generation, &auth->rules[i]);
		if (instance == NULL ||
		    instance_module(instance)->enrol == NULL)
			continue;
		if (wanted == NULL ||
		    strcmp(instance_name(instance), wanted) == 0)
			return instance;
	}
	(void)call_fail(call, EX_CONFIG,
	    wanted == NULL
		? "no module of the auth stack enrols customers%s"
		: "'%s' is no module of the auth stack that enrols customers",
	    wanted == NULL ? "" : wanted);
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
		.merchant_country = "",
		.customer = cid,
		.jti = "",
		.oid = "",
		.desc = "",
		.kind = "identity",
		.channel = "api",
		.lang = "en" };
	enum till_result result = TILL_NEED_INPUT;
	struct till_context *context;
	int round, status = EX_OK;

	context =
	    context_new(enrolment->instance, TILL_AUTH, &services, enrolment);
	if (context == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	context->order = &order;
	for (round = 0;
	     round < ROUNDS_MAX && result == TILL_NEED_INPUT && status == EX_OK;
	     round++) {
		if (round > 0)
			status = give_secrets(enrolment, context);
		if (status == EX_OK)
			result =
			    instance_enrol(instance, context, TILL_ENROL_ADD);
	}
	if (status == EX_OK && result != TILL_GRANT)
		status = call_fail(call, EX_DATAERR, "%s: %.180s",
		    enrolment->instance,
		    context->why.text[0] != '\0' ? context->why.text
						 : "it was not taken");
	context_free(context);
	return status;
}

/* The secret answers each prompt for one; nothing else can be asked. */
static int
give_secrets(struct enrolment *enrolment, struct till_context *context)
{
	struct call *call = enrolment->call;
	const struct prompt *prompt;
	size_t i, given = 0;

	for (i = 0; i < context->prompts_len; i++) {
		prompt = &context->prompts[i];
		if (prompt->kind == TILL_TELL_INFO ||
		    prompt->kind == TILL_TELL_ERROR)
			continue;
		if (prompt->kind != TILL_ASK_SECRET)
			return call_fail(call, EX_CONFIG,
			    "%s asks for more than a password",
			    enrolment->instance);
		if (context_reply_put(context, prompt->id,
			call->secrets[0].data, call->secrets[0].len, "",
			&call->err) == -1)
			return EX_DATAERR;
		given++;
	}
	return given > 0
	    ? EX_OK
	    : call_fail(call, EX_DATAERR, "%s: %.180s", enrolment->instance,
		  context->prompts_len > 0 ? context->prompts[0].text
					   : "it asks for nothing");
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
		.instance = enrolment->instance,
		.cid = cid,
		.credential = &credential,
		.actor = enrolment->call->actor };

	return call_apply(enrolment->call, &request);
}

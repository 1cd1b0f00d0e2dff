/*
 * enrol_keep.c - what a module may ask of the core in an enrolment, and what
 * it puts and removes, kept back until it is stored.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "ctl/enrol.h"
#include "log/log.h"

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
static void log_text(void *, const char *, enum till_log_level, const char *);

const struct context_ops enrol_services = {
	.credential_list = credential_list,
	.credential_get = credential_get,
	.credential_put = credential_put,
	.credential_remove = credential_remove,
	.log = log_text,
};

void
enrol_kept_clear(struct kept *kept)
{
	if (kept->data != NULL)
		OPENSSL_secure_clear_free(kept->data, kept->len + 1);
	memset(kept, 0, sizeof(*kept));
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
	enrol_kept_clear(found);
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
	enrol_kept_clear(kept);
	kept->removed = true;
	(void)snprintf(kept->id, sizeof(kept->id), "%s", id);
	return kept;
}

static void
log_text(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	(void)owner;
	log_line(level, "module", "instance", instance, "text", text, NULL);
}

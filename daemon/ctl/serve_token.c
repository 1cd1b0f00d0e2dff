/*
 * serve_token.c - tokens of customers: make, list, revoke.
 *
 * The module makes the token and keeps what is to be kept of it; what it
 * tells is passed on beside the JSON of the answer, and is in nothing that
 * is logged, recorded or kept.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"

#define MODULE "auth_token"

struct listing {
	struct call *call;
	struct call_list list;
	const char *instance;
};

static int change(struct call *, const char *, enum till_enrol);
static int show(struct call *, const char *);
static int add_token(void *, const struct till_credential *);

int
serve_customer_token(struct call *call)
{
	const bool create = call_flag(call, "create");
	const bool list = call_flag(call, "list");
	const bool revoke = call_text(call, "revoke") != NULL;
	struct ledger_customer customer;
	int status;

	if (create + list + revoke != 1)
		return call_fail(call, EX_USAGE,
		    "it is one of create, list and revoke");
	status = serve_customer_get(call, &customer);
	if (status != EX_OK)
		return status;
	if (list)
		return show(call, customer.cid);
	return change(call, customer.cid,
	    create ? TILL_ENROL_ADD : TILL_ENROL_REMOVE);
}

int
serve_customer_tokens(struct call *call)
{
	struct ledger_customer customer;
	int status = serve_customer_get(call, &customer);

	return status == EX_OK ? show(call, customer.cid) : status;
}

static int
change(struct call *call, const char *cid, enum till_enrol what)
{
	const bool is_new = what == TILL_ENROL_ADD;
	struct enrolment *enrolment = NULL;
	const char *id = "";
	bool gone = false;
	int status = EX_OK;

	if (!is_new)
		status = serve_enrol_gone(call, cid, &gone);
	/* Whatever the first time came to: what it opened ends. */
	if (gone)
		rear_customer_changed(call->rear, cid, call->session);
	if (status != EX_OK || gone)
		return status;
	status = serve_enrol_with(call, cid, MODULE, what, &enrolment);
	if (status == EX_OK) {
		id = serve_enrol_id(enrolment);
		status = serve_enrol_store(call, cid, enrolment);
		/* What was opened by it may not outlive it, whatever is not
		 * written down of it. */
		if (!is_new)
			rear_customer_changed(call->rear, cid, call->session);
	}
	if (status == EX_OK) {
		call_alert(call, cid, enrolment,
		    is_new ? "a token was made" : "a token was revoked");
		status = call_record(call, "customer token %s %s %s", cid,
		    is_new ? "create" : "revoke", id);
	}
	if (status == EX_OK) {
		doc_text(call->reply, "customer", cid);
		doc_text(call->reply, "token", id);
		if (is_new)
			doc_text(call->reply, "label",
			    serve_enrol_label(enrolment));
	}
	serve_enrol_free(enrolment);
	return status;
}

/* Of all instances of the module, also of one whose line was taken out of
 * the stack. */
static int
show(struct call *call, const char *cid)
{
	struct generation *generation = rear_generation(call->rear);
	const struct conf *conf = generation->conf;
	struct listing listing = { .call = call };
	const char *wanted = call_text(call, "instance");
	int status = EX_OK;
	size_t i;

	call_list_begin(call, &listing.list, "tokens");
	for (i = 0; i < conf->instances_len && status == EX_OK; i++) {
		listing.instance = conf->instances[i].name;
		if (strcmp(conf->instances[i].module, MODULE) != 0 ||
		    (wanted != NULL && strcmp(wanted, listing.instance) != 0))
			continue;
		if (ledger_credential_each(rear_ledger(call->rear),
			listing.instance, cid, add_token, &listing,
			&call->err) == -1)
			status = EX_SOFTWARE;
	}
	generation_unref(generation);
	return status;
}

static int
add_token(void *arg, const struct till_credential *credential)
{
	struct listing *listing = arg;
	json_t *item = json_object();

	doc_text(item, "token", credential->id);
	doc_text(item, "instance", listing->instance);
	doc_text(item, "label",
	    credential->label == NULL ? "" : credential->label);
	doc_time_ms(item, "created", credential->created_ms);
	return call_list_add(&listing->list, item) ? 0 : 1;
}

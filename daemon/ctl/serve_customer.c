/*
 * serve_customer.c - customers: add, show, list, change.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"

/* A list that grows as the ledger tells. */
struct listing {
	struct call *call;
	struct call_list list;
};

static int set_frozen(struct call *, bool, const char *);
static int set_status(struct call *, enum ledger_status, const char *);
static int store(struct call *, struct ledger_customer *);
static const char *status_name(const struct ledger_customer *);
static json_t *summary(const struct ledger_customer *);
static int add_to_list(void *, const struct ledger_customer *);

int
serve_customer_get(struct call *call, struct ledger_customer *customer)
{
	const char *cid = call_text(call, "customer");
	int r;

	r = ledger_customer_get(rear_ledger(call->rear), cid, customer,
	    &call->err);
	if (r == 1)
		return call_fail(call, EX_NOUSER, "there is no customer '%s'",
		    cid);
	return r == 0 ? EX_OK : EX_SOFTWARE;
}

int
serve_customer_add(struct call *call)
{
	const char *cid = call_text(call, "customer");
	const char *lang = call_text(call, "lang");
	struct ledger_customer customer;
	struct enrolment *enrolment = NULL;
	int status;

	if (lang != NULL && strlen(lang) >= sizeof(customer.lang))
		return call_fail(call, EX_USAGE, "the language is too long");
	if (ledger_customer_get(rear_ledger(call->rear), cid, &customer,
		&call->err) == 0)
		return call_fail(call, EX_DATAERR,
		    "there is a customer '%s' already", cid);
	memset(&customer, 0, sizeof(customer));
	customer.status = LEDGER_ACTIVE;
	(void)snprintf(customer.cid, sizeof(customer.cid), "%s", cid);
	(void)snprintf(customer.name, sizeof(customer.name), "%s",
	    call_text(call, "name"));
	(void)snprintf(customer.lang, sizeof(customer.lang), "%s",
	    lang == NULL ? "" : lang);
	customer.created_ms = call_time_ms();
	/* A password that is not taken makes no customer. */
	status =
	    call->secrets_len == 0 ? EX_OK : serve_enrol(call, cid, &enrolment);
	if (status == EX_OK)
		status = store(call, &customer);
	if (status == EX_OK && enrolment != NULL)
		status = serve_enrol_store(call, cid, enrolment);
	serve_enrol_free(enrolment);
	if (status == EX_OK)
		status = call_record(call, "customer add %s%s", cid,
		    call->secrets_len > 0 ? " with a password" : "");
	if (status == EX_OK)
		doc_text(call->reply, "customer", cid);
	return status;
}

int
serve_customer_show(struct call *call)
{
	struct ledger_customer customer;
	int status;

	status = serve_customer_get(call, &customer);
	if (status != EX_OK)
		return status;
	(void)json_object_update_missing_new(call->reply, summary(&customer));
	doc_text(call->reply, "lang", customer.lang);
	status = serve_money_accounts(call, "wallet:", customer.cid);
	if (status == EX_OK)
		status = serve_bank_show(call, customer.cid);
	if (status == EX_OK)
		status = serve_allowances(call, customer.cid);
	if (status != EX_OK)
		return status;
	return serve_credentials(call, customer.cid, NULL, "credentials-next");
}

int
serve_customer_list(struct call *call)
{
	struct listing listing = { .call = call };
	const char *from = call_text(call, "from");

	call_list_begin(call, &listing.list, "customers");
	if (ledger_customer_each(rear_ledger(call->rear),
		from == NULL ? "" : from, add_to_list, &listing,
		&call->err) == -1)
		return EX_SOFTWARE;
	return EX_OK;
}

int
serve_customer_passwd(struct call *call)
{
	struct enrolment *enrolment = NULL;
	struct ledger_customer customer;
	int status;

	status = serve_customer_get(call, &customer);
	if (status == EX_OK && call->secrets_len == 0)
		status = call_fail(call, EX_USAGE, "the password is missing");
	if (status == EX_OK)
		status = serve_enrol(call, customer.cid, &enrolment);
	if (status == EX_OK)
		status = serve_enrol_store(call, customer.cid, enrolment);
	serve_enrol_free(enrolment);
	if (status == EX_OK)
		status = call_record(call, "customer passwd %s", customer.cid);
	if (status == EX_OK) {
		rear_customer_changed(call->rear, customer.cid, call->session);
		rear_customer_unlocked(call->rear, customer.cid);
	}
	return status;
}

int
serve_customer_limit(struct call *call)
{
	struct ledger_customer customer;
	struct till_money limit = { 0 };
	int status;

	status = serve_customer_get(call, &customer);
	if (status == EX_OK && call_text(call, "amount") != NULL)
		status = call_money(call, "amount", &limit);
	if (status != EX_OK)
		return status;
	if (call_text(call, "amount") != NULL && limit.micro == 0)
		return call_fail(call, EX_USAGE,
		    "a limit of nothing is what 'suspend' is for");
	customer.limit = limit;
	status = store(call, &customer);
	if (status == EX_OK)
		status = call_record(call, "customer limit %s %s", customer.cid,
		    limit.micro == 0 ? "none" : call_text(call, "amount"));
	return status;
}

int
serve_customer_suspend(struct call *call)
{
	return set_status(call, LEDGER_SUSPENDED, "suspend");
}

int
serve_customer_resume(struct call *call)
{
	int status = set_status(call, LEDGER_ACTIVE, "resume");

	if (status == EX_OK)
		status =
		    serve_customer_unlock(call, call_text(call, "customer"));
	return status;
}

int
serve_customer_freeze(struct call *call)
{
	return set_frozen(call, true, "freeze");
}

int
serve_customer_unfreeze(struct call *call)
{
	return set_frozen(call, false, "unfreeze");
}

/* The customer's own: to suspend him is another thing, and the operator's. */
static int
set_frozen(struct call *call, bool wanted, const char *word)
{
	struct ledger_customer customer;
	int status = serve_customer_get(call, &customer);

	if (status != EX_OK || customer.frozen == wanted)
		return status;
	customer.frozen = wanted;
	status = store(call, &customer);
	if (status == EX_OK)
		status =
		    call_record(call, "customer %s %s", word, customer.cid);
	return status;
}

static int
set_status(struct call *call, enum ledger_status wanted, const char *word)
{
	struct ledger_customer customer;
	int status;

	status = serve_customer_get(call, &customer);
	if (status != EX_OK || customer.status == wanted)
		return status;
	customer.status = wanted;
	status = store(call, &customer);
	if (status == EX_OK)
		status =
		    call_record(call, "customer %s %s", word, customer.cid);
	return status;
}

static int
store(struct call *call, struct ledger_customer *customer)
{
	struct ledger_request request = { .op = LEDGER_CUSTOMER,
		.customer = customer,
		.actor = call->actor };
	int status;

	status = call_apply(call, &request);
	if (status == EX_OK)
		rear_customer_changed(call->rear, customer->cid, call->session);
	return status;
}

static const char *
status_name(const struct ledger_customer *customer)
{
	switch (customer->status) {
	case LEDGER_ACTIVE:
		return customer->frozen ? "frozen" : "active";
	case LEDGER_SUSPENDED:
		return "suspended";
	}
	return "unknown";
}

static json_t *
summary(const struct ledger_customer *customer)
{
	json_t *item = json_object();

	doc_text(item, "customer", customer->cid);
	doc_text(item, "name", customer->name);
	doc_text(item, "status", status_name(customer));
	if (customer->frozen)
		doc_flag(item, "frozen", true);
	doc_time_ms(item, "created", customer->created_ms);
	if (customer->limit.micro > 0)
		doc_money(item, "limit", &customer->limit);
	return item;
}

static int
add_to_list(void *arg, const struct ledger_customer *customer)
{
	struct listing *listing = arg;

	if (call_list_add(&listing->list, summary(customer)))
		return 0;
	call_list_next(listing->call, customer->cid);
	return 1;
}

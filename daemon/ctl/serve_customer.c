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

/* What a command makes of a customer's record, and the words for it in the
 * register. */
struct change {
	bool (*make)(struct ledger_customer *, const struct change *);
	bool frozen;
	enum ledger_status status;
	struct till_money limit;
	const char *word, *more; /* more: NULL or what follows the customer */
};

static bool change_frozen(struct ledger_customer *, const struct change *);
static bool change_status(struct ledger_customer *, const struct change *);
static bool change_limit(struct ledger_customer *, const struct change *);
static int change(struct call *, const struct change *);
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
	status = serve_reference(call, customer.cid);
	if (status == EX_OK)
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
	/* It may be stored whatever else is not: whoever came in by the old
	 * one goes. */
	if (status == EX_OK) {
		status = serve_enrol_store(call, customer.cid, enrolment);
		rear_customer_changed(call->rear, customer.cid, call->session);
	}
	if (status == EX_OK) {
		rear_customer_unlocked(call->rear, customer.cid);
		call_alert(call, customer.cid, enrolment,
		    "the password was changed");
		status = call_record(call, "customer passwd %s", customer.cid);
	}
	serve_enrol_free(enrolment);
	return status;
}

int
serve_customer_limit(struct call *call)
{
	const char *amount = call_text(call, "amount");
	struct change limit = { .make = change_limit,
		.word = "limit",
		.more = amount == NULL ? "none" : amount };
	struct ledger_customer customer;
	int status;

	status = serve_customer_get(call, &customer);
	if (status == EX_OK && amount != NULL)
		status = call_money(call, "amount", &limit.limit);
	if (status != EX_OK)
		return status;
	if (amount != NULL && limit.limit.micro == 0)
		return call_fail(call, EX_USAGE,
		    "a limit of nothing is what 'suspend' is for");
	return change(call, &limit);
}

int
serve_customer_suspend(struct call *call)
{
	return change(call,
	    &(struct change){ .make = change_status,
		.status = LEDGER_SUSPENDED,
		.word = "suspend" });
}

int
serve_customer_resume(struct call *call)
{
	int status = change(call,
	    &(struct change){ .make = change_status,
		.status = LEDGER_ACTIVE,
		.word = "resume" });

	if (status == EX_OK)
		status =
		    serve_customer_unlock(call, call_text(call, "customer"));
	return status;
}

int
serve_customer_freeze(struct call *call)
{
	return change(call,
	    &(struct change){ .make = change_frozen,
		.frozen = true,
		.word = "freeze" });
}

int
serve_customer_unfreeze(struct call *call)
{
	return change(call,
	    &(struct change){ .make = change_frozen,
		.frozen = false,
		.word = "unfreeze" });
}

/* The customer's own: to suspend him is another thing, and the operator's. */
static bool
change_frozen(struct ledger_customer *customer, const struct change *to)
{
	const bool differs = customer->frozen != to->frozen;

	customer->frozen = to->frozen;
	return differs;
}

static bool
change_status(struct ledger_customer *customer, const struct change *to)
{
	const bool differs = customer->status != to->status;

	customer->status = to->status;
	return differs;
}

static bool
change_limit(struct ledger_customer *customer, const struct change *to)
{
	customer->limit = to->limit;
	return true;
}

/* Of the record as it is at this moment: another command may have changed
 * something else of it just before. */
static int
change(struct call *call, const struct change *to)
{
	pthread_mutex_t *recording = rear_recording(call->rear);
	struct ledger_customer customer;
	bool differs = false;
	int status;

	(void)pthread_mutex_lock(recording);
	status = serve_customer_get(call, &customer);
	if (status == EX_OK)
		differs = to->make(&customer, to);
	if (differs)
		status = store(call, &customer);
	(void)pthread_mutex_unlock(recording);
	if (status != EX_OK || !differs)
		return status;
	return call_record(call, "customer %s %s%s%s", to->word, customer.cid,
	    to->more == NULL ? "" : " ", to->more == NULL ? "" : to->more);
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

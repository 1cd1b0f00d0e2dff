/*
 * serve_key.c - keys and certificates of customers' cards: add, remove.
 *
 * What may be a key is the module's to say; here it is a text of the
 * operator's.
 */
#include <sysexits.h>

#include "ctl/call.h"

#define MODULE "auth_smartcard"

int
serve_customer_key(struct call *call)
{
	const bool is_new = call_text(call, "new-key") != NULL;
	struct enrolment *enrolment = NULL;
	struct ledger_customer customer;
	const char *id = "";
	bool gone = false;
	int status;

	if (is_new == (call_text(call, "revoke") != NULL))
		return call_fail(call, EX_USAGE,
		    "either a key or the one to remove is needed");
	status = serve_customer_get(call, &customer);
	if (status == EX_OK && !is_new)
		status = serve_enrol_gone(call, customer.cid, &gone);
	/* Whatever the first time came to: what it opened ends. */
	if (gone) {
		rear_customer_changed(call->rear, customer.cid, call->session);
		return status;
	}
	if (status == EX_OK)
		status = serve_enrol_with(call, customer.cid, MODULE,
		    is_new ? TILL_ENROL_ADD : TILL_ENROL_REMOVE, &enrolment);
	if (status == EX_OK) {
		id = serve_enrol_id(enrolment);
		status = serve_enrol_store(call, customer.cid, enrolment);
		/* What was opened by it may not outlive it, whatever is not
		 * written down of it. */
		if (!is_new)
			rear_customer_changed(call->rear, customer.cid,
			    call->session);
	}
	if (status == EX_OK) {
		call_alert(call, customer.cid, enrolment,
		    is_new ? "a key was added" : "a key was removed");
		status = call_record(call, "customer key %s %s %s",
		    customer.cid, is_new ? "add" : "remove", id);
	}
	if (status == EX_OK) {
		doc_text(call->reply, "customer", customer.cid);
		doc_text(call->reply, "key", id);
		doc_text(call->reply, "done", is_new ? "added" : "removed");
	}
	serve_enrol_free(enrolment);
	return status;
}

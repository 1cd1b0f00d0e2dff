/*
 * serve_topup.c - how a customer puts money into his wallet.
 */
#include <sysexits.h>

#include "config/conf.h"
#include "creditor.h"
#include "ctl/call.h"
#include "iban.h"
#include "stack/generation.h"

static void put_account(struct call *, const struct conf *);

int
serve_customer_topup(struct call *call)
{
	struct generation *generation;
	struct ledger_customer customer;
	int status;

	status = serve_customer_get(call, &customer);
	if (status == EX_OK)
		status = serve_reference(call, customer.cid);
	if (status != EX_OK)
		return status;
	doc_text(call->reply, "customer", customer.cid);
	generation = rear_generation(call->rear);
	put_account(call, generation->conf);
	generation_unref(generation);
	return EX_OK;
}

int
serve_reference(struct call *call, const char *cid)
{
	char reference[CREDITOR_MAX];

	if (creditor_of(cid, reference, &call->err) == -1)
		return EX_SOFTWARE;
	doc_text(call->reply, "reference", reference);
	return EX_OK;
}

/* The operator's; nothing if he has named none. */
static void
put_account(struct call *call, const struct conf *conf)
{
	const char *bic = conf_set(conf, "topup-bic");
	const char *name = conf_set(conf, "topup-name");
	char iban[IBAN_MAX];
	struct till_error err;

	if (iban_read(conf_set(conf, "topup-iban"), iban, &err) == -1)
		return;
	doc_text(call->reply, "iban", iban);
	if (bic[0] != '\0')
		doc_text(call->reply, "bic", bic);
	doc_text(call->reply, "payee",
	    name[0] != '\0' ? name : conf_set(conf, "operator"));
}

/*
 * serve_bank.c - the customers' bank identities, and the keys that seal
 * them.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "ctl/call.h"
#include "rear/identities.h"

static int put(struct call *, const char *cid, enum identity_kind);
static int forget_all(struct call *, const char *cid);
static int is_open(void *, const struct ledger_order *);
static int is_owed(void *, const struct ledger_reversal *);
static int make(struct call *, enum identity_kind, char *text);

int
serve_customer_bank(struct call *call)
{
	const char *kind = call_text(call, "kind");
	const bool forget = call_flag(call, "forget");
	enum identity_kind which;
	struct ledger_customer customer;
	int status;

	status = serve_customer_get(call, &customer);
	if (status != EX_OK)
		return status;
	which = kind == NULL ? IDENTITY_NONE : identity_kind_from_name(kind);
	if ((which != IDENTITY_NONE) + call_flag(call, "remove") + forget != 1)
		return call_fail(call, EX_USAGE,
		    "it is one of --card, --iban, --token, --remove and "
		    "--forget");
	if (which != IDENTITY_NONE)
		status = put(call, customer.cid, which);
	else if (forget)
		status = forget_all(call, customer.cid);
	else if (identities_put(rear_identities(call->rear), customer.cid, NULL,
		     call->actor, &call->err) == -1)
		status = EX_SOFTWARE;
	if (status != EX_OK)
		return status;
	doc_text(call->reply, "customer", customer.cid);
	status = serve_bank_show(call, customer.cid);
	if (status != EX_OK)
		return status;
	return call_record(call, "customer bank %s %s", customer.cid,
	    forget                       ? "forget"
		: which == IDENTITY_NONE ? "remove"
					 : identity_kind_name(which));
}

int
serve_bank_show(struct call *call, const char *cid)
{
	char label[IDENTITY_LABEL_MAX];

	switch (identities_show(rear_identities(call->rear), cid, "", label,
	    &call->err)) {
	case 0:
		doc_text(call->reply, "bank", label);
		return EX_OK;
	case 1:
		return EX_OK;
	default:
		return EX_SOFTWARE;
	}
}

int
serve_key_rekey(struct call *call)
{
	struct identities *identities = rear_identities(call->rear);
	struct vault_key key;
	json_t *list = json_array(), *item;
	uint64_t n = 0;
	size_t i;

	(void)json_object_set_new(call->reply, "keys", list);
	if (identities_rekey(identities, call->actor, &n, &call->err) == -1)
		return EX_SOFTWARE;
	doc_number(call->reply, "sealed", n);
	for (i = 0; identities_key_at(identities, i, &key); i++) {
		item = json_object();
		doc_text(item, "id", key.id);
		doc_text(item, "state", vault_state_name(key.state));
		doc_time_ms(item, "created", key.created_s * 1000);
		(void)json_array_append_new(list, item);
	}
	return call_record(call, "key rekey");
}

/* The number comes as the call's secret, and goes no further than into
 * secure memory. */
static int
put(struct call *call, const char *cid, enum identity_kind kind)
{
	char *text = OPENSSL_secure_malloc(IDENTITY_TEXT_MAX);
	int status;

	if (text == NULL)
		return call_fail(call, EX_OSERR, "out of secure memory");
	status = make(call, kind, text);
	if (status == EX_OK &&
	    identities_put(rear_identities(call->rear), cid, text, call->actor,
		&call->err) == -1)
		status = EX_SOFTWARE;
	OPENSSL_secure_clear_free(text, IDENTITY_TEXT_MAX);
	return status;
}

/* Not while something may have to go back to one of them. */
static int
forget_all(struct call *call, const char *cid)
{
	char mine[TILL_ID_MAX];
	int r;

	(void)snprintf(mine, sizeof(mine), "%s", cid);
	r = ledger_intent_each(rear_ledger(call->rear), is_open, mine,
	    &call->err);
	if (r == 0)
		r = ledger_reversing_each(rear_ledger(call->rear), is_owed,
		    mine, &call->err);
	if (r == 1)
		return call_fail(call, EX_TEMPFAIL,
		    "the bank still has to say what became of a payment of "
		    "%s, or to give one back: see 'tillctl bank reversals'",
		    cid);
	if (r == 0)
		r = identities_forget(rear_identities(call->rear), cid,
		    call->actor, &call->err);
	return r == 0 ? EX_OK : EX_SOFTWARE;
}

static int
is_open(void *cid, const struct ledger_order *order)
{
	return strcmp(order->customer, cid) == 0;
}

static int
is_owed(void *cid, const struct ledger_reversal *reversal)
{
	return strcmp(reversal->customer, cid) == 0;
}

static int
make(struct call *call, enum identity_kind kind, char *text)
{
	const char *expiry = call_text(call, "expiry");
	char *number = NULL;
	size_t len;
	int r;

	if (call->secrets_len == 0)
		return call_fail(call, EX_USAGE, "the number is missing");
	len = call->secrets[0].len;
	if (memchr(call->secrets[0].data, '\0', len) == NULL)
		number = OPENSSL_secure_malloc(len + 1);
	if (number == NULL)
		return call_fail(call, EX_DATAERR, "that is no number");
	memcpy(number, call->secrets[0].data, len);
	number[len] = '\0';
	r = identity_make(kind, number, expiry == NULL ? "" : expiry, text,
	    &call->err);
	OPENSSL_secure_clear_free(number, len + 1);
	return r == 0 ? EX_OK : EX_DATAERR;
}

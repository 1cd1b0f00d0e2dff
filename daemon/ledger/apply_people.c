/*
 * apply_people.c - customers, merchants, credentials, failures and small
 * named values.
 */
#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "ledger/internal.h"

static enum ledger_result version_ok(struct ledger_request *, bool, uint64_t,
    uint64_t);
static bool customer_ok(const struct ledger_customer *);
static bool merchant_ok(const struct ledger_merchant *);
static enum ledger_result credential_ok(struct plan *, struct ledger_request *,
    struct key *);
static bool credential_is(struct plan *, const struct key *,
    const struct till_bytes *);
static bool owner_known(struct plan *, const char *, const char *);

enum ledger_result
apply_customer(struct plan *plan, struct ledger_request *request)
{
	struct ledger_customer *customer = request->customer, stored;
	unsigned char buf[RECORD_MAX];
	struct till_bytes value;
	enum ledger_result result;
	struct record_out out;
	struct key key;
	bool known;

	if (customer == NULL || !customer_ok(customer))
		return refuse(request, LEDGER_INVALID,
		    "the customer's record is not well formed");
	key_text(&key, customer->cid);
	known = batch_get(plan->batch, TABLE_CUSTOMERS, &key, &value);
	if (known && customer_read(value.data, value.len, &stored) == -1) {
		(void)damaged(&request->err, TABLE_CUSTOMERS, &key);
		return LEDGER_INVALID;
	}
	result = version_ok(request, known, known ? stored.version : 0,
	    customer->version);
	if (result != LEDGER_DONE)
		return result;
	customer->version++;
	customer_write(&out, buf, customer);
	put_record(plan, TABLE_CUSTOMERS, &key, &out);
	return LEDGER_DONE;
}

enum ledger_result
apply_merchant(struct plan *plan, struct ledger_request *request)
{
	struct ledger_merchant *merchant = request->merchant, stored;
	unsigned char buf[RECORD_MAX];
	struct till_bytes value;
	enum ledger_result result;
	struct record_out out;
	struct key key;
	bool known;

	if (merchant == NULL || !merchant_ok(merchant))
		return refuse(request, LEDGER_INVALID,
		    "the merchant's record is not well formed");
	key_text(&key, merchant->mid);
	known = batch_get(plan->batch, TABLE_MERCHANTS, &key, &value);
	if (known && merchant_read(value.data, value.len, &stored) == -1) {
		(void)damaged(&request->err, TABLE_MERCHANTS, &key);
		return LEDGER_INVALID;
	}
	result = version_ok(request, known, known ? stored.version : 0,
	    merchant->version);
	if (result != LEDGER_DONE)
		return result;
	merchant->version++;
	merchant_write(&out, buf, merchant);
	put_record(plan, TABLE_MERCHANTS, &key, &out);
	return LEDGER_DONE;
}

enum ledger_result
apply_credential(struct plan *plan, struct ledger_request *request)
{
	unsigned char buf[RECORD_MAX];
	enum ledger_result result;
	struct record_out out;
	struct key key;

	result = credential_ok(plan, request, &key);
	if (result != LEDGER_DONE)
		return result;
	if (request->credential_was.data != NULL &&
	    !credential_is(plan, &key, &request->credential_was))
		return refuse(request, LEDGER_CONFLICT,
		    "the credential was changed or removed meanwhile");
	if (request->credential->data.data == NULL) {
		batch_remove(plan->batch, TABLE_CREDENTIALS, &key);
		return LEDGER_DONE;
	}
	credential_write(&out, buf, request->credential);
	put_record(plan, TABLE_CREDENTIALS, &key, &out);
	explicit_bzero(buf, sizeof(buf));
	return LEDGER_DONE;
}

enum ledger_result
apply_failure(struct plan *plan, struct ledger_request *request)
{
	struct till_failures *failures = request->failures, now = { 0 };
	unsigned char buf[RECORD_MAX];
	struct till_bytes value;
	struct record_out out;
	struct key key;

	if (failures == NULL || !word_ok(request->instance) ||
	    request->cid == NULL || !till_id_ok(request->cid))
		return refuse(request, LEDGER_INVALID,
		    "failures are of an instance and a customer");
	key_pair(&key, request->instance, request->cid);
	now.size = (uint32_t)sizeof(now);
	if (failures->count == 0) {
		batch_remove(plan->batch, TABLE_FAILURES, &key);
		*failures = now;
		return LEDGER_DONE;
	}
	if (batch_get(plan->batch, TABLE_FAILURES, &key, &value) &&
	    failures_read(value.data, value.len, &now) == -1) {
		(void)damaged(&request->err, TABLE_FAILURES, &key);
		return LEDGER_INVALID;
	}
	if (now.count == 0)
		now.first_ms = plan->time_ms;
	if (now.count < UINT32_MAX)
		now.count++;
	now.last_ms = plan->time_ms;
	failures_write(&out, buf, &now);
	put_record(plan, TABLE_FAILURES, &key, &out);
	*failures = now;
	return LEDGER_DONE;
}

enum ledger_result
apply_meta(struct plan *plan, struct ledger_request *request)
{
	struct key key;

	if (request->name == NULL || request->name[0] == '\0' ||
	    strnlen(request->name, LEDGER_META_NAME_MAX) >=
		LEDGER_META_NAME_MAX ||
	    strncmp(request->name, LEDGER_META_PREFIX,
		sizeof(LEDGER_META_PREFIX) - 1) == 0)
		return refuse(request, LEDGER_INVALID,
		    "this is no name for a value");
	if (request->value.len > LEDGER_VALUE_MAX)
		return refuse(request, LEDGER_INVALID,
		    "the value of %s is too long", request->name);
	key_text(&key, request->name);
	batch_put(plan->batch, TABLE_META, &key, &request->value);
	return LEDGER_DONE;
}

/* Has nobody changed the record since the caller read it? */
static enum ledger_result
version_ok(struct ledger_request *request, bool known, uint64_t stored,
    uint64_t read)
{
	if (!known && read == 0)
		return LEDGER_DONE;
	if (!known)
		return refuse(request, LEDGER_CONFLICT,
		    "there is no such record");
	if (read == 0)
		return refuse(request, LEDGER_CONFLICT,
		    "there is such a record already");
	if (read != stored)
		return refuse(request, LEDGER_CONFLICT,
		    "the record was changed meanwhile");
	return LEDGER_DONE;
}

static bool
customer_ok(const struct ledger_customer *customer)
{
	if (!text_ends(customer->cid, sizeof(customer->cid)) ||
	    !text_ends(customer->name, sizeof(customer->name)) ||
	    !text_ends(customer->lang, sizeof(customer->lang)) ||
	    !text_ends(customer->limit.currency, TILL_CURRENCY_MAX) ||
	    !till_id_ok(customer->cid))
		return false;
	if (customer->status != LEDGER_ACTIVE &&
	    customer->status != LEDGER_SUSPENDED)
		return false;
	if (customer->limit.micro == 0 && customer->limit.currency[0] == '\0')
		return true;
	return customer->limit.micro >= 0 &&
	    till_currency_exponent(customer->limit.currency) >= 0;
}

static bool
merchant_ok(const struct ledger_merchant *merchant)
{
	uint32_t i;

	if (!text_ends(merchant->mid, sizeof(merchant->mid)) ||
	    !text_ends(merchant->name, sizeof(merchant->name)) ||
	    !text_ends(merchant->country, sizeof(merchant->country)) ||
	    !text_ends(merchant->webhook, sizeof(merchant->webhook)) ||
	    !till_id_ok(merchant->mid) ||
	    merchant->urls_len > LEDGER_URLS_MAX ||
	    merchant->keys_len > LEDGER_KEYS_MAX)
		return false;
	for (i = 0; i < merchant->urls_len; i++) {
		if (!text_ends(merchant->urls[i], sizeof(merchant->urls[i])))
			return false;
	}
	for (i = 0; i < merchant->keys_len; i++) {
		if (!text_ends(merchant->keys[i].kid, TILL_KID_MAX) ||
		    !text_ends(merchant->keys[i].jwk, TILL_JWK_MAX))
			return false;
	}
	return merchant->status == LEDGER_ACTIVE ||
	    merchant->status == LEDGER_SUSPENDED;
}

static enum ledger_result
credential_ok(struct plan *plan, struct ledger_request *request,
    struct key *key)
{
	const struct till_credential *credential = request->credential;
	struct till_bytes value;
	struct key prefix;
	size_t n;

	if (!word_ok(request->instance) || request->cid == NULL ||
	    !till_id_ok(request->cid) || credential == NULL ||
	    credential->id == NULL || !till_jti_ok(credential->id))
		return refuse(request, LEDGER_INVALID,
		    "a credential is of an instance, a customer and an id");
	key_triple(key, request->instance, request->cid, credential->id);
	if (credential->data.data == NULL)
		return LEDGER_DONE;
	if (credential->data.len > TILL_CREDENTIAL_MAX ||
	    (credential->label != NULL &&
		strlen(credential->label) >= LEDGER_NAME_MAX))
		return refuse(request, LEDGER_INVALID,
		    "the credential or its label is too long");
	if (!owner_known(plan, request->instance, request->cid))
		return refuse(request, LEDGER_INVALID,
		    "there is nobody of the name %s", request->cid);
	if (batch_get(plan->batch, TABLE_CREDENTIALS, key, &value))
		return LEDGER_DONE;
	key_triple(&prefix, request->instance, request->cid, "");
	if (batch_count(plan->batch, TABLE_CREDENTIALS, &prefix, &n,
		&request->err) == -1)
		return LEDGER_BUSY;
	if (n >= TILL_CREDENTIALS_MAX)
		return refuse(request, LEDGER_INVALID,
		    "%s has %zu credentials there already", request->cid, n);
	return LEDGER_DONE;
}

/* Is this its data? */
static bool
credential_is(struct plan *plan, const struct key *key,
    const struct till_bytes *data)
{
	struct credential_texts texts;
	struct till_credential stored;
	struct till_bytes value;

	return batch_get(plan->batch, TABLE_CREDENTIALS, key, &value) &&
	    credential_read(value.data, value.len, &stored, &texts) == 0 &&
	    stored.data.len == data->len &&
	    (data->len == 0 ||
		CRYPTO_memcmp(stored.data.data, data->data, data->len) == 0);
}

static bool
owner_known(struct plan *plan, const char *instance, const char *id)
{
	const enum table table = strcmp(instance, LEDGER_OF_MERCHANTS) == 0
	    ? TABLE_MERCHANTS
	    : TABLE_CUSTOMERS;
	struct till_bytes value;
	struct key key;

	key_text(&key, id);
	return batch_get(plan->batch, table, &key, &value);
}

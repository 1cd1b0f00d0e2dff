/*
 * serve_merchant.c - merchants: add, show, list, keys, return addresses.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <till/key.h>

#include "ctl/call.h"
#include "rear/unit.h"

struct listing {
	struct call *call;
	struct call_list list;
	const char *from;
};

struct key_owner {
	const char *mid, *kid;
};

static int put_password(struct call *, const char *);
static int is_there(void *, const struct till_credential *);
static int set_status(struct call *, enum ledger_status, const char *);
static int set_country(struct call *, struct ledger_merchant *);
static int add_key(struct call *, struct ledger_merchant *, const char *);
static int key_is_free(struct call *, const char *mid, const char *kid);
static int others_key(void *, const struct ledger_merchant *);
static int retire_key(struct call *, struct ledger_merchant *, const char *);
static int add_url(struct call *, struct ledger_merchant *, const char *);
static int remove_url(struct call *, struct ledger_merchant *, const char *);
static int store(struct call *, struct ledger_merchant *);
static json_t *summary(const struct ledger_merchant *);
static int add_to_list(void *, const struct ledger_merchant *);

int
serve_merchant_get(struct call *call, struct ledger_merchant *merchant)
{
	const char *mid = call_text(call, "merchant");
	int r;

	r = ledger_merchant_get(rear_ledger(call->rear), mid, merchant,
	    &call->err);
	if (r == 1)
		return call_fail(call, EX_NOUSER, "there is no merchant '%s'",
		    mid);
	return r == 0 ? EX_OK : EX_SOFTWARE;
}

void
serve_merchant_name(struct call *call, json_t *object, const char *mid)
{
	struct merchant *merchant =
	    mid[0] == '\0' ? NULL : merchants_get(call->rear->merchants, mid);

	if (merchant != NULL)
		doc_if(object, "merchant-name", merchant->name);
	merchant_unref(merchant);
}

int
serve_merchant_add(struct call *call)
{
	const char *mid = call_text(call, "merchant");
	const char *url = call_text(call, "url");
	const char *jwk = call_text(call, "jwk");
	struct ledger_merchant merchant;
	int status;

	if (ledger_merchant_get(rear_ledger(call->rear), mid, &merchant,
		&call->err) == 0)
		return call_fail(call, EX_DATAERR,
		    "there is a merchant '%s' already", mid);
	memset(&merchant, 0, sizeof(merchant));
	merchant.status = LEDGER_ACTIVE;
	(void)snprintf(merchant.mid, sizeof(merchant.mid), "%s", mid);
	(void)snprintf(merchant.name, sizeof(merchant.name), "%s",
	    call_text(call, "name"));
	merchant.created_ms = call_time_ms();
	status = set_country(call, &merchant);
	if (status == EX_OK && url != NULL)
		status = add_url(call, &merchant, url);
	if (status == EX_OK && jwk != NULL)
		status = add_key(call, &merchant, jwk);
	if (status == EX_OK)
		status = store(call, &merchant);
	if (status == EX_OK)
		status = call_record(call, "merchant add %s", mid);
	if (status == EX_OK)
		doc_text(call->reply, "merchant", mid);
	return status;
}

int
serve_merchant_show(struct call *call)
{
	struct ledger_merchant merchant;
	json_t *keys, *urls, *key;
	uint32_t i;
	int status;

	status = serve_merchant_get(call, &merchant);
	if (status != EX_OK)
		return status;
	(void)json_object_update_missing_new(call->reply, summary(&merchant));
	if (merchant.webhook[0] != '\0')
		doc_text(call->reply, "webhook", merchant.webhook);
	urls = json_array();
	for (i = 0; i < merchant.urls_len; i++)
		(void)json_array_append_new(urls,
		    json_string(merchant.urls[i]));
	(void)json_object_set_new(call->reply, "return_urls", urls);
	keys = json_array();
	for (i = 0; i < merchant.keys_len; i++) {
		key = json_object();
		doc_text(key, "kid", merchant.keys[i].kid);
		doc_text(key, "status",
		    merchant.keys[i].active ? "active" : "retired");
		doc_time_ms(key, "added", merchant.keys[i].added_ms);
		doc_text(key, "jwk", merchant.keys[i].jwk);
		(void)json_array_append_new(keys, key);
	}
	(void)json_object_set_new(call->reply, "keys", keys);
	status = put_password(call, merchant.mid);
	if (status != EX_OK)
		return status;
	return serve_money_accounts(call, "till:", merchant.mid);
}

int
serve_merchant_list(struct call *call)
{
	struct listing listing = { .call = call,
		.from = call_text(call, "from") };

	call_list_begin(call, &listing.list, "merchants");
	if (ledger_merchant_each(rear_ledger(call->rear), add_to_list, &listing,
		&call->err) == -1)
		return EX_SOFTWARE;
	return EX_OK;
}

int
serve_merchant_key(struct call *call)
{
	const char *jwk = call_text(call, "jwk");
	const char *retire = call_text(call, "retire");
	struct ledger_merchant merchant;
	int status;

	status = serve_merchant_get(call, &merchant);
	if (status == EX_OK && (jwk == NULL) == (retire == NULL))
		status = call_fail(call, EX_USAGE,
		    "either a key or the one to retire is needed");
	if (status == EX_OK && jwk != NULL)
		status = add_key(call, &merchant, jwk);
	if (status == EX_OK && retire != NULL)
		status = retire_key(call, &merchant, retire);
	if (status == EX_OK)
		status = store(call, &merchant);
	if (status == EX_OK)
		status = call_record(call, "merchant key %s %s %s",
		    merchant.mid, jwk == NULL ? "retire" : "add",
		    jwk == NULL ? retire
				: json_string_value(
				      json_object_get(call->reply, "kid")));
	return status;
}

int
serve_merchant_url(struct call *call)
{
	const char *url = call_text(call, "url");
	bool remove = call_flag(call, "remove");
	struct ledger_merchant merchant;
	int status;

	status = serve_merchant_get(call, &merchant);
	if (status == EX_OK)
		status = remove ? remove_url(call, &merchant, url)
				: add_url(call, &merchant, url);
	if (status == EX_OK)
		status = store(call, &merchant);
	if (status == EX_OK)
		status = call_record(call, "merchant return-url %s %s %.180s",
		    merchant.mid, remove ? "remove" : "add", url);
	return status;
}

int
serve_merchant_webhook(struct call *call)
{
	const char *url = call_text(call, "url");
	struct ledger_merchant merchant;
	int status;

	status = serve_merchant_get(call, &merchant);
	if (status == EX_OK && (url == NULL) != call_flag(call, "none"))
		status = call_fail(call, EX_USAGE,
		    "either an address or --none is needed");
	if (status != EX_OK)
		return status;
	(void)snprintf(merchant.webhook, sizeof(merchant.webhook), "%s",
	    url == NULL ? "" : url);
	status = store(call, &merchant);
	if (status == EX_OK)
		status = call_record(call, "merchant webhook %s %.180s",
		    merchant.mid, url == NULL ? "none" : url);
	return status;
}

int
serve_merchant_suspend(struct call *call)
{
	return set_status(call, LEDGER_SUSPENDED, "suspend");
}

int
serve_merchant_resume(struct call *call)
{
	int status = set_status(call, LEDGER_ACTIVE, "resume");

	if (status == EX_OK)
		status =
		    serve_merchant_unlock(call, call_text(call, "merchant"));
	return status;
}

int
serve_merchant_passwd(struct call *call)
{
	struct enrolment *enrolment = NULL;
	struct ledger_merchant merchant;
	int status;

	status = serve_merchant_get(call, &merchant);
	if (status == EX_OK && call->secrets_len == 0)
		status = call_fail(call, EX_USAGE, "the password is missing");
	if (status == EX_OK)
		status = serve_enrol_merchant(call, merchant.mid, &enrolment);
	/* As with a customer's. */
	if (status == EX_OK) {
		status = serve_enrol_store(call, merchant.mid, enrolment);
		rear_merchant_changed(call->rear, merchant.mid);
	}
	serve_enrol_free(enrolment);
	if (status == EX_OK) {
		rear_merchant_unlocked(call->rear, merchant.mid);
		status = call_record(call, "merchant passwd %s", merchant.mid);
	}
	return status;
}

/* Whether he can sign in, and since when he has this one. */
static int
put_password(struct call *call, const char *mid)
{
	int64_t created_ms = 0;

	if (ledger_credential_each(rear_ledger(call->rear), LEDGER_OF_MERCHANTS,
		mid, is_there, &created_ms, &call->err) == -1)
		return EX_SOFTWARE;
	if (created_ms != 0)
		doc_time_ms(call->reply, "password", created_ms);
	return EX_OK;
}

static int
is_there(void *arg, const struct till_credential *credential)
{
	int64_t *created_ms = arg;

	*created_ms = credential->created_ms;
	return 0;
}

static int
set_status(struct call *call, enum ledger_status wanted, const char *word)
{
	struct ledger_merchant merchant;
	int status;

	status = serve_merchant_get(call, &merchant);
	if (status != EX_OK || merchant.status == wanted)
		return status;
	merchant.status = wanted;
	status = store(call, &merchant);
	if (status == EX_OK)
		status =
		    call_record(call, "merchant %s %s", word, merchant.mid);
	return status;
}

/* ISO 3166 alpha-2, or none. */
static int
set_country(struct call *call, struct ledger_merchant *merchant)
{
	const char *country = call_text(call, "country");

	if (country == NULL)
		return EX_OK;
	if (strlen(country) != 2 || !isupper((unsigned char)country[0]) ||
	    !isupper((unsigned char)country[1]))
		return call_fail(call, EX_USAGE,
		    "a country is two capital letters: FR");
	memcpy(merchant->country, country, 3);
	return EX_OK;
}

static int
add_key(struct call *call, struct ledger_merchant *merchant, const char *text)
{
	struct ledger_key *slot;
	struct till_key *key = NULL;
	char *jwk = NULL;
	int status = EX_DATAERR;
	uint32_t i;

	if (till_key_from_jwk(text, strlen(text), &key, &call->err) == -1 ||
	    till_key_jwk(key, &jwk, &call->err) == -1)
		goto out;
	for (i = 0; i < merchant->keys_len; i++)
		if (strcmp(merchant->keys[i].kid, till_key_id(key)) == 0)
			break;
	if (i < merchant->keys_len && merchant->keys[i].active) {
		(void)call_fail(call, status, "%s has this key already",
		    merchant->mid);
		goto out;
	}
	if (i == LEDGER_KEYS_MAX) {
		(void)call_fail(call, status, "%s has %d keys already",
		    merchant->mid, LEDGER_KEYS_MAX);
		goto out;
	}
	if (strlen(jwk) >= TILL_JWK_MAX) {
		(void)call_fail(call, status, "the key is too long");
		goto out;
	}
	status = key_is_free(call, merchant->mid, till_key_id(key));
	if (status != EX_OK)
		goto out;
	slot = &merchant->keys[i];
	if (i == merchant->keys_len)
		merchant->keys_len++;
	(void)snprintf(slot->kid, sizeof(slot->kid), "%s", till_key_id(key));
	(void)snprintf(slot->jwk, sizeof(slot->jwk), "%s", jwk);
	slot->active = true;
	slot->added_ms = call_time_ms();
	doc_text(call->reply, "kid", slot->kid);
out:
	till_key_free(key);
	free(jwk);
	return status;
}

/* A key has one owner: tickets are found by it. */
static int
key_is_free(struct call *call, const char *mid, const char *kid)
{
	struct key_owner owner = { mid, kid };
	int r;

	r = ledger_merchant_each(rear_ledger(call->rear), others_key, &owner,
	    &call->err);
	if (r == -1)
		return EX_SOFTWARE;
	if (r == 1)
		return call_fail(call, EX_DATAERR,
		    "another merchant has this key");
	return EX_OK;
}

static int
others_key(void *arg, const struct ledger_merchant *merchant)
{
	const struct key_owner *owner = arg;
	uint32_t i;

	if (strcmp(merchant->mid, owner->mid) == 0)
		return 0;
	for (i = 0; i < merchant->keys_len; i++)
		if (strcmp(merchant->keys[i].kid, owner->kid) == 0)
			return 1;
	return 0;
}

static int
retire_key(struct call *call, struct ledger_merchant *merchant, const char *kid)
{
	uint32_t i;

	for (i = 0; i < merchant->keys_len; i++) {
		if (strcmp(merchant->keys[i].kid, kid) != 0)
			continue;
		merchant->keys[i].active = false;
		return EX_OK;
	}
	return call_fail(call, EX_DATAERR, "%s has no key %s", merchant->mid,
	    kid);
}

static int
add_url(struct call *call, struct ledger_merchant *merchant, const char *url)
{
	uint32_t i;

	for (i = 0; i < merchant->urls_len; i++)
		if (strcmp(merchant->urls[i], url) == 0)
			return call_fail(call, EX_DATAERR,
			    "%s has this return address already",
			    merchant->mid);
	if (i == LEDGER_URLS_MAX)
		return call_fail(call, EX_DATAERR,
		    "%s has %d return addresses already", merchant->mid,
		    LEDGER_URLS_MAX);
	if (strlen(url) >= sizeof(merchant->urls[i]))
		return call_fail(call, EX_DATAERR, "the address is too long");
	(void)snprintf(merchant->urls[i], sizeof(merchant->urls[i]), "%s", url);
	merchant->urls_len++;
	return EX_OK;
}

static int
remove_url(struct call *call, struct ledger_merchant *merchant, const char *url)
{
	uint32_t i;

	for (i = 0; i < merchant->urls_len; i++) {
		if (strcmp(merchant->urls[i], url) != 0)
			continue;
		merchant->urls_len--;
		memmove(merchant->urls[i], merchant->urls[i + 1],
		    (merchant->urls_len - i) * sizeof(merchant->urls[0]));
		memset(merchant->urls[merchant->urls_len], 0,
		    sizeof(merchant->urls[0]));
		return EX_OK;
	}
	return call_fail(call, EX_DATAERR, "%s has no such return address",
	    merchant->mid);
}

static int
store(struct call *call, struct ledger_merchant *merchant)
{
	struct ledger_request request = { .op = LEDGER_MERCHANT,
		.merchant = merchant,
		.actor = call->actor };
	int status;

	status = call_apply(call, &request);
	if (status == EX_OK)
		rear_merchant_changed(call->rear, merchant->mid);
	return status;
}

static json_t *
summary(const struct ledger_merchant *merchant)
{
	json_t *item = json_object();
	uint32_t i, active = 0;

	for (i = 0; i < merchant->keys_len; i++)
		active += merchant->keys[i].active ? 1 : 0;
	doc_text(item, "merchant", merchant->mid);
	doc_text(item, "name", merchant->name);
	doc_text(item, "country", merchant->country);
	doc_text(item, "status",
	    merchant->status == LEDGER_SUSPENDED ? "suspended" : "active");
	doc_number(item, "active_keys", active);
	doc_time_ms(item, "created", merchant->created_ms);
	return item;
}

static int
add_to_list(void *arg, const struct ledger_merchant *merchant)
{
	struct listing *listing = arg;

	if (listing->from != NULL && strcmp(merchant->mid, listing->from) < 0)
		return 0;
	if (call_list_add(&listing->list, summary(merchant)))
		return 0;
	call_list_next(listing->call, merchant->mid);
	return 1;
}

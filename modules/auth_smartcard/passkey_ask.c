/*
 * passkey_ask.c - the prompts for a passkey, and for a new one.
 */
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "auth_smartcard/passkey.h"
#include "base64url.h"

static int collect(void *, const struct till_credential *);
static json_t *request(const struct smartcard *, const struct till_order *,
    const struct passkey_ids *);
static json_t *creation(const struct smartcard *, const struct till_order *,
    const struct passkey_ids *, const unsigned char *nonce);
static json_t *descriptors(const struct passkey_ids *);
static int ask(const struct till_host *, struct till_context *,
    struct till_prompt *, json_t *data);

void
passkey_list(const struct till_host *host, struct till_context *ctx,
    struct passkey_ids *ids_r)
{
	ids_r->len = 0;
	(void)host->credential_list(ctx, collect, ids_r);
}

int
passkey_ask(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const unsigned char nonce[MESSAGE_NONCE])
{
	const struct till_order *order = host->order(ctx);
	unsigned char challenge[SHA256_SIZE];
	struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SIGNATURE,
		.id = PASSKEY_PROMPT,
		.label = "auth.passkey",
		.text = "Sign with your passkey",
		.min_len = 1,
		.max_len = WEBAUTHN_ASSERTION_MAX,
		.ttl_ms = (uint32_t)card->ttl_ms,
		.challenge = { challenge, sizeof(challenge) },
		.format = PASSKEY_FORMAT,
	};
	struct passkey_ids ids, decoys;

	passkey_list(host, ctx, &ids);
	if (decoy_ids(card, order->customer, &decoys) == -1 ||
	    passkey_challenge(nonce, order, challenge) == -1)
		return -1;
	return ask(host, ctx, &prompt,
	    request(card, order, ids.len > 0 ? &ids : &decoys));
}

int
passkey_ask_new(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const unsigned char nonce[MESSAGE_NONCE])
{
	struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SIGNATURE,
		.id = PASSKEY_PROMPT,
		.label = "auth.new-passkey",
		.text = "Make a passkey",
		.max_len = WEBAUTHN_REGISTRATION_MAX,
		.ttl_ms = (uint32_t)card->ttl_ms,
		.challenge = { nonce, MESSAGE_NONCE },
		.format = PASSKEY_FORMAT_NEW,
	};
	struct passkey_ids ids;

	passkey_list(host, ctx, &ids);
	return ask(host, ctx, &prompt,
	    creation(card, host->order(ctx), &ids, nonce));
}

static int
collect(void *arg, const struct till_credential *credential)
{
	struct passkey_ids *ids = arg;

	if (ids->len == PASSKEYS_MAX)
		return 1;
	if (passkey_id_text(&credential->data, ids->text[ids->len]))
		ids->len++;
	return 0;
}

/* An identity has no price, and needs no dialog that shows one. */
static json_t *
request(const struct smartcard *card, const struct till_order *order,
    const struct passkey_ids *ids)
{
	const struct webauthn_payment payment = passkey_payment(order);
	json_t *list = json_array(), *data;
	char value[TILL_MONEY_MAX];
	json_t *shown = NULL;
	size_t i;

	for (i = 0; i < ids->len; i++)
		(void)json_array_append_new(list, json_string(ids->text[i]));
	data = json_pack("{s:s, s:o}", "rpId", card->rp_id, "allowCredentials",
	    list);
	if (order->amount.micro <= 0)
		return data;
	shown = json_pack("{s:s, s:{s:s, s:s}}", "payeeName",
	    payment.payee_name, "total", "currency", payment.total.currency,
	    "value", till_money_print(&payment.total, value));
	if (strncmp(payment.payee_origin, "https://", 8) == 0)
		(void)json_object_set_new(shown, "payeeOrigin",
		    json_string(payment.payee_origin));
	(void)json_object_set_new(data, "payment", shown);
	return data;
}

/* What it is made on, the device itself or a key that is plugged in, is the
 * customer's to choose on the page.
 * The user's handle is the same for all passkeys of one customer, so that
 * a device keeps one of them. */
static json_t *
creation(const struct smartcard *card, const struct till_order *order,
    const struct passkey_ids *ids, const unsigned char *nonce)
{
	char challenge[BASE64URL_SIZE(MESSAGE_NONCE)];
	char user[BASE64URL_SIZE(SHA256_SIZE)];
	unsigned char handle[SHA256_SIZE];

	if (decoy_octets(card, "user", order->customer, handle) == -1)
		return NULL;
	(void)base64url_encode(handle, sizeof(handle), user);
	(void)base64url_encode(nonce, MESSAGE_NONCE, challenge);
	return json_pack("{s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s}, "
			 "s:[{s:s, s:i}, {s:s, s:i}], s:o, "
			 "s:{s:s, s:s}, s:s, s:{s:{s:b}}}",
	    "challenge", challenge, "rp", "id", card->rp_id, "name",
	    card->rp_id, "user", "id", user, "name", order->customer,
	    "displayName", order->customer, "pubKeyCredParams", "type",
	    "public-key", "alg", -7, "type", "public-key", "alg", -257,
	    "excludeCredentials", descriptors(ids), "authenticatorSelection",
	    "residentKey", "required", "userVerification", "required",
	    "attestation", "none", "extensions", "payment", "isPayment", 1);
}

static json_t *
descriptors(const struct passkey_ids *ids)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ids->len; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s}", "type", "public-key", "id",
			ids->text[i]));
	return list;
}

/* data is released; one that is too long is refused by the host. */
static int
ask(const struct till_host *host, struct till_context *ctx,
    struct till_prompt *prompt, json_t *data)
{
	char *text = data == NULL ? NULL : json_dumps(data, JSON_COMPACT);
	int r = -1;

	prompt->data = text;
	if (text != NULL)
		r = host->prompt(ctx, prompt);
	free(text);
	json_decref(data);
	return r;
}

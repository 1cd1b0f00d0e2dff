/*
 * passkey_auth.c - look at what a passkey has signed.
 */
#include <stdio.h>
#include <string.h>

#include "auth_smartcard/passkey.h"

#define LABEL_SIZE 129 /* no host keeps longer ones */

static int find(const struct till_host *, struct till_context *,
    const struct webauthn_assertion *, struct webauthn_passkey *,
    char id_r[CERTIFICATE_ID_MAX], struct till_error *);
static int go_on(const struct till_host *, struct till_context *,
    struct webauthn_passkey *, const char *id, uint32_t count,
    struct till_error *);

int
passkey_look(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct till_reply *reply,
    const unsigned char nonce[MESSAGE_NONCE], char id_r[CERTIFICATE_ID_MAX],
    struct till_error *why)
{
	const struct webauthn_payment payment =
	    passkey_payment(host->order(ctx));
	unsigned char challenge[SHA256_SIZE];
	const struct webauthn_want want = { .origin = card->origin,
		.rp_id = card->rp_id,
		.challenge = challenge,
		.payment = &payment };
	struct webauthn_passkey kept;
	struct webauthn_assertion sent;
	struct till_error other;
	uint32_t count = 0;
	int r;

	if (webauthn_assertion_read(reply->data.data, reply->data.len, &sent,
		why) == -1)
		return -1;
	if (passkey_challenge(nonce, host->order(ctx), challenge) == -1)
		return till_fail(why, "the order cannot be signed");
	r = find(host, ctx, &sent, &kept, id_r, why);
	/* Who has no such passkey does not learn so by the time it takes. */
	if (r == -1)
		(void)webauthn_assert(&want, &sent, &card->decoy, &count,
		    &other);
	else
		r = webauthn_assert(&want, &sent, &kept.key, &count, why);
	if (r == 0)
		r = go_on(host, ctx, &kept, id_r, count, why);
	key_clear(&kept.key);
	return r;
}

int
passkey_challenge(const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *order, unsigned char challenge_r[SHA256_SIZE])
{
	char text[MESSAGE_MAX];
	const size_t len =
	    message_make(message_is_sign_in(order) ? PASSKEY_TAG_SIGN_IN
						   : PASSKEY_TAG,
		nonce, order, text);

	return len == 0 ? -1 : sha256(text, len, challenge_r);
}

/* A server of before 1.2 does not tell the origin. */
struct webauthn_payment
passkey_payment(const struct till_order *order)
{
	const bool told =
	    order->size >= offsetof(struct till_order, merchant_origin) +
		    sizeof(order->merchant_origin) &&
	    order->merchant_origin != NULL;

	return (struct webauthn_payment){ .payee_name = order->merchant_name,
		.payee_origin = told ? order->merchant_origin : "",
		.total = order->amount };
}

static int
find(const struct till_host *host, struct till_context *ctx,
    const struct webauthn_assertion *sent, struct webauthn_passkey *kept,
    char id_r[CERTIFICATE_ID_MAX], struct till_error *why)
{
	struct till_credential credential = { .size = sizeof(credential) };

	memset(kept, 0, sizeof(*kept));
	if (passkey_name(sent->id, sent->id_len, id_r) == -1 ||
	    host->credential_get(ctx, id_r, &credential) == -1)
		return till_fail(why, "the customer has no such passkey");
	if (passkey_read(&credential.data, kept, why) == -1)
		return -1;
	return kept->id_len == sent->id_len &&
		memcmp(kept->id, sent->id, sent->id_len) == 0
	    ? 0
	    : till_fail(why, "the credential is another passkey");
}

/* The signature is right, so whoever made it has the key: if the counter
 * went back there are two who have. */
static int
go_on(const struct till_host *host, struct till_context *ctx,
    struct webauthn_passkey *kept, const char *id, uint32_t count,
    struct till_error *why)
{
	struct till_credential credential = { .size = sizeof(credential) };
	char text[PASSKEY_TEXT_MAX], label[LABEL_SIZE];
	struct webauthn_passkey now = { 0 };
	bool same;

	if (!webauthn_count_ok(kept->count, count)) {
		(void)host->alert(ctx, "auth.alert",
		    "the counter of a passkey went back: it may be a copy");
		return till_fail(why,
		    "its counter went back: it may be a copy");
	}
	if (count == kept->count)
		return 0;
	/* Of two side by side the second finds another count here, or what
	 * it wants to replace is not there any more. */
	if (host->credential_get(ctx, id, &credential) == -1 ||
	    passkey_read(&credential.data, &now, why) == -1)
		return till_fail(why, "the customer has no such passkey");
	same = now.count == kept->count;
	key_clear(&now.key);
	kept->count = count;
	if (!same || passkey_write(kept, text) == -1)
		return till_fail(why, "its counter has gone on meanwhile");
	(void)snprintf(label, sizeof(label), "%s",
	    credential.label == NULL ? "" : credential.label);
	credential.id = id;
	credential.label = label;
	credential.data =
	    (struct till_bytes){ (const unsigned char *)text, strlen(text) };
	return host->credential_put(ctx, &credential) == 0
	    ? 0
	    : till_fail(why, "its counter could not be kept");
}

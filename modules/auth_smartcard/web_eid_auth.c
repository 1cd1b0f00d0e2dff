/*
 * web_eid_auth.c - ask for a Web eID token, and look at one.
 *
 * Its certificate is one like that of any other card of a customer's: it must
 * be believed (certificate.h), and be enrolled.
 */
#include "auth_smartcard/web_eid.h"

static int challenge_of(const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *, unsigned char challenge_r[SHA256_SIZE]);

int
web_eid_ask(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const unsigned char nonce[MESSAGE_NONCE])
{
	unsigned char challenge[SHA256_SIZE];
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SIGNATURE,
		.id = WEB_EID_PROMPT,
		.label = "auth.web-eid",
		.text = "Sign with your ID card",
		.min_len = 1,
		.max_len = WEB_EID_MAX,
		.ttl_ms = (uint32_t)card->ttl_ms,
		.challenge = { challenge, sizeof(challenge) },
		.format = WEB_EID_FORMAT,
	};

	if (challenge_of(nonce, host->order(ctx), challenge) == -1)
		return -1;
	return host->prompt(ctx, &prompt);
}

int
web_eid_look(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct till_reply *reply,
    const unsigned char nonce[MESSAGE_NONCE], char id_r[CERTIFICATE_ID_MAX],
    struct till_error *why)
{
	unsigned char challenge[SHA256_SIZE];
	struct key key = { NULL, KEY_NONE, "" };
	struct web_eid_token token;
	struct till_bytes der;
	struct till_error other;
	int r;

	if (!card->web_eid)
		return till_fail(why, "Web eID tokens are not taken");
	if (web_eid_read(reply->data.data, reply->data.len, &token, why) == -1)
		return -1;
	if (challenge_of(nonce, host->order(ctx), challenge) == -1)
		return till_fail(why, "the order cannot be signed");
	der = (struct till_bytes){ token.certificate, token.certificate_len };
	r = card_certificate_find(host, ctx, card, &der, token.alg, &key, id_r,
	    why);
	/* Who has no such card does not learn so by the time it takes. */
	if (r == -1)
		(void)web_eid_check(&token,
		    key.pkey != NULL ? &key : &card->decoy, card->origin,
		    challenge, &other);
	else
		r = web_eid_check(&token, &key, card->origin, challenge, why);
	key_clear(&key);
	return r;
}

static int
challenge_of(const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *order, unsigned char challenge_r[SHA256_SIZE])
{
	char text[MESSAGE_MAX];
	const size_t len =
	    message_make(message_is_sign_in(order) ? WEB_EID_TAG_SIGN_IN
						   : WEB_EID_TAG,
		nonce, order, text);

	return len == 0 ? -1 : sha256(text, len, challenge_r);
}

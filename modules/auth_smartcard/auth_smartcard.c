/*
 * auth_smartcard - ask for a signature over this very payment.
 *
 *	module card auth_smartcard level=2 ca=/etc/till/card-ca.pem \
 *	    crl=/etc/till/card-crl.pem origin=https://pay.example \
 *	    decoys=/etc/till/decoys
 *
 * The station gets a challenge, makes of it and of the ticket that it has
 * shown the text of message.h, lets the customer's card sign that, and
 * sends what reply.h describes.  Here the same text is made of the order,
 * so that a signature for another ticket, payee or amount is just wrong, as
 * is one for a sign-in where there is something to pay.
 *
 * A challenge is good for one reply, for ttl, in its own conversation.
 * Whatever is wrong is refused with the same words; the log has the
 * reason.  A customer who does not exist, or has no key, is asked the
 * same.
 */
#include <openssl/err.h>

#include <stdio.h>
#include <string.h>

#include "auth_smartcard/message.h"
#include "auth_smartcard/passkey.h"
#include "auth_smartcard/reply.h"
#include "auth_smartcard/smartcard.h"
#include "auth_smartcard/web_eid.h"

#define PROMPT "card" /* id of a card's prompt */

/* A way to sign: the prompt's id, and what looks at a reply to it.  0: it
 * was signed for this order by what is kept as id_r. */
struct way {
	const char *prompt;
	int (*look)(const struct till_host *, struct till_context *,
	    const struct smartcard *, const struct till_reply *,
	    const unsigned char nonce[MESSAGE_NONCE],
	    char id_r[CERTIFICATE_ID_MAX], struct till_error *why);
	const char *method; /* NULL: as the setting says */
};

static int smartcard_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static int open_parts(struct smartcard *, struct till_error *);
static void smartcard_close(void *);
static enum till_result smartcard_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask(const struct till_host *, struct till_context *,
    const struct smartcard *);
static int ask_card(const struct till_host *, struct till_context *,
    const struct smartcard *, const unsigned char nonce[MESSAGE_NONCE]);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct way *, const struct till_reply *);
static int challenge_take(const struct till_host *, struct till_context *,
    unsigned char nonce[MESSAGE_NONCE]);
static int card_look(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct till_reply *,
    const unsigned char nonce[MESSAGE_NONCE], char id_r[CERTIFICATE_ID_MAX],
    struct till_error *);
static int look_signed(const struct till_host *, struct till_context *,
    const struct card_reply *, const struct key *,
    const unsigned char nonce[MESSAGE_NONCE], struct till_error *);
static int key_find(const struct till_host *, struct till_context *,
    const struct card_reply *, struct key *, char id_r[CERTIFICATE_ID_MAX],
    struct till_error *);
static enum till_result granted(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct way *, const char *id);
static enum till_result wrong(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct tries_count *, const char *why);
static int smartcard_health(const struct till_host *, const void *,
    struct till_error *);

/* RFC 8176. */
static const char *const method_names[] = { "sc", "hwk", "swk", "pop", NULL };

static const struct way ways[] = {
	{ PROMPT, card_look, NULL },
	{ PASSKEY_PROMPT, passkey_look, "pop" },
	{ WEB_EID_PROMPT, web_eid_look, NULL },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static const struct till_setting settings[] = {
	{ "level", TILL_SET_INT, 0, offsetof(struct smartcard, level), "2", 0,
	    10, NULL, "the auth.level that a signature adds" },
	{ "method", TILL_SET_ENUM, 0, offsetof(struct smartcard, method), "sc",
	    0, 0, method_names, "what the voucher calls it, see RFC 8176" },
	{ "ttl", TILL_SET_DURATION, 0, offsetof(struct smartcard, ttl_ms), "2m",
	    1000, 3600000, NULL, "how long a challenge is good for" },
	{ "ca", TILL_SET_PATH, 0, offsetof(struct smartcard, ca), NULL, 0, 0,
	    NULL, "certificates, in PEM, of the CAs whose cards are taken" },
	{ "crl", TILL_SET_PATH, 0, offsetof(struct smartcard, crl), NULL, 0, 0,
	    NULL, "their CRLs, in PEM; a certificate needs a current one" },
	{ "usage", TILL_SET_STRING, 0, offsetof(struct smartcard, usage), NULL,
	    0, 80, NULL, "extended key usage of certificates: clientAuth" },
	{ "policy", TILL_SET_STRING, 0, offsetof(struct smartcard, policy),
	    NULL, 0, 80, NULL, "policy of certificates, an OID" },
	{ "origin", TILL_SET_STRING, 0, offsetof(struct smartcard, origin),
	    NULL, 0, ORIGIN_MAX - 1, NULL,
	    "of the payment pages, for passkeys: https://pay.example" },
	{ "rp-id", TILL_SET_STRING, 0, offsetof(struct smartcard, rp_id_wanted),
	    NULL, 0, ORIGIN_HOST_MAX - 1, NULL,
	    "domain that passkeys are for; the origin's host" },
	{ "decoys", TILL_SET_SECRET_FILE, 0, offsetof(struct smartcard, decoys),
	    NULL, 0, 0, NULL,
	    "file with a secret that strangers' passkeys are made of" },
	{ "web-eid", TILL_SET_BOOL, 0, offsetof(struct smartcard, web_eid),
	    "no", 0, 0, NULL,
	    "take ID cards' certificates in a browser with Web eID" },
	{ "max-tries", TILL_SET_INT, 0, offsetof(struct smartcard, max_tries),
	    "5", 1, 100, NULL, "failures before the customer has to wait" },
	{ "delay", TILL_SET_DURATION, 0, offsetof(struct smartcard, delay_ms),
	    "2s", 1, TRIES_DELAY_CAP_MS, NULL,
	    "first wait; doubles with every failure" },
	TILL_SETTING_END
};

/* No TILL_CAP_SESSION: what was signed was this payment and no other. */
#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW)

TILL_MODULE("auth_smartcard", "1.0", TILL_AUTH, CAPS){
	TILL_MODULE_HEAD("auth_smartcard", "1.0", TILL_AUTH, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct smartcard),
	.open = smartcard_open,
	.close = smartcard_close,
	.auth = smartcard_auth,
	.enrol = smartcard_enrol,
	.health = smartcard_health,
};

static int
smartcard_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct smartcard *card = self;
	int r;

	(void)host;
	(void)check_only; /* files are only read */
	card->instance = instance;
	card->tries =
	    (struct tries){ card->max_tries, card->delay_ms, instance };
	if (card->ca == NULL &&
	    (card->crl != NULL || card->usage != NULL || card->policy != NULL))
		return till_fail(err,
		    "crl, usage and policy are about certificates: these need "
		    "ca=");
	if (site_settle(card, err) == -1)
		return -1;
	(void)ERR_set_mark();
	r = open_parts(card, err);
	(void)ERR_pop_to_mark();
	return r;
}

static int
open_parts(struct smartcard *card, struct till_error *err)
{
	const struct trust_options options = { .ca = card->ca,
		.crl = card->crl,
		.usage = card->usage,
		.policy = card->policy };
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	if (pkey == NULL)
		return till_fail(err, "no key could be made");
	if (key_take(pkey, KEY_ES256, &card->decoy, err) == -1)
		return -1;
	if (card->ca == NULL || trust_new(&options, &card->trust, err) == 0)
		return 0;
	key_clear(&card->decoy);
	return -1;
}

static void
smartcard_close(void *self)
{
	struct smartcard *card = self;

	trust_free(card->trust);
	EVP_PKEY_free(card->decoy.pkey); /* the instance is read-only */
}

static enum till_result
smartcard_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct smartcard *card = self;
	struct till_reply reply = { .size = sizeof(reply) };
	enum till_result result = TILL_NEED_INPUT;
	size_t i;

	if (tries_wait(&card->tries, host, ctx))
		return tries_locked(host, ctx);
	(void)ERR_set_mark();
	for (i = 0; i < WAYS && result == TILL_NEED_INPUT; i++)
		if (host->reply(ctx, ways[i].prompt, &reply) == 0)
			result = judge(host, ctx, card, &ways[i], &reply);
	if (result == TILL_NEED_INPUT)
		result = ask(host, ctx, card);
	(void)ERR_pop_to_mark();
	return result;
}

/* A new challenge takes the place of an earlier one. */
static enum till_result
ask(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card)
{
	unsigned char nonce[MESSAGE_NONCE];
	const struct till_bytes state = { nonce, sizeof(nonce) };

	if (host->random(nonce, sizeof(nonce)) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "random",
		    "no randomness");
	if (host->state_put(ctx, state) == -1 ||
	    (card->rp_id[0] != '\0' &&
		passkey_ask(host, ctx, card, nonce) == -1) ||
	    (card->web_eid && web_eid_ask(host, ctx, card, nonce) == -1) ||
	    ask_card(host, ctx, card, nonce) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the challenge was not taken");
	return TILL_NEED_INPUT;
}

static int
ask_card(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const unsigned char nonce[MESSAGE_NONCE])
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SIGNATURE,
		.id = PROMPT,
		.label = "auth.card",
		.text = "Sign with your card",
		.min_len = 1,
		.max_len = REPLY_MAX,
		.ttl_ms = (uint32_t)card->ttl_ms,
		.challenge = { nonce, MESSAGE_NONCE },
		.format = message_format(host->order(ctx)),
	};

	return host->prompt(ctx, &prompt);
}

/* The challenge is used up and the try counted before anything is looked
 * at. */
static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct way *way,
    const struct till_reply *reply)
{
	unsigned char nonce[MESSAGE_NONCE];
	char id[CERTIFICATE_ID_MAX] = "";
	struct till_error why = { "there is no challenge to reply to" };
	struct tries_count count;
	enum till_result result;
	bool right;

	result = tries_begin(&card->tries, host, ctx, &count);
	if (result != TILL_GRANT)
		return result;
	switch (challenge_take(host, ctx, nonce)) {
	case 0:
		right = (int64_t)reply->age_ms <= card->ttl_ms
		    ? way->look(host, ctx, card, reply, nonce, id, &why) == 0
		    : till_fail(&why, "the reply has come too late") == 0;
		break;
	case 1:
		right = false;
		break;
	default:
		return host->fail(ctx, TILL_ERROR, "state",
		    "the challenge could not be used up");
	}
	if (right && count.known)
		return granted(host, ctx, card, way, id);
	return wrong(host, ctx, card, &count,
	    right ? "the server does not know this customer" : why.text);
}

/* 0; 1: there is none; -1: it might be used again. */
static int
challenge_take(const struct till_host *host, struct till_context *ctx,
    unsigned char nonce[MESSAGE_NONCE])
{
	const struct till_bytes none = { (const unsigned char *)"", 0 };
	struct till_bytes state;

	if (host->state_get(ctx, &state) == -1 || state.len != MESSAGE_NONCE)
		return 1;
	memcpy(nonce, state.data, MESSAGE_NONCE);
	return host->state_put(ctx, none) == -1 ? -1 : 0;
}

/* 0: signed by a key of the customer's; id_r is the credential's. */
static int
card_look(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct till_reply *reply,
    const unsigned char nonce[MESSAGE_NONCE], char id_r[CERTIFICATE_ID_MAX],
    struct till_error *why)
{
	struct card_reply sent;
	struct till_error other;
	struct key key = { NULL, KEY_NONE, "" };
	int r;

	if (card_reply_read(reply->data.data, reply->data.len, &sent, why) ==
	    -1)
		return -1;
	r = sent.certificate_len > 0
	    ? card_certificate_find(host, ctx, card,
		  &(struct till_bytes){ sent.certificate,
		      sent.certificate_len },
		  KEY_NONE, &key, id_r, why)
	    : key_find(host, ctx, &sent, &key, id_r, why);
	/* Who has no such key does not learn so by the time it takes. */
	if (r == -1)
		(void)look_signed(host, ctx, &sent,
		    key.pkey != NULL ? &key : &card->decoy, nonce, &other);
	else
		r = look_signed(host, ctx, &sent, &key, nonce, why);
	key_clear(&key);
	return r;
}

static int
look_signed(const struct till_host *host, struct till_context *ctx,
    const struct card_reply *sent, const struct key *key,
    const unsigned char nonce[MESSAGE_NONCE], struct till_error *why)
{
	char text[MESSAGE_MAX];
	const size_t len = message_make(message_format(host->order(ctx)), nonce,
	    host->order(ctx), text);

	if (len == 0)
		return till_fail(why, "the order cannot be signed");
	if (sent->alg != key->alg)
		return till_fail(why, "the key is for %s, not for %s",
		    key_alg_name(key->alg), key_alg_name(sent->alg));
	return key_verify(key, text, len, sent->signature, sent->signature_len)
	    ? 0
	    : till_fail(why, "the signature is wrong");
}

static int
key_find(const struct till_host *host, struct till_context *ctx,
    const struct card_reply *sent, struct key *key,
    char id_r[CERTIFICATE_ID_MAX], struct till_error *why)
{
	struct till_credential credential = { .size = sizeof(credential) };

	if (host->credential_get(ctx, sent->kid, &credential) == -1)
		return till_fail(why, "the customer has no such key");
	(void)snprintf(id_r, CERTIFICATE_ID_MAX, "%s", sent->kid);
	if (card_key_read(&credential.data, key, why) == -1)
		return -1;
	return strcmp(key->id, sent->kid) == 0
	    ? 0
	    : till_fail(why, "the credential is another key");
}

static enum till_result
granted(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct way *way, const char *id)
{
	const char *method =
	    way->method == NULL ? method_names[card->method] : way->method;

	if (host->succeeded(ctx) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	if (host->method(ctx, method, (uint32_t)card->level) == -1)
		return host->fail(ctx, TILL_ERROR, "method",
		    "the method was not taken");
	host->log(ctx, TILL_LOG_INFO, "signed by %s", id);
	return TILL_GRANT;
}

/* The same for all that can be wrong, but for the log. */
static enum till_result
wrong(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct tries_count *count,
    const char *why)
{
	(void)tries_wrong(&card->tries, host, ctx, count, 1);
	host->log(ctx, TILL_LOG_WARNING, "a signature is refused: %s", why);
	return host->fail(ctx, TILL_DENY, "card",
	    "the signature was not accepted");
}

static int
smartcard_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	const struct smartcard *card = self;
	int r = 0;

	(void)ERR_set_mark();
	if (card->trust != NULL)
		r = trust_health(card->trust, host->time_s(card->instance),
		    err);
	(void)ERR_pop_to_mark();
	return r;
}

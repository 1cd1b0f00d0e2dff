/*
 * enrol.c - take a customer's key in, or away.
 */
#include <openssl/err.h>
#include <openssl/pem.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "auth_smartcard/passkey.h"

#define KEY_TEXT_MAX WEBAUTHN_REGISTRATION_MAX /* what is enrolled */
#define LABEL_MAX 64
#define NEW_KEY "new-key"
#define LABEL "label"
#define MATCH "match"

/* What is to be kept. */
struct record {
	char id[CERTIFICATE_ID_MAX];
	char label[LABEL_MAX + 1];
	char text[PASSKEY_TEXT_MAX];
};

struct ids {
	char id[TILL_CREDENTIALS_MAX][CERTIFICATE_ID_MAX];
	size_t len;
};

static enum till_result add(const struct till_host *, struct till_context *,
    const struct smartcard *);
static bool replied(const struct till_host *, struct till_context *,
    const struct smartcard *);
static enum till_result ask(const struct till_host *, struct till_context *,
    const struct smartcard *);
static int ask_passkey(const struct till_host *, struct till_context *,
    const struct smartcard *);
static int text_get(const struct till_host *, struct till_context *,
    const char *id, size_t size, char *text_r);
static int record_make(const struct till_host *, struct till_context *,
    const struct smartcard *, char *text, struct record *, struct till_error *);
static int passkey_record(const struct till_host *, struct till_context *,
    const struct smartcard *, struct record *, struct till_error *);
static int registered(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct till_bytes *,
    const unsigned char *challenge, struct record *, struct till_error *);
static int passkey_keep(const struct till_host *, struct till_context *,
    const struct webauthn_passkey *, struct record *, struct till_error *);
static int key_record(const char *text, struct record *, struct till_error *);
static int pem_key(const char *text, struct key *, struct till_error *);
static int certificate_record(const struct till_host *, struct till_context *,
    const struct smartcard *, const char *text, struct record *,
    struct till_error *);
static int certificate_ids(const struct smartcard *, X509 *, const char *match,
    struct record *, struct till_error *);
static enum till_result store(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct record *);
static enum till_result remove_keys(const struct till_host *,
    struct till_context *);
static int collect(void *, const struct till_credential *);

static const char *const matches[] = { "certificate", "subject", NULL };

enum till_result
smartcard_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	enum till_result result = TILL_ERROR;

	(void)ERR_set_mark();
	switch (what) {
	case TILL_ENROL_ADD:
		result = add(host, ctx, self);
		break;
	case TILL_ENROL_REMOVE:
		result = remove_keys(host, ctx);
		break;
	}
	(void)ERR_pop_to_mark();
	return result;
}

static enum till_result
add(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card)
{
	const bool has_passkey = replied(host, ctx, card);
	char text[KEY_TEXT_MAX + 1];
	struct record record;
	struct till_error err = { "" };
	enum till_result result;
	bool has_text;
	int r;

	has_text = text_get(host, ctx, NEW_KEY, sizeof(text), text) == 0;
	if (!has_text && !has_passkey)
		return ask(host, ctx, card);
	memset(&record, 0, sizeof(record));
	(void)text_get(host, ctx, LABEL, sizeof(record.label), record.label);
	r = has_passkey && text[0] == '\0'
	    ? passkey_record(host, ctx, card, &record, &err)
	    : record_make(host, ctx, card, text, &record, &err);
	if (r == -1)
		result = host->fail(ctx, TILL_DENY, "key", "%s", err.text);
	else
		result = store(host, ctx, card, &record);
	explicit_bzero(text, sizeof(text)); /* it may be a private one */
	return result;
}

/* Has a page sent a new passkey? */
static bool
replied(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card)
{
	struct till_reply reply = { .size = sizeof(reply) };

	return card->rp_id[0] != '\0' &&
	    host->reply(ctx, PASSKEY_PROMPT, &reply) == 0 && reply.data.len > 0;
}

/* All at once: which of them matter is seen when the key is there.  A
 * program has no passkeys to offer, a browser may have no key. */
static enum till_result
ask(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card)
{
	const bool browser = card->rp_id[0] != '\0' &&
	    strcmp(host->order(ctx)->channel, "browser") == 0;
	const struct till_prompt prompts[] = {
		{ .size = sizeof(prompts[0]),
		    .kind = TILL_ASK_TEXT,
		    .id = NEW_KEY,
		    .label = "auth.new-key",
		    .text = "Public key or certificate of the card",
		    .min_len = browser ? 0 : 1,
		    .max_len = KEY_TEXT_MAX },
		{ .size = sizeof(prompts[0]),
		    .kind = TILL_ASK_TEXT,
		    .id = LABEL,
		    .label = "auth.key-label",
		    .text = "What you call it",
		    .max_len = LABEL_MAX },
		{ .size = sizeof(prompts[0]),
		    .kind = TILL_ASK_CHOICE,
		    .id = MATCH,
		    .label = "auth.key-match",
		    .text = "A certificate is recognised by",
		    .min_len = 1,
		    .max_len = sizeof("certificate") - 1,
		    .choices = matches },
	};
	size_t i;

	if (browser && ask_passkey(host, ctx, card) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "a prompt was not taken");
	for (i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++)
		if (host->prompt(ctx, &prompts[i]) == -1)
			return host->fail(ctx, TILL_ERROR, "prompt",
			    "a prompt was not taken");
	return TILL_NEED_INPUT;
}

static int
ask_passkey(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card)
{
	unsigned char nonce[MESSAGE_NONCE];
	const struct till_bytes state = { nonce, sizeof(nonce) };

	if (host->random(nonce, sizeof(nonce)) == -1 ||
	    host->state_put(ctx, state) == -1)
		return -1;
	return passkey_ask_new(host, ctx, card, nonce);
}

/* -1: there is none.  One with a NUL in it is empty. */
static int
text_get(const struct till_host *host, struct till_context *ctx, const char *id,
    size_t size, char *text_r)
{
	struct till_reply reply = { .size = sizeof(reply) };

	text_r[0] = '\0';
	if (host->reply(ctx, id, &reply) == -1)
		return -1;
	if (reply.data.len >= size ||
	    memchr(reply.data.data, '\0', reply.data.len) != NULL)
		return 0;
	if (reply.data.len > 0)
		memcpy(text_r, reply.data.data, reply.data.len);
	text_r[reply.data.len] = '\0';
	return 0;
}

static int
record_make(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, char *text, struct record *record,
    struct till_error *err)
{
	const struct till_bytes sent = { (unsigned char *)text, strlen(text) };

	if (strstr(text, "PRIVATE KEY") != NULL)
		return till_fail(err,
		    "this is a private key, which only a card should have; "
		    "the public one or a certificate is wanted");
	if (strstr(text, "-----BEGIN CERTIFICATE-----") != NULL)
		return certificate_record(host, ctx, card, text, record, err);
	/* The operator says whose it is, as he says of any key. */
	if (strstr(text, "\"attestationObject\"") != NULL &&
	    strcmp(host->order(ctx)->channel, "browser") != 0)
		return registered(host, ctx, card, &sent, NULL, record, err);
	return key_record(text, record, err);
}

/* The challenge is used up before anything is looked at. */
static int
passkey_record(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, struct record *record, struct till_error *err)
{
	const struct till_bytes none = { (const unsigned char *)"", 0 };
	struct till_reply reply = { .size = sizeof(reply) };
	unsigned char nonce[MESSAGE_NONCE];
	struct till_bytes state;

	if (host->state_get(ctx, &state) == -1 || state.len != sizeof(nonce))
		return till_fail(err, "there is no challenge to reply to");
	memcpy(nonce, state.data, sizeof(nonce));
	if (host->state_put(ctx, none) == -1)
		return till_fail(err, "the challenge could not be used up");
	if (host->reply(ctx, PASSKEY_PROMPT, &reply) == -1 ||
	    (int64_t)reply.age_ms > card->ttl_ms)
		return till_fail(err, "the reply has come too late");
	return registered(host, ctx, card, &reply.data, nonce, record, err);
}

/* challenge NULL: it was made for one that is not known here. */
static int
registered(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct till_bytes *sent,
    const unsigned char *challenge, struct record *record,
    struct till_error *err)
{
	const struct webauthn_want want = { .origin = card->origin,
		.rp_id = card->rp_id,
		.challenge = challenge };
	struct webauthn_registration registration;
	struct webauthn_passkey passkey;
	int r;

	if (card->rp_id[0] == '\0')
		return till_fail(err,
		    "passkeys are not taken: the module has no origin=");
	if (webauthn_registration_read(sent->data, sent->len, &registration,
		err) == -1 ||
	    webauthn_register(&want, &registration, &passkey, err) == -1)
		return -1;
	r = passkey_keep(host, ctx, &passkey, record, err);
	key_clear(&passkey.key);
	return r;
}

static int
passkey_keep(const struct till_host *host, struct till_context *ctx,
    const struct webauthn_passkey *passkey, struct record *record,
    struct till_error *err)
{
	struct till_credential known = { .size = sizeof(known) };
	struct passkey_ids ids;

	if (passkey_name(passkey->id, passkey->id_len, record->id) == -1 ||
	    passkey_write(passkey, record->text) == -1)
		return till_fail(err, "the passkey is too large");
	if (host->credential_get(ctx, record->id, &known) == 0)
		return till_fail(err, "the customer has this passkey already");
	passkey_list(host, ctx, &ids);
	if (ids.len == PASSKEYS_MAX)
		return till_fail(err, "a customer has at most %d passkeys",
		    PASSKEYS_MAX);
	return 0;
}

static int
key_record(const char *text, struct record *record, struct till_error *err)
{
	struct key key;
	int r;

	r = text[strspn(text, " \t\r\n")] == '{'
	    ? key_from_jwk(text, strlen(text), &key, err)
	    : pem_key(text, &key, err);
	if (r == -1)
		return -1;
	r = key_check(&key, err);
	if (r == 0 && card_key_write(&key, record->text) == -1)
		r = till_fail(err, "the key is too large");
	(void)snprintf(record->id, sizeof(record->id), "%s", key.id);
	key_clear(&key);
	return r;
}

static int
pem_key(const char *text, struct key *key, struct till_error *err)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	char none[] = ""; /* or a terminal would be asked for a password */
	EVP_PKEY *pkey = NULL;

	if (bio != NULL)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, none);
	(void)BIO_free(bio);
	if (pkey == NULL)
		return till_fail(err,
		    "this is neither a public key nor a certificate in PEM, "
		    "nor a JWK");
	return key_take(pkey, KEY_NONE, key, err);
}

/* It must be one that would be taken now. */
static int
certificate_record(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const char *text, struct record *record,
    struct till_error *err)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	char match[sizeof("certificate")], none[] = "";
	struct till_error notice;
	X509 *certificate = NULL;
	int r = -1;

	(void)text_get(host, ctx, MATCH, sizeof(match), match);
	if (bio != NULL)
		certificate = PEM_read_bio_X509(bio, NULL, NULL, none);
	if (card->trust == NULL)
		till_error_set(err,
		    "certificates are not taken: the module has no ca=");
	else if (certificate == NULL)
		till_error_set(err, "the certificate cannot be read");
	else if (trust_check(card->trust, certificate,
		     host->time_s(card->instance), &notice, err) == 0)
		r = certificate_ids(card, certificate, match, record, err);
	X509_free(certificate);
	(void)BIO_free(bio);
	return r;
}

/* ID cards have keys that no other card of ours has. */
static int
certificate_ids(const struct smartcard *card, X509 *certificate,
    const char *match, struct record *record, struct till_error *err)
{
	const bool subject = strcmp(match, "subject") == 0;
	EVP_PKEY *pkey = X509_get_pubkey(certificate);
	enum key_alg alg = KEY_NONE;
	struct key key;
	int r;

	if (pkey == NULL)
		return till_fail(err, "the certificate has no key");
	if (card->web_eid && key_is_p384(pkey))
		alg = KEY_ES384;
	if (key_take(pkey, alg, &key, err) == -1)
		return -1;
	r = key_check(&key, err);
	key_clear(&key);
	if (r == -1)
		return -1;
	if (i2d_X509(certificate, NULL) > CERTIFICATE_MAX)
		return till_fail(err, "a certificate has at most %d octets",
		    CERTIFICATE_MAX);
	r = subject ? certificate_subject_id(certificate, record->id)
		    : certificate_id(certificate, record->id);
	(void)snprintf(record->text, sizeof(record->text), "%s",
	    subject ? "subject" : "certificate");
	return r == 0 ? 0 : till_fail(err, "the certificate has no name");
}

static enum till_result
store(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct record *record)
{
	const struct till_credential credential = {
		.size = sizeof(credential),
		.id = record->id,
		.label = record->label,
		.created_ms = host->time_s(card->instance) * 1000,
		.data = { (const unsigned char *)record->text,
		    strlen(record->text) },
	};

	if (host->credential_put(ctx, &credential) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "store",
		    "the key could not be stored: a customer has at most %d",
		    TILL_CREDENTIALS_MAX);
	return TILL_GRANT;
}

/* The one that is named, or all. */
static enum till_result
remove_keys(const struct till_host *host, struct till_context *ctx)
{
	struct till_credential credential = { .size = sizeof(credential) };
	struct ids ids = { .len = 0 };
	bool named;
	size_t i;

	named = text_get(host, ctx, "credential", sizeof(ids.id[0]),
		    ids.id[0]) == 0;
	if (named)
		ids.len = 1;
	else
		(void)host->credential_list(ctx, collect, &ids);
	for (i = 0; i < ids.len; i++)
		if (host->credential_get(ctx, ids.id[i], &credential) == -1 ||
		    host->credential_remove(ctx, ids.id[i]) == -1)
			break;
	if (ids.len == 0 || i < ids.len)
		return host->fail(ctx, TILL_DENY, "not-found",
		    "there is no such key");
	return TILL_GRANT;
}

static int
collect(void *arg, const struct till_credential *credential)
{
	struct ids *ids = arg;

	if (ids->len == TILL_CREDENTIALS_MAX)
		return 1;
	(void)snprintf(ids->id[ids->len++], sizeof(ids->id[0]), "%s",
	    credential->id);
	return 0;
}

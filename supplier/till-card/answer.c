/*
 * answer.c - what a payment server asks, and who is asked for it here.
 *
 * Each thing that was given for this run is used once: what the server
 * asks for again was wrong, and only a person may try again.
 */
#include <openssl/crypto.h>

#include <string.h>
#include <unistd.h>

#include "base64url.h"
#include "emit.h"
#include "pay.h"
#include "secret.h"
#include "sha256.h"
#include "shown.h"

#define PROMPTS_MAX 8
#define REPLY_MAX 8192 /* octets of a signature's reply */
#define LINE_MAX_OCTETS 300

static enum pay_end add(struct pay_order *, const json_t *, struct emit *,
    struct till_error *);
static bool is_own(const json_t *prompt);
static bool has_own(const struct pay_order *);
static void tell(struct pay_order *, const json_t *);
static enum pay_end add_secret(struct pay_order *, const char *, bool,
    const char *, struct emit *, struct till_error *);
static enum pay_end from_file(const char *, bool *, const char *, char **,
    struct till_error *);
static enum pay_end add_signature(struct pay_order *, const json_t *,
    struct emit *, struct till_error *);
static enum pay_end sign(struct pay_order *, struct signer *, const char *,
    struct signature *, struct till_error *);
static enum pay_end get_pin(struct pay_order *, const struct signer *, char **,
    struct till_error *);
static enum pay_end signed_end(struct pay_order *, const struct signer *,
    enum signer_end, struct till_error *);
static int reply(const struct pay_order *, const struct signer *,
    const struct signature *, char *, struct till_error *);
static const char *text_of(const json_t *, const char *);

enum pay_end
pay_answer(struct pay_order *order, char **body_r, size_t *len_r,
    struct till_error *err)
{
	const json_t *prompts =
	    json_object_get(order->report->answer, "prompts");
	struct emit out = { .size = PAY_BODY_MAX };
	enum pay_end end = PAY_NONE;
	size_t i;

	*body_r = out.buf = OPENSSL_secure_zalloc(PAY_BODY_MAX);
	if (out.buf == NULL || json_array_size(prompts) > PROMPTS_MAX) {
		till_error_set(err, "the payment server asks for too much");
		return PAY_UNAVAILABLE;
	}
	emit_open(&out, NULL, '{');
	emit_text_opt(&out, "customer", order->wish->customer);
	emit_open(&out, "answers", '{');
	for (i = 0; i < json_array_size(prompts) && end == PAY_NONE; i++)
		end = add(order, json_array_get(prompts, i), &out, err);
	emit_close(&out, '}');
	emit_close(&out, '}');
	if (end == PAY_NONE && out.full) {
		till_error_set(err, "the answers are too long");
		end = PAY_USAGE;
	}
	*len_r = out.len;
	return end;
}

static enum pay_end
add(struct pay_order *order, const json_t *prompt, struct emit *out,
    struct till_error *err)
{
	const char *id = text_of(prompt, "id"), *kind = text_of(prompt, "kind");
	const char *label = text_of(prompt, "text");
	char shown_id[SHOWN_MAX], shown_kind[SHOWN_MAX];

	if (!till_text_ok(id, TILL_TEXT_MAX - 1)) {
		till_error_set(err, "the payment server's answer has no sense");
		return PAY_UNAVAILABLE;
	}
	if (label[0] == '\0')
		label = id;
	if (strcmp(kind, "signature") == 0)
		return add_signature(order, prompt, out, err);
	if (strcmp(kind, "secret") == 0 || strcmp(kind, "text") == 0)
		return add_secret(order, id, kind[0] == 's', label, out, err);
	if (strcmp(kind, "info") == 0 || strcmp(kind, "error") == 0) {
		tell(order, prompt);
		return PAY_NONE;
	}
	till_error_set(err,
	    "the payment server asks for '%s' (%s), which cannot be answered "
	    "here",
	    shown(id, "", 40, shown_id), shown(kind, "?", 20, shown_kind));
	return PAY_USAGE;
}

/* Is it a signature that can be made here? */
static bool
is_own(const json_t *prompt)
{
	return strcmp(text_of(prompt, "kind"), "signature") == 0 &&
	    strcmp(text_of(prompt, "format"), BILL_FORMAT) == 0;
}

static bool
has_own(const struct pay_order *order)
{
	const json_t *prompts =
	    json_object_get(order->report->answer, "prompts");
	size_t i;

	for (i = 0; i < json_array_size(prompts); i++)
		if (is_own(json_array_get(prompts, i)))
			return true;
	return false;
}

static void
tell(struct pay_order *order, const json_t *prompt)
{
	const char *text = text_of(prompt, "text");

	if (text[0] == '\0')
		text = text_of(prompt, "label");
	if (till_text_ok(text, TILL_TEXT_MAX - 1))
		(void)fprintf(order->show, "%s\n", text);
}

static enum pay_end
add_secret(struct pay_order *order, const char *id, bool hidden,
    const char *label, struct emit *out, struct till_error *err)
{
	const struct pay_wish *wish = order->wish;
	char line[LINE_MAX_OCTETS], buf[SHOWN_MAX];
	enum pay_end end = PAY_NONE;
	char *secret = NULL;

	if (strcmp(id, "password") == 0 && wish->password_path != NULL)
		end = from_file(wish->password_path, &order->used.password,
		    "password", &secret, err);
	else if (strcmp(id, "token") == 0 && wish->token_path != NULL)
		end = from_file(wish->token_path, &order->used.token, "token",
		    &secret, err);
	else if (wish->server == NULL) {
		till_error_set(err,
		    "the payment server asks for '%s'; name the server that "
		    "may have it with --server",
		    shown(id, "", 40, buf));
		return PAY_USAGE;
	} else {
		(void)snprintf(line, sizeof(line),
		    "%s: ", shown(label, id, SHOWN_MAX - 1, buf));
		if (secret_from_terminal(line, hidden, &secret, err) == -1) {
			till_error_set(err,
			    "the payment server asks for '%s', and there is "
			    "no terminal to ask at",
			    shown(id, "", 40, buf));
			return PAY_USAGE;
		}
	}
	if (end == PAY_NONE)
		emit_text(out, id, secret);
	secret_free(secret);
	return end;
}

static enum pay_end
from_file(const char *path, bool *used, const char *what, char **secret_r,
    struct till_error *err)
{
	if (*used) {
		till_error_set(err,
		    "the %s is wrong; it was tried once, and " PAY_NOT_PAID,
		    what);
		return PAY_SECRET;
	}
	*used = true;
	return secret_from_file(path, secret_r, err) == -1 ? PAY_USAGE
							   : PAY_NONE;
}

static enum pay_end
add_signature(struct pay_order *order, const json_t *prompt, struct emit *out,
    struct till_error *err)
{
	struct signer *signer = NULL;
	struct signature signature;
	char text[REPLY_MAX], buf[SHOWN_MAX];
	enum pay_end end;

	/* Of two that ask for the same, as for a card or a passkey, either
	 * will do. */
	if (!is_own(prompt) && has_own(order))
		return PAY_NONE;
	if (!is_own(prompt)) {
		till_error_set(err,
		    "the payment server wants a signature of another format, "
		    "'%s'",
		    shown(text_of(prompt, "format"), "?", 40, buf));
		return PAY_USAGE;
	}
	if (signer_open(&order->wish->place, &signer, err) == -1)
		return PAY_CARD;
	end =
	    sign(order, signer, text_of(prompt, "challenge"), &signature, err);
	if (end == PAY_NONE &&
	    reply(order, signer, &signature, text, err) == -1)
		end = PAY_CARD;
	if (end == PAY_NONE)
		emit_text(out, text_of(prompt, "id"), text);
	signer_close(signer);
	return end;
}

/* What is signed is made of the ticket that was shown. */
static enum pay_end
sign(struct pay_order *order, struct signer *signer, const char *challenge,
    struct signature *signature, struct till_error *err)
{
	char text[BILL_TEXT_MAX];
	unsigned char hash[SHA256_SIZE];
	enum signer_end how;
	enum pay_end end;
	char *pin = NULL;
	size_t len;

	len = bill_text(order->bill, challenge, text);
	if (len == 0 || sha256(text, len, hash) == -1) {
		till_error_set(err, "the payment server's challenge is none");
		return PAY_UNAVAILABLE;
	}
	end = get_pin(order, signer, &pin, err);
	if (end != PAY_NONE)
		return end;
	how = signer_sign(signer, pin, hash, signature, err);
	secret_free(pin);
	return signed_end(order, signer, how, err);
}

static enum pay_end
get_pin(struct pay_order *order, const struct signer *signer, char **pin_r,
    struct till_error *err)
{
	char line[LINE_MAX_OCTETS], buf[SHOWN_MAX];

	(void)shown(signer->name, "the card", SHOWN_MAX - 1, buf);
	order->report->tries = signer->tries;
	if (signer->tries == 0) {
		till_error_set(err, "the card's PIN is blocked; " PAY_NOT_PAID);
		return PAY_SECRET;
	}
	if (order->wish->pin_path != NULL && order->used.pin) {
		till_error_set(err,
		    "the payment server wants a second signature; a PIN from a "
		    "file is used once");
		return PAY_UNAVAILABLE;
	}
	order->used.pin = true;
	if (order->wish->pin_path != NULL)
		return secret_from_file(order->wish->pin_path, pin_r, err) == -1
		    ? PAY_USAGE
		    : PAY_NONE;
	if (signer->tries > 0)
		(void)snprintf(line, sizeof(line), "PIN of %s (%d %s): ", buf,
		    signer->tries,
		    signer->tries == 1 ? "try left" : "tries left");
	else
		(void)snprintf(line, sizeof(line), "PIN of %s: ", buf);
	if (secret_from_terminal(line, true, pin_r, err) == -1)
		return PAY_USAGE;
	return PAY_NONE;
}

static enum pay_end
signed_end(struct pay_order *order, const struct signer *signer,
    enum signer_end how, struct till_error *err)
{
	const struct till_error why = *err;

	order->report->tries = signer->tries;
	switch (how) {
	case SIGNER_SIGNED:
		return PAY_NONE;
	case SIGNER_WRONG_PIN:
		if (signer->tries > 0)
			till_error_set(err, "%.120s, %d %s left; " PAY_NOT_PAID,
			    why.text, signer->tries,
			    signer->tries == 1 ? "try" : "tries");
		else
			till_error_set(err, "%.120s; " PAY_NOT_PAID, why.text);
		return PAY_SECRET;
	case SIGNER_BLOCKED:
		till_error_set(err, "%.120s; " PAY_NOT_PAID, why.text);
		return PAY_SECRET;
	case SIGNER_FAILED:
	case SIGNER_NONE:
		break;
	}
	till_error_set(err, "%.200s; " PAY_NOT_PAID, why.text);
	return PAY_CARD;
}

/* doc/protocol.md, "Signatures over a payment": the answer. */
static int
reply(const struct pay_order *order, const struct signer *signer,
    const struct signature *signature, char *text, struct till_error *err)
{
	char octets[BASE64URL_SIZE(SIGNER_CERTIFICATE_MAX)];
	struct emit out = { .buf = text, .size = REPLY_MAX - 1 };

	emit_open(&out, NULL, '{');
	emit_text(&out, "alg", pubkey_alg_name(signer->pub.alg));
	if (!order->wish->by_certificate)
		emit_text(&out, "kid", signer->pub.kid);
	else if (signer->certificate_len == 0)
		return till_fail(err, "the card has no certificate");
	else {
		(void)base64url_encode(signer->certificate,
		    signer->certificate_len, octets);
		emit_text(&out, "certificate", octets);
	}
	(void)base64url_encode(signature->octets, signature->len, octets);
	emit_text(&out, "signature", octets);
	emit_close(&out, '}');
	if (out.full)
		return till_fail(err, "the card's certificate is too long");
	text[out.len] = '\0';
	return 0;
}

/* "" if it is no text. */
static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

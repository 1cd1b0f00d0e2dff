/*
 * refund.c - sign, open and check a merchant's request for a refund.
 */
#include <string.h>

#include <till/refund.h>

#include "claims.h"
#include "emit.h"
#include "jws.h"
#include "rules.h"

#define REFUND_PAYLOAD_MAX 4096

static int check_claims(const struct till_refund *, struct till_error *);
static int read_payload(const struct jws *, json_t *, struct till_refund *,
    struct till_error *);
static int read_amount(struct claims *, struct till_refund *,
    struct till_error *);
static int read_text(struct claims *, const char *, bool must, char *, size_t,
    struct till_error *);

static const char *const refund_types[] = { "till-refund+jwt", NULL };

int
till_refund_sign(const struct till_refund *refund, const struct till_key *key,
    char **token_r, struct till_error *err)
{
	char payload[REFUND_PAYLOAD_MAX], amount[TILL_MONEY_MAX];
	struct emit out = { .buf = payload, .size = sizeof(payload) };

	if (check_claims(refund, err) == -1)
		return -1;
	emit_open(&out, NULL, '{');
	emit_text(&out, "iss", refund->iss);
	emit_text(&out, "aud", refund->aud);
	emit_int(&out, "iat", refund->iat);
	emit_int(&out, "exp", refund->exp);
	emit_text(&out, "jti", refund->jti);
	emit_text(&out, "tjti", refund->tjti);
	if (refund->amount.currency[0] != '\0') {
		emit_text(&out, "amount",
		    till_money_print(&refund->amount, amount));
		emit_text(&out, "currency", refund->amount.currency);
	}
	if (refund->desc[0] != '\0')
		emit_text(&out, "desc", refund->desc);
	emit_close(&out, '}');
	if (out.full)
		return till_fail(err, "a request has at most %d octets",
		    REFUND_PAYLOAD_MAX);
	return jws_sign(key, refund_types[0], payload, out.len, token_r, NULL,
	    err);
}

int
till_refund_open(const char *token, size_t len, till_key_find *find, void *arg,
    struct till_refund *refund_r, struct till_error *err)
{
	struct till_refund refund = { 0 };
	json_t *object = NULL;
	struct jws jws;
	int r;

	if (jws_open(token, len, refund_types, find, arg, &jws, err) == -1)
		return -1;
	if (claims_load(jws.payload, jws.payload_len, "the payload", &object,
		err) == -1)
		return -1;
	r = read_payload(&jws, object, &refund, err);
	json_decref(object);
	if (r == -1 || check_claims(&refund, err) == -1)
		return -1;
	*refund_r = refund;
	return 0;
}

int
till_refund_check(const struct till_refund *refund, const char *owner,
    const char *aud, int64_t now, struct till_error *err)
{
	if (strcmp(refund->iss, owner) != 0)
		return till_fail(err, "iss: is not the owner of the key");
	if (strcmp(refund->aud, aud) != 0)
		return till_fail(err, "aud: is not this payment server");
	if (refund->iat > now + TILL_CLOCK_SKEW)
		return till_fail(err, "iat: lies in the future");
	if (refund->exp <= now - TILL_CLOCK_SKEW)
		return till_fail(err, "exp: has passed");
	return 0;
}

static int
check_claims(const struct till_refund *refund, struct till_error *err)
{
	if (rule_id("iss", refund->iss, err) == -1 ||
	    rule_url("aud", refund->aud, TILL_URL_MAX, err) == -1 ||
	    rule_times(refund->iat, refund->exp, err) == -1 ||
	    rule_jti("jti", refund->jti, err) == -1 ||
	    rule_jti("tjti", refund->tjti, err) == -1)
		return -1;
	if (refund->exp - refund->iat > TILL_REFUND_LIFETIME)
		return till_fail(err, "exp: is more than %d seconds after iat",
		    TILL_REFUND_LIFETIME);
	if (refund->amount.currency[0] != '\0' &&
	    rule_amount(&refund->amount, TILL_KIND_SINGLE, err) == -1)
		return -1;
	if (refund->desc[0] != '\0')
		return rule_text("desc", refund->desc, err);
	return 0;
}

static int
read_payload(const struct jws *jws, json_t *object, struct till_refund *refund,
    struct till_error *err)
{
	char text[JWS_PAYLOAD_MAX];
	struct claims claims = { .object = object,
		.within = "",
		.text = text,
		.left = jws->payload_len };

	if (read_text(&claims, "iss", true, refund->iss, sizeof(refund->iss),
		err) == -1 ||
	    read_text(&claims, "aud", true, refund->aud, sizeof(refund->aud),
		err) == -1 ||
	    claims_int(&claims, "iat", &refund->iat, err) == -1 ||
	    claims_int(&claims, "exp", &refund->exp, err) == -1 ||
	    read_text(&claims, "jti", true, refund->jti, sizeof(refund->jti),
		err) == -1 ||
	    read_text(&claims, "tjti", true, refund->tjti, sizeof(refund->tjti),
		err) == -1 ||
	    read_text(&claims, "desc", false, refund->desc,
		sizeof(refund->desc), err) == -1)
		return -1;
	return read_amount(&claims, refund, err);
}

/* Both or none. */
static int
read_amount(struct claims *claims, struct till_refund *refund,
    struct till_error *err)
{
	const char *amount, *currency;

	if (claims_text_opt(claims, "amount", &amount, err) == -1 ||
	    claims_text_opt(claims, "currency", &currency, err) == -1)
		return -1;
	if ((amount == NULL) != (currency == NULL))
		return till_fail(err, "amount: needs its currency");
	if (amount == NULL)
		return 0;
	return till_money_parse(amount, currency, &refund->amount, err);
}

static int
read_text(struct claims *claims, const char *name, bool must, char *buf,
    size_t size, struct till_error *err)
{
	const char *text = NULL;
	int r;

	r = must ? claims_text(claims, name, &text, err)
		 : claims_text_opt(claims, name, &text, err);
	if (r == -1 || text == NULL)
		return r;
	if (strlen(text) >= size)
		return till_fail(err, "%s: has at most %zu octets", name,
		    size - 1);
	memcpy(buf, text, strlen(text) + 1);
	return 0;
}

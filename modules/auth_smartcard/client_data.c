/*
 * client_data.c - what the browser says of who asked, and what for.
 */
#include <openssl/crypto.h>

#include <string.h>

#include "auth_smartcard/webauthn.h"
#include "base64url.h"
#include "claims.h"

static int check(enum client_data_for, const struct webauthn_want *,
    const json_t *, struct till_error *);
static int check_challenge(const struct webauthn_want *, const json_t *,
    struct till_error *);
static int check_payment(const struct webauthn_want *, const json_t *,
    struct till_error *);
static int check_site(const struct webauthn_want *, const json_t *data,
    const json_t *payment, struct till_error *);
static int check_payee(const struct webauthn_payment *, const json_t *,
    struct till_error *);
static int check_total(const struct till_money *, const json_t *,
    struct till_error *);
static bool is(const json_t *object, const char *name, const char *wanted);
static const char *text_of(const json_t *object, const char *name);

int
client_data_check(enum client_data_for what, const struct webauthn_want *want,
    const unsigned char *json, size_t len, struct till_error *err)
{
	json_t *object = NULL;
	int r;

	if (claims_load((const char *)json, len, "the client data", &object,
		err) == -1)
		return -1;
	r = check(what, want, object, err);
	json_decref(object);
	return r;
}

/* A frame in a page of others' is not where anybody pays. */
static int
check(enum client_data_for what, const struct webauthn_want *want,
    const json_t *data, struct till_error *err)
{
	const json_t *cross = json_object_get(data, "crossOrigin");

	if (check_challenge(want, data, err) == -1)
		return -1;
	if ((cross != NULL && !json_is_false(cross)) ||
	    json_object_get(data, "topOrigin") != NULL)
		return till_fail(err, "it was made in a frame");
	if (what == CLIENT_DATA_GET && is(data, "type", "payment.get"))
		return check_payment(want, data, err);
	if (!is(data, "type",
		what == CLIENT_DATA_GET ? "webauthn.get" : "webauthn.create"))
		return till_fail(err, "it was made for something else");
	if (!is(data, "origin", want->origin))
		return till_fail(err, "it was made at another origin");
	return 0;
}

static int
check_challenge(const struct webauthn_want *want, const json_t *data,
    struct till_error *err)
{
	const char *text = text_of(data, "challenge");
	unsigned char octets[SHA256_SIZE];
	size_t len;

	if (want->challenge == NULL)
		return 0;
	if (text == NULL ||
	    base64url_decode(text, strlen(text), octets, sizeof(octets),
		&len) == -1 ||
	    len != sizeof(octets) ||
	    CRYPTO_memcmp(octets, want->challenge, sizeof(octets)) != 0)
		return till_fail(err, "it was made for another challenge");
	return 0;
}

/* SPC, 4.2: the browser's own dialog showed what is signed. */
static int
check_payment(const struct webauthn_want *want, const json_t *data,
    struct till_error *err)
{
	const json_t *payment = json_object_get(data, "payment");

	if (want->payment == NULL || !json_is_object(payment))
		return till_fail(err, "it was made for something else");
	if (check_site(want, data, payment, err) == -1 ||
	    check_payee(want->payment, payment, err) == -1)
		return -1;
	return check_total(&want->payment->total,
	    json_object_get(payment, "total"), err);
}

/* The page may be ours or the payee's.  "rp" is what "rpId" was called in
 * earlier browsers. */
static int
check_site(const struct webauthn_want *want, const json_t *data,
    const json_t *payment, struct till_error *err)
{
	const char *payee = want->payment->payee_origin;
	const char *origin = text_of(data, "origin");

	if (!is(payment, "rpId", want->rp_id) &&
	    (json_object_get(payment, "rpId") != NULL ||
		!is(payment, "rp", want->rp_id)))
		return till_fail(err, "the payment is confirmed to others");
	if (origin == NULL || !is(payment, "topOrigin", origin) ||
	    (strcmp(origin, want->origin) != 0 &&
		(payee[0] == '\0' || strcmp(origin, payee) != 0)))
		return till_fail(err, "it was made at another origin");
	return 0;
}

/* Browsers show an origin of https only; where there is one it is shown. */
static int
check_payee(const struct webauthn_payment *wanted, const json_t *payment,
    struct till_error *err)
{
	const bool needed = strncmp(wanted->payee_origin, "https://", 8) == 0;

	if (!is(payment, "payeeName", wanted->payee_name))
		return till_fail(err, "another payee's name was shown");
	if ((needed || json_object_get(payment, "payeeOrigin") != NULL) &&
	    !is(payment, "payeeOrigin", wanted->payee_origin))
		return till_fail(err, "another payee's origin was shown");
	return 0;
}

static int
check_total(const struct till_money *wanted, const json_t *total,
    struct till_error *err)
{
	const char *value = text_of(total, "value");
	struct till_money shown;
	struct till_error ignored;

	if (value == NULL || !is(total, "currency", wanted->currency) ||
	    till_money_parse(value, wanted->currency, &shown, &ignored) == -1 ||
	    shown.micro != wanted->micro)
		return till_fail(err, "another amount was shown");
	return 0;
}

static bool
is(const json_t *object, const char *name, const char *wanted)
{
	const char *text = text_of(object, name);

	return text != NULL && strcmp(text, wanted) == 0;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

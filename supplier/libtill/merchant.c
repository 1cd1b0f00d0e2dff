/*
 * merchant.c - tickets and vouchers from the merchant's side.
 */
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

#include <till/merchant.h>

#include "voucher_types.h"

#define JTI_OCTETS 16 /* of chance: 128 bits */

struct till_merchant {
	char issuer[TILL_TEXT_MAX];
	char id[TILL_ID_MAX];
	struct till_key *key;
	struct till_keyset *keyset;
};

static int names_check(const struct till_merchant_options *,
    struct till_error *);
static char *url_of(const struct till_merchant *, const char *path,
    const char *rest);
static int random_jti(char *, struct till_error *);
static const struct till_key *own_key(void *, const char *);
static enum till_merchant_answer judge(const struct till_merchant *,
    const struct till_ticket *, const struct till_voucher *, int64_t,
    struct till_error *);

int
till_merchant_open(const struct till_merchant_options *options,
    struct till_merchant **merchant_r, struct till_error *err)
{
	struct till_merchant *merchant = NULL;
	int r = -1;

	if (names_check(options, err) == -1)
		return -1;
	merchant = calloc(1, sizeof(*merchant));
	if (merchant == NULL)
		return till_fail(err, "out of memory");
	memcpy(merchant->issuer, options->issuer, strlen(options->issuer));
	memcpy(merchant->id, options->id, strlen(options->id));
	if (till_key_from_pem(options->key, options->key_len, &merchant->key,
		err) == -1 ||
	    till_keyset_from_json(options->keyset, options->keyset_len,
		&merchant->keyset, err) == -1)
		goto out;
	if (till_keyset_size(merchant->keyset) == 0) {
		till_fail(err, "the JWK set has no key that seals vouchers");
		goto out;
	}
	*merchant_r = merchant;
	merchant = NULL;
	r = 0;
out:
	till_merchant_free(merchant);
	return r;
}

void
till_merchant_free(struct till_merchant *merchant)
{
	if (merchant == NULL)
		return;
	till_keyset_free(merchant->keyset);
	till_key_free(merchant->key);
	free(merchant);
}

const char *
till_merchant_issuer(const struct till_merchant *merchant)
{
	return merchant->issuer;
}

const struct till_key *
till_merchant_key(const struct till_merchant *merchant)
{
	return merchant->key;
}

int
till_merchant_ticket(const struct till_merchant *merchant,
    struct till_ticket *ticket, int64_t now, char jti[TILL_JTI_MAX],
    char **token_r, struct till_error *err)
{
	if (jti[0] == '\0' && random_jti(jti, err) == -1)
		return -1;
	ticket->iss = merchant->id;
	ticket->aud = merchant->issuer;
	ticket->jti = jti;
	ticket->iat = now;
	if (ticket->exp == 0)
		ticket->exp = now + TILL_MERCHANT_LIFETIME;
	if (ticket->exp - now > TILL_LIFETIME_MAX)
		return till_fail(err, "exp: a ticket lives at most %d seconds",
		    TILL_LIFETIME_MAX);
	return till_ticket_sign(ticket, merchant->key, token_r, err);
}

int
till_merchant_pay_url(const struct till_merchant *merchant, const char *token,
    char **url_r, struct till_error *err)
{
	char *url;

	/* Only what base64url and the points between the parts are made
	 * of, which no URL has to escape. */
	if (till_ticket_form(token, strlen(token), err) == -1)
		return -1;
	if (strlen(token) > TILL_TOKEN_URL_MAX)
		return till_fail(err,
		    "a ticket in a URL has at most %d octets: push this one",
		    TILL_TOKEN_URL_MAX);
	url = url_of(merchant, "/pay?t=", token);
	if (url == NULL)
		return till_fail(err, "out of memory");
	*url_r = url;
	return 0;
}

enum till_merchant_answer
till_merchant_check(const struct till_merchant *merchant,
    const char *ticket_token, const char *voucher_token, int64_t now,
    struct till_voucher **voucher_r, struct till_error *err)
{
	enum till_merchant_answer answer = TILL_MERCHANT_BAD;
	struct till_ticket *ticket = NULL;
	struct till_voucher *voucher = NULL;

	if (till_ticket_open(ticket_token, strlen(ticket_token), own_key,
		merchant->key, &ticket, err) == -1)
		goto out;
	if (till_voucher_open(voucher_token, strlen(voucher_token),
		till_keyset_find, merchant->keyset, &voucher, err) == -1)
		goto out;
	answer = judge(merchant, ticket, voucher, now, err);
	if (answer == TILL_MERCHANT_BAD)
		goto out;
	*voucher_r = voucher;
	voucher = NULL;
out:
	till_voucher_free(voucher);
	till_ticket_free(ticket);
	return answer;
}

enum till_event_answer
till_merchant_event(const struct till_merchant *merchant, const char *token,
    size_t len, uint64_t last, int64_t now, struct till_notice **notice_r,
    struct till_error *err)
{
	struct till_notice *notice = NULL;
	enum till_event_answer answer;

	if (till_notice_open(token, len, till_keyset_find, merchant->keyset,
		&notice, err) == -1)
		return TILL_EVENT_BAD;
	answer = till_notice_check(notice, merchant->issuer, merchant->id, last,
	    now, err);
	if (answer == TILL_EVENT_BAD) {
		till_notice_free(notice);
		return answer;
	}
	*notice_r = notice;
	return answer;
}

int
till_merchant_refund(const struct till_merchant *merchant,
    struct till_refund *refund, int64_t now, char **token_r, char **url_r,
    struct till_error *err)
{
	char *token, *url;

	if (refund->jti[0] == '\0' && random_jti(refund->jti, err) == -1)
		return -1;
	(void)snprintf(refund->iss, sizeof(refund->iss), "%s", merchant->id);
	(void)snprintf(refund->aud, sizeof(refund->aud), "%s",
	    merchant->issuer);
	refund->iat = now;
	refund->exp = now + TILL_REFUND_LIFETIME;
	url = url_of(merchant, TILL_REFUND_PATH, "");
	if (url == NULL)
		return till_fail(err, "out of memory");
	if (till_refund_sign(refund, merchant->key, &token, err) == -1) {
		free(url);
		return -1;
	}
	*token_r = token;
	*url_r = url;
	return 0;
}

static int
names_check(const struct till_merchant_options *options, struct till_error *err)
{
	if (!till_id_ok(options->id))
		return till_fail(err, "the merchant's id is none");
	if (!till_url_ok(options->issuer) ||
	    strlen(options->issuer) >= TILL_TEXT_MAX)
		return till_fail(err, "the issuer is no https URL");
	return 0;
}

/* An address below the issuer's, which may have a slash at its end; NULL:
 * out of memory. */
static char *
url_of(const struct till_merchant *merchant, const char *path, const char *rest)
{
	size_t len = strlen(merchant->issuer), size;
	char *url;

	if (merchant->issuer[len - 1] == '/')
		len--;
	size = len + strlen(path) + strlen(rest) + 1;
	url = malloc(size);
	if (url != NULL)
		(void)snprintf(url, size, "%.*s%s%s", (int)len,
		    merchant->issuer, path, rest);
	return url;
}

static int
random_jti(char *jti, struct till_error *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char octets[JTI_OCTETS];
	size_t i;

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return till_fail(err, "no random numbers can be had");
	for (i = 0; i < JTI_OCTETS; i++) {
		jti[2 * i] = digits[octets[i] >> 4];
		jti[2 * i + 1] = digits[octets[i] & 15];
	}
	jti[2 * JTI_OCTETS] = '\0';
	return 0;
}

static const struct till_key *
own_key(void *key, const char *kid)
{
	return strcmp(till_key_id(key), kid) == 0 ? key : NULL;
}

static enum till_merchant_answer
judge(const struct till_merchant *merchant, const struct till_ticket *ticket,
    const struct till_voucher *voucher, int64_t now, struct till_error *err)
{
	if (strcmp(ticket->iss, merchant->id) != 0) {
		till_fail(err, "the ticket is another merchant's");
		return TILL_MERCHANT_BAD;
	}
	switch (voucher->type) {
	case TILL_VOUCHER_PAID:
		if (till_voucher_check(voucher, ticket, merchant->issuer, now,
			err) == 0)
			return TILL_MERCHANT_PAID;
		break;
	case TILL_VOUCHER_IDENTITY:
		if (till_voucher_check(voucher, ticket, merchant->issuer, now,
			err) == 0)
			return TILL_MERCHANT_IDENTIFIED;
		break;
	case TILL_VOUCHER_REFUSAL:
		if (voucher_answers(voucher, ticket, merchant->issuer, now,
			err) == 0)
			return TILL_MERCHANT_REFUSED;
		break;
	case TILL_VOUCHER_NONE:
		till_fail(err, "typ: is no type of voucher");
		break;
	}
	return TILL_MERCHANT_BAD;
}

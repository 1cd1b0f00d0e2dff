/*
 * merchants.c - a merchant at several payment servers.
 *
 * Whose a token is, it says itself, and nothing of that is believed: it only
 * chooses the one set of keys that it is then checked against.
 */
#include <stdlib.h>
#include <string.h>

#include <till/merchant.h>

#include "claims.h"
#include "jws.h"

struct till_merchants {
	struct till_merchant *list[TILL_MERCHANTS_MAX];
	size_t len;
};

static int read_issuer(const struct jws *, char *, struct till_error *);

/* All that a payment server signs for merchants. */
static const char *const types[] = { "till-voucher+jwt", "till-id-voucher+jwt",
	"till-refusal+jwt", "till-event+jwt", NULL };

int
till_merchants_open(const struct till_merchant_options *options, size_t len,
    struct till_merchants **merchants_r, struct till_error *err)
{
	struct till_merchants *all;

	if (len == 0 || len > TILL_MERCHANTS_MAX)
		return till_fail(err, "there must be 1 to %d payment servers",
		    TILL_MERCHANTS_MAX);
	all = calloc(1, sizeof(*all));
	if (all == NULL)
		return till_fail(err, "out of memory");
	for (; all->len < len; all->len++) {
		if (till_merchants_find(all, options[all->len].issuer) !=
		    NULL) {
			till_fail(err, "the issuer %.160s is there twice",
			    options[all->len].issuer);
			break;
		}
		if (till_merchant_open(&options[all->len], &all->list[all->len],
			err) == -1)
			break;
	}
	if (all->len < len) {
		till_merchants_free(all);
		return -1;
	}
	*merchants_r = all;
	return 0;
}

void
till_merchants_free(struct till_merchants *all)
{
	size_t i;

	if (all == NULL)
		return;
	for (i = 0; i < all->len; i++)
		till_merchant_free(all->list[i]);
	free(all);
}

const struct till_merchant *
till_merchants_find(const struct till_merchants *all, const char *issuer)
{
	size_t i;

	for (i = 0; i < all->len; i++)
		if (strcmp(till_merchant_issuer(all->list[i]), issuer) == 0)
			return all->list[i];
	return NULL;
}

int
till_merchants_of(const struct till_merchants *all, const char *token,
    size_t len, const struct till_merchant **merchant_r, struct till_error *err)
{
	const struct till_merchant *found;
	char issuer[TILL_URL_MAX];

	if (till_token_issuer(token, len, issuer, err) == -1)
		return -1;
	found = till_merchants_find(all, issuer);
	if (found == NULL)
		return till_fail(err,
		    "iss: %.160s is none of the payment servers", issuer);
	*merchant_r = found;
	return 0;
}

int
till_token_issuer(const char *token, size_t len, char issuer[TILL_URL_MAX],
    struct till_error *err)
{
	struct jws *jws;
	int r = -1;

	jws = malloc(sizeof(*jws));
	if (jws == NULL)
		return till_fail(err, "out of memory");
	if (jws_peek(token, len, types, jws, err) == 0)
		r = read_issuer(jws, issuer, err);
	free(jws);
	return r;
}

static int
read_issuer(const struct jws *jws, char *issuer, struct till_error *err)
{
	json_t *object = NULL;
	const char *text;
	int r = -1;

	if (claims_load(jws->payload, jws->payload_len, "the payload", &object,
		err) == -1)
		return -1;
	text = json_string_value(json_object_get(object, "iss"));
	if (text == NULL || !till_url_ok(text))
		till_fail(err, "iss: is no payment server");
	else
		r = 0;
	if (r == 0)
		memcpy(issuer, text, strlen(text) + 1);
	json_decref(object);
	return r;
}

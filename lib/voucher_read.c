/*
 * voucher_read.c - open what the payment server answered.
 */
#include <stdlib.h>
#include <string.h>

#include <till/voucher.h>

#include "opened.h"
#include "rules.h"
#include "vat.h"
#include "voucher_types.h"

/* What till_voucher_open returns, in one block. */
struct opened {
	struct till_voucher voucher;
	struct till_vat vat[TILL_VAT_MAX];
};

static enum till_voucher_type type_from_name(const char *);
static opened_read read_payload;
static int read_voucher(struct claims *, struct till_voucher *,
    struct till_error *);
static int read_settled(struct claims *, struct opened *, struct till_error *);
static int read_refusal(struct claims *, struct till_voucher *,
    struct till_error *);
static int read_customer(struct claims *, struct till_voucher *,
    struct till_error *);
static int read_amr(struct claims *, struct till_voucher *,
    struct till_error *);

int
till_voucher_open(const char *token, size_t len, till_key_find *find, void *arg,
    struct till_voucher **voucher_r, struct till_error *err)
{
	void *opened;

	if (opened_new(token, len, voucher_types, find, arg,
		sizeof(struct opened), read_payload, &opened, err) == -1)
		return -1;
	*voucher_r = opened;
	return 0;
}

void
till_voucher_free(struct till_voucher *voucher)
{
	/* The voucher is the first member of its block. */
	free(voucher);
}

static int
read_payload(const struct jws *jws, struct claims *claims, void *block,
    struct till_error *err)
{
	struct opened *opened = block;
	struct till_voucher *voucher = &opened->voucher;
	int r;

	voucher->type = type_from_name(jws->typ);
	if (read_voucher(claims, voucher, err) == -1)
		return -1;
	if (voucher->type == TILL_VOUCHER_REFUSAL)
		r = read_refusal(claims, voucher, err);
	else
		r = read_settled(claims, opened, err);
	if (r == -1 || read_customer(claims, voucher, err) == -1)
		return -1;
	return voucher_rules(voucher, err);
}

static enum till_voucher_type
type_from_name(const char *typ)
{
	static const enum till_voucher_type types[] = { TILL_VOUCHER_PAID,
		TILL_VOUCHER_IDENTITY, TILL_VOUCHER_REFUSAL };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(typ, voucher_types[types[i] - 1]) == 0)
			return types[i];
	}
	return TILL_VOUCHER_NONE;
}

static int
read_voucher(struct claims *claims, struct till_voucher *voucher,
    struct till_error *err)
{
	const char *kind;

	if (claims_text(claims, "iss", &voucher->iss, err) == -1 ||
	    claims_text(claims, "aud", &voucher->aud, err) == -1 ||
	    claims_text(claims, "jti", &voucher->jti, err) == -1 ||
	    claims_int(claims, "iat", &voucher->iat, err) == -1 ||
	    claims_int(claims, "exp", &voucher->exp, err) == -1 ||
	    claims_text(claims, "tjti", &voucher->tjti, err) == -1 ||
	    claims_text(claims, "th", &voucher->th, err) == -1 ||
	    claims_text(claims, "oid", &voucher->oid, err) == -1 ||
	    claims_text(claims, "kind", &kind, err) == -1)
		return -1;
	voucher->kind = till_kind_from_name(kind);
	return 0;
}

static int
read_settled(struct claims *claims, struct opened *opened,
    struct till_error *err)
{
	struct till_voucher *voucher = &opened->voucher;
	const char *amount, *currency;
	int64_t txn;

	if (json_object_get(claims->object, "reason") != NULL)
		return till_fail(err, "reason: only a refusal has one");
	if (claims_int(claims, "txn", &txn, err) == -1 ||
	    claims_text(claims, "amount", &amount, err) == -1 ||
	    claims_text(claims, "currency", &currency, err) == -1 ||
	    till_money_parse(amount, currency, &voucher->amount, err) == -1 ||
	    claims_text_opt(claims, "via", &voucher->via, err) == -1 ||
	    vat_read(claims, opened->vat, &voucher->vat_len, err) == -1)
		return -1;
	voucher->txn = (uint64_t)txn;
	if (voucher->vat_len > 0)
		voucher->vat = opened->vat;
	return 0;
}

static int
read_refusal(struct claims *claims, struct till_voucher *voucher,
    struct till_error *err)
{
	static const char *const never[] = { "txn", "amount", "currency", "vat",
		"via" };
	const char *reason;
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (json_object_get(claims->object, never[i]) != NULL)
			return till_fail(err, "%s: a refusal has none",
			    never[i]);
	}
	if (claims_text(claims, "reason", &reason, err) == -1)
		return -1;
	voucher->reason = till_reason_from_name(reason);
	return 0;
}

static int
read_customer(struct claims *claims, struct till_voucher *voucher,
    struct till_error *err)
{
	if (claims_text_opt(claims, "sub", &voucher->sub, err) == -1 ||
	    claims_text_opt(claims, "cid", &voucher->cid, err) == -1 ||
	    claims_text_opt(claims, "chk", &voucher->chk, err) == -1 ||
	    read_amr(claims, voucher, err) == -1)
		return -1;
	if (json_object_get(claims->object, "auth_time") == NULL)
		return 0;
	return claims_int(claims, "auth_time", &voucher->auth_time, err);
}

static int
read_amr(struct claims *claims, struct till_voucher *voucher,
    struct till_error *err)
{
	const json_t *list;
	size_t i;

	if (claims_list_opt(claims, "amr", TILL_AMR_MAX, &list, err) == -1)
		return -1;
	for (i = 0; i < json_array_size(list); i++) {
		if (claims_element(claims, json_array_get(list, i), "amr",
			&voucher->amr[i], err) == -1)
			return -1;
	}
	voucher->amr_len = json_array_size(list);
	return 0;
}

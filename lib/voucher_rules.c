/*
 * voucher_rules.c - what must hold for the claims of an answer.
 */
#include <string.h>

#include "claims.h"
#include "rules.h"
#include "vat.h"

static int names_check(const struct till_voucher *, struct till_error *);
static int ticket_check(const struct till_voucher *, struct till_error *);
static int type_check(const struct till_voucher *, struct till_error *);
static int settled_check(const struct till_voucher *, struct till_error *);
static int refusal_check(const struct till_voucher *, struct till_error *);
static int customer_check(const struct till_voucher *, struct till_error *);

int
voucher_rules(const struct till_voucher *voucher, struct till_error *err)
{
	if (names_check(voucher, err) == -1 ||
	    ticket_check(voucher, err) == -1 || type_check(voucher, err) == -1)
		return -1;
	return customer_check(voucher, err);
}

static int
names_check(const struct till_voucher *voucher, struct till_error *err)
{
	if (rule_url("iss", voucher->iss, TILL_TEXT_MAX, err) == -1 ||
	    rule_id("aud", voucher->aud, err) == -1 ||
	    rule_jti("jti", voucher->jti, err) == -1 ||
	    rule_times(voucher->iat, voucher->exp, err) == -1)
		return -1;
	return 0;
}

static int
ticket_check(const struct till_voucher *voucher, struct till_error *err)
{
	if (rule_jti("tjti", voucher->tjti, err) == -1)
		return -1;
	if (rule_hash("th", voucher->th, err) == -1)
		return -1;
	if (till_kind_name(voucher->kind) == NULL)
		return till_fail(err,
		    "kind: must be single, basket or identity");
	return rule_text("oid", voucher->oid, err);
}

static int
type_check(const struct till_voucher *voucher, struct till_error *err)
{
	bool identity = voucher->kind == TILL_KIND_IDENTITY;

	switch (voucher->type) {
	case TILL_VOUCHER_PAID:
		if (identity)
			return till_fail(err, "kind: no payment is for this");
		if (voucher->via == NULL)
			return till_fail(err, "via: is missing");
		return settled_check(voucher, err);
	case TILL_VOUCHER_IDENTITY:
		if (!identity)
			return till_fail(err, "kind: must be identity");
		if (voucher->via != NULL)
			return till_fail(err, "via: nothing was paid");
		return settled_check(voucher, err);
	case TILL_VOUCHER_REFUSAL:
		return refusal_check(voucher, err);
	case TILL_VOUCHER_NONE:
		break;
	}
	return till_fail(err, "typ: is no type of voucher");
}

static int
settled_check(const struct till_voucher *voucher, struct till_error *err)
{
	if (voucher->txn < 1 || voucher->txn > CLAIMS_INT_MAX)
		return till_fail(err, "txn: must be from 1 to 2^53 - 1");
	if (voucher->reason != TILL_REASON_NONE)
		return till_fail(err, "reason: only a refusal has one");
	if (rule_amount(&voucher->amount, voucher->kind, err) == -1 ||
	    vat_check(voucher->vat, voucher->vat_len, err) == -1)
		return -1;
	return rule_text("sub", voucher->sub, err);
}

static int
refusal_check(const struct till_voucher *voucher, struct till_error *err)
{
	if (till_reason_name(voucher->reason) == NULL)
		return till_fail(err, "reason: must be one of the known words");
	if (voucher->txn != 0)
		return till_fail(err, "txn: a refusal has none");
	if (voucher->via != NULL)
		return till_fail(err, "via: nothing was paid");
	if (voucher->vat_len != 0)
		return till_fail(err, "vat: nothing was paid");
	if (voucher->sub != NULL)
		return rule_text("sub", voucher->sub, err);
	return 0;
}

static int
customer_check(const struct till_voucher *voucher, struct till_error *err)
{
	size_t i;

	if (voucher->cid != NULL && rule_id("cid", voucher->cid, err) == -1)
		return -1;
	if (voucher->via != NULL && rule_text("via", voucher->via, err) == -1)
		return -1;
	if (voucher->chk != NULL && rule_text("chk", voucher->chk, err) == -1)
		return -1;
	if (voucher->auth_time < 0 || voucher->auth_time > CLAIMS_INT_MAX)
		return till_fail(err, "auth_time: must be from 0 to 2^53 - 1");
	if (voucher->amr_len > TILL_AMR_MAX)
		return till_fail(err, "amr: must be a list of 1 to %d",
		    TILL_AMR_MAX);
	for (i = 0; i < voucher->amr_len; i++) {
		if (rule_jti("amr", voucher->amr[i], err) == -1)
			return -1;
	}
	return 0;
}

/*
 * voucher.c - make a voucher or a refusal.
 */
#include <string.h>

#include <till/voucher.h>

#include "emit.h"
#include "jws.h"
#include "rules.h"
#include "vat.h"
#include "voucher_types.h"

static void emit_voucher(struct emit *, const struct till_voucher *);
static void emit_payment(struct emit *, const struct till_voucher *);
static void emit_amr(struct emit *, const struct till_voucher *);

const char *const voucher_types[] = { "till-voucher+jwt", "till-id-voucher+jwt",
	"till-refusal+jwt", NULL };

static const struct {
	enum till_reason reason;
	const char *name;
} reasons[] = {
	{ TILL_REASON_CANCELLED, "cancelled" },
	{ TILL_REASON_EXPIRED, "expired" },
	{ TILL_REASON_FUNDS, "funds" },
	{ TILL_REASON_LIMIT, "limit" },
	{ TILL_REASON_AUTH, "auth" },
	{ TILL_REASON_POLICY, "policy" },
	{ TILL_REASON_BANK, "bank" },
	{ TILL_REASON_CURRENCY, "currency" },
};

const char *
till_reason_name(enum till_reason reason)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].reason == reason)
			return reasons[i].name;
	}
	return NULL;
}

enum till_reason
till_reason_from_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].name, name) == 0)
			return reasons[i].reason;
	}
	return TILL_REASON_NONE;
}

int
till_voucher_sign(const struct till_voucher *voucher,
    const struct till_key *key, char **token_r, struct till_error *err)
{
	char payload[JWS_PAYLOAD_MAX];
	struct emit out = { .buf = payload, .size = sizeof(payload) };

	if (voucher_rules(voucher, err) == -1)
		return -1;
	emit_voucher(&out, voucher);
	if (out.full)
		return till_fail(err, "a token has at most %d octets",
		    TILL_TOKEN_MAX);
	return jws_sign(key, voucher_types[voucher->type - 1], payload, out.len,
	    token_r, NULL, err);
}

static void
emit_voucher(struct emit *out, const struct till_voucher *voucher)
{
	emit_open(out, NULL, '{');
	emit_text(out, "iss", voucher->iss);
	emit_text(out, "aud", voucher->aud);
	emit_text(out, "jti", voucher->jti);
	emit_int(out, "iat", voucher->iat);
	emit_int(out, "exp", voucher->exp);
	if (voucher->type == TILL_VOUCHER_REFUSAL)
		emit_text(out, "reason", till_reason_name(voucher->reason));
	else
		emit_int(out, "txn", (int64_t)voucher->txn);
	emit_text(out, "tjti", voucher->tjti);
	emit_text(out, "th", voucher->th);
	emit_text(out, "oid", voucher->oid);
	emit_text(out, "kind", till_kind_name(voucher->kind));
	if (voucher->type != TILL_VOUCHER_REFUSAL)
		emit_payment(out, voucher);
	emit_text_opt(out, "sub", voucher->sub);
	emit_text_opt(out, "cid", voucher->cid);
	emit_text_opt(out, "via", voucher->via);
	emit_amr(out, voucher);
	if (voucher->auth_time != 0)
		emit_int(out, "auth_time", voucher->auth_time);
	emit_text_opt(out, "chk", voucher->chk);
	emit_close(out, '}');
}

static void
emit_payment(struct emit *out, const struct till_voucher *voucher)
{
	char amount[TILL_MONEY_MAX];

	emit_text(out, "amount", till_money_print(&voucher->amount, amount));
	emit_text(out, "currency", voucher->amount.currency);
	vat_emit(out, voucher->vat, voucher->vat_len, voucher->amount.currency);
}

static void
emit_amr(struct emit *out, const struct till_voucher *voucher)
{
	size_t i;

	if (voucher->amr_len == 0)
		return;
	emit_open(out, "amr", '[');
	for (i = 0; i < voucher->amr_len; i++)
		emit_text(out, NULL, voucher->amr[i]);
	emit_close(out, ']');
}

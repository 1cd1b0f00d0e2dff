/*
 * notice.c - make a signed event.
 */
#include <till/notice.h>

#include "emit.h"
#include "jws.h"
#include "notice_rules.h"

static void emit_notice(struct emit *, const struct till_notice *);
static void emit_ticket(struct emit *, const struct till_notice *);
static void emit_outcome(struct emit *, const struct till_notice *);

const char *const notice_types[] = { "till-event+jwt", NULL };

int
till_notice_sign(const struct till_notice *notice, const struct till_key *key,
    char **token_r, struct till_error *err)
{
	char payload[JWS_PAYLOAD_MAX];
	struct emit out = { .buf = payload, .size = sizeof(payload) };

	if (notice_rules(notice, err) == -1)
		return -1;
	emit_notice(&out, notice);
	if (out.full)
		return till_fail(err, "a token has at most %d octets",
		    TILL_TOKEN_MAX);
	return jws_sign(key, notice_types[0], payload, out.len, token_r, NULL,
	    err);
}

static void
emit_notice(struct emit *out, const struct till_notice *notice)
{
	emit_open(out, NULL, '{');
	emit_text(out, "iss", notice->iss);
	emit_text(out, "aud", notice->aud);
	emit_text(out, "jti", notice->jti);
	emit_int(out, "iat", notice->iat);
	emit_int(out, "seq", (int64_t)notice->seq);
	emit_text(out, "type", notice->type);
	if (notice->kind != 0)
		emit_ticket(out, notice);
	emit_outcome(out, notice);
	emit_close(out, '}');
}

static void
emit_ticket(struct emit *out, const struct till_notice *notice)
{
	emit_text(out, "tjti", notice->tjti);
	emit_text(out, "th", notice->th);
	emit_text(out, "kind", till_kind_name(notice->kind));
}

static void
emit_outcome(struct emit *out, const struct till_notice *notice)
{
	char amount[TILL_MONEY_MAX];

	if (notice->amount.currency[0] != '\0') {
		emit_text(out, "amount",
		    till_money_print(&notice->amount, amount));
		emit_text(out, "currency", notice->amount.currency);
	}
	if (notice->txn != 0)
		emit_int(out, "txn", (int64_t)notice->txn);
	emit_text_opt(out, "via", notice->via);
	emit_text_opt(out, "reason", till_reason_name(notice->reason));
	emit_text_opt(out, "sub", notice->sub);
	emit_text_opt(out, "refund", notice->refund);
}

/*
 * notice_read.c - open a signed event.
 */
#include <stdlib.h>

#include <till/notice.h>

#include "notice_rules.h"
#include "opened.h"

static opened_read read_notice;
static int read_event(struct claims *, struct till_notice *,
    struct till_error *);
static int read_ticket(struct claims *, struct till_notice *,
    struct till_error *);
static int read_amount(struct claims *, struct till_notice *,
    struct till_error *);
static int read_outcome(struct claims *, struct till_notice *,
    struct till_error *);
static int number_opt(const struct claims *, const char *, uint64_t *,
    struct till_error *);

int
till_notice_open(const char *token, size_t len, till_key_find *find, void *arg,
    struct till_notice **notice_r, struct till_error *err)
{
	void *notice;

	if (opened_new(token, len, notice_types, find, arg,
		sizeof(struct till_notice), read_notice, &notice, err) == -1)
		return -1;
	*notice_r = notice;
	return 0;
}

void
till_notice_free(struct till_notice *notice)
{
	free(notice);
}

static int
read_notice(const struct jws *jws, struct claims *claims, void *block,
    struct till_error *err)
{
	struct till_notice *notice = block;

	(void)jws;
	if (read_event(claims, notice, err) == -1 ||
	    read_ticket(claims, notice, err) == -1 ||
	    read_amount(claims, notice, err) == -1 ||
	    read_outcome(claims, notice, err) == -1)
		return -1;
	return notice_rules(notice, err);
}

static int
read_event(struct claims *claims, struct till_notice *notice,
    struct till_error *err)
{
	if (claims_text(claims, "iss", &notice->iss, err) == -1 ||
	    claims_text(claims, "aud", &notice->aud, err) == -1 ||
	    claims_text(claims, "jti", &notice->jti, err) == -1 ||
	    claims_int(claims, "iat", &notice->iat, err) == -1 ||
	    number_opt(claims, "seq", &notice->seq, err) == -1)
		return -1;
	return claims_text(claims, "type", &notice->type, err);
}

static int
read_ticket(struct claims *claims, struct till_notice *notice,
    struct till_error *err)
{
	const char *kind;

	if (claims_text_opt(claims, "tjti", &notice->tjti, err) == -1 ||
	    claims_text_opt(claims, "th", &notice->th, err) == -1 ||
	    claims_text_opt(claims, "kind", &kind, err) == -1)
		return -1;
	if (kind == NULL)
		return 0;
	notice->kind = till_kind_from_name(kind);
	if (till_kind_name(notice->kind) == NULL)
		return till_fail(err,
		    "kind: must be single, basket or identity");
	return 0;
}

static int
read_amount(struct claims *claims, struct till_notice *notice,
    struct till_error *err)
{
	const char *amount, *currency;

	if (claims_text_opt(claims, "amount", &amount, err) == -1 ||
	    claims_text_opt(claims, "currency", &currency, err) == -1)
		return -1;
	if (amount == NULL && currency == NULL)
		return 0;
	if (amount == NULL || currency == NULL)
		return till_fail(err, "amount: needs a currency");
	return till_money_parse(amount, currency, &notice->amount, err);
}

static int
read_outcome(struct claims *claims, struct till_notice *notice,
    struct till_error *err)
{
	const char *reason;

	if (number_opt(claims, "txn", &notice->txn, err) == -1 ||
	    claims_text_opt(claims, "via", &notice->via, err) == -1 ||
	    claims_text_opt(claims, "sub", &notice->sub, err) == -1 ||
	    claims_text_opt(claims, "refund", &notice->refund, err) == -1 ||
	    claims_text_opt(claims, "reason", &reason, err) == -1)
		return -1;
	if (reason == NULL)
		return 0;
	notice->reason = till_reason_from_name(reason);
	if (notice->reason == TILL_REASON_NONE)
		return till_fail(err, "reason: must be one of the known words");
	return 0;
}

static int
number_opt(const struct claims *claims, const char *name, uint64_t *number_r,
    struct till_error *err)
{
	int64_t number;

	if (json_object_get(claims->object, name) == NULL)
		return 0;
	if (claims_int(claims, name, &number, err) == -1)
		return -1;
	*number_r = (uint64_t)number;
	return 0;
}

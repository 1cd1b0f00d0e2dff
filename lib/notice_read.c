/*
 * notice_read.c - open a signed event.
 */
#include <stdlib.h>

#include <till/notice.h>

#include "claims.h"
#include "jws.h"
#include "notice_rules.h"

/* What till_notice_open returns, in one block. */
struct opened {
	struct till_notice notice;
	char text[]; /* every string, one behind the other */
};

static int read_payload(const struct jws *, struct opened *,
    struct till_error *);
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
	struct opened *opened;
	struct jws jws;

	if (jws_open(token, len, notice_types, find, arg, &jws, err) == -1)
		return -1;
	opened = calloc(1, sizeof(*opened) + jws.payload_len);
	if (opened == NULL)
		return till_fail(err, "out of memory");
	if (read_payload(&jws, opened, err) == -1) {
		free(opened);
		return -1;
	}
	*notice_r = &opened->notice;
	return 0;
}

void
till_notice_free(struct till_notice *notice)
{
	/* The notice is the first member of its block. */
	free(notice);
}

static int
read_payload(const struct jws *jws, struct opened *opened,
    struct till_error *err)
{
	struct till_notice *notice = &opened->notice;
	struct claims claims = { .within = "",
		.text = opened->text,
		.left = jws->payload_len };
	json_t *object = NULL;
	int r = -1;

	if (claims_load(jws->payload, jws->payload_len, "the payload", &object,
		err) == -1)
		return -1;
	claims.object = object;
	if (read_event(&claims, notice, err) == 0 &&
	    read_ticket(&claims, notice, err) == 0 &&
	    read_amount(&claims, notice, err) == 0 &&
	    read_outcome(&claims, notice, err) == 0)
		r = notice_rules(notice, err);
	json_decref(object);
	return r;
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

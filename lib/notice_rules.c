/*
 * notice_rules.c - what must hold for the claims of a signed event.
 *
 * Types that are not known here are sound as long as each claim is: a
 * merchant's program is older than the server's next type.
 */
#include <string.h>

#include "claims.h"
#include "notice_rules.h"
#include "rules.h"

/* What an event of a type says of a ticket: which entry, that it is refused,
 * which refund. */
enum must { MUST_NOT = 1, MUST, MAY };

static int names_check(const struct till_notice *, struct till_error *);
static int ticket_check(const struct till_notice *, struct till_error *);
static int amount_check(const struct till_notice *, struct till_error *);
static int outcome_check(const struct till_notice *, struct till_error *);
static int type_check(const struct till_notice *, struct till_error *);
static int has(const char *, enum must, bool, struct till_error *);

static const struct {
	const char *type;
	enum must txn, reason, refund;
} types[] = {
	{ "voucher.issued", MUST, MUST_NOT, MUST_NOT },
	{ "ticket.refused", MUST_NOT, MUST, MUST_NOT },
	{ "auth.failed", MUST_NOT, MUST, MUST_NOT },
	{ "settle.unknown", MUST_NOT, MUST_NOT, MUST_NOT },
	{ "settle.resolved", MAY, MAY, MUST_NOT },
	{ "refund.made", MUST, MUST_NOT, MUST },
	{ "refund.failed", MUST, MUST_NOT, MUST },
};

int
notice_rules(const struct till_notice *notice, struct till_error *err)
{
	if (names_check(notice, err) == -1 || ticket_check(notice, err) == -1 ||
	    amount_check(notice, err) == -1 || outcome_check(notice, err) == -1)
		return -1;
	return type_check(notice, err);
}

static int
names_check(const struct till_notice *notice, struct till_error *err)
{
	if (rule_url("iss", notice->iss, TILL_TEXT_MAX, err) == -1)
		return -1;
	if ((notice->aud == NULL || strcmp(notice->aud, notice->iss) != 0) &&
	    rule_id("aud", notice->aud, err) == -1)
		return -1;
	if (rule_jti("jti", notice->jti, err) == -1 ||
	    rule_jti("type", notice->type, err) == -1)
		return -1;
	if (notice->iat < 0 || notice->iat > CLAIMS_INT_MAX)
		return till_fail(err, "iat: must be from 0 to 2^53 - 1");
	if (notice->seq < 1 || notice->seq > CLAIMS_INT_MAX)
		return till_fail(err, "seq: must be from 1 to 2^53 - 1");
	return 0;
}

/* All of it or nothing. */
static int
ticket_check(const struct till_notice *notice, struct till_error *err)
{
	if (notice->kind == 0 && notice->tjti == NULL && notice->th == NULL)
		return 0;
	if (till_kind_name(notice->kind) == NULL)
		return till_fail(err,
		    "kind: must be single, basket or identity");
	if (rule_jti("tjti", notice->tjti, err) == -1)
		return -1;
	return rule_hash("th", notice->th, err);
}

static int
amount_check(const struct till_notice *notice, struct till_error *err)
{
	enum till_kind kind = notice->kind;

	if (notice->amount.currency[0] == '\0') {
		if (notice->amount.micro != 0)
			return till_fail(err, "currency: is missing");
		return 0;
	}
	if (kind == 0)
		kind = TILL_KIND_SINGLE;
	return rule_amount(&notice->amount, kind, err);
}

static int
outcome_check(const struct till_notice *notice, struct till_error *err)
{
	if (notice->txn > CLAIMS_INT_MAX)
		return till_fail(err, "txn: must be from 1 to 2^53 - 1");
	if (notice->reason != TILL_REASON_NONE &&
	    till_reason_name(notice->reason) == NULL)
		return till_fail(err, "reason: must be one of the known words");
	if (notice->via != NULL && rule_text("via", notice->via, err) == -1)
		return -1;
	if (notice->sub != NULL && rule_text("sub", notice->sub, err) == -1)
		return -1;
	if (notice->refund != NULL)
		return rule_jti("refund", notice->refund, err);
	return 0;
}

static int
type_check(const struct till_notice *notice, struct till_error *err)
{
	const bool paid = notice->txn != 0;
	const bool refused = notice->reason != TILL_REASON_NONE;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].type, notice->type) == 0)
			break;
	}
	if (i == sizeof(types) / sizeof(types[0]))
		return 0;
	if (has("kind", MUST, notice->kind != 0, err) == -1 ||
	    has("amount", MUST, notice->amount.currency[0] != '\0', err) ==
		-1 ||
	    has("txn", types[i].txn, paid, err) == -1 ||
	    has("reason", types[i].reason, refused, err) == -1 ||
	    has("refund", types[i].refund, notice->refund != NULL, err) == -1)
		return -1;
	if (types[i].txn == MAY && paid == refused)
		return till_fail(err, "txn: either this or a reason");
	return 0;
}

static int
has(const char *claim, enum must must, bool there, struct till_error *err)
{
	if (must == MUST && !there)
		return till_fail(err, "%s: is missing", claim);
	if (must == MUST_NOT && there)
		return till_fail(err, "%s: such an event has none", claim);
	return 0;
}

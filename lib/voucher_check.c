/*
 * voucher_check.c - does this answer belong to that ticket?
 */
#include <string.h>

#include "voucher_types.h"

static bool same_text(const char *, const char *);

int
till_voucher_check(const struct till_voucher *voucher,
    const struct till_ticket *ticket, const char *iss, int64_t now,
    struct till_error *err)
{
	enum till_voucher_type wanted = TILL_VOUCHER_PAID;

	if (ticket->kind == TILL_KIND_IDENTITY)
		wanted = TILL_VOUCHER_IDENTITY;
	if (voucher->type == TILL_VOUCHER_REFUSAL)
		return till_fail(err, "typ: this is a refusal, because of %s",
		    till_reason_name(voucher->reason));
	if (voucher->type != wanted)
		return till_fail(err, "typ: is not what the ticket asked for");
	if (voucher_answers(voucher, ticket, iss, now, err) == -1)
		return -1;
	if (!till_money_same_currency(&voucher->amount, &ticket->amount))
		return till_fail(err, "currency: is not the ticket's");
	if (voucher->amount.micro != ticket->amount.micro)
		return till_fail(err, "amount: is not the ticket's");
	return 0;
}

int
voucher_answers(const struct till_voucher *voucher,
    const struct till_ticket *ticket, const char *iss, int64_t now,
    struct till_error *err)
{
	if (strcmp(voucher->iss, iss) != 0)
		return till_fail(err, "iss: is not this payment server");
	/* Nor may one payment server answer what is for another. */
	if (strcmp(ticket->aud, iss) != 0)
		return till_fail(err,
		    "iss: the ticket is for another payment server");
	if (strcmp(voucher->aud, ticket->iss) != 0)
		return till_fail(err, "aud: is not this merchant");
	if (voucher->iat > now + TILL_CLOCK_SKEW)
		return till_fail(err, "iat: lies in the future");
	if (voucher->exp <= now - TILL_CLOCK_SKEW)
		return till_fail(err, "exp: has passed");
	if (strcmp(voucher->tjti, ticket->jti) != 0)
		return till_fail(err, "tjti: is not this ticket");
	if (strcmp(voucher->th, ticket->th) != 0)
		return till_fail(err, "th: is not this ticket");
	if (strcmp(voucher->oid, ticket->oid) != 0)
		return till_fail(err, "oid: is not the ticket's");
	if (voucher->kind != ticket->kind)
		return till_fail(err, "kind: is not the ticket's");
	if (!same_text(voucher->cid, ticket->cid))
		return till_fail(err, "cid: is not the ticket's");
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/*
 * checkout_notice.c - a sale that was settled, refused or given back, as the
 * payment server tells it.
 */
#include <stdlib.h>
#include <string.h>

#include "shop.h"

static int give_back(struct shop *, const struct sale *,
    const struct till_notice *, struct till_error *);
static int apply(struct shop *, struct sale *, const struct till_notice *,
    struct till_error *);
static bool says(const struct till_notice *, bool);
static bool is_about(struct shop *, const struct sale *,
    const struct till_notice *);
static const struct till_key *own_key(void *, const char *kid);

int
checkout_notice(struct shop *shop, size_t server,
    const struct till_notice *notice, struct till_error *err)
{
	struct sale *sale;
	int r = 0;

	if (notice->tjti == NULL || notice->kind == TILL_KIND_IDENTITY)
		return 0;
	sales_lock(shop->sales);
	sale = sales_get(shop->sales, notice->tjti);
	if (sale != NULL && sale->server == server &&
	    is_about(shop, sale, notice))
		r = notice->refund != NULL ? give_back(shop, sale, notice, err)
					   : apply(shop, sale, notice, err);
	sales_unlock(shop->sales);
	sale_free(sale);
	return r;
}

/* Whoever has asked for it: the operator of the payment server may have. */
static int
give_back(struct shop *shop, const struct sale *sale,
    const struct till_notice *notice, struct till_error *err)
{
	struct shop_refund refund = { .micro = notice->amount.micro,
		.time_s = shop_now() };

	if (strcmp(notice->type, "refund.made") == 0)
		refund.state = SHOP_REFUND_DONE;
	else if (strcmp(notice->type, "refund.failed") == 0)
		refund.state = SHOP_REFUND_RETURNED;
	else
		return 0;
	(void)snprintf(refund.sale, sizeof(refund.sale), "%s", sale->id);
	(void)snprintf(refund.id, sizeof(refund.id), "%s", notice->refund);
	return refunds_put(shop->refunds, &refund, err);
}

/* What is paid is paid; a refusal ends what is not. */
static int
apply(struct shop *shop, struct sale *sale, const struct till_notice *notice,
    struct till_error *err)
{
	if (sale->state == SALE_PAID)
		return 0;
	if (says(notice, true)) {
		if (sale->needs_identity &&
		    (notice->sub == NULL ||
			strcmp(sale->identity, notice->sub) != 0))
			return 0;
		if (sales_txn_used(shop->sales, sale->server, notice->txn,
			sale->id))
			return 0;
		sale->state = SALE_PAID;
		sale->txn = notice->txn;
		return sales_put(shop->sales, sale, err);
	}
	if (!says(notice, false) || sale->state == SALE_REFUSED)
		return 0;
	sale->state = SALE_REFUSED;
	(void)snprintf(sale->reason, sizeof(sale->reason), "%s",
	    till_reason_name(notice->reason));
	return sales_put(shop->sales, sale, err);
}

/* That it is paid, or refused?  Types that are not known here may name an
 * entry that is no payment at all, such as a refund. */
static bool
says(const struct till_notice *notice, bool paid)
{
	const bool txn = notice->txn != 0;
	const bool reason = notice->reason != TILL_REASON_NONE;

	if (strcmp(notice->type, "settle.resolved") != 0 &&
	    (paid ? strcmp(notice->type, "voucher.issued") != 0
		  : strcmp(notice->type, "ticket.refused") != 0 &&
			strcmp(notice->type, "auth.failed") != 0))
		return false;
	return paid ? txn && !reason : reason && !txn;
}

/* The very ticket that was issued for it, at its price, or, of a refund, at
 * no more. */
static bool
is_about(struct shop *shop, const struct sale *sale,
    const struct till_notice *notice)
{
	struct till_ticket *ticket = NULL;
	struct till_error err;
	bool same;

	if (sale->ticket == NULL ||
	    till_ticket_open(sale->ticket, strlen(sale->ticket), own_key,
		shop->key, &ticket, &err) == -1)
		return false;
	same = notice->th != NULL && strcmp(notice->th, ticket->th) == 0 &&
	    notice->kind == ticket->kind &&
	    (notice->refund != NULL
		    ? notice->amount.micro <= ticket->amount.micro
		    : notice->amount.micro == ticket->amount.micro) &&
	    till_money_same_currency(&notice->amount, &ticket->amount);
	till_ticket_free(ticket);
	return same;
}

static const struct till_key *
own_key(void *key, const char *kid)
{
	return strcmp(till_key_id(key), kid) == 0 ? key : NULL;
}

/*
 * refund.c - the operator gives back what a sale was paid with.
 */
#include <stdlib.h>
#include <string.h>

#include "shop.h"

static int choose(struct shop *, const struct sale *, int64_t, const char *,
    struct shop_refund *, struct till_error *);
static int ask(struct shop *, const struct sale *, const char *,
    struct shop_refund *, struct till_error *);
static bool is_about_refund(const struct till_refund_answer *);
static enum shop_refund_state state_of(enum till_refund_end);

int
shop_refund(struct shop *shop, const char *id, int64_t micro,
    const char *refund_id, const char *note, struct shop_refund *refund,
    struct till_error *err)
{
	struct sale *sale = sales_get(shop->sales, id);
	int r = -1;

	memset(refund, 0, sizeof(*refund));
	if (sale == NULL)
		(void)till_fail(err, "there is no order %s", id);
	else if (sale->state != SALE_PAID)
		(void)till_fail(err, "order %s was not paid", id);
	else if (choose(shop, sale, micro, refund_id, refund, err) == 0 &&
	    refunds_put(shop->refunds, refund, err) == 0)
		r = ask(shop, sale, note, refund, err);
	else
		refund->state = SHOP_REFUND_NONE;
	sale_free(sale);
	return r;
}

/* One that has no answer is asked for again before there is another one. */
static int
choose(struct shop *shop, const struct sale *sale, int64_t micro,
    const char *id, struct shop_refund *refund, struct till_error *err)
{
	int64_t left =
	    sale->total_micro - refunds_sum(shop->refunds, sale->id, true);

	if (refunds_unanswered(shop->refunds, sale->id, refund)) {
		if ((micro == 0 || micro == refund->micro) &&
		    (id == NULL || strcmp(id, refund->id) == 0))
			return 0;
		return till_fail(err,
		    "what became of refund %s of this order is not known: ask "
		    "for that one first",
		    refund->id);
	}
	memset(refund, 0, sizeof(*refund));
	(void)snprintf(refund->sale, sizeof(refund->sale), "%s", sale->id);
	if (id != NULL && !till_jti_ok(id))
		return till_fail(err, "'%.64s' is no id of a refund", id);
	if (id != NULL)
		(void)snprintf(refund->id, sizeof(refund->id), "%s", id);
	else if (shop_random_id(refund->id, err) == -1)
		return -1;
	refund->micro = micro == 0 ? left : micro;
	refund->state = SHOP_REFUND_ASKED;
	refund->time_s = shop_now();
	if (refund->micro <= 0 || refund->micro > left)
		return till_fail(err,
		    "it is more than what is left of order %s", sale->id);
	return 0;
}

static int
ask(struct shop *shop, const struct sale *sale, const char *note,
    struct shop_refund *refund, struct till_error *err)
{
	const struct catalogue *c = shop->catalogue;
	struct till_refund request = { .iat = shop_now() };
	struct till_refund_answer answer;
	char *token = NULL;
	int r = -1;

	if (sale->server >= c->servers_len)
		return till_fail(err, "this payment server is no longer used");
	(void)snprintf(request.iss, sizeof(request.iss), "%s",
	    c->servers[sale->server].merchant);
	(void)snprintf(request.aud, sizeof(request.aud), "%s",
	    c->servers[sale->server].issuer);
	request.exp = request.iat + TILL_REFUND_LIFETIME;
	memcpy(request.jti, refund->id, sizeof(request.jti));
	(void)snprintf(request.tjti, sizeof(request.tjti), "%s", sale->id);
	request.amount.micro = refund->micro;
	memcpy(request.amount.currency, c->currency, sizeof(c->currency));
	(void)snprintf(request.desc, sizeof(request.desc), "%s",
	    note == NULL ? "" : note);
	if (till_refund_sign(&request, shop->key, &token, err) == 0)
		r = servers_refund(shop->servers, sale->server, token, &request,
		    &answer, err);
	free(token);
	if (r == -1)
		return -1;
	if (answer.end == TILL_REFUND_AGAIN)
		return till_fail(err, "the payment server is busy (%s)",
		    answer.reason);
	if (answer.end == TILL_REFUND_REFUSED && !is_about_refund(&answer))
		return till_fail(err, "the payment server does not hear us: %s",
		    answer.reason);
	refund->state = state_of(answer.end);
	refund->time_s = shop_now();
	if (refunds_put(shop->refunds, refund, err) == -1)
		return -1;
	if (refund->state == SHOP_REFUND_REFUSED)
		return till_fail(err, "the payment server refuses: %s%s%.150s",
		    answer.reason, answer.detail[0] == '\0' ? "" : ": ",
		    answer.detail);
	return 0;
}

/* Who is not heard is not told whether it was made when he asked before. */
static bool
is_about_refund(const struct till_refund_answer *answer)
{
	return strcmp(answer->reason, "unauthorized") != 0 &&
	    strcmp(answer->reason, "invalid-request") != 0;
}

static enum shop_refund_state
state_of(enum till_refund_end end)
{
	switch (end) {
	case TILL_REFUND_DONE:
		return SHOP_REFUND_DONE;
	case TILL_REFUND_PENDING:
		return SHOP_REFUND_PENDING;
	case TILL_REFUND_RETURNED:
		return SHOP_REFUND_RETURNED;
	case TILL_REFUND_REFUSED:
		return SHOP_REFUND_REFUSED;
	case TILL_REFUND_NONE:
	case TILL_REFUND_AGAIN:
		break;
	}
	return SHOP_REFUND_ASKED;
}

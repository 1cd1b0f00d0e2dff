/*
 * desk.c - see desk.h.
 */
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "desk.h"

static int refund(struct shop *, const struct desk_order *, int *,
    struct till_error *);
static void list_sale(void *, const struct sale *);
static const char *state_of(const struct sale *);
static const char *money(int64_t, char *);

bool
desk_order_ok(const struct desk_order *order)
{
	if (order->sale == NULL)
		return order->amount == NULL && order->id == NULL &&
		    order->note == NULL;
	return !order->list && (order->note == NULL || order->note[0] != '\0');
}

int
desk(struct shop *shop, const struct desk_order *order, int *status_r,
    struct till_error *err)
{
	if (sales_look(shop->catalogue, &shop->sales, err) == -1 ||
	    refunds_open(shop->catalogue, &shop->refunds, err) == -1 ||
	    servers_open(shop->catalogue, &shop->servers, err) == -1)
		return -1;
	if (order->sale != NULL)
		return refund(shop, order, status_r, err);
	printf("%-22s  %-20s  %-8s  %10s  %10s\n", "order", "time", "state",
	    "total", "given back");
	sales_each(shop->sales, list_sale, shop);
	return 0;
}

static int
refund(struct shop *shop, const struct desk_order *order, int *status_r,
    struct till_error *err)
{
	const char *currency = shop->catalogue->currency;
	struct till_money amount = { .micro = 0 };
	struct shop_refund made;
	char text[TILL_MONEY_MAX];

	*status_r = EX_DATAERR;
	if (order->amount != NULL &&
	    (till_money_parse(order->amount, currency, &amount, err) == -1 ||
		(amount.micro == 0 &&
		    till_fail(err, "the amount is nothing") == -1)))
		return -1;
	if (shop_refund(shop, order->sale, amount.micro, order->id, order->note,
		&made, err) == -1) {
		if (made.state == SHOP_REFUND_ASKED)
			*status_r = EX_TEMPFAIL;
		return -1;
	}
	printf("%s %s of %s, refund %s: %s\n", money(made.micro, text),
	    currency, made.sale, made.id, shop_refund_state_name(made.state));
	return 0;
}

static void
list_sale(void *arg, const struct sale *sale)
{
	struct shop *shop = arg;
	char total[TILL_MONEY_MAX], back[TILL_MONEY_MAX], when[32];
	const time_t time_s = (time_t)sale->time_s;
	struct tm tm;

	if (gmtime_r(&time_s, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		when[0] = '\0';
	printf("%-22s  %-20s  %-8s  %10s  %10s\n", sale->id, when,
	    state_of(sale), money(sale->total_micro, total),
	    money(refunds_sum(shop->refunds, sale->id, false), back));
}

static const char *
state_of(const struct sale *sale)
{
	switch (sale->state) {
	case SALE_NONE:
		break;
	case SALE_OPEN:
		return "open";
	case SALE_TICKETED:
		return "ticketed";
	case SALE_PAID:
		return "paid";
	case SALE_REFUSED:
		return "refused";
	}
	return "?";
}

static const char *
money(int64_t micro, char *buf)
{
	const struct till_money amount = { .micro = micro, .currency = "EUR" };

	return till_money_print(&amount, buf);
}

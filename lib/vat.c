/*
 * vat.c - VAT is informative: shown and recorded, never computed here.
 */
#include <string.h>

#include "decimal.h"
#include "vat.h"

#define RATE_MAX (INT64_C(100) * TILL_MICRO)

static int read_one(struct claims *, struct till_vat *, struct till_error *);

int
vat_check(const struct till_vat *vat, size_t len, struct till_error *err)
{
	size_t i;

	if (len > TILL_VAT_MAX)
		return till_fail(err, "vat: must be a list of 1 to %d",
		    TILL_VAT_MAX);
	for (i = 0; i < len; i++) {
		if (vat[i].rate_micro < 0 || vat[i].rate_micro > RATE_MAX)
			return till_fail(err,
			    "vat: a rate is from 0 to 100 percent");
		if (vat[i].amount_micro < 0 ||
		    vat[i].amount_micro > TILL_MICRO_LIMIT)
			return till_fail(err, "vat: an amount is too large");
	}
	return 0;
}

void
vat_emit(struct emit *out, const struct till_vat *vat, size_t len,
    const char *currency)
{
	char text[TILL_MONEY_MAX];
	struct till_money amount = { 0 };
	size_t i;

	if (len == 0)
		return;
	memcpy(amount.currency, currency, TILL_CURRENCY_MAX);
	emit_open(out, "vat", '[');
	for (i = 0; i < len; i++) {
		amount.micro = vat[i].amount_micro;
		emit_open(out, NULL, '{');
		emit_text(out, "rate",
		    decimal_print(vat[i].rate_micro, 0, text));
		emit_text(out, "amount", till_money_print(&amount, text));
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

int
vat_read(struct claims *claims, struct till_vat vat[TILL_VAT_MAX],
    size_t *len_r, struct till_error *err)
{
	const json_t *list;
	struct claims one;
	size_t i;

	*len_r = 0;
	if (claims_list_opt(claims, "vat", TILL_VAT_MAX, &list, err) == -1)
		return -1;
	for (i = 0; i < json_array_size(list); i++) {
		if (claims_enter(claims, json_array_get(list, i), "vat: ", &one,
			err) == -1 ||
		    read_one(&one, &vat[i], err) == -1)
			return -1;
		claims_leave(claims, &one);
	}
	*len_r = json_array_size(list);
	return 0;
}

static int
read_one(struct claims *claims, struct till_vat *vat, struct till_error *err)
{
	const char *rate, *amount;

	if (claims_text(claims, "rate", &rate, err) == -1 ||
	    claims_text(claims, "amount", &amount, err) == -1)
		return -1;
	if (decimal_parse(rate, "vat: rate", RATE_MAX, &vat->rate_micro, err) ==
	    -1)
		return -1;
	return decimal_parse(amount, "vat: amount", TILL_MICRO_LIMIT,
	    &vat->amount_micro, err);
}

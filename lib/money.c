/*
 * money.c - amounts: the wire form and checked arithmetic.
 */
#include <string.h>

#include <till/money.h>

#include "decimal.h"

int
till_money_parse(const char *text, const char *currency,
    struct till_money *money_r, struct till_error *err)
{
	struct till_money money = { 0 };

	if (till_currency_exponent(currency) == -1)
		return till_fail(err,
		    "currency must be a current code of ISO 4217");
	if (decimal_parse(text, "amount", TILL_MICRO_LIMIT, &money.micro,
		err) == -1)
		return -1;
	memcpy(money.currency, currency, TILL_CURRENCY_MAX);
	*money_r = money;
	return 0;
}

int
till_money_parse_with_currency(const char *text, struct till_money *money_r,
    struct till_error *err)
{
	char amount[TILL_MONEY_MAX];
	size_t len = strcspn(text, " \t");
	size_t blanks = strspn(text + len, " \t");

	if (blanks == 0)
		return till_fail(err,
		    "an amount needs its currency, as in 12.50 EUR");
	if (len >= sizeof(amount))
		return till_fail(err, "amount is too long");
	memcpy(amount, text, len);
	amount[len] = '\0';
	return till_money_parse(amount, text + len + blanks, money_r, err);
}

const char *
till_money_print(const struct till_money *money, char buf[TILL_MONEY_MAX])
{
	int exponent = till_currency_exponent(money->currency);

	return decimal_print(money->micro, exponent < 0 ? 0 : exponent, buf);
}

bool
till_money_add(const struct till_money *a, const struct till_money *b,
    struct till_money *sum_r)
{
	struct till_money sum = *a;

	if (!till_money_same_currency(a, b))
		return false;
	if (b->micro > 0 && a->micro > INT64_MAX - b->micro)
		return false;
	if (b->micro < 0 && a->micro < INT64_MIN - b->micro)
		return false;
	sum.micro += b->micro;
	*sum_r = sum;
	return true;
}

bool
till_money_sub(const struct till_money *a, const struct till_money *b,
    struct till_money *sum_r)
{
	struct till_money sum = *a;

	if (!till_money_same_currency(a, b))
		return false;
	if (b->micro < 0 && a->micro > INT64_MAX + b->micro)
		return false;
	if (b->micro > 0 && a->micro < INT64_MIN + b->micro)
		return false;
	sum.micro -= b->micro;
	*sum_r = sum;
	return true;
}

bool
till_money_times(const struct till_money *a, uint32_t n,
    struct till_money *product_r)
{
	struct till_money product = *a;

	if (n != 0 && (a->micro > INT64_MAX / n || a->micro < INT64_MIN / n))
		return false;
	product.micro *= n;
	*product_r = product;
	return true;
}

bool
till_money_same_currency(const struct till_money *a, const struct till_money *b)
{
	return memcmp(a->currency, b->currency, sizeof(a->currency)) == 0;
}

bool
till_money_at_most(const struct till_money *a, const struct till_money *b)
{
	return till_money_same_currency(a, b) && a->micro <= b->micro;
}

bool
till_money_is_minor(const struct till_money *money)
{
	int exponent = till_currency_exponent(money->currency);
	int64_t unit = TILL_MICRO;

	if (exponent < 0)
		return false;
	for (; exponent > 0; exponent--)
		unit /= 10;
	return money->micro % unit == 0;
}

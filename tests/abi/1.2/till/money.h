/*
 * till/money.h - amounts.
 *
 * Money is a whole number of millionths of the currency's unit together
 * with the currency's ISO 4217 code: 1250000 EUR is 1.25 euro.  On the
 * wire it is a decimal string.  There is no floating point anywhere in
 * this project.
 */
#ifndef TILL_MONEY_H
#define TILL_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_MICRO 1000000 /* millionths in one unit */
#define TILL_DECIMALS 6 /* the most that an amount may have */
#define TILL_CURRENCY_MAX 4 /* three letters and a NUL */
#define TILL_MONEY_MAX 24 /* a printed amount without currency, with NUL */

/* The largest amount that a ticket, a setting or a balance may hold: one
 * million million units.  Sums of a few thousand of them still fit. */
#define TILL_MICRO_LIMIT (INT64_C(1000000) * 1000000 * 1000000)

struct till_money {
	int64_t micro; /* 12500000 is 12.50 EUR */
	char currency[TILL_CURRENCY_MAX]; /* upper case letters and a NUL */
};

/*
 * The number of decimal places of an ISO 4217 currency (2 for EUR, 0 for
 * JPY, 3 for BHD), or -1 if code is not an active one that money can be
 * counted in.  Source: ISO 4217 table A.1.
 */
int till_currency_exponent(const char *code);

/* The three-digit number of an ISO 4217 currency (978 for EUR), as
 * networks of banks write it; -1 if the code is not in the table. */
int till_currency_number(const char *code);

/* The code of currency number i (0, 1, 2 ...) of the table, in the
 * alphabet's order; NULL past its end.  Static storage. */
const char *till_currency_at(unsigned int i);

/*
 * Read an amount in its wire form: digits, then at most one point with
 * one to six digits behind it.  No sign, no exponent, no white space, no
 * superfluous zero before the point ("0.5" is right; ".5", "00.5", "5."
 * are not), at most TILL_MICRO_LIMIT.  currency must be in the table.
 * Returns -1 with the reason in *err, *money_r untouched.
 */
int till_money_parse(const char *text, const char *currency,
    struct till_money *money_r, struct till_error *err);

/*
 * Read "12.50 EUR": an amount, one or more blanks, a currency.  The same
 * rules and errors as till_money_parse.
 */
int till_money_parse_with_currency(const char *text, struct till_money *money_r,
    struct till_error *err);

/*
 * Print the canonical form, which till_money_parse reads back: at least
 * the currency's own decimals, more only as far as they are not zero
 * ("0.05", "0.0005", "12" for JPY).  Negative amounts, which only a
 * ledger has, get a leading "-".  Returns buf.
 */
const char *till_money_print(const struct till_money *money,
    char buf[TILL_MONEY_MAX]);

/*
 * Set *sum_r to a + b, or a - b.  False, with *sum_r untouched, if the
 * currencies differ or the result does not fit in 64 bits.
 */
bool till_money_add(const struct till_money *a, const struct till_money *b,
    struct till_money *sum_r);
bool till_money_sub(const struct till_money *a, const struct till_money *b,
    struct till_money *sum_r);

/* Set *product_r to a times n; false as above. */
bool till_money_times(const struct till_money *a, uint32_t n,
    struct till_money *product_r);

/* True if both have the same currency. */
bool till_money_same_currency(const struct till_money *a,
    const struct till_money *b);

/* True if both have the same currency and a is at most b. */
bool till_money_at_most(const struct till_money *a, const struct till_money *b);

/* True if the amount is a whole number of the currency's minor units,
 * as a bank needs it (0.005 EUR is not). */
bool till_money_is_minor(const struct till_money *money);

#ifdef __cplusplus
}
#endif

#endif

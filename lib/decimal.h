/*
 * decimal.h - numbers with up to six decimals, as millionths.
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdint.h>

#include <till/error.h>
#include <till/money.h>

/*
 * Read digits, at most one point, and one to six digits behind it: no
 * sign, exponent, blank, or superfluous zero in front.  At most
 * max_micro.  -1 with *micro_r untouched and a text that begins with
 * what ("an amount", "a rate").
 */
int decimal_parse(const char *text, const char *what, int64_t max_micro,
    int64_t *micro_r, struct till_error *err);

/* Print with at least min_decimals decimals (0..6), more only as far as
 * they are not zero.  Returns buf. */
const char *decimal_print(int64_t micro, int min_decimals,
    char buf[TILL_MONEY_MAX]);

#endif

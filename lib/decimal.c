/*
 * decimal.c - decimal strings to millionths and back, exactly.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "decimal.h"

static int form_check(const char *, const char *, size_t *, size_t *,
    struct till_error *);
static size_t digits(const char *);

int
decimal_parse(const char *text, const char *what, int64_t max_micro,
    int64_t *micro_r, struct till_error *err)
{
	int64_t micro = 0;
	size_t units = 0, decimals = 0, i;
	int digit;

	if (form_check(text, what, &units, &decimals, err) == -1)
		return -1;
	for (i = 0; i < units + TILL_DECIMALS; i++) {
		digit = 0;
		if (i < units)
			digit = text[i] - '0';
		else if (i < units + decimals)
			digit = text[i + 1] - '0';
		if (micro > (max_micro - digit) / 10)
			return till_fail(err, "%s is at most %lld", what,
			    (long long)(max_micro / TILL_MICRO));
		micro = micro * 10 + digit;
	}
	*micro_r = micro;
	return 0;
}

const char *
decimal_print(int64_t micro, int min_decimals, char buf[TILL_MONEY_MAX])
{
	/* As unsigned, for the most negative number has no opposite. */
	uint64_t rest = micro < 0 ? -(uint64_t)micro : (uint64_t)micro;
	uint64_t part = rest % TILL_MICRO;
	int decimals = TILL_DECIMALS;
	int n;

	assert(min_decimals >= 0 && min_decimals <= TILL_DECIMALS);
	while (decimals > min_decimals && part % 10 == 0) {
		part /= 10;
		decimals--;
	}
	n = snprintf(buf, TILL_MONEY_MAX, "%s%llu", micro < 0 ? "-" : "",
	    (unsigned long long)(rest / TILL_MICRO));
	assert(n > 0 && n + 1 + decimals < TILL_MONEY_MAX);
	if (decimals > 0)
		(void)snprintf(buf + n, (size_t)(TILL_MONEY_MAX - n), ".%0*llu",
		    decimals, (unsigned long long)part);
	return buf;
}

/* How many digits stand before and behind the point, if all is right. */
static int
form_check(const char *text, const char *what, size_t *units_r,
    size_t *decimals_r, struct till_error *err)
{
	size_t units = digits(text);
	size_t decimals = 0;
	const char *end = text + units;

	if (text[0] == '\0')
		return till_fail(err, "%s is empty", what);
	if (units > 1 && text[0] == '0')
		return till_fail(err, "%s has no superfluous zero in front",
		    what);
	if (*end == '.') {
		decimals = digits(end + 1);
		end += 1 + decimals;
		if (decimals == 0)
			units = 0;
	}
	if (units == 0 || *end != '\0')
		return till_fail(err,
		    "%s is digits, or digits, a point and digits", what);
	if (decimals > TILL_DECIMALS)
		return till_fail(err, "%s has at most %d decimals", what,
		    TILL_DECIMALS);
	*units_r = units;
	*decimals_r = decimals;
	return 0;
}

static size_t
digits(const char *text)
{
	return strspn(text, "0123456789");
}

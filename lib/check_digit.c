/*
 * check_digit.c - see check_digit.h.
 */
#include <assert.h>

#include "check_digit.h"

#define MOD97_HEAD 4 /* characters that count last */

static int rest97(const char *, size_t);

bool
check_luhn(const char *digits, size_t len)
{
	unsigned int sum = 0, digit;
	size_t i;

	for (i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		digit = (unsigned int)(digits[i] - '0');
		if ((len - i) % 2 == 0)
			digit *= 2;
		sum += digit > 9 ? digit - 9 : digit;
	}
	return len > 0 && sum % 10 == 0;
}

bool
check_mod97(const char *text, size_t len)
{
	return rest97(text, len) == 1;
}

unsigned int
check_mod97_digits(const char *text, size_t len)
{
	const int rest = rest97(text, len);

	assert(rest >= 0);
	return 98 - (unsigned int)rest;
}

/* The rest of its division by 97; -1: it is no such text. */
static int
rest97(const char *text, size_t len)
{
	int rest = 0;
	size_t i;
	char c;

	if (len <= MOD97_HEAD)
		return -1;
	for (i = 0; i < len; i++) {
		c = text[(i + MOD97_HEAD) % len];
		if (c >= '0' && c <= '9')
			rest = (10 * rest + (c - '0')) % 97;
		else if (c >= 'A' && c <= 'Z')
			rest = (100 * rest + (c - 'A' + 10)) % 97;
		else
			return -1;
	}
	return rest;
}

/*
 * test_check_digit.c - numbers with right and wrong check digits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check_digit.h"

#define CARD "4000001234567899"

static void
test_luhn(void **state)
{
	(void)state;
	assert_true(check_luhn(CARD, 16));
	assert_true(check_luhn("79927398713", 11));
	assert_false(check_luhn("79927398710", 11));
	assert_false(check_luhn("4000001234567898", 16));
	assert_false(check_luhn("", 0));
	assert_false(check_luhn("40000012345678 9", 16));
}

/* IBANs of the registry's examples, a creditor reference, and each of them
 * with any one character another. */
static void
test_mod97(void **state)
{
	static const char *const right[] = { "FR1420041010050500013M02606",
		"DE89370400440532013000", "GB29NWBK60161331926819",
		"NO9386011117947", "MT84MALT011000012345MTLCAST001S",
		"RF18539007547034" };
	char text[40];
	size_t i, k, len;

	(void)state;
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		len = strlen(right[i]);
		assert_true(check_mod97(right[i], len));
		for (k = 0; k < len; k++) {
			memcpy(text, right[i], len);
			text[k] = text[k] == '7' ? '8' : '7';
			assert_false(check_mod97(text, len));
			text[k] = ' ';
			assert_false(check_mod97(text, len));
		}
	}
	assert_false(check_mod97("", 0));
	assert_false(check_mod97("RF18", 4));
	assert_false(check_mod97("fr1420041010050500013m02606", 27));
}

static void
test_mod97_digits(void **state)
{
	(void)state;
	assert_int_equal(check_mod97_digits("RF00539007547034", 16), 18);
	assert_int_equal(check_mod97_digits("FR0020041010050500013M02606", 27),
	    14);
	assert_int_equal(check_mod97_digits("RF00CALICE", 10), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_luhn),
		cmocka_unit_test(test_mod97),
		cmocka_unit_test(test_mod97_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

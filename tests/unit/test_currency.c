/*
 * test_currency.c - the currencies are those of ISO 4217 in 2026.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/money.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
each_currency_has_its_own_decimals(void **state)
{
	static const struct {
		const char *code;
		int exponent;
	} rows[] = {
		{ "EUR", 2 },
		{ "USD", 2 },
		{ "CHF", 2 },
		{ "GBP", 2 },
		{ "JPY", 0 },
		{ "KRW", 0 },
		{ "ISK", 0 },
		{ "XOF", 0 },
		{ "XPF", 0 },
		{ "UYI", 0 },
		{ "BHD", 3 },
		{ "IQD", 3 },
		{ "JOD", 3 },
		{ "KWD", 3 },
		{ "LYD", 3 },
		{ "OMR", 3 },
		{ "TND", 3 },
		{ "CLF", 4 },
		{ "UYW", 4 },
		{ "MGA", 2 },
		{ "MRU", 2 },
		/* first and last, the ends of the search */
		{ "AED", 2 },
		{ "ZWG", 2 },
		/* those that came last */
		{ "SLE", 2 },
		{ "VED", 2 },
		{ "XCG", 2 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_int_equal(till_currency_exponent(rows[i].code),
		    rows[i].exponent);
}

static void
what_is_no_money_or_no_more_is_no_currency(void **state)
{
	static const char *const rows[] = { "XAU", "XAG", "XPT", "XPD", "XDR",
		"XSU", "XUA", "XBA", "XBB", "XBC", "XBD", "XTS", "XXX", "XAD",
		/* withdrawn */
		"ANG", "BGN", "CUC", "DEM", "FRF", "HRK", "LTL", "MRO", "SLL",
		"STD", "VEF", "ZMK", "ZWL",
		/* never were */
		"", "E", "EU", "EURO", "eur", "Eur", "EU\n", "BTC", "AAA",
		"ZZZ", "\xff\xff\xff" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_int_equal(till_currency_exponent(rows[i]), -1);
}

static void
the_table_is_in_order_and_each_entry_is_found(void **state)
{
	const char *code, *before = "";
	unsigned int i;
	int exponent;

	(void)state;
	for (i = 0; (code = till_currency_at(i)) != NULL; i++) {
		assert_int_equal(strlen(code), 3);
		assert_int_equal(strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 3);
		assert_true(strcmp(before, code) < 0);
		exponent = till_currency_exponent(code);
		assert_in_range(exponent, 0, 4);
		before = code;
	}
	assert_int_equal(i, 164);
	assert_null(till_currency_at(i + 1));
	assert_null(till_currency_at(UINT32_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_currency_has_its_own_decimals),
		cmocka_unit_test(what_is_no_money_or_no_more_is_no_currency),
		cmocka_unit_test(the_table_is_in_order_and_each_entry_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_money.c - amounts are read, printed and added exactly, or not at
 * all.
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
#define LIMIT TILL_MICRO_LIMIT

static const struct {
	const char *text, *currency;
	int64_t micro;
	const char *printed;
} good[] = {
	{ "12.50", "EUR", 12500000, "12.50" },
	{ "12.5", "EUR", 12500000, "12.50" },
	{ "12", "EUR", 12000000, "12.00" },
	{ "0", "EUR", 0, "0.00" },
	{ "0.05", "EUR", 50000, "0.05" },
	{ "0.0005", "EUR", 500, "0.0005" },
	{ "0.000001", "EUR", 1, "0.000001" },
	{ "0.100000", "EUR", 100000, "0.10" },
	{ "12", "JPY", 12000000, "12" },
	{ "12.5", "JPY", 12500000, "12.5" },
	{ "1.5", "BHD", 1500000, "1.500" },
	{ "1", "CLF", 1000000, "1.0000" },
	{ "999999999999.999999", "EUR", LIMIT - 1, "999999999999.999999" },
	{ "1000000000000", "EUR", LIMIT, "1000000000000.00" },
	{ "1000000000000.000000", "EUR", LIMIT, "1000000000000.00" },
};

static const struct {
	const char *text, *currency, *why;
} bad[] = {
	{ "", "EUR", "amount is empty" },
	{ ".5", "EUR", "digits, a point and digits" },
	{ "5.", "EUR", "digits, a point and digits" },
	{ ".", "EUR", "digits, a point and digits" },
	{ "00.5", "EUR", "superfluous zero" },
	{ "012", "EUR", "superfluous zero" },
	{ "00", "EUR", "superfluous zero" },
	{ "-1", "EUR", "digits, a point and digits" },
	{ "+1", "EUR", "digits, a point and digits" },
	{ "1e3", "EUR", "digits, a point and digits" },
	{ "1,5", "EUR", "digits, a point and digits" },
	{ "1.2.3", "EUR", "digits, a point and digits" },
	{ " 1", "EUR", "digits, a point and digits" },
	{ "1 ", "EUR", "digits, a point and digits" },
	{ "1\n", "EUR", "digits, a point and digits" },
	{ "0x10", "EUR", "digits, a point and digits" },
	{ "inf", "EUR", "digits, a point and digits" },
	{ "\xd9\xa1", "EUR", "digits, a point and digits" },
	{ "1.0000000", "EUR", "at most 6 decimals" },
	{ "0.0000001", "EUR", "at most 6 decimals" },
	{ "1000000000000.000001", "EUR", "at most 1000000000000" },
	{ "1000000000001", "EUR", "at most 1000000000000" },
	{ "9223372036854.775808", "EUR", "at most 1000000000000" },
	{ "18446744073709551616", "EUR", "at most 1000000000000" },
	{ "99999999999999999999999999999999999999", "EUR",
	    "at most 1000000000000" },
	{ "1", "eur", "current code of ISO 4217" },
	{ "1", "EU", "current code of ISO 4217" },
	{ "1", "EURO", "current code of ISO 4217" },
	{ "1", "", "current code of ISO 4217" },
	{ "1", "XAU", "current code of ISO 4217" },
	{ "1", "DEM", "current code of ISO 4217" },
};

static void
an_amount_is_read_and_printed_exactly(void **state)
{
	struct till_money money;
	struct till_error err;
	char buf[TILL_MONEY_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		assert_int_equal(till_money_parse(good[i].text,
				     good[i].currency, &money, &err),
		    0);
		assert_true(money.micro == good[i].micro);
		assert_string_equal(money.currency, good[i].currency);
		assert_ptr_equal(till_money_print(&money, buf), buf);
		assert_string_equal(buf, good[i].printed);
	}
}

static void
what_is_printed_is_read_back(void **state)
{
	static const int64_t amounts[] = { 0, 1, 10, 99, 100, 999999, 1000000,
		1000001, 1010000, 123456789, LIMIT - 1, LIMIT };
	struct till_money money = { 0 }, back;
	struct till_error err;
	char buf[TILL_MONEY_MAX];
	const char *code;
	unsigned int c;
	size_t i;

	(void)state;
	for (c = 0; (code = till_currency_at(c)) != NULL; c++) {
		memcpy(money.currency, code, TILL_CURRENCY_MAX);
		for (i = 0; i < LEN(amounts); i++) {
			money.micro = amounts[i];
			(void)till_money_print(&money, buf);
			assert_int_equal(till_money_parse(buf, code, &back,
					     &err),
			    0);
			assert_true(back.micro == money.micro);
			assert_true(till_money_same_currency(&back, &money));
		}
	}
}

static void
what_is_no_amount_is_refused_and_says_why(void **state)
{
	struct till_money money = { 77, "CHF" };
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		assert_int_equal(till_money_parse(bad[i].text, bad[i].currency,
				     &money, &err),
		    -1);
		if (strstr(err.text, bad[i].why) == NULL)
			fail_msg("\"%s\": %s", bad[i].text, err.text);
		assert_true(money.micro == 77);
		assert_string_equal(money.currency, "CHF");
	}
}

static void
an_amount_may_bear_its_currency(void **state)
{
	static const char *const wrong[] = { "", "12.50", "12.50EUR", "EUR",
		" 12.50 EUR", "12.50 EUR ", "12.50 eur", "12.50 EUR EUR",
		"EUR 12.50", "12.50\nEUR", "12,50 EUR", " EUR",
		"111111111111111111111111111111111111 EUR" };
	struct till_money money = { 0 };
	struct till_error err;
	size_t i;

	(void)state;
	assert_int_equal(till_money_parse_with_currency("12.50 EUR", &money,
			     &err),
	    0);
	assert_true(money.micro == 12500000);
	assert_int_equal(till_money_parse_with_currency("7 \t JPY", &money,
			     &err),
	    0);
	assert_true(money.micro == 7000000);
	assert_string_equal(money.currency, "JPY");
	for (i = 0; i < LEN(wrong); i++)
		assert_int_equal(till_money_parse_with_currency(wrong[i],
				     &money, &err),
		    -1);
}

static void
a_ledger_prints_debts_too(void **state)
{
	static const struct {
		struct till_money money;
		const char *text;
	} rows[] = {
		{ { -50000, "EUR" }, "-0.05" },
		{ { -1, "EUR" }, "-0.000001" },
		{ { -12000000, "JPY" }, "-12" },
		{ { INT64_MIN, "EUR" }, "-9223372036854.775808" },
		{ { INT64_MAX, "EUR" }, "9223372036854.775807" },
		{ { INT64_MIN, "CLF" }, "-9223372036854.775808" },
	};
	char buf[TILL_MONEY_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_string_equal(till_money_print(&rows[i].money, buf),
		    rows[i].text);
}

static const struct {
	struct till_money a, b;
	bool adds, subtracts;
	int64_t sum, difference;
} sums[] = {
	{ { 1250, "EUR" }, { 50, "EUR" }, true, true, 1300, 1200 },
	{ { -100, "EUR" }, { 40, "EUR" }, true, true, -60, -140 },
	{ { 0, "EUR" }, { 0, "EUR" }, true, true, 0, 0 },
	{ { INT64_MAX, "EUR" }, { 0, "EUR" }, true, true, INT64_MAX,
	    INT64_MAX },
	{ { INT64_MAX, "EUR" }, { 1, "EUR" }, false, true, 0, INT64_MAX - 1 },
	{ { INT64_MAX, "EUR" }, { -1, "EUR" }, true, false, INT64_MAX - 1, 0 },
	{ { INT64_MIN, "EUR" }, { -1, "EUR" }, false, true, 0, INT64_MIN + 1 },
	{ { INT64_MIN, "EUR" }, { 1, "EUR" }, true, false, INT64_MIN + 1, 0 },
	{ { 0, "EUR" }, { INT64_MIN, "EUR" }, true, false, INT64_MIN, 0 },
	{ { -1, "EUR" }, { INT64_MIN, "EUR" }, false, true, 0, INT64_MAX },
	{ { 1, "EUR" }, { 1, "USD" }, false, false, 0, 0 },
};

static void
amounts_add_and_subtract_exactly_or_not_at_all(void **state)
{
	struct till_money r;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(sums); i++) {
		r = (struct till_money){ 77, "CHF" };
		assert_int_equal(till_money_add(&sums[i].a, &sums[i].b, &r),
		    sums[i].adds);
		assert_true(r.micro == (sums[i].adds ? sums[i].sum : 77));
		assert_string_equal(r.currency, sums[i].adds ? "EUR" : "CHF");
		r = (struct till_money){ 77, "CHF" };
		assert_int_equal(till_money_sub(&sums[i].a, &sums[i].b, &r),
		    sums[i].subtracts);
		assert_true(
		    r.micro == (sums[i].subtracts ? sums[i].difference : 77));
	}
}

static void
a_product_fits_or_there_is_none(void **state)
{
	static const struct {
		int64_t micro;
		uint32_t n;
		bool fits;
		int64_t product;
	} rows[] = {
		{ 1500000, 3, true, 4500000 },
		{ 1500000, 0, true, 0 },
		{ -7, 3, true, -21 },
		{ LIMIT, 9, true, 9 * LIMIT },
		{ LIMIT, 10, false, 0 },
		{ INT64_MAX, 1, true, INT64_MAX },
		{ INT64_MAX, 2, false, 0 },
		{ INT64_MIN, 1, true, INT64_MIN },
		{ INT64_MIN, 2, false, 0 },
		{ INT64_MAX, UINT32_MAX, false, 0 },
		{ 2147483648, UINT32_MAX, true, 9223372034707292160 },
	};
	struct till_money a = { 0, "EUR" }, r;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		a.micro = rows[i].micro;
		r = (struct till_money){ 77, "CHF" };
		assert_int_equal(till_money_times(&a, rows[i].n, &r),
		    rows[i].fits);
		assert_true(r.micro == (rows[i].fits ? rows[i].product : 77));
	}
}

static void
amounts_compare_within_one_currency_only(void **state)
{
	const struct till_money five = { 5, "EUR" }, six = { 6, "EUR" };
	const struct till_money dollars = { 6, "USD" };

	(void)state;
	assert_true(till_money_at_most(&five, &six));
	assert_true(till_money_at_most(&five, &five));
	assert_false(till_money_at_most(&six, &five));
	assert_false(till_money_at_most(&five, &dollars));
	assert_false(till_money_at_most(&dollars, &six));
	assert_true(till_money_same_currency(&five, &six));
	assert_false(till_money_same_currency(&six, &dollars));
}

static void
a_bank_takes_whole_minor_units_only(void **state)
{
	static const struct {
		struct till_money money;
		bool minor;
	} rows[] = {
		{ { 10000, "EUR" }, true },
		{ { 5000, "EUR" }, false },
		{ { 0, "EUR" }, true },
		{ { 1000000, "JPY" }, true },
		{ { 500000, "JPY" }, false },
		{ { 1000, "BHD" }, true },
		{ { 100, "BHD" }, false },
		{ { 100, "CLF" }, true },
		{ { 10000, "XAU" }, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_int_equal(till_money_is_minor(&rows[i].money),
		    rows[i].minor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_amount_is_read_and_printed_exactly),
		cmocka_unit_test(what_is_printed_is_read_back),
		cmocka_unit_test(what_is_no_amount_is_refused_and_says_why),
		cmocka_unit_test(an_amount_may_bear_its_currency),
		cmocka_unit_test(a_ledger_prints_debts_too),
		cmocka_unit_test(
		    amounts_add_and_subtract_exactly_or_not_at_all),
		cmocka_unit_test(a_product_fits_or_there_is_none),
		cmocka_unit_test(amounts_compare_within_one_currency_only),
		cmocka_unit_test(a_bank_takes_whole_minor_units_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

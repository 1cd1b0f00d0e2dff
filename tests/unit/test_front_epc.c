/*
 * test_front_epc.c - the text that a bank's app reads, the picture of it, and
 * the amount that a customer types.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/account_priv.h"
#include "front/epc.h"
#include "front/qr.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const struct epc usual = { .bic = "",
	.name = "Harbour Pay",
	.iban = "FR1420041010050500013M02606",
	.reference = "RF07CALICE" };

static void
a_transfer_is_ten_lines(void **state)
{
	struct epc epc = usual;
	char text[EPC_MAX];

	(void)state;
	assert_int_equal(epc_make(&epc, text), 0);
	assert_string_equal(text,
	    "BCD\n002\n1\nSCT\n\nHarbour Pay\nFR1420041010050500013M02606\n"
	    "\n\nRF07CALICE");
	epc.bic = "AGRIFRPP";
	epc.cents = 1230;
	assert_int_equal(epc_make(&epc, text), 0);
	assert_string_equal(text,
	    "BCD\n002\n1\nSCT\nAGRIFRPP\nHarbour Pay\n"
	    "FR1420041010050500013M02606\nEUR12.30\n\nRF07CALICE");
	epc.cents = 1;
	assert_int_equal(epc_make(&epc, text), 0);
	assert_non_null(strstr(text, "\nEUR0.01\n"));
	epc.cents = EPC_CENTS_MAX;
	assert_int_equal(epc_make(&epc, text), 0);
	assert_non_null(strstr(text, "\nEUR999999999.99\n"));
}

/* The longest of everything: seventy characters of two octets each. */
static void
the_longest_one_fits(void **state)
{
	char name[2 * EPC_NAME_MAX + 3] = "", text[EPC_MAX];
	struct text svg = { 0 };
	struct epc epc = { .bic = "AGRIFRPP882",
		.name = name,
		.iban = "LC55HEMM000100010012001200023015",
		.reference = "RF83CABCDEFGHIJ0123456789",
		.cents = EPC_CENTS_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < EPC_NAME_MAX; i++)
		memcpy(name + 2 * i, "\303\251", 3);
	assert_int_equal(epc_make(&epc, text), 0);
	assert_int_equal(qr_svg(&svg, text, "<code>"), 0);
	assert_false(svg.failed);
	assert_non_null(strstr(svg.data, "aria-label=\"&lt;code&gt;\""));
	text_clear(&svg);
	memcpy(name + 2 * i, "x", 2);
	assert_int_equal(epc_make(&epc, text), -1);
}

static void
what_would_be_another_line_is_refused(void **state)
{
	const struct epc wrong[] = {
		{ "", "", usual.iban, usual.reference, 0 },
		{ "", "a\nb", usual.iban, usual.reference, 0 },
		{ "", "a\rb", usual.iban, usual.reference, 0 },
		{ "", "\377", usual.iban, usual.reference, 0 },
		{ "", "a", "", usual.reference, 0 },
		{ "", "a", "FR14\n", usual.reference, 0 },
		{ "", "a", usual.iban, "", 0 },
		{ "", "a", usual.iban, "RF07\nCALICE", 0 },
		{ "AGRI", "a", usual.iban, usual.reference, 0 },
		{ "", "a", usual.iban, usual.reference, -1 },
		{ "", "a", usual.iban, usual.reference, EPC_CENTS_MAX + 1 },
	};
	char text[EPC_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrong); i++)
		assert_int_equal(epc_make(&wrong[i], text), -1);
}

/* More than version 13 holds at level M, by one octet; and nothing. */
static void
a_text_that_does_not_fit_is_no_picture(void **state)
{
	struct text svg = { 0 };
	char text[333];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[332] = '\0';
	assert_int_equal(qr_svg(&svg, text, "x"), -1);
	text[331] = '\0';
	assert_int_equal(qr_svg(&svg, text, "x"), 0);
	assert_non_null(strstr(svg.data, "viewBox=\"0 0 77 77\""));
	text_clear(&svg);
	assert_int_equal(qr_svg(&svg, "", "x"), -1);
	assert_null(svg.data);
}

static void
amounts_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t cents;
	} right[] = { { "", 0 }, { "25", 2500 }, { "25.5", 2550 },
		{ "25,50", 2550 }, { "0.01", 1 }, { "0,10", 10 },
		{ "25.000", 2500 }, { "999999999.99", EPC_CENTS_MAX } };
	static const char *const wrong[] = { "0", "0.00", "0.001", "25.005",
		"-1", "+1", "1e3", "1.2.3", "1,2,3", "1.000,00", " 1", "1 ",
		".5", "5.", "05", "x", "1000000000", "999999999.990000" };
	int64_t cents;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(right); i++) {
		cents = -1;
		assert_int_equal(account_cents(right[i].text, &cents), 0);
		assert_int_equal(cents, right[i].cents);
	}
	for (i = 0; i < LEN(wrong); i++)
		if (account_cents(wrong[i], &cents) != -1)
			fail_msg("'%s' is taken", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transfer_is_ten_lines),
		cmocka_unit_test(the_longest_one_fits),
		cmocka_unit_test(what_would_be_another_line_is_refused),
		cmocka_unit_test(a_text_that_does_not_fit_is_no_picture),
		cmocka_unit_test(amounts_are_read_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

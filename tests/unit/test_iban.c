/*
 * test_iban.c - numbers of accounts and banks: which are right, and what is
 * said of those that are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iban.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Examples of the registry of ISO 13616. */
static void
each_country_has_its_length(void **state)
{
	static const struct {
		const char *text, *iban;
		enum iban_area area;
	} right[] = {
		{ "FR14 2004 1010 0505 0001 3M02 606",
		    "FR1420041010050500013M02606", IBAN_EEA },
		{ "DE89370400440532013000", "DE89370400440532013000",
		    IBAN_EEA },
		{ "BE68 5390 0754 7034", "BE68539007547034", IBAN_EEA },
		{ "NO93 8601 1117 947", "NO9386011117947", IBAN_EEA },
		{ "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
		    "MT84MALT011000012345MTLCAST001S", IBAN_EEA },
		{ "GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819",
		    IBAN_SEPA },
		{ "CH93 0076 2011 6238 5295 7", "CH9300762011623852957",
		    IBAN_SEPA },
		{ "SA03 8000 0000 6080 1016 7519", "SA0380000000608010167519",
		    IBAN_ELSEWHERE },
		{ "BR18 0036 0305 0000 1000 9795 493C 1",
		    "BR1800360305000010009795493C1", IBAN_ELSEWHERE },
		{ "LC55 HEMM 0001 0001 0012 0012 0002 3015",
		    "LC55HEMM000100010012001200023015", IBAN_ELSEWHERE },
	};
	char iban[IBAN_MAX];
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(right); i++) {
		if (iban_read(right[i].text, iban, &err) == -1)
			fail_msg("%s: %s", right[i].text, err.text);
		assert_string_equal(iban, right[i].iban);
		assert_int_equal(iban_area(iban), right[i].area);
	}
	assert_int_equal(iban_area("ZZ"), IBAN_NOWHERE);
}

static void
what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "", "no country" },
		{ "F", "no country" },
		{ "FR", "has 27 characters, this has 2" },
		{ "ZZ1420041010050500013M02606", "'ZZ' is no country" },
		{ "FR1420041010050500013M0260", "this has 26" },
		{ "FR1420041010050500013M026060", "this has 28" },
		{ "FR1420041010050500013M02607", "check digits" },
		{ "FR4120041010050500013M02606", "check digits" },
		{ "FRX420041010050500013M02606", "check digits" },
		{ "fr1420041010050500013m02606", "capital letters" },
		{ "FR14-2004-1010-0505-0001-3M02606", "capital letters" },
		{ "FR14\t20041010050500013M02606", "capital letters" },
		{ "FR1420041010050500013M02606FR1420041010", "at most 34" },
	};
	char iban[IBAN_MAX] = "as before";
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrong); i++) {
		assert_int_equal(iban_read(wrong[i].text, iban, &err), -1);
		if (strstr(err.text, wrong[i].why) == NULL)
			fail_msg("%s: %s", wrong[i].text, err.text);
		assert_string_equal(iban, "as before");
	}
}

/* Any one character that is another one is found. */
static void
a_slip_of_the_pen_is_found(void **state)
{
	static const char right[] = "FR1420041010050500013M02606";
	char text[sizeof(right)], iban[IBAN_MAX];
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 2; i < sizeof(right) - 1; i++) {
		memcpy(text, right, sizeof(right));
		text[i] = text[i] == '7' ? '8' : '7';
		assert_int_equal(iban_read(text, iban, &err), -1);
	}
}

static void
a_bic_has_eight_or_eleven_characters(void **state)
{
	static const char *const right[] = { "AGRIFRPP", "AGRIFRPP882",
		"DEUTDEFF500", "E097AEXX" };
	static const char *const wrong[] = { "", "AGRIFRP", "AGRIFRPP8",
		"AGRIFRPP88", "AGRIFRPP8822", "agrifrpp", "AGRI1RPP",
		"AGRIF1PP", "AGRIFRP-", "AGRI FRPP" };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(right); i++)
		assert_true(bic_ok(right[i]));
	for (i = 0; i < LEN(wrong); i++)
		assert_false(bic_ok(wrong[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_country_has_its_length),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(a_slip_of_the_pen_is_found),
		cmocka_unit_test(a_bic_has_eight_or_eleven_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_identity.c - bank identities as they are typed, kept and shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vault/identity.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	enum identity_kind kind;
	const char *number, *expiry;
	const char *text; /* NULL: refused */
	const char *label; /* or why */
} cases[] = {
	{ IDENTITY_CARD, "4000001234567899", "2912",
	    "card:4000001234567899:2912", "card 400000******7899" },
	{ IDENTITY_CARD, " 4000 0012 3456 7899 ", "", "card:4000001234567899",
	    "card 400000******7899" },
	{ IDENTITY_CARD, "630400001234", "", NULL, "no card number" },
	{ IDENTITY_CARD, "630400001230", "", "card:630400001230",
	    "card ********1230" },
	{ IDENTITY_CARD, "4000001234567890", "", NULL, "no card number" },
	{ IDENTITY_CARD, "4000-0012-3456-7899", "", NULL, "no card number" },
	{ IDENTITY_CARD, "", "", NULL, "no card number" },
	{ IDENTITY_CARD, "4000001234567899", "1229", NULL, "year and month" },
	{ IDENTITY_CARD, "4000001234567899", "12/29", NULL, "year and month" },
	{ IDENTITY_CARD, "4000001234567899", "2900", NULL, "year and month" },
	{ IDENTITY_IBAN, "FR14 2004 1010 0505 0001 3M02 606", "",
	    "iban:FR1420041010050500013M02606",
	    "iban ***********************2606" },
	{ IDENTITY_IBAN, "fr1420041010050500013m02606", "", NULL,
	    "check digits" },
	{ IDENTITY_IBAN, "FR1420041010050500013M02605", "", NULL,
	    "check digits" },
	{ IDENTITY_IBAN, "RF18539007547034", "2912", NULL, "only a card" },
	{ IDENTITY_TOKEN, "tok:9f:8e7d", "", "token:tok:9f:8e7d",
	    "token *******8e7d" },
	{ IDENTITY_TOKEN, "abc", "", "token:abc", "token ***" },
	{ IDENTITY_TOKEN, "a b", "", NULL, "1 to 28" },
	{ IDENTITY_TOKEN, "", "", NULL, "1 to 28" },
	{ IDENTITY_TOKEN, "12345678901234567890123456789", "", NULL,
	    "1 to 28" },
	{ IDENTITY_TOKEN, "1234567890123456789012345678901234567890123", "",
	    NULL, "too long" },
	{ IDENTITY_NONE, "x", "", NULL, "a card, an IBAN or a token" },
};

static void
test_cases(void **state)
{
	char text[IDENTITY_TEXT_MAX], label[IDENTITY_LABEL_MAX];
	struct till_error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		r = identity_make(cases[i].kind, cases[i].number,
		    cases[i].expiry, text, &err);
		if (cases[i].text == NULL) {
			assert_int_equal(r, -1);
			if (strstr(err.text, cases[i].label) == NULL)
				fail_msg("%s: %s", cases[i].number, err.text);
			continue;
		}
		if (r == -1)
			fail_msg("%s: %s", cases[i].number, err.text);
		assert_string_equal(text, cases[i].text);
		identity_label(text, label);
		assert_string_equal(label, cases[i].label);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(identity_kind_from_name("card"), IDENTITY_CARD);
	assert_int_equal(identity_kind_from_name("token"), IDENTITY_TOKEN);
	assert_int_equal(identity_kind_from_name(""), IDENTITY_NONE);
	assert_int_equal(identity_kind_from_name("cards"), IDENTITY_NONE);
	assert_string_equal(identity_kind_name(IDENTITY_IBAN), "iban");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

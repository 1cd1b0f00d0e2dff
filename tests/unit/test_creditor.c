/*
 * test_creditor.c - references by which transfers are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>

#include "check_digit.h"
#include "creditor.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHABET "-0123456789abcdefghijklmnopqrstuvwxyz"
#define SHORT_IDS (37 + 37 * 37 + 37 * 37 * 37)

/* Published ones: of EPC069-12, of ISO 11649's users. */
static void
published_references_come_out_as_they_are(void **state)
{
	static const struct {
		const char *body, *reference;
	} known[] = { { "539007547034", "RF18539007547034" },
		{ "G72UUR", "RF45G72UUR" }, { "2348231", "RF712348231" },
		{ "18K5", "RF6518K5" }, { "C2H5OH", "RF97C2H5OH" } };
	char reference[CREDITOR_MAX];
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(known); i++) {
		assert_int_equal(creditor_seal(known[i].body, reference, &err),
		    0);
		assert_string_equal(reference, known[i].reference);
		assert_true(check_mod97(reference, strlen(reference)));
	}
}

static void
what_is_no_body_has_no_reference(void **state)
{
	static const char *const wrong[] = { "", "a", "A B", "A-B",
		"1234567890123456789012", "\303\211" };
	char reference[CREDITOR_MAX] = "as before";
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrong); i++) {
		assert_int_equal(creditor_seal(wrong[i], reference, &err), -1);
		assert_string_equal(reference, "as before");
	}
	assert_int_equal(creditor_seal("123456789012345678901", reference,
			     &err),
	    0);
}

/* Computed by another program, as creditor.h says. */
static void
an_id_always_has_the_same_one(void **state)
{
	static const struct {
		const char *id, *reference;
	} ids[] = { { "alice", "RF07CALICE" }, { "a", "RF23CA" },
		{ "0", "RF62C0" }, { "00", "RF02C00" },
		{ "abcdefghij0123456789", "RF83CABCDEFGHIJ0123456789" },
		{ "reader-7", "RF52DZNZ5EYPJ" }, { "-", "RF56D1" },
		{ "--", "RF82D12" },
		{ "zzzzzzzzzzzzzzzzzz-", "RF71D1Q9RFBA8TSGFTKQFGT9J" },
		{ "-------------------", "RF21D1OL69280SZGYUQ0F1RJ" },
		{ "zzzzzzzzzzzzzzzzzz-z", "RF31HCU8WSDZH373H973F6PLM" },
		{ "abcdefghi-0123456789", "RF77HONYCI5V8SK9KYTGJC0C9" },
		{ "aaaaaaaaaaaaaaaaaaaaa", "RF91HNI5WVO2IXDTCEQEC66RS" },
		{ "abcdefghij01234567890", "RF88HBPK9YBHE8TI0ZAJ1SAJF" },
		{ "99999999999999999999999999999999",
		    "RF35H9XKNN5SBFPOMN12XO8PQ" } };
	char reference[CREDITOR_MAX];
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(ids); i++) {
		assert_int_equal(creditor_of(ids[i].id, reference, &err), 0);
		assert_string_equal(reference, ids[i].reference);
	}
}

static void
who_is_no_customer_has_none(void **state)
{
	static const char *const wrong[] = { "", "Alice", "a b", "a_b",
		"123456789012345678901234567890123" };
	char reference[CREDITOR_MAX] = "as before";
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrong); i++) {
		assert_int_equal(creditor_of(wrong[i], reference, &err), -1);
		assert_string_equal(reference, "as before");
	}
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Of all ids of up to three characters, and of long ones that differ in the
 * last one: each is right, and none is another's. */
static void
no_two_ids_have_the_same(void **state)
{
	static char references[SHORT_IDS + 3 * 37][CREDITOR_MAX];
	static const char *const long_ids[] = { "zzzzzzzzzzzzzzzzz-",
		"zzzzzzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-" };
	char id[TILL_ID_MAX];
	struct till_error err;
	size_t i, j, n = 0, left;

	(void)state;
	for (i = 1; i <= SHORT_IDS; i++) {
		for (j = 0, left = i; left > 0; left = (left - 1) / 37)
			id[j++] = ALPHABET[(left - 1) % 37];
		id[j] = '\0';
		assert_int_equal(creditor_of(id, references[n++], &err), 0);
	}
	for (i = 0; i < LEN(long_ids); i++)
		for (j = 0; j < 37; j++) {
			(void)snprintf(id, sizeof(id), "%s%c", long_ids[i],
			    ALPHABET[j]);
			assert_int_equal(creditor_of(id, references[n++], &err),
			    0);
		}
	assert_int_equal(n, LEN(references));
	for (i = 0; i < n; i++)
		assert_true(check_mod97(references[i], strlen(references[i])));
	qsort(references, n, sizeof(references[0]), compare);
	for (i = 1; i < n; i++)
		assert_string_not_equal(references[i - 1], references[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_references_come_out_as_they_are),
		cmocka_unit_test(what_is_no_body_has_no_reference),
		cmocka_unit_test(an_id_always_has_the_same_one),
		cmocka_unit_test(who_is_no_customer_has_none),
		cmocka_unit_test(no_two_ids_have_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

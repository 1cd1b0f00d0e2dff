/*
 * test_record.c - the octets of records, whatever they are of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/record.h"

static void
what_does_not_fit_is_not_written(void **state)
{
	unsigned char buf[8];
	struct record_out out;

	(void)state;
	record_write(&out, buf, sizeof(buf), 1);
	record_put_u32(&out, 7);
	assert_false(out.bad);
	record_put_u32(&out, 8);
	assert_true(out.bad);
	record_put_u8(&out, 9);
	assert_int_equal(out.len, 5);
}

static void
numbers_are_little_endian(void **state)
{
	static const unsigned char octets[] = { 1, 0x02, 0x01, 0x06, 0x05, 0x04,
		0x03, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03,
		0x00, 'a', 'b', 'c' };
	unsigned char buf[64];
	struct record_out out;
	struct record_in in;
	char text[4];

	(void)state;
	record_write(&out, buf, sizeof(buf), 1);
	record_put_u16(&out, 0x0102);
	record_put_u32(&out, 0x03040506);
	record_put_i64(&out, -2);
	record_put_text(&out, "abc");
	assert_int_equal(out.len, sizeof(octets));
	assert_memory_equal(buf, octets, sizeof(octets));
	record_read(&in, octets, sizeof(octets), 1);
	assert_int_equal(record_get_u16(&in), 0x0102);
	assert_int_equal(record_get_u32(&in), 0x03040506);
	assert_int_equal(record_get_i64(&in), -2);
	record_get_text(&in, text, sizeof(text));
	assert_string_equal(text, "abc");
	assert_true(record_end(&in));
}

static void
a_text_that_is_too_long_or_has_a_nul_is_refused(void **state)
{
	static const unsigned char nul[] = { 1, 3, 0, 'a', 0, 'c' };
	static const unsigned char fits[] = { 1, 3, 0, 'a', 'b', 'c' };
	struct record_in in;
	char text[4], shorter[3];

	(void)state;
	record_read(&in, fits, sizeof(fits), 1);
	record_get_text(&in, text, sizeof(text));
	assert_true(record_end(&in));
	record_read(&in, fits, sizeof(fits), 1);
	record_get_text(&in, shorter, sizeof(shorter));
	assert_false(record_end(&in));
	assert_string_equal(shorter, "");
	record_read(&in, nul, sizeof(nul), 1);
	record_get_text(&in, text, sizeof(text));
	assert_false(record_end(&in));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_not_written),
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(
		    a_text_that_is_too_long_or_has_a_nul_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

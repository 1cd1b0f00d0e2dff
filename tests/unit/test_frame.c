/*
 * test_frame.c - a frame is read as it was written, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link/frame.h"

static struct frame_writer writer;
static struct frame frame;
static struct till_error err;

static int
setup(void **state)
{
	(void)state;
	return frame_writer_init(&writer, &err);
}

static int
teardown(void **state)
{
	(void)state;
	frame_writer_free(&writer);
	return 0;
}

static void
order_begin(void)
{
	frame_begin(&writer, FRAME_ORDER, 7);
	frame_text(&writer, TAG_TICKET, "a.b.c");
	frame_number(&writer, TAG_ACTION, 2);
}

static int
close_and_parse(void)
{
	if (frame_end(&writer, &err) == -1)
		return -1;
	return frame_parse(writer.data, writer.len, &frame, &err);
}

static void
a_frame_is_read_as_it_was_written(void **state)
{
	const struct frame_field *data;

	(void)state;
	order_begin();
	frame_number(&writer, TAG_WANT_SESSION, 1);
	frame_text(&writer, TAG_REPLY_ID, "password");
	frame_octets(&writer, TAG_REPLY_DATA, "s\0t", 3);
	frame_text(&writer, TAG_REPLY_ID, "code");
	frame_octets(&writer, TAG_REPLY_DATA, "", 0);
	assert_int_equal(close_and_parse(), 0);
	assert_int_equal(frame.kind, FRAME_ORDER);
	assert_int_equal(frame.id, 7);
	assert_string_equal(frame_get_text(&frame, TAG_TICKET), "a.b.c");
	assert_int_equal(frame_get_number(&frame, TAG_ACTION, 0), 2);
	assert_int_equal(frame_get_number(&frame, TAG_WANT_SESSION, 0), 1);
	data = frame_get(&frame, TAG_REPLY_DATA);
	assert_int_equal(data->len, 3);
	assert_memory_equal(data->data, "s\0t", 3);
}

static void
what_is_not_there_is_null_or_the_fallback(void **state)
{
	(void)state;
	order_begin();
	frame_text(&writer, TAG_LANG, NULL);
	assert_int_equal(close_and_parse(), 0);
	assert_null(frame_get_text(&frame, TAG_LANG));
	assert_null(frame_get(&frame, TAG_SESSION));
	assert_int_equal(frame_get_number(&frame, TAG_TXN, 9), 9);
}

static void
numbers_keep_all_their_bits(void **state)
{
	(void)state;
	frame_begin(&writer, FRAME_STATUS, UINT64_MAX);
	frame_number(&writer, TAG_TXN, UINT64_C(0x0123456789abcdef));
	assert_int_equal(close_and_parse(), 0);
	assert_true(frame.id == UINT64_MAX);
	assert_true(frame_get_number(&frame, TAG_TXN, 0) ==
	    UINT64_C(0x0123456789abcdef));
}

static void
the_id_of_a_closed_frame_can_be_changed(void **state)
{
	(void)state;
	order_begin();
	assert_int_equal(frame_end(&writer, &err), 0);
	frame_set_id(&writer, 99);
	assert_int_equal(frame_parse(writer.data, writer.len, &frame, &err), 0);
	assert_int_equal(frame.id, 99);
}

static const struct {
	const char *octets;
	int good;
} texts[] = {
	{ "plain", 1 },
	{ "\xc3\xa9t\xc3\xa9", 1 },
	{ "\xe2\x82\xac", 1 },
	{ "\xf0\x9f\x98\x80", 1 },
	{ "\xf4\x8f\xbf\xbf", 1 },
	{ "\xee\x80\x80", 1 },
	{ "\x80", 0 },
	{ "\xc3", 0 },
	{ "\xc0\x80", 0 }, /* overlong NUL */
	{ "\xc1\xbf", 0 },
	{ "\xe0\x9f\xbf", 0 }, /* overlong */
	{ "\xed\xa0\x80", 0 }, /* surrogate */
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "\xf4\x90\x80\x80", 0 }, /* above U+10FFFF */
	{ "\xf5\x80\x80\x80", 0 },
	{ "\xe2\x82", 0 },
	{ "\xe2\x28\xa1", 0 },
	{ "\xff", 0 },
};

static void
a_text_is_utf8(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		order_begin();
		frame_text(&writer, TAG_LANG, texts[i].octets);
		if ((frame_end(&writer, &err) == 0) != texts[i].good)
			fail_msg("text %zu", i);
	}
}

static void
an_error_stands_for_what_a_reply_lacks(void **state)
{
	(void)state;
	frame_begin(&writer, FRAME_ORDER_REPLY, 1);
	frame_text(&writer, TAG_ERROR, "busy");
	assert_int_equal(close_and_parse(), 0);
	frame_begin(&writer, FRAME_ORDER_REPLY, 1);
	assert_int_equal(close_and_parse(), -1);
}

static void
prompts_may_have_many_choices_each(void **state)
{
	int i, j;

	(void)state;
	frame_begin(&writer, FRAME_ORDER_REPLY, 1);
	frame_number(&writer, TAG_STATUS, 1);
	for (i = 0; i < 8; i++) {
		frame_text(&writer, TAG_PROMPT_ID, "which");
		frame_number(&writer, TAG_PROMPT_KIND, 3);
		for (j = 0; j < 8; j++)
			frame_text(&writer, TAG_PROMPT_CHOICE, "this");
	}
	assert_int_equal(close_and_parse(), 0);
	assert_int_equal(frame.fields_len, 1 + 8 * 10);
}

static void
more_than_a_frame_holds_is_refused_until_the_next_begin(void **state)
{
	static char big[40000];

	(void)state;
	order_begin();
	frame_text(&writer, TAG_REPLY_ID, "voice");
	frame_octets(&writer, TAG_REPLY_DATA, big, sizeof(big));
	frame_text(&writer, TAG_REPLY_ID, "again");
	frame_octets(&writer, TAG_REPLY_DATA, big, sizeof(big));
	frame_text(&writer, TAG_REPLY_ID, "x");
	assert_int_equal(frame_end(&writer, &err), -1);
	order_begin();
	assert_int_equal(close_and_parse(), 0);
}

static void
a_cut_or_lengthened_frame_is_refused(void **state)
{
	unsigned char *copy;
	size_t len, order_len;

	(void)state;
	order_begin();
	order_len = writer.len; /* cut here it is an order, too */
	frame_text(&writer, TAG_REPLY_ID, "password");
	frame_octets(&writer, TAG_REPLY_DATA, "secret", 6);
	assert_int_equal(frame_end(&writer, &err), 0);
	/* Each length in a block of its own, so that a read beyond it is
	 * seen by the address sanitizer. */
	for (len = 1; len <= writer.len + 1; len++) {
		copy = malloc(len);
		assert_non_null(copy);
		memset(copy, 0, len);
		memcpy(copy, writer.data, len < writer.len ? len : writer.len);
		assert_int_equal(frame_parse(copy, len, &frame, &err),
		    len == writer.len ? 0 : -1);
		/* And with a length that says so. */
		if (len >= 4) {
			copy[0] = copy[1] = 0;
			copy[2] = (unsigned char)((len - 4) >> 8);
			copy[3] = (unsigned char)((len - 4) & 0xff);
			assert_int_equal(frame_parse(copy, len, &frame, &err),
			    len == writer.len || len == order_len ? 0 : -1);
		}
		free(copy);
	}
	assert_int_equal(frame_parse(writer.data, 0, &frame, &err), -1);
}

static void
no_octet_can_change_without_bounds_holding(void **state)
{
	unsigned char *copy;
	size_t i, j;
	int value;

	(void)state;
	order_begin();
	frame_text(&writer, TAG_REPLY_ID, "password");
	frame_octets(&writer, TAG_REPLY_DATA, "secret", 6);
	assert_int_equal(frame_end(&writer, &err), 0);
	copy = malloc(writer.len);
	assert_non_null(copy);
	for (i = 0; i < writer.len; i++) {
		for (value = 0; value < 256; value++) {
			memcpy(copy, writer.data, writer.len);
			copy[i] = (unsigned char)value;
			if (frame_parse(copy, writer.len, &frame, &err) == -1)
				continue;
			for (j = 0; j < frame.fields_len; j++)
				assert_true(frame.fields[j].data >= copy &&
				    frame.fields[j].data +
					    frame.fields[j].len <=
					copy + writer.len);
		}
	}
	free(copy);
}

static void
too_many_fields_are_refused(void **state)
{
	static unsigned char many[14 + 6 * (FRAME_FIELDS_MAX + 1)];
	size_t i;

	(void)state;
	memset(many, 0, sizeof(many));
	many[2] = (unsigned char)((sizeof(many) - 4) >> 8);
	many[3] = (unsigned char)((sizeof(many) - 4) & 0xff);
	many[5] = FRAME_CTL;
	for (i = 14; i < sizeof(many); i += 6)
		many[i + 1] = TAG_SECRET;
	assert_int_equal(frame_parse(many, sizeof(many), &frame, &err), -1);
	assert_non_null(strstr(err.text, "more than"));
}

static void
kinds_and_tags_have_names(void **state)
{
	(void)state;
	assert_string_equal(frame_kind_name(FRAME_CTL_REPLY), "ctl-reply");
	assert_string_equal(frame_kind_name((enum frame_kind)40), "unknown");
	assert_string_equal(frame_tag_name(TAG_REPLY_DATA), "reply-data");
	assert_string_equal(frame_tag_name(TAG_END), "unknown");
}

static void
every_tag_has_a_meaning(void **state)
{
	unsigned int tag;

	(void)state;
	for (tag = TAG_NONE + 1; tag < TAG_END; tag++)
		assert_string_not_equal(frame_tag_name((enum frame_tag)tag),
		    "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_read_as_it_was_written),
		cmocka_unit_test(what_is_not_there_is_null_or_the_fallback),
		cmocka_unit_test(numbers_keep_all_their_bits),
		cmocka_unit_test(the_id_of_a_closed_frame_can_be_changed),
		cmocka_unit_test(a_text_is_utf8),
		cmocka_unit_test(an_error_stands_for_what_a_reply_lacks),
		cmocka_unit_test(prompts_may_have_many_choices_each),
		cmocka_unit_test(
		    more_than_a_frame_holds_is_refused_until_the_next_begin),
		cmocka_unit_test(a_cut_or_lengthened_frame_is_refused),
		cmocka_unit_test(no_octet_can_change_without_bounds_holding),
		cmocka_unit_test(too_many_fields_are_refused),
		cmocka_unit_test(kinds_and_tags_have_names),
		cmocka_unit_test(every_tag_has_a_meaning),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

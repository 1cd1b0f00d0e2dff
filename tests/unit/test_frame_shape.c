/*
 * test_frame_shape.c - a frame that has not the shape of its kind cannot
 * be closed, nor read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "link/frame.h"

static struct frame_writer writer;
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

/* Frames that their shape refuses, each by what is written into it. */
static void
without_ticket_action(void)
{
	frame_begin(&writer, FRAME_ORDER, 1);
	frame_text(&writer, TAG_TICKET, "a.b.c");
}

static void
with_ticket_twice(void)
{
	order_begin();
	frame_text(&writer, TAG_TICKET, "a.b.c");
}

static void
with_foreign_field(void)
{
	order_begin();
	frame_text(&writer, TAG_VOUCHER, "v");
}

static void
with_data_without_id(void)
{
	order_begin();
	frame_octets(&writer, TAG_REPLY_DATA, "x", 1);
}

static void
with_id_without_data(void)
{
	order_begin();
	frame_text(&writer, TAG_REPLY_ID, "password");
}

static void
with_id_without_data_in_between(void)
{
	order_begin();
	frame_text(&writer, TAG_REPLY_ID, "password");
	frame_text(&writer, TAG_REPLY_ID, "code");
	frame_octets(&writer, TAG_REPLY_DATA, "x", 1);
}

static void
with_two_data_of_one_id(void)
{
	order_begin();
	frame_text(&writer, TAG_REPLY_ID, "password");
	frame_octets(&writer, TAG_REPLY_DATA, "x", 1);
	frame_octets(&writer, TAG_REPLY_DATA, "y", 1);
}

static void
with_data_away_from_its_id(void)
{
	order_begin();
	frame_text(&writer, TAG_REPLY_ID, "password");
	frame_text(&writer, TAG_LANG, "en");
	frame_octets(&writer, TAG_REPLY_DATA, "x", 1);
}

static void
with_too_many_replies(void)
{
	int i;

	order_begin();
	for (i = 0; i <= FRAME_REPLIES_MAX; i++) {
		frame_text(&writer, TAG_REPLY_ID, "password");
		frame_octets(&writer, TAG_REPLY_DATA, "x", 1);
	}
}

static void
with_flag_of_two(void)
{
	order_begin();
	frame_number(&writer, TAG_WANT_SESSION, 2);
}

static void
with_flag_of_many(void)
{
	order_begin();
	frame_number(&writer, TAG_WANT_SESSION, 256);
}

static void
with_short_number(void)
{
	frame_begin(&writer, FRAME_STATUS, 1);
	frame_octets(&writer, TAG_TXN, "1234567", 7);
}

static void
with_text_without_end(void)
{
	order_begin();
	frame_octets(&writer, TAG_LANG, "en", 2);
}

static void
with_empty_text(void)
{
	order_begin();
	frame_octets(&writer, TAG_LANG, "", 0);
}

static void
with_nul_inside(void)
{
	order_begin();
	frame_octets(&writer, TAG_LANG, "e\0n", 4);
}

static void
with_error_in_a_request(void)
{
	order_begin();
	frame_text(&writer, TAG_ERROR, "no");
}

static void
with_unknown_kind(void)
{
	frame_begin(&writer, (enum frame_kind)3, 1);
}

static void
with_kind_beyond_all(void)
{
	frame_begin(&writer, (enum frame_kind)65535, 1);
}

static void
with_kind_none(void)
{
	frame_begin(&writer, FRAME_NONE, 1);
}

static void
with_notice_of_an_id(void)
{
	frame_begin(&writer, FRAME_NOTICE, 1);
	frame_text(&writer, TAG_ISSUER, "https://pay.example");
	frame_text(&writer, TAG_JWKS, "{}");
	frame_text(&writer, TAG_WELL_KNOWN, "{}");
}

static void
with_command_missing(void)
{
	frame_begin(&writer, FRAME_CTL, 1);
	frame_text(&writer, TAG_ARGS, "{}");
}

static void
with_tag_beyond_all(void)
{
	order_begin();
	frame_text(&writer, (enum frame_tag)60000, "x");
}

static void
with_tag_none(void)
{
	order_begin();
	frame_text(&writer, TAG_NONE, "x");
}

static void
with_long_text(void)
{
	char lang[300];

	memset(lang, 'e', sizeof(lang));
	lang[sizeof(lang) - 1] = '\0';
	order_begin();
	frame_text(&writer, TAG_LANG, lang);
}

static const struct refused {
	const char *says;
	void (*write)(void);
} refused[] = {
	{ "needs action", without_ticket_action },
	{ "too often", with_ticket_twice },
	{ "not one of", with_foreign_field },
	{ "does not follow", with_data_without_id },
	{ "needs reply-data", with_id_without_data },
	{ "needs reply-data", with_id_without_data_in_between },
	{ "too often", with_two_data_of_one_id },
	{ "needs reply-data", with_data_away_from_its_id },
	{ "too often", with_too_many_replies },
	{ "no flag", with_flag_of_two },
	{ "no flag", with_flag_of_many },
	{ "no number", with_short_number },
	{ "no end", with_text_without_end },
	{ "no end", with_empty_text },
	{ "UTF-8", with_nul_inside },
	{ "not one of", with_error_in_a_request },
	{ "unknown kind", with_unknown_kind },
	{ "unknown kind", with_kind_beyond_all },
	{ "unknown kind", with_kind_none },
	{ "no request id", with_notice_of_an_id },
	{ "needs command", with_command_missing },
	{ "not one of", with_tag_beyond_all },
	{ "not one of", with_tag_none },
	{ "too long", with_long_text },
};

static void
a_frame_of_another_shape_is_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		refused[i].write();
		err.text[0] = '\0';
		if (frame_end(&writer, &err) == 0 ||
		    strstr(err.text, refused[i].says) == NULL)
			fail_msg("row %zu: '%s' instead of '%s'", i, err.text,
			    refused[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_of_another_shape_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

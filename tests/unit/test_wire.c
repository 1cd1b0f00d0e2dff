/*
 * test_wire.c - what goes into a message comes out of it, and nothing is
 * read that is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/message.h"

#define SIZE 4096

static unsigned char buf[SIZE];
static struct wire_writer writer;
static struct wire_reader reader;

static void
back(void)
{
	assert_false(writer.failed);
	wire_read(&reader, buf, writer.len);
}

static const char *const words[] = { "one", "two", NULL };

static const struct till_order order = {
	.size = sizeof(order),
	.auth_level = 2,
	.ticket = "hash",
	.merchant = "press-1",
	.merchant_name = "Example Press",
	.merchant_origin = "https://press.example",
	.merchant_country = "FR",
	.customer = "alice",
	.jti = "j",
	.oid = "o",
	.desc = "an article \xe2\x80\x9c!\xe2\x80\x9d",
	.kind = "single",
	.channel = "api",
	.lang = "fr",
	.amount = { -1, "EUR" },
	.issued_s = 5,
	.expires_s = INT64_MAX,
};

static const struct till_prompt prompt = {
	.size = sizeof(prompt),
	.kind = TILL_ASK_CHOICE,
	.id = "which",
	.label = NULL,
	.text = "",
	.min_len = 1,
	.max_len = 9,
	.ttl_ms = 7,
	.challenge = { (const unsigned char *)"\0\1", 2 },
	.format = "es256",
	.choices = words,
	.data = "{}",
};

static const struct till_setting setting = {
	.name = "word",
	.type = TILL_SET_ENUM,
	.flags = TILL_SETTING_REQUIRED,
	.offset = 8,
	.initial = "one",
	.low = INT64_MIN,
	.high = 3,
	.names = words,
	.help = "which",
};

static void
put_all(unsigned int which)
{
	struct till_settlement settlement = { .verb = TILL_REVERSE,
		.key = { 1 },
		.digest = { 2 },
		.attempt = 3,
		.deadline_ms = 4,
		.amount = { 5, "EUR" },
		.payer = "alice",
		.payee = "press-1",
		.payer_bank = { (const unsigned char *)"bank", 4 },
		.original = "ref",
		.reason = "refund" };
	struct till_outcome outcome = { .reference = "r",
		.code = "c",
		.text = "t",
		.moved = { 9, "EUR" },
		.value_date_s = 1,
		.retry_after_ms = 2,
		.postings_len = 2,
		.postings = { { "fees", 1, TILL_ALWAYS, 0 },
		    { "till:x", -1, TILL_IF_WITHIN, 7 } } };
	const struct till_event event = { .attempt = 1,
		.type = "voucher.issued",
		.id = "i",
		.merchant = "m",
		.json = "{}",
		.sequence = UINT64_MAX,
		.time_ms = 3,
		.token = "t",
		.endpoint = "" };
	const struct till_limit limit = { .name = "day",
		.scope = TILL_SCOPE_MERCHANT,
		.window = TILL_WINDOW_DAY,
		.max_micro = -1,
		.max_count = 4 };
	const struct till_failures failures = { .count = 3,
		.first_ms = 1,
		.last_ms = 2 };

	wire_begin(&writer, buf, sizeof(buf));
	switch (which) {
	case 0:
		message_put_order(&writer, &order);
		break;
	case 1:
		message_put_settlement(&writer, &settlement);
		break;
	case 2:
		message_put_outcome(&writer, &outcome);
		break;
	case 3:
		message_put_event(&writer, &event);
		break;
	case 4:
		message_put_limit(&writer, &limit);
		break;
	case 5:
		message_put_failures(&writer, &failures);
		break;
	case 6:
		message_put_prompt(&writer, &prompt);
		break;
	default:
		message_put_setting(&writer, &setting);
		break;
	}
}

#define KINDS 8

static union {
	struct till_order order;
	struct till_settlement settlement;
	struct till_outcome outcome;
	struct till_event event;
	struct till_limit limit;
	struct till_failures failures;
	struct till_prompt prompt;
	struct till_setting setting;
} got;
static const char *got_words[MESSAGE_WORDS_MAX + 1];

static void
get_all(unsigned int which)
{
	switch (which) {
	case 0:
		message_get_order(&reader, &got.order);
		break;
	case 1:
		message_get_settlement(&reader, &got.settlement);
		break;
	case 2:
		message_get_outcome(&reader, &got.outcome);
		break;
	case 3:
		message_get_event(&reader, &got.event);
		break;
	case 4:
		message_get_limit(&reader, &got.limit);
		break;
	case 5:
		message_get_failures(&reader, &got.failures);
		break;
	case 6:
		message_get_prompt(&reader, &got.prompt, got_words);
		break;
	default:
		message_get_setting(&reader, &got.setting, got_words);
		break;
	}
}

static void
members_come_back(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		put_all(i);
		back();
		get_all(i);
		assert_true(wire_done(&reader));
		switch (i) {
		case 0:
			assert_string_equal(got.order.desc, order.desc);
			assert_string_equal(got.order.lang, "fr");
			assert_int_equal(got.order.amount.micro, -1);
			assert_int_equal(got.order.expires_s, INT64_MAX);
			break;
		case 1:
			assert_int_equal(got.settlement.verb, TILL_REVERSE);
			assert_int_equal(got.settlement.key[0], 1);
			assert_int_equal(got.settlement.payer_bank.len, 4);
			assert_int_equal(got.settlement.payee_bank.len, 0);
			assert_string_equal(got.settlement.reason, "refund");
			break;
		case 2:
			assert_string_equal(got.outcome.reference, "r");
			assert_int_equal(got.outcome.postings_len, 2);
			assert_string_equal(got.outcome.postings[1].account,
			    "till:x");
			assert_int_equal(got.outcome.postings[1].limit_micro,
			    7);
			break;
		case 3:
			assert_int_equal(got.event.sequence, UINT64_MAX);
			assert_string_equal(got.event.token, "t");
			assert_string_equal(got.event.endpoint, "");
			break;
		case 4:
			assert_int_equal(got.limit.max_count, 4);
			break;
		case 5:
			assert_int_equal(got.failures.last_ms, 2);
			break;
		case 6:
			assert_null(got.prompt.label);
			assert_string_equal(got.prompt.text, "");
			assert_int_equal(got.prompt.challenge.data[1], 1);
			assert_string_equal(got.prompt.choices[1], "two");
			assert_null(got.prompt.choices[2]);
			break;
		default:
			assert_int_equal(got.setting.offset, 8);
			assert_int_equal(got.setting.low, INT64_MIN);
			assert_string_equal(got.setting.names[0], "one");
			break;
		}
	}
}

/* Copies as large as what is said to be there: sanitizers see more. */
static void
a_cut_message_is_broken(void **state)
{
	unsigned char *copy;
	unsigned int i;
	size_t len, full;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		put_all(i);
		full = writer.len;
		for (len = 0; len < full; len++) {
			copy = malloc(len + 1);
			assert_non_null(copy);
			memcpy(copy, buf, len);
			wire_read(&reader, copy, len);
			get_all(i);
			assert_false(wire_done(&reader));
			free(copy);
		}
	}
}

static void
changed_octets_are_survived(void **state)
{
	unsigned char *copy;
	unsigned int i, value;
	size_t at, full;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		put_all(i);
		full = writer.len;
		copy = malloc(full);
		assert_non_null(copy);
		for (at = 0; at < full; at++)
			for (value = 0; value < 256; value += 51) {
				memcpy(copy, buf, full);
				copy[at] = (unsigned char)value;
				wire_read(&reader, copy, full);
				get_all(i);
				if (i == 2 && wire_done(&reader))
					assert_non_null(memchr(got.outcome.text,
					    '\0', sizeof(got.outcome.text)));
			}
		free(copy);
	}
}

static void
a_shorter_struct_leaves_zeroes(void **state)
{
	struct wire_reader in;
	size_t begin;

	(void)state;
	wire_begin(&writer, buf, sizeof(buf));
	begin = wire_struct_begin(&writer);
	wire_put_u32(&writer, 7);
	wire_struct_end(&writer, begin);
	wire_put_u32(&writer, 8);
	back();
	wire_enter(&reader, &in);
	assert_int_equal(wire_get_u32(&in), 7);
	assert_int_equal(wire_get_i64(&in), 0);
	assert_null(wire_get_text(&in));
	wire_leave(&reader, &in);
	assert_int_equal(wire_get_u32(&reader), 8);
	assert_true(wire_done(&reader));
}

static void
a_longer_struct_is_passed_over(void **state)
{
	struct wire_reader in;
	size_t begin;

	(void)state;
	wire_begin(&writer, buf, sizeof(buf));
	begin = wire_struct_begin(&writer);
	wire_put_u32(&writer, 7);
	wire_put_text(&writer, "of a later version");
	wire_struct_end(&writer, begin);
	wire_put_u32(&writer, 8);
	back();
	wire_enter(&reader, &in);
	assert_int_equal(wire_get_u32(&in), 7);
	wire_leave(&reader, &in);
	assert_int_equal(wire_get_u32(&reader), 8);
	assert_true(wire_done(&reader));
}

static void
texts_are_whole(void **state)
{
	char small[4];

	(void)state;
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_bytes(&writer, "a\0b", 4);
	back();
	assert_null(wire_get_text(&reader));
	assert_true(reader.failed);
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_bytes(&writer, "ab", 2);
	back();
	assert_null(wire_get_text(&reader));
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_text(&writer, "four");
	back();
	wire_get_array(&reader, small, sizeof(small));
	assert_false(wire_done(&reader));
	/* An array without its NUL loses its last octet. */
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_array(&writer, "xxxx", 4);
	back();
	wire_get_array(&reader, small, sizeof(small));
	assert_true(wire_done(&reader));
	assert_string_equal(small, "xxx");
}

static void
what_does_not_fit_is_not_sent(void **state)
{
	const char *many[MESSAGE_CHOICES_MAX + 2];
	struct till_prompt crowded = prompt;
	size_t i;

	(void)state;
	wire_begin(&writer, buf, 10);
	wire_put_text(&writer, "longer than that");
	assert_true(writer.failed);
	assert_true(writer.len <= 10);
	for (i = 0; i <= MESSAGE_CHOICES_MAX; i++)
		many[i] = "x";
	many[i] = NULL;
	crowded.choices = many;
	wire_begin(&writer, buf, sizeof(buf));
	message_put_prompt(&writer, &crowded);
	assert_true(writer.failed);
}

static void
too_many_postings_are_counted_only(void **state)
{
	struct till_outcome outcome = { .postings_len = 99 };

	(void)state;
	wire_begin(&writer, buf, sizeof(buf));
	message_put_outcome(&writer, &outcome);
	back();
	message_get_outcome(&reader, &got.outcome);
	assert_true(wire_done(&reader));
	assert_int_equal(got.outcome.postings_len, 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_back),
		cmocka_unit_test(a_cut_message_is_broken),
		cmocka_unit_test(changed_octets_are_survived),
		cmocka_unit_test(a_shorter_struct_leaves_zeroes),
		cmocka_unit_test(a_longer_struct_is_passed_over),
		cmocka_unit_test(texts_are_whole),
		cmocka_unit_test(what_does_not_fit_is_not_sent),
		cmocka_unit_test(too_many_postings_are_counted_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

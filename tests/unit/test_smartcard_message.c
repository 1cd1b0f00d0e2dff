/*
 * test_smartcard_message.c - what a card signs is what doc/protocol.md
 * says, octet by octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>

#include "auth_smartcard/message.h"
#include "sha256.h"

static const struct till_order order = {
	.size = sizeof(order),
	.ticket = "iUAJR0zJG6u8zJ8lCkLzLJNhbGB7Q6m1o2Y7Y0CDGbE",
	.merchant = "press",
	.kind = "single",
	.merchant_name = "Example Press",
	.customer = "alice",
	.amount = { 50000, "EUR" },
};

static const struct till_order sign_in = {
	.size = sizeof(sign_in),
	.ticket = "iUAJR0zJG6u8zJ8lCkLzLJNhbGB7Q6m1o2Y7Y0CDGbE",
	.merchant = "",
	.kind = "identity",
	.merchant_name = "https://pay.example",
	.customer = "alice",
};

static unsigned char nonce[MESSAGE_NONCE];

/* Of the example there. */
static void
test_example(void **state)
{
	static const char want[] = "7fc8d7511a314b6d1c1d9e2c87667f37"
				   "64962105933396726e12b39e8b2b9073";
	unsigned char digest[SHA256_SIZE];
	char text[MESSAGE_MAX], hex[2 * SHA256_SIZE + 1];
	size_t i;

	(void)state;
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &order, text),
	    119);
	assert_int_equal(sha256(text, 119, digest), 0);
	for (i = 0; i < sizeof(digest); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, want);
}

static void
test_amounts(void **state)
{
	static const struct {
		int64_t micro;
		const char *text;
	} cases[] = {
		{ 0, "0.000000" },
		{ 1, "0.000001" },
		{ 500, "0.000500" },
		{ 12000000, "12.000000" },
		{ TILL_MICRO_LIMIT, "1000000000000.000000" },
	};
	struct till_order other = order;
	char text[MESSAGE_MAX];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		other.amount.micro = cases[i].micro;
		len = message_make(MESSAGE_FORMAT, nonce, &other, text);
		assert_true(len > 0);
		/* The field before the last. */
		assert_string_equal(text + len - 4 - strlen(cases[i].text) - 1,
		    cases[i].text);
	}
}

static void
test_what_cannot_be_signed(void **state)
{
	struct till_order other = order;
	char text[MESSAGE_MAX];

	(void)state;
	other.amount.micro = -1;
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &other, text), 0);
	other.amount.micro = TILL_MICRO_LIMIT + 1;
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &other, text), 0);
	other = order;
	other.ticket = "";
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &other, text), 0);
	other = order;
	other.merchant = "012345678901234567890123456789012";
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &other, text), 0);
	other = order;
	other.amount.currency[2] = '\0';
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &other, text), 0);
	other.amount.currency[0] = '\0';
	assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &other, text), 0);
}

/* Who only shows a merchant who he is pays nothing, in no currency. */
static void
test_what_is_not_paid(void **state)
{
	struct till_order other = order;
	char text[MESSAGE_MAX];
	size_t len;

	(void)state;
	other.kind = "identity";
	other.amount = (struct till_money){ 0, "" };
	assert_string_equal(message_format(&other), MESSAGE_FORMAT);
	len = message_make(MESSAGE_FORMAT, nonce, &other, text);
	assert_true(len > 11);
	assert_memory_equal(text + len - 11, "\0000.000000\0", 11);
}

static void
test_a_sign_in_has_a_form_of_its_own(void **state)
{
	static const char want[] =
	    "till-card-sign-in-1\0"
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\0"
	    "https://pay.example\0"
	    "alice"; /* and its own NUL */
	struct till_order other = sign_in;
	char text[MESSAGE_MAX];

	(void)state;
	assert_string_equal(message_format(&order), "till-card-1");
	assert_string_equal(message_format(&sign_in), "till-card-sign-in-1");
	assert_int_equal(message_make(message_format(&sign_in), nonce, &sign_in,
			     text),
	    sizeof(want));
	assert_memory_equal(text, want, sizeof(want));
	/* Who is asked for no money by a merchant signs the merchant's. */
	other.merchant = "press";
	memcpy(other.amount.currency, "EUR", 4);
	assert_string_equal(message_format(&other), "till-card-1");
	assert_true(
	    message_make(message_format(&other), nonce, &other, text) > 0);
	assert_string_equal(text, "till-card-1");
}

static void
test_what_is_no_sign_in(void **state)
{
	struct till_order other = sign_in;
	char text[MESSAGE_MAX];
	char url[TILL_URL_MAX + 1];

	(void)state;
	other.customer = "";
	assert_int_equal(message_make(message_format(&other), nonce, &other,
			     text),
	    0);
	other = sign_in;
	other.merchant_name = "";
	assert_int_equal(message_make(message_format(&other), nonce, &other,
			     text),
	    0);
	memset(url, 'u', sizeof(url));
	url[TILL_URL_MAX] = '\0';
	other.merchant_name = url;
	assert_int_equal(message_make(message_format(&other), nonce, &other,
			     text),
	    0);
	url[TILL_URL_MAX - 1] = '\0';
	other.customer = "01234567890123456789012345678901";
	assert_true(
	    message_make(message_format(&other), nonce, &other, text) > 0);
	/* What has something to pay is none. */
	other = sign_in;
	other.kind = "single";
	assert_int_equal(message_make(message_format(&other), nonce, &other,
			     text),
	    0);
}

static int
fill_nonce(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (unsigned char)i;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_a_sign_in_has_a_form_of_its_own),
		cmocka_unit_test(test_what_is_no_sign_in),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_what_cannot_be_signed),
		cmocka_unit_test(test_what_is_not_paid),
	};

	return cmocka_run_group_tests(tests, fill_nonce, NULL);
}

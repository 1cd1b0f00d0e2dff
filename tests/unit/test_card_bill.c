/*
 * test_card_bill.c - the ticket that a customer gives to till-card, and the
 * text that his card signs for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth_smartcard/message.h"
#include "base64url.h"
#include "support/token.h"
#include "till-card/bill.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define GIVEN_MAX 16384

static char *token; /* a ticket */
static char th[TILL_TH_MAX];
static struct till_error err;

static int
setup(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct till_ticket ticket = test_ticket();
	int r;

	(void)state;
	r = till_ticket_sign(&ticket, key, &token, &err);
	memcpy(th, ticket.th, sizeof(th));
	till_key_free(key);
	return r;
}

static int
teardown(void **state)
{
	(void)state;
	free(token);
	return 0;
}

/* What is on standard input; len 0: all of the text. */
static int
read_in(const char *text, size_t len, struct bill **bill_r)
{
	FILE *in = tmpfile();
	int r;

	assert_non_null(in);
	len = len == 0 ? strlen(text) : len;
	assert_int_equal(fwrite(text, 1, len, in), len);
	rewind(in);
	r = bill_read("-", in, bill_r, &err);
	(void)fclose(in);
	return r;
}

static void
is_the_ticket(struct bill *bill)
{
	assert_string_equal(bill->token, token);
	assert_string_equal(bill->ticket->iss, TEST_MERCHANT);
	assert_string_equal(bill->ticket->aud, TEST_ISSUER);
	assert_string_equal(bill->ticket->th, th);
	assert_int_equal(bill->ticket->amount.micro, 50000);
	bill_free(bill);
}

static void
a_ticket_is_read_however_it_is_given(void **state)
{
	static const char *const forms[] = { "%s", "%s\n", " \t\r\n%s\r\n\n",
		TEST_ISSUER "/pay?t=%s", "  " TEST_ISSUER "/pay?t=%s \n" };
	char given[GIVEN_MAX];
	struct bill *bill;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(forms); i++) {
		const char *rest = strstr(forms[i], "%s") + 2;

		(void)snprintf(given, sizeof(given), "%.*s%s%s",
		    (int)(rest - 2 - forms[i]), forms[i], token, rest);
		if (bill_read(given, NULL, &bill, &err) == -1)
			fail_msg("'%s': %s", forms[i], err.text);
		is_the_ticket(bill);
		assert_int_equal(read_in(given, 0, &bill), 0);
		is_the_ticket(bill);
	}
	bill_free(NULL);
}

static void
refused(const char *given, const char *why)
{
	struct bill *bill = NULL;

	assert_int_equal(bill_read(given, NULL, &bill, &err), -1);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s', not '%s'", err.text, why);
	assert_null(bill);
}

static void
what_is_no_ticket_is_not_read(void **state)
{
	char given[GIVEN_MAX];
	struct bill *bill = NULL;

	(void)state;
	refused("", "no ticket");
	refused(" \n", "no ticket");
	refused("nothing", "no ticket");
	refused("a.b.c", "no ticket");
	refused("..", "no ticket");
	refused("https://pay.example/t/abc", "no ticket in it");
	refused("://", "no ticket in it");
	refused("https://pay.example/pay?t=", "there is no ticket");
	(void)snprintf(given, sizeof(given), "https://evil.example/pay?t=%s",
	    token);
	refused(given, "the ticket is for " TEST_ISSUER);
	/* Nor one that only begins or ends like the server. */
	(void)snprintf(given, sizeof(given), TEST_ISSUER ".evil/pay?t=%s",
	    token);
	refused(given, "the ticket is for");
	(void)snprintf(given, sizeof(given), "%s.%s", token, token);
	refused(given, "no ticket");
	memset(given, 'a', sizeof(given) - 1);
	given[sizeof(given) - 1] = '\0';
	refused(given, "too long");
	given[TILL_TOKEN_MAX + 1] = '\0';
	refused(given, "too long");
	assert_int_equal(read_in(given, sizeof(given), &bill), -1);
	assert_non_null(strstr(err.text, "too long"));
	memcpy(given, token, 20);
	given[20] = '\0';
	assert_int_equal(read_in(given, 40, &bill), -1);
	assert_non_null(strstr(err.text, "no ticket"));
	assert_null(bill);
}

/* It is the text that the payment server compares with. */
static void
the_text_that_is_signed_is_the_servers(void **state)
{
	static const struct {
		int64_t micro;
		const char *amount;
	} rows[] = { { 50000, "0.050000" }, { 1200000, "1.200000" },
		{ 500, "0.000500" }, { 0, "0.000000" },
		{ INT64_C(999999999999999999), "999999999999.999999" } };
	unsigned char nonce[MESSAGE_NONCE];
	char challenge[BASE64URL_SIZE(MESSAGE_NONCE)];
	char ours[BILL_TEXT_MAX], theirs[MESSAGE_MAX];
	struct till_order order = { .size = sizeof(order) };
	struct bill *bill;
	size_t i, len, at;

	(void)state;
	assert_int_equal(bill_read(token, NULL, &bill, &err), 0);
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (unsigned char)(7 * i);
	(void)base64url_encode(nonce, sizeof(nonce), challenge);
	for (i = 0; i < LEN(rows); i++) {
		bill->ticket->amount.micro = rows[i].micro;
		len = bill_text(bill, challenge, ours);
		at = strlen(BILL_FORMAT) + 1;
		assert_string_equal(ours, BILL_FORMAT);
		assert_string_equal(ours + at, challenge);
		at += strlen(challenge) + 1;
		assert_string_equal(ours + at, th);
		at += strlen(th) + 1;
		assert_string_equal(ours + at, TEST_MERCHANT);
		at += sizeof(TEST_MERCHANT);
		assert_string_equal(ours + at, rows[i].amount);
		at += strlen(rows[i].amount) + 1;
		assert_string_equal(ours + at, "EUR");
		assert_int_equal(len, at + 4);
		order.ticket = th;
		order.merchant = TEST_MERCHANT;
		order.amount = bill->ticket->amount;
		assert_int_equal(message_make(MESSAGE_FORMAT, nonce, &order,
				     theirs),
		    len);
		assert_memory_equal(ours, theirs, len);
	}
	bill_free(bill);
}

static void
a_challenge_is_32_octets(void **state)
{
	static const char *const none[] = { "", "AAAA", "=", "!",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
	char text[BILL_TEXT_MAX];
	struct bill *bill;
	size_t i;

	(void)state;
	assert_int_equal(bill_read(token, NULL, &bill, &err), 0);
	for (i = 0; i < LEN(none); i++)
		if (bill_text(bill, none[i], text) != 0)
			fail_msg("'%s'", none[i]);
	assert_true(
	    bill_text(bill, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		text) > 0);
	bill_free(bill);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_is_read_however_it_is_given),
		cmocka_unit_test(what_is_no_ticket_is_not_read),
		cmocka_unit_test(the_text_that_is_signed_is_the_servers),
		cmocka_unit_test(a_challenge_is_32_octets),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

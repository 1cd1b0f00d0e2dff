/*
 * test_notice.c - a signed event says what happened, to one merchant, with
 * a number; and nothing else passes for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/merchant.h>

#include "support/token.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define TH "0123456789012345678901234567890123456789010"

static struct till_error err;
static struct till_key *key, *own;
static struct till_merchant *merchant;

static int
setup(void **state)
{
	struct till_merchant_options options = { .issuer = TEST_ISSUER,
		.id = TEST_MERCHANT };
	char *jwk = NULL, *pem = NULL, set[1024];
	int r = -1;

	(void)state;
	key = test_key(TILL_ALG_ES256);
	own = test_key(TILL_ALG_ED25519);
	if (till_key_jwk(key, &jwk, &err) == -1 ||
	    till_key_pem(own, &pem, &err) == -1)
		goto out;
	(void)snprintf(set, sizeof(set), "{\"keys\":[%s]}", jwk);
	options.key = pem;
	options.key_len = strlen(pem);
	options.keyset = set;
	options.keyset_len = strlen(set);
	r = till_merchant_open(&options, &merchant, &err);
out:
	till_key_pem_free(pem);
	free(jwk);
	return r;
}

static int
teardown(void **state)
{
	(void)state;
	till_merchant_free(merchant);
	till_key_free(key);
	till_key_free(own);
	return 0;
}

static struct till_notice
paid(void)
{
	return (struct till_notice){ .iss = TEST_ISSUER,
		.aud = TEST_MERCHANT,
		.jti = "ev-1",
		.iat = TEST_NOW,
		.seq = 7,
		.type = "voucher.issued",
		.tjti = "sale-1",
		.th = TH,
		.kind = TILL_KIND_SINGLE,
		.amount = { 50000, "EUR" },
		.txn = 12,
		.via = "wallet",
		.sub = "3qF0T2Yk0s8b9c1mJ7hVxg" };
}

static char *
sign(const struct till_notice *notice)
{
	char *token = NULL;

	if (till_notice_sign(notice, key, &token, &err) == -1)
		fail_msg("%s", err.text);
	return token;
}

static enum till_event_answer
judge(const struct till_notice *notice, uint64_t last, int64_t now)
{
	struct till_notice *opened = NULL;
	enum till_event_answer answer;
	char *token = sign(notice);

	answer = till_merchant_event(merchant, token, strlen(token), last, now,
	    &opened, &err);
	assert_int_equal(opened == NULL, answer == TILL_EVENT_BAD);
	till_notice_free(opened);
	free(token);
	return answer;
}

static void
what_was_signed_is_read(void **state)
{
	struct till_notice notice = paid(), *opened = NULL;
	char *token = sign(&notice);

	(void)state;
	if (till_notice_open(token, strlen(token), test_only_key, key, &opened,
		&err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(opened->iss, notice.iss);
	assert_string_equal(opened->aud, notice.aud);
	assert_string_equal(opened->jti, notice.jti);
	assert_true(opened->iat == notice.iat);
	assert_true(opened->seq == 7);
	assert_string_equal(opened->type, notice.type);
	assert_string_equal(opened->tjti, notice.tjti);
	assert_string_equal(opened->th, notice.th);
	assert_int_equal(opened->kind, notice.kind);
	assert_true(opened->amount.micro == 50000);
	assert_string_equal(opened->amount.currency, "EUR");
	assert_true(opened->txn == 12);
	assert_string_equal(opened->via, "wallet");
	assert_int_equal(opened->reason, TILL_REASON_NONE);
	assert_string_equal(opened->sub, notice.sub);
	till_notice_free(opened);
	till_notice_free(NULL);
	free(token);
}

static void
a_type_that_is_not_known_is_read_too(void **state)
{
	struct till_notice notice = { .iss = TEST_ISSUER,
		.aud = TEST_MERCHANT,
		.jti = "e",
		.iat = TEST_NOW,
		.seq = 1,
		.type = "something.new" };

	(void)state;
	assert_int_equal(judge(&notice, 0, TEST_NOW), TILL_EVENT_NEXT);
}

static void
numbers_tell_new_from_old(void **state)
{
	struct till_notice notice = paid();

	(void)state;
	assert_int_equal(judge(&notice, 6, TEST_NOW), TILL_EVENT_NEXT);
	assert_int_equal(judge(&notice, 7, TEST_NOW), TILL_EVENT_AGAIN);
	assert_int_equal(judge(&notice, 100, TEST_NOW), TILL_EVENT_AGAIN);
	assert_int_equal(judge(&notice, 5, TEST_NOW), TILL_EVENT_GAP);
	assert_int_equal(judge(&notice, 0, TEST_NOW), TILL_EVENT_GAP);
	/* It may have waited for weeks. */
	assert_int_equal(judge(&notice, 6, TEST_NOW + 90 * 86400),
	    TILL_EVENT_NEXT);
}

static void
what_is_not_for_this_merchant_is_bad(void **state)
{
	struct till_notice notice = paid();

	(void)state;
	notice.aud = "another";
	assert_int_equal(judge(&notice, 6, TEST_NOW), TILL_EVENT_BAD);
	assert_non_null(strstr(err.text, "aud:"));
	/* The server's own events are for no merchant. */
	notice.aud = notice.iss;
	assert_int_equal(judge(&notice, 6, TEST_NOW), TILL_EVENT_BAD);
	notice = paid();
	notice.iss = "https://other.example";
	assert_int_equal(judge(&notice, 6, TEST_NOW), TILL_EVENT_BAD);
	assert_non_null(strstr(err.text, "iss:"));
	notice = paid();
	assert_int_equal(judge(&notice, 6, TEST_NOW - 11), TILL_EVENT_BAD);
	assert_int_equal(judge(&notice, 6, TEST_NOW - 10), TILL_EVENT_NEXT);
}

static void
bad(const char *token, const char *why)
{
	struct till_notice *opened = NULL;

	assert_int_equal(till_merchant_event(merchant, token, strlen(token), 0,
			     TEST_NOW, &opened, &err),
	    TILL_EVENT_BAD);
	assert_null(opened);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void
another_key_or_another_typ_is_no_event(void **state)
{
	struct till_notice notice = paid();
	char *token = NULL;

	(void)state;
	assert_int_equal(till_notice_sign(&notice, own, &token, &err), 0);
	bad(token, "key");
	free(token);
	token = test_token_typ(key, "till-voucher+jwt", "{}");
	bad(token, "typ");
	free(token);
	token = sign(&notice);
	token[strlen(token) / 2] ^= 1;
	bad(token, "");
	free(token);
	bad("", "");
	bad("a.b.c", "");
}

#define HEAD                                                                   \
	"{\"iss\":\"" TEST_ISSUER "\",\"aud\":\"shop\",\"jti\":\"e\","         \
	"\"iat\":1795000000,"
#define TICKET                                                                 \
	"\"tjti\":\"s\",\"th\":\"" TH                                          \
	"\",\"kind\":\"single\",\"amount\":\"0.05\",\"currency\":\"EUR\""

static const struct {
	const char *payload, *why;
} wrong[] = {
	{ "{}", "iss" },
	{ HEAD "\"type\":\"x\"}", "seq" },
	{ HEAD "\"seq\":0,\"type\":\"x\"}", "seq" },
	{ HEAD "\"seq\":-1,\"type\":\"x\"}", "seq" },
	{ HEAD "\"seq\":\"1\",\"type\":\"x\"}", "seq" },
	{ HEAD "\"seq\":1}", "type" },
	{ HEAD "\"seq\":1,\"type\":\"a b\"}", "type" },
	{ HEAD "\"seq\":1,\"seq\":2,\"type\":\"x\"}", "" },
	{ HEAD "\"seq\":1,\"type\":\"x\",\"tjti\":\"s\"}", "kind" },
	{ HEAD "\"seq\":1,\"type\":\"x\",\"kind\":\"single\"}", "tjti" },
	{ HEAD "\"seq\":1,\"type\":\"x\",\"kind\":\"some\"}", "kind" },
	{ HEAD "\"seq\":1,\"type\":\"x\",\"amount\":\"1\"}", "amount" },
	{ HEAD "\"seq\":1,\"type\":\"x\",\"amount\":\"-1\","
	       "\"currency\":\"EUR\"}",
	    "" },
	{ HEAD "\"seq\":1,\"type\":\"x\",\"reason\":\"whim\"}", "reason" },
	{ HEAD "\"seq\":1,\"type\":\"voucher.issued\"}", "kind" },
	{ HEAD "\"seq\":1,\"type\":\"voucher.issued\"," TICKET "}", "txn" },
	{ HEAD "\"seq\":1,\"type\":\"voucher.issued\"," TICKET
	       ",\"txn\":1,\"reason\":\"funds\"}",
	    "reason" },
	{ HEAD "\"seq\":1,\"type\":\"ticket.refused\"," TICKET "}", "reason" },
	{ HEAD "\"seq\":1,\"type\":\"ticket.refused\"," TICKET
	       ",\"reason\":\"funds\",\"txn\":1}",
	    "txn" },
	{ HEAD "\"seq\":1,\"type\":\"settle.resolved\"," TICKET "}", "txn" },
	{ HEAD "\"seq\":1,\"type\":\"settle.resolved\"," TICKET
	       ",\"reason\":\"funds\",\"txn\":1}",
	    "txn" },
	{ HEAD "\"seq\":1,\"type\":\"settle.unknown\"," TICKET ",\"txn\":1}",
	    "txn" },
	{ HEAD "\"seq\":1,\"type\":\"refund.made\"," TICKET ",\"txn\":1}",
	    "refund" },
	{ HEAD "\"seq\":1,\"type\":\"refund.failed\"," TICKET
	       ",\"refund\":\"r\"}",
	    "txn" },
	{ HEAD "\"seq\":1,\"type\":\"refund.made\"," TICKET
	       ",\"txn\":1,\"refund\":\"a b\"}",
	    "refund" },
	{ HEAD "\"seq\":1,\"type\":\"voucher.issued\"," TICKET
	       ",\"txn\":1,\"refund\":\"r\"}",
	    "refund" },
};

static void
claims_that_do_not_fit_are_refused(void **state)
{
	char *token;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrong); i++) {
		token = test_token_typ(key, "till-event+jwt", wrong[i].payload);
		bad(token, wrong[i].why);
		free(token);
	}
}

static void
and_are_not_signed_either(void **state)
{
	struct till_notice notice = paid();
	char *token = NULL;

	(void)state;
	notice.seq = 0;
	assert_int_equal(till_notice_sign(&notice, key, &token, &err), -1);
	notice = paid();
	notice.th = "short";
	assert_int_equal(till_notice_sign(&notice, key, &token, &err), -1);
	notice = paid();
	notice.amount.currency[0] = '\0';
	assert_int_equal(till_notice_sign(&notice, key, &token, &err), -1);
	notice = paid();
	notice.aud = "Not an id";
	assert_int_equal(till_notice_sign(&notice, key, &token, &err), -1);
	assert_null(token);
	notice.aud = notice.iss;
	assert_int_equal(till_notice_sign(&notice, key, &token, &err), 0);
	free(token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_signed_is_read),
		cmocka_unit_test(a_type_that_is_not_known_is_read_too),
		cmocka_unit_test(numbers_tell_new_from_old),
		cmocka_unit_test(what_is_not_for_this_merchant_is_bad),
		cmocka_unit_test(another_key_or_another_typ_is_no_event),
		cmocka_unit_test(claims_that_do_not_fit_are_refused),
		cmocka_unit_test(and_are_not_signed_either),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

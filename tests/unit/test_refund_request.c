/*
 * test_refund_request.c - a merchant's signed request for a refund.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/refund.h>

#include "jws.h"

#define NOW INT64_C(1795366324)
#define AUD "https://pay.example"
#define HEAD "{\"iss\":\"press-1\",\"aud\":\"" AUD "\",\"iat\":1,\"exp\":2,"

static struct till_key *key, *other;
static struct till_error err;

static const struct till_refund good = { .iss = "press-1",
	.aud = AUD,
	.iat = NOW,
	.exp = NOW + 60,
	.jti = "r-1",
	.tjti = "order.1",
	.amount = { 2500000, "EUR" },
	.desc = "came back" };

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(till_key_generate(TILL_ALG_ES256, &key, &err), 0);
	assert_int_equal(till_key_generate(TILL_ALG_ED25519, &other, &err), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	till_key_free(key);
	till_key_free(other);
	return 0;
}

static const struct till_key *
find(void *arg, const char *kid)
{
	return strcmp(kid, till_key_id(arg)) == 0 ? arg : NULL;
}

static int
open_token(const char *token, struct till_refund *refund_r)
{
	return till_refund_open(token, strlen(token), find, key, refund_r,
	    &err);
}

static void
it_comes_back_as_it_was_signed(void **state)
{
	struct till_refund refund, rest = good;
	char *token;

	(void)state;
	assert_int_equal(till_refund_sign(&good, key, &token, &err), 0);
	assert_int_equal(open_token(token, &refund), 0);
	assert_memory_equal(&refund.amount, &good.amount, sizeof(good.amount));
	assert_string_equal(refund.iss, good.iss);
	assert_string_equal(refund.aud, good.aud);
	assert_string_equal(refund.jti, good.jti);
	assert_string_equal(refund.tjti, good.tjti);
	assert_string_equal(refund.desc, good.desc);
	assert_int_equal(refund.iat, good.iat);
	assert_int_equal(refund.exp, good.exp);
	free(token);
	/* Without an amount it is all that is left. */
	memset(&rest.amount, 0, sizeof(rest.amount));
	rest.desc[0] = '\0';
	assert_int_equal(till_refund_sign(&rest, key, &token, &err), 0);
	assert_int_equal(open_token(token, &refund), 0);
	assert_string_equal(refund.amount.currency, "");
	assert_int_equal(refund.amount.micro, 0);
	free(token);
	assert_int_equal(till_refund_sign(&good, other, &token, &err), 0);
	assert_int_equal(open_token(token, &refund), -1);
	free(token);
}

static void
it_is_of_its_owner_for_this_server_and_of_now(void **state)
{
	static const struct {
		const char *owner, *aud;
		int64_t now;
		const char *text;
	} cases[] = {
		{ "press-2", AUD, NOW, "iss:" },
		{ "press-1", AUD "/", NOW, "aud:" },
		{ "press-1", AUD, NOW - 11, "iat:" },
		{ "press-1", AUD, NOW + 70, "exp:" },
	};
	size_t i;

	(void)state;
	assert_int_equal(till_refund_check(&good, "press-1", AUD, NOW, &err),
	    0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(till_refund_check(&good, cases[i].owner,
				     cases[i].aud, cases[i].now, &err),
		    -1);
		assert_memory_equal(err.text, cases[i].text, 4);
	}
}

static void
claims_out_of_bounds_are_neither_signed_nor_read(void **state)
{
	static const char *const payloads[] = {
		HEAD "\"jti\":\"r\"}",
		HEAD "\"tjti\":\"o\"}",
		HEAD "\"jti\":\"r/s\",\"tjti\":\"o\"}",
		HEAD "\"jti\":\"r\",\"tjti\":\"o\",\"amount\":\"1.00\"}",
		HEAD "\"jti\":\"r\",\"tjti\":\"o\",\"currency\":\"EUR\"}",
		HEAD "\"jti\":\"r\",\"tjti\":\"o\",\"amount\":\"0.00\","
		     "\"currency\":\"EUR\"}",
		HEAD "\"jti\":\"r\",\"tjti\":\"o\",\"amount\":\"-1.00\","
		     "\"currency\":\"EUR\"}",
		HEAD "\"jti\":\"r\",\"tjti\":\"o\",\"amount\":1,"
		     "\"currency\":\"EUR\"}",
		HEAD "\"jti\":\"r\",\"jti\":\"s\",\"tjti\":\"o\"}",
		"[]",
	};
	struct till_refund refund = good;
	char *token;
	size_t i;

	(void)state;
	refund.exp = refund.iat + TILL_REFUND_LIFETIME + 1;
	assert_int_equal(till_refund_sign(&refund, key, &token, &err), -1);
	refund = good;
	refund.amount.micro = 0;
	assert_int_equal(till_refund_sign(&refund, key, &token, &err), -1);
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		assert_int_equal(jws_sign(key, "till-refund+jwt", payloads[i],
				     strlen(payloads[i]), &token, NULL, &err),
		    0);
		if (open_token(token, &refund) == 0)
			fail_msg("taken: %s", payloads[i]);
		free(token);
	}
	assert_int_equal(jws_sign(key, "till-request+jwt",
			     HEAD "\"jti\":\"r\",\"tjti\":\"o\"}",
			     strlen(HEAD "\"jti\":\"r\",\"tjti\":\"o\"}"),
			     &token, NULL, &err),
	    0);
	assert_int_equal(open_token(token, &refund), -1);
	free(token);
}

#define MADE                                                                   \
	"{\"merchant\":\"press-1\",\"jti\":\"order.1\",\"refund\":\"r-1\","    \
	"\"amount\":\"2.50\",\"currency\":\"EUR\",\"txn\":7,\"time\":9,"

static enum till_refund_end
answer_of(unsigned int status, const char *body,
    struct till_refund_answer *answer)
{
	int r = till_refund_answer_read(&good, status, body, strlen(body),
	    answer, &err);

	assert_true(r == 0 || answer->end == TILL_REFUND_AGAIN);
	return r == 0 ? answer->end : TILL_REFUND_NONE;
}

static void
an_answer_says_what_became_of_it(void **state)
{
	struct till_refund_answer answer;

	(void)state;
	assert_int_equal(answer_of(200, MADE "\"state\":\"done\"}", &answer),
	    TILL_REFUND_DONE);
	assert_int_equal(answer.amount.micro, 2500000);
	assert_int_equal(answer.txn, 7);
	assert_int_equal(answer.time_s, 9);
	assert_int_equal(answer_of(200, MADE "\"state\":\"pending\"}", &answer),
	    TILL_REFUND_PENDING);
	assert_int_equal(answer_of(200, MADE "\"state\":\"returned\"}",
			     &answer),
	    TILL_REFUND_RETURNED);
	assert_int_equal(answer_of(403,
			     "{\"type\":\"urn:till:problem:refused\","
			     "\"reason\":\"funds\",\"detail\":\"too poor\"}",
			     &answer),
	    TILL_REFUND_REFUSED);
	assert_string_equal(answer.reason, "funds");
	assert_string_equal(answer.detail, "too poor");
	assert_int_equal(answer_of(409,
			     "{\"type\":\"urn:till:problem:conflict\"}",
			     &answer),
	    TILL_REFUND_REFUSED);
	assert_string_equal(answer.reason, "conflict");
	assert_int_equal(answer_of(503, "{\"type\":\"urn:till:problem:busy\"}",
			     &answer),
	    TILL_REFUND_AGAIN);
}

/* Then it may have been made. */
static void
whatever_else_comes_is_no_answer(void **state)
{
	static const char *const bodies[] = { "", "<html>", "[]", "{}",
		MADE "\"state\":\"soon\"}", MADE "\"state\":null}",
		"{\"merchant\":\"press-2\",\"jti\":\"order.1\",\"refund\":"
		"\"r-1\",\"amount\":\"2.50\",\"currency\":\"EUR\",\"txn\":7,"
		"\"time\":9,\"state\":\"done\"}",
		"{\"merchant\":\"press-1\",\"jti\":\"order.1\",\"refund\":"
		"\"r-1\",\"amount\":\"2.51\",\"currency\":\"EUR\",\"txn\":7,"
		"\"time\":9,\"state\":\"done\"}" };
	struct till_refund_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(answer_of(200, bodies[i], &answer),
		    TILL_REFUND_NONE);
	assert_int_equal(answer_of(502, "Bad Gateway", &answer),
	    TILL_REFUND_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_back_as_it_was_signed),
		cmocka_unit_test(it_is_of_its_owner_for_this_server_and_of_now),
		cmocka_unit_test(
		    claims_out_of_bounds_are_neither_signed_nor_read),
		cmocka_unit_test(an_answer_says_what_became_of_it),
		cmocka_unit_test(whatever_else_comes_is_no_answer),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * test_rear_refund_many.c - an order that a network has given back of so
 * often that there is no more says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/refund.h"
#include "rear/reverser.h"
#include "support/ledgers.h"
#include "support/rears.h"

static struct rears rears;

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
begin(void)
{
	struct asked asked;
	struct said said;
	char *token;

	rears_begin(&rears,
	    "module card settle_lossy journal=@DIR@/calls charge=committed\n"
	    "auth requisite pin\n"
	    "settle route card\n"
	    "settle refuse \"not handled\"\n");
	token = rears_token(&rears, "a", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	free(token);
	assert_int_equal(said.status, STATUS_PAID);
}

static struct refund_answer
refund(const char *id)
{
	const struct refund_ask ask = { .mid = REARS_MERCHANT,
		.jti = "a",
		.id = id,
		.amount = { EURO(1), "EUR" },
		.note = "came back",
		.actor = "operator" };
	struct refund_answer answer;

	refund_order(rears.rear, &ask, &answer);
	return answer;
}

/* Up to the last number that a refund may have; nobody asks for these. */
static void
use_numbers(void)
{
	const struct ledger_order order = rears_order(&rears, "a");
	struct ledger_reversal reversal;
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = &reversal,
		.actor = "" };

	do {
		reversal_owe(rears.rear, &order, order.key, "late", &reversal);
		reversal.state = REVERSAL_PARKED;
		assert_int_equal(ledger_apply(rear_ledger(rears.rear),
				     &request),
		    LEDGER_DONE);
	} while (reversal.number < LEDGER_REFUNDS_MAX);
}

static void
one_too_many_is_refused_as_that(void **state)
{
	struct refund_answer answer;

	(void)state;
	begin();
	assert_int_equal(refund("r1").end, REFUND_MADE);
	use_numbers();
	answer = refund("r2");
	assert_int_equal(answer.end, REFUND_REFUSED);
	assert_string_equal(answer.code, "too-many");
	assert_int_equal(refund("r1").end, REFUND_REPEATED);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(19));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(one_too_many_is_refused_as_that,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

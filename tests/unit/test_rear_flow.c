/*
 * test_rear_flow.c - orders through a whole rear unit, over its socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/ledgers.h"
#include "support/rears.h"

static struct rears rears;

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static struct asked
pay(const char *token, const char *cid, const char *password)
{
	return (struct asked){ .action = ACTION_PAY,
		.ticket = token,
		.channel = "api",
		.customer = cid,
		.password = password };
}

static void
a_purchase_from_the_wallet_is_debited_and_gets_a_voucher(void **state)
{
	char *token = rears_token(&rears, "p1", EURO(1) / 20);
	struct asked asked = pay(token, "alice", REARS_PASSWORD);
	struct said said;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_not_equal(said.voucher, "");
	assert_string_equal(said.via, "wallet");
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - EURO(1) / 20);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(1) / 20);
	free(token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_purchase_from_the_wallet_is_debited_and_gets_a_voucher,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

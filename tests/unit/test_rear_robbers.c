/*
 * test_rear_robbers.c - what a settle module may not make of a payment,
 * whatever it proposes or fails to.
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
static struct said said;
static int64_t clearing; /* at the beginning */

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
pay(const char *module, const char *jti, int64_t micro)
{
	char conf[512], *token;
	struct asked asked;

	(void)snprintf(conf, sizeof(conf),
	    "module bank %s\n"
	    "policy veto caps\n"
	    "auth requisite pin\n"
	    "settle route bank\n"
	    "settle refuse \"not handled\"\n",
	    module);
	rears_begin(&rears, conf);
	clearing = rears_balance(&rears, "bank:clearing");
	token = rears_token(&rears, jti, micro);
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	free(token);
}

static void
assert_nothing_moved(void)
{
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT), 0);
	assert_int_equal(rears_balance(&rears, "bank:clearing"), clearing);
}

static void
assert_refused(const char *jti)
{
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "technical");
	rears_is_refusal(&rears, &said, TILL_REASON_BANK);
	assert_string_equal(rears_order(&rears, jti).code, "technical");
	assert_nothing_moved();
}

static void
the_honest_are_paid(void **state)
{
	(void)state;
	pay("settle_thief deed=honest", "h", EURO(10));
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(40));
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(10));
}

static void
no_payment_takes_from_the_merchant(void **state)
{
	(void)state;
	pay("settle_thief deed=rob-merchant", "m", EURO(10));
	assert_refused("m");
}

static void
no_payment_overdraws_a_wallet(void **state)
{
	(void)state;
	pay("settle_thief deed=give-credit", "c", EURO(400));
	assert_refused("c");
}

static void
no_payment_gives_to_the_payer(void **state)
{
	(void)state;
	pay("settle_thief deed=give-money", "g", EURO(10));
	assert_refused("g");
}

static void
no_payment_leaves_the_merchant_nothing(void **state)
{
	(void)state;
	pay("settle_thief deed=keep-all", "k", EURO(10));
	assert_refused("k");
	assert_int_equal(rears_balance(&rears, "fees"), 0);
}

/* The network has moved the money, so it is paid; but not twice. */
static void
a_network_takes_nothing_from_a_wallet(void **state)
{
	(void)state;
	pay("probe deed=nothing", "n", EURO(400));
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(400));
	assert_int_equal(rears_balance(&rears, "bank:clearing"),
	    clearing - EURO(400));
}

/* Whatever it says of the postings: the merchant has got the money, and
 * the order does not hang. */
static void
what_a_network_moved_is_paid_however_it_posts(void **state)
{
	static const char *const deeds[] = { "unbalanced", "strange-account",
		"too-many", "no-condition", "other-till" };
	char module[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (i > 0)
			(void)teardown(NULL);
		(void)snprintf(module, sizeof(module), "probe deed=%s",
		    deeds[i]);
		pay(module, "p", EURO(400));
		if (said.status != STATUS_PAID)
			fail_msg("%s: %d", deeds[i], (int)said.status);
		assert_int_equal(rears_balance(&rears, "wallet:alice"),
		    EURO(50));
		assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
		    EURO(400));
		assert_int_equal(rears_balance(&rears, "bank:clearing"),
		    clearing - EURO(400));
	}
}

/* It has declined nothing: the record says what it did. */
static void
a_failed_proposal_is_an_error(void **state)
{
	struct ledger_order order;

	(void)state;
	pay("settle_thief deed=fail", "f", EURO(10));
	assert_int_equal(said.status, STATUS_REFUSED);
	order = rears_order(&rears, "f");
	assert_int_equal(order.state, ORDER_REFUSED);
	if (strstr(order.decision, "bank=error") == NULL)
		fail_msg("%s", order.decision);
	assert_nothing_moved();
}

#define ROB(test) cmocka_unit_test_teardown(test, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROB(the_honest_are_paid),
		ROB(no_payment_takes_from_the_merchant),
		ROB(no_payment_overdraws_a_wallet),
		ROB(no_payment_gives_to_the_payer),
		ROB(no_payment_leaves_the_merchant_nothing),
		ROB(a_network_takes_nothing_from_a_wallet),
		ROB(what_a_network_moved_is_paid_however_it_posts),
		ROB(a_failed_proposal_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

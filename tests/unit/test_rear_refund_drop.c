/*
 * test_rear_refund_drop.c - a refund that its network may have made is the
 * merchant's again only if the operator says that it was not; one that it has
 * overtaken is made only if he wants it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "rear/refund.h"
#include "rear/reverser.h"
#include "support/ledgers.h"
#include "support/rears.h"

static struct rears rears;
static struct till_error err;

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

/* An order that is paid, and its refund, that the network is asked for. */
static void
begin(const char *bank)
{
	const struct refund_ask ask = { .mid = REARS_MERCHANT,
		.jti = "a",
		.id = "r",
		.note = "came back",
		.actor = "operator" };
	struct refund_answer answer;
	struct asked asked;
	struct said said;
	char conf[1024], *token;

	(void)snprintf(conf, sizeof(conf),
	    "set reversal-retry 1h\n"
	    "module card settle_lossy journal=@DIR@/calls %s "
	    "charge=committed\n"
	    "auth requisite pin\n"
	    "settle route card\n"
	    "settle refuse \"not handled\"\n",
	    bank);
	rears_begin(&rears, conf);
	token = rears_token(&rears, "a", EURO(20));
	asked = rears_pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	free(token);
	assert_int_equal(said.status, STATUS_PAID);
	refund_order(rears.rear, &ask, &answer);
	assert_int_equal(answer.end, REFUND_MADE);
	assert_int_equal(answer.amount.micro, EURO(20));
}

static struct ledger_reversal
refund(void)
{
	struct ledger_reversal found;

	assert_int_equal(ledger_reversal_get(rear_ledger(rears.rear),
			     REARS_MERCHANT, "a", 1, &found, &err),
	    0);
	return found;
}

static int
order(enum reverser_order what)
{
	struct ledger_reversal reversal;

	return reverser_order(rears.rear->reverser, REARS_MERCHANT, "a", 1,
	    what, "as it seems", &reversal, &err);
}

/* How often the network was asked for it. */
static unsigned int
asked_for(void)
{
	char path[256], line[512];
	unsigned int n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/calls", rears.dir);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n += line[0] - '0' == TILL_REVERSE ? 1 : 0;
	if (file != NULL)
		(void)fclose(file);
	return n;
}

static void
open_gate(void)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/gate", rears.dir);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fclose(file);
}

/* Whose it is while the network is asked, and when it is not. */
static void
is_pending(bool pending)
{
	assert_int_equal(rears_balance(&rears, "refund:pending"),
	    pending ? EURO(20) : 0);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    pending ? 0 : EURO(20));
}

static void
is_refused(void)
{
	assert_int_equal(order(REVERSER_DROP), -1);
	assert_non_null(strstr(err.text, "may have been made"));
	is_pending(true);
}

/* The network has booked it, as far as anybody knows. */
static void
one_whose_answer_was_lost_is_not_dropped(void **state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	(void)state;
	begin("reverse=unknown");
	while (refund().tries == 0) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
	is_refused();
	assert_int_equal(refund().state, REVERSAL_WAITING);
	assert_int_equal(reverser_owed(rears.rear->reverser), 1);
	assert_int_equal(order(REVERSER_PARK), 0);
	is_refused();
	assert_int_equal(refund().state, REVERSAL_PARKED);
	assert_int_equal(order(REVERSER_DROP_UNMADE), 0);
	assert_int_equal(refund().state, REVERSAL_DROPPED);
	assert_int_equal(reverser_owed(rears.rear->reverser), 0);
	is_pending(false);
	assert_int_equal(order(REVERSER_DROP_UNMADE), 1);
}

/* Parked while it is asked for: its try is nowhere, and was one. */
static void
nor_is_one_without_a_try_that_is_known(void **state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	(void)state;
	begin("reverse=unknown gate=@DIR@/gate");
	while (asked_for() == 0) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
	is_refused();
	assert_int_equal(order(REVERSER_DROP_UNMADE), -1);
	assert_non_null(strstr(err.text, "being asked for"));
	is_pending(true);
	assert_int_equal(order(REVERSER_PARK), 0);
	open_gate();
	while (reverser_owed(rears.rear->reverser) != 0) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
	assert_int_equal(refund().state, REVERSAL_PARKED);
	assert_int_equal(refund().tries, 0);
	is_refused();
	assert_int_equal(order(REVERSER_DROP_UNMADE), 0);
	is_pending(false);
}

/* As the loader's listener does when the network says so. */
static void
take_back(int64_t micro)
{
	struct ledger_reversal dispute = refund();
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = &dispute,
		.actor = "" };

	dispute.number = 0;
	dispute.state = REVERSAL_PARKED;
	dispute.amount.micro = micro;
	(void)snprintf(dispute.reason, sizeof(dispute.reason), "dispute");
	assert_int_equal(ledger_apply(rear_ledger(rears.rear), &request),
	    LEDGER_DONE);
}

static void
wait_tried(uint32_t tries, enum reversal_state state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (refund().tries < tries || refund().state != state) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

/* The ledger knows a moment earlier than who works them off. */
static void
wait_owed(size_t owed)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (reverser_owed(rears.rear->reverser) != owed) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

/* While the bank could not be reached it took all of it back itself. */
static void
one_that_the_network_has_overtaken_waits_for_the_operator(void **state)
{
	unsigned int calls;

	(void)state;
	begin("reverse=unknown");
	wait_tried(1, REVERSAL_WAITING);
	take_back(EURO(20));
	calls = asked_for();
	assert_int_equal(order(REVERSER_RETRY), 0);
	wait_tried(1, REVERSAL_PARKED);
	assert_string_equal(refund().code, "taken-back");
	assert_non_null(strstr(refund().text, "asked for 1 times"));
	assert_int_equal(asked_for(), calls);
	wait_owed(0);
	is_pending(true);
	/* He knows by now, and says that the customer has not got it. */
	assert_int_equal(order(REVERSER_RETRY), 0);
	wait_tried(2, REVERSAL_WAITING);
	assert_int_equal(asked_for(), calls + 1);
	is_pending(true);
	/* And goes on, as with any other that is not answered. */
	assert_int_equal(order(REVERSER_RETRY), 0);
	wait_tried(3, REVERSAL_WAITING);
	assert_int_equal(asked_for(), calls + 2);
}

/* The operator has ended the dispute; nobody here knows how. */
static void
also_when_the_dispute_has_ended(void **state)
{
	struct ledger_reversal dispute;

	(void)state;
	begin("reverse=unknown");
	wait_tried(1, REVERSAL_WAITING);
	take_back(1);
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 2, REVERSER_DROP, "settled", &dispute, &err),
	    0);
	assert_int_equal(order(REVERSER_RETRY), 0);
	wait_tried(1, REVERSAL_PARKED);
	assert_string_equal(refund().code, "taken-back");
	assert_int_equal(order(REVERSER_DROP_UNMADE), 0);
	is_pending(false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    one_whose_answer_was_lost_is_not_dropped, teardown),
		cmocka_unit_test_teardown(
		    nor_is_one_without_a_try_that_is_known, teardown),
		cmocka_unit_test_teardown(
		    one_that_the_network_has_overtaken_waits_for_the_operator,
		    teardown),
		cmocka_unit_test_teardown(also_when_the_dispute_has_ended,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

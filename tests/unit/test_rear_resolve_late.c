/*
 * test_rear_resolve_late.c - the operator ends an order while the network is
 * still at work on it: what comes of that afterwards is owed back, once.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base64url.h"
#include "rear/clock.h"
#include "rear/keeper.h"
#include "rear/settlement.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define TICK_US 5000

static struct rears rears;
static struct said said;
static struct till_error err;

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

/* What CHARGE and QUERY say waits for the file "hold". */
static void
begin(const char *bank)
{
	char conf[1024];

	(void)snprintf(conf, sizeof(conf),
	    "set reversal-after 0s\n"
	    "set reversal-retry 100ms\n"
	    "module card settle_lossy journal=@DIR@/calls hold=@DIR@/hold %s\n"
	    "auth requisite pin\n"
	    "settle route card\n"
	    "settle refuse \"not handled\"\n",
	    bank);
	rears_begin(&rears, conf);
}

/* How often the module was called with this verb so far. */
static size_t
called(enum till_verb verb)
{
	char path[256], line[512];
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/calls", rears.dir);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n += line[0] - '0' == (int)verb;
	if (file != NULL)
		(void)fclose(file);
	return n;
}

/* As "tillctl order resolve" does it; no asserts, for any thread. */
static enum ledger_result
resolve(bool paid)
{
	static const struct till_outcome none = { .size = sizeof(none) };
	struct ledger_order order;
	struct ledger_request request = { .op = paid ? LEDGER_PAY : LEDGER_END,
		.order = &order,
		.kind = paid ? ENTRY_PAYMENT : ENTRY_NONE,
		.note = "by the statement",
		.actor = "operator:root" };
	struct till_error error;
	enum ledger_result result;
	char *ticket;

	if (ledger_order_get(rear_ledger(rears.rear), REARS_MERCHANT, "a",
		&order, &error) != 0)
		return LEDGER_NONE;
	ticket = order.ticket;
	if (paid) {
		(void)settlement_postings(&none, &order, &request);
	} else {
		order.state = ORDER_REFUSED;
		order.reason = TILL_REASON_BANK;
		(void)snprintf(order.code, sizeof(order.code), "declined");
	}
	result = ledger_apply(rear_ledger(rears.rear), &request);
	order.ticket = ticket;
	ledger_order_clear(&order);
	return result;
}

static bool
let_it_answer(void)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/hold", rears.dir);
	file = fopen(path, "we");
	return file != NULL && fclose(file) == 0;
}

/* While the module is asked with this verb. */
struct operator
{
	enum till_verb verb;
	bool paid;
	enum ledger_result result;
	bool answered;
};

static void *
intervene(void *arg)
{
	struct operator* operator= arg;
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (called(operator->verb) == 0 && clock_ms() < until)
		(void)usleep(TICK_US);
	operator->result = resolve(operator->paid);
	operator->answered = let_it_answer();
	return NULL;
}

static void
pay_meanwhile(enum till_verb verb, bool paid)
{
	struct operator operator= { .verb = verb, .paid = paid };
	char *token = rears_token(&rears, "a", EURO(20));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, intervene, &operator),
	    0);
	rears_ask(&rears, &asked, &said);
	(void)pthread_join(thread, NULL);
	free(token);
	assert_int_equal(operator.result, LEDGER_DONE);
	assert_true(operator.answered);
}

/* One, done, of the order's own key; the order and the books stay. */
static void
is_reversed_once(const char *reason)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;
	struct ledger *ledger = rear_ledger(rears.rear);
	struct ledger_order order;
	struct ledger_reversal found;
	char original[64];
	int r;

	do {
		assert_true(clock_ms() < until);
		(void)usleep(TICK_US);
		r = ledger_reversal_get(ledger, REARS_MERCHANT, "a", 1, &found,
		    &err);
		assert_int_not_equal(r, -1);
	} while (r != 0 || found.state != REVERSAL_DONE);
	order = rears_order(&rears, "a");
	(void)base64url_encode(order.key, sizeof(order.key), original);
	assert_string_equal(found.reason, reason);
	assert_string_equal(found.original, original);
	assert_string_equal(found.instance, "card");
	assert_int_equal(found.amount.micro, EURO(20));
	assert_int_equal(order.state, ORDER_REFUSED);
	assert_string_equal(order.code, "declined");
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT), 0);
	assert_int_equal(ledger_reversal_get(ledger, REARS_MERCHANT, "a", 2,
			     &found, &err),
	    1);
	assert_int_equal(called(TILL_CHARGE), 1);
	assert_int_equal(called(TILL_REVERSE), 1);
}

/* Nor is anything owed once the keeper has heard the answer. */
static void
is_not_reversed(enum order_state state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;
	struct ledger_reversal found;

	while (keeper_doubts(rears.rear->keeper) > 0) {
		assert_true(clock_ms() < until);
		(void)usleep(TICK_US);
	}
	assert_int_equal(rears_order(&rears, "a").state, state);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    state == ORDER_PAID ? EURO(20) : 0);
	assert_int_equal(ledger_reversal_get(rear_ledger(rears.rear),
			     REARS_MERCHANT, "a", 1, &found, &err),
	    1);
	assert_int_equal(called(TILL_REVERSE), 0);
}

static void
what_is_approved_after_it_was_refused_goes_back(void **state)
{
	(void)state;
	begin("charge=committed");
	pay_meanwhile(TILL_CHARGE, false);
	rears_is_refusal(&rears, &said, TILL_REASON_BANK);
	is_reversed_once("late");
}

static void
what_is_lost_after_it_was_refused_goes_back(void **state)
{
	(void)state;
	begin("charge=lost");
	pay_meanwhile(TILL_CHARGE, false);
	rears_is_refusal(&rears, &said, TILL_REASON_BANK);
	is_reversed_once("timeout");
}

static void
what_is_found_after_it_was_refused_goes_back(void **state)
{
	(void)state;
	begin("charge=unknown query=committed");
	pay_meanwhile(TILL_QUERY, false);
	is_reversed_once("late");
}

static void
what_is_found_to_be_lost_after_it_was_refused_goes_back(void **state)
{
	(void)state;
	begin("charge=unknown query=lost");
	pay_meanwhile(TILL_QUERY, false);
	is_reversed_once("timeout");
}

/* What the operator has booked is the very money that is approved. */
static void
what_is_approved_after_it_was_paid_stays(void **state)
{
	(void)state;
	begin("charge=committed");
	pay_meanwhile(TILL_CHARGE, true);
	assert_int_equal(said.status, STATUS_PAID);
	is_not_reversed(ORDER_PAID);
}

static void
what_is_found_after_it_was_paid_stays(void **state)
{
	(void)state;
	begin("charge=unknown query=committed");
	pay_meanwhile(TILL_QUERY, true);
	is_not_reversed(ORDER_PAID);
}

static void
what_is_declined_after_it_was_refused_owes_nothing(void **state)
{
	(void)state;
	begin("charge=unknown query=declined");
	pay_meanwhile(TILL_QUERY, false);
	is_not_reversed(ORDER_REFUSED);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_approved_after_it_was_refused_goes_back),
		TEST(what_is_lost_after_it_was_refused_goes_back),
		TEST(what_is_found_after_it_was_refused_goes_back),
		TEST(what_is_found_to_be_lost_after_it_was_refused_goes_back),
		TEST(what_is_approved_after_it_was_paid_stays),
		TEST(what_is_found_after_it_was_paid_stays),
		TEST(what_is_declined_after_it_was_refused_owes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

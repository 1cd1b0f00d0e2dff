/*
 * test_rear_reverse.c - a settlement that was lost ends its order refused,
 * and is reversed until that is certain, whatever is told late.
 */
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
#include "rear/identities.h"
#include "rear/reverser.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define FIRST_CARD "card:4000001234567899:2912"
#define LAST_CARD "card:5100000000000008:3001"
#define CALLS_MAX 64

/* A call as the module has recorded it. */
struct one_call {
	char key[48], original[64], reason[16], bank[64];
};

static struct rears rears;
static struct said said;
static struct one_call calls[CALLS_MAX];
static struct till_error err;

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
stacks(const char *bank, const char *after, char conf[1024])
{
	(void)snprintf(conf, 1024,
	    "set reversal-after %s\n"
	    "set reversal-retry 100ms\n"
	    "module card settle_lossy journal=@DIR@/calls %s\n"
	    "auth requisite pin\n"
	    "settle route card\n"
	    "settle refuse \"not handled\"\n",
	    after, bank);
}

static void
begin(const char *bank, const char *after)
{
	char conf[1024];

	stacks(bank, after, conf);
	rears_begin(&rears, conf);
}

static void
pay_with(const char *token)
{
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
}

static void
pay(const char *jti)
{
	char *token = rears_token(&rears, jti, EURO(20));

	pay_with(token);
	free(token);
}

/* The next word of a line, and what is behind it. */
static char *
word(char *at, char *buf, size_t size)
{
	const size_t len = strcspn(at, " \n");

	assert_true(len < size);
	memcpy(buf, at, len);
	buf[len] = '\0';
	return at[len] == '\0' ? at + len : at + len + 1;
}

/* How often the module was called with this verb so far; calls has them. */
static size_t
called(enum till_verb verb)
{
	char path[256], line[512], *at;
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/calls", rears.dir);
	file = fopen(path, "re");
	while (file != NULL && n < CALLS_MAX &&
	    fgets(line, sizeof(line), file) != NULL) {
		if (line[0] - '0' != (int)verb)
			continue;
		at = word(line + 2, calls[n].key, sizeof(calls[n].key));
		at = word(at, calls[n].original, sizeof(calls[n].original));
		at = word(at, calls[n].reason, sizeof(calls[n].reason));
		(void)word(at, calls[n].bank, sizeof(calls[n].bank));
		n++;
	}
	if (file != NULL)
		(void)fclose(file);
	return n;
}

static struct ledger_reversal
reversal(const char *jti, uint32_t number)
{
	struct ledger_reversal found;

	assert_int_equal(ledger_reversal_get(rear_ledger(rears.rear),
			     REARS_MERCHANT, jti, number, &found, &err),
	    0);
	return found;
}

static struct ledger_reversal
wait_for(const char *jti, uint32_t number, enum reversal_state state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;
	struct ledger_reversal found;
	int r;

	for (;;) {
		r = ledger_reversal_get(rear_ledger(rears.rear), REARS_MERCHANT,
		    jti, number, &found, &err);
		assert_int_not_equal(r, -1);
		if (r == 0 && found.state == state)
			return found;
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

static bool
has_reversal(const char *jti, uint32_t number)
{
	struct ledger_reversal found;

	return ledger_reversal_get(rear_ledger(rears.rear), REARS_MERCHANT, jti,
		   number, &found, &err) == 0;
}

static void
bank(const char *text)
{
	assert_int_equal(identities_put(rear_identities(rears.rear), "alice",
			     text, "", &err),
	    0);
}

static void
order_is(const char *jti, enum order_state state)
{
	assert_int_equal(rears_order(&rears, jti).state, state);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    state == ORDER_PAID ? EURO(20) : 0);
}

static void
what_is_lost_is_refused_and_reversed(void **state)
{
	struct ledger_reversal owed;
	struct ledger_order order;
	char original[64], *token;

	(void)state;
	begin("", "0s");
	bank(FIRST_CARD);
	token = rears_token(&rears, "a", EURO(20));
	pay_with(token);
	assert_int_equal(said.status, STATUS_REFUSED);
	rears_is_refusal(&rears, &said, TILL_REASON_BANK);
	order_is("a", ORDER_REFUSED);
	order = rears_order(&rears, "a");
	assert_string_equal(order.code, "no-answer");
	owed = wait_for("a", 1, REVERSAL_DONE);
	assert_string_equal(owed.reason, "timeout");
	assert_string_equal(owed.instance, "card");
	assert_int_equal(owed.tries, 1);
	(void)base64url_encode(order.key, sizeof(order.key), original);
	assert_int_equal(called(TILL_CHARGE), 1);
	assert_string_equal(calls[0].bank, FIRST_CARD);
	assert_string_equal(calls[0].key, original);
	assert_int_equal(called(TILL_REVERSE), 1);
	assert_string_equal(calls[0].original, original);
	assert_string_not_equal(calls[0].key, original);
	assert_string_equal(calls[0].reason, "timeout");
	assert_string_equal(calls[0].bank, FIRST_CARD);
	/* The same ticket again: it stays refused, and nothing is asked. */
	pay_with(token);
	free(token);
	rears_is_refusal(&rears, &said, TILL_REASON_BANK);
	assert_int_equal(called(TILL_CHARGE), 1);
	assert_int_equal(reverser_owed(rears.rear->reverser), 0);
}

/* What was UNKNOWN first is looked into, and found to be lost. */
static void
a_doubt_that_nobody_can_clear_is_reversed(void **state)
{
	(void)state;
	begin("charge=unknown", "0s");
	pay("a");
	assert_int_equal(said.status, STATUS_PENDING);
	(void)wait_for("a", 1, REVERSAL_DONE);
	order_is("a", ORDER_REFUSED);
	assert_int_equal(called(TILL_CHARGE), 1);
	assert_true(called(TILL_QUERY) >= 1);
	assert_int_equal(called(TILL_REVERSE), 1);
}

static void
it_is_asked_with_one_key_until_it_is_answered(void **state)
{
	struct ledger_reversal owed;
	size_t i;

	(void)state;
	begin("unknowns=3", "0s");
	bank(FIRST_CARD);
	pay("a");
	owed = wait_for("a", 1, REVERSAL_DONE);
	assert_int_equal(owed.tries, 4);
	assert_int_equal(called(TILL_REVERSE), 4);
	for (i = 1; i < 4; i++) {
		assert_string_equal(calls[i].key, calls[0].key);
		assert_string_equal(calls[i].original, calls[0].original);
	}
}

/* Whatever the customer has by then, it goes back to where it came from. */
static void
it_goes_to_the_identity_that_paid(void **state)
{
	(void)state;
	begin("unknowns=2", "0s");
	bank(FIRST_CARD);
	pay("a");
	bank(LAST_CARD);
	(void)wait_for("a", 1, REVERSAL_DONE);
	assert_int_equal(called(TILL_REVERSE), 3);
	assert_string_equal(calls[2].bank, FIRST_CARD);
	bank(NULL);
	pay("b");
	(void)wait_for("b", 1, REVERSAL_DONE);
	assert_int_equal(called(TILL_CHARGE), 2);
	assert_string_equal(calls[1].bank, "");
}

static void
a_start_finds_what_is_owed(void **state)
{
	(void)state;
	begin("", "1h");
	pay("a");
	rears_is_refusal(&rears, &said, TILL_REASON_BANK);
	assert_int_equal(reverser_owed(rears.rear->reverser), 1);
	assert_int_equal(called(TILL_REVERSE), 0);
	rears_stop(&rears);
	rears_start(&rears);
	assert_int_equal(reverser_owed(rears.rear->reverser), 1);
	assert_int_equal(reversal("a", 1).state, REVERSAL_WAITING);
	assert_int_equal(called(TILL_REVERSE), 0);
}

static void
the_operator_parks_retries_and_drops(void **state)
{
	struct ledger_reversal owed;

	(void)state;
	begin("", "1h");
	pay("a");
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 2, REVERSER_PARK, NULL, &owed, &err),
	    1);
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 1, REVERSER_PARK, "by hand", &owed, &err),
	    0);
	assert_int_equal(owed.state, REVERSAL_PARKED);
	assert_string_equal(owed.text, "by hand");
	assert_int_equal(reverser_owed(rears.rear->reverser), 0);
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 1, REVERSER_RETRY, NULL, &owed, &err),
	    0);
	(void)wait_for("a", 1, REVERSAL_DONE);
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 1, REVERSER_RETRY, NULL, &owed, &err),
	    1);
	pay("b");
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "b", 1, REVERSER_DROP, "paid in cash", &owed,
			     &err),
	    0);
	assert_int_equal(reversal("b", 1).state, REVERSAL_DROPPED);
	assert_int_equal(reverser_owed(rears.rear->reverser), 0);
}

static void
what_the_network_refuses_is_parked(void **state)
{
	(void)state;
	begin("reverse=declined", "0s");
	pay("a");
	(void)wait_for("a", 1, REVERSAL_PARKED);
	assert_int_equal(called(TILL_REVERSE), 1);
}

/* An approval after the refusal is reversed on its own, once. */
static void
a_late_approval_is_reversed_again(void **state)
{
	struct ledger_reversal first, second;

	(void)state;
	begin("late=moved", "0s");
	pay("a");
	first = wait_for("a", 1, REVERSAL_DONE);
	second = wait_for("a", 2, REVERSAL_DONE);
	assert_string_equal(second.reason, "late");
	assert_string_equal(second.original, first.original);
	assert_memory_not_equal(second.key, first.key, sizeof(first.key));
	assert_false(has_reversal("a", 3));
	assert_int_equal(called(TILL_REVERSE), 2);
	order_is("a", ORDER_REFUSED);
}

static void
what_was_paid_is_not_reversed_by_being_told_again(void **state)
{
	(void)state;
	begin("charge=committed late=moved", "0s");
	pay("a");
	assert_int_equal(said.status, STATUS_PAID);
	order_is("a", ORDER_PAID);
	assert_false(has_reversal("a", 1));
	assert_int_equal(called(TILL_REVERSE), 0);
}

/* What the network took back itself is for the operator: nobody asks. */
static void
what_was_taken_back_is_a_dispute(void **state)
{
	struct ledger_reversal dispute;

	(void)state;
	begin("late=taken-back", "0s");
	pay("a");
	(void)wait_for("a", 1, REVERSAL_DONE);
	dispute = wait_for("a", 2, REVERSAL_PARKED);
	assert_string_equal(dispute.reason, "dispute");
	assert_int_equal(dispute.amount.micro, EURO(20));
	assert_false(has_reversal("a", 3));
	assert_int_equal(called(TILL_REVERSE), 1);
}

/* Behind other settings there may be another network, which would truly say
 * that there is nothing to reverse. */
static void
another_network_is_not_asked(void **state)
{
	struct ledger_reversal owed;
	struct diag *diag = diag_new();
	char conf[1024];

	(void)state;
	begin("", "300ms");
	pay("a");
	stacks("reverse=declined", "0s", conf);
	rears_configure(&rears, conf);
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
	do {
		(void)usleep(10000);
		owed = reversal("a", 1);
	} while (owed.tries == 0);
	assert_int_equal(owed.state, REVERSAL_WAITING);
	assert_non_null(strstr(owed.text, "another one"));
	assert_int_equal(called(TILL_REVERSE), 0);
	/* The operator knows better. */
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 1, REVERSER_RETRY, NULL, &owed, &err),
	    0);
	(void)wait_for("a", 1, REVERSAL_PARKED);
	assert_int_equal(called(TILL_REVERSE), 1);
}

/* What the operator wants while it is asked is not lost with the answer. */
static void
a_retry_while_it_is_asked_is_one(void **state)
{
	struct ledger_reversal owed;
	char gate[256];
	FILE *file;

	(void)state;
	begin("reverse=declined gate=@DIR@/gate", "0s");
	pay("a");
	assert_string_not_equal(reversal("a", 1).setup, "");
	while (called(TILL_REVERSE) == 0)
		(void)usleep(10000);
	assert_int_equal(reverser_order(rears.rear->reverser, REARS_MERCHANT,
			     "a", 1, REVERSER_RETRY, NULL, &owed, &err),
	    0);
	(void)snprintf(gate, sizeof(gate), "%s/gate", rears.dir);
	file = fopen(gate, "we");
	assert_non_null(file);
	(void)fclose(file);
	owed = wait_for("a", 1, REVERSAL_PARKED);
	assert_int_equal(called(TILL_REVERSE), 2);
	assert_int_equal(owed.tries, 2);
	assert_string_equal(owed.setup, "");
}

/* Nor is one charged for what another one was asked. */
static void
what_another_network_does_not_know_stays_in_doubt(void **state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;
	struct diag *diag = diag_new();
	char conf[1024];
	size_t before;

	(void)state;
	begin("charge=unknown query=unknown", "0s");
	pay("a");
	assert_int_equal(said.status, STATUS_PENDING);
	stacks("charge=committed query=not-found", "0s", conf);
	rears_configure(&rears, conf);
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
	before = called(TILL_QUERY);
	while (called(TILL_QUERY) < before + 2) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
	assert_int_equal(called(TILL_CHARGE), 1);
	order_is("a", ORDER_UNKNOWN);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_lost_is_refused_and_reversed),
		TEST(a_doubt_that_nobody_can_clear_is_reversed),
		TEST(it_is_asked_with_one_key_until_it_is_answered),
		TEST(it_goes_to_the_identity_that_paid),
		TEST(a_start_finds_what_is_owed),
		TEST(the_operator_parks_retries_and_drops),
		TEST(what_the_network_refuses_is_parked),
		TEST(a_late_approval_is_reversed_again),
		TEST(what_was_paid_is_not_reversed_by_being_told_again),
		TEST(what_was_taken_back_is_a_dispute),
		TEST(another_network_is_not_asked),
		TEST(a_retry_while_it_is_asked_is_one),
		TEST(what_another_network_does_not_know_stays_in_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

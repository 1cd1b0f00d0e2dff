/*
 * test_bank_desk.c - settlements over the simulated bank: each is charged
 * once or not at all, and what is not known can be undone.
 */
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/desks.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE_MS 20000

static void
test_charge(void **state)
{
	struct answer answer, again;
	struct till_settlement other;

	(void)state;
	desk_begin_test(DESK_ACCOUNT, "");
	assert_int_equal(desk_charge(1, 12300, &answer), TILL_COMMITTED);
	assert_int_equal(answer.outcome.moved.micro, 123000000);
	assert_string_equal(answer.outcome.moved.currency, "EUR");
	assert_int_equal(strlen(answer.outcome.reference), 12);
	assert_int_equal(desk_balance(), DESK_BALANCE - 12300);

	/* The same key has the same outcome for ever, also after a start. */
	assert_int_equal(desk_charge(1, 12300, &again), TILL_COMMITTED);
	assert_string_equal(again.outcome.reference, answer.outcome.reference);
	desk_open_again();
	assert_int_equal(desk_charge(1, 12300, &again), TILL_COMMITTED);
	assert_int_equal(desk_query(1, 12300, &again), TILL_COMMITTED);
	other = desk_settlement(TILL_CHARGE, 1, 12400);
	assert_int_equal(desk_ask(&other, &again), TILL_ERROR);
	assert_int_equal(desk_query(2, 12300, &again), TILL_NOT_FOUND);
	assert_int_equal(desk_balance(), DESK_BALANCE - 12300);
}

static const struct {
	const char *rule;
	enum till_result result;
	const char *code;
} refusals[] = {
	{ "answer=51", TILL_DECLINED, "insufficient_funds" },
	{ "answer=61", TILL_DECLINED, "limit_exceeded" },
	{ "answer=54", TILL_DECLINED, "card_expired" },
	{ "answer=14", TILL_DECLINED, "card_invalid" },
	{ "answer=57", TILL_DECLINED, "not_permitted" },
	{ "answer=91", TILL_DECLINED, "bank_unavailable" },
	{ "answer=43", TILL_DECLINED, "card_refused" },
	{ "answer=30", TILL_DECLINED, "technical" },
	{ "answer=08", TILL_LOST, "partial" },
	{ "partial=100", TILL_LOST, "no-answer" },
	{ "answer=94", TILL_LOST, "duplicate" },
	{ "no-code", TILL_LOST, "no-answer" },
	{ "drop", TILL_LOST, "no-answer" },
	{ "lose", TILL_LOST, "no-answer" },
	{ "wrong=stan", TILL_LOST, "no-answer" },
	{ "wrong=amount", TILL_LOST, "no-answer" },
	{ "wrong=currency", TILL_LOST, "no-answer" },
	{ "wrong=rrn", TILL_LOST, "no-answer" },
	{ "wrong=type", TILL_LOST, "no-answer" },
	{ "garbage=frame", TILL_LOST, "no-answer" },
	{ "garbage=stream", TILL_LOST, "no-answer" },
	{ "close=before", TILL_LOST, "no-answer" },
	{ "close=after", TILL_LOST, "no-answer" },
	{ "delay=3000", TILL_LOST, "no-answer" },
	{ "twice=20", TILL_COMMITTED, "" },
};

/* Each misbehaviour once: no approval that is none, and after a reversal
 * the customer has all his money. */
static void
test_refusals(void **state)
{
	char script[8192] = DESK_ACCOUNT;
	struct answer answer;
	enum till_result result;
	unsigned int i;
	size_t used;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		used = strlen(script);
		(void)snprintf(script + used, sizeof(script) - used,
		    "when mti=0200 amount=%u do %s\n", 1000 + i,
		    refusals[i].rule);
	}
	desk_begin_test(script, "response=1500ms\n");
	for (i = 0; i < COUNT(refusals); i++) {
		desk_wait_up();
		result = desk_charge(i, 1000 + i, &answer);
		if (result != refusals[i].result ||
		    strcmp(answer.outcome.code, refusals[i].code) != 0)
			fail_msg("%s: %x %s %s", refusals[i].rule, result,
			    answer.outcome.code, answer.outcome.text);
		assert_int_equal(answer.times, 1);
	}
	(void)poll(NULL, 0, 2000); /* late answers come */
	for (i = 0; i < COUNT(refusals); i++) {
		if (refusals[i].result != TILL_LOST)
			continue;
		desk_wait_up();
		result = desk_query(i, 1000 + i, &answer);
		assert_int_equal(result, TILL_LOST);
		result = desk_reverse(1000 + i, i, 1000 + i, &answer);
		if (result != TILL_REVERSED)
			fail_msg("%s: %x %s", refusals[i].rule, result,
			    answer.outcome.text);
	}
	assert_int_equal(desk_balance(), DESK_BALANCE - 1024);
}

static void
test_not_attempted(void **state)
{
	struct answer answer;
	struct till_settlement s;
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	(void)state;
	desk_begin_test(DESK_ACCOUNT, "");
	s = desk_settlement(TILL_CHARGE, 1, 100);
	s.payer_bank.len = 0;
	assert_int_equal(desk_ask(&s, &answer), TILL_NOT_ATTEMPTED);
	assert_string_equal(answer.outcome.code, "no-bank");
	s = desk_settlement(TILL_CHARGE, 2, 100);
	s.amount.micro = 1;
	assert_int_equal(desk_ask(&s, &answer), TILL_NOT_ATTEMPTED);
	assert_int_equal(desk_reverse(4, 3, 100, &answer), TILL_REVERSED);
	(void)kill(desk_bank()->pid, SIGSTOP);
	(void)kill(desk_bank()->pid, SIGKILL);
	while (desk_is_up() && net_clock_ms() < end_ms)
		(void)poll(NULL, 0, 5);
	assert_int_equal(desk_charge(5, 100, &answer), TILL_NOT_ATTEMPTED);
	assert_string_equal(answer.outcome.code, "bank_unavailable");
	assert_int_equal(desk_query(5, 100, &answer), TILL_NOT_FOUND);
}

static void
test_refund(void **state)
{
	struct answer paid, answer;
	struct till_settlement s;

	(void)state;
	desk_begin_test(DESK_ACCOUNT, "");
	assert_int_equal(desk_charge(1, 5000, &paid), TILL_COMMITTED);
	s = desk_settlement(TILL_REVERSE, 2, 1500);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(desk_at_bank("refunded"), 1);
	assert_int_equal(desk_balance(), DESK_BALANCE - 5000 + 1500);
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(desk_balance(), DESK_BALANCE - 5000 + 1500);
}

/* 0100, then 0220; another 0100 is let go by 0420. */
static void
test_hold(void **state)
{
	struct answer held, answer;
	struct till_settlement s;

	(void)state;
	desk_begin_test(DESK_ACCOUNT, "");
	s = desk_settlement(TILL_HOLD, 1, 5000);
	assert_int_equal(desk_ask(&s, &held), TILL_HELD);
	assert_int_equal(desk_balance(), DESK_BALANCE);
	s = desk_settlement(TILL_COMMIT, 2, 5000);
	s.original = held.outcome.reference;
	assert_int_equal(desk_ask(&s, &answer), TILL_COMMITTED);
	assert_int_equal(desk_balance(), DESK_BALANCE - 5000);
	s = desk_settlement(TILL_HOLD, 3, 700);
	assert_int_equal(desk_ask(&s, &held), TILL_HELD);
	s = desk_settlement(TILL_RELEASE, 4, 700);
	s.original = held.outcome.reference;
	assert_int_equal(desk_ask(&s, &answer), TILL_RELEASED);
	assert_int_equal(desk_at_bank("reserved"), 0);
	assert_int_equal(desk_balance(), DESK_BALANCE - 5000);
}

/* 500 at one time, each answered after a second, over one connection. */
static void
test_many(void **state)
{
	static struct answer answers[500];
	struct till_settlement s;
	int64_t began_ms;
	unsigned int i;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do delay=1000\n", "");
	began_ms = net_clock_ms();
	for (i = 0; i < COUNT(answers); i++) {
		s = desk_settlement(TILL_CHARGE, i, 100);
		desk_hand_in(&s, &answers[i]);
	}
	for (i = 0; i < COUNT(answers); i++) {
		desk_await(&answers[i]);
		assert_int_equal(answers[i].result, TILL_COMMITTED);
	}
	/* One after the other they would have taken 500 s. */
	assert_true(net_clock_ms() - began_ms < 15000);
	assert_int_equal(desk_balance(), DESK_BALANCE - 500 * 100);
}

static void
test_in_flight(void **state)
{
	struct answer answers[2], answer;
	struct till_settlement s;
	unsigned int i;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 nth=2 do lose\n",
	    "in-flight=1\nresponse=2s\n");
	assert_int_equal(desk_charge(9, 100, &answer), TILL_COMMITTED);
	for (i = 0; i < COUNT(answers); i++) {
		s = desk_settlement(TILL_CHARGE, i, 100);
		desk_hand_in(&s, &answers[i]);
	}
	desk_await(&answers[1]);
	assert_int_equal(answers[1].result, TILL_NOT_ATTEMPTED);
	assert_string_equal(answers[1].outcome.code, "bank_unavailable");
	desk_await(&answers[0]);
	assert_int_equal(answers[0].result, TILL_LOST);
	assert_int_equal(desk_charge(1, 100, &answer), TILL_COMMITTED);
}

/* A second one with the same key gets the same answer, and is not sent. */
static void
test_side_by_side(void **state)
{
	struct answer answers[8];
	const struct till_settlement s = desk_settlement(TILL_CHARGE, 1, 100);
	const struct till_settlement q = desk_settlement(TILL_QUERY, 1, 100);
	unsigned int i;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do delay=200\n", "");
	for (i = 0; i < COUNT(answers); i++)
		desk_hand_in(i % 2 == 0 ? &s : &q, &answers[i]);
	for (i = 0; i < COUNT(answers); i++) {
		desk_await(&answers[i]);
		assert_int_equal(answers[i].result, TILL_COMMITTED);
	}
	assert_int_equal(desk_balance(), DESK_BALANCE - 100);
}

/* Killed with payments under way: each is known, and can be undone. */
static void
test_killed(void **state)
{
	struct till_settlement s;
	struct answer answer;
	unsigned int i;
	pid_t child;
	int status;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do delay=60000\n", "");
	desk_close();
	child = fork();
	if (child == 0) {
		static struct answer answers[20];

		desk_open_again();
		for (i = 0; i < COUNT(answers); i++) {
			s = desk_settlement(TILL_CHARGE, i, 100);
			desk_hand_in(&s, &answers[i]);
		}
		(void)poll(NULL, 0, -1);
		_exit(0);
	}
	while (desk_balance() > DESK_BALANCE - 2000)
		(void)poll(NULL, 0, 5);
	(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	desk_open_again();
	for (i = 0; i < 20; i++) {
		assert_int_equal(desk_query(i, 100, &answer), TILL_LOST);
		assert_int_equal(desk_charge(i, 100, &answer), TILL_LOST);
		assert_int_equal(desk_reverse(100 + i, i, 100, &answer),
		    TILL_REVERSED);
	}
	assert_int_equal(desk_balance(), DESK_BALANCE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_charge, desk_end_test),
		cmocka_unit_test_teardown(test_refusals, desk_end_test),
		cmocka_unit_test_teardown(test_not_attempted, desk_end_test),
		cmocka_unit_test_teardown(test_refund, desk_end_test),
		cmocka_unit_test_teardown(test_hold, desk_end_test),
		cmocka_unit_test_teardown(test_many, desk_end_test),
		cmocka_unit_test_teardown(test_in_flight, desk_end_test),
		cmocka_unit_test_teardown(test_side_by_side, desk_end_test),
		cmocka_unit_test_teardown(test_killed, desk_end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

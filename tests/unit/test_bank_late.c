/*
 * test_bank_late.c - what is heard of a settlement after its outcome: late
 * approvals, what the bank takes back, and the totals of a day.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/desks.h"

#define PATIENCE_MS 20000
#define UNTAKEN 65 /* more than are told at one time */

/* The bank's dump has this, soon. */
static void
await_stats(const char *want)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;

	while (strstr(bank_tell(desk_bank(), "stats"), want) == NULL) {
		if (net_clock_ms() > end_ms)
			fail_msg("no %s in %s", want,
			    bank_tell(desk_bank(), "stats"));
		(void)poll(NULL, 0, 5);
	}
}

static void
has(const char *text, const char *want)
{
	if (strstr(text, want) == NULL)
		fail_msg("no '%s' in:\n%s", want, text);
}

/* The results, when they have this. */
static const char *
await_reconciled(const char *want)
{
	static char text[TILL_REPORT_MAX];
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;

	for (;;) {
		desk_reconciled(desk_itself(), text, sizeof(text));
		if (strstr(text, want) != NULL)
			return text;
		if (net_clock_ms() > end_ms)
			fail_msg("no '%s' in %s", want, text);
		(void)poll(NULL, 0, 5);
	}
}

static void
a_late_approval_is_told_until_the_host_has_it(void **state)
{
	const struct till_settlement s = desk_settlement(TILL_CHARGE, 1, 700);
	struct desk_late late;
	struct answer answer;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do delay=4000\n",
	    "response=1500ms\n");
	desk_take_late(false);
	assert_int_equal(desk_charge(1, 700, &answer), TILL_LOST);
	assert_string_equal(answer.outcome.code, "no-answer");
	desk_await_late(TILL_LATE_MOVED, 1, &late);
	assert_memory_equal(late.key, s.key, sizeof(s.key));
	assert_int_equal(late.amount.micro, 7000000);
	assert_string_equal(late.amount.currency, "EUR");
	assert_int_equal(desk_query(1, 700, &answer), TILL_LOST);
	/* Another start: it is told again, as it was not taken. */
	desk_close();
	desk_take_late(true);
	desk_open_again();
	desk_await_late(TILL_LATE_MOVED, late.times + 1, &late);
	assert_int_equal(desk_query(1, 700, &answer), TILL_LOST);
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_REVERSED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
	/* And no more, as it is known for good. */
	desk_open_again();
	assert_int_equal(desk_query(1, 700, &answer), TILL_LOST);
	desk_open_again();
	assert_int_equal(desk_query(1, 700, &answer), TILL_LOST);
	desk_await_late(TILL_LATE_MOVED, 1, &late);
	assert_int_equal(late.times, 2);
}

/* However many the host can never take, the next one is told. */
static void
one_that_is_not_taken_holds_up_no_other(void **state)
{
	const int64_t end_ms = net_clock_ms() + 3 * PATIENCE_MS;
	struct answer answers[UNTAKEN], answer;
	struct till_settlement s;
	struct desk_late late;
	size_t i;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do delay=4000\n",
	    "response=1500ms\n");
	desk_refuse_late(7000000);
	for (i = 0; i < UNTAKEN; i++) {
		s = desk_settlement(TILL_CHARGE, (unsigned int)i + 1, 700);
		desk_hand_in(&s, &answers[i]);
	}
	for (i = 0; i < UNTAKEN; i++) {
		desk_await(&answers[i]);
		assert_int_equal(answers[i].result, TILL_LOST);
	}
	desk_await_late(TILL_LATE_MOVED, 1, &late);
	assert_int_equal(late.taken, 0);
	assert_int_equal(desk_charge(UNTAKEN + 1, 800, &answer), TILL_LOST);
	while (late.taken == 0) {
		assert_true(net_clock_ms() < end_ms);
		(void)poll(NULL, 0, 5);
		desk_await_late(TILL_LATE_MOVED, 1, &late);
	}
	/* The others are not forgotten. */
	desk_refuse_late(-1);
	while (late.taken < UNTAKEN + 1) {
		assert_true(net_clock_ms() < end_ms);
		(void)poll(NULL, 0, 5);
		desk_await_late(TILL_LATE_MOVED, 1, &late);
	}
	assert_int_equal(late.taken, UNTAKEN + 1);
}

/* Reversed with a new key, as the host does it after it was told. */
static void
a_second_reversal_is_one_of_its_own(void **state)
{
	struct answer answer;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do lose\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 700, &answer), TILL_LOST);
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_REVERSED);
	assert_int_equal(desk_reverse(3, 1, 700, &answer), TILL_REVERSED);
	assert_int_equal(desk_at_bank("overtaken"), 1);
	assert_int_equal(desk_balance(), DESK_BALANCE);
}

/* A reversal that is not answered is repeated by the same key. */
static void
a_reversal_is_repeated_until_it_is_answered(void **state)
{
	struct answer answer;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do drop\n"
				     "when mti=0420 do lose\n"
				     "when mti=0421 nth=1 do answer=91\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 700, &answer), TILL_LOST);
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_UNKNOWN);
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_UNKNOWN);
	desk_open_again();
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_REVERSED);
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_REVERSED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
}

static void
no_more_is_given_back_than_was_paid(void **state)
{
	struct answer paid, answer;
	struct till_settlement s;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 amount=300 do drop\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 1000, &paid), TILL_COMMITTED);
	s = desk_settlement(TILL_REVERSE, 2, 700);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	s = desk_settlement(TILL_REVERSE, 3, 301);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_DECLINED);
	/* Its answer is lost; it is asked for by the same key. */
	s = desk_settlement(TILL_REVERSE, 4, 300);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_UNKNOWN);
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
	s = desk_settlement(TILL_REVERSE, 5, 1);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_DECLINED);
}

/* Its answer is lost; then the bank cannot say, and that is no refusal. */
static void
a_refund_is_asked_for_until_the_bank_knows_it(void **state)
{
	struct answer paid, answer;
	struct till_settlement s;

	(void)state;
	desk_begin_test(DESK_ACCOUNT
	    "when mti=0200 amount=300 do drop\n"
	    "when mti=0201 amount=300 nth=1..2 do answer=91\n"
	    "when mti=0200 amount=200 do answer=91\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 1000, &paid), TILL_COMMITTED);
	s = desk_settlement(TILL_REVERSE, 2, 300);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_UNKNOWN);
	assert_int_equal(desk_ask(&s, &answer), TILL_UNKNOWN);
	desk_open_again();
	assert_int_equal(desk_ask(&s, &answer), TILL_UNKNOWN);
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(desk_at_bank("refunded"), 1);
	/* What it says to the first is its answer. */
	s = desk_settlement(TILL_REVERSE, 3, 200);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_DECLINED);
	assert_int_equal(desk_balance(), DESK_BALANCE - 700);
}

/* As the bank's books name it. */
static void
key_at_bank(char *key, size_t size)
{
	const char *at = strstr(bank_tell(desk_bank(), "dump"), "\"key\":\"");

	assert_non_null(at);
	at += strlen("\"key\":\"");
	(void)snprintf(key, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void
what_the_bank_takes_back_is_told(void **state)
{
	const struct till_settlement s = desk_settlement(TILL_CHARGE, 1, 900);
	char command[256], key[128];
	struct desk_late late;
	struct answer answer;

	(void)state;
	desk_begin_test(DESK_ACCOUNT, "");
	assert_int_equal(desk_charge(1, 900, &answer), TILL_COMMITTED);
	key_at_bank(key, sizeof(key));
	(void)snprintf(command, sizeof(command), "issuer-reversal %s", key);
	desk_take_late(false);
	(void)bank_tell(desk_bank(), command);
	desk_await_late(TILL_LATE_TAKEN_BACK, 1, &late);
	assert_memory_equal(late.key, s.key, sizeof(s.key));
	assert_int_equal(late.amount.micro, 9000000);
	await_stats("\"own_waiting\":0");
	desk_take_late(true);
	desk_open_again();
	desk_await_late(TILL_LATE_TAKEN_BACK, 2, &late);
	assert_int_equal(desk_query(1, 900, &answer), TILL_COMMITTED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
}

static void
a_day_is_reconciled_at_cutover(void **state)
{
	const char *text;
	struct answer paid, answer;
	struct till_settlement s;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 amount=77 do drop\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 900, &paid), TILL_COMMITTED);
	s = desk_settlement(TILL_REVERSE, 2, 200);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(desk_charge(3, 500, &answer), TILL_COMMITTED);
	assert_int_equal(desk_reverse(4, 3, 500, &answer), TILL_REVERSED);
	(void)bank_tell(desk_bank(), "cutover");
	text = await_reconciled("the bank says the same");
	has(text, "payments: ours 2, 1400");
	has(text, "payments reversed: ours 1, 500");
	has(text, "refunds: ours 1, 200");

	/* The next day one answer is lost: a difference, and in doubt. */
	assert_int_equal(desk_charge(5, 77, &answer), TILL_LOST);
	assert_int_equal(desk_charge(6, 100, &answer), TILL_COMMITTED);
	(void)bank_tell(desk_bank(), "cutover");
	text = await_reconciled("the bank says something else");
	has(text,
	    "payments: ours 1, 100 minor units; the bank's 2, 177; "
	    "difference 77");
	has(text, "in doubt: 1, 77 minor units");
	/* Kept. */
	desk_open_again();
	has(desk_log_text(), "the bank says something else");
	text = await_reconciled("the bank says something else");
	has(text, "the bank says the same");
}

static void
totals_are_asked_for_until_they_come(void **state)
{
	struct till_error err;
	struct answer answer;
	size_t len;

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0500 do lose\n"
				     "when mti=0501 nth=1 do drop\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 900, &answer), TILL_COMMITTED);
	assert_int_equal(desk_reconcile(desk_itself(), "", &len, &err), 0);
	assert_int_equal(len, 1);
	(void)await_reconciled("the bank says the same");
	(void)bank_tell(desk_bank(), "cutover");
	assert_int_equal(desk_charge(2, 100, &answer), TILL_COMMITTED);
	assert_null(strstr(await_reconciled("day"), "asked for"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    a_late_approval_is_told_until_the_host_has_it,
		    desk_end_test),
		cmocka_unit_test_teardown(
		    one_that_is_not_taken_holds_up_no_other, desk_end_test),
		cmocka_unit_test_teardown(a_second_reversal_is_one_of_its_own,
		    desk_end_test),
		cmocka_unit_test_teardown(
		    a_reversal_is_repeated_until_it_is_answered, desk_end_test),
		cmocka_unit_test_teardown(no_more_is_given_back_than_was_paid,
		    desk_end_test),
		cmocka_unit_test_teardown(
		    a_refund_is_asked_for_until_the_bank_knows_it,
		    desk_end_test),
		cmocka_unit_test_teardown(what_the_bank_takes_back_is_told,
		    desk_end_test),
		cmocka_unit_test_teardown(a_day_is_reconciled_at_cutover,
		    desk_end_test),
		cmocka_unit_test_teardown(totals_are_asked_for_until_they_come,
		    desk_end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

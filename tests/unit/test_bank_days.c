/*
 * test_bank_days.c - a settlement day ends by the clock, which the test
 * moves, or by the bank's word; and its totals are asked for by hand.
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
#define DAY_S 86400
#define EVENING (INT64_C(1795298400)) /* 2026-11-21 22:00 UTC */
#define CUTOVER_S (INT64_C(81000)) /* 22:30 */

static void
begin(const char *rules, int64_t cutover_s)
{
	char script[1024];
	const struct desk_setup setup = { .script = script,
		.lines = "response=1500ms\n",
		.cutover_s = cutover_s,
		.time_s = EVENING };

	(void)snprintf(script, sizeof(script), DESK_ACCOUNT "%s", rules);
	desk_begin_with(&setup);
}

static unsigned int
count(const char *text, const char *want)
{
	unsigned int n = 0;

	for (; (text = strstr(text, want)) != NULL; text++)
		n++;
	return n;
}

/* The results, when so many have been logged. */
static const char *
await_results(unsigned int n)
{
	static char text[TILL_REPORT_MAX];
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;

	while (count(desk_log_text(), "reconciliation: day") < n) {
		if (net_clock_ms() > end_ms)
			fail_msg("no %u results:\n%s", n, desk_log_text());
		(void)poll(NULL, 0, 5);
	}
	desk_reconciled(desk_itself(), text, sizeof(text));
	return text;
}

static void
has(const char *text, const char *want)
{
	if (strstr(text, want) == NULL)
		fail_msg("no '%s' in:\n%s", want, text);
}

static void
charge(unsigned int number, int64_t cents, enum till_result want)
{
	struct answer answer;

	assert_int_equal(desk_charge(number, cents, &answer), want);
}

/* The desk has looked at the clock: the second answer is given after the
 * turn of the first. */
static void
turn(void)
{
	struct answer answer;

	assert_int_equal(desk_query(901, 1, &answer), TILL_NOT_FOUND);
	assert_int_equal(desk_query(902, 1, &answer), TILL_NOT_FOUND);
}

static void
a_day_ends_by_the_clock(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(EVENING % DAY_S, 22 * 3600);
	begin("", CUTOVER_S);
	charge(1, 100, TILL_COMMITTED);
	desk_set_time(EVENING + 29 * 60);
	charge(2, 200, TILL_COMMITTED);
	assert_int_equal(count(desk_log_text(), "reconciliation"), 0);
	desk_set_time(EVENING + 30 * 60);
	text = await_results(1);
	has(text, "the bank says the same");
	has(text, "payments: ours 2, 300");
	assert_int_equal(desk_alarms(), 0);
	/* Once a day, however late it is. */
	desk_set_time(EVENING + DAY_S);
	charge(3, 400, TILL_COMMITTED);
	assert_int_equal(count(desk_log_text(), "reconciliation: day"), 1);
	/* The bank's date is the same still: its totals are new ones. */
	desk_set_time(EVENING + DAY_S + 30 * 60);
	text = await_results(2);
	has(text, "payments: ours 3, 700");
	assert_int_equal(count(text, "day "), 1);
	/* Of a day without a payment nothing is asked. */
	desk_set_time(EVENING + 2 * DAY_S + 30 * 60);
	turn();
	charge(4, 800, TILL_COMMITTED);
	assert_int_equal(count(desk_log_text(), "reconciliation: day"), 2);
}

/* What is in doubt is told of beside the totals, and the difference is an
 * error in the log, and one event. */
static void
a_difference_is_an_alarm(void **state)
{
	char alarm[32];
	const char *text;

	(void)state;
	begin("when mti=0200 amount=77 do drop\n"
	      "when mti=0200 amount=88 do drop\n",
	    CUTOVER_S);
	charge(1, 100, TILL_COMMITTED);
	charge(2, 77, TILL_LOST);
	charge(3, 88, TILL_LOST);
	desk_set_time(EVENING + 30 * 60);
	text = await_results(1);
	has(text, "the bank says something else");
	has(text, "difference 165");
	has(text, "in doubt: 2, 165 minor units, trace numbers ");
	(void)snprintf(alarm, sizeof(alarm), "%d reconciliation: day",
	    (int)TILL_LOG_ERROR);
	has(desk_log_text(), alarm);
	(void)snprintf(alarm, sizeof(alarm), "%d reconciliation: in doubt",
	    (int)TILL_LOG_WARNING);
	has(desk_log_text(), alarm);
	assert_int_equal(desk_alarms(), 1);
}

/* What the desk's own thread has to say is in the log at once; what the host
 * does not take waits for a call. */
static void
lines_are_logged_when_they_are_said(void **state)
{
	char line[64];

	(void)state;
	begin("", -1);
	(void)snprintf(line, sizeof(line), "%d link 1 is up\n",
	    (int)TILL_LOG_INFO);
	has(desk_log_text(), line);
	desk_take_late(false);
	desk_kill_bank();
	desk_await_link(1, "down");
	(void)snprintf(line, sizeof(line),
	    "%d later link 1 is down: ", (int)TILL_LOG_WARNING);
	has(desk_log_text(), line);
}

/* Each second answer is a line. */
static void
so_many_lines_are_not_all_logged_at_once(void **state)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	static struct answer answers[400];
	const unsigned int n = sizeof(answers) / sizeof(answers[0]);
	struct till_settlement s;
	unsigned int i;

	(void)state;
	begin("when mti=0200 do twice=1\n", -1);
	for (i = 0; i < n; i++) {
		s = desk_settlement(TILL_CHARGE, i, 100);
		desk_hand_in(&s, &answers[i]);
	}
	while (count(desk_log_text(), "to nothing that waits") < n) {
		if (net_clock_ms() > end_ms)
			fail_msg("%s", desk_log_text());
		(void)poll(NULL, 0, 5);
	}
	i = count(desk_log_text(), " later trace number");
	assert_in_range(i, 1, n - 60);
}

static void
the_bank_says_that_a_day_is_over(void **state)
{
	const char *text;

	(void)state;
	begin("", -1);
	charge(1, 100, TILL_COMMITTED);
	desk_set_time(EVENING + 3 * DAY_S);
	charge(2, 100, TILL_COMMITTED);
	assert_int_equal(count(desk_log_text(), "reconciliation: day"), 0);
	(void)bank_tell(desk_bank(), "cutover");
	text = await_results(1);
	has(text, "payments: ours 2, 200");
	has(desk_log_text(), "the bank's day is now ");
	charge(3, 400, TILL_COMMITTED);
	(void)bank_tell(desk_bank(), "cutover");
	text = await_results(2);
	has(text, "payments: ours 1, 400");
	assert_int_equal(count(text, "the bank says the same"), 2);
}

static void
cannot(const char *day, const char *want)
{
	struct till_error err;
	size_t len;

	assert_int_equal(desk_reconcile(desk_itself(), day, &len, &err), -1);
	has(err.text, want);
}

static void
totals_are_asked_for_by_hand(void **state)
{
	char day[5];
	struct till_error err;
	const char *at;
	size_t len;

	(void)state;
	begin("when mti=0500 nth=3..99 do lose\n"
	      "when mti=0501 do lose\n",
	    -1);
	cannot("", "nothing has come back");
	charge(1, 100, TILL_COMMITTED);
	cannot("0230", "has nothing of day 0230");
	assert_int_equal(desk_reconcile(desk_itself(), "", &len, &err), 0);
	assert_int_equal(len, 1);
	at = strstr(await_results(1), "day ");
	assert_non_null(at);
	(void)snprintf(day, sizeof(day), "%.4s", at + 4);
	/* Of one day, also if it agreed. */
	assert_int_equal(desk_reconcile(desk_itself(), day, &len, &err), 0);
	assert_int_equal(len, 1);
	has(await_results(2), "the bank says the same");
	/* It takes a while: nobody asks twice. */
	assert_int_equal(desk_reconcile(desk_itself(), day, &len, &err), 0);
	cannot(day, "is being asked already");
	desk_kill_bank();
	desk_await_link(1, "down");
	cannot(day, "cannot be asked now: link 1 is ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_day_ends_by_the_clock,
		    desk_end_test),
		cmocka_unit_test_teardown(a_difference_is_an_alarm,
		    desk_end_test),
		cmocka_unit_test_teardown(lines_are_logged_when_they_are_said,
		    desk_end_test),
		cmocka_unit_test_teardown(
		    so_many_lines_are_not_all_logged_at_once, desk_end_test),
		cmocka_unit_test_teardown(the_bank_says_that_a_day_is_over,
		    desk_end_test),
		cmocka_unit_test_teardown(totals_are_asked_for_by_hand,
		    desk_end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

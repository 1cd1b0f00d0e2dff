/*
 * test_bank_links.c - two links, each to a bank of its own so that it shows
 * what went where: the first that is up takes a payment, and none is ever
 * sent once more over the other.
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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENCE_MS 20000
#define CHARGED "\"state\":\"charged\""
#define REVERSAL "\"mti\":\"0420\""

static void
begin(const char *rules)
{
	char script[1024];
	const struct desk_setup setup = { .script = script,
		.lines = "response=10s\n",
		.second = DESK_ACCOUNT,
		.second_lines = "response=10s\n",
		.cutover_s = -1,
		.outlasts = true };

	(void)snprintf(script, sizeof(script), DESK_ACCOUNT "%s", rules);
	desk_begin_with(&setup);
	desk_await_link(1, "up");
	desk_await_link(2, "up");
}

/* So many of what the bank's dump shows, soon. */
static void
await_at(struct bank_process *bank, const char *want, unsigned int n)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;

	while (desk_at(bank, want) != n) {
		if (net_clock_ms() > end_ms)
			fail_msg("not %u of %s in %s", n, want,
			    bank_tell(bank, "dump"));
		(void)poll(NULL, 0, 5);
	}
}

static void
the_first_link_that_is_up_takes_a_payment(void **state)
{
	struct answer answer;

	(void)state;
	begin("");
	assert_int_equal(desk_charge(1, 100, &answer), TILL_COMMITTED);
	assert_int_equal(desk_at(desk_bank(), CHARGED), 1);
	assert_int_equal(desk_at(desk_second_bank(), CHARGED), 0);
	desk_kill_bank();
	desk_await_link(1, "down");
	assert_int_equal(desk_charge(2, 200, &answer), TILL_COMMITTED);
	assert_int_equal(desk_at(desk_second_bank(), "\"amount\":200,"), 1);
	/* It comes back, and what is new goes there again. */
	desk_start_bank();
	desk_await_link(1, "up");
	assert_int_equal(desk_charge(3, 300, &answer), TILL_COMMITTED);
	assert_int_equal(desk_at(desk_bank(), "\"amount\":300,"), 1);
	assert_int_equal(desk_at(desk_second_bank(), CHARGED), 1);
	/* What was paid is known, and is not paid over the other link. */
	assert_int_equal(desk_charge(2, 200, &answer), TILL_COMMITTED);
	assert_int_equal(desk_at(desk_bank(), "\"amount\":200,"), 0);
}

static void
what_a_cut_link_had_under_way_is_sent_on_no_other(void **state)
{
	struct answer answers[5], answer;
	struct till_settlement s;
	unsigned int i;

	(void)state;
	begin("when mti=0200 do delay=60000\n");
	for (i = 0; i < COUNT(answers); i++) {
		s = desk_settlement(TILL_CHARGE, i, 100);
		desk_hand_in(&s, &answers[i]);
	}
	await_at(desk_bank(), CHARGED, COUNT(answers));
	desk_kill_bank();
	for (i = 0; i < COUNT(answers); i++) {
		desk_await(&answers[i]);
		assert_int_equal(answers[i].result, TILL_LOST);
		assert_string_equal(answers[i].outcome.code, "no-answer");
		assert_int_equal(answers[i].times, 1);
	}
	/* The other one is up, and takes what is new only. */
	assert_int_equal(desk_charge(20, 300, &answer), TILL_COMMITTED);
	for (i = 0; i < COUNT(answers); i++) {
		assert_int_equal(desk_charge(i, 100, &answer), TILL_LOST);
		assert_int_equal(desk_query(i, 100, &answer), TILL_LOST);
	}
	assert_int_equal(desk_at(desk_second_bank(), CHARGED), 1);
	/* Nor when the first one is there again. */
	desk_start_bank();
	desk_await_link(1, "up");
	for (i = 0; i < COUNT(answers); i++)
		assert_int_equal(desk_charge(i, 100, &answer), TILL_LOST);
	assert_int_equal(desk_at(desk_bank(), CHARGED), COUNT(answers));
	/* Undone where it was done, as that link is up. */
	for (i = 0; i < COUNT(answers); i++)
		assert_int_equal(desk_reverse(10 + i, i, 100, &answer),
		    TILL_REVERSED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
	assert_int_equal(desk_at(desk_second_bank(), REVERSAL), 0);
}

/* It bears the names of the link that it is about, by which the network
 * knows the payment. */
static void
a_reversal_may_go_over_another_link(void **state)
{
	const struct desk_setup setup = { .script = DESK_ACCOUNT
		"when mti=0200 do close=after\n",
		.lines = "acquirer=654321\n",
		.second = DESK_ACCOUNT,
		.second_lines = "",
		.cutover_s = -1 };
	struct answer answer;

	(void)state;
	desk_begin_with(&setup);
	desk_await_link(1, "up");
	desk_await_link(2, "up");
	assert_int_equal(desk_charge(1, 100, &answer), TILL_LOST);
	desk_kill_bank();
	desk_await_link(1, "down");
	assert_int_equal(desk_reverse(2, 1, 100, &answer), TILL_REVERSED);
	assert_int_equal(desk_at(desk_second_bank(), REVERSAL), 1);
	assert_int_equal(desk_at(desk_second_bank(), CHARGED), 0);
	assert_int_equal(desk_at(desk_second_bank(), "00000123456\""), 0);
	/* The reversal, what it is about, and that as an entry. */
	assert_int_equal(desk_at(desk_second_bank(), "00000654321\""), 3);
}

/* One that was lost goes over the link that is up, by the same key. */
static void
a_lost_reversal_is_repeated_over_another_link(void **state)
{
	struct answer first, answer;
	struct till_settlement s;

	(void)state;
	begin("when mti=0200 do drop\nwhen mti=0420 do delay=60000\n");
	s = desk_settlement(TILL_CHARGE, 1, 100);
	desk_hand_in(&s, &first);
	await_at(desk_bank(), CHARGED, 1);
	(void)bank_tell(desk_bank(), "close");
	desk_await(&first);
	assert_int_equal(first.result, TILL_LOST);
	desk_await_link(1, "up");
	s = desk_reversal(2, 1, 100);
	desk_hand_in(&s, &first);
	await_at(desk_bank(), REVERSAL, 1);
	desk_kill_bank();
	desk_await(&first);
	assert_int_equal(first.result, TILL_UNKNOWN);
	assert_int_equal(desk_ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(desk_at(desk_second_bank(), REVERSAL), 1);
	assert_int_equal(desk_at(desk_second_bank(), CHARGED), 0);
}

static void
without_a_link_nothing_is_attempted(void **state)
{
	struct answer answer;

	(void)state;
	begin("");
	desk_kill_bank();
	bank_end(desk_second_bank());
	desk_second_bank()->pid = 0;
	desk_await_link(1, "down");
	desk_await_link(2, "down");
	assert_int_equal(desk_charge(1, 100, &answer), TILL_NOT_ATTEMPTED);
	assert_string_equal(answer.outcome.code, "bank_unavailable");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    the_first_link_that_is_up_takes_a_payment, desk_end_test),
		cmocka_unit_test_teardown(
		    what_a_cut_link_had_under_way_is_sent_on_no_other,
		    desk_end_test),
		cmocka_unit_test_teardown(a_reversal_may_go_over_another_link,
		    desk_end_test),
		cmocka_unit_test_teardown(
		    a_lost_reversal_is_repeated_over_another_link,
		    desk_end_test),
		cmocka_unit_test_teardown(without_a_link_nothing_is_attempted,
		    desk_end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

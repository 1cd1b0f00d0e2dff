/*
 * test_bank_doubt.c - what the desk must not believe: that a part is nothing,
 * that what is taken back has been refused, that what it does not remember
 * was never sent.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/desks.h"

#define PATIENCE_MS 20000

/* The bank approves a part, after the desk has given up. */
static void
a_part_that_comes_late_is_told(void **state)
{
	const struct till_settlement s = desk_settlement(TILL_CHARGE, 1, 700);
	struct desk_late late;
	struct answer answer;

	(void)state;
	desk_begin_test(DESK_ACCOUNT
	    "when mti=0200 do arrive=4000 partial=300\n",
	    "response=1500ms\n");
	assert_int_equal(desk_charge(1, 700, &answer), TILL_LOST);
	desk_await_late(TILL_LATE_MOVED, 1, &late);
	assert_memory_equal(late.key, s.key, sizeof(s.key));
	assert_int_equal(late.amount.micro, 7000000);
	assert_int_equal(desk_query(1, 700, &answer), TILL_LOST);
	assert_int_equal(desk_reverse(2, 1, 700, &answer), TILL_REVERSED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
}

/* The key of the charge that the bank has booked, soon. */
static void
await_key(char *key, size_t size)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	const char *at;

	for (;;) {
		at = bank_tell(desk_bank(), "dump");
		at = strstr(at, "\"key\":\"0200");
		if (at != NULL)
			break;
		if (net_clock_ms() > end_ms)
			fail_msg("it does not come to the bank");
		(void)poll(NULL, 0, 5);
	}
	at += strlen("\"key\":\"");
	(void)snprintf(key, size, "%.*s", (int)strcspn(at, "\""), at);
}

/* Before the answer to it, which approves: then it is paid, and in dispute. */
static void
what_is_taken_back_before_its_answer_is_told(void **state)
{
	const struct till_settlement s = desk_settlement(TILL_CHARGE, 1, 900);
	char command[256], key[128];
	struct desk_late late;
	struct answer answer = { .has = false };

	(void)state;
	desk_begin_test(DESK_ACCOUNT "when mti=0200 do delay=1500\n", "");
	desk_hand_in(&s, &answer);
	await_key(key, sizeof(key));
	(void)snprintf(command, sizeof(command), "issuer-reversal %s", key);
	(void)bank_tell(desk_bank(), command);
	desk_await_late(TILL_LATE_TAKEN_BACK, 1, &late);
	assert_memory_equal(late.key, s.key, sizeof(s.key));
	desk_await(&answer);
	assert_int_equal(answer.result, TILL_COMMITTED);
	assert_int_equal(desk_balance(), DESK_BALANCE);
}

/* Its journal is lost: then nobody may say that it was never sent, or it
 * would be charged once more. */
static void
a_journal_that_is_gone_is_no_answer(void **state)
{
	const int64_t now_s = (int64_t)time(NULL);
	char path[512];
	struct answer answer;

	(void)state;
	desk_begin_test(DESK_ACCOUNT, "");
	assert_int_equal(desk_query(2, 500, &answer), TILL_NOT_FOUND);
	assert_int_equal(desk_charge(1, 700, &answer), TILL_COMMITTED);
	desk_close();
	(void)snprintf(path, sizeof(path), "%s/journal", desk_folder());
	assert_int_equal(unlink(path), 0);
	desk_set_time(now_s + 100);
	desk_open_again();
	assert_int_equal(desk_query(1, 700, &answer), TILL_UNKNOWN);
	assert_int_equal(desk_reverse(3, 1, 700, &answer), TILL_DECLINED);
	/* Also when there is something in the new one. */
	assert_int_equal(desk_charge(4, 300, &answer), TILL_COMMITTED);
	desk_open_again();
	assert_int_equal(desk_query(1, 700, &answer), TILL_UNKNOWN);
	assert_int_equal(desk_query(4, 300, &answer), TILL_COMMITTED);
	assert_int_equal(desk_at_bank("charged"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_part_that_comes_late_is_told,
		    desk_end_test),
		cmocka_unit_test_teardown(
		    what_is_taken_back_before_its_answer_is_told,
		    desk_end_test),
		cmocka_unit_test_teardown(a_journal_that_is_gone_is_no_answer,
		    desk_end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

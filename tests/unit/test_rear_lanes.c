/*
 * test_rear_lanes.c - each merchant's events in their order, nobody's for
 * want of another's answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rear/lanes.h"

static struct lanes *lanes;

static int
setup(void **state)
{
	(void)state;
	lanes = lanes_new(2);
	return lanes == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	lanes_free(lanes);
	lanes_free(NULL);
	return 0;
}

static struct lane *
takes(const char *merchant)
{
	struct lane *lane = lanes_take(lanes);

	assert_non_null(lane);
	assert_string_equal(lane->merchant, merchant);
	return lane;
}

static size_t
busy(void)
{
	struct lanes_stats stats;

	lanes_stats(lanes, &stats);
	return stats.busy;
}

static void
a_lane_is_at_one_place_at_a_time(void **state)
{
	struct lane *lane;

	(void)state;
	assert_null(lanes_take(lanes));
	assert_true(lanes_wake(lanes, "a"));
	assert_true(lanes_wake(lanes, "a"));
	lane = takes("a");
	assert_int_equal(lane->at, 0);
	assert_null(lanes_take(lanes));
	/* What comes meanwhile is not forgotten, nor told twice. */
	assert_true(lanes_wake(lanes, "a"));
	assert_null(lanes_take(lanes));
	lanes_told(lanes, lane, 5, false);
	lane = takes("a");
	assert_int_equal(lane->at, 5);
	assert_true(lanes_wake(lanes, "a"));
	lanes_idle(lanes, lane);
	lane = takes("a");
	assert_int_equal(lane->at, 5);
	lanes_idle(lanes, lane);
	assert_null(lanes_take(lanes));
	assert_int_equal(busy(), 0);
	/* It knows where it was. */
	assert_true(lanes_wake(lanes, "a"));
	assert_int_equal(busy(), 1);
	lane = takes("a");
	assert_int_equal(lane->at, 5);
	lanes_idle(lanes, lane);
}

static void
merchants_take_turns(void **state)
{
	struct lane *a, *b;

	(void)state;
	assert_true(lanes_wake(lanes, "a"));
	assert_true(lanes_wake(lanes, "b"));
	a = takes("a");
	b = takes("b");
	lanes_told(lanes, b, 2, false);
	lanes_told(lanes, a, 2, false);
	lanes_told(lanes, takes("b"), 3, false);
	lanes_idle(lanes, takes("a"));
	lanes_idle(lanes, takes("b"));
	assert_null(lanes_take(lanes));
}

static void
who_failed_sleeps_until_it_is_time(void **state)
{
	struct lane *lane;

	(void)state;
	assert_true(lanes_wake(lanes, "a"));
	lanes_sleep(lanes, takes("a"), 1000, true);
	assert_true(lanes_wake(lanes, "a"));
	assert_int_equal(lanes_tick(lanes, 999), 0);
	assert_null(lanes_take(lanes));
	assert_int_equal(lanes_tick(lanes, 1000), 1);
	lane = takes("a");
	assert_true(lane->slow);
	lanes_told(lanes, lane, 2, false);
	assert_false(lane->slow);
	lanes_idle(lanes, takes("a"));
}

static void
only_some_are_at_work_on_those_who_failed(void **state)
{
	struct lane *slow[3], *good;
	char name[8];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "s%zu", i);
		assert_true(lanes_wake(lanes, name));
		lanes_sleep(lanes, takes(name), 0, true);
	}
	assert_int_equal(lanes_tick(lanes, 1), 3);
	slow[0] = lanes_take(lanes);
	slow[1] = lanes_take(lanes);
	assert_non_null(slow[1]);
	assert_null(lanes_take(lanes));
	assert_true(lanes_wake(lanes, "good"));
	good = takes("good");
	lanes_idle(lanes, good);
	lanes_sleep(lanes, slow[0], 100, true);
	slow[2] = lanes_take(lanes);
	assert_non_null(slow[2]);
	assert_null(lanes_take(lanes));
	lanes_told(lanes, slow[1], 9, false);
	lanes_told(lanes, slow[2], 9, false);
}

/* Who takes what comes, but is long about it, is so the next time too. */
static void
who_is_long_about_it_is_slow_until_quick(void **state)
{
	struct lanes_stats stats;
	struct lane *slow[2];
	char name[8];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "s%zu", i);
		assert_true(lanes_wake(lanes, name));
		lanes_told(lanes, takes(name), 2, true);
		lanes_idle(lanes, takes(name));
		assert_null(lanes_take(lanes));
	}
	lanes_stats(lanes, &stats);
	assert_int_equal(stats.slow, 3);
	assert_int_equal(stats.failed, 0);
	for (i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "s%zu", i);
		assert_true(lanes_wake(lanes, name));
	}
	slow[0] = takes("s0");
	slow[1] = takes("s1");
	assert_null(lanes_take(lanes));
	assert_true(lanes_wake(lanes, "good"));
	lanes_idle(lanes, takes("good"));
	/* Quick again: it is as good as any. */
	lanes_told(lanes, slow[0], 3, false);
	lanes_idle(lanes, takes("s2"));
	lanes_idle(lanes, takes("s0"));
	lanes_stats(lanes, &stats);
	assert_int_equal(stats.slow, 2);
	/* Who failed, and has nothing more, is not called slow for it. */
	lanes_sleep(lanes, slow[1], 0, true);
	lanes_stats(lanes, &stats);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(lanes_tick(lanes, 1), 1);
	lanes_idle(lanes, takes("s1"));
	lanes_stats(lanes, &stats);
	assert_int_equal(stats.slow, 1);
	assert_int_equal(stats.failed, 0);
}

/* With one teller: neither the good nor the slow wait for ever. */
static void
good_and_slow_take_turns(void **state)
{
	struct lane *lane;
	unsigned int good = 0, slow = 0, i;

	(void)state;
	assert_true(lanes_wake(lanes, "slow"));
	lanes_sleep(lanes, takes("slow"), 0, true);
	assert_true(lanes_wake(lanes, "good"));
	for (i = 0; i < 10; i++) {
		(void)lanes_tick(lanes, 1);
		lane = lanes_take(lanes);
		assert_non_null(lane);
		if (lane->slow) {
			slow++;
			lanes_sleep(lanes, lane, 0, true);
		} else {
			good++;
			lanes_told(lanes, lane, i, false);
		}
	}
	assert_int_equal(good, 5);
	assert_int_equal(slow, 5);
}

static void
what_is_told_again_is_told_now(void **state)
{
	struct lane *lane;

	(void)state;
	assert_true(lanes_wake(lanes, "a"));
	lanes_told(lanes, takes("a"), 9, false);
	lane = takes("a");
	assert_true(lanes_again(lanes, "a", 3));
	assert_true(lanes_again(lanes, "a", 4));
	lanes_told(lanes, lane, 10, false);
	lane = takes("a");
	assert_int_equal(lane->at, 3);
	/* Also if it sleeps, or is called at that moment and fails. */
	lanes_sleep(lanes, lane, 1000000, true);
	assert_true(lanes_again(lanes, "a", 2));
	assert_int_equal(lanes_tick(lanes, 1), 1);
	lane = takes("a");
	assert_int_equal(lane->at, 2);
	assert_true(lanes_again(lanes, "a", 1));
	lanes_sleep(lanes, lane, 1000000, true);
	assert_int_equal(lanes_tick(lanes, 1), 1);
	lane = takes("a");
	assert_int_equal(lane->at, 1);
	lanes_idle(lanes, lane);
	assert_true(lanes_again(lanes, "a", 7));
	lane = takes("a");
	assert_int_equal(lane->at, 1);
	lanes_idle(lanes, lane);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_lane_is_at_one_place_at_a_time),
		CASE(merchants_take_turns),
		CASE(who_failed_sleeps_until_it_is_time),
		CASE(only_some_are_at_work_on_those_who_failed),
		CASE(who_is_long_about_it_is_slow_until_quick),
		CASE(good_and_slow_take_turns),
		CASE(what_is_told_again_is_told_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

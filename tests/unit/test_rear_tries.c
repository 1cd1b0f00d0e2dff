/*
 * test_rear_tries.c - failed tries by place, and the names of browsers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "rear/device.h"
#include "rear/tries.h"

static uint32_t
tries_of(struct tries *tries, const char *instance, const char *cid,
    const char *place)
{
	struct till_failures failures;

	tries_get(tries, instance, cid, place, &failures);
	return failures.count;
}

static void
failures_are_counted_by_place(void **state)
{
	struct tries *tries = tries_new(TRIES_MAX);
	struct till_failures failures;

	(void)state;
	assert_int_equal(tries_of(tries, "pin", "alice", "net 10.0.0"), 0);
	tries_failed(tries, "pin", "alice", "net 10.0.0", 10);
	tries_failed(tries, "pin", "alice", "net 10.0.0", 20);
	tries_failed(tries, "pin", "alice", "browser x", 30);
	tries_get(tries, "pin", "alice", "net 10.0.0", &failures);
	assert_int_equal(failures.count, 2);
	assert_int_equal(failures.first_ms, 10);
	assert_int_equal(failures.last_ms, 20);
	assert_int_equal(tries_of(tries, "pin", "alice", "browser x"), 1);
	assert_int_equal(tries_of(tries, "card", "alice", "net 10.0.0"), 0);
	assert_int_equal(tries_of(tries, "pin", "bob", "net 10.0.0"), 0);
	tries_failed(tries, "pin", "bob", "net 10.0.0", 40);
	assert_false(tries_known(tries, "pin", "alice", "net 10.9.9"));
	tries_succeeded(tries, "pin", "alice", "browser x", 45);
	assert_int_equal(tries_of(tries, "pin", "alice", "browser x"), 0);
	assert_true(tries_known(tries, "pin", "alice", "browser x"));
	assert_int_equal(tries_of(tries, "pin", "alice", "net 10.0.0"), 2);
	/* All of them count for a day, whoever succeeds. */
	tries_failed(tries, "pin", "alice", TRIES_ALL, 100);
	tries_failed(tries, "pin", "alice", TRIES_ALL, 200);
	assert_int_equal(tries_of(tries, "pin", "alice", TRIES_ALL), 2);
	tries_failed(tries, "pin", "alice", TRIES_ALL, 100 + TRIES_ALL_MS);
	assert_int_equal(tries_of(tries, "pin", "alice", TRIES_ALL), 1);
	tries_forget(tries, "alice");
	assert_int_equal(tries_of(tries, "pin", "alice", "net 10.0.0"), 0);
	assert_int_equal(tries_of(tries, "pin", "bob", "net 10.0.0"), 1);
	tries_free(tries);
}

/* However many names are made up, a place with more failures stays. */
static void
a_flood_of_names_does_not_wash_a_place_away(void **state)
{
	struct tries *tries = tries_new(64);
	char cid[16];
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		tries_failed(tries, "pin", "alice", "net 10.0.0", i);
	for (i = 0; i < 10000; i++) {
		(void)snprintf(cid, sizeof(cid), "x%d", i);
		tries_failed(tries, "pin", cid, "net 10.0.0", 100 + i);
	}
	assert_int_equal(tries_of(tries, "pin", "alice", "net 10.0.0"), 5);
	/* The newest of those with fewest is there, too. */
	assert_int_equal(tries_of(tries, "pin", "x9999", "net 10.0.0"), 1);
	tries_free(tries);
}

static void
a_network_is_what_one_household_has(void **state)
{
	char a[TRIES_PLACE_MAX], b[TRIES_PLACE_MAX];

	(void)state;
	tries_network("192.0.2.1", a);
	tries_network("192.0.2.254", b);
	assert_string_equal(a, b);
	tries_network("192.0.3.1", b);
	assert_string_not_equal(a, b);
	tries_network("2001:db8:0:1200::1", a);
	tries_network("2001:db8:0:12ff:ffff::9", b);
	assert_string_equal(a, b);
	tries_network("2001:db8:0:1300::1", b);
	assert_string_not_equal(a, b);
	tries_network("", a);
	tries_network("unix", b);
	assert_string_not_equal(a, b);
}

/* A try that is over at once. */
static int64_t
try_over(struct tries *tries, const char *place, bool failed, int64_t now_ms)
{
	int64_t wait_ms;
	bool busy;

	wait_ms = tries_enter(tries, "pin", place, now_ms, &busy);
	if (wait_ms == 0)
		(void)tries_leave(tries, "pin", place, failed, now_ms);
	return wait_ms;
}

static void
a_network_that_fails_often_waits_longer_and_longer(void **state)
{
	struct tries *tries = tries_new(TRIES_MAX);
	int64_t now_ms = 1000, wait_ms, delay_ms = TRIES_NETWORK_DELAY_MS;
	unsigned int i;
	bool busy;

	(void)state;
	for (i = 0; i < TRIES_NETWORK_FREE; i++)
		assert_int_equal(try_over(tries, "net a", true, now_ms), 0);
	/* In less than the minute after which one is forgiven. */
	for (i = 0; i < 5; i++) {
		wait_ms = try_over(tries, "net a", true, now_ms);
		assert_true(wait_ms == delay_ms);
		assert_true(
		    try_over(tries, "net a", true, now_ms + wait_ms - 1) == 1);
		now_ms += wait_ms;
		assert_int_equal(try_over(tries, "net a", true, now_ms), 0);
		delay_ms *= 2;
	}
	for (i = 0; i < 20; i++) {
		wait_ms = try_over(tries, "net a", true, now_ms);
		assert_in_range(wait_ms, 1, TRIES_NETWORK_DELAY_MAX_MS);
		now_ms += wait_ms;
		assert_int_equal(try_over(tries, "net a", true, now_ms), 0);
	}
	/* Another network, and other ways to be shown, are not held up. */
	assert_int_equal(try_over(tries, "net b", true, now_ms), 0);
	assert_int_equal(tries_enter(tries, "card", "net a", now_ms, &busy), 0);
	assert_false(busy);
	/* After an hour all is well again, for a while. */
	now_ms += 61 * TRIES_NETWORK_FORGIVE_MS;
	for (i = 0; i < TRIES_NETWORK_FREE; i++)
		assert_int_equal(try_over(tries, "net a", true, now_ms), 0);
	assert_true(try_over(tries, "net a", true, now_ms) > 0);
	tries_free(tries);
}

/* 1000 guesses an hour, as fast as they are let: about one a minute. */
static void
a_guesser_in_one_network_has_one_try_a_minute(void **state)
{
	struct tries *tries = tries_new(TRIES_MAX);
	const int64_t hour_ms = 3600 * 1000;
	int64_t now_ms, wait_ms;
	unsigned int tried = 0;

	(void)state;
	for (now_ms = 0; now_ms < hour_ms; now_ms += wait_ms) {
		wait_ms = try_over(tries, "net a", true, now_ms);
		tried += wait_ms == 0;
	}
	assert_true(tried > TRIES_NETWORK_FREE);
	assert_true(tried <= TRIES_NETWORK_FREE + 60 + 8);
	tries_free(tries);
}

static void
what_succeeds_costs_a_network_nothing(void **state)
{
	struct tries *tries = tries_new(TRIES_MAX);
	unsigned int i;
	bool busy;

	(void)state;
	/* Many at one time, and all well. */
	for (i = 0; i < 1000; i++) {
		assert_int_equal(tries_enter(tries, "pin", "net a", 1, &busy),
		    0);
		assert_int_equal(busy, i > 0);
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(tries_leave(tries, "pin", "net a", false, 2),
		    0);
	/* Nor does success make up for what fails. */
	for (i = 1; i <= TRIES_NETWORK_FREE; i++) {
		assert_int_equal(tries_enter(tries, "pin", "net a", 3, &busy),
		    0);
		assert_int_equal(busy, i > 1);
		assert_int_equal(tries_leave(tries, "pin", "net a", true, 3),
		    i);
		if (i < TRIES_NETWORK_FREE)
			assert_int_equal(try_over(tries, "net a", false, 3), 0);
	}
	assert_true(try_over(tries, "net a", true, 3) > 0);
	/* Then one at a time. */
	assert_int_equal(tries_enter(tries, "pin", "net a", 30000, &busy), 0);
	assert_true(tries_enter(tries, "pin", "net a", 30000, &busy) > 0);
	(void)tries_leave(tries, "pin", "net a", false, 30000);
	assert_int_equal(tries_enter(tries, "pin", "net a", 30000, &busy), 0);
	tries_free(tries);
}

static void
a_browser_is_known_by_its_name_for_one_customer(void **state)
{
	const int64_t now = 1780000000, day = 86400;
	char dir[512], keys[600], text[DEVICE_MAX], again[DEVICE_MAX];
	char id[DEVICE_ID_MAX], other[DEVICE_ID_MAX];
	struct mint *mint;
	struct till_error err;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/mint", getenv("TMPDIR"));
	(void)snprintf(keys, sizeof(keys), "%s/keys", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkdir(keys, 0700), 0);
	assert_int_equal(mint_create(keys, &err), 0);
	assert_int_equal(mint_open(dir, &mint, &err), 0);
	assert_int_equal(device_make(mint, "alice", "", now, text), 0);
	assert_int_equal(device_look(mint, "alice", text, now, id),
	    DEVICE_KNOWN);
	assert_int_equal(strlen(id), DEVICE_ID_MAX - 1);
	/* Later the same name in a newer text, at last none. */
	assert_int_equal(device_look(mint, "alice", text,
			     now + (DEVICE_RENEW_DAYS + 1) * day, id),
	    DEVICE_OLD);
	assert_int_equal(device_make(mint, "alice", id, now + 40 * day, again),
	    0);
	assert_string_not_equal(text, again);
	assert_int_equal(device_look(mint, "alice", again, now + 40 * day,
			     other),
	    DEVICE_KNOWN);
	assert_string_equal(id, other);
	assert_int_equal(device_look(mint, "alice", text,
			     now + (DEVICE_DAYS + 1) * day, id),
	    DEVICE_NONE);
	assert_string_equal(id, "");
	/* Nobody else's; no other text. */
	assert_int_equal(device_look(mint, "bob", text, now, id), DEVICE_NONE);
	assert_int_equal(device_look(mint, "alice", "", now, id), DEVICE_NONE);
	assert_int_equal(device_look(mint, "alice", "AAAAAAAAAAAAAAAA.1.", now,
			     id),
	    DEVICE_NONE);
	for (size_t i = 0; text[i] != '\0'; i++) {
		text[i] ^= 1;
		assert_int_equal(device_look(mint, "alice", text, now, id),
		    DEVICE_NONE);
		text[i] ^= 1;
	}
	mint_free(mint);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_are_counted_by_place),
		cmocka_unit_test(a_flood_of_names_does_not_wash_a_place_away),
		cmocka_unit_test(a_network_is_what_one_household_has),
		cmocka_unit_test(
		    a_network_that_fails_often_waits_longer_and_longer),
		cmocka_unit_test(a_guesser_in_one_network_has_one_try_a_minute),
		cmocka_unit_test(what_succeeds_costs_a_network_nothing),
		cmocka_unit_test(
		    a_browser_is_known_by_its_name_for_one_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
		    a_browser_is_known_by_its_name_for_one_customer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

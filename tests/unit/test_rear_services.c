/*
 * test_rear_services.c - what modules count of tries, through the services
 * that the core gives them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "rear/run.h"
#include "support/rears.h"

#define OFTEN (TRIES_CROWD_MIN + 10)

static struct rears rears;
static struct order_run *run;
static struct purchase purchase; /* a customer's */

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	run = calloc(1, sizeof(*run));
	assert_non_null(run);
	run->rear = rears.rear;
	run->purchase = &purchase;
	run->now_s = wall_s();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(run);
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
come_from(const char *address)
{
	(void)snprintf(run->request.address, sizeof(run->request.address), "%s",
	    address);
}

static void
wrong(void)
{
	assert_int_equal(run_services.failed(run, "pin", "alice"), 0);
}

/* As modules do: it is counted, then looked at. */
static void
right(void)
{
	wrong();
	assert_int_equal(run_services.succeeded(run, "pin", "alice"), 0);
}

static uint32_t
count_at(const char *place)
{
	struct till_failures now;

	tries_get(rears.rear->tries, "pin", "alice", place, &now);
	return now.count;
}

static uint32_t
count_here(void)
{
	struct till_failures now;

	assert_int_equal(run_services.failures_here(run, "pin", "alice", &now),
	    0);
	return now.count;
}

/* So many networks that any other is one of the crowd. */
static void
crowd(void)
{
	char address[32];
	int i;

	for (i = 0; i < TRIES_CROWD_MIN; i++) {
		(void)snprintf(address, sizeof(address), "10.0.%d.1", i);
		come_from(address);
		wrong();
	}
}

static void
who_succeeds_often_has_no_failures(void **state)
{
	int i;

	(void)state;
	come_from("192.0.2.1");
	for (i = 0; i < OFTEN; i++)
		right();
	assert_int_equal(count_at(TRIES_ALL), 0);
	assert_int_equal(count_at("net 192.0.2"), 0);
	/* So nobody guesses, and another network is itself. */
	come_from("198.51.100.1");
	wrong();
	assert_int_equal(count_at(TRIES_CROWD), 0);
	assert_int_equal(count_at("net 198.51.100"), 1);
}

static void
a_success_takes_back_its_own_try_alone(void **state)
{
	(void)state;
	come_from("192.0.2.1");
	wrong();
	wrong();
	come_from("198.51.100.1");
	right();
	assert_int_equal(count_at(TRIES_ALL), 2);
	assert_int_equal(count_at("net 192.0.2"), 2);
	/* One that nobody counted takes nothing back. */
	assert_int_equal(run_services.succeeded(run, "pin", "alice"), 0);
	assert_int_equal(count_at(TRIES_ALL), 2);
	/* Nor does one of another instance. */
	wrong();
	assert_int_equal(run_services.succeeded(run, "caps", "alice"), 0);
	assert_int_equal(count_at(TRIES_ALL), 3);
}

static void
who_succeeds_in_a_crowd_is_out_of_it_and_frees_nobody(void **state)
{
	(void)state;
	crowd();
	come_from("10.1.0.1");
	wrong();
	come_from("10.1.1.1");
	wrong();
	assert_int_equal(count_at(TRIES_CROWD), 2);
	come_from("192.0.2.1");
	right();
	assert_int_equal(count_at(TRIES_CROWD), 2);
	assert_true(
	    tries_known(rears.rear->tries, "pin", "alice", "net 192.0.2"));
	assert_int_equal(count_here(), 0);
	/* From his network his tries are his own from now on. */
	come_from("192.0.2.9");
	wrong();
	assert_int_equal(count_at(TRIES_CROWD), 2);
	assert_int_equal(count_here(), 1);
	come_from("10.1.2.1");
	assert_int_equal(count_here(), 2);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(who_succeeds_often_has_no_failures),
		TEST(a_success_takes_back_its_own_try_alone),
		TEST(who_succeeds_in_a_crowd_is_out_of_it_and_frees_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

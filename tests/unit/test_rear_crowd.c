/*
 * test_rear_crowd.c - a settle module that hangs in the server's own process
 * holds up its own orders and no others, also over a reload.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "rear/clock.h"
#include "rear/unit.h"
#include "support/gate.h"
#include "support/rears.h"

#define CROWD (REAR_CALLERS + 2) /* orders at one that hangs */
#define PART (REAR_CALLERS / 4) /* threads that it gets */
#define OTHERS 5
#define TIMEOUT_MS 8000

struct crowd {
	pthread_t thread;
	struct asked asked[CROWD];
	struct said said[CROWD];
};

static struct rears rears;
static struct said said;

/* The number makes the instance another one, so that the reload is not
 * one of the same file. */
static void
write_conf(int number, char conf[1024])
{
	(void)snprintf(conf, 1024,
	    "# %d\n"
	    "module slow settle_gate gate=@DIR@/gate calls=@DIR@/calls "
	    "timeout=%dms\n"
	    "module quick settle_mock journal=@DIR@/quick\n"
	    "policy veto caps\n"
	    "auth requisite pin\n"
	    "settle route slow when amount <= 2.00 EUR\n"
	    "settle route quick\n"
	    "settle refuse \"not handled\"\n",
	    number, number == 0 ? TIMEOUT_MS : 120000);
}

static void
begin(int number)
{
	char conf[1024];

	write_conf(number, conf);
	rears_begin(&rears, conf);
}

static void
reload(int number)
{
	struct diag *diag = diag_new();
	char conf[1024];

	assert_non_null(diag);
	write_conf(number, conf);
	rears_configure(&rears, conf);
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
}

static void *
ask_all(void *arg)
{
	struct crowd *crowd = arg;

	rears_ask_all(&rears, crowd->asked, crowd->said, CROWD);
	return NULL;
}

/* All are sent, and each has its intent: what is left is to be called. */
static void
gather(struct crowd *crowd, const char *prefix)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;
	char jti[TILL_JTI_MAX];
	int i;

	for (i = 0; i < CROWD; i++) {
		(void)snprintf(jti, sizeof(jti), "%s-%d", prefix, i);
		crowd->asked[i] = rears_pay(rears_token(&rears, jti, 1000000),
		    "alice", REARS_PASSWORD);
	}
	assert_int_equal(pthread_create(&crowd->thread, NULL, ask_all, crowd),
	    0);
	for (i = 0; i < CROWD; i++) {
		(void)snprintf(jti, sizeof(jti), "%s-%d", prefix, i);
		while (rears_order(&rears, jti).state != ORDER_INTENT) {
			assert_true(clock_ms() < until);
			(void)usleep(10000);
		}
	}
}

/* How many of them were paid; the others were refused. */
static int
disperse(struct crowd *crowd)
{
	int paid = 0, i;

	assert_int_equal(pthread_join(crowd->thread, NULL), 0);
	for (i = 0; i < CROWD; i++) {
		free((char *)(uintptr_t)crowd->asked[i].ticket);
		if (crowd->said[i].status == STATUS_PAID)
			paid++;
		else
			rears_is_refusal(&rears, &crowd->said[i],
			    TILL_REASON_BANK);
	}
	return paid;
}

static void
others_are_paid(const char *prefix)
{
	struct asked asked;
	char jti[TILL_JTI_MAX], *token;
	int i;

	for (i = 0; i < OTHERS; i++) {
		(void)snprintf(jti, sizeof(jti), "%s-other-%d", prefix, i);
		token = rears_token(&rears, jti, 3000000);
		asked = rears_pay(token, "alice", REARS_PASSWORD);
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_PAID);
		free(token);
	}
}

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
one_that_hangs_has_its_part_of_the_threads_over_reloads(void **state)
{
	static struct crowd first, second, third;

	(void)state;
	begin(1);
	gather(&first, "a");
	others_are_paid("a");
	gate_wait_calls(&rears, PART);
	/* A new configuration gives it no more of them. */
	reload(2);
	gather(&second, "b");
	others_are_paid("b");
	reload(3);
	gather(&third, "c");
	others_are_paid("c");
	assert_int_equal(gate_calls(&rears), PART);
	gate_open(&rears);
	assert_int_equal(disperse(&first), CROWD);
	assert_int_equal(disperse(&second), CROWD);
	assert_int_equal(disperse(&third), CROWD);
	assert_int_equal(gate_calls(&rears), 3 * CROWD);
}

static void
what_has_waited_until_its_deadline_is_not_called(void **state)
{
	static struct crowd crowd;
	int64_t until;

	(void)state;
	begin(0);
	gather(&crowd, "d");
	gate_wait_calls(&rears, PART);
	until = clock_ms() + TIMEOUT_MS;
	while (clock_ms() < until)
		(void)usleep(10000);
	gate_open(&rears);
	assert_int_equal(disperse(&crowd), PART);
	assert_int_equal(gate_calls(&rears), PART);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    one_that_hangs_has_its_part_of_the_threads_over_reloads,
		    teardown),
		cmocka_unit_test_teardown(
		    what_has_waited_until_its_deadline_is_not_called, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

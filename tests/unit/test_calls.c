/*
 * test_calls.c - commands that wait.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/calls.h"

static struct till_error err;
static atomic_uint done;

static struct queued *
call_new(uint64_t id)
{
	struct queued *queued = calloc(1, sizeof(*queued));

	assert_non_null(queued);
	queued->id = id;
	return queued;
}

static void
count(struct queued *queued)
{
	(void)atomic_fetch_add(&done, 1);
	free(queued);
}

static void
what_comes_after_the_end_is_not_taken(void **state)
{
	struct queued *late = call_new(2);
	struct calls *calls;

	(void)state;
	atomic_store(&done, 0);
	assert_int_equal(calls_start(4, count, &calls, &err), 0);
	assert_true(calls_put(calls, call_new(1)));
	calls_stop(calls);
	assert_int_equal(atomic_load(&done), 1);
	assert_false(calls_put(calls, late));
	free(late);
	calls_stop(calls);
	calls_free(calls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_after_the_end_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

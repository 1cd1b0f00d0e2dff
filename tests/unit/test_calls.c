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
	assert_int_equal(calls_start(4, 4, count, &calls, &err), 0);
	assert_true(calls_put(calls, call_new(1)));
	calls_stop(calls);
	assert_int_equal(atomic_load(&done), 1);
	assert_false(calls_put(calls, late));
	free(late);
	calls_stop(calls);
	calls_free(calls);
}

/* The thread waits here, until the test has queued all. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static char order[64];

static void
note(struct queued *queued)
{
	const size_t len = strlen(order);

	(void)atomic_fetch_add(&done, 1);
	(void)pthread_mutex_lock(&gate);
	(void)snprintf(order + len, sizeof(order) - len, "%s%d ", queued->owner,
	    (int)queued->id);
	(void)pthread_mutex_unlock(&gate);
	free(queued);
}

static bool
put_one(struct calls *calls, const char *owner, uint64_t id, bool changes)
{
	struct queued *queued = call_new(id);
	bool taken;

	queued->changes = changes;
	(void)snprintf(queued->owner, sizeof(queued->owner), "%s", owner);
	taken = calls_put(calls, queued);
	if (!taken)
		free(queued);
	return taken;
}

static bool
put(struct calls *calls, const char *owner, uint64_t id)
{
	return put_one(calls, owner, id, false);
}

static bool
put_change(struct calls *calls, const char *owner, uint64_t id)
{
	return put_one(calls, owner, id, true);
}

static void
owners_take_turns_and_each_has_but_so_many(void **state)
{
	struct calls *calls;

	(void)state;
	atomic_store(&done, 0);
	(void)pthread_mutex_lock(&gate);
	assert_int_equal(calls_start(8, 3, note, &calls, &err), 0);
	assert_true(put(calls, "a", 1));
	while (atomic_load(&done) == 0)
		; /* it is at work */
	assert_true(put(calls, "a", 2));
	assert_true(put(calls, "a", 3));
	assert_true(put(calls, "a", 4));
	assert_false(put(calls, "a", 5));
	assert_true(put(calls, "b", 1));
	assert_true(put(calls, "b", 2));
	assert_true(put(calls, "c", 1));
	assert_true(put(calls, "d", 1));
	assert_true(put(calls, "e", 1));
	assert_false(put(calls, "f", 1)); /* eight wait */
	(void)pthread_mutex_unlock(&gate);
	calls_stop(calls);
	assert_string_equal(order, "a1 b1 c1 d1 e1 a2 b2 a3 a4 ");
	calls_free(calls);
}

/* However much is looked at in his name. */
static void
changes_go_before_the_same_owners_looks(void **state)
{
	struct calls *calls;
	uint64_t i;

	(void)state;
	atomic_store(&done, 0);
	order[0] = '\0';
	(void)pthread_mutex_lock(&gate);
	assert_int_equal(calls_start(20, 3, note, &calls, &err), 0);
	assert_true(put(calls, "a", 1));
	while (atomic_load(&done) == 0)
		; /* it is at work */
	for (i = 2; i < 5; i++)
		assert_true(put(calls, "a", i));
	assert_false(put(calls, "a", 5));
	assert_true(put(calls, "b", 1));
	for (i = 6; i < 6 + CALLS_CHANGES_MAX; i++)
		assert_true(put_change(calls, "a", i));
	assert_false(put_change(calls, "a", i));
	assert_true(put_change(calls, "b", 2));
	(void)pthread_mutex_unlock(&gate);
	calls_stop(calls);
	assert_string_equal(order, "a1 b2 a6 b1 a7 a8 a9 a2 a3 a4 ");
	calls_free(calls);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_after_the_end_is_not_taken),
		cmocka_unit_test(owners_take_turns_and_each_has_but_so_many),
		cmocka_unit_test(changes_go_before_the_same_owners_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

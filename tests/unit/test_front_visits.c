/*
 * test_front_visits.c - visits are found by their handles only, and there
 * are never too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/visits.h"

static struct visits *table;

static int
begin(void **state)
{
	struct till_error err;

	(void)state;
	return visits_start(&table, &err);
}

static int
end(void **state)
{
	(void)state;
	visits_stop(table);
	return 0;
}

static struct visit *
add(int64_t ttl_s)
{
	struct visit *visit = NULL;
	struct till_error err;

	assert_int_equal(visit_new(table, "a.b.c", NULL, ttl_s, &visit, &err),
	    0);
	return visit;
}

static void
a_visit_is_found_by_its_handle(void **state)
{
	struct visit *a = add(10), *b = add(10), *found;

	(void)state;
	assert_int_equal(strlen(a->handle), VISIT_HANDLE_SIZE - 1);
	assert_string_not_equal(a->handle, b->handle);
	assert_memory_not_equal(a->secret, b->secret, VISIT_SECRET_SIZE);
	found = visit_find(table, b->handle);
	assert_ptr_equal(found, b);
	visit_unref(found);
	assert_null(visit_find(table, "AAAAAAAAAAAAAAAAAAAAAA"));
	assert_null(visit_find(table, ""));
	visit_unref(a);
	visit_unref(b);
}

static void
a_visit_that_is_over_is_not_found(void **state)
{
	struct visit *visit = add(-1);

	(void)state;
	assert_int_equal(visits_open(table), 1);
	assert_null(visit_find(table, visit->handle));
	assert_int_equal(visits_open(table), 0);
	/* Whoever still holds it may read it. */
	assert_string_equal(visit->token, "a.b.c");
	visit_unref(visit);
}

static void
one_too_many_makes_the_one_idle_longest_go(void **state)
{
	struct visit *first = add(10), *second = add(10), *found;
	char handles[2][VISIT_HANDLE_SIZE];
	size_t i;

	(void)state;
	memcpy(handles[0], first->handle, VISIT_HANDLE_SIZE);
	memcpy(handles[1], second->handle, VISIT_HANDLE_SIZE);
	visit_unref(first);
	visit_unref(second);
	for (i = 2; i < VISITS_MAX; i++)
		visit_unref(add(10));
	assert_int_equal(visits_open(table), VISITS_MAX);
	/* The first is looked at, so the second is the one to go. */
	found = visit_find(table, handles[0]);
	assert_non_null(found);
	visit_unref(found);
	visit_unref(add(10));
	assert_int_equal(visits_open(table), VISITS_MAX);
	assert_null(visit_find(table, handles[1]));
	found = visit_find(table, handles[0]);
	assert_non_null(found);
	visit_unref(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_visit_is_found_by_its_handle,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    a_visit_that_is_over_is_not_found, begin, end),
		cmocka_unit_test_setup_teardown(
		    one_too_many_makes_the_one_idle_longest_go, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

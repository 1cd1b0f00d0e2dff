/*
 * test_op.c - a settlement that is answered later is answered once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "module/op.h"
#include "module/result.h"
#include "support/owner.h"

static struct op_list list;

struct seen {
	atomic_uint times;
	enum till_result result;
	struct till_outcome outcome;
	struct till_op *release; /* in done */
};

static void
done(void *arg, enum till_result result, const struct till_outcome *outcome)
{
	struct seen *seen = arg;

	seen->result = result;
	seen->outcome = *outcome;
	if (seen->release != NULL)
		op_release(seen->release);
	atomic_fetch_add(&seen->times, 1);
}

static int
setup(void **state)
{
	(void)state;
	return op_list_init(&list);
}

static int
teardown(void **state)
{
	(void)state;
	op_list_close(&list);
	return 0;
}

static struct till_op *
pending(struct seen *seen)
{
	struct till_op *op;

	memset(seen, 0, sizeof(*seen));
	op = op_new(done, seen);
	assert_non_null(op);
	op_hand_out(op, &list, TILL_CHARGE, TILL_CAP_ASYNC);
	return op;
}

static void
test_first_completion_is_the_answer(void **state)
{
	struct till_outcome outcome = { .size = sizeof(outcome),
		.reference = "r-1" };
	struct seen seen;
	struct till_op *op = pending(&seen);

	(void)state;
	op_complete(op, TILL_COMMITTED, &outcome);
	assert_int_equal(seen.times, 1);
	ASSERT_RESULT(seen.result, TILL_COMMITTED);
	assert_string_equal(seen.outcome.reference, "r-1");
	op_complete(op, TILL_DECLINED, NULL);
	op_expire(op);
	assert_int_equal(seen.times, 1);
	assert_int_equal(list.late, 1);
	op_release(op);
	op_complete(op, TILL_DECLINED, NULL); /* after both are through */
	assert_int_equal(seen.times, 1);
	assert_int_equal(list.late, 2);
}

/* The money has moved: the completion holds, and the instance counts what
 * is wrong for the log of its next call. */
static void
test_postings_that_cannot_be_are_dropped_and_counted(void **state)
{
	struct till_outcome outcome = { .size = sizeof(outcome),
		.postings_len = 1,
		.postings = { { .account = "till:press-1",
		    .micro = 1,
		    .condition = TILL_ALWAYS } } };
	struct seen seen;
	struct till_op *op = pending(&seen);

	(void)state;
	op_complete(op, TILL_COMMITTED, &outcome);
	ASSERT_RESULT(seen.result, TILL_COMMITTED);
	assert_int_equal(seen.outcome.postings_len, 0);
	assert_int_equal(list.unsound, 1);
	op_release(op);
	/* An answer that does not fit is unknown, and not counted so. */
	op = pending(&seen);
	op_complete(op, TILL_HELD, &outcome);
	ASSERT_RESULT(seen.result, TILL_UNKNOWN);
	assert_int_equal(list.unsound, 1);
	op_release(op);
}

static void
test_deadline_makes_it_unknown(void **state)
{
	struct seen seen;
	struct till_op *op = pending(&seen);

	(void)state;
	op_expire(op);
	assert_int_equal(seen.times, 1);
	ASSERT_RESULT(seen.result, TILL_UNKNOWN);
	op_expire(op);
	op_complete(op, TILL_COMMITTED, NULL);
	assert_int_equal(seen.times, 1);
	assert_int_equal(list.late, 1);
	op_release(op);
}

static void
test_released_operation_never_runs(void **state)
{
	struct seen seen;
	struct till_op *op = pending(&seen);

	(void)state;
	op_release(op);
	op_complete(op, TILL_COMMITTED, NULL);
	assert_int_equal(seen.times, 0);
	assert_int_equal(list.late, 1);
}

static void
test_owner_may_release_in_done(void **state)
{
	struct seen seen;
	struct till_op *op = pending(&seen);

	(void)state;
	seen.release = op;
	op_complete(op, TILL_COMMITTED, NULL);
	assert_int_equal(seen.times, 1);
	op = pending(&seen);
	seen.release = op;
	op_expire(op);
	assert_int_equal(seen.times, 1);
}

static void
test_nonsense_completions_are_unknown(void **state)
{
	static const enum till_result nonsense[] = { TILL_GRANT, TILL_PENDING,
		TILL_HELD, TILL_NOT_FOUND, (enum till_result) - 1 };
	struct till_op *op;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		op = pending(&seen);
		op_complete(op, nonsense[i], NULL);
		ASSERT_RESULT(seen.result, TILL_UNKNOWN);
		op_release(op);
	}
}

/* A module of an earlier minor version has a shorter outcome. */
static void
test_shorter_outcome_is_filled_up(void **state)
{
	struct till_outcome outcome;
	struct seen seen;
	struct till_op *op = pending(&seen);

	(void)state;
	memset(&outcome, 0xa5, sizeof(outcome));
	outcome.size = offsetof(struct till_outcome, code);
	(void)snprintf(outcome.reference, sizeof(outcome.reference), "r");
	op_complete(op, TILL_COMMITTED, &outcome);
	ASSERT_RESULT(seen.result, TILL_COMMITTED);
	assert_string_equal(seen.outcome.code, "");
	assert_int_equal(seen.outcome.postings_len, 0);
	op_release(op);
}

/* Far more than are kept, some of them pending all the while. */
static void
test_operations_do_not_pile_up(void **state)
{
	static struct seen seen[3 * OP_KEPT_MAX];
	static struct till_op *ops[3 * OP_KEPT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < 3 * OP_KEPT_MAX; i++) {
		ops[i] = pending(&seen[i]);
		if (i % 100 == 0)
			continue;
		op_complete(ops[i], TILL_COMMITTED, NULL);
		op_release(ops[i]);
	}
	assert_true(list.len <= OP_KEPT_MAX + 3 * OP_KEPT_MAX / 100 + 1);
	for (i = 0; i < 3 * OP_KEPT_MAX; i += 100) {
		op_complete(ops[i], TILL_DECLINED, NULL);
		assert_int_equal(seen[i].times, 1);
		op_release(ops[i]);
	}
	for (i = 0; i < 3 * OP_KEPT_MAX; i++)
		assert_int_equal(seen[i].times, 1);
}

/* Deadline, two completions and the owner's release, all at once. */
struct race {
	struct till_op *op;
	pthread_barrier_t *start;
	void (*act)(struct till_op *);
};

static void
act_complete(struct till_op *op)
{
	op_complete(op, TILL_COMMITTED, NULL);
}

static void
act_expire(struct till_op *op)
{
	op_expire(op);
	op_release(op);
}

static void *
run(void *arg)
{
	struct race *race = arg;

	(void)pthread_barrier_wait(race->start);
	race->act(race->op);
	return NULL;
}

static void
test_race_has_one_winner(void **state)
{
	void (*const acts[])(
	    struct till_op *) = { act_complete, act_expire, act_complete };
	pthread_barrier_t start;
	struct race races[3];
	pthread_t threads[3];
	struct seen *seen;
	int round, i;

	(void)state;
	assert_int_equal(pthread_barrier_init(&start, NULL, 3), 0);
	for (round = 0; round < 300; round++) {
		seen = calloc(1, sizeof(*seen));
		assert_non_null(seen);
		races[0].op = pending(seen);
		for (i = 0; i < 3; i++) {
			races[i] =
			    (struct race){ races[0].op, &start, acts[i] };
			assert_int_equal(pthread_create(&threads[i], NULL, run,
					     &races[i]),
			    0);
		}
		/* Once the owner has released, what done used may go. */
		assert_int_equal(pthread_join(threads[1], NULL), 0);
		assert_int_equal(seen->times, 1);
		free(seen);
		assert_int_equal(pthread_join(threads[0], NULL), 0);
		assert_int_equal(pthread_join(threads[2], NULL), 0);
	}
	(void)pthread_barrier_destroy(&start);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_first_completion_is_the_answer),
		CASE(test_postings_that_cannot_be_are_dropped_and_counted),
		CASE(test_deadline_makes_it_unknown),
		CASE(test_released_operation_never_runs),
		CASE(test_owner_may_release_in_done),
		CASE(test_nonsense_completions_are_unknown),
		CASE(test_shorter_outcome_is_filled_up),
		CASE(test_operations_do_not_pile_up),
		CASE(test_race_has_one_winner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

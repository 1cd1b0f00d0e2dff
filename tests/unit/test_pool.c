/*
 * test_pool.c - a pool's groups: one has its part of the threads and no more,
 * others pass it, and nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "rear/pool.h"

#define JOBS 40
#define PATIENCE_MS 20000

/* What jobs of one kind do: wait until they may end. */
struct gate {
	atomic_uint running, most, ran;
	atomic_bool open;
	size_t order[JOBS]; /* of their numbers, as they began */
	atomic_size_t begun;
};

struct task {
	struct job job;
	struct gate *gate;
	size_t number;
};

static struct pool *pool;
static struct till_error err;

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
run(struct worker *worker, struct job *job)
{
	struct task *task = (struct task *)job;
	struct gate *gate = task->gate;
	unsigned int n = atomic_fetch_add(&gate->running, 1) + 1;
	unsigned int most = atomic_load(&gate->most);

	(void)worker;
	gate->order[atomic_fetch_add(&gate->begun, 1)] = task->number;
	while (n > most && !atomic_compare_exchange_weak(&gate->most, &most, n))
		;
	while (!atomic_load(&gate->open))
		(void)usleep(500);
	(void)atomic_fetch_sub(&gate->running, 1);
	(void)atomic_fetch_add(&gate->ran, 1);
}

static void
wait_for(const atomic_uint *count, unsigned int n)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while (atomic_load(count) < n) {
		if (now_ms() >= until)
			fail_msg("%u instead of %u", atomic_load(count), n);
		(void)usleep(500);
	}
}

static void
push(struct task *task, size_t number, struct gate *gate, const void *group)
{
	*task = (struct task){
		.job = { .run = run, .group = group },
		.gate = gate,
		.number = number,
	};
	pool_push(pool, &task->job);
}

static void
start(unsigned int threads, size_t bound)
{
	assert_int_equal(pool_start(NULL, threads, bound, &pool, &err), 0);
}

/* So many threads has one group; others run while it has no more. */
static void
one_group_of(unsigned int threads, unsigned int part)
{
	static struct task hung[JOBS], other[JOBS], free_one[JOBS];
	struct gate stuck = { .open = false }, passes = { .open = true },
		    passes_too = { .open = true };
	const char a = 'a', b = 'b';
	size_t i;

	start(threads, JOBS);
	for (i = 0; i < JOBS; i++)
		push(&hung[i], i, &stuck, &a);
	for (i = 0; i < JOBS; i++) {
		push(&other[i], i, &passes, &b);
		push(&free_one[i], i, &passes_too, NULL);
	}
	wait_for(&passes.ran, JOBS);
	wait_for(&passes_too.ran, JOBS);
	wait_for(&stuck.running, part);
	assert_int_equal(atomic_load(&stuck.begun), part);
	atomic_store(&stuck.open, true);
	wait_for(&stuck.ran, JOBS);
	assert_int_equal(atomic_load(&stuck.most), part);
	assert_true(atomic_load(&passes.most) <= part);
	pool_stop(pool);
}

static void
a_group_has_a_quarter_of_the_threads_at_least_two(void **state)
{
	(void)state;
	one_group_of(16, 4);
	one_group_of(8, 2);
	one_group_of(4, 2);
	one_group_of(3, 2);
}

/* With all that it may have, as many as its part are at work at once. */
static void
groups_do_not_count_for_each_other(void **state)
{
	static struct task tasks[4];
	struct gate gate = { .open = false };
	const char a = 'a', b = 'b';

	(void)state;
	start(4, JOBS);
	push(&tasks[0], 0, &gate, &a);
	push(&tasks[1], 1, &gate, &a);
	push(&tasks[2], 2, &gate, &b);
	push(&tasks[3], 3, &gate, &b);
	wait_for(&gate.running, 4);
	atomic_store(&gate.open, true);
	pool_stop(pool);
	assert_int_equal(atomic_load(&gate.ran), 4);
}

/* Where one of the two that may is at work, the others take turns. */
static void
those_of_one_group_come_in_their_order(void **state)
{
	static struct task first[2], tasks[JOBS];
	struct gate stuck = { .open = false }, turn = { .open = false },
		    rest = { .open = true };
	const char a = 'a';
	size_t i;

	(void)state;
	start(4, JOBS);
	push(&first[0], 0, &stuck, &a);
	push(&first[1], 1, &turn, &a);
	wait_for(&stuck.running, 1);
	wait_for(&turn.running, 1);
	for (i = 0; i < JOBS; i++)
		push(&tasks[i], i, &rest, &a);
	assert_int_equal(atomic_load(&rest.begun), 0);
	atomic_store(&turn.open, true);
	wait_for(&rest.ran, JOBS);
	assert_int_equal(atomic_load(&rest.most), 1);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(rest.order[i], i);
	atomic_store(&stuck.open, true);
	pool_stop(pool);
}

/* None keeps another from its turn, and those above have more room. */
static void
lanes_take_turns(void **state)
{
	static struct task first, tasks[JOBS];
	struct gate stuck = { .open = false }, rest = { .open = true };
	const size_t wanted[] = { 8, 12, 0, 9, 13, 1, 10, 2, 11, 3, 4, 5, 6,
		7 };
	size_t i;

	(void)state;
	start(1, 8);
	push(&first, 0, &stuck, NULL);
	wait_for(&stuck.running, 1);
	for (i = 0; i < 14; i++) {
		tasks[i] = (struct task){
			.job = { .run = run,
			    .lane = i < 8 ? 0
				: i < 12  ? 1
					  : 2 },
			.gate = &rest,
			.number = i,
		};
		assert_true(pool_submit(pool, &tasks[i].job));
	}
	tasks[14] = (struct task){ .job = { .run = run }, .gate = &rest };
	assert_false(pool_submit(pool, &tasks[14].job));
	atomic_store(&stuck.open, true);
	wait_for(&rest.ran, 14);
	for (i = 0; i < 14; i++)
		assert_int_equal(rest.order[i], wanted[i]);
	pool_stop(pool);
}

/* As long as there are threads for all, groups take no part in it. */
static void
those_of_several_groups_come_in_their_order(void **state)
{
	static struct task first, tasks[JOBS];
	struct gate stuck = { .open = false }, rest = { .open = true };
	const char names[] = "abc";
	size_t i;

	(void)state;
	start(1, JOBS);
	push(&first, 0, &stuck, NULL);
	wait_for(&stuck.running, 1);
	/* Each of three groups and none, in changing order. */
	for (i = 0; i < JOBS; i++)
		push(&tasks[i], i, &rest,
		    i * 7 / 3 % 4 == 3 ? NULL : &names[i * 7 / 3 % 4]);
	atomic_store(&stuck.open, true);
	wait_for(&rest.ran, JOBS);
	for (i = 0; i < JOBS; i++)
		assert_int_equal(rest.order[i], i);
	pool_stop(pool);
}

static void
what_waits_is_bounded_and_ends_with_the_pool(void **state)
{
	static struct task tasks[JOBS];
	struct gate gate = { .open = false };
	const char a = 'a';
	size_t i, taken = 0;

	(void)state;
	start(4, 10);
	push(&tasks[0], 0, &gate, &a);
	push(&tasks[1], 1, &gate, &a);
	wait_for(&gate.running, 2);
	for (i = 2; i < JOBS; i++) {
		tasks[i] = (struct task){ .job = { .run = run, .group = &a },
			.gate = &gate,
			.number = i };
		if (pool_submit(pool, &tasks[i].job))
			taken++;
	}
	assert_int_equal(taken, 10);
	atomic_store(&gate.open, true);
	pool_stop(pool);
	assert_int_equal(atomic_load(&gate.ran), 12);
	assert_int_equal(atomic_load(&gate.most), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_group_has_a_quarter_of_the_threads_at_least_two),
		cmocka_unit_test(groups_do_not_count_for_each_other),
		cmocka_unit_test(those_of_one_group_come_in_their_order),
		cmocka_unit_test(lanes_take_turns),
		cmocka_unit_test(those_of_several_groups_come_in_their_order),
		cmocka_unit_test(what_waits_is_bounded_and_ends_with_the_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_isolated_late.c - the numbers by which a module host completes
 * settlements: as many as there is room for, used again when their time is
 * long over, and each worth one completion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "host/isolated.h"
#include "module/op.h"

#define LONG_OVER_MS 3600000

static struct hosts hosts;
static struct instance instance;
static struct isolated isolated;
static struct host host;
static unsigned int ends;
static enum till_result ended_as;

static void
done(void *arg, enum till_result result, const struct till_outcome *outcome)
{
	(void)arg;
	(void)outcome;
	ends++;
	ended_as = result;
}

static int
setup(void **state)
{
	(void)state;
	memset(&hosts, 0, sizeof(hosts));
	hosts.wake_fd = -1;
	memset(&isolated, 0, sizeof(isolated));
	isolated.hosts = &hosts;
	isolated.instance = &instance;
	host = (struct host){ .hosts = &hosts,
		.isolated = &isolated,
		.state = HOST_SERVES };
	ends = 0;
	host.late = calloc(HOSTS_PENDING_MAX, sizeof(*host.late));
	return host.late == NULL ||
		pthread_mutex_init(&hosts.lock, NULL) != 0 ||
		pthread_cond_init(&isolated.changed, NULL) != 0 ||
		op_list_init(&instance.ops) == -1
	    ? -1
	    : 0;
}

static int
teardown(void **state)
{
	(void)state;
	op_list_close(&instance.ops);
	free(host.late);
	(void)pthread_cond_destroy(&isolated.changed);
	return pthread_mutex_destroy(&hosts.lock);
}

/* A settlement that a module has answered PENDING; its number. */
static uintptr_t
pend(int64_t deadline_ms, struct till_op **op_r)
{
	uintptr_t number;

	*op_r = op_new(done, NULL);
	assert_non_null(*op_r);
	op_hand_out(*op_r, &instance.ops, TILL_CHARGE, TILL_CAP_ASYNC);
	number = late_add(&host, *op_r, deadline_ms);
	if (number != 0)
		late_answered(&host, number, true);
	return number;
}

/* One that was never completed, and whose deadline has ended it. */
static uintptr_t
pend_and_expire(void)
{
	struct till_op *op;
	uintptr_t number = pend(hosts_now_ms() - LONG_OVER_MS, &op);

	op_expire(op);
	op_release(op);
	return number;
}

static void
complete(uintptr_t number)
{
	struct till_outcome outcome = { .size = sizeof(outcome) };
	unsigned char buf[HOST_REQUEST_MAX];
	struct wire_writer writer;

	message_begin(&writer, buf, sizeof(buf), MESSAGE_COMPLETE);
	wire_put_u64(&writer, number);
	wire_put_u32(&writer, TILL_COMMITTED);
	message_put_outcome(&writer, &outcome);
	assert_false(writer.failed);
	assert_true(late_told(&host, buf, writer.len));
}

static void
a_number_is_worth_one_completion(void **state)
{
	struct till_op *op;
	uintptr_t number;

	(void)state;
	number = pend(hosts_now_ms() + LONG_OVER_MS, &op);
	assert_int_equal(late_waiting(&host, hosts_now_ms()), 1);
	complete(number);
	assert_int_equal(ends, 1);
	assert_int_equal(ended_as, TILL_COMMITTED);
	assert_int_equal(late_waiting(&host, hosts_now_ms()), 0);
	complete(number);
	assert_int_equal(ends, 1);
	assert_int_equal(atomic_load(&instance.ops.late), 1);
	op_release(op);
}

static void
there_is_room_for_so_many(void **state)
{
	static struct till_op *ops[HOSTS_PENDING_MAX];
	struct till_op *more;
	size_t i;

	(void)state;
	for (i = 0; i < HOSTS_PENDING_MAX; i++)
		assert_int_not_equal(pend(hosts_now_ms() + LONG_OVER_MS,
					 &ops[i]),
		    0);
	assert_int_equal(pend(hosts_now_ms() + LONG_OVER_MS, &more), 0);
	assert_true(op_answered(more)); /* NOT_ATTEMPTED */
	op_release(more);
	late_fail(&host);
	assert_int_equal(ends, HOSTS_PENDING_MAX);
	assert_int_equal(host.late_len, 0);
	for (i = 0; i < HOSTS_PENDING_MAX; i++)
		op_release(ops[i]);
}

/* A module that never completes anything keeps as many operations as it has
 * numbers, however long it does so. */
static void
a_number_used_again_gives_up_its_operation(void **state)
{
	uintptr_t first = pend_and_expire(), number = 0;
	unsigned int before;
	size_t i;

	(void)state;
	for (i = 1; i < (size_t)4 * HOSTS_PENDING_MAX; i++) {
		number = pend_and_expire();
		assert_int_not_equal(number, 0);
		assert_int_not_equal(number, first);
	}
	assert_int_equal(host.late_len, HOSTS_PENDING_MAX);
	assert_true(instance.ops.len <= HOSTS_PENDING_MAX + OP_KEPT_MAX + 1);
	/* Of what had the number before nothing more is heard. */
	before = ends;
	complete(first);
	assert_int_equal(ends, before);
	assert_int_equal(host.late_len, HOSTS_PENDING_MAX);
	complete(number);
	assert_int_equal(host.late_len, HOSTS_PENDING_MAX - 1);
	assert_int_equal(ends, before); /* the deadline was earlier */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_number_is_worth_one_completion),
		TEST(there_is_room_for_so_many),
		TEST(a_number_used_again_gives_up_its_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

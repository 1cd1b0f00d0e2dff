/*
 * test_link.c - the link carries every request once, and its answer.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/link_units.h"

#define MANY 1000
#define SENDERS 4
#define EACH 2000

static struct till_error err;

static void
a_request_gets_its_own_answer(void **state)
{
	struct rear_end rear;
	struct front_end front;

	(void)state;
	rear_start(&rear);
	front_start(&front);
	wait_for(&front.up, 1);
	assert_true(link_client_up(front.client));
	assert_int_equal(front_ask(&front, 5, 5000), 0);
	wait_for(&front.good, 1);
	assert_int_equal(atomic_load(&front.notices), 1);
	link_client_stop(front.client);
	wait_for(&rear.gone, 1);
	rear_stop(&rear);
}

static void
a_thousand_in_flight_are_answered_in_any_order(void **state)
{
	struct rear_end rear;
	struct front_end front;
	uint64_t i;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	front_start(&front);
	wait_for(&front.up, 1);
	for (i = 1; i <= MANY; i++)
		assert_int_equal(front_ask(&front, i, PATIENCE_MS), 0);
	wait_for(&rear.requests, MANY);
	assert_int_equal(atomic_load(&front.good), 0);
	rear_release(&rear);
	wait_for(&front.good, MANY);
	assert_int_equal(atomic_load(&front.lost), 0);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
one_more_than_may_be_in_flight_is_refused(void **state)
{
	struct rear_end rear;
	struct front_end front;
	int i;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	front_start(&front);
	wait_for(&front.up, 1);
	for (i = 0; i < LINK_IN_FLIGHT_MAX; i++)
		assert_int_equal(front_ask(&front, 1, PATIENCE_MS), 0);
	assert_int_equal(front_ask(&front, 1, PATIENCE_MS), -1);
	wait_for(&rear.requests, LINK_IN_FLIGHT_MAX);
	rear_release(&rear);
	wait_for(&front.good, LINK_IN_FLIGHT_MAX);
	assert_int_equal(front_ask(&front, 1, PATIENCE_MS), 0);
	wait_for(&rear.requests, LINK_IN_FLIGHT_MAX + 1);
	rear_release(&rear);
	wait_for(&front.good, LINK_IN_FLIGHT_MAX + 1);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
a_deadline_that_passes_ends_a_request_once(void **state)
{
	struct rear_end rear;
	struct front_end front;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	front_start(&front);
	wait_for(&front.up, 1);
	assert_int_equal(front_ask(&front, 1, 20), 0);
	assert_int_equal(front_ask(&front, 2, PATIENCE_MS), 0);
	wait_for(&front.lost, 1);
	wait_for(&rear.requests, 2);
	/* The late answer is nobody's, and the link stays. */
	rear_release(&rear);
	wait_for(&front.good, 1);
	assert_int_equal(atomic_load(&front.lost), 1);
	assert_int_equal(atomic_load(&front.downs), 0);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
a_lost_link_ends_all_requests_and_comes_back(void **state)
{
	struct rear_end rear;
	struct front_end front;
	int i;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	front_start(&front);
	wait_for(&front.up, 1);
	for (i = 0; i < 100; i++)
		assert_int_equal(front_ask(&front, 1, PATIENCE_MS), 0);
	wait_for(&rear.requests, 100);
	rear_stop(&rear);
	wait_for(&front.lost, 100);
	wait_for(&front.up, 0);
	assert_int_equal(front_ask(&front, 1, PATIENCE_MS), -1);
	rear_start(&rear);
	wait_for(&front.up, 1);
	assert_int_equal(front_ask(&front, 7, PATIENCE_MS), 0);
	wait_for(&front.good, 1);
	assert_int_equal(atomic_load(&front.notices), 2);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
a_client_may_start_before_its_server(void **state)
{
	struct rear_end rear;
	struct front_end front;

	(void)state;
	front_start(&front);
	assert_int_equal(front_ask(&front, 1, PATIENCE_MS), -1);
	assert_false(link_client_up(front.client));
	rear_start(&rear);
	wait_for(&front.up, 1);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
requests_that_wait_when_the_client_stops_are_told(void **state)
{
	struct rear_end rear;
	struct front_end front;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	front_start(&front);
	wait_for(&front.up, 1);
	assert_int_equal(front_ask(&front, 1, PATIENCE_MS), 0);
	link_client_stop(front.client);
	assert_int_equal(atomic_load(&front.lost), 1);
	rear_stop(&rear);
}

static void
a_notice_arrives(void **state)
{
	struct frame_writer w;
	struct rear_end rear;
	struct front_end front;

	(void)state;
	rear_start(&rear);
	front_start(&front);
	wait_for(&front.up, 1);
	assert_int_equal(frame_writer_init(&w, &err), 0);
	greet(&w, FRAME_NOTICE, 0);
	assert_int_equal(frame_end(&w, &err), 0);
	(void)pthread_mutex_lock(&rear.lock);
	assert_int_equal(link_peer_send(rear.last, &w), 0);
	(void)pthread_mutex_unlock(&rear.lock);
	wait_for(&front.notices, 2);
	frame_writer_free(&w);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void *
sender(void *arg)
{
	struct front_end *front = arg;
	uint64_t i;

	for (i = 0; i < EACH; i++)
		while (front_ask(front, i, PATIENCE_MS) == -1)
			(void)poll(NULL, 0, 1);
	return NULL;
}

static void
many_threads_may_ask_at_once(void **state)
{
	pthread_t threads[SENDERS];
	struct rear_end rear;
	struct front_end front;
	int i;

	(void)state;
	rear_start(&rear);
	front_start(&front);
	wait_for(&front.up, 1);
	for (i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sender,
				     &front),
		    0);
	for (i = 0; i < SENDERS; i++)
		(void)pthread_join(threads[i], NULL);
	wait_for(&front.good, SENDERS * EACH);
	assert_int_equal(atomic_load(&front.wrong), 0);
	assert_int_equal(atomic_load(&front.lost), 0);
	link_client_stop(front.client);
	rear_stop(&rear);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_gets_its_own_answer),
		cmocka_unit_test(
		    a_thousand_in_flight_are_answered_in_any_order),
		cmocka_unit_test(one_more_than_may_be_in_flight_is_refused),
		cmocka_unit_test(a_deadline_that_passes_ends_a_request_once),
		cmocka_unit_test(a_lost_link_ends_all_requests_and_comes_back),
		cmocka_unit_test(a_client_may_start_before_its_server),
		cmocka_unit_test(
		    requests_that_wait_when_the_client_stops_are_told),
		cmocka_unit_test(a_notice_arrives),
		cmocka_unit_test(many_threads_may_ask_at_once),
	};

	return cmocka_run_group_tests(tests, link_setup, link_teardown);
}

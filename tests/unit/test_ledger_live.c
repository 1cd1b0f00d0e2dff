/*
 * test_ledger_live.c - many threads at once: readers see whole orders,
 * and whatever they do the writer goes on.
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
#include <stdatomic.h>

#include "support/ledgers.h"

#define READERS 4
#define BATCHES 12
#define BATCH 250

struct buyers {
	struct scratch *scratch;
	_Atomic(bool) stop;
	_Atomic(int) paid;
};

static void *
buy_all_the_time(void *arg)
{
	struct buyers *buyers = arg;
	struct deal deal;
	char jti[24];
	int i;

	for (i = 0; !buyers->stop; i++) {
		(void)snprintf(jti, sizeof(jti), "live-%d", i);
		if (i % 3 == 0)
			deal_intent(&deal, "merchant-2", jti, "customer-2", 1,
			    3);
		else
			deal_pay(&deal, "merchant-0", jti, "customer-2", 1);
		if (ledger_apply(buyers->scratch->ledger, &deal.request) ==
		    LEDGER_DONE)
			buyers->paid++;
		if (i % 3 != 0)
			continue;
		deal_bank(&deal, "merchant-2", jti, "customer-2", 1, 3);
		if (ledger_apply(buyers->scratch->ledger, &deal.request) ==
		    LEDGER_DONE)
			buyers->paid++;
	}
	return NULL;
}

static void
it_verifies_while_payments_go_on(void **state)
{
	struct buyers buyers = { .stop = false };
	struct scratch scratch;
	pthread_t thread;
	int i;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(50));
	buyers.scratch = &scratch;
	assert_int_equal(pthread_create(&thread, NULL, buy_all_the_time,
			     &buyers),
	    0);
	for (i = 0; i < 30 || buyers.paid < 50; i++)
		verify_well(scratch.ledger, NULL);
	buyers.stop = true;
	assert_int_equal(pthread_join(thread, NULL), 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

struct reader {
	struct scratch *scratch;
	pthread_t thread;
	_Atomic(bool) *stop;
	_Atomic(int) *failures;
	uint64_t looks, seed;
};

static int
add_up(void *arg, const struct entry *entry)
{
	int64_t *sum = arg;

	*sum += entry->postings_len == 2 &&
	    entry->postings[0].amount.micro + entry->postings[1].amount.micro ==
		0;
	return entry->serial % 100 == 0;
}

/* An order that is paid has its entry, and that says the same. */
static bool
order_is_whole(struct reader *reader, uint64_t i)
{
	struct ledger *ledger = reader->scratch->ledger;
	struct ledger_order order;
	struct till_error err;
	struct entry entry;
	char jti[24];
	bool whole;
	int r;

	(void)snprintf(jti, sizeof(jti), "r-%d", (int)(i % (BATCHES * BATCH)));
	r = ledger_order_get(ledger, "merchant-0", jti, &order, &err);
	if (r == 1)
		return true;
	if (r == -1)
		return false;
	whole = order.state == ORDER_PAID && order.ticket_len == 1200 &&
	    order.ticket[1199] == 't' &&
	    ledger_entry_get(ledger, order.serial, &entry, &err) == 0 &&
	    strcmp(entry.jti, jti) == 0;
	ledger_order_clear(&order);
	return whole;
}

static void *
read_all_the_time(void *arg)
{
	struct reader *reader = arg;
	struct ledger *ledger = reader->scratch->ledger;
	struct ledger_account account;
	unsigned char head[LEDGER_HASH_SIZE];
	struct till_error err;
	int64_t sum = 0;

	while (!*reader->stop) {
		reader->seed = reader->seed * 6364136223846793005u + 1;
		if (!order_is_whole(reader, reader->seed >> 40) ||
		    ledger_account_get(ledger, "till:merchant-0", "EUR",
			&account, &err) == -1 ||
		    account.balance.micro < 0 ||
		    ledger_entry_each(ledger, (reader->seed >> 40) % 3000 + 1,
			add_up, &sum, &err) == -1 ||
		    ledger_entry_each_of_merchant(ledger, "merchant-0", 0,
			add_up, &sum, &err) == -1)
			++*reader->failures;
		ledger_head(ledger, head);
		reader->looks++;
	}
	return NULL;
}

static void
readers_and_the_writer_do_not_harm_each_other(void **state)
{
	static struct deal deals[BATCH];
	static char ticket[1200];
	struct reader readers[READERS];
	_Atomic(bool) stop = false;
	_Atomic(int) failures = 0;
	struct scratch scratch;
	char jti[24];
	size_t i, k;

	(void)state;
	memset(ticket, 't', sizeof(ticket));
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(50));
	for (i = 0; i < READERS; i++) {
		readers[i].scratch = &scratch;
		readers[i].stop = &stop;
		readers[i].failures = &failures;
		readers[i].looks = 0;
		readers[i].seed = i;
		assert_int_equal(pthread_create(&readers[i].thread, NULL,
				     read_all_the_time, &readers[i]),
		    0);
	}
	for (k = 0; k < BATCHES; k++) {
		for (i = 0; i < BATCH; i++) {
			(void)snprintf(jti, sizeof(jti), "r-%d",
			    (int)(k * BATCH + i));
			deal_pay(&deals[i], "merchant-0", jti, "customer-0",
			    TILL_MICRO / 100);
			deals[i].order.ticket = ticket;
			deals[i].order.ticket_len = sizeof(ticket);
		}
		submit_all(scratch.ledger, deals, BATCH);
		for (i = 0; i < BATCH; i++)
			assert_int_equal(deals[i].request.result, LEDGER_DONE);
	}
	stop = true;
	for (i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_true(readers[i].looks > 0);
	}
	assert_int_equal(failures, 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

struct blocker {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held, go;
	_Atomic(int) busy, done;
};

static void
hold_the_writer(struct ledger_request *request, void *arg)
{
	struct blocker *blocker = arg;

	(void)request;
	pthread_mutex_lock(&blocker->lock);
	blocker->held = true;
	pthread_cond_broadcast(&blocker->changed);
	while (!blocker->go)
		pthread_cond_wait(&blocker->changed, &blocker->lock);
	pthread_mutex_unlock(&blocker->lock);
}

static void
count_answers(struct ledger_request *request, void *arg)
{
	struct blocker *blocker = arg;

	if (request->result == LEDGER_BUSY)
		blocker->busy++;
	else
		blocker->done++;
}

/* More than the queue holds is refused at once, and nothing else. */
static void
a_full_queue_refuses(void **state)
{
	static struct ledger_request requests[LEDGER_QUEUE_MAX + 10], first;
	struct blocker blocker = { .go = false };
	struct scratch scratch;
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	pthread_mutex_init(&blocker.lock, NULL);
	pthread_cond_init(&blocker.changed, NULL);
	first.op = LEDGER_META;
	first.name = "first";
	first.done = hold_the_writer;
	first.arg = &blocker;
	ledger_submit(scratch.ledger, &first);
	pthread_mutex_lock(&blocker.lock);
	while (!blocker.held)
		pthread_cond_wait(&blocker.changed, &blocker.lock);
	pthread_mutex_unlock(&blocker.lock);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		requests[i].op = LEDGER_META;
		requests[i].name = "other";
		requests[i].done = count_answers;
		requests[i].arg = &blocker;
		ledger_submit(scratch.ledger, &requests[i]);
	}
	assert_int_equal(blocker.busy, 10);
	pthread_mutex_lock(&blocker.lock);
	blocker.go = true;
	pthread_cond_broadcast(&blocker.changed);
	pthread_mutex_unlock(&blocker.lock);
	scratch_end(&scratch);
	assert_int_equal(blocker.busy + blocker.done,
	    sizeof(requests) / sizeof(requests[0]));
	pthread_cond_destroy(&blocker.changed);
	pthread_mutex_destroy(&blocker.lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_verifies_while_payments_go_on),
		cmocka_unit_test(readers_and_the_writer_do_not_harm_each_other),
		cmocka_unit_test(a_full_queue_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

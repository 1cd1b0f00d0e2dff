/*
 * test_rear_tables.c - sessions, conversations and orders at work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/conversations.h"
#include "rear/hash.h"
#include "rear/orders.h"
#include "rear/sessions.h"

#define HOUR INT64_C(3600000)

static unsigned int freed;

static void
count_freed(void *content)
{
	freed++;
	free(content);
}

static void
open_session(struct session_table *sessions, const char *cid, int64_t now_ms,
    unsigned char name_r[SESSION_NAME_SIZE])
{
	struct session session = { .created_ms = now_ms };
	char secret[SESSION_SECRET_MAX];

	(void)snprintf(session.cid, sizeof(session.cid), "%s", cid);
	assert_int_equal(session_table_open(sessions, &session, now_ms, secret),
	    0);
	assert_int_equal(strlen(secret), SESSION_SECRET_MAX - 1);
	assert_int_equal(session_name(secret, name_r), 0);
}

/* -1: in no epoch but the customer's own at this moment. */
static int
open_in(struct session_table *sessions, const char *cid, uint64_t epoch)
{
	struct session session = { .created_ms = 1, .epoch = epoch };
	char secret[SESSION_SECRET_MAX];

	(void)snprintf(session.cid, sizeof(session.cid), "%s", cid);
	return session_table_open(sessions, &session, 1, secret);
}

static bool
is_open(struct session_table *sessions, const unsigned char *name,
    int64_t now_ms)
{
	struct session session;

	return session_table_find(sessions, name, now_ms, 1000, HOUR, &session);
}

static void
a_session_of_what_was_true_before_a_change_is_not_opened(void **state)
{
	struct session_table *sessions = session_table_new(10);
	unsigned char name[SESSION_NAME_SIZE];
	uint64_t alice = session_table_epoch(sessions, "alice");
	uint64_t bob = session_table_epoch(sessions, "bob");
	struct session found;

	(void)state;
	assert_int_equal(open_in(sessions, "alice", alice), 0);
	session_table_end_customer(sessions, "alice", NULL);
	assert_int_equal(open_in(sessions, "alice", alice), -1);
	assert_int_equal(session_table_len(sessions), 0);
	assert_int_equal(open_in(sessions, "bob", bob), 0);
	alice = session_table_epoch(sessions, "alice");
	assert_int_equal(open_in(sessions, "alice", alice), 0);
	/* The one that is kept is of the new epoch when it is found. */
	open_session(sessions, "carol", 1, name);
	session_table_end_customer(sessions, "carol", name);
	assert_true(session_table_find(sessions, name, 1, 1000, HOUR, &found));
	assert_int_equal(found.epoch, session_table_epoch(sessions, "carol"));
	assert_int_equal(open_in(sessions, "carol", found.epoch), 0);
	session_table_free(sessions);
}

/* Of customers who would share an epoch by a hash that anybody can compute. */
static void
who_shares_an_epoch_cannot_be_chosen(void **state)
{
	struct session_table *sessions = session_table_new(10);
	uint64_t first = hash_text(0, "alice") % 4096, before;
	char cid[TILL_ID_MAX];
	int i, found = 0, shared = 0;

	(void)state;
	for (i = 0; found < 3; i++) {
		(void)snprintf(cid, sizeof(cid), "x%d", i);
		if (hash_text(0, cid) % 4096 != first)
			continue;
		found++;
		before = session_table_epoch(sessions, cid);
		session_table_end_customer(sessions, "alice", NULL);
		shared += session_table_epoch(sessions, cid) != before;
	}
	assert_int_not_equal(shared, found);
	session_table_free(sessions);
}

static void
a_session_ends_when_idle_when_old_and_when_it_is_told(void **state)
{
	struct session_table *sessions = session_table_new(10);
	unsigned char name[SESSION_NAME_SIZE], other[SESSION_NAME_SIZE];
	int64_t now_ms = 5000;

	(void)state;
	open_session(sessions, "alice", now_ms, name);
	assert_true(is_open(sessions, name, now_ms + 999));
	assert_true(is_open(sessions, name, now_ms + 1998));
	assert_false(is_open(sessions, name, now_ms + 2998));
	/* It opens nothing, and can still be ended. */
	assert_false(is_open(sessions, name, now_ms + 2998));
	assert_true(session_table_has(sessions, name));
	assert_true(session_table_end(sessions, name));
	assert_false(session_table_has(sessions, name));
	assert_int_equal(session_table_len(sessions), 0);

	open_session(sessions, "alice", now_ms, name);
	while (is_open(sessions, name, now_ms))
		now_ms += 999;
	assert_true(now_ms - 5000 >= HOUR);
	assert_false(session_table_has(sessions, name));

	open_session(sessions, "alice", now_ms, name);
	assert_true(session_table_end(sessions, name));
	assert_false(session_table_end(sessions, name));

	open_session(sessions, "alice", now_ms, name);
	open_session(sessions, "bob", now_ms, other);
	session_table_end_customer(sessions, "alice", NULL);
	assert_false(is_open(sessions, name, now_ms));
	assert_true(is_open(sessions, other, now_ms));
	session_table_free(sessions);
}

static void
the_session_idle_longest_makes_room(void **state)
{
	struct session_table *sessions = session_table_new(2);
	unsigned char names[3][SESSION_NAME_SIZE];

	(void)state;
	open_session(sessions, "a", 1, names[0]);
	open_session(sessions, "b", 2, names[1]);
	assert_true(is_open(sessions, names[0], 3));
	open_session(sessions, "c", 4, names[2]);
	assert_int_equal(session_table_len(sessions), 2);
	assert_true(is_open(sessions, names[0], 5));
	assert_false(is_open(sessions, names[1], 5));
	assert_true(is_open(sessions, names[2], 5));
	session_table_free(sessions);
}

static int
replace(struct session_table *sessions, const unsigned char *old,
    const char *cid, int64_t now_ms, unsigned char name_r[SESSION_NAME_SIZE])
{
	struct session session = { .created_ms = now_ms };
	char secret[SESSION_SECRET_MAX];

	(void)snprintf(session.cid, sizeof(session.cid), "%s", cid);
	session.epoch = session_table_epoch(sessions, cid);
	if (session_table_replace(sessions, old, &session, now_ms, secret) ==
	    -1)
		return -1;
	return session_name(secret, name_r);
}

static void
a_session_has_one_heir_and_none_when_it_has_ended(void **state)
{
	struct session_table *sessions = session_table_new(10);
	unsigned char old[SESSION_NAME_SIZE], heir[SESSION_NAME_SIZE];
	unsigned char other[SESSION_NAME_SIZE];

	(void)state;
	open_session(sessions, "alice", 1, old);
	assert_int_equal(replace(sessions, old, "alice", 2, heir), 0);
	assert_int_equal(replace(sessions, old, "alice", 3, other), -1);
	assert_int_equal(session_table_len(sessions), 1);
	assert_false(is_open(sessions, old, 4));
	assert_true(is_open(sessions, heir, 4));
	/* Who signs out by the older name has not heard of the newer yet. */
	assert_true(session_table_end(sessions, old));
	assert_false(is_open(sessions, heir, 4));
	assert_int_equal(replace(sessions, heir, "alice", 5, other), -1);
	assert_int_equal(session_table_len(sessions), 0);
	/* Another customer's ends as well, but his name ends nobody else. */
	open_session(sessions, "bob", 6, old);
	assert_int_equal(replace(sessions, old, "alice", 7, heir), 0);
	assert_false(is_open(sessions, old, 8));
	assert_false(session_table_end(sessions, old));
	assert_true(is_open(sessions, heir, 8));
	/* What is too old to open leaves all as it was. */
	session_table_end_customer(sessions, "alice", heir);
	assert_int_equal(open_in(sessions, "alice", 0), -1);
	assert_int_equal(session_table_len(sessions), 1);
	session_table_free(sessions);
}

static void
a_customer_has_only_so_many_sessions(void **state)
{
	struct session_table *sessions = session_table_new(100);
	unsigned char first[SESSION_NAME_SIZE], second[SESSION_NAME_SIZE];
	unsigned char bob[SESSION_NAME_SIZE], name[SESSION_NAME_SIZE];
	int i;

	(void)state;
	open_session(sessions, "bob", 1, bob);
	open_session(sessions, "alice", 2, first);
	open_session(sessions, "alice", 3, second);
	for (i = 2; i < SESSION_EACH_MAX; i++)
		open_session(sessions, "alice", 10, name);
	assert_int_equal(session_table_len(sessions), SESSION_EACH_MAX + 1);
	/* His own that was idle longest goes, and nobody else's. */
	assert_true(is_open(sessions, first, 11));
	open_session(sessions, "alice", 12, name);
	assert_int_equal(session_table_len(sessions), SESSION_EACH_MAX + 1);
	assert_true(is_open(sessions, first, 13));
	assert_false(is_open(sessions, second, 13));
	assert_true(is_open(sessions, bob, 13));
	session_table_end_customer(sessions, "alice", first);
	assert_int_equal(session_table_len(sessions), 2);
	assert_true(is_open(sessions, first, 14));
	session_table_free(sessions);
}

static void
steps_of_a_conversation_take_their_turns(void **state)
{
	struct conversations *all = conversations_new(4, 1000, count_freed);
	struct conversation_waiter waiters[3];
	struct conversation *one, *found;

	(void)state;
	one = conversations_begin(all, NULL, "", 0);
	assert_int_equal(conversations_take(all, one->id, 1, &waiters[0],
			     &found),
	    CONVERSATION_WAITS);
	assert_int_equal(conversations_take(all, one->id, 1, &waiters[1],
			     &found),
	    CONVERSATION_WAITS);
	assert_ptr_equal(conversations_give(all, one, 2), &waiters[0]);
	assert_ptr_equal(conversations_give(all, one, 3), &waiters[1]);
	assert_null(conversations_give(all, one, 4));
	assert_int_equal(conversations_take(all, one->id, 5, &waiters[0],
			     &found),
	    CONVERSATION_TAKEN);
	assert_ptr_equal(found, one);
	assert_int_equal(conversations_take(all, one->id, 5, &waiters[1],
			     &found),
	    CONVERSATION_WAITS);
	assert_ptr_equal(conversations_park(all, one), &waiters[1]);
	assert_int_equal(conversations_take(all, one->id, 5, &waiters[2],
			     &found),
	    CONVERSATION_PARKED);
	assert_null(conversations_give(all, one, 6));
	assert_int_equal(conversations_take(all, "no-such", 6, &waiters[0],
			     &found),
	    CONVERSATION_GONE);
	conversations_free(all);
}

static void
conversations_are_forgotten_when_idle_or_when_room_is_needed(void **state)
{
	struct conversations *all = conversations_new(2, 1000, count_freed);
	struct conversation *first, *second, *third, *found;
	struct conversation_waiter waiter;
	char id[CONVERSATION_ID_MAX];

	(void)state;
	freed = 0;
	first = conversations_begin(all, malloc(1), "", 0);
	second = conversations_begin(all, malloc(1), "", 0);
	assert_non_null(first);
	assert_non_null(second);
	/* Both are taken: there is no room. */
	assert_null(conversations_begin(all, NULL, "", 1));
	assert_null(conversations_give(all, first, 10));
	assert_null(conversations_give(all, second, 20));
	memcpy(id, first->id, sizeof(id));
	third = conversations_begin(all, malloc(1), "", 30);
	assert_non_null(third);
	assert_int_equal(freed, 1);
	assert_int_equal(conversations_take(all, id, 31, &waiter, &found),
	    CONVERSATION_GONE);
	memcpy(id, second->id, sizeof(id));
	assert_int_equal(conversations_take(all, id, 1020, &waiter, &found),
	    CONVERSATION_GONE);
	/* What is taken is not swept, however old. */
	conversations_sweep(all, 99999);
	assert_int_equal(freed, 2);
	assert_int_equal(conversations_len(all), 1);
	assert_null(conversations_give(all, third, 99999));
	conversations_free(all);
	assert_int_equal(freed, 3);
}

static bool
is_there(struct conversations *all, const char *id, int64_t now_ms)
{
	struct conversation *found = NULL;
	struct conversation_waiter waiter;

	if (conversations_take(all, id, now_ms, &waiter, &found) !=
	    CONVERSATION_TAKEN)
		return false;
	assert_null(conversations_give(all, found, now_ms));
	return true;
}

/* Begin one and leave it idle. */
static void
leave_idle(struct conversations *all, const char *network, int64_t now_ms,
    char id_r[CONVERSATION_ID_MAX])
{
	struct conversation *begun =
	    conversations_begin(all, malloc(1), network, now_ms);

	assert_non_null(begun);
	memcpy(id_r, begun->id, CONVERSATION_ID_MAX);
	assert_null(conversations_give(all, begun, now_ms));
}

static void
who_begins_many_conversations_forgets_his_own(void **state)
{
	struct conversations *all = conversations_new(8, 100000, count_freed);
	char alice[CONVERSATION_ID_MAX], bob[CONVERSATION_ID_MAX];
	char carol[CONVERSATION_ID_MAX], flood[CONVERSATION_ID_MAX];
	int64_t now;

	(void)state;
	freed = 0;
	leave_idle(all, "net a", 0, alice);
	leave_idle(all, "net b", 1, bob);
	for (now = 10; now < 1000; now++)
		leave_idle(all, "net flood", now, flood);
	assert_int_equal(conversations_len(all), 8);
	/* Who comes now has room as well, and takes it from the flood. */
	leave_idle(all, "net c", 1000, carol);
	assert_true(is_there(all, flood, 1001));
	assert_true(is_there(all, alice, 1001));
	assert_true(is_there(all, bob, 1001));
	assert_true(is_there(all, carol, 1001));
	/* One each: whoever has had his for longest gives it up. */
	for (now = 2000; now < 2008; now++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "net %d", (int)now);
		leave_idle(all, name, now, flood);
	}
	assert_false(is_there(all, alice, 2010));
	assert_true(is_there(all, flood, 2010));
	assert_int_equal(conversations_len(all), 8);
	conversations_sweep(all, 300000);
	assert_int_equal(conversations_len(all), 0);
	conversations_free(all);
	assert_int_equal(freed, 2 + 990 + 1 + 8);
}

static void
one_order_has_one_owner_and_the_others_wait_for_it(void **state)
{
	struct orders *orders = orders_new();
	struct orders_claim claims[5] = { { "press-1", "j1", NULL },
		{ "press-1", "j1", NULL }, { "press-1", "j1", NULL },
		{ "press-1", "j2", NULL }, { "press-2", "j1", NULL } };
	struct orders_claim *waiters;

	(void)state;
	assert_int_equal(orders_claim(orders, &claims[0]), ORDERS_MINE);
	assert_int_equal(orders_claim(orders, &claims[1]), ORDERS_WAITS);
	assert_int_equal(orders_claim(orders, &claims[2]), ORDERS_WAITS);
	assert_int_equal(orders_claim(orders, &claims[3]), ORDERS_MINE);
	assert_int_equal(orders_claim(orders, &claims[4]), ORDERS_MINE);
	assert_int_equal(orders_len(orders), 3);
	waiters = orders_release(orders, &claims[0], NULL);
	assert_ptr_equal(waiters, &claims[1]);
	assert_ptr_equal(waiters->next, &claims[2]);
	assert_null(waiters->next->next);
	assert_int_equal(orders_claim(orders, &claims[1]), ORDERS_MINE);
	assert_int_equal(orders_claim(orders, &claims[2]), ORDERS_WAITS);
	assert_ptr_equal(orders_park(orders, &claims[1]), &claims[2]);
	assert_int_equal(orders_claim(orders, &claims[2]), ORDERS_PARKED);
	assert_null(orders_release(orders, &claims[1], NULL));
	assert_null(orders_release(orders, &claims[3], NULL));
	assert_null(orders_release(orders, &claims[4], NULL));
	assert_int_equal(orders_len(orders), 0);
	orders_free(orders);
}

static void
a_voucher_is_remembered_while_it_is_young(void **state)
{
	struct orders *orders = orders_new();
	struct orders_claim claim = { "press-1", "j1", NULL };
	struct voucher_kept kept = { .txn = 7, .until_ms = 1000 }, found;
	struct voucher_kept second;
	struct sealed *sealed;
	size_t i;

	(void)state;
	sealed = sealed_new("the voucher");
	kept.token = sealed;
	assert_int_equal(orders_claim(orders, &claim), ORDERS_MINE);
	assert_null(orders_release(orders, &claim, &kept));
	assert_true(orders_recent(orders, "press-1", "j1", 999, &found));
	assert_int_equal(found.txn, 7);
	assert_string_equal(found.token->text, "the voucher");
	sealed_unref(found.token);
	assert_false(orders_recent(orders, "press-1", "j1", 1000, &found));
	assert_false(orders_recent(orders, "press-1", "j2", 1, &found));
	/* A newer one of the same order takes its place. */
	kept.txn = 8;
	kept.until_ms = 2000;
	orders_keep(orders, "press-1", "j1", 1000, &kept);
	assert_true(orders_recent(orders, "press-1", "j1", 1500, &found));
	assert_int_equal(found.txn, 8);
	sealed_unref(found.token);
	/* One of the same payment does not: all get the first. */
	second = (struct voucher_kept){ .txn = 8, .until_ms = 3000 };
	second.token = sealed_new("another seal");
	orders_keep(orders, "press-1", "j1", 1500, &second);
	assert_string_equal(second.token->text, "the voucher");
	sealed_unref(second.token);
	/* However many: memory is bounded, and all is given back. */
	for (i = 0; i < 100000; i++) {
		char jti[16];

		(void)snprintf(jti, sizeof(jti), "x%zu", i);
		orders_keep(orders, "press-1", jti, 1500, &kept);
	}
	assert_false(orders_recent(orders, "press-1", "j1", 1, &found));
	sealed_unref(sealed);
	orders_free(orders);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_session_of_what_was_true_before_a_change_is_not_opened),
		cmocka_unit_test(who_shares_an_epoch_cannot_be_chosen),
		cmocka_unit_test(
		    a_session_ends_when_idle_when_old_and_when_it_is_told),
		cmocka_unit_test(the_session_idle_longest_makes_room),
		cmocka_unit_test(
		    a_session_has_one_heir_and_none_when_it_has_ended),
		cmocka_unit_test(a_customer_has_only_so_many_sessions),
		cmocka_unit_test(steps_of_a_conversation_take_their_turns),
		cmocka_unit_test(
		    conversations_are_forgotten_when_idle_or_when_room_is_needed),
		cmocka_unit_test(who_begins_many_conversations_forgets_his_own),
		cmocka_unit_test(
		    one_order_has_one_owner_and_the_others_wait_for_it),
		cmocka_unit_test(a_voucher_is_remembered_while_it_is_young),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_ledger_event.c - an event is recorded with what it tells of or not
 * at all, is numbered without gaps, and waits for its lines until they
 * have taken it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/events.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MANY 200

static struct till_error err;

static void
an_event_is_true_with_what_it_tells_of(void **state)
{
	struct ledger_event event, stored;
	struct ledger_waiting waiting;
	struct scratch scratch;
	struct ledger_sums sums;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(5));
	assert_int_equal(events_pay(scratch.ledger, "a", EURO(1), &event),
	    LEDGER_DONE);
	assert_int_equal(event.sequence, 1);
	assert_int_equal(event.txn, ledger_serial(scratch.ledger));
	assert_int_equal(ledger_event_get(scratch.ledger, "merchant-0", 1,
			     &stored, &err),
	    0);
	assert_string_equal(stored.id, "some-id");
	assert_string_equal(stored.lines[0], "hook");
	assert_int_equal(stored.txn, event.txn);
	assert_int_equal(ledger_waiting_next(scratch.ledger, "hook",
			     "merchant-0", 0, &waiting, &err),
	    0);
	assert_int_equal(waiting.sequence, 1);
	assert_int_equal(waiting.attempts, 0);
	/* What is refused leaves nothing, and takes no number. */
	assert_int_equal(events_pay(scratch.ledger, "b", EURO(100), &event),
	    LEDGER_DECLINED);
	assert_int_equal(events_pay(scratch.ledger, "a", EURO(1), &event),
	    LEDGER_REPEAT);
	assert_int_equal(events_pay(scratch.ledger, "c", EURO(1), &event),
	    LEDGER_DONE);
	assert_int_equal(event.sequence, 2);
	assert_int_equal(ledger_event_get(scratch.ledger, "merchant-0", 3,
			     &stored, &err),
	    1);
	verify_well(scratch.ledger, &sums);
	assert_int_equal(sums.events, 2);
	assert_int_equal(sums.waiting, 2);
	scratch_end(&scratch);
}

static void
every_merchant_has_numbers_of_its_own(void **state)
{
	struct ledger_event event;
	struct scratch scratch;
	uint64_t n;

	(void)state;
	scratch_begin(&scratch);
	assert_int_equal(events_happen(scratch.ledger, "a", "hook", &n),
	    LEDGER_DONE);
	assert_int_equal(n, 1);
	assert_int_equal(events_happen(scratch.ledger, "ab", "hook", &n),
	    LEDGER_DONE);
	assert_int_equal(n, 1);
	assert_int_equal(events_happen(scratch.ledger, "a", NULL, &n),
	    LEDGER_DONE);
	assert_int_equal(n, 2);
	assert_int_equal(events_happen(scratch.ledger, "", "hook", &n),
	    LEDGER_DONE);
	assert_int_equal(n, 1);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(events_happen(scratch.ledger, "", "hook", &n),
	    LEDGER_DONE);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_event_next(scratch.ledger, "a", 2, &event,
			     &err),
	    0);
	assert_int_equal(event.sequence, 2);
	assert_int_equal(ledger_event_next(scratch.ledger, "a", 3, &event,
			     &err),
	    1);
	assert_int_equal(ledger_event_next(scratch.ledger, "", 0, &event, &err),
	    0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
what_waits_is_found_merchant_by_merchant(void **state)
{
	static const char *const mids[] = { "", "a", "a-b", "b" };
	struct ledger_waiting waiting;
	const char *after = NULL;
	struct scratch scratch;
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	for (i = 0; i < COUNT(mids); i++) {
		(void)events_happen(scratch.ledger, mids[i], "hook", NULL);
		(void)events_happen(scratch.ledger, mids[i], "hook", NULL);
		(void)events_happen(scratch.ledger, mids[i], "hook2", NULL);
	}
	for (i = 0; i < COUNT(mids); i++) {
		assert_int_equal(ledger_waiting_after(scratch.ledger, "hook",
				     after, &waiting, &err),
		    0);
		assert_string_equal(waiting.merchant, mids[i]);
		assert_int_equal(waiting.sequence, 1);
		after = mids[i];
	}
	assert_int_equal(ledger_waiting_after(scratch.ledger, "hook", after,
			     &waiting, &err),
	    1);
	assert_int_equal(ledger_waiting_next(scratch.ledger, "hook", "a", 3,
			     &waiting, &err),
	    1);
	assert_int_equal(ledger_waiting_next(scratch.ledger, "hook2", "a", 0,
			     &waiting, &err),
	    0);
	assert_int_equal(waiting.sequence, 3);
	scratch_end(&scratch);
}

static void
what_was_told_waits_no_more(void **state)
{
	struct ledger_waiting waiting;
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 1, false),
	    LEDGER_DONE);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_waiting_next(scratch.ledger, "hook", "a", 0,
			     &waiting, &err),
	    0);
	assert_int_equal(waiting.attempts, 7);
	assert_int_equal(waiting.next_ms, 12345);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 1, true),
	    LEDGER_DONE);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 1, true),
	    LEDGER_REPEAT);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 9, true),
	    LEDGER_REPEAT);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 0, true),
	    LEDGER_INVALID);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 1);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 2, true),
	    LEDGER_DONE);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 0);
	/* And waits again where the operator wants it to. */
	assert_int_equal(events_tell(scratch.ledger, "a", 1), LEDGER_DONE);
	assert_int_equal(events_tell(scratch.ledger, "a", 1), LEDGER_DONE);
	assert_int_equal(events_tell(scratch.ledger, "a", 3), LEDGER_INVALID);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 1);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* The end of merchant a's event, for its only line. */
static enum ledger_end
end_of(struct scratch *scratch, uint64_t sequence)
{
	struct ledger_event event;

	assert_int_equal(ledger_event_get(scratch->ledger, "a", sequence,
			     &event, &err),
	    0);
	return event.ends[0];
}

static enum ledger_result
end(struct scratch *scratch, uint64_t sequence, enum ledger_end how)
{
	struct ledger_request request = { .op = LEDGER_TOLD,
		.told = { .line = "hook",
		    .merchant = "a",
		    .sequence = sequence,
		    .done = true,
		    .end = how } };

	return ledger_apply(scratch->ledger, &request);
}

static void
how_it_ended_is_kept_with_the_event(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	scratch.options.outbox_max = 6;
	scratch_open(&scratch);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	assert_int_equal(end(&scratch, 1, LEDGER_END_NONE), LEDGER_DONE);
	assert_int_equal(end(&scratch, 2, LEDGER_END_DROPPED), LEDGER_DONE);
	assert_int_equal(end(&scratch, 3, LEDGER_END_MISSED), LEDGER_INVALID);
	assert_int_equal(end(&scratch, 3, LEDGER_END_FORGOTTEN), LEDGER_DONE);
	/* It is over: nothing else can be made of it. */
	assert_int_equal(end(&scratch, 2, LEDGER_END_FORGOTTEN), LEDGER_REPEAT);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(end_of(&scratch, 1), LEDGER_END_NONE);
	assert_int_equal(end_of(&scratch, 2), LEDGER_END_DROPPED);
	assert_int_equal(end_of(&scratch, 3), LEDGER_END_FORGOTTEN);
	assert_int_equal(end_of(&scratch, 4), LEDGER_END_MISSED);
	/* Until it is told again. */
	assert_int_equal(events_tell(scratch.ledger, "a", 2), LEDGER_DONE);
	assert_int_equal(events_tell(scratch.ledger, "a", 4), LEDGER_DONE);
	assert_int_equal(end_of(&scratch, 2), LEDGER_END_NONE);
	assert_int_equal(end_of(&scratch, 4), LEDGER_END_NONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
too_many_that_wait_are_missed_and_hold_up_nothing(void **state)
{
	struct ledger_event event;
	struct ledger_line line;
	struct scratch scratch;
	uint64_t n = 0;
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	scratch.options.outbox_max = 6;
	scratch_open(&scratch);
	make_people(scratch.ledger, EURO(5));
	for (i = 0; i < 4; i++)
		assert_int_equal(events_happen(scratch.ledger, "merchant-0",
				     "hook", &n),
		    LEDGER_DONE);
	assert_int_equal(n, 4);
	assert_non_null(strstr(scratch.logged, "which is the bound"));
	assert_int_equal(events_pay(scratch.ledger, "a", EURO(1), &event),
	    LEDGER_DONE);
	line = events_line(scratch.ledger, "hook");
	assert_int_equal(line.waiting, 3);
	assert_int_equal(line.missed, 2);
	assert_true(line.missed_ms > 0);
	/* The other line is not touched by it. */
	(void)events_happen(scratch.ledger, "merchant-0", "other", NULL);
	assert_int_equal(events_line(scratch.ledger, "other").waiting, 1);
	assert_int_equal(events_told(scratch.ledger, "hook", "merchant-0", 1,
			     true),
	    LEDGER_DONE);
	assert_int_equal(events_tell(scratch.ledger, "merchant-0", 4),
	    LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* The room of a line is shared: nobody has more than a tenth of it. */
static void
one_merchant_leaves_the_others_their_room(void **state)
{
	struct scratch scratch;
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	scratch.options.outbox_max = 160;
	scratch_open(&scratch);
	for (i = 0; i < 30; i++)
		(void)events_happen(scratch.ledger, "dead", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 16);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 14);
	(void)events_happen(scratch.ledger, "dea", "hook", NULL);
	(void)events_happen(scratch.ledger, "", "hook", NULL);
	(void)events_happen(scratch.ledger, "good", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 19);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 14);
	/* It is counted over a restart, and down again. */
	scratch_close(&scratch);
	scratch_open(&scratch);
	(void)events_happen(scratch.ledger, "dead", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 15);
	assert_int_equal(events_told(scratch.ledger, "hook", "dead", 1, true),
	    LEDGER_DONE);
	(void)events_happen(scratch.ledger, "dead", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 15);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 19);
	/* The whole of it is bounded as well. */
	for (i = 0; i < 160; i++) {
		char mid[8];

		(void)snprintf(mid, sizeof(mid), "m%zu", i);
		(void)events_happen(scratch.ledger, mid, "hook", NULL);
	}
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 160);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 34);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* In a small room a tenth would be less than what a merchant sells before
 * the first event is answered. */
static void
a_small_room_is_shared_by_halves(void **state)
{
	struct scratch scratch;
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	scratch.options.outbox_max = 20;
	scratch_open(&scratch);
	for (i = 0; i < 15; i++)
		(void)events_happen(scratch.ledger, "dead", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 10);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 5);
	scratch_close(&scratch);
	scratch.options.outbox_max = 1;
	scratch_open(&scratch);
	for (i = 0; i < 10; i++)
		(void)events_told(scratch.ledger, "hook", "dead", i + 1, true);
	(void)events_happen(scratch.ledger, "good", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 1);
	scratch_end(&scratch);
}

static void
old_events_go_unless_somebody_waits(void **state)
{
	struct ledger_event event;
	struct scratch scratch;
	uint64_t i;

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	scratch.options.events_kept = 10;
	scratch_open(&scratch);
	for (i = 1; i <= 20; i++) {
		(void)events_happen(scratch.ledger, "a", "hook", NULL);
		if (i != 5)
			(void)events_told(scratch.ledger, "hook", "a", i, true);
	}
	assert_int_equal(ledger_event_next(scratch.ledger, "a", 0, &event,
			     &err),
	    0);
	assert_int_equal(event.sequence, 5);
	assert_int_equal(ledger_event_next(scratch.ledger, "a", 6, &event,
			     &err),
	    0);
	assert_int_equal(event.sequence, 11);
	assert_int_equal(events_told(scratch.ledger, "hook", "a", 5, true),
	    LEDGER_DONE);
	assert_int_equal(ledger_event_get(scratch.ledger, "a", 5, &event, &err),
	    1);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* Numbers and lines within one batch and over many. */
static void
many_at_once_are_numbered_without_gaps(void **state)
{
	static struct ledger_event events[MANY];
	static struct deal deals[MANY];
	bool seen[MANY + 1] = { false };
	struct scratch scratch;
	char jti[24];
	size_t i;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(100));
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "m-%zu", i);
		deal_pay(&deals[i], "merchant-0", jti, "customer-0", 1);
		events_make(&events[i], "merchant-0", "hook");
		deals[i].request.event = &events[i];
	}
	submit_all(scratch.ledger, deals, MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(deals[i].request.result, LEDGER_DONE);
		assert_in_range(events[i].sequence, 1, MANY);
		assert_false(seen[events[i].sequence]);
		seen[events[i].sequence] = true;
	}
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, MANY);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
nonsense_is_refused(void **state)
{
	struct ledger_request request = { .op = LEDGER_EVENT, .actor = "" };
	struct ledger_event event;
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	request.event = &event;
	events_make(&event, "A merchant", "hook");
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	events_make(&event, "a", "two words");
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	events_make(&event, "a", "hook");
	event.lines_len = LEDGER_LINES_MAX + 1;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	events_make(&event, "a", "hook");
	memset(event.text, 'x', sizeof(event.text));
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_true_with_what_it_tells_of),
		cmocka_unit_test(every_merchant_has_numbers_of_its_own),
		cmocka_unit_test(what_waits_is_found_merchant_by_merchant),
		cmocka_unit_test(what_was_told_waits_no_more),
		cmocka_unit_test(how_it_ended_is_kept_with_the_event),
		cmocka_unit_test(
		    too_many_that_wait_are_missed_and_hold_up_nothing),
		cmocka_unit_test(one_merchant_leaves_the_others_their_room),
		cmocka_unit_test(a_small_room_is_shared_by_halves),
		cmocka_unit_test(old_events_go_unless_somebody_waits),
		cmocka_unit_test(many_at_once_are_numbered_without_gaps),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include "support/ledgers.h"
#include "support/tamper.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MANY 200

static struct till_error err;

static void
event_of(struct ledger_event *event, const char *mid, const char *line)
{
	memset(event, 0, sizeof(*event));
	set_text(event->merchant, sizeof(event->merchant), mid);
	set_text(event->id, sizeof(event->id), "some-id");
	set_text(event->type, sizeof(event->type), "voucher.issued");
	if (line == NULL)
		return;
	event->lines_len = 1;
	set_text(event->lines[0], sizeof(event->lines[0]), line);
}

static enum ledger_result
happen(struct ledger *ledger, const char *mid, const char *line,
    uint64_t *sequence_r)
{
	struct ledger_request request = { .op = LEDGER_EVENT, .actor = "" };
	struct ledger_event event;

	event_of(&event, mid, line);
	request.event = &event;
	(void)ledger_apply(ledger, &request);
	if (sequence_r != NULL)
		*sequence_r = event.sequence;
	return request.result;
}

static enum ledger_result
told(struct ledger *ledger, const char *line, const char *mid,
    uint64_t sequence, bool done)
{
	struct ledger_request request = {
		.op = LEDGER_TOLD,
		.told = { line, mid, sequence, done, 7, 12345 },
	};

	return ledger_apply(ledger, &request);
}

static enum ledger_result
tell(struct ledger *ledger, const char *mid, uint64_t sequence)
{
	struct ledger_request request = {
		.op = LEDGER_TELL,
		.told = { .merchant = mid, .sequence = sequence },
	};

	return ledger_apply(ledger, &request);
}

static enum ledger_result
pay(struct ledger *ledger, const char *jti, int64_t micro,
    struct ledger_event *event)
{
	struct deal deal;

	deal_pay(&deal, "merchant-0", jti, "customer-0", micro);
	event_of(event, "merchant-0", "hook");
	deal.request.event = event;
	return ledger_apply(ledger, &deal.request);
}

static int
keep_line(void *arg, const struct ledger_line *line)
{
	struct ledger_line *kept = arg;

	if (strcmp(line->name, kept->name) == 0)
		*kept = *line;
	return 0;
}

static struct ledger_line
line_of(struct ledger *ledger, const char *name)
{
	struct ledger_line line = { .waiting = 0 };

	set_text(line.name, sizeof(line.name), name);
	assert_int_equal(ledger_line_each(ledger, keep_line, &line, &err), 0);
	return line;
}

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
	assert_int_equal(pay(scratch.ledger, "a", EURO(1), &event),
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
	assert_int_equal(pay(scratch.ledger, "b", EURO(100), &event),
	    LEDGER_DECLINED);
	assert_int_equal(pay(scratch.ledger, "a", EURO(1), &event),
	    LEDGER_REPEAT);
	assert_int_equal(pay(scratch.ledger, "c", EURO(1), &event),
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
	assert_int_equal(happen(scratch.ledger, "a", "hook", &n), LEDGER_DONE);
	assert_int_equal(n, 1);
	assert_int_equal(happen(scratch.ledger, "ab", "hook", &n), LEDGER_DONE);
	assert_int_equal(n, 1);
	assert_int_equal(happen(scratch.ledger, "a", NULL, &n), LEDGER_DONE);
	assert_int_equal(n, 2);
	assert_int_equal(happen(scratch.ledger, "", "hook", &n), LEDGER_DONE);
	assert_int_equal(n, 1);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(happen(scratch.ledger, "", "hook", &n), LEDGER_DONE);
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
		(void)happen(scratch.ledger, mids[i], "hook", NULL);
		(void)happen(scratch.ledger, mids[i], "hook", NULL);
		(void)happen(scratch.ledger, mids[i], "hook2", NULL);
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
	(void)happen(scratch.ledger, "a", "hook", NULL);
	(void)happen(scratch.ledger, "a", "hook", NULL);
	assert_int_equal(told(scratch.ledger, "hook", "a", 1, false),
	    LEDGER_DONE);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_waiting_next(scratch.ledger, "hook", "a", 0,
			     &waiting, &err),
	    0);
	assert_int_equal(waiting.attempts, 7);
	assert_int_equal(waiting.next_ms, 12345);
	assert_int_equal(told(scratch.ledger, "hook", "a", 1, true),
	    LEDGER_DONE);
	assert_int_equal(told(scratch.ledger, "hook", "a", 1, true),
	    LEDGER_REPEAT);
	assert_int_equal(told(scratch.ledger, "hook", "a", 9, true),
	    LEDGER_REPEAT);
	assert_int_equal(told(scratch.ledger, "hook", "a", 0, true),
	    LEDGER_INVALID);
	assert_int_equal(line_of(scratch.ledger, "hook").waiting, 1);
	assert_int_equal(told(scratch.ledger, "hook", "a", 2, true),
	    LEDGER_DONE);
	assert_int_equal(line_of(scratch.ledger, "hook").waiting, 0);
	/* And waits again where the operator wants it to. */
	assert_int_equal(tell(scratch.ledger, "a", 1), LEDGER_DONE);
	assert_int_equal(tell(scratch.ledger, "a", 1), LEDGER_DONE);
	assert_int_equal(tell(scratch.ledger, "a", 3), LEDGER_INVALID);
	assert_int_equal(line_of(scratch.ledger, "hook").waiting, 1);
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
	scratch.options.outbox_max = 3;
	scratch_open(&scratch);
	make_people(scratch.ledger, EURO(5));
	for (i = 0; i < 4; i++)
		assert_int_equal(happen(scratch.ledger, "a", "hook", &n),
		    LEDGER_DONE);
	assert_int_equal(n, 4);
	assert_non_null(strstr(scratch.logged, "which is the bound"));
	assert_int_equal(pay(scratch.ledger, "a", EURO(1), &event),
	    LEDGER_DONE);
	line = line_of(scratch.ledger, "hook");
	assert_int_equal(line.waiting, 3);
	assert_int_equal(line.missed, 2);
	assert_true(line.missed_ms > 0);
	/* The other line is not touched by it. */
	(void)happen(scratch.ledger, "a", "other", NULL);
	assert_int_equal(line_of(scratch.ledger, "other").waiting, 1);
	assert_int_equal(told(scratch.ledger, "hook", "a", 1, true),
	    LEDGER_DONE);
	assert_int_equal(tell(scratch.ledger, "a", 4), LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
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
		(void)happen(scratch.ledger, "a", "hook", NULL);
		if (i != 5)
			(void)told(scratch.ledger, "hook", "a", i, true);
	}
	assert_int_equal(ledger_event_next(scratch.ledger, "a", 0, &event,
			     &err),
	    0);
	assert_int_equal(event.sequence, 5);
	assert_int_equal(ledger_event_next(scratch.ledger, "a", 6, &event,
			     &err),
	    0);
	assert_int_equal(event.sequence, 11);
	assert_int_equal(told(scratch.ledger, "hook", "a", 5, true),
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
		event_of(&events[i], "merchant-0", "hook");
		deals[i].request.event = &events[i];
	}
	submit_all(scratch.ledger, deals, MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(deals[i].request.result, LEDGER_DONE);
		assert_in_range(events[i].sequence, 1, MANY);
		assert_false(seen[events[i].sequence]);
		seen[events[i].sequence] = true;
	}
	assert_int_equal(line_of(scratch.ledger, "hook").waiting, MANY);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* A child pays until it is killed; what it has said is paid has an event,
 * and as many events are there as orders were paid. */
static void
a_kill_loses_no_event(void **state)
{
	struct ledger_event event;
	struct ledger_sums sums;
	struct scratch scratch;
	char jti[24];
	int ends[2], status;
	uint64_t said = 0, n;
	pid_t pid;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(1000));
	scratch_close(&scratch);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		scratch_open(&scratch);
		for (n = 1;; n++) {
			(void)snprintf(jti, sizeof(jti), "k-%d", (int)n);
			if (pay(scratch.ledger, jti, 1, &event) !=
				LEDGER_DONE ||
			    write(ends[1], &event.sequence,
				sizeof(event.sequence)) < 0)
				_exit(1);
		}
	}
	close(ends[1]);
	while (said < 100)
		assert_int_equal(read(ends[0], &said, sizeof(said)),
		    sizeof(said));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
		said = n;
	close(ends[0]);
	scratch_open(&scratch);
	verify_well(scratch.ledger, &sums);
	assert_true(sums.events >= said);
	assert_int_equal(sums.events, sums.orders);
	assert_int_equal(sums.waiting, sums.orders);
	assert_int_equal(pay(scratch.ledger, "last", 1, &event), LEDGER_DONE);
	assert_int_equal(event.sequence, sums.events + 1);
	scratch_end(&scratch);
}

static void
finds(struct ledger *ledger, const char *what)
{
	struct ledger_sums sums;
	uint64_t serial;

	assert_int_equal(ledger_verify(ledger, NULL, NULL, &sums, &serial,
			     &err),
	    -1);
	if (strstr(err.text, what) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, what);
}

static void
what_was_changed_behind_its_back_is_found(void **state)
{
	static const unsigned char event[] = "a\0\0\0\0\0\0\0\0\x03";
	static const unsigned char wait[] = "hook\0a\0\0\0\0\0\0\0\0\x02";
	unsigned char value[4096];
	struct scratch scratch;
	size_t len;
	int i;

	(void)state;
	scratch_begin(&scratch);
	for (i = 0; i < 3; i++)
		(void)happen(scratch.ledger, "a", "hook", NULL);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "outbox", wait,
			     sizeof(wait) - 1, value, sizeof(value), &len),
	    0);
	tamper_remove(scratch.dir, "outbox", wait, sizeof(wait) - 1);
	scratch_open(&scratch);
	finds(scratch.ledger, "2 events wait for line hook, but 3 were");
	scratch_close(&scratch);
	tamper_put(scratch.dir, "outbox", wait, sizeof(wait) - 1, value, len);
	assert_int_equal(tamper_get(scratch.dir, "events", event,
			     sizeof(event) - 1, value, sizeof(value), &len),
	    0);
	tamper_remove(scratch.dir, "events", event, sizeof(event) - 1);
	scratch_open(&scratch);
	finds(scratch.ledger, "event 3 of 'a', the newest, is missing");
	scratch_close(&scratch);
	value[len - 1] ^= 1;
	tamper_put(scratch.dir, "events", event, sizeof(event) - 1, value,
	    len - 1);
	scratch_open(&scratch);
	finds(scratch.ledger, "is damaged");
	scratch_end(&scratch);
}

/* A ledger of format 1 has no such tables; it gets them, once. */
static void
an_older_ledger_is_raised(void **state)
{
	static const char *const tables[] = { "sequences", "events", "outbox",
		"lines" };
	static const char name[] = "ledger.format";
	struct ledger *ledger = NULL;
	unsigned char value[64];
	struct scratch scratch;
	char path[400];
	uint64_t n = 0;
	size_t i, len;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(5));
	scratch_close(&scratch);
	for (i = 0; i < COUNT(tables); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s.db", scratch.dir,
		    tables[i]);
		assert_int_equal(unlink(path), 0);
	}
	/* Of its own format they are missing. */
	assert_int_equal(ledger_open(&scratch.options, &ledger, &err), -1);
	assert_non_null(strstr(err.text, "sequences.db"));
	assert_int_equal(tamper_get(scratch.dir, "meta", name, strlen(name),
			     value, sizeof(value), &len),
	    0);
	value[1] = 1;
	tamper_put(scratch.dir, "meta", name, strlen(name), value, len);
	scratch_open(&scratch);
	assert_int_equal(happen(scratch.ledger, "a", "hook", &n), LEDGER_DONE);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "meta", name, strlen(name),
			     value, sizeof(value), &len),
	    0);
	assert_int_equal(value[1], 2);
	scratch_open(&scratch);
	assert_int_equal(happen(scratch.ledger, "a", "hook", &n), LEDGER_DONE);
	assert_int_equal(n, 2);
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
	event_of(&event, "A merchant", "hook");
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	event_of(&event, "a", "two words");
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	event_of(&event, "a", "hook");
	event.lines_len = LEDGER_LINES_MAX + 1;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	event_of(&event, "a", "hook");
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
		cmocka_unit_test(
		    too_many_that_wait_are_missed_and_hold_up_nothing),
		cmocka_unit_test(old_events_go_unless_somebody_waits),
		cmocka_unit_test(many_at_once_are_numbered_without_gaps),
		cmocka_unit_test(a_kill_loses_no_event),
		cmocka_unit_test(what_was_changed_behind_its_back_is_found),
		cmocka_unit_test(an_older_ledger_is_raised),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

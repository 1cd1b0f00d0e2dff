/*
 * test_ledger_event_disk.c - events over a kill, over what is changed
 * behind the ledger's back, and over a change of its format.
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

#include "support/events.h"
#include "support/tamper.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct till_error err;

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
			if (events_pay(scratch.ledger, jti, 1, &event) !=
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
	assert_int_equal(events_pay(scratch.ledger, "last", 1, &event),
	    LEDGER_DONE);
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
		(void)events_happen(scratch.ledger, "a", "hook", NULL);
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

/* In format 2 lines were counted, but not their merchants. */
static void
what_waited_before_is_tallied(void **state)
{
	static const unsigned char line[] = "hook", tally[] = "hook\0a";
	unsigned char value[64];
	struct scratch scratch;
	uint64_t i;
	size_t len;

	(void)state;
	scratch_begin(&scratch);
	for (i = 0; i < 3; i++)
		(void)events_happen(scratch.ledger, "a", "hook", NULL);
	scratch_close(&scratch);
	tamper_remove(scratch.dir, "lines", tally, sizeof(tally) - 1);
	scratch.options.outbox_max = 6;
	scratch_open(&scratch);
	finds(scratch.ledger, "something waits that is no event");
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "lines", line,
			     sizeof(line) - 1, value, sizeof(value), &len),
	    0);
	value[0] = 1;
	tamper_put(scratch.dir, "lines", line, sizeof(line) - 1, value, len);
	scratch_open(&scratch);
	verify_well(scratch.ledger, NULL);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	(void)events_happen(scratch.ledger, "b", "hook", NULL);
	assert_int_equal(events_line(scratch.ledger, "hook").waiting, 4);
	assert_int_equal(events_line(scratch.ledger, "hook").missed, 1);
	for (i = 1; i <= 3; i++)
		(void)events_told(scratch.ledger, "hook", "a", i, true);
	verify_well(scratch.ledger, NULL);
	(void)events_told(scratch.ledger, "hook", "b", 1, true);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	verify_well(scratch.ledger, NULL);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "lines", tally,
			     sizeof(tally) - 1, value, sizeof(value), &len),
	    0);
	value[1] ^= 2;
	tamper_put(scratch.dir, "lines", tally, sizeof(tally) - 1, value, len);
	scratch_open(&scratch);
	finds(scratch.ledger, "1 events wait for line hook of a, but 3 were");
	scratch_end(&scratch);
}

/* In format 3 events did not say how they ended. */
static void
what_was_not_recorded_before_is_not_made_up(void **state)
{
	static const unsigned char key[] = "a\0\0\0\0\0\0\0\0\x01";
	unsigned char value[512];
	struct ledger_event event;
	struct scratch scratch;
	size_t len;

	(void)state;
	scratch_begin(&scratch);
	(void)events_happen(scratch.ledger, "a", "hook", NULL);
	(void)events_told(scratch.ledger, "hook", "a", 1, true);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "events", key, sizeof(key) - 1,
			     value, sizeof(value), &len),
	    0);
	/* No refund's id is its last text, the end of its only line the octet
	 * before that. */
	value[0] = 2;
	tamper_put(scratch.dir, "events", key, sizeof(key) - 1, value, len - 2);
	scratch_open(&scratch);
	assert_int_equal(ledger_event_get(scratch.ledger, "a", 1, &event, &err),
	    0);
	assert_int_equal(event.ends[0], LEDGER_END_NONE);
	assert_string_equal(event.refund, "");
	scratch_close(&scratch);
	value[0] = 1;
	tamper_put(scratch.dir, "events", key, sizeof(key) - 1, value, len - 3);
	scratch_open(&scratch);
	assert_int_equal(ledger_event_get(scratch.ledger, "a", 1, &event, &err),
	    0);
	assert_string_equal(event.lines[0], "hook");
	assert_int_equal(event.ends[0], LEDGER_END_UNSAID);
	/* Told once more, it is known. */
	assert_int_equal(events_tell(scratch.ledger, "a", 1), LEDGER_DONE);
	(void)events_told(scratch.ledger, "hook", "a", 1, true);
	assert_int_equal(ledger_event_get(scratch.ledger, "a", 1, &event, &err),
	    0);
	assert_int_equal(event.ends[0], LEDGER_END_NONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* A ledger of format 1 has no such tables, nor those of reversals; it gets
 * them, once. */
static void
an_older_ledger_is_raised(void **state)
{
	static const char *const tables[] = { "sequences", "events", "outbox",
		"lines", "settlements", "reversals", "reversing",
		"allowances" };
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
	assert_int_equal(events_happen(scratch.ledger, "a", "hook", &n),
	    LEDGER_DONE);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "meta", name, strlen(name),
			     value, sizeof(value), &len),
	    0);
	assert_int_equal(value[1], 6);
	scratch_open(&scratch);
	assert_int_equal(events_happen(scratch.ledger, "a", "hook", &n),
	    LEDGER_DONE);
	assert_int_equal(n, 2);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_loses_no_event),
		cmocka_unit_test(what_was_changed_behind_its_back_is_found),
		cmocka_unit_test(what_waited_before_is_tallied),
		cmocka_unit_test(what_was_not_recorded_before_is_not_made_up),
		cmocka_unit_test(an_older_ledger_is_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

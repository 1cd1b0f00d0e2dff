/*
 * test_rear_outbox.c - what "must" lines are owed waits for them, over a
 * restart and over another configuration, and holds up nobody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/diag.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define STACKS                                                                 \
	"policy veto caps\nauth requisite pin\n"                               \
	"settle route wallet\nsettle refuse \"no\"\n"
#define TEXT_MAX 65536

static struct rears rears;
static struct said said;
static struct till_error err;

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
pay(const char *jti)
{
	char *token = rears_token(&rears, jti, EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	free(token);
}

static void
journal(const char *name, char text[TEXT_MAX])
{
	char path[256];
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", rears.dir, name);
	file = fopen(path, "re");
	if (file != NULL) {
		n = fread(text, 1, TEXT_MAX - 1, file);
		(void)fclose(file);
	}
	text[n] = '\0';
}

static size_t
lines(const char *name, const char *what)
{
	static char text[TEXT_MAX];
	const char *at = text;
	size_t n = 0;

	journal(name, text);
	for (; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
wait_lines(const char *name, const char *what, size_t n)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (lines(name, what) < n) {
		if (clock_ms() > until)
			fail_msg("%s has %zu times '%s', not %zu", name,
			    lines(name, what), what, n);
		(void)usleep(10000);
	}
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
line_of(const char *name)
{
	struct ledger_line line = { .waiting = 0 };

	(void)snprintf(line.name, sizeof(line.name), "%s", name);
	assert_int_equal(ledger_line_each(rear_ledger(rears.rear), keep_line,
			     &line, &err),
	    0);
	return line;
}

static void
wait_none(const char *name)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (line_of(name).waiting > 0) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

static void
reload(const char *stacks)
{
	struct diag *diag = diag_new();

	rears_configure(&rears, stacks);
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
}

static void
what_was_not_taken_is_told_after_a_restart(void **state)
{
	static char text[TEXT_MAX], id[64];
	char *at;

	(void)state;
	rears_begin(&rears,
	    "module hook notify_mock journal=@DIR@/hook "
	    "answer=retry-later\n" STACKS "notify must hook\n");
	pay("o1");
	wait_lines("hook", "voucher.issued", 1);
	journal("hook", text);
	at = strstr(text, "voucher.issued ");
	assert_non_null(at);
	(void)snprintf(id, sizeof(id), "%.*s", (int)strcspn(at + 15, " "),
	    at + 15);
	rears_stop(&rears);
	rears_configure(&rears,
	    "module hook notify_mock journal=@DIR@/hook\n" STACKS
	    "notify must hook\n");
	rears_start(&rears);
	wait_lines("hook", " delivered", 1);
	/* The same one, and its attempts are counted on. */
	journal("hook", text);
	at = strstr(text, " delivered");
	assert_non_null(at);
	while (at > text && at[-1] != '\n')
		at--;
	assert_non_null(strstr(at, id));
	assert_null(strstr(at, " press-1 1 delivered"));
	wait_none("hook");
}

static void
a_line_that_hangs_holds_up_no_other(void **state)
{
	char jti[16];
	size_t i;

	(void)state;
	rears_begin(&rears,
	    "module slow notify_mock journal=@DIR@/slow delay=3s\n"
	    "module hook notify_mock journal=@DIR@/hook\n"
	    "module log notify_mock journal=@DIR@/log\n" STACKS
	    "notify must slow\nnotify must hook\nnotify try log\n");
	for (i = 0; i < 20; i++) {
		(void)snprintf(jti, sizeof(jti), "h%zu", i);
		pay(jti);
	}
	wait_lines("hook", "voucher.issued", 20);
	wait_lines("log", "voucher.issued", 20);
	/* One merchant's events are told one after the other. */
	assert_true(lines("slow", "voucher.issued") < 20);
	assert_true(line_of("slow").waiting > 0);
}

static void
a_dropped_event_is_over(void **state)
{
	struct ledger_event event;

	(void)state;
	rears_begin(&rears,
	    "module hook notify_mock journal=@DIR@/hook answer=drop\n" STACKS
	    "notify must hook\n");
	pay("d1");
	pay("d2");
	wait_lines("hook", " 1 drop", 2);
	wait_none("hook");
	assert_int_equal(lines("hook", " 2 drop"), 0);
	assert_int_equal(ledger_event_get(rear_ledger(rears.rear), "press-1", 1,
			     &event, &err),
	    0);
	assert_int_equal(event.ends[0], LEDGER_END_DROPPED);
}

static void
an_error_is_told_again(void **state)
{
	(void)state;
	rears_begin(&rears,
	    "module hook notify_mock journal=@DIR@/hook "
	    "script=\"voucher.issued:error,unavailable,delivered\"\n" STACKS
	    "notify must hook\n");
	pay("e1");
	wait_lines("hook", " 3 delivered", 1);
	wait_none("hook");
}

static void
a_line_that_goes_and_comes_back_gets_what_waited(void **state)
{
	struct ledger_event event;

	(void)state;
	rears_begin(&rears,
	    "module hook notify_mock journal=@DIR@/hook "
	    "answer=retry-later\n" STACKS "notify must hook\n");
	pay("g1");
	wait_lines("hook", "voucher.issued", 1);
	reload(STACKS);
	pay("g2");
	assert_int_equal(line_of("hook").waiting, 1);
	/* What happened meanwhile was owed to nobody, and has no number. */
	assert_int_equal(ledger_event_get(rear_ledger(rears.rear), "press-1", 2,
			     &event, &err),
	    1);
	reload("module hook notify_mock journal=@DIR@/again\n" STACKS
	       "notify must hook\n");
	wait_lines("again", "voucher.issued", 1);
	wait_lines("again", "config.reloaded", 1);
	wait_none("hook");
	pay("g3");
	wait_lines("again", "voucher.issued", 2);
	assert_int_equal(ledger_event_get(rear_ledger(rears.rear), "press-1", 2,
			     &event, &err),
	    0);
	assert_string_equal(event.jti, "g3");
}

static void
guards_say_what_is_owed(void **state)
{
	(void)state;
	rears_begin(&rears,
	    "module hook notify_mock journal=@DIR@/hook\n"
	    "module big notify_mock journal=@DIR@/big\n" STACKS
	    "notify must hook when merchant == press-1\n"
	    "notify must hook when amount < 5.00 EUR\n"
	    "notify must big when amount > 5.00 EUR\n");
	pay("w1");
	wait_lines("hook", "voucher.issued", 1);
	pay("w2");
	wait_lines("hook", "voucher.issued", 2);
	/* Once, though two of its rules match; the other one never. */
	wait_none("hook");
	assert_int_equal(lines("hook", "voucher.issued"), 2);
	assert_int_equal(lines("big", "voucher.issued"), 0);
}

static void
too_many_that_wait_are_missed_and_payments_go_on(void **state)
{
	size_t i;
	char jti[16];

	(void)state;
	rears_begin(&rears,
	    "module hook notify_webhook queue=6 deadline=200ms "
	    "url=http://127.0.0.1:1/ allow-private=127.0.0.1\n" STACKS
	    "notify must hook\n");
	for (i = 0; i < 6; i++) {
		(void)snprintf(jti, sizeof(jti), "q%zu", i);
		pay(jti);
	}
	assert_int_equal(line_of("hook").waiting, 3);
	assert_int_equal(line_of("hook").missed, 3);
}

static void
a_line_of_signed_events_must_be_a_must(void **state)
{
	struct diag *diag;

	(void)state;
	rears_begin(&rears, rears_usual);
	rears_configure(&rears,
	    "module hook notify_webhook\n" STACKS "notify try hook\n");
	diag = diag_new();
	assert_int_equal(rear_reload(rears.rear, diag), -1);
	assert_non_null(
	    strstr(diag_at(diag, 0)->text, "only 'must' lines are owed"));
	diag_free(diag);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_not_taken_is_told_after_a_restart),
		CASE(a_line_that_hangs_holds_up_no_other),
		CASE(a_dropped_event_is_over),
		CASE(an_error_is_told_again),
		CASE(a_line_that_goes_and_comes_back_gets_what_waited),
		CASE(guards_say_what_is_owed),
		CASE(too_many_that_wait_are_missed_and_payments_go_on),
		CASE(a_line_of_signed_events_must_be_a_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

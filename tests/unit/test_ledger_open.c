/*
 * test_ledger_open.c - a ledger is opened only when it is whole, ours
 * alone and the clock is right; and what was answered is on the disk,
 * however the process ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "support/ledgers.h"
#include "support/tamper.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(2110924800000) /* 2036-11-22 */
#define DEADLINE_S 20

static void
refused(const struct ledger_options *options, const char *why)
{
	struct ledger *ledger = NULL;
	struct till_error err = { "" };

	assert_int_equal(ledger_open(options, &ledger, &err), -1);
	assert_null(ledger);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void
a_directory_holds_one_ledger(void **state)
{
	struct scratch scratch;
	struct till_error err;
	struct stat st;
	char path[600];

	(void)state;
	scratch_begin(&scratch);
	assert_int_equal(ledger_create(&scratch.options, &err), -1);
	assert_non_null(strstr(err.text, "holds a ledger already"));
	(void)snprintf(path, sizeof(path), "%s/register.db", scratch.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(scratch.dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	scratch_end(&scratch);
}

static void
what_is_no_ledger_is_not_opened(void **state)
{
	struct ledger_options options = { .dir = "/nonexistent/ledger" };
	struct scratch scratch;
	char dir[300];

	(void)state;
	refused(&options, "No such file");
	scratch_begin(&scratch);
	(void)snprintf(dir, sizeof(dir), "%s.empty", scratch.dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	options.dir = dir;
	refused(&options, "holds no ledger");
	assert_int_equal(chmod(dir, 0750), 0);
	refused(&options, "can be reached by others");
	assert_int_equal(chmod(dir, 0700), 0);
	(void)snprintf(dir, sizeof(dir), "%s.empty/lock", scratch.dir);
	unlink(dir);
	(void)snprintf(dir, sizeof(dir), "%s.empty", scratch.dir);
	assert_int_equal(rmdir(dir), 0);
	scratch_end(&scratch);
}

/* In the same process and in another one. */
static void
only_one_has_it_open(void **state)
{
	char text[64];
	struct scratch scratch;
	pid_t pid;
	int status;

	(void)state;
	scratch_begin(&scratch);
	(void)snprintf(text, sizeof(text), "is open in process %ld already",
	    (long)getpid());
	refused(&scratch.options, text);
	pid = fork();
	if (pid == 0) {
		struct ledger *ledger;
		struct till_error err;

		_exit(ledger_open(&scratch.options, &ledger, &err) == -1 &&
			    strstr(err.text, text) != NULL
			? 0
			: 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	scratch_close(&scratch);
	scratch_open(&scratch);
	scratch_end(&scratch);
}

static void
a_clock_that_went_back_is_refused(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	scratch.time_ms = NOW + 3600000;
	make_people(scratch.ledger, EURO(1));
	scratch_close(&scratch);
	scratch.time_ms = NOW;
	refused(&scratch.options,
	    "the clock is wrong: it says "
	    "2036-11-22 00:00:00 UTC, but the newest "
	    "record was made at 2036-11-22 01:00:00 UTC");
	scratch.time_ms = NOW + 3600000 - 2001;
	refused(&scratch.options, "the clock is wrong");
	/* Clocks are set by fractions of seconds; that is no reason. */
	scratch.time_ms = NOW + 3600000 - 2000;
	scratch_open(&scratch);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
times_in_the_register_never_go_back(void **state)
{
	struct scratch scratch;
	struct till_error err;
	struct entry entry;
	uint64_t serial;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	scratch.time_ms = NOW + 86400000;
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(1), NULL,
			     &serial),
	    LEDGER_DONE);
	scratch.time_ms = NOW;
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(1), NULL,
			     &serial),
	    LEDGER_DONE);
	assert_int_equal(ledger_entry_get(scratch.ledger, serial, &entry, &err),
	    0);
	assert_int_equal(entry.time_ms, NOW + 86400000);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
a_newer_format_is_refused(void **state)
{
	static const char name[] = "ledger.format";
	unsigned char value[64];
	struct scratch scratch;
	size_t len;

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "meta", name, strlen(name),
			     value, sizeof(value), &len),
	    0);
	value[1]++;
	tamper_put(scratch.dir, "meta", name, strlen(name), value, len);
	refused(&scratch.options, "use a newer one");
	tamper_remove(scratch.dir, "meta", name, strlen(name));
	refused(&scratch.options, "was not made completely");
	value[1]--;
	tamper_put(scratch.dir, "meta", name, strlen(name), value, len);
	scratch_open(&scratch);
	scratch_end(&scratch);
}

static void
a_missing_table_is_told(void **state)
{
	struct scratch scratch;
	char path[600];

	(void)state;
	scratch_begin(&scratch);
	scratch_close(&scratch);
	(void)snprintf(path, sizeof(path), "%s/accounts.db", scratch.dir);
	assert_int_equal(unlink(path), 0);
	refused(&scratch.options, "accounts.db");
	scratch_end(&scratch);
}

/* In a child: what comes before a crash.  It tells on fd what was
 * answered as done. */
static void
pay_until_the_end(struct scratch *scratch, int fd, int n,
    void (*before_last)(void))
{
	struct ledger *ledger;
	struct till_error err;
	struct deal deal;
	char jti[24];
	int i;

	if (ledger_open(&scratch->options, &ledger, &err) == -1)
		_exit(3);
	for (i = 0; i < n; i++) {
		if (i == n - 1 && before_last != NULL)
			before_last();
		(void)snprintf(jti, sizeof(jti), "crash-%d", i);
		deal_pay(&deal, "merchant-0", jti, "customer-0", EURO(1));
		if (ledger_apply(ledger, &deal.request) == LEDGER_DONE &&
		    write(fd, "+", 1) != 1)
			_exit(4);
	}
	kill(getpid(), SIGKILL);
}

/* How many payments were answered; the signal that ended it. */
static int
crash(struct scratch *scratch, int n, void (*before_last)(void), int *signal_r)
{
	int fds[2], status, done = 0;
	char c;
	pid_t pid;

	scratch_close(scratch);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		pay_until_the_end(scratch, fds[1], n, before_last);
	}
	close(fds[1]);
	while (read(fds[0], &c, 1) == 1)
		done++;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	*signal_r = WTERMSIG(status);
	scratch_open(scratch);
	return done;
}

static void
what_was_answered_survives_a_kill(void **state)
{
	struct scratch scratch;
	int signal, done;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(50));
	done = crash(&scratch, 20, NULL, &signal);
	assert_int_equal(signal, SIGKILL);
	assert_int_equal(done, 20);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), EURO(20));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
syncs_fail(void)
{
	fail_syncs(EIO);
}

static void
writes_fail(void)
{
	fail_writes(EIO);
}

static void
disk_is_full(void)
{
	fail_writes(ENOSPC);
}

/* After a failed sync a later one may seem to succeed: nothing is
 * answered any more. */
static void
a_failed_write_ends_the_process_without_an_answer(void **state)
{
	static void (*const faults[])(
	    void) = { syncs_fail, writes_fail, disk_is_full };
	struct scratch scratch;
	int64_t till;
	int signal, done;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(faults); i++) {
		scratch_begin(&scratch);
		make_people(scratch.ledger, EURO(50));
		done = crash(&scratch, 5, faults[i], &signal);
		assert_int_equal(signal, SIGABRT);
		assert_int_equal(done, 4);
		/* The last was not answered: it may be there or not. */
		till = balance(scratch.ledger, "till:merchant-0");
		assert_true(till == EURO(4) || till == EURO(5));
		verify_well(scratch.ledger, NULL);
		scratch_end(&scratch);
	}
}

static void
wait_writable(struct ledger *ledger, bool writable)
{
	const struct timespec pause = { 0, 20000000 };
	struct ledger_health health;
	time_t end = time(NULL) + DEADLINE_S;

	do {
		ledger_health(ledger, &health);
		if (health.writable == writable)
			return;
		(void)nanosleep(&pause, NULL);
	} while (time(NULL) < end);
	fail_msg("the ledger is %swritable", writable ? "not " : "");
}

static void
fill_disk(const char *path, bool wholly)
{
	static const char block[65536];
	ssize_t n = sizeof(block);
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	while (n > 0) {
		n = write(fd, block,
		    n == (ssize_t)sizeof(block) ? sizeof(block) : 1);
		if (!wholly)
			break;
	}
	close(fd);
}

/* On a disk of its own of 96 MB. */
static void
a_full_disk_refuses_before_any_debit(void **state)
{
	struct scratch scratch = { 0 };
	struct ledger_health health;
	struct till_error err;
	struct deal deal;
	char tmp[200], filler[300], jti[24];
	int i, signal;

	(void)state;
	(void)snprintf(tmp, sizeof(tmp), "%s/disk.XXXXXX",
	    getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	assert_non_null(mkdtemp(tmp));
	if (mount("tmpfs", tmp, "tmpfs", 0, "size=96m,mode=700") == -1) {
		assert_int_equal(rmdir(tmp), 0);
		skip(); /* only root may */
	}
	(void)snprintf(scratch.dir, sizeof(scratch.dir), "%s/ledger", tmp);
	(void)snprintf(filler, sizeof(filler), "%s/filler", tmp);
	scratch_options(&scratch, (size_t)4 << 20);
	scratch.options.ballast = 8 << 20;
	assert_int_equal(ledger_create(&scratch.options, &err), 0);
	scratch_open(&scratch);
	make_people(scratch.ledger, EURO(50));
	ledger_health(scratch.ledger, &health);
	assert_true(health.writable);
	for (i = 0; i < 100000; i++) {
		(void)snprintf(jti, sizeof(jti), "full-%d", i);
		deal_pay(&deal, "merchant-0", jti, "customer-0", 1);
		if (ledger_apply(scratch.ledger, &deal.request) ==
		    LEDGER_NO_ROOM)
			break;
		assert_int_equal(deal.request.result, LEDGER_DONE);
		fill_disk(filler, false);
	}
	assert_int_equal(deal.request.result, LEDGER_NO_ROOM);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), i);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"),
	    EURO(50) - i);
	ledger_health(scratch.ledger, &health);
	assert_false(health.writable);
	assert_int_equal(health.serial, 10 + i);
	verify_well(scratch.ledger, NULL);

	/* Not one octet is left, and it was killed: it recovers all the
	 * same, and goes on when there is room again. */
	fill_disk(filler, true);
	assert_int_equal(crash(&scratch, 3, NULL, &signal), 0);
	assert_int_equal(signal, SIGKILL);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), i);
	deal_pay(&deal, "merchant-0", "later", "customer-0", 1);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_NO_ROOM);
	assert_int_equal(unlink(filler), 0);
	wait_writable(scratch.ledger, true);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
	assert_int_equal(umount(tmp), 0);
	assert_int_equal(rmdir(tmp), 0);
}

static void
count_done(struct ledger_request *request, void *arg)
{
	int *n = arg;

	(void)request;
	++*n;
}

static void
closing_finishes_what_waits(void **state)
{
	static struct deal deals[500];
	struct scratch scratch;
	char jti[24];
	int i, n = 0;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(50));
	for (i = 0; i < (int)COUNT(deals); i++) {
		(void)snprintf(jti, sizeof(jti), "close-%d", i);
		deal_pay(&deals[i], "merchant-0", jti, "customer-0",
		    TILL_MICRO / 100);
		deals[i].request.done = count_done;
		deals[i].request.arg = &n;
		ledger_submit(scratch.ledger, &deals[i].request);
	}
	scratch_close(&scratch);
	assert_int_equal(n, COUNT(deals));
	scratch_open(&scratch);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), EURO(5));
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_holds_one_ledger),
		cmocka_unit_test(what_is_no_ledger_is_not_opened),
		cmocka_unit_test(only_one_has_it_open),
		cmocka_unit_test(a_clock_that_went_back_is_refused),
		cmocka_unit_test(times_in_the_register_never_go_back),
		cmocka_unit_test(a_newer_format_is_refused),
		cmocka_unit_test(a_missing_table_is_told),
		cmocka_unit_test(what_was_answered_survives_a_kill),
		cmocka_unit_test(
		    a_failed_write_ends_the_process_without_an_answer),
		cmocka_unit_test(a_full_disk_refuses_before_any_debit),
		cmocka_unit_test(closing_finishes_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_bank_tend.c - a journal that is tended: what is settled leaves it, in
 * memory and on disk, what may still be asked for does not, and a kill at
 * any moment of that changes nothing.
 */
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "settle_bank/journal_line.h"
#include "support/scratch.h"

#define NOW INT64_C(1795000000)
#define DAY JOURNAL_DAY_S
#define MANY 2800 /* entries that make a file worth to be rewritten */
#define CALLS_MAX 400 /* of the system, while it is rewritten */

static char path[SCRATCH_PATH_MAX], beside[SCRATCH_PATH_MAX];

static int
setup(void **state)
{
	if (scratch_make(state) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s", scratch_path("journal"));
	(void)snprintf(beside, sizeof(beside), "%s",
	    scratch_path("journal.new"));
	return 0;
}

static int
forget_files(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(beside);
	return 0;
}

static struct journal *
open_at(int64_t now_s)
{
	struct journal *journal = NULL;
	struct till_error err;

	if (journal_open(path, now_s, &journal, &err) == -1)
		fail_msg("%s", err.text);
	return journal;
}

/* Number 0 is none. */
static struct journal_entry
entry(unsigned int number, enum till_verb verb, enum journal_state entry_state,
    unsigned int of, int64_t time_s)
{
	struct journal_entry e = {
		.verb = verb,
		.processing = "000000",
		.amount = "000000012300",
		.currency = "978",
		.sent = "1122123200",
		.local_time = "133200",
		.local_date = "1122",
		.state = entry_state,
		.time_s = time_s,
	};

	(void)snprintf(e.mti, sizeof(e.mti), "%s",
	    verb == TILL_REVERSE ? "0420" : "0200");
	e.key[0] = e.key[30] = (unsigned char)(number >> 8);
	e.key[1] = e.key[31] = (unsigned char)number;
	e.original[0] = e.original[30] = (unsigned char)(of >> 8);
	e.original[1] = e.original[31] = (unsigned char)of;
	(void)snprintf(e.stan, sizeof(e.stan), "%06u", number % 1000000);
	(void)snprintf(e.rrn, sizeof(e.rrn), "632612%06u",
	    (of != 0 ? of : number) % 1000000);
	return e;
}

static void
add(struct journal *journal, const struct journal_entry *e)
{
	struct till_error err;

	if (journal_add(journal, e, &err) == -1)
		fail_msg("%s", err.text);
}

static void
sync_all(struct journal *journal)
{
	struct till_error err;

	if (journal_sync(journal, &err) == -1)
		fail_msg("%s", err.text);
}

static void
tend(struct journal *journal, int64_t now_s)
{
	struct till_error err;

	if (journal_tend(journal, now_s, &err) == -1)
		fail_msg("%s", err.text);
}

static bool
has(const struct journal *journal, unsigned int number)
{
	const struct journal_entry e =
	    entry(number, TILL_CHARGE, JOURNAL_SENT, 0, 0);

	return journal_find(journal, e.key) != NULL;
}

static off_t
size_of(const char *file)
{
	struct stat st = { .st_size = -1 };

	(void)stat(file, &st);
	return st.st_size;
}

static int
count(void *arg, const struct journal_entry *e)
{
	(void)e;
	++*(unsigned int *)arg;
	return 0;
}

static unsigned int
len_of(const struct journal *journal)
{
	unsigned int n = 0;

	(void)journal_each(journal, count, &n);
	return n;
}

static void
what_is_settled_leaves_after_its_time(void **state)
{
	static const struct {
		enum till_verb verb;
		enum journal_state is;
		unsigned int of;
		int64_t ago; /* days */
		bool stays;
	} cases[] = {
		{ TILL_CHARGE, JOURNAL_APPROVED, 0, 41, false },
		{ TILL_CHARGE, JOURNAL_APPROVED, 0, 39, true },
		{ TILL_CHARGE, JOURNAL_REFUSED, 0, 41, false },
		{ TILL_CHARGE, JOURNAL_NEVER, 0, 41, false },
		/* 5: nobody knows; the host is to know. */
		{ TILL_CHARGE, JOURNAL_SENT, 0, 399, true },
		{ TILL_CHARGE, JOURNAL_SILENT, 0, 399, true },
		{ TILL_CHARGE, JOURNAL_SENT, 0, 401, false },
		{ TILL_CHARGE, JOURNAL_SILENT, 0, 401, false },
		{ TILL_CHARGE, JOURNAL_LATE, 0, 999, true },
		{ TILL_QUERY, JOURNAL_TAKEN, 0, 999, true },
		{ TILL_QUERY, JOURNAL_TAKEN_TOLD, 0, 41, false },
		/* 12: lost, and undone. */
		{ TILL_CHARGE, JOURNAL_SILENT, 0, 60, false },
		{ TILL_REVERSE, JOURNAL_APPROVED, 12, 59, false },
		/* 14: lost, and its reversal is not answered, or refused. */
		{ TILL_CHARGE, JOURNAL_SILENT, 0, 60, true },
		{ TILL_REVERSE, JOURNAL_SILENT, 14, 59, true },
		{ TILL_CHARGE, JOURNAL_LATE_TOLD, 0, 60, true },
		{ TILL_REVERSE, JOURNAL_REFUSED, 16, 59, true },
		/* 18: paid long ago, and given back in parts, the last one not
		 * so long ago. */
		{ TILL_CHARGE, JOURNAL_APPROVED, 0, 90, true },
		{ TILL_REVERSE, JOURNAL_APPROVED, 18, 80, true },
		{ TILL_REVERSE, JOURNAL_APPROVED, 18, 30, true },
		/* 21: a refund that was lost, of what is older. */
		{ TILL_CHARGE, JOURNAL_APPROVED, 0, 90, true },
		{ TILL_REVERSE, JOURNAL_SILENT, 21, 80, true },
		/* 23: all of it settled. */
		{ TILL_CHARGE, JOURNAL_APPROVED, 0, 90, false },
		{ TILL_REVERSE, JOURNAL_APPROVED, 23, 80, false },
	};
	const unsigned int n = sizeof(cases) / sizeof(cases[0]);
	struct journal *journal = open_at(NOW);
	struct journal_entry e;
	unsigned int i;
	int round;

	(void)state;
	for (i = 0; i < n; i++) {
		e = entry(i + 1, cases[i].verb, cases[i].is, cases[i].of,
		    NOW - cases[i].ago * DAY);
		/* A refund is a transaction of its own. */
		if (i + 1 >= 19)
			(void)snprintf(e.mti, sizeof(e.mti), "0200");
		add(journal, &e);
	}
	sync_all(journal);
	/* Not again before its time. */
	tend(journal, NOW + JOURNAL_TEND_S - 1);
	assert_int_equal(len_of(journal), n);
	for (round = 0; round < 2; round++) {
		tend(journal, NOW + JOURNAL_TEND_S);
		for (i = 0; i < n; i++) {
			if (has(journal, i + 1) != cases[i].stays)
				fail_msg("entry %u", i + 1);
		}
		journal_close(journal);
		journal = open_at(NOW + JOURNAL_TEND_S);
	}
	journal_close(journal);
}

/* Entries 1 to MANY, of which every fourth is young. */
static void
fill(struct journal *journal)
{
	struct journal_entry e;
	struct till_error err;
	unsigned int i;

	for (i = 1; i <= MANY; i++) {
		e = entry(i, TILL_CHARGE, JOURNAL_SENT, 0,
		    NOW - (i % 4 == 0 ? 1 : 50) * DAY);
		add(journal, &e);
		e.state = JOURNAL_APPROVED;
		(void)snprintf(e.code, sizeof(e.code), "00");
		assert_int_equal(journal_change(journal, &e, &err), 0);
		if (i % 100 == 0)
			sync_all(journal);
	}
}

/* By their lines: there is chance between the members. */
static void
is_same(const struct journal_entry *found, const struct journal_entry *e)
{
	char a[JOURNAL_LINE_MAX], b[JOURNAL_LINE_MAX];

	assert_true(journal_line_write(found, true, a) > 0);
	assert_true(journal_line_write(e, true, b) > 0);
	assert_string_equal(a, b);
}

static void
is_filled(const struct journal *journal)
{
	const struct journal_entry *found;
	struct journal_entry e;
	unsigned int i;

	assert_int_equal(len_of(journal), MANY / 4);
	for (i = 4; i <= MANY; i += 4) {
		e = entry(i, TILL_CHARGE, JOURNAL_APPROVED, 0, NOW - DAY);
		(void)snprintf(e.code, sizeof(e.code), "00");
		found = journal_find(journal, e.key);
		assert_non_null(found);
		is_same(found, &e);
		assert_ptr_equal(journal_find_reference(journal, e.rrn), found);
	}
}

static void
its_file_is_rewritten(void **state)
{
	struct journal *journal = open_at(NOW - 50 * DAY);
	struct journal_entry e;
	off_t before, after;

	(void)state;
	fill(journal);
	before = size_of(path);
	assert_true(before > JOURNAL_FILE_MIN);
	tend(journal, NOW);
	after = size_of(path);
	assert_in_range(after, 1, before / 4);
	assert_int_equal(size_of(beside), -1);
	is_filled(journal);
	/* It goes on where it is, and once more where nothing is to save. */
	e = entry(MANY + 1, TILL_CHARGE, JOURNAL_SENT, 0, NOW);
	add(journal, &e);
	sync_all(journal);
	tend(journal, NOW + JOURNAL_TEND_S);
	assert_in_range(size_of(path), after + 1, after + 1000);
	journal_close(journal);
	journal = open_at(NOW);
	assert_true(has(journal, MANY + 1));
	assert_int_equal(len_of(journal), MANY / 4 + 1);
	journal_close(journal);
}

static void
a_clock_that_goes_back_brings_nothing_back(void **state)
{
	struct journal *journal = open_at(NOW - 50 * DAY);

	(void)state;
	fill(journal);
	tend(journal, NOW + 50 * DAY);
	assert_int_equal(len_of(journal), 0);
	tend(journal, NOW);
	assert_int_equal(journal_horizon_s(journal), NOW + 10 * DAY);
	journal_close(journal);
	journal = open_at(NOW);
	assert_int_equal(journal_horizon_s(journal), NOW + 10 * DAY);
	journal_close(journal);
}

static void
a_start_rewrites_it_as_well(void **state)
{
	struct journal *journal = open_at(NOW - 50 * DAY);

	(void)state;
	fill(journal);
	journal_close(journal);
	journal = open_at(NOW);
	assert_in_range(size_of(path), 1, JOURNAL_FILE_MIN);
	is_filled(journal);
	journal_close(journal);
}

/* All that was not settled is there, in the old file or the new one. */
static void
is_well(void)
{
	struct journal *journal = open_at(NOW);
	struct journal_entry e;

	is_filled(journal);
	assert_int_equal(size_of(beside), -1);
	e = entry(MANY + 1, TILL_CHARGE, JOURNAL_SENT, 0, NOW);
	add(journal, &e);
	sync_all(journal);
	journal_close(journal);
	journal = open_at(NOW);
	assert_true(has(journal, MANY + 1));
	journal_close(journal);
}

/* The file as it was before, for each kill. */
static char *whole;
static size_t whole_len;

static void
read_whole(void)
{
	const int fd = open(path, O_RDONLY);

	whole_len = (size_t)size_of(path);
	whole = malloc(whole_len);
	assert_non_null(whole);
	assert_int_equal(read(fd, whole, whole_len), whole_len);
	(void)close(fd);
}

static void
write_to(const char *file, const char *text, size_t len)
{
	const int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), len);
	(void)close(fd);
}

/* A child that rewrites the journal is killed at its nth stop.  1: it came
 * so far; 0: it was done before; -1: this cannot be tried here. */
static int
kill_at(int nth)
{
	struct journal *journal;
	struct till_error err;
	int status, i;
	pid_t child = fork();

	assert_true(child != -1);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(2);
		(void)raise(SIGSTOP);
		_exit(journal_open(path, NOW, &journal, &err) == -1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		return -1;
	for (i = 0; i < nth; i++) {
		(void)ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return 0;
		}
	}
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	return 1;
}

static void
a_kill_at_any_call_leaves_the_old_or_the_new_one(void **state)
{
	struct journal *journal = open_at(NOW - 50 * DAY);
	bool was_old = false, was_new = false;
	int nth, r = 1;

	(void)state;
	fill(journal);
	journal_close(journal);
	read_whole();
	for (nth = 1; r == 1 && nth < CALLS_MAX; nth++) {
		write_to(path, whole, whole_len);
		(void)unlink(beside);
		r = kill_at(nth);
		if (r == -1)
			break;
		was_old |= size_of(path) == (off_t)whole_len;
		was_new |= size_of(path) < (off_t)whole_len / 2;
		is_well();
	}
	free(whole);
	if (r == -1)
		skip(); /* no process may be traced here */
	assert_int_equal(r, 0);
	assert_true(was_old && was_new);
}

static void
a_new_file_that_was_cut_short_is_nothing(void **state)
{
	struct journal *journal = open_at(NOW - 50 * DAY);
	struct till_error err;
	char *new;
	size_t new_len, at;
	int fd;

	(void)state;
	fill(journal);
	journal_close(journal);
	read_whole();
	journal_close(open_at(NOW));
	assert_in_range(size_of(path), 1, JOURNAL_FILE_MIN);
	new_len = (size_t)size_of(path) % JOURNAL_FILE_MIN;
	new = malloc(JOURNAL_FILE_MIN);
	assert_non_null(new);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, new, new_len), new_len);
	(void)close(fd);
	for (at = 0; at < new_len; at += new_len / 10) {
		write_to(path, whole, whole_len);
		write_to(beside, new, at);
		is_well();
	}
	/* In place, all but what was begun behind it was durable. */
	write_to(path, new, new_len);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, new, 100), 100);
	(void)close(fd);
	is_well();
	for (at = 0; at < new_len - 64; at += new_len / 20) {
		new[at] ^= 1;
		write_to(path, new, new_len);
		new[at] ^= 1;
		journal = NULL;
		assert_int_equal(journal_open(path, NOW, &journal, &err), -1);
	}
	free(new);
	free(whole);
}

#define CASE(test) cmocka_unit_test_teardown(test, forget_files)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_settled_leaves_after_its_time),
		CASE(its_file_is_rewritten),
		CASE(a_clock_that_goes_back_brings_nothing_back),
		CASE(a_start_rewrites_it_as_well),
		CASE(a_kill_at_any_call_leaves_the_old_or_the_new_one),
		CASE(a_new_file_that_was_cut_short_is_nothing),
	};

	return cmocka_run_group_tests(tests, setup, scratch_remove);
}

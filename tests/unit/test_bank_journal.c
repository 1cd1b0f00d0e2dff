/*
 * test_bank_journal.c - what is journalled before it is sent is there
 * after any crash; trace numbers are never given away twice.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "settle_bank/journal.h"
#include "settle_bank/stan.h"

#define NOW INT64_C(1795000000)
#define FILE_SIZE 65536

static char path[512];

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/journal-%ld",
	    tmp != NULL ? tmp : "/tmp", (long)getpid());
	(void)unlink(path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return 0;
}

static struct journal *
reopen(struct journal *journal, int64_t now_s)
{
	struct till_error err;

	journal_close(journal);
	journal = NULL;
	if (journal_open(path, now_s, &journal, &err) == -1)
		fail_msg("%s", err.text);
	return journal;
}

static struct journal_entry
entry(unsigned int number)
{
	struct journal_entry e = {
		.verb = TILL_CHARGE,
		.link = 1,
		.mti = "0200",
		.processing = "000000",
		.amount = "000000012300",
		.currency = "978",
		.sent = "1122123200",
		.local_time = "133200",
		.local_date = "1122",
		.state = JOURNAL_SENT,
		.time_s = NOW,
	};

	e.key[0] = (unsigned char)(number >> 8);
	e.key[31] = (unsigned char)number;
	e.digest[0] = 0xff;
	(void)snprintf(e.stan, sizeof(e.stan), "%06u", number);
	(void)snprintf(e.rrn, sizeof(e.rrn), "632612%06u", number);
	return e;
}

static void
add(struct journal *journal, unsigned int number)
{
	const struct journal_entry e = entry(number);
	struct till_error err;

	if (journal_add(journal, &e, &err) == -1)
		fail_msg("%s", err.text);
}

static void
sync_all(struct journal *journal)
{
	struct till_error err;

	if (journal_sync(journal, &err) == -1)
		fail_msg("%s", err.text);
}

static bool
has(const struct journal *journal, unsigned int number)
{
	const struct journal_entry e = entry(number);

	return journal_find(journal, e.key) != NULL;
}

static void
test_again(void **state)
{
	struct journal *journal = reopen(NULL, NOW);
	struct journal_entry e = entry(1), changed = entry(1);
	const struct journal_entry *found;
	struct till_error err;

	(void)state;
	e.original[5] = 7;
	(void)snprintf(e.currency, sizeof(e.currency), "E U");
	assert_int_equal(journal_add(journal, &e, &err), 0);
	assert_int_equal(journal_add(journal, &e, &err), -1);
	add(journal, 2);
	sync_all(journal);
	journal = reopen(journal, NOW);
	found = journal_find(journal, e.key);
	assert_non_null(found);
	assert_memory_equal(found, &e, sizeof(e));

	changed.state = JOURNAL_APPROVED;
	(void)snprintf(changed.code, sizeof(changed.code), "00");
	(void)snprintf(changed.authorisation, sizeof(changed.authorisation),
	    "A1 2C3");
	(void)snprintf(changed.settled, sizeof(changed.settled), "1122");
	changed.time_s = NOW + 1;
	assert_int_equal(journal_change(journal, &changed, &err), 0);
	sync_all(journal);
	journal = reopen(journal, NOW);
	found = journal_find(journal, e.key);
	assert_non_null(found);
	assert_int_equal(found->state, JOURNAL_APPROVED);
	assert_string_equal(found->authorisation, "A1 2C3");
	assert_string_equal(found->currency, "E U");
	assert_int_equal(found->original[5], 7);
	assert_int_equal(found->time_s, NOW + 1);
	assert_ptr_equal(journal_find_sent(journal, "000001", "1122123200"),
	    found);
	assert_null(journal_find_sent(journal, "000001", "1122123201"));
	assert_null(journal_find_sent(journal, "000003", "1122123200"));
	changed = entry(3);
	assert_int_equal(journal_change(journal, &changed, &err), -1);
	journal_close(journal);
}

static void
test_not_synced(void **state)
{
	struct journal *journal = reopen(NULL, NOW);

	(void)state;
	add(journal, 1);
	sync_all(journal);
	add(journal, 2);
	assert_true(has(journal, 2));
	journal = reopen(journal, NOW);
	assert_true(has(journal, 1));
	assert_false(has(journal, 2));
	journal_close(journal);
}

static size_t
read_file(char *buf)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd != -1);
	n = read(fd, buf, FILE_SIZE);
	assert_true(n >= 0 && n < FILE_SIZE);
	(void)close(fd);
	return (size_t)n;
}

static void
write_file(const char *buf, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, buf, len), len);
	(void)close(fd);
}

/* Cut anywhere in the last batch, that batch never was; what is added
 * then is there the next time. */
static void
test_cut(void **state)
{
	static char whole[FILE_SIZE];
	struct journal *journal = reopen(NULL, NOW);
	size_t first, len, at;

	(void)state;
	add(journal, 1);
	add(journal, 2);
	sync_all(journal);
	first = read_file(whole);
	add(journal, 3);
	add(journal, 4);
	sync_all(journal);
	journal_close(journal);
	len = read_file(whole);
	for (at = first; at < len; at++) {
		write_file(whole, at);
		journal = reopen(NULL, NOW);
		assert_true(has(journal, 1) && has(journal, 2));
		assert_false(has(journal, 3) || has(journal, 4));
		add(journal, 5);
		sync_all(journal);
		journal = reopen(journal, NOW);
		assert_true(has(journal, 1) && has(journal, 5));
		journal_close(journal);
	}
}

/* Damage that no crash makes is refused, wherever it is; in the last
 * batch it looks as what a crash leaves, and no entry of it is taken. */
static void
test_damage(void **state)
{
	static char whole[FILE_SIZE];
	struct journal *journal = reopen(NULL, NOW);
	struct till_error err;
	size_t last, len, at;
	unsigned int i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		add(journal, i);
		sync_all(journal);
		if (i == 2)
			last = read_file(whole);
	}
	journal_close(journal);
	len = read_file(whole);
	for (at = 0; at < len; at++) {
		whole[at] ^= 1;
		write_file(whole, len);
		whole[at] ^= 1;
		journal = NULL;
		if (journal_open(path, NOW, &journal, &err) == -1) {
			assert_true(at < last);
			assert_null(journal);
			continue;
		}
		assert_true(at >= last);
		assert_true(has(journal, 1) && has(journal, 2));
		assert_false(has(journal, 3));
		journal_close(journal);
	}
}

static void
test_old(void **state)
{
	struct journal *journal = reopen(NULL, NOW);
	struct journal_entry done = entry(1);
	struct till_error err;

	(void)state;
	done.state = JOURNAL_REFUSED;
	assert_int_equal(journal_add(journal, &done, &err), 0);
	add(journal, 2); /* still open: kept for longer */
	sync_all(journal);
	journal = reopen(journal, NOW + JOURNAL_KEEP_S);
	assert_true(has(journal, 1) && has(journal, 2));
	journal = reopen(journal, NOW + JOURNAL_KEEP_S + 1);
	assert_false(has(journal, 1));
	assert_true(has(journal, 2));
	assert_int_equal(journal_horizon_s(journal), NOW + 1);
	journal_close(journal);
}

static int
count(void *arg, const struct journal_entry *e)
{
	(void)e;
	++*(unsigned int *)arg;
	return 0;
}

static void
test_many(void **state)
{
	struct journal *journal = reopen(NULL, NOW);
	unsigned int i, n = 0;

	(void)state;
	for (i = 1; i <= 5000; i++) {
		add(journal, i);
		if (i % 500 == 0)
			sync_all(journal);
	}
	journal = reopen(journal, NOW);
	assert_int_equal(journal_each(journal, count, &n), 0);
	assert_int_equal(n, 5000);
	journal_close(journal);
}

static void
take(struct stan *stan, const char *want)
{
	char text[STAN_LEN + 1];
	struct till_error err;

	if (stan_next(stan, text, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(text, want);
}

static void
test_stan(void **state)
{
	struct stan stan;
	struct till_error err;
	char text[STAN_LEN + 1];
	unsigned int i;

	(void)state;
	assert_int_equal(stan_open(&stan, path, &err), 0);
	assert_true(stan.next >= 1 && stan.next <= STAN_LAST);
	write_file("1\n", 2);
	assert_int_equal(stan_open(&stan, path, &err), 0);
	take(&stan, "000001");
	take(&stan, "000002");
	/* A crash: the rest of the block is skipped. */
	assert_int_equal(stan_open(&stan, path, &err), 0);
	take(&stan, "000101");
	for (i = 0; i < 2 * STAN_BLOCK; i++)
		assert_int_equal(stan_next(&stan, text, &err), 0);
	take(&stan, "000302");
	write_file("999999\n", 7);
	assert_int_equal(stan_open(&stan, path, &err), 0);
	take(&stan, "999999");
	take(&stan, "000001");
	write_file("1000000\n", 8);
	assert_int_equal(stan_open(&stan, path, &err), 0);
	take(&stan, "000001");
}

static void
test_bad_stan(void **state)
{
	static const char *const texts[] = { "", "x\n", "12", "0\n",
		"1000001\n", "-1\n", "12\n3\n", "99999999999999999999\n" };
	struct stan stan;
	struct till_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(texts[i], strlen(texts[i]));
		assert_int_equal(stan_open(&stan, path, &err), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_synced, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_stan, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_ledger_verify.c - whatever is changed behind the ledger's back is
 * found, and named.
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

#include <unistd.h>

#include "support/ledgers.h"
#include "support/tamper.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096
#define RECORD 16384

static void
begin(struct scratch *scratch)
{
	static struct deal deals[60];
	char jti[24];
	size_t i;

	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
	for (i = 0; i < COUNT(deals); i++) {
		(void)snprintf(jti, sizeof(jti), "v-%zu", i);
		if (i % 10 == 9)
			deal_intent(&deals[i], "merchant-1", jti, "customer-1",
			    EURO(1), 9);
		else
			deal_pay(&deals[i], "merchant-0", jti, "customer-0",
			    TILL_MICRO / 4);
	}
	submit_all(scratch->ledger, deals, COUNT(deals));
	assert_int_equal(top_up(scratch->ledger, "customer-3", EURO(1), "book",
			     NULL),
	    LEDGER_DONE);
}

static void
finds(struct ledger *ledger, uint64_t serial, const char *what)
{
	struct till_error err = { "" };
	struct ledger_sums sums;
	uint64_t found = 0;

	assert_int_equal(ledger_verify(ledger, NULL, NULL, &sums, &found, &err),
	    -1);
	if (strstr(err.text, what) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, what);
	if (serial != 0)
		assert_int_equal(found, serial);
}

static void
note_progress(void *arg, uint64_t done, uint64_t all)
{
	uint64_t *last = arg;

	assert_true(done > *last && done <= all);
	*last = done;
}

static void
a_ledger_that_is_well_verifies(void **state)
{
	struct scratch scratch;
	struct ledger_sums sums;
	struct till_error err;
	uint64_t serial, last = 0;

	(void)state;
	begin(&scratch);
	assert_int_equal(ledger_verify(scratch.ledger, note_progress, &last,
			     &sums, &serial, &err),
	    0);
	assert_int_equal(last, 65);
	assert_int_equal(sums.entries, 65);
	assert_int_equal(sums.orders, 60);
	assert_int_equal(sums.sums_len, 1);
	assert_int_equal(sums.sums[0].micro, 0);
	scratch_end(&scratch);
	/* An empty one too. */
	scratch_begin(&scratch);
	verify_well(scratch.ledger, &sums);
	assert_int_equal(sums.entries, 0);
	scratch_end(&scratch);
}

/* Every octet of an entry counts: each flipped in its place, with pages
 * and checksums in order, is found at that entry or at the next, which
 * holds the hash of what it was. */
static void
any_octet_of_an_entry_that_changed_is_found(void **state)
{
	unsigned char key[8], value[RECORD];
	struct scratch scratch;
	struct ledger_sums sums;
	struct till_error err;
	uint64_t serial;
	size_t len, i;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	tamper_serial(30, key);
	assert_int_equal(tamper_get(scratch.dir, "register", key, sizeof(key),
			     value, sizeof(value), &len),
	    0);
	for (i = 0; i < len; i += i < 60 ? 7 : 41) {
		value[i] ^= 0x01;
		tamper_put(scratch.dir, "register", key, sizeof(key), value,
		    len);
		value[i] ^= 0x01;
		scratch_open(&scratch);
		if (ledger_verify(scratch.ledger, NULL, NULL, &sums, &serial,
			&err) != -1)
			fail_msg("octet %zu was changed unseen", i);
		assert_true(serial == 30 || serial == 31);
		scratch_close(&scratch);
	}
	tamper_put(scratch.dir, "register", key, sizeof(key), value, len);
	scratch_open(&scratch);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

enum sight { SEEN_NOTHING = 1, SEEN_AT_OPENING, SEEN, SEEN_AND_NAMED };

/* In a child: what lies on a page that is damaged cannot be freed. */
static enum sight
look_at_it(struct scratch *scratch)
{
	struct ledger_sums sums;
	struct till_error err = { "" };
	uint64_t serial = 0;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (ledger_open(&scratch->options, &scratch->ledger, &err) ==
		    -1)
			_exit(err.text[0] != '\0' ? SEEN_AT_OPENING : 99);
		if (ledger_verify(scratch->ledger, NULL, NULL, &sums, &serial,
			&err) != -1)
			_exit(SEEN_NOTHING);
		scratch_close(scratch);
		if (serial > 65 || strstr(err.text, "damaged") == NULL)
			_exit(98);
		_exit(serial > 0 ? SEEN_AND_NAMED : SEEN);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) <= SEEN_AND_NAMED);
	return (enum sight)WEXITSTATUS(status);
}

/* One bit of the file, wherever it is: when it is opened or when it is
 * verified it is found, and nothing falls over. */
static void
any_bit_of_the_file_that_flipped_is_found(void **state)
{
	size_t at, size, named = 0;
	struct scratch scratch;
	enum sight sight;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	size = size_of(scratch.dir, "register.db");
	assert_true(size >= 4 * PAGE);
	for (at = 16; at < size; at += 1777) {
		flip_bit(scratch.dir, "register.db", at);
		sight = look_at_it(&scratch);
		if (sight == SEEN_NOTHING)
			fail_msg("octet %zu flipped unseen", at);
		if (sight == SEEN_AND_NAMED)
			named++;
		flip_bit(scratch.dir, "register.db", at);
	}
	assert_true(named > 0);
	scratch_open(&scratch);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* While it is open, and the page lies in the cache. */
static void
a_bit_that_flips_behind_the_cache_is_found(void **state)
{
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	scratch_open(&scratch);
	verify_well(scratch.ledger, NULL);
	flip_bit(scratch.dir, "register.db", 3 * PAGE + 1000);
	finds(scratch.ledger, 0, "of the register");
	flip_bit(scratch.dir, "register.db", 3 * PAGE + 1000);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
a_missing_entry_is_found(void **state)
{
	unsigned char key[8];
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	tamper_serial(40, key);
	tamper_remove(scratch.dir, "register", key, sizeof(key));
	scratch_open(&scratch);
	finds(scratch.ledger, 40, "entry 40 is missing");
	scratch_end(&scratch);
}

/* Cut at its end, the register is whole in itself; the orders and the
 * accounts know better. */
static void
a_register_that_was_cut_short_is_found(void **state)
{
	unsigned char key[8];
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	tamper_serial(65, key);
	tamper_remove(scratch.dir, "register", key, sizeof(key));
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "");
	scratch_end(&scratch);
}

/* Offset of the balance in a row of an account: version, newest, number
 * of parts, currency. */
#define BALANCE_AT (1 + 8 + 1 + 3)

static void
a_balance_that_was_changed_is_found(void **state)
{
	static const char *const accounts[] = { "wallet:customer-0",
		"bank:clearing" };
	unsigned char value[RECORD];
	struct scratch scratch;
	char what[64];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(accounts); i++) {
		begin(&scratch);
		scratch_close(&scratch);
		assert_int_equal(tamper_get(scratch.dir, "accounts",
				     accounts[i], strlen(accounts[i]), value,
				     sizeof(value), &len),
		    0);
		value[BALANCE_AT]++;
		tamper_put(scratch.dir, "accounts", accounts[i],
		    strlen(accounts[i]), value, len);
		scratch_open(&scratch);
		(void)snprintf(what, sizeof(what), "account %s holds",
		    accounts[i]);
		finds(scratch.ledger, 0, what);
		scratch_close(&scratch);
		tamper_remove(scratch.dir, "accounts", accounts[i],
		    strlen(accounts[i]));
		scratch_open(&scratch);
		finds(scratch.ledger, 0, accounts[i]);
		scratch_end(&scratch);
	}
}

static void
money_from_nowhere_is_found(void **state)
{
	static const char from[] = "wallet:customer-0", to[] = "wallet:mallory";
	unsigned char value[RECORD];
	struct scratch scratch;
	size_t len;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "accounts", from, strlen(from),
			     value, sizeof(value), &len),
	    0);
	tamper_put(scratch.dir, "accounts", to, strlen(to), value, len);
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "wallet:mallory");
	scratch_close(&scratch);
	/* Likewise if it claims to be newer than all entries. */
	value[BALANCE_AT + 16 + 2] = 1;
	tamper_put(scratch.dir, "accounts", to, strlen(to), value, len);
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "wallet:mallory");
	scratch_end(&scratch);
}

/* The state is the second octet of an order's row. */
static void
an_order_that_says_otherwise_is_found(void **state)
{
	static const struct {
		const char key[17];
		size_t len;
		unsigned char is, becomes;
		const char *what;
	} rows[] = {
		{ "merchant-0\0v-3", 14, ORDER_PAID, ORDER_REFUSED,
		    "is of an order that is not paid" },
		{ "merchant-0\0v-3", 14, ORDER_PAID, ORDER_INTENT,
		    "is of an order that is not paid" },
		{ "merchant-1\0v-9", 14, ORDER_INTENT, ORDER_REFUSED,
		    "not open is listed as open" },
		{ "merchant-1\0v-9", 14, ORDER_INTENT, ORDER_PAID, "damaged" },
		{ "merchant-1\0v-9", 14, ORDER_INTENT, 99, "damaged" },
	};
	unsigned char value[RECORD];
	struct scratch scratch;
	size_t i, len;

	(void)state;
	begin(&scratch);
	for (i = 0; i < COUNT(rows); i++) {
		scratch_close(&scratch);
		assert_int_equal(tamper_get(scratch.dir, "orders", rows[i].key,
				     rows[i].len, value, sizeof(value), &len),
		    0);
		assert_int_equal(value[1], rows[i].is);
		value[1] = rows[i].becomes;
		tamper_put(scratch.dir, "orders", rows[i].key, rows[i].len,
		    value, len);
		scratch_open(&scratch);
		finds(scratch.ledger, 0, rows[i].what);
		scratch_close(&scratch);
		value[1] = rows[i].is;
		tamper_put(scratch.dir, "orders", rows[i].key, rows[i].len,
		    value, len);
		scratch_open(&scratch);
		verify_well(scratch.ledger, NULL);
	}
	scratch_close(&scratch);
	tamper_remove(scratch.dir, "intents", "merchant-1\0v-9", 14);
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "open is not listed");
	scratch_close(&scratch);
	tamper_put(scratch.dir, "intents", "merchant-1\0v-9", 14, "", 0);
	tamper_put(scratch.dir, "intents", "merchant-1\0v-x", 14, "", 0);
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "listed as open");
	scratch_close(&scratch);
	tamper_remove(scratch.dir, "intents", "merchant-1\0v-x", 14);
	tamper_remove(scratch.dir, "orders", "merchant-0\0v-3", 14);
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "order that is missing");
	scratch_end(&scratch);
}

/* A copy of a paid order under another id is a payment without entry. */
static void
a_paid_order_without_an_entry_is_found(void **state)
{
	unsigned char value[RECORD];
	struct scratch scratch;
	size_t len;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	assert_int_equal(tamper_get(scratch.dir, "orders", "merchant-0\0v-3",
			     14, value, sizeof(value), &len),
	    0);
	tamper_put(scratch.dir, "orders", "merchant-0\0v-x", 14, value, len);
	scratch_open(&scratch);
	finds(scratch.ledger, 0, "but they were not");
	scratch_close(&scratch);
	tamper_remove(scratch.dir, "orders", "merchant-0\0v-x", 14);
	tamper_remove(scratch.dir, "books", "book", 4);
	scratch_open(&scratch);
	finds(scratch.ledger, 65, "booking that is not listed");
	scratch_end(&scratch);
}

static void
another_page_that_is_damaged_is_told_when_it_is_read(void **state)
{
	struct scratch scratch;
	struct ledger_order order;
	struct till_error err = { "" };
	size_t at, size;
	int status;
	pid_t pid;

	(void)state;
	begin(&scratch);
	scratch_close(&scratch);
	size = size_of(scratch.dir, "orders.db");
	for (at = PAGE + 100; at < size; at += PAGE)
		flip_bit(scratch.dir, "orders.db", at);
	pid = fork();
	if (pid == 0) {
		scratch_open(&scratch);
		if (ledger_order_get(scratch.ledger, "merchant-0", "v-1",
			&order, &err) != -1 ||
		    strstr(err.text, "orders cannot be read") == NULL)
			_exit(1);
		ledger_close(scratch.ledger);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ledger_that_is_well_verifies),
		cmocka_unit_test(any_octet_of_an_entry_that_changed_is_found),
		cmocka_unit_test(any_bit_of_the_file_that_flipped_is_found),
		cmocka_unit_test(a_bit_that_flips_behind_the_cache_is_found),
		cmocka_unit_test(a_missing_entry_is_found),
		cmocka_unit_test(a_register_that_was_cut_short_is_found),
		cmocka_unit_test(a_balance_that_was_changed_is_found),
		cmocka_unit_test(money_from_nowhere_is_found),
		cmocka_unit_test(an_order_that_says_otherwise_is_found),
		cmocka_unit_test(a_paid_order_without_an_entry_is_found),
		cmocka_unit_test(
		    another_page_that_is_damaged_is_told_when_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

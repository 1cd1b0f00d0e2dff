/*
 * test_ledger_book.c - bookings with an id are made once; the register
 * and the statements tell of all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/ledgers.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SEEN_MAX 300

struct seen {
	uint64_t serials[SEEN_MAX];
	size_t len, stop; /* stop: after so many; 0: never */
};

static int
see(void *arg, const struct entry *entry)
{
	struct seen *seen = arg;

	assert_true(seen->len < SEEN_MAX);
	seen->serials[seen->len++] = entry->serial;
	return seen->len == seen->stop ? 42 : 0;
}

static void
the_same_booking_id_books_once(void **state)
{
	struct scratch scratch;
	uint64_t first, again;
	struct deal deal;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(5), "camt/1",
			     &first),
	    LEDGER_DONE);
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(5), "camt/1",
			     &again),
	    LEDGER_REPEAT);
	assert_int_equal(again, first);
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(6), "camt/1",
			     &again),
	    LEDGER_CONFLICT);
	assert_int_equal(again, first);
	assert_int_equal(top_up(scratch.ledger, "customer-1", EURO(5), "camt/1",
			     NULL),
	    LEDGER_CONFLICT);
	scratch_close(&scratch);
	scratch_open(&scratch);
	/* Whoever asks does not matter, what for does. */
	deal_top_up(&deal, "customer-0", EURO(5), "camt/1");
	deal.request.actor = "operator:other";
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_REPEAT);
	deal.request.note = "something else";
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_CONFLICT);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"), EURO(5));
	/* Without an id each is a booking of its own. */
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(5), NULL,
			     NULL),
	    LEDGER_DONE);
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(5), NULL,
			     NULL),
	    LEDGER_DONE);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"),
	    EURO(15));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
the_same_id_many_times_at_once_books_once(void **state)
{
	static struct deal deals[50];
	struct scratch scratch;
	size_t i, done = 0;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	for (i = 0; i < COUNT(deals); i++)
		deal_top_up(&deals[i], "customer-0", EURO(1), "one");
	submit_all(scratch.ledger, deals, COUNT(deals));
	for (i = 0; i < COUNT(deals); i++) {
		if (deals[i].request.result == LEDGER_DONE)
			done++;
		else
			assert_int_equal(deals[i].request.result,
			    LEDGER_REPEAT);
		assert_int_equal(deals[i].request.serial_r, 1);
	}
	assert_int_equal(done, 1);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-0"), EURO(1));
	scratch_end(&scratch);
}

static void
bookings_that_are_none_are_refused(void **state)
{
	static char long_id[TILL_TEXT_MAX + 1];
	struct scratch scratch;
	struct deal deal;
	size_t i;

	(void)state;
	memset(long_id, 'i', TILL_TEXT_MAX);
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(1));
	for (i = 0; i < 8; i++) {
		deal_top_up(&deal, "customer-0", EURO(1), NULL);
		switch (i) {
		case 0:
			deal.request.kind = ENTRY_PAYMENT;
			break;
		case 1:
			deal.request.kind = ENTRY_NONE;
			break;
		case 2: /* money by an act that moves none */
			deal.request.kind = ENTRY_ADMIN;
			break;
		case 3:
			deal.request.postings_len = 0;
			break;
		case 4:
			deal.request.book_id = "";
			break;
		case 5:
			deal.request.book_id = long_id;
			break;
		case 6:
			deal.request.order = &deal.order;
			break;
		case 7: /* it would stand in two statements */
			set_text(deal.request.postings[0].account,
			    TILL_ACCOUNT_MAX, "wallet:customer-1");
			break;
		}
		if (ledger_apply(scratch.ledger, &deal.request) !=
		    LEDGER_INVALID)
			fail_msg("booking %zu is %s", i,
			    ledger_result_name(deal.request.result));
	}
	long_id[TILL_TEXT_MAX - 1] = '\0';
	assert_int_equal(top_up(scratch.ledger, "customer-0", EURO(1), long_id,
			     NULL),
	    LEDGER_DONE);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
an_act_of_an_administrator_is_an_entry(void **state)
{
	struct ledger_request request = { .op = LEDGER_BOOK };
	struct scratch scratch;
	struct till_error err;
	struct entry entry;

	(void)state;
	scratch_begin(&scratch);
	request.kind = ENTRY_ADMIN;
	request.note = "customer alice suspended";
	request.actor = "operator:root";
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
	assert_int_equal(ledger_entry_get(scratch.ledger, 1, &entry, &err), 0);
	assert_int_equal(entry.kind, ENTRY_ADMIN);
	assert_string_equal(entry.note, "customer alice suspended");
	assert_string_equal(entry.actor, "operator:root");
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* customer-0 has the odd ones at merchant-0, customer-1 the even ones at
 * merchant-1; between them stand top-ups of customer-2. */
static void
make_history(struct ledger *ledger)
{
	static struct deal deals[240];
	char jti[24];
	size_t i;

	make_people(ledger, 0);
	assert_int_equal(top_up(ledger, "customer-0", EURO(100), NULL, NULL),
	    LEDGER_DONE);
	assert_int_equal(top_up(ledger, "customer-1", EURO(100), NULL, NULL),
	    LEDGER_DONE);
	for (i = 0; i < COUNT(deals); i++) {
		(void)snprintf(jti, sizeof(jti), "h-%zu", i);
		if (i % 3 == 2)
			deal_top_up(&deals[i], "customer-2", EURO(1), NULL);
		else if (i % 3 == 1)
			deal_pay(&deals[i], "merchant-1", jti, "customer-1",
			    EURO(1));
		else
			deal_bank(&deals[i], "merchant-0", jti, "customer-0",
			    EURO(1), 0);
	}
	submit_all(ledger, deals, COUNT(deals));
}

static void
statements_are_complete_newest_first(void **state)
{
	static struct seen all, seen;
	struct scratch scratch;
	struct till_error err;
	struct entry entry;
	size_t i, of_bank = 0;

	(void)state;
	scratch_begin(&scratch);
	make_history(scratch.ledger);
	memset(&all, 0, sizeof(all));
	assert_int_equal(ledger_entry_each(scratch.ledger, 0, see, &all, &err),
	    0);
	assert_int_equal(all.len, 242);
	for (i = 0; i < all.len; i++) {
		assert_int_equal(all.serials[i], i + 1);
		assert_int_equal(ledger_entry_get(scratch.ledger, i + 1, &entry,
				     &err),
		    0);
		if (strcmp(entry.customer, "customer-0") == 0)
			of_bank++;
	}
	/* What the bank paid stands in the customer's statement too. */
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_entry_each_of_customer(scratch.ledger,
			     "customer-0", 0, see, &seen, &err),
	    0);
	assert_int_equal(seen.len, 81);
	assert_int_equal(seen.len, of_bank);
	for (i = 1; i < seen.len; i++)
		assert_true(seen.serials[i] < seen.serials[i - 1]);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_entry_each_of_merchant(scratch.ledger,
			     "merchant-1", 0, see, &seen, &err),
	    0);
	assert_int_equal(seen.len, 80);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_entry_each_of_customer(scratch.ledger, "nobody",
			     0, see, &seen, &err),
	    0);
	assert_int_equal(seen.len, 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* Page by page, from an entry of the statement and from another one. */
static void
a_statement_can_be_read_in_pages(void **state)
{
	static struct seen whole, page;
	struct scratch scratch;
	struct till_error err;
	uint64_t before = 0;
	size_t i, n = 0;
	int r;

	(void)state;
	scratch_begin(&scratch);
	make_history(scratch.ledger);
	memset(&whole, 0, sizeof(whole));
	assert_int_equal(ledger_entry_each_of_merchant(scratch.ledger,
			     "merchant-0", 0, see, &whole, &err),
	    0);
	do {
		memset(&page, 0, sizeof(page));
		page.stop = 7;
		r = ledger_entry_each_of_merchant(scratch.ledger, "merchant-0",
		    before, see, &page, &err);
		for (i = 0; i < page.len; i++)
			assert_int_equal(page.serials[i], whole.serials[n++]);
		if (page.len > 0)
			before = page.serials[page.len - 1];
	} while (r == 42);
	assert_int_equal(r, 0);
	assert_int_equal(n, whole.len);
	memset(&page, 0, sizeof(page));
	assert_int_equal(ledger_entry_each_of_merchant(scratch.ledger,
			     "merchant-0", whole.serials[10] + 1, see, &page,
			     &err),
	    0);
	assert_int_equal(page.serials[0], whole.serials[10]);
	assert_int_equal(page.len, whole.len - 10);
	scratch_end(&scratch);
}

static void
each_stops_when_it_is_told_to(void **state)
{
	static struct seen seen;
	struct scratch scratch;
	struct till_error err;

	(void)state;
	scratch_begin(&scratch);
	make_history(scratch.ledger);
	memset(&seen, 0, sizeof(seen));
	seen.stop = 100;
	assert_int_equal(ledger_entry_each(scratch.ledger, 50, see, &seen,
			     &err),
	    42);
	assert_int_equal(seen.len, 100);
	assert_int_equal(seen.serials[0], 50);
	assert_int_equal(seen.serials[99], 149);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(ledger_entry_each(scratch.ledger, 1000, see, &seen,
			     &err),
	    0);
	assert_int_equal(seen.len, 0);
	scratch_end(&scratch);
}

struct nested {
	struct ledger *ledger;
	int n;
};

/* It may write, too: no lock is held. */
static int
pay_in_again(void *arg, const struct ledger_account *account)
{
	struct nested *nested = arg;

	if (nested->n++ < 3)
		assert_int_equal(top_up(nested->ledger,
				     account->account + strlen("wallet:"),
				     EURO(1), NULL, NULL),
		    LEDGER_DONE);
	return 0;
}

static void
a_walk_over_accounts_may_use_the_ledger(void **state)
{
	struct scratch scratch;
	struct till_error err;
	struct nested nested;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, EURO(1));
	nested.ledger = scratch.ledger;
	nested.n = 0;
	assert_int_equal(ledger_account_each(scratch.ledger,
			     "wallet:", pay_in_again, &nested, &err),
	    0);
	assert_int_equal(nested.n, 10);
	assert_int_equal(balance(scratch.ledger, "wallet:customer-2"), EURO(2));
	assert_int_equal(balance(scratch.ledger, "wallet:customer-3"), EURO(1));
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_booking_id_books_once),
		cmocka_unit_test(the_same_id_many_times_at_once_books_once),
		cmocka_unit_test(bookings_that_are_none_are_refused),
		cmocka_unit_test(an_act_of_an_administrator_is_an_entry),
		cmocka_unit_test(statements_are_complete_newest_first),
		cmocka_unit_test(a_statement_can_be_read_in_pages),
		cmocka_unit_test(each_stops_when_it_is_told_to),
		cmocka_unit_test(a_walk_over_accounts_may_use_the_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_statement.c - a statement has every line of its owner, each leading
 * from one balance to the next, and refunds with the payments they are of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rear/statement.h"
#include "rear/unit.h"
#include "support/backs.h"

#define LINES_MAX 64
#define KEY 7
#define DAY_MS INT64_C(86400000)
#define TODAY_MS INT64_C(4102444800000)

/* Lines as they came, the newest first. */
struct seen {
	size_t len, max;
	struct {
		uint64_t serial, payment;
		enum statement_kind kind;
		int64_t micro, balance, refunded, fee;
		bool moves;
		char id[TILL_TEXT_MAX], state[16], party[TILL_ID_MAX];
	} lines[LINES_MAX];
};

static const char mid[] = "merchant-0", cid[] = "customer-0";
static struct scratch scratch;
static struct rear rear;
static struct till_error err;

static int
setup(void **state)
{
	(void)state;
	scratch_begin(&scratch);
	scratch.time_ms = TODAY_MS;
	make_people(scratch.ledger, EURO(50));
	memset(&rear, 0, sizeof(rear));
	rear.ledger = scratch.ledger;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
	return 0;
}

static int
see(void *arg, const struct statement_line *line)
{
	struct seen *seen = arg;

	if (seen->len == seen->max)
		return 1;
	assert_true(seen->len < LINES_MAX);
	seen->lines[seen->len].serial = line->serial;
	seen->lines[seen->len].payment = line->payment;
	seen->lines[seen->len].kind = line->kind;
	seen->lines[seen->len].micro = line->amount.micro;
	seen->lines[seen->len].moves = line->moves;
	seen->lines[seen->len].balance = line->balance.micro;
	seen->lines[seen->len].refunded = line->refunded.micro;
	seen->lines[seen->len].fee = line->fee.micro;
	set_text(seen->lines[seen->len].id, sizeof(seen->lines[0].id),
	    line->id);
	set_text(seen->lines[seen->len].state, sizeof(seen->lines[0].state),
	    line->state);
	set_text(seen->lines[seen->len].party, sizeof(seen->lines[0].party),
	    line->party);
	seen->len++;
	return 0;
}

static struct statement
statement_of(enum statement_of of, int64_t since_ms, int64_t until_ms)
{
	struct statement statement = { .of = of,
		.since_ms = since_ms,
		.until_ms = until_ms };

	set_text(statement.id, sizeof(statement.id),
	    of == STATEMENT_CUSTOMER ? cid : mid);
	assert_int_equal(statement_begin(&statement, &rear, &err), 0);
	return statement;
}

/* The whole of it, in parts of so many lines.  What its lines say is what
 * lies between the balance at its end and that at its beginning. */
static int64_t
read_all(enum statement_of of, int64_t since_ms, int64_t until_ms, size_t part,
    struct seen *seen)
{
	struct statement statement = statement_of(of, since_ms, until_ms);
	int64_t at = statement.len == 0 ? 0 : statement.balances[0].micro;
	size_t i;
	int r;

	memset(seen, 0, sizeof(*seen));
	do {
		seen->max = seen->len + part;
		r = statement_read(&statement, &rear, see, seen, &err);
		assert_int_not_equal(r, -1);
	} while (r == 1);
	for (i = 0; i < seen->len; i++) {
		if (!seen->lines[i].moves)
			continue;
		assert_int_equal(seen->lines[i].balance, at);
		at -= seen->lines[i].micro;
	}
	assert_int_equal(statement.len == 0 ? 0 : statement.balances[0].micro,
	    at);
	return at;
}

static uint64_t
pay(const char *jti, int64_t micro)
{
	struct deal deal;

	deal_pay(&deal, mid, jti, cid, micro);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	return deal.request.serial_r;
}

static uint64_t
pay_by_bank(const char *jti, int64_t micro)
{
	struct deal deal;

	deal_intent(&deal, mid, jti, cid, micro, KEY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	deal_bank(&deal, mid, jti, cid, micro, KEY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	return deal.request.serial_r;
}

static void
end(struct back *back, enum reversal_state state)
{
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = &back->reversal,
		.actor = "" };

	back->reversal.state = state;
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
}

static void
each_line_leads_to_the_next(void **state)
{
	struct seen seen;
	struct back back;
	uint64_t paid;
	size_t part;

	(void)state;
	paid = pay("a", EURO(20));
	to_wallet(&back, "a", "r1", EURO(5));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	(void)pay("b", EURO(1));
	for (part = 1; part <= 5; part++) {
		assert_int_equal(read_all(STATEMENT_CUSTOMER, 0, 0, part,
				     &seen),
		    0);
		assert_int_equal(seen.len, 4);
		assert_int_equal(seen.lines[0].balance, EURO(34));
		assert_int_equal(seen.lines[3].kind, STATEMENT_TOPUP);
		assert_int_equal(seen.lines[3].balance, EURO(50));
		assert_int_equal(read_all(STATEMENT_MERCHANT, 0, 0, part,
				     &seen),
		    0);
		assert_int_equal(seen.len, 3);
	}
	assert_int_equal(seen.lines[2].serial, paid);
	assert_int_equal(seen.lines[2].kind, STATEMENT_PAYMENT);
	assert_int_equal(seen.lines[2].refunded, EURO(5));
	assert_string_equal(seen.lines[2].party, cid);
	assert_int_equal(seen.lines[1].kind, STATEMENT_REFUND);
	assert_int_equal(seen.lines[1].payment, paid);
	assert_int_equal(seen.lines[1].micro, -EURO(5));
	assert_string_equal(seen.lines[1].id, "r1");
	assert_string_equal(seen.lines[1].state, "done");
}

static void
what_a_bank_pays_goes_past_the_wallet(void **state)
{
	struct back back, other;
	struct seen seen;
	uint64_t paid;

	(void)state;
	paid = pay_by_bank("a", EURO(40));
	to_network(&back, "a", "r1", EURO(15));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	to_network(&other, "a", "r2", EURO(10));
	assert_int_equal(give(scratch.ledger, &other), LEDGER_DONE);
	(void)read_all(STATEMENT_CUSTOMER, 0, 0, LINES_MAX, &seen);
	assert_int_equal(seen.len, 4);
	assert_string_equal(seen.lines[1].state, "pending");
	end(&back, REVERSAL_DONE);
	end(&other, REVERSAL_DROPPED);
	(void)read_all(STATEMENT_CUSTOMER, 0, 0, LINES_MAX, &seen);
	assert_int_equal(seen.len, 4);
	assert_string_equal(seen.lines[0].state, "returned");
	assert_string_equal(seen.lines[1].state, "done");
	assert_false(seen.lines[1].moves);
	assert_int_equal(seen.lines[1].micro, EURO(15));
	assert_int_equal(seen.lines[1].payment, paid);
	assert_false(seen.lines[2].moves);
	assert_int_equal(seen.lines[2].micro, -EURO(40));
	assert_int_equal(seen.lines[2].refunded, EURO(15));
	assert_true(seen.lines[3].moves);
	/* The merchant's till gave it, and had what was not made again. */
	(void)read_all(STATEMENT_MERCHANT, 0, 0, LINES_MAX, &seen);
	assert_int_equal(seen.len, 4);
	assert_int_equal(seen.lines[0].kind, STATEMENT_REVERSAL);
	assert_int_equal(seen.lines[0].micro, EURO(10));
	assert_int_equal(seen.lines[0].payment, paid);
	assert_int_equal(seen.lines[0].balance, EURO(25));
	assert_int_equal(seen.lines[1].micro, -EURO(10));
	assert_int_equal(seen.lines[3].balance, EURO(40));
}

static void
a_part_of_time_begins_and_ends_with_its_balances(void **state)
{
	struct statement statement;
	struct seen seen;

	(void)state;
	(void)pay("a", EURO(1));
	scratch.time_ms = TODAY_MS + DAY_MS;
	(void)pay("b", EURO(2));
	(void)pay("c", EURO(4));
	scratch.time_ms = TODAY_MS + 2 * DAY_MS;
	(void)pay("d", EURO(8));
	statement = statement_of(STATEMENT_CUSTOMER, TODAY_MS + DAY_MS,
	    TODAY_MS + 2 * DAY_MS);
	assert_int_equal(statement.balances[0].micro, EURO(50 - 7));
	assert_int_equal(read_all(STATEMENT_CUSTOMER, TODAY_MS + DAY_MS,
			     TODAY_MS + 2 * DAY_MS, 1, &seen),
	    EURO(49));
	assert_int_equal(seen.len, 2);
	assert_int_equal(read_all(STATEMENT_MERCHANT, 0, TODAY_MS + DAY_MS, 1,
			     &seen),
	    0);
	assert_int_equal(seen.len, 1);
	/* Where nothing happened it ends as it began. */
	assert_int_equal(read_all(STATEMENT_CUSTOMER, TODAY_MS + 3 * DAY_MS, 0,
			     1, &seen),
	    EURO(50 - 15));
	assert_int_equal(seen.len, 0);
	assert_int_equal(read_all(STATEMENT_CUSTOMER, 0, TODAY_MS, 1, &seen),
	    0);
	assert_int_equal(seen.len, 0);
}

/* Each step looks at a few entries, and they add up to the same. */
static void
no_step_looks_at_more_than_it_may(void **state)
{
	struct statement statement = { .of = STATEMENT_CUSTOMER,
		.until_ms = TODAY_MS + DAY_MS,
		.look_max = 3 };
	struct seen seen = { .max = LINES_MAX };
	char jti[8];
	int i, steps = 0, r;

	(void)state;
	set_text(statement.id, sizeof(statement.id), cid);
	for (i = 0; i < 20; i++) {
		if (i == 10)
			scratch.time_ms = TODAY_MS + DAY_MS;
		(void)snprintf(jti, sizeof(jti), "l%d", i);
		(void)pay(jti, EURO(1));
	}
	/* Ten that are too new: three times three, then one and the end. */
	assert_int_equal(statement_begin(&statement, &rear, &err), 0);
	for (; statement.seeking; steps++)
		assert_int_equal(statement_seek(&statement, &rear, &err), 0);
	assert_int_equal(steps, 3);
	assert_int_equal(statement.balances[0].micro, EURO(50 - 10));
	for (steps = 0; steps < LINES_MAX; steps++) {
		r = statement_read(&statement, &rear, see, &seen, &err);
		if (r == 0)
			break;
		assert_int_equal(r, 1);
		assert_int_equal(seen.len, (size_t)(steps + 1) * 3);
	}
	assert_int_equal(r, 0);
	/* Ten payments, and what he had at first. */
	assert_int_equal(seen.len, 11);
	assert_int_equal(statement.balances[0].micro, 0);
}

static void
a_fee_is_said_beside_what_the_till_got(void **state)
{
	struct deal deal;
	struct seen seen;

	(void)state;
	deal_pay(&deal, mid, "a", cid, EURO(10));
	deal.request.postings[1].amount.micro -= 70000;
	deal.request.postings[2] = deal.request.postings[1];
	set_text(deal.request.postings[2].account, TILL_ACCOUNT_MAX, "fees");
	deal.request.postings[2].amount.micro = 70000;
	deal.request.postings_len = 3;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	assert_int_equal(read_all(STATEMENT_MERCHANT, 0, 0, 1, &seen), 0);
	assert_int_equal(seen.lines[0].micro, EURO(10) - 70000);
	assert_int_equal(seen.lines[0].fee, 70000);
	(void)read_all(STATEMENT_CUSTOMER, 0, 0, 1, &seen);
	assert_int_equal(seen.lines[0].micro, -EURO(10));
	assert_int_equal(seen.lines[0].fee, 0);
}

static void
each_currency_has_a_balance_of_its_own(void **state)
{
	struct seen seen = { .max = LINES_MAX };
	struct statement statement;
	struct deal deal;
	uint32_t i;

	(void)state;
	deal_top_up(&deal, cid, 3 * TILL_MICRO, "yen");
	for (i = 0; i < deal.request.postings_len; i++)
		set_text(deal.request.postings[i].amount.currency,
		    TILL_CURRENCY_MAX, "JPY");
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	(void)pay("a", EURO(1));
	statement = statement_of(STATEMENT_CUSTOMER, 0, 0);
	assert_int_equal(statement.len, 2);
	assert_int_equal(statement_read(&statement, &rear, see, &seen, &err),
	    0);
	assert_int_equal(seen.len, 3);
	assert_int_equal(seen.lines[0].balance, EURO(49));
	assert_int_equal(seen.lines[1].balance, 3 * TILL_MICRO);
	assert_int_equal(seen.lines[2].balance, EURO(50));
}

/* What comes while it is read is not in it. */
static void
it_is_of_the_moment_when_it_began(void **state)
{
	struct statement statement;
	struct seen seen = { .max = 1 };

	(void)state;
	(void)pay("a", EURO(1));
	(void)pay("b", EURO(2));
	statement = statement_of(STATEMENT_CUSTOMER, 0, 0);
	(void)pay("c", EURO(4));
	assert_int_equal(statement_read(&statement, &rear, see, &seen, &err),
	    1);
	assert_int_equal(seen.lines[0].balance, EURO(47));
	(void)pay("d", EURO(8));
	seen.max = LINES_MAX;
	assert_int_equal(statement_read(&statement, &rear, see, &seen, &err),
	    0);
	assert_int_equal(seen.len, 3);
}

/* One that does not lead to nothing is said to be wrong. */
static void
a_balance_that_came_from_nowhere_is_told(void **state)
{
	struct statement statement;
	struct seen seen = { .max = LINES_MAX };

	(void)state;
	(void)pay("a", EURO(1));
	statement = statement_of(STATEMENT_CUSTOMER, 0, 0);
	statement.balances[0].micro++;
	assert_int_equal(statement_read(&statement, &rear, see, &seen, &err),
	    -1);
	assert_non_null(strstr(err.text, "does not lead to"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_line_leads_to_the_next,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_a_bank_pays_goes_past_the_wallet, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_part_of_time_begins_and_ends_with_its_balances, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    no_step_looks_at_more_than_it_may, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_fee_is_said_beside_what_the_till_got, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    each_currency_has_a_balance_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    it_is_of_the_moment_when_it_began, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_balance_that_came_from_nowhere_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

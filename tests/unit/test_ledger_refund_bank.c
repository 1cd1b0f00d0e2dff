/*
 * test_ledger_refund_bank.c - what a network is to give back is pending
 * until it has, or stays the merchant's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/backs.h"

#define KEY 7

static const char mid[] = "merchant-0", cid[] = "customer-0";

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static void
pay_by_bank(struct ledger *ledger, const char *jti, int64_t micro)
{
	struct deal deal;

	deal_intent(&deal, mid, jti, cid, micro, KEY);
	assert_int_equal(ledger_apply(ledger, &deal.request), LEDGER_DONE);
	deal_bank(&deal, mid, jti, cid, micro, KEY);
	assert_int_equal(ledger_apply(ledger, &deal.request), LEDGER_DONE);
}

static enum ledger_result
end(struct ledger *ledger, struct ledger_reversal *reversal,
    enum reversal_state state)
{
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = reversal,
		.actor = "" };

	reversal->state = state;
	return ledger_apply(ledger, &request);
}

static void
a_network_gives_it_when_it_has_done_so(void **state)
{
	struct scratch scratch;
	struct entry entry;
	struct till_error err;
	struct back back;

	(void)state;
	begin(&scratch);
	pay_by_bank(scratch.ledger, "a", EURO(10));
	to_network(&back, "a", "r", EURO(4));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	assert_int_equal(back.reversal.refund, back.request.serial_r);
	assert_int_equal(back.reversal.state, REVERSAL_WAITING);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(4));
	assert_int_equal(balance(scratch.ledger, "refund:pending"), EURO(4));
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), EURO(6));
	verify_well(scratch.ledger, NULL);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_WAITING),
	    LEDGER_DONE);
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_PARKED),
	    LEDGER_DONE);
	assert_int_equal(balance(scratch.ledger, "refund:pending"), EURO(4));
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_DONE),
	    LEDGER_DONE);
	assert_int_equal(balance(scratch.ledger, "refund:pending"), 0);
	assert_int_equal(balance(scratch.ledger, "bank:clearing"),
	    -EURO(500 + 10 - 4));
	assert_int_equal(ledger_entry_get(scratch.ledger,
			     ledger_serial(scratch.ledger), &entry, &err),
	    0);
	assert_int_equal(entry.kind, ENTRY_REFUND_DONE);
	assert_int_equal(entry.original, back.request.serial_r);
	/* Once. */
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_DROPPED),
	    LEDGER_REPEAT);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(4));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
what_a_network_does_not_give_stays_the_merchants(void **state)
{
	struct scratch scratch;
	struct back back, other;

	(void)state;
	begin(&scratch);
	pay_by_bank(scratch.ledger, "a", EURO(10));
	to_network(&back, "a", "r", EURO(4));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	/* What is pending counts. */
	to_network(&other, "a", "s", EURO(6) + 1);
	assert_int_equal(give(scratch.ledger, &other), LEDGER_LIMITED);
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_DROPPED),
	    LEDGER_DONE);
	order_is(scratch.ledger, "a", ORDER_PAID, 0);
	assert_int_equal(balance(scratch.ledger, "refund:pending"), 0);
	assert_int_equal(balance(scratch.ledger, "till:merchant-0"), EURO(10));
	verify_well(scratch.ledger, NULL);
	/* Its id is used; with another one it may be tried again. */
	to_network(&back, "a", "r", EURO(4));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_REPEAT);
	to_network(&other, "a", "s", EURO(10));
	assert_int_equal(give(scratch.ledger, &other), LEDGER_DONE);
	assert_int_equal(other.reversal.number, 2);
	assert_int_equal(end(scratch.ledger, &other.reversal, REVERSAL_DONE),
	    LEDGER_DONE);
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(10));
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
a_reversal_must_be_that_of_the_refund(void **state)
{
	struct scratch scratch;
	struct back back;

	(void)state;
	begin(&scratch);
	pay_by_bank(scratch.ledger, "a", EURO(10));
	to_network(&back, "a", "r", EURO(4));
	back.reversal.amount.micro--;
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	to_network(&back, "a", "r", EURO(4));
	set_text(back.reversal.reason, sizeof(back.reversal.reason), "late");
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	to_network(&back, "a", "r", EURO(4));
	set_text(back.reversal.jti, sizeof(back.reversal.jti), "b");
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	/* Nobody else's reversal moves what is pending. */
	to_network(&back, "a", "r", EURO(4));
	back.reversal.refund = 11;
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_WAITING),
	    LEDGER_DONE);
	assert_int_equal(back.reversal.refund, 0);
	assert_int_equal(end(scratch.ledger, &back.reversal, REVERSAL_DONE),
	    LEDGER_DONE);
	assert_int_equal(balance(scratch.ledger, "refund:pending"), 0);
	order_is(scratch.ledger, "a", ORDER_PAID, 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
dispute(struct ledger *ledger, struct ledger_reversal *reversal, int64_t micro)
{
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = reversal,
		.actor = "" };
	struct back back;

	to_network(&back, "a", "r", micro);
	*reversal = back.reversal;
	set_text(reversal->reason, sizeof(reversal->reason), "dispute");
	reversal->state = REVERSAL_PARKED;
	assert_int_equal(ledger_apply(ledger, &request), LEDGER_DONE);
}

static void
what_the_network_took_back_is_not_left(void **state)
{
	struct ledger_reversal disputed;
	struct scratch scratch;
	struct back back;

	(void)state;
	begin(&scratch);
	pay_by_bank(scratch.ledger, "a", EURO(10));
	dispute(scratch.ledger, &disputed, EURO(7));
	to_network(&back, "a", "r", EURO(3) + 1);
	assert_int_equal(give(scratch.ledger, &back), LEDGER_LIMITED);
	to_network(&back, "a", "r", EURO(3));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	/* Whatever the operator has settled: only if he says so. */
	to_network(&back, "a", "s", EURO(1));
	back.refund.settled = true;
	assert_int_equal(give(scratch.ledger, &back), LEDGER_LIMITED);
	assert_int_equal(end(scratch.ledger, &disputed, REVERSAL_DROPPED),
	    LEDGER_DONE);
	to_network(&back, "a", "s", EURO(1));
	assert_int_equal(give(scratch.ledger, &back), LEDGER_LIMITED);
	to_network(&back, "a", "s", EURO(1));
	back.refund.settled = true;
	assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
	to_network(&back, "a", "t", EURO(6) + 1);
	back.refund.settled = true;
	assert_int_equal(give(scratch.ledger, &back), LEDGER_LIMITED);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* As many refunds as there may be: what the bank does finds a number. */
static void
refunds_leave_room_for_what_the_network_does(void **state)
{
	struct ledger_reversal disputed;
	struct scratch scratch;
	struct back back;
	char id[16];
	unsigned int n;

	(void)state;
	begin(&scratch);
	pay_by_bank(scratch.ledger, "a", EURO(10));
	for (n = 1; n <= LEDGER_REFUNDS_MAX; n++) {
		(void)snprintf(id, sizeof(id), "r%u", n);
		to_network(&back, "a", id, EURO(10) / 1000);
		assert_int_equal(give(scratch.ledger, &back), LEDGER_DONE);
		assert_int_equal(back.reversal.number, n);
	}
	to_network(&back, "a", "more", EURO(10) / 1000);
	assert_int_equal(give(scratch.ledger, &back), LEDGER_INVALID);
	assert_non_null(strstr(back.request.err.text, "no more"));
	order_is(scratch.ledger, "a", ORDER_REFUNDED, EURO(9));
	dispute(scratch.ledger, &disputed, EURO(1));
	assert_int_equal(disputed.number, LEDGER_REFUNDS_MAX + 1);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_gives_it_when_it_has_done_so),
		cmocka_unit_test(
		    what_a_network_does_not_give_stays_the_merchants),
		cmocka_unit_test(a_reversal_must_be_that_of_the_refund),
		cmocka_unit_test(what_the_network_took_back_is_not_left),
		cmocka_unit_test(refunds_leave_room_for_what_the_network_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

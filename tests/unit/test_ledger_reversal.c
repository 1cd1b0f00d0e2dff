/*
 * test_ledger_reversal.c - a reversal is owed in the transaction that ends
 * its order, once, and until it has ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/ledgers.h"
#include "support/tamper.h"

#define KEY 7

static const char mid[] = "merchant-0", cid[] = "customer-0";
static struct till_error err;

static void
begin(struct scratch *scratch)
{
	scratch_begin(scratch);
	make_people(scratch->ledger, EURO(50));
}

static void
owe(struct ledger_reversal *reversal, const char *jti, const char *reason)
{
	memset(reversal, 0, sizeof(*reversal));
	set_text(reversal->merchant, sizeof(reversal->merchant), mid);
	set_text(reversal->jti, sizeof(reversal->jti), jti);
	set_text(reversal->reason, sizeof(reversal->reason), reason);
	set_text(reversal->original, sizeof(reversal->original),
	    "632612000003");
	set_text(reversal->customer, sizeof(reversal->customer), cid);
	set_text(reversal->instance, sizeof(reversal->instance), "card");
	set_text(reversal->via, sizeof(reversal->via), "bank");
	set_text(reversal->identity, sizeof(reversal->identity), "2");
	reversal->amount.micro = EURO(5);
	set_text(reversal->amount.currency, sizeof(reversal->amount.currency),
	    "EUR");
	reversal->next_ms = 45000;
}

static enum ledger_result
intend(struct ledger *ledger, const char *jti)
{
	struct deal deal;

	deal_intent(&deal, mid, jti, cid, EURO(5), KEY);
	return ledger_apply(ledger, &deal.request);
}

/* End it refused, owing this. */
static enum ledger_result
lose(struct ledger *ledger, const char *jti, enum order_state state,
    unsigned char key, struct ledger_reversal *reversal)
{
	enum ledger_result result;
	struct deal deal;

	deal_end(&deal, mid, jti, cid, EURO(5), state, key);
	deal.request.reversal = reversal;
	result = ledger_apply(ledger, &deal.request);
	if (result != LEDGER_DONE)
		err = deal.request.err;
	return result;
}

static enum ledger_result
reverse(struct ledger *ledger, struct ledger_reversal *reversal)
{
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = reversal,
		.actor = "" };
	enum ledger_result result = ledger_apply(ledger, &request);

	err = request.err;
	return result;
}

static int
count(void *arg, const struct ledger_reversal *reversal)
{
	unsigned int *n = arg;

	assert_string_equal(reversal->merchant, mid);
	(*n)++;
	return 0;
}

static unsigned int
waiting(struct ledger *ledger)
{
	unsigned int n = 0;

	assert_int_equal(ledger_reversing_each(ledger, count, &n, &err), 0);
	return n;
}

static unsigned int
all_of(struct ledger *ledger, const char *m, const char *jti)
{
	unsigned int n = 0;

	assert_int_equal(ledger_reversal_each(ledger, m, jti, count, &n, &err),
	    0);
	return n;
}

static void
it_is_owed_with_the_end_of_its_order(void **state)
{
	struct ledger_reversal owed, found;
	struct ledger_order order;
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	owe(&owed, "a", "timeout");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_DONE);
	assert_int_equal(owed.number, 1);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_order_get(scratch.ledger, mid, "a", &order,
			     &err),
	    0);
	assert_int_equal(order.state, ORDER_REFUSED);
	ledger_order_clear(&order);
	assert_int_equal(ledger_reversal_get(scratch.ledger, mid, "a", 1,
			     &found, &err),
	    0);
	assert_int_equal(found.state, REVERSAL_WAITING);
	assert_string_equal(found.jti, "a");
	assert_int_equal(found.number, 1);
	assert_string_equal(found.reason, "timeout");
	assert_string_equal(found.original, "632612000003");
	assert_string_equal(found.customer, cid);
	assert_string_equal(found.instance, "card");
	assert_string_equal(found.via, "bank");
	assert_string_equal(found.identity, "2");
	assert_int_equal(found.amount.micro, EURO(5));
	assert_int_equal(found.next_ms, 45000);
	assert_memory_equal(found.key, owed.key, sizeof(owed.key));
	assert_int_equal(waiting(scratch.ledger), 1);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
nothing_is_owed_by_what_was_paid_or_never_begun(void **state)
{
	struct ledger_reversal owed;
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	owe(&owed, "a", "timeout");
	/* Never begun. */
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, 0, &owed),
	    LEDGER_INVALID);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	/* Not at its end yet. */
	assert_int_equal(lose(scratch.ledger, "a", ORDER_UNKNOWN, KEY, &owed),
	    LEDGER_INVALID);
	assert_int_equal(reverse(scratch.ledger, &owed), LEDGER_INVALID);
	assert_non_null(strstr(err.text, "being settled"));
	/* Another order's. */
	owe(&owed, "b", "timeout");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_INVALID);
	assert_int_equal(reverse(scratch.ledger, &owed), LEDGER_INVALID);
	assert_non_null(strstr(err.text, "not known"));
	/* Paid: the answer is that, and nothing is owed. */
	deal_bank(&deal, mid, "a", cid, EURO(5), KEY);
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	owe(&owed, "a", "timeout");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_REPEAT);
	assert_int_equal(all_of(scratch.ledger, "", ""), 0);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

static void
what_is_not_well_formed_is_refused(void **state)
{
	struct ledger_reversal owed;
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	owe(&owed, "a", "");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_INVALID);
	owe(&owed, "a", "late");
	owed.original[0] = '\0';
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_INVALID);
	owe(&owed, "a", "late");
	owed.amount.micro = 0;
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_INVALID);
	owe(&owed, "a", "late");
	memset(owed.text, 'x', sizeof(owed.text));
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_INVALID);
	owe(&owed, "a", "late");
	owed.number = 1;
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_INVALID);
	assert_int_equal(reverse(scratch.ledger, &owed), LEDGER_INVALID);
	assert_int_equal(reverse(scratch.ledger, NULL), LEDGER_INVALID);
	assert_int_equal(all_of(scratch.ledger, "", ""), 0);
	scratch_end(&scratch);
}

static void
it_waits_until_it_has_ended(void **state)
{
	struct ledger_reversal owed, change;
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	owe(&owed, "a", "timeout");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_DONE);
	change = owed;
	change.tries = 3;
	change.next_ms = 60000;
	set_text(change.code, sizeof(change.code), "no-answer");
	set_text(change.instance, sizeof(change.instance), "other");
	assert_int_equal(reverse(scratch.ledger, &change), LEDGER_DONE);
	assert_int_equal(change.tries, 3);
	assert_int_equal(change.next_ms, 60000);
	assert_string_equal(change.code, "no-answer");
	/* Whom it is of never changes. */
	assert_string_equal(change.instance, "card");
	change.state = REVERSAL_PARKED;
	assert_int_equal(reverse(scratch.ledger, &change), LEDGER_DONE);
	assert_int_equal(waiting(scratch.ledger), 1);
	change.state = REVERSAL_NONE;
	assert_int_equal(reverse(scratch.ledger, &change), LEDGER_INVALID);
	change.state = REVERSAL_DONE;
	assert_int_equal(reverse(scratch.ledger, &change), LEDGER_DONE);
	assert_int_equal(waiting(scratch.ledger), 0);
	assert_int_equal(all_of(scratch.ledger, mid, "a"), 1);
	change.state = REVERSAL_WAITING;
	assert_int_equal(reverse(scratch.ledger, &change), LEDGER_REPEAT);
	assert_int_equal(change.state, REVERSAL_DONE);
	assert_int_equal(waiting(scratch.ledger), 0);
	change.number = 2;
	assert_int_equal(reverse(scratch.ledger, &change), LEDGER_INVALID);
	verify_well(scratch.ledger, NULL);
	scratch_end(&scratch);
}

/* A late approval is another reversal with a key of its own; told twice it
 * is the same one. */
static void
what_is_told_again_is_owed_once(void **state)
{
	struct ledger_reversal first, late, again;
	struct scratch scratch;

	(void)state;
	begin(&scratch);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	owe(&first, "a", "timeout");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &first),
	    LEDGER_DONE);
	owe(&late, "a", "late");
	set_text(late.id, sizeof(late.id), "000007/1122143200");
	again = late;
	assert_int_equal(reverse(scratch.ledger, &late), LEDGER_DONE);
	assert_int_equal(late.number, 2);
	assert_memory_not_equal(late.key, first.key, sizeof(late.key));
	assert_int_equal(reverse(scratch.ledger, &again), LEDGER_REPEAT);
	assert_int_equal(again.number, 2);
	owe(&again, "a", "late");
	set_text(again.id, sizeof(again.id), "000008/1122143200");
	assert_int_equal(reverse(scratch.ledger, &again), LEDGER_DONE);
	assert_int_equal(again.number, 3);
	assert_int_equal(waiting(scratch.ledger), 3);
	assert_int_equal(all_of(scratch.ledger, mid, "a"), 3);
	assert_int_equal(all_of(scratch.ledger, mid, "b"), 0);
	assert_int_equal(all_of(scratch.ledger, "", ""), 3);
	scratch_end(&scratch);
}

static void
an_order_is_found_by_the_key_of_any_attempt(void **state)
{
	unsigned char key[TILL_KEY_SIZE];
	char m[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct scratch scratch;
	struct deal deal;

	(void)state;
	begin(&scratch);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	deal_intent(&deal, mid, "a", cid, EURO(5), KEY + 1);
	deal.order.attempt = 2;
	assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
	    LEDGER_DONE);
	memcpy(key, deal.order.key, sizeof(key));
	assert_int_equal(ledger_settlement_get(scratch.ledger, key, m, jti,
			     &err),
	    0);
	assert_string_equal(m, mid);
	assert_string_equal(jti, "a");
	deal_intent(&deal, mid, "a", cid, EURO(5), KEY);
	assert_int_equal(ledger_settlement_get(scratch.ledger, deal.order.key,
			     m, jti, &err),
	    0);
	key[0] ^= 1;
	assert_int_equal(ledger_settlement_get(scratch.ledger, key, m, jti,
			     &err),
	    1);
	scratch_end(&scratch);
}

/* One that is owed and not listed would never be asked for. */
static void
verify_finds_what_is_not_listed(void **state)
{
	static const char key[] = "merchant-0\0a\0\0\0\0\0\0\0\0\x01";
	struct ledger_sums sums;
	struct ledger_reversal owed;
	struct scratch scratch;
	uint64_t serial;

	(void)state;
	begin(&scratch);
	assert_int_equal(intend(scratch.ledger, "a"), LEDGER_DONE);
	owe(&owed, "a", "timeout");
	assert_int_equal(lose(scratch.ledger, "a", ORDER_REFUSED, KEY, &owed),
	    LEDGER_DONE);
	scratch_close(&scratch);
	tamper_remove(scratch.dir, "reversing", key, sizeof(key) - 1);
	scratch_open(&scratch);
	assert_int_equal(ledger_verify(scratch.ledger, NULL, NULL, &sums,
			     &serial, &err),
	    -1);
	assert_string_equal(err.text,
	    "a reversal that has not ended is not listed");
	scratch_end(&scratch);
}

struct seen {
	unsigned int len, max;
	char last[TILL_JTI_MAX];
};

static int
note(void *arg, const struct ledger_reversal *reversal)
{
	struct seen *seen = arg;

	if (seen->len == seen->max)
		return 1;
	seen->len++;
	set_text(seen->last, sizeof(seen->last), reversal->jti);
	return 0;
}

/* How many from there on, at most max; the last one's id. */
static struct seen
from(struct ledger *ledger, bool ended, const char *m, const char *jti,
    unsigned int max)
{
	struct seen seen = { .max = max };

	assert_int_not_equal(ledger_reversal_from(ledger, ended, m, jti, 1,
				 note, &seen, &err),
	    -1);
	return seen;
}

static void
a_list_goes_on_where_it_ended(void **state)
{
	static const char *const jtis[] = { "a", "b", "c", "d" };
	struct ledger_reversal owed;
	struct scratch scratch;
	struct deal deal;
	unsigned char i;

	(void)state;
	begin(&scratch);
	for (i = 0; i < sizeof(jtis) / sizeof(jtis[0]); i++) {
		deal_intent(&deal, mid, jtis[i], cid, EURO(5), KEY + i);
		assert_int_equal(ledger_apply(scratch.ledger, &deal.request),
		    LEDGER_DONE);
		owe(&owed, jtis[i], "timeout");
		assert_int_equal(lose(scratch.ledger, jtis[i], ORDER_REFUSED,
				     KEY + i, &owed),
		    LEDGER_DONE);
	}
	owed.state = REVERSAL_DONE;
	assert_int_equal(reverse(scratch.ledger, &owed), LEDGER_DONE);
	assert_int_equal(from(scratch.ledger, true, "", "", 9).len, 4);
	assert_int_equal(from(scratch.ledger, false, "", "", 9).len, 3);
	assert_string_equal(from(scratch.ledger, true, "", "", 2).last, "b");
	assert_string_equal(from(scratch.ledger, true, mid, "b", 1).last, "b");
	assert_int_equal(from(scratch.ledger, true, mid, "b", 9).len, 3);
	assert_int_equal(from(scratch.ledger, false, mid, "b", 9).len, 2);
	assert_int_equal(from(scratch.ledger, true, mid, "bb", 9).len, 2);
	assert_int_equal(from(scratch.ledger, true, mid, "e", 9).len, 0);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_owed_with_the_end_of_its_order),
		cmocka_unit_test(
		    nothing_is_owed_by_what_was_paid_or_never_begun),
		cmocka_unit_test(what_is_not_well_formed_is_refused),
		cmocka_unit_test(it_waits_until_it_has_ended),
		cmocka_unit_test(a_list_goes_on_where_it_ended),
		cmocka_unit_test(what_is_told_again_is_owed_once),
		cmocka_unit_test(an_order_is_found_by_the_key_of_any_attempt),
		cmocka_unit_test(verify_finds_what_is_not_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

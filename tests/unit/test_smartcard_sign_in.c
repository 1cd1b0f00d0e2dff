/*
 * test_smartcard_sign_in.c - a card signs its holder in, and what it signs
 * for that pays nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/holder.h"

#define SERVER "https://pay.example"

static const struct card_paid sign_in = { "alice", SERVER, NULL, NULL };

/* The owner's order becomes a sign-in of alice's. */
static void
asks_to_sign_in(void)
{
	struct till_order *order = &holder.owner.order;

	order->kind = "identity";
	order->merchant = order->jti = order->oid = order->desc = "";
	order->merchant_name = SERVER;
	memset(&order->amount, 0, sizeof(order->amount));
}

static enum till_result
sign(const struct card_paid *what)
{
	char kid[44];

	card_kid(holder.card, kid);
	return holder_pay(holder.card,
	    &(struct card_said){ .alg = "ES256", .kid = kid }, what);
}

static void
test_a_card_signs_in(void **state)
{
	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	asks_to_sign_in();
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	assert_string_equal(holder.ctx->prompts[0].format,
	    "till-card-sign-in-1");
	ASSERT_RESULT(sign(&sign_in), TILL_GRANT);
	assert_int_equal(holder.ctx->level, 2);
	holder_close();
}

static void
test_signature_is_for_this_sign_in_only(void **state)
{
	static const struct card_paid others[] = {
		{ "bob", SERVER, NULL, NULL },
		{ "alice", "https://pay.example.org", NULL, NULL },
		{ "alice", "", NULL, NULL },
	};
	size_t i;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	asks_to_sign_in();
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		holder_refused(sign(&others[i]), "the signature is wrong");
	holder_close();
}

/* With the very challenge of the other's prompt. */
static void
test_neither_serves_for_the_other(void **state)
{
	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	holder_refused(sign(&sign_in), "the signature is wrong");
	asks_to_sign_in();
	holder_refused(sign(&holder_order), "the signature is wrong");
	holder_refused(sign(&(struct card_paid){ holder_order.ticket, "",
			   "0.000000", "" }),
	    "the signature is wrong");
	holder_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_card_signs_in),
		cmocka_unit_test(test_signature_is_for_this_sign_in_only),
		cmocka_unit_test(test_neither_serves_for_the_other),
	};

	return cmocka_run_group_tests(tests, holder_make, holder_free);
}

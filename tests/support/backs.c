/*
 * backs.c - refunds, for tests of the ledger.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/backs.h"

static const char mid[] = "merchant-0", cid[] = "customer-0";

void
post_back(struct back *back, const char *account, int64_t micro,
    enum till_condition condition)
{
	struct ledger_posting *posting =
	    &back->request.postings[back->request.postings_len++];

	set_text(posting->account, sizeof(posting->account), account);
	posting->amount.micro = micro;
	set_text(posting->amount.currency, TILL_CURRENCY_MAX, "EUR");
	posting->condition = condition;
}

void
begin_back(struct back *back, const char *jti, const char *id, int64_t micro)
{
	memset(back, 0, sizeof(*back));
	set_text(back->refund.merchant, sizeof(back->refund.merchant), mid);
	set_text(back->refund.jti, sizeof(back->refund.jti), jti);
	set_text(back->refund.id, sizeof(back->refund.id), id);
	back->refund.amount.micro = micro;
	set_text(back->refund.amount.currency, TILL_CURRENCY_MAX, "EUR");
	back->request.op = LEDGER_REFUND;
	back->request.refund = &back->refund;
	back->request.actor = "operator:test";
}

void
to_wallet(struct back *back, const char *jti, const char *id, int64_t micro)
{
	begin_back(back, jti, id, micro);
	post_back(back, "wallet:customer-0", micro, TILL_ALWAYS);
	post_back(back, "till:merchant-0", -micro, TILL_IF_COVERED);
}

void
to_network(struct back *back, const char *jti, const char *id, int64_t micro)
{
	struct ledger_reversal *reversal = &back->reversal;

	begin_back(back, jti, id, micro);
	set_text(reversal->merchant, sizeof(reversal->merchant), mid);
	set_text(reversal->jti, sizeof(reversal->jti), jti);
	set_text(reversal->reason, sizeof(reversal->reason), "refund");
	set_text(reversal->original, sizeof(reversal->original), "RRN");
	set_text(reversal->customer, sizeof(reversal->customer), cid);
	set_text(reversal->instance, sizeof(reversal->instance), "card");
	reversal->amount = back->refund.amount;
	back->request.reversal = reversal;
}

enum ledger_result
give(struct ledger *ledger, struct back *back)
{
	return ledger_apply(ledger, &back->request);
}

void
order_is(struct ledger *ledger, const char *jti, enum order_state state,
    int64_t refunded)
{
	struct ledger_order order;
	struct till_error err;

	assert_int_equal(ledger_order_get(ledger, mid, jti, &order, &err), 0);
	assert_int_equal(order.state, state);
	assert_int_equal(order.refunded_micro, refunded);
	ledger_order_clear(&order);
}

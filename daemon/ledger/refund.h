/*
 * refund.h - giving back what an order has paid, in whole or in part.
 *
 * An order that is PAID or REFUNDED becomes REFUNDED, and all its refunds
 * together are never more than it has paid.  The merchant's till gives,
 * and only what it covers.  Each refund has an id, unique to its order: the
 * same id with the same amount is a LEDGER_REPEAT with the serial of the
 * first one, with another amount a LEDGER_CONFLICT.
 *
 * What a network took back itself (a reversal with the reason "dispute") is
 * with the customer already: so much less is left.  One that the operator has
 * dropped counts no more for a refund that says settled.
 *
 * It goes back to where the payment came from:
 *
 * Without a reversal the postings are part of the request.  None takes but
 * from the merchant's till, with TILL_IF_COVERED, and from accounts that the
 * payment gave something; none gives but to accounts that the payment took
 * from; what is given is exactly the amount.  An account beside the till, as
 * "fees", gives no more than the same part of what it had, rounded down over
 * all refunds together; what it does not give the till does.  So the wallet of
 * the payer is the only one that can be posted to.
 *
 * With a reversal of the same order, amount and the reason "refund" the
 * payment must have come from one account that is no wallet, a network's.
 * The ledger itself makes the postings, from the till to "refund:pending",
 * in the transaction that makes the reversal owed.  When that ends there is
 * one entry more in the same transaction: REVERSAL_DONE moves the money on
 * to the account that it came from (ENTRY_REFUND_DONE); REVERSAL_DROPPED
 * gives it back to the till, and the order is as if it had not been
 * refunded (ENTRY_REFUND_BACK).  The id stays used.  Those that have a
 * reversal are limited to LEDGER_REFUNDS_MAX of an order (LEDGER_INVALID).
 */
#ifndef LEDGER_REFUND_H
#define LEDGER_REFUND_H

#include <stdbool.h>
#include <stdint.h>

#include <till/money.h>
#include <till/ticket.h>

struct ledger_refund {
	char merchant[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	char id[TILL_JTI_MAX]; /* [A-Za-z0-9._-]{1,64} */
	struct till_money amount;
	bool settled; /* disputes that were dropped count no more */
	/* Set by the ledger when LEDGER_DONE: of the order, with this one. */
	int64_t refunded_micro;
};

#endif

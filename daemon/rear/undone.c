/*
 * undone.c - what is told of a reversal that has ended.
 */
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/herald.h"
#include "rear/refund.h"
#include "rear/undo.h"

static void owe_refund(struct rear *, const struct ledger_reversal *,
    struct ledger_request *, struct undone *);

/* A refund undoes no settlement. */
void
undone_owe(struct rear *rear, const struct ledger_reversal *reversal,
    struct ledger_request *request, struct undone *undone)
{
	const bool done = reversal->state == REVERSAL_DONE;

	memset(undone, 0, sizeof(*undone));
	undone->refund = reversal->refund != 0;
	if (!done && (!undone->refund || reversal->state != REVERSAL_DROPPED))
		return;
	if (ledger_order_get(rear->ledger, reversal->merchant, reversal->jti,
		&undone->order, &request->err) != 0) {
		undone->order.state = ORDER_NONE;
		return;
	}
	if (undone->refund)
		owe_refund(rear, reversal, request, undone);
	else
		request->event = herald_owe_settle(rear, "settle.reversed",
		    &undone->order, &undone->event);
}

void
undone_tell(struct rear *rear, const struct ledger_request *request,
    const struct undone *undone)
{
	if (undone->order.state == ORDER_NONE)
		return;
	if (undone->refund) {
		orders_forget(rear->orders, undone->order.merchant,
		    undone->order.jti);
		herald_booked(rear, &undone->event);
	} else {
		herald_settle(rear, "settle.reversed", &undone->order,
		    request->event);
	}
}

void
undone_clear(struct undone *undone)
{
	ledger_order_clear(&undone->order);
}

static void
owe_refund(struct rear *rear, const struct ledger_reversal *reversal,
    struct ledger_request *request, struct undone *undone)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry != NULL &&
	    ledger_entry_get(rear->ledger, reversal->refund, entry,
		&request->err) == 0) {
		request->event =
		    herald_owe_refund(rear, reversal->state == REVERSAL_DONE,
			&undone->order, refund_id(entry), &reversal->amount,
			reversal->refund, &undone->event);
		memcpy(undone->event.code, reversal->code,
		    sizeof(undone->event.code));
		(void)snprintf(undone->event.text, sizeof(undone->event.text),
		    "%s", reversal->text);
	} else {
		log_line(TILL_LOG_ERROR, "notify.lost", "merchant",
		    reversal->merchant, "jti", reversal->jti, NULL);
	}
	free(entry);
}

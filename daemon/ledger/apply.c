/*
 * apply.c - which file applies which request.
 */
#include "ledger/internal.h"

static enum ledger_result dispatch(struct plan *, struct ledger_request *);

enum ledger_result
apply_request(struct plan *plan, struct ledger_request *request)
{
	/* From here on no allocation can fail: a request is applied wholly
	 * or not at all. */
	if (!batch_reserve(plan->batch))
		return refuse(request, LEDGER_BUSY, "out of memory");
	return dispatch(plan, request);
}

void
put_record(struct plan *plan, enum table table, const struct key *key,
    const struct record_out *out)
{
	struct till_bytes value = { out->data, out->len };

	if (out->bad)
		ledger_die(plan->ledger, "a record", "too long");
	batch_put(plan->batch, table, key, &value);
}

void
add_record(struct plan *plan, enum table table, const struct key *key,
    const struct record_out *out)
{
	struct till_bytes value = { out->data, out->len };

	if (out->bad)
		ledger_die(plan->ledger, "a record", "too long");
	batch_add(plan->batch, table, key, &value);
}

static enum ledger_result
dispatch(struct plan *plan, struct ledger_request *request)
{
	switch (request->op) {
	case LEDGER_INTENT:
	case LEDGER_PAY:
	case LEDGER_END:
		return apply_order(plan, request);
	case LEDGER_BOOK:
		return apply_book(plan, request);
	case LEDGER_CUSTOMER:
		return apply_customer(plan, request);
	case LEDGER_MERCHANT:
		return apply_merchant(plan, request);
	case LEDGER_CREDENTIAL:
		return apply_credential(plan, request);
	case LEDGER_FAILURE:
		return apply_failure(plan, request);
	case LEDGER_META:
		return apply_meta(plan, request);
	case LEDGER_EVENT:
		return apply_event(plan, request);
	case LEDGER_TOLD:
		return apply_told(plan, request);
	case LEDGER_TELL:
		return apply_tell(plan, request);
	case LEDGER_REVERSE:
		return apply_reverse(plan, request);
	case LEDGER_REFUND:
		return apply_refund(plan, request);
	case LEDGER_ALLOWANCE:
		return apply_allowance(plan, request);
	}
	return refuse(request, LEDGER_INVALID, "there is no request %d",
	    (int)request->op);
}

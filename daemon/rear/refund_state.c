/*
 * refund_state.c - what became of a refund, and of what is to be refunded.
 */
#include <string.h>

#include "rear/refund.h"
#include "rear/unit.h"

/* A look for the reversal that carries a refund out. */
struct look {
	uint64_t serial;
	enum reversal_state state; /* NONE: there is none */
};

/* What the network has taken back of an order. */
struct taking {
	const struct till_money *whole;
	bool settled;
	int64_t micro;
};

/* What a customer has again, or is to have. */
struct sum {
	const struct ledger_reversal *refund;
	const struct till_money *whole;
	int64_t micro;
	bool newer; /* a dispute is newer than the refund */
};

static int look_at(void *, const struct ledger_reversal *);
static int add_taken(void *, const struct ledger_reversal *);
static int add_all(void *, const struct ledger_reversal *);

int
refund_state(struct rear *rear, const struct entry *entry,
    enum refund_state *state_r, struct till_error *err)
{
	struct look look = { .serial = entry->serial };

	if (ledger_reversal_each(rear->ledger, entry->merchant, entry->jti,
		look_at, &look, err) == -1)
		return -1;
	switch (look.state) {
	case REVERSAL_NONE:
	case REVERSAL_DONE:
		*state_r = REFUND_IS_DONE;
		break;
	case REVERSAL_WAITING:
	case REVERSAL_PARKED:
		*state_r = REFUND_IS_PENDING;
		break;
	case REVERSAL_DROPPED:
		*state_r = REFUND_IS_RETURNED;
		break;
	}
	return 0;
}

const char *
refund_state_name(enum refund_state state)
{
	switch (state) {
	case REFUND_STATE_NONE:
		return "none";
	case REFUND_IS_PENDING:
		return "pending";
	case REFUND_IS_DONE:
		return "done";
	case REFUND_IS_RETURNED:
		return "returned";
	}
	return "?";
}

/* Behind the last slash of its booking's. */
const char *
refund_id(const struct entry *entry)
{
	const char *slash = strrchr(entry->book_id, '/');

	return slash == NULL ? "" : slash + 1;
}

int
refund_taken(struct rear *rear, const struct ledger_order *order, bool settled,
    int64_t *micro_r, struct till_error *err)
{
	struct taking taking = { .whole = &order->amount, .settled = settled };

	if (ledger_reversal_each(rear->ledger, order->merchant, order->jti,
		add_taken, &taking, err) == -1)
		return -1;
	*micro_r = taking.micro;
	return 0;
}

int
refund_overtaken(struct rear *rear, const struct ledger_reversal *refund,
    bool *overtaken_r, struct till_error *err)
{
	struct sum sum = { .refund = refund };
	struct ledger_order order;
	int r;

	r = ledger_order_get(rear->ledger, refund->merchant, refund->jti,
	    &order, err);
	if (r != 0)
		return r == -1 ? -1 : till_fail(err, "its order is gone");
	sum.whole = &order.amount;
	r = ledger_reversal_each(rear->ledger, refund->merchant, refund->jti,
	    add_all, &sum, err);
	*overtaken_r = sum.newer && sum.micro > order.amount.micro;
	ledger_order_clear(&order);
	return r;
}

static int
look_at(void *arg, const struct ledger_reversal *reversal)
{
	struct look *look = arg;

	if (reversal->refund != look->serial)
		return 0;
	look->state = reversal->state;
	return 1;
}

/* Never more than the whole, which is enough to know. */
static int
add_taken(void *arg, const struct ledger_reversal *reversal)
{
	struct taking *taking = arg;

	taking->micro +=
	    reversal_taken(reversal, taking->whole, taking->settled);
	if (taking->micro < taking->whole->micro)
		return 0;
	taking->micro = taking->whole->micro;
	return 1;
}

/* What was there before it was minded when the refund was made. */
static int
add_all(void *arg, const struct ledger_reversal *reversal)
{
	struct sum *sum = arg;
	const bool newer = reversal->number > sum->refund->number;
	int64_t micro = reversal_taken(reversal, sum->whole, !newer);

	if (micro > 0 && newer)
		sum->newer = true;
	if (reversal->refund != 0 && reversal->state != REVERSAL_DROPPED)
		micro = reversal->amount.micro;
	if (__builtin_add_overflow(sum->micro, micro, &sum->micro))
		sum->micro = INT64_MAX;
	return 0;
}

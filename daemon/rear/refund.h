/*
 * refund.h - giving back what an order has paid, to where it came from.
 *
 * The module that settled the order does it.  One with TILL_CAP_LEDGER
 * proposes the postings, and the refund is made at once; any other is owed
 * a reversal of the reason "refund", which the reverser asks for until it is
 * made or declined: see ledger/refund.h for what becomes of the money.
 */
#ifndef REAR_REFUND_H
#define REAR_REFUND_H

#include "ledger/ledger.h"

#define REFUND_CODE_MAX 24

struct rear;

struct refund_ask {
	const char *mid, *jti; /* the order */
	const char *id; /* [A-Za-z0-9._-]{1,64}: the same one once */
	struct till_money amount; /* micro 0: all that is left */
	const char *note; /* or NULL */
	const char *actor;
	bool settled; /* what the network took back itself, and the operator
		has dropped, may be given back all the same */
};

/* Zero is no end. */
enum refund_end {
	REFUND_NONE = 0,
	REFUND_MADE,
	REFUND_REPEATED, /* it was made before: as it is now */
	REFUND_CONFLICT, /* the id is that of another amount */
	REFUND_NOT_FOUND, /* there is no such order */
	REFUND_REFUSED, /* see code: "not-paid", "amount", "disputed" (the
		network has taken it back itself), "currency", "funds" (of the
		till), "too-many" (of the order's, by a network),
		"unsupported", "declined" */
	REFUND_BUSY /* nothing was done; later it may be */
};

/* What became of the money. */
enum refund_state {
	REFUND_STATE_NONE = 0,
	REFUND_IS_PENDING, /* its network is being asked */
	REFUND_IS_DONE,
	REFUND_IS_RETURNED /* to the merchant: the network declined it */
};

struct refund_answer {
	enum refund_end end;
	/* MADE, REPEATED: */
	uint64_t serial;
	struct till_money amount;
	int64_t time_ms;
	enum refund_state state;
	/* All others: */
	char code[REFUND_CODE_MAX];
	struct till_error err; /* for the operator */
};

/* Waits for the module, if it proposes postings, and for the ledger: not to
 * be called where payments would wait for it. */
void refund_order(struct rear *, const struct refund_ask *,
    struct refund_answer *answer_r);

/* What became of the refund that this entry began; -1: *err. */
int refund_state(struct rear *, const struct entry *,
    enum refund_state *state_r, struct till_error *err);
const char *refund_state_name(enum refund_state);
/* The id of the refund that this entry began; it lives as long as that. */
const char *refund_id(const struct entry *);

/* How much of what the order has paid its network has taken back itself. */
int refund_taken(struct rear *, const struct ledger_order *, bool settled,
    int64_t *micro_r, struct till_error *err);
/* Has the network, since this refund was made, taken back so much itself
 * that the customer would have more than he has paid?  A dispute that the
 * operator has ended counts: how it ended nobody here knows. */
int refund_overtaken(struct rear *, const struct ledger_reversal *refund,
    bool *overtaken_r, struct till_error *err);

#endif

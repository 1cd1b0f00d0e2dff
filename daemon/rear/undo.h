/*
 * undo.h - one reversal that is owed, for reverser.c, which has them all,
 * and undo.c, which asks for one.
 */
#ifndef REAR_UNDO_H
#define REAR_UNDO_H

#include "rear/reverser.h"

/* Code of a refund that the network has overtaken.  It is parked with it;
 * where one that waits has it, the operator has seen that and wants the
 * refund made all the same.  No module's code. */
#define UNDO_TAKEN_BACK "taken-back"

/* One that is owed.  What changes does so under the reverser's lock, or
 * belongs to whoever asks while it is asked. */
struct owed {
	struct job job;
	struct owed *next;
	struct reverser *reverser;
	struct ledger_reversal reversal;
	int64_t due_ms; /* by clock_ms */
	bool asked; /* now */
	bool gone; /* parked or dropped while it is asked */
	bool again; /* the operator wants it tried, while it is asked */
	bool held; /* not asked: it waits for the operator */
};

/* undo.c: ask for it, on a thread of pool; undo_answered follows, there or
 * on another thread of it. */
void undo_ask(struct rear *, struct pool *pool, struct owed *);

/* undone.c: the event that a reversal ends, as herald.h has it for others:
 * settle.reversed, or of a refund that it is made or not. */
struct undone {
	struct ledger_order order; /* state ORDER_NONE: there is no event */
	struct ledger_event event;
	bool refund;
};
void undone_owe(struct rear *, const struct ledger_reversal *,
    struct ledger_request *, struct undone *undone_r);
void undone_tell(struct rear *, const struct ledger_request *,
    const struct undone *);
void undone_clear(struct undone *);

/* reverser.c: what came of it; code and text are the module's. */
void undo_answered(struct owed *, enum till_result, const char *code,
    const char *text);

#endif

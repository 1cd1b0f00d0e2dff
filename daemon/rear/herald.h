/*
 * herald.h - events for the notify stack, after the fact.
 *
 * What "must" lines are owed is recorded by the very transaction that
 * makes it true, or, where there is none, in one of its own; outbox.h says
 * how it is told.  "try" lines are told once, by a thread of their own and
 * from memory.  Nothing that a module does or fails to do holds up an
 * order or changes a verdict.
 */
#ifndef REAR_HERALD_H
#define REAR_HERALD_H

#include <till/error.h>

#include "rear/outbox.h"
#include "rear/run.h"

#define HERALD_QUEUE_MAX 8192 /* events that "try" lines were not told yet */

struct herald;

int herald_start(struct rear *, struct herald **herald_r,
    struct till_error *err);
/* Tells "try" lines what waits, and stops.  NULL is fine. */
void herald_stop(struct herald *);
void herald_reload(struct herald *);
struct outbox *herald_outbox(struct herald *);

/*
 * Before an order's request goes to the ledger: the event that it will
 * make true, in run->event, if a line is owed it; else NULL.  To be
 * called when run->stored says all that it will.
 */
struct ledger_event *herald_owe_order(struct order_run *, enum ledger_op);
/* What has become of an order, if this run has ended it. */
void herald_order(const struct order_run *);
void herald_alert(const struct order_run *, const char *type,
    const char *instance, const char *text);

/* The same two steps for an order in doubt: settle.resolved.  The event is
 * the caller's; event is what the first has returned. */
struct ledger_event *herald_owe_settle(struct rear *, const char *type,
    const struct ledger_order *, struct ledger_event *event_r);
void herald_settle(struct rear *, const char *type, const struct ledger_order *,
    const struct ledger_event *event);

/* And for topup.booked. */
struct ledger_event *herald_owe_topup(struct rear *, const char *cid,
    const struct till_money *, const char *text, struct ledger_event *event_r);

/* And for a refund that is made, refund.made, or is the merchant's again,
 * refund.failed: id and txn are those of the refund. */
struct ledger_event *herald_owe_refund(struct rear *, bool made,
    const struct ledger_order *, const char *id, const struct till_money *,
    uint64_t txn, struct ledger_event *event_r);
/* What one of the last two began, when the ledger has it. */
void herald_booked(struct rear *, const struct ledger_event *event);

/* Events of the unit itself: config.reloaded. */
void herald_unit(struct rear *, const char *type, const char *text);
/* Of an instance, or of a customer ("": of none), outside of any order; any
 * thread, it is raised by another one. */
void herald_alarm(struct rear *, const char *type, const char *cid,
    const char *instance, const char *text);

#endif

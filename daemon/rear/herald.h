/*
 * herald.h - events for the notify stack, after the fact.
 *
 * One thread of its own calls the modules, so what they do or fail to do
 * holds up no order and changes no verdict.  "try" lines are told once.
 * "must" lines are told again, with growing pauses, as long as they answer
 * RETRY_LATER or nothing sound; what they have not taken is kept in
 * memory, at most HERALD_KEPT_MAX events, and ends with the process: a
 * restart loses it, and so does one event more than that, the oldest
 * first, with a line in the log for each.
 */
#ifndef REAR_HERALD_H
#define REAR_HERALD_H

#include <till/error.h>

#include "rear/run.h"

#define HERALD_QUEUE_MAX 8192 /* events not looked at yet */
#define HERALD_KEPT_MAX 8192 /* (event, line) that are to be told again */

struct herald;

int herald_start(struct rear *, struct herald **herald_r,
    struct till_error *err);
/* Tells what waits once, and stops.  NULL is fine. */
void herald_stop(struct herald *);

/* What has become of an order, if this run has ended it. */
void herald_order(const struct order_run *);
void herald_alert(const struct order_run *, const char *type,
    const char *instance, const char *text);
/* The outcome of an order in doubt: settle.unknown, settle.resolved. */
void herald_settle(struct rear *, const char *type,
    const struct ledger_order *);
/* Events of the unit itself: config.reloaded. */
void herald_unit(struct rear *, const char *type, const char *text);

#endif

/*
 * event.h - what happened: as it is recorded, and as it is told.
 */
#ifndef REAR_EVENT_H
#define REAR_EVENT_H

#include <till/error.h>

#include "ledger/ledger.h"
#include "stack/generation.h"
#include "stack/guard.h"

struct rear;

/* Begin one of this type, with an id of its own.  -1: there is no
 * randomness. */
int event_begin(struct ledger_event *, const char *type);
/* Take over what an order says. */
void event_order(struct ledger_event *, const struct ledger_order *);

/* What guards of notify lines may ask of it, at this moment. */
void event_facts(const struct ledger_event *, int64_t time_s,
    const struct conf *, struct facts *facts_r);
/* Set the lines that are owed it by this configuration: the instances of
 * all "must" lines whose guards hold.  False: nobody is. */
bool event_owe(struct ledger_event *, const struct generation *);
/* Has the notify stack a line of this kind? */
bool event_has_line(const struct generation *, enum conf_control);

/* One JSON object, for modules; freed with free.  NULL: out of memory. */
char *event_json(const struct ledger_event *);
/* The event as its merchant may believe it; freed with free. */
int event_sign(struct rear *, const struct ledger_event *, char **token_r,
    struct till_error *err);

#endif

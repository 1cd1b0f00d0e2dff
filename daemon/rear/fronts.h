/*
 * fronts.h - what the front units are told of us: issuer, keys, limits.
 */
#ifndef REAR_FRONTS_H
#define REAR_FRONTS_H

#include "rear/unit.h"

struct fronts *fronts_new(struct rear *); /* NULL: out of memory */
void fronts_free(struct fronts *); /* NULL is fine */

/* FRAME_HELLO: answered, and told again when something changes. */
void fronts_hello(struct fronts *, struct link_peer *, const struct frame *,
    struct frame_writer *);
void fronts_gone(struct fronts *, struct link_peer *);
/* Keys or configuration changed: FRAME_NOTICE to all. */
void fronts_notice(struct fronts *);

#endif

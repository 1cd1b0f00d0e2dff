/*
 * refund_ask.h - a merchant asks for a refund, by a till-refund+jwt (see
 * till/refund.h) of an order of its own.
 */
#ifndef REAR_REFUND_ASK_H
#define REAR_REFUND_ASK_H

#include "link/link.h"
#include "rear/unit.h"

/* FRAME_REFUND; on the link's thread. */
void refund_admit(struct rear *, struct link_peer *, const struct frame *,
    struct frame_writer *);

#endif

/*
 * status.h - what became of a ticket, and a voucher again.
 *
 * Two may ask: the merchant, by a signed request (lib/request.h) over the
 * very path, and the customer of the order, by a session.  Everybody else
 * is told the same as of an order that does not exist.
 */
#ifndef REAR_STATUS_H
#define REAR_STATUS_H

#include "link/link.h"
#include "rear/unit.h"

/* FRAME_STATUS; on the link's thread. */
void status_admit(struct rear *, struct link_peer *, const struct frame *,
    struct frame_writer *);
/* FRAME_HEALTH and FRAME_SIGN_OUT; at once. */
void status_health(struct rear *, struct link_peer *, const struct frame *,
    struct frame_writer *);
void status_sign_out(struct rear *, struct link_peer *, const struct frame *,
    struct frame_writer *);

#endif

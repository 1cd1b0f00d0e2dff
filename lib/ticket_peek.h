/*
 * ticket_peek.h - what a ticket says, believed by nobody.
 */
#ifndef TICKET_PEEK_H
#define TICKET_PEEK_H

#include <stddef.h>

#include <till/error.h>
#include <till/ticket.h>

/*
 * As till_ticket_open, but the signature is not looked at and th is "":
 * for the front unit, which has no merchant's key and shows a ticket
 * that the rear unit has verified.  Freed with till_ticket_free.
 */
int ticket_peek(const char *token, size_t len, struct till_ticket **ticket_r,
    struct till_error *err);

#endif

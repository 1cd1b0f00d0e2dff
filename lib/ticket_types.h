/*
 * ticket_types.h - which typ a ticket of each kind bears.
 */
#ifndef TICKET_TYPES_H
#define TICKET_TYPES_H

#include <till/ticket.h>

/* Both types, and NULL. */
extern const char *const ticket_types[];

const char *ticket_type(enum till_kind kind);

#endif

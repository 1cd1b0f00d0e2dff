/*
 * sealed.h - what a payment server has put its seal to: a voucher, or a
 * refusal.
 *
 * The station has none of the server's keys, and the connection tells it
 * who answers; so the seal itself is the merchant's to verify.  But only
 * one who is a payment server, and means this very ticket, makes such a
 * token: a proxy on the way, or an answer about another order, does not.
 */
#ifndef SEALED_H
#define SEALED_H

#include <stdbool.h>

#include "bill.h"

/* Is this the voucher of this ticket?  False for NULL. */
bool sealed_paid(const char *token, const struct bill *);

/* Is this its refusal?  Then it is never paid: the server signs one for
 * what its ledger has ended.  False for NULL. */
bool sealed_refused(const char *token, const struct bill *);

#endif

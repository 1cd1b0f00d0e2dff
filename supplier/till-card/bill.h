/*
 * bill.h - the ticket that is to be paid, as the station was given it.
 *
 * The station has no merchant's key, so nothing that the ticket says is
 * proven here.  It need not be: what is shown to the customer and what
 * is signed are both made of this one text, and the payment server takes
 * the signature for this ticket only.
 */
#ifndef BILL_H
#define BILL_H

#include <stddef.h>
#include <stdio.h>

#include <till/ticket.h>

#define BILL_FORMAT "till-card-1" /* of the text that is signed */
#define BILL_NONCE 32 /* octets of a challenge */
#define BILL_TEXT_MAX 256 /* octets of the text that is signed */

struct bill {
	char token[TILL_TOKEN_MAX + 1];
	struct till_ticket *ticket; /* th is set */
};

/*
 * Read what a customer gives: a ticket, "-" for one on in (blanks around
 * it are dropped), or the address of its pay page,
 * SERVER/pay?t=TICKET, of the very server that the ticket is addressed
 * to.  Freed with bill_free.
 */
int bill_read(const char *from, FILE *in, struct bill **bill_r,
    struct till_error *);
void bill_free(struct bill *); /* NULL is fine */

/*
 * The text that a card signs for this ticket (doc/protocol.md,
 * "Signatures over a payment"): its length, or 0 if the challenge is not
 * BILL_NONCE octets in base64url.
 */
size_t bill_text(const struct bill *, const char *challenge,
    char text_r[BILL_TEXT_MAX]);

#endif

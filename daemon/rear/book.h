/*
 * book.h - requests to the ledger about an order.
 */
#ifndef REAR_BOOK_H
#define REAR_BOOK_H

#include "rear/clock.h"
#include "rear/run.h"

/* Begin run->ledger about run->stored; a payment keeps the postings that
 * are there. */
void book_begin(struct order_run *, enum ledger_op);
/* Fill run->stored with all that is known of the order now. */
void book_order(struct order_run *);
/* Add the order's counters to the request; sign -1 gives them back. */
void book_count(struct order_run *, int sign);

/* Record that the outcome is unknown. */
enum step order_to_doubt(struct order_run *);

#endif

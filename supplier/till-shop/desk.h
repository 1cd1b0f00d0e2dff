/*
 * desk.h - what the operator of the shop asks of it on the command line.
 */
#ifndef DESK_H
#define DESK_H

#include "shop.h"

struct desk_order {
	bool list; /* the sales */
	const char *sale; /* to be refunded, or NULL */
	const char *amount, *id, *note; /* of the refund, or NULL */
};

/* Do the words belong together? */
bool desk_order_ok(const struct desk_order *);

/* Do it; also while a till-shop serves.  -1: *err, and the exit status: 65
 * for what is refused, 75 for what is to be asked for again. */
int desk(struct shop *, const struct desk_order *, int *status_r,
    struct till_error *err);

#endif

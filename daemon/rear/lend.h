/*
 * lend.h - a customer's bank identity, opened for one call into a module
 * with TILL_CAP_BANK.
 */
#ifndef REAR_LEND_H
#define REAR_LEND_H

#include "module/instance.h"
#include "rear/unit.h"

struct loan {
	/* Which of the customer's it is: "" asks for that of today. */
	char name[IDENTITIES_NAME_MAX];
	char *text; /* in secure memory, or NULL */
};

/*
 * Put it into the settlement, if the module wants it and the customer has
 * it; else that has none.  What was lent before is wiped.  -1: it cannot be
 * read now, so the call must not be made.
 */
int lend(struct rear *, const struct instance *, struct loan *,
    struct till_settlement *, struct till_error *err);
/* Wipe it, and take it out of the settlement. */
void lend_end(struct loan *, struct till_settlement *);

#endif

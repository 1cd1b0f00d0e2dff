/*
 * settlement.h - what a settlement outside the ledger is named by.
 */
#ifndef REAR_SETTLEMENT_H
#define REAR_SETTLEMENT_H

#include <till/module.h>

#include "ledger/ledger.h"

/* Set the digest from verb, payer, payee, amount and original: the same
 * key with another digest is an error.  A query asks with the verb whose
 * outcome it wants, so its digest is that of the charge.  -1 if the
 * library fails. */
int settlement_digest(struct till_settlement *);

/*
 * The postings of a settlement that a network says it has made for this
 * order: those that the module gave, without conditions, as the money has
 * moved, if the ledger will take them (ledger_may_pay); else the amount
 * from bank:clearing to the merchant's till, and err of the request says
 * what was wrong with the others ("": there were none).  So no wallet is
 * ever posted to: it could not be asked any more.  False if the network
 * moved something else than was asked.
 */
bool settlement_postings(const struct till_outcome *,
    const struct ledger_order *, struct ledger_request *);

/* To the log what was wrong with the postings that are not used. */
void settlement_say(const struct ledger_order *, const struct ledger_request *);

/* The kind of a settlement by this module: its name without "settle_". */
const char *settlement_via(const char *module);

#endif

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
 * The postings of a settlement that a network says it has made: those
 * that the module gave, if they are sound, without conditions, as the
 * money has moved; else the amount from bank:clearing to the merchant's
 * till.  Postings to a wallet or out of a till are not sound: a network
 * moves neither, and a wallet that does not cover them could not be asked
 * any more.  False if the network moved something else than was asked.
 */
bool settlement_postings(const struct till_outcome *,
    const struct till_money *amount, const char *mid,
    struct ledger_request *request);

/* The kind of a settlement by this module: its name without "settle_". */
const char *settlement_via(const char *module);

#endif

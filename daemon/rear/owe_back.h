/*
 * owe_back.h - money that moved, or may have, for an order that has ended
 * without it.
 */
#ifndef REAR_OWE_BACK_H
#define REAR_OWE_BACK_H

#include "rear/unit.h"

/*
 * A module has said COMMITTED or LOST of a settlement, but its order had
 * ended meanwhile, as by the operator, and is as in stored.  Unless it was
 * paid by this very settlement, the reversal, as reversal_owe has made it,
 * is entered, once for each key that it is of, and asked for.
 *
 * Any thread but the ledger's; it waits for the ledger, which it tries again
 * for a second if that is busy.  What cannot be entered is in the log.
 * True: it is owed, by this call or before.
 */
bool owe_back(struct rear *, const struct ledger_order *stored,
    struct ledger_reversal *reversal);

#endif

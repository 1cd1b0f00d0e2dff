/*
 * backs.h - refunds, for tests of the ledger: of orders of customer-0 and
 * merchant-0.
 */
#ifndef BACKS_H
#define BACKS_H

#include "support/ledgers.h"

/* A refund with all that belongs to it.  Do not copy it. */
struct back {
	struct ledger_request request;
	struct ledger_refund refund;
	struct ledger_reversal reversal;
};

void begin_back(struct back *, const char *jti, const char *id, int64_t micro);
void post_back(struct back *, const char *account, int64_t micro,
    enum till_condition);
/* From the till to the payer's wallet. */
void to_wallet(struct back *, const char *jti, const char *id, int64_t micro);
void to_network(struct back *, const char *jti, const char *id, int64_t micro);
enum ledger_result give(struct ledger *, struct back *);
/* The order is in this state and has given back so much. */
void order_is(struct ledger *, const char *jti, enum order_state,
    int64_t refunded);

#endif

/*
 * reversal.h - what is kept of a reversal: money that the module which
 * settled an order outside the ledger is to give back.
 *
 * Made in the very transaction that makes it owed, and kept for ever; one
 * that waits or is parked is listed until it has ended.
 */
#ifndef LEDGER_REVERSAL_H
#define LEDGER_REVERSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/order.h"

#define LEDGER_REVERSALS_MAX 1000 /* of one order */
#define LEDGER_REVERSALS_OTHERS                                                \
	100 /* of these are not for refunds, so that                           \
what a network does finds a number however often is given back */
#define LEDGER_REFUNDS_MAX (LEDGER_REVERSALS_MAX - LEDGER_REVERSALS_OTHERS)
#define LEDGER_REASON_MAX 12 /* with NUL */

/* Zero is no state. */
enum reversal_state {
	REVERSAL_NONE = 0,
	REVERSAL_WAITING, /* to be asked for, not before next_ms */
	REVERSAL_PARKED, /* until the operator says what to do; may be new */
	REVERSAL_DONE, /* nothing is, or stays, taken by the settlement */
	REVERSAL_DROPPED /* the operator has settled it otherwise */
};

struct ledger_reversal {
	char merchant[TILL_ID_MAX]; /* of the order */
	char jti[TILL_JTI_MAX];
	uint32_t number; /* of the order's, from 1; set by the ledger */
	enum reversal_state state;
	char reason[LEDGER_REASON_MAX]; /* "timeout", "late", "refund"; or
		"dispute": the network itself took it back, which nobody asks
		for, and the operator settles */
	char original[TILL_REF_MAX]; /* as in struct till_settlement */
	char id[TILL_REF_MAX]; /* the same as of another one of the order: it
		is that one, told again; "": none */
	unsigned char key[TILL_KEY_SIZE]; /* its own; set by the ledger */
	uint64_t refund; /* serial of the entry that it carries out, or 0; set
		by the ledger */
	char customer[TILL_ID_MAX];
	char instance[LEDGER_WORD_MAX], via[LEDGER_WORD_MAX];
	char setup[LEDGER_WORD_MAX]; /* of the instance, as in the order; "":
		whatever it is now */
	char identity[LEDGER_WORD_MAX]; /* name of the payer's bank identity
		at that time, or "" */
	struct till_money amount;
	int64_t created_ms; /* set by the ledger */
	int64_t next_ms; /* wall clock */
	uint32_t tries;
	char code[32], text[128]; /* of the last answer */
};

const char *reversal_state_name(enum reversal_state);

/* How much of the whole, which an order has paid, the network has taken back
 * itself by this one; settled: as in struct ledger_refund.  0 if it is none
 * of these. */
int64_t reversal_taken(const struct ledger_reversal *,
    const struct till_money *whole, bool settled);

#endif

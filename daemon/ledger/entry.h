/*
 * entry.h - an entry of the register.
 */
#ifndef LEDGER_ENTRY_H
#define LEDGER_ENTRY_H

#include <stdint.h>

#include <till/module.h>
#include <till/money.h>
#include <till/ticket.h>

#include "ledger/order.h"

#define LEDGER_NOTE_MAX 256 /* free text of an entry, with NUL */
#define LEDGER_HASH_SIZE 32

struct ledger_posting {
	char account[TILL_ACCOUNT_MAX];
	struct till_money amount; /* added; negative takes away */
	enum till_condition condition;
	int64_t limit_micro;
};

/* Kinds of register entries. */
enum entry_kind {
	ENTRY_NONE = 0,
	ENTRY_PAYMENT,
	ENTRY_IDENTITY, /* no postings */
	ENTRY_TOPUP,
	ENTRY_REFUND, /* in whole, or begun: see refund.h */
	ENTRY_PAYOUT,
	ENTRY_ADJUSTMENT,
	ENTRY_ADMIN, /* an act of an administrator; no postings */
	ENTRY_REFUND_DONE, /* the network has given it */
	ENTRY_REFUND_BACK /* it has not: back to the merchant */
};

struct entry {
	uint64_t serial; /* from 1, without gaps */
	enum entry_kind kind;
	int64_t time_ms;
	unsigned char previous[LEDGER_HASH_SIZE]; /* zero for serial 1 */
	unsigned char hash[LEDGER_HASH_SIZE]; /* of this entry as stored */
	char merchant[TILL_ID_MAX];
	char customer[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	char th[TILL_TH_MAX];
	struct till_money amount;
	char via[LEDGER_WORD_MAX];
	char reference[TILL_REF_MAX];
	char book_id[TILL_TEXT_MAX];
	char note[LEDGER_NOTE_MAX];
	char actor[TILL_JTI_MAX];
	struct ledger_posting postings[TILL_POSTINGS_MAX];
	uint32_t postings_len;
	uint64_t original; /* of a refund: serial of the payment; of its end:
		serial of the refund; else 0 */
	/* The entry before it of the same merchant and of the same
	 * customer, or 0: a statement is a chain within the register. */
	uint64_t merchant_previous, customer_previous;
};

const char *entry_kind_name(enum entry_kind);

#endif

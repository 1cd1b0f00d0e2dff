/*
 * order.h - what is kept of an order.
 */
#ifndef LEDGER_ORDER_H
#define LEDGER_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>
#include <till/money.h>
#include <till/ticket.h>
#include <till/voucher.h>

#define LEDGER_DECISION_MAX 512 /* the rules that decided, with NUL */
#define LEDGER_WORD_MAX 33 /* name of an instance or a way, with NUL */

/* Zero is no state: an order that the ledger does not know. */
enum order_state {
	ORDER_NONE = 0,
	ORDER_INTENT, /* a settlement may have begun */
	ORDER_UNKNOWN, /* its outcome must be found out */
	ORDER_PAID, /* or, for an identity ticket, identified */
	ORDER_REFUSED,
	ORDER_CANCELLED,
	ORDER_EXPIRED,
	ORDER_REFUNDED /* in part or whole; see refunded_micro */
};

/* Zero is not known: of an order that an older version has written. */
enum order_channel { CHANNEL_NONE = 0, CHANNEL_BROWSER, CHANNEL_API };

/* What is kept of an order; (merchant, jti) is its key. */
struct ledger_order {
	char merchant[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	enum order_state state;
	enum till_kind kind;
	char th[TILL_TH_MAX]; /* same id with another hash is a conflict */
	char customer[TILL_ID_MAX]; /* "" if refused before it was known */
	struct till_money amount;
	int64_t refunded_micro;
	uint64_t serial; /* of the entry that paid it; else 0 */
	int64_t time_ms; /* when this state began */
	int64_t auth_time_s;
	enum till_reason reason; /* refused, cancelled */
	char code[32]; /* precise word for the customer: "funds" ... */
	char via[LEDGER_WORD_MAX]; /* kind of the settle instance */
	char instance[LEDGER_WORD_MAX]; /* that settled or will */
	char amr[TILL_AMR_MAX][16];
	uint32_t amr_len;
	uint32_t auth_level;
	/* The intent: made before the call, kept for ever. */
	unsigned char key[TILL_KEY_SIZE];
	unsigned char digest[32];
	uint32_t attempt;
	char reference[TILL_REF_MAX]; /* the network's, "" if none */
	/* Name of the customer's bank identity that the module was given, so
	 * that what is undone goes back there; "": it was given none. */
	char identity[LEDGER_WORD_MAX];
	/* Of the instance when it was asked: a digest of its module and
	 * settings, or "" if not known. */
	char setup[LEDGER_WORD_MAX];
	char decision[LEDGER_DECISION_MAX]; /* which rules decided */
	bool unasked; /* under an allowance: the customer was not asked */
	/* What guards and modules were told beside the ticket. */
	enum order_channel channel;
	char country[3]; /* the merchant's at that time, or "" */
	int64_t decided_s; /* the time that guards saw; 0: not known */
	/* Sum and number of payments since the customer's last strong
	 * authentication, this one included; count 0: nobody asked. */
	int64_t strong_micro, strong_count;
	/* The ticket as received, for evidence; in a request borrowed, in
	 * an answer owned by the order: see ledger_order_clear. */
	char *ticket;
	size_t ticket_len;
};

/* Frees what a ledger_order that was read owns. */
void ledger_order_clear(struct ledger_order *);

/* Names: "paid", "intent"; "api", and NULL for what is not known. */
const char *order_state_name(enum order_state);
const char *order_channel_name(enum order_channel);

#endif

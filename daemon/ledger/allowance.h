/*
 * allowance.h - what a customer lets one merchant have without asking.
 *
 * "Up to 0.10 EUR each and 2.00 EUR a day": of one customer, one merchant
 * and one currency there is at most one.  The payments that were made under
 * it are counted in a counter of its own, whose window is the day; to
 * withdraw it and set it again does not begin the day anew, and a refund
 * does not give back what was counted.
 *
 * Whether it covers a payment is decided in the very transaction that pays
 * or, elsewhere, makes the intent durable: by a counter with "allowance" in
 * the request.  So payments side by side cannot pass it together, and one
 * that was withdrawn, or whose customer is frozen or suspended, covers
 * nothing from that moment on.
 */
#ifndef LEDGER_ALLOWANCE_H
#define LEDGER_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>
#include <till/money.h>
#include <till/ticket.h>

#define LEDGER_ALLOWANCES_MAX 64 /* of one customer */
/* The note of an entry that was paid without asking. */
#define LEDGER_NOTE_ALLOWANCE "allowance"

struct ledger;
struct ledger_counter;

struct ledger_allowance {
	char customer[TILL_ID_MAX];
	char merchant[TILL_ID_MAX];
	/* The largest payment, and the largest sum of one day: of one
	 * currency, above zero, and each is at most day. */
	struct till_money each, day;
	int64_t since_ms; /* when it was set so; the ledger's own */
};

/* Are the two amounts those of an allowance, at most TILL_MICRO_LIMIT? */
bool ledger_allowance_ok(const struct till_money *each,
    const struct till_money *day);

/*
 * The counter of an allowance, for a payment of that amount: window is the
 * start of the day in seconds, and day_micro what the operator lets a
 * customer allow for a day (-1: anything).  Both ids must be ones.
 */
void ledger_allowance_counter(struct ledger_counter *counter_r,
    const char *customer, const char *merchant, const struct till_money *amount,
    int64_t window, int64_t day_micro);

/* Look-ups as those of ledger.h.  Of this customer at this merchant in this
 * currency; and all of a customer's, by merchant and currency. */
int ledger_allowance_get(struct ledger *, const char *cid, const char *mid,
    const char *currency, struct ledger_allowance *allowance_r,
    struct till_error *err);
int ledger_allowance_each(struct ledger *, const char *cid,
    int (*each)(void *arg, const struct ledger_allowance *), void *arg,
    struct till_error *err);

#endif

/*
 * takings.h - a merchant's entries of the register, of some kinds and days, in
 * parts, and what was sold on each of the last days.
 *
 * The chain of the merchant's entries is followed from the newest down, and so
 * many of them are looked at for one part: what a part costs does not grow
 * with the register, nor with what lies between two entries that are wanted.
 */
#ifndef REAR_TAKINGS_H
#define REAR_TAKINGS_H

#include "ledger/entry.h"
#include "ledger/ledger.h"

#define TAKINGS_LOOKS_MAX 20000 /* entries looked at for one part */
#define TAKINGS_DAYS 30 /* of UTC, today among them */
#define TAKINGS_DAY_MS INT64_C(86400000)
#define TAKINGS_KIND(kind) (1u << (kind))

struct takings {
	char mid[TILL_ID_MAX];
	uint32_t kinds; /* TAKINGS_KIND of each that is wanted */
	int64_t since_ms, until_ms; /* from, and before; until 0: no end */
	uint64_t before; /* entries from here on were looked at; 0: none */
	uint32_t looks_max; /* for one part; 0: TAKINGS_LOOKS_MAX */
};

/*
 * Go on, the newest entry first, until each returns non-zero: then that entry
 * is the first one the next time.  The entry lives as long as the call.
 * 1: there may be more, from takings->before down; 0: it is over; -1: *err.
 */
int takings_read(struct takings *, struct ledger *,
    int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err);

/* What an entry gave to an account, 0 if it is not in it; no account is in
 * one entry twice. */
struct till_money takings_posted(const struct entry *, const char *account);

/* What was sold on one day in one currency, refunds not taken off. */
struct takings_day {
	int64_t day_ms; /* its beginning */
	struct till_money sold;
	uint64_t count;
};

/* Sums of the days from since_ms on, in no order. */
struct takings_days {
	int64_t since_ms; /* the beginning of the first day */
	size_t len;
	struct takings_day days[TAKINGS_DAYS * LEDGER_CURRENCIES_MAX];
};

/* Of the last TAKINGS_DAYS at now_ms, wall clock: none yet. */
void takings_days_begin(struct takings_days *, int64_t now_ms);
/* Add a payment; what is older, and what the clock has not come to, is left
 * out.  -1: a sum overflows, or there are too many currencies: *err. */
int takings_days_add(struct takings_days *, const struct entry *,
    struct till_error *err);

#endif

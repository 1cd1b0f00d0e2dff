/*
 * guard.h - is this rule for this ticket?
 *
 * A guard is a pure function of facts: of the ticket, the clock and the
 * customer's counters.  It cannot fail.
 */
#ifndef STACK_GUARD_H
#define STACK_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"

struct facts {
	struct till_money amount;
	const char *merchant;
	const char *customer; /* "" while unknown */
	const char *kind; /* "single", "basket", "identity" */
	/* Of an identity: its customer is to make or change a credential of
	 * his, see rear/sign_in.c. */
	bool enrol;
	const char *channel; /* "browser", "api" */
	unsigned int minute; /* of the day, 0..1439, in the zone of the conf */
	unsigned int weekday; /* 0 Sunday .. 6 */
	int64_t auth_level;
	/* Sum, in the amount's currency, and number of the payments since
	 * the customer's last strong authentication, this one included. */
	int64_t strong_micro;
	int64_t strong_count;
};

/* NULL is always true.  A comparison of amounts is false where the
 * currencies differ, whatever the comparison; "not" turns that round. */
bool guard_holds(const struct guard *, const struct facts *);

/* Whether a guard asks for since-strong counters anywhere. */
bool guard_needs_strong(const struct guard *);

/* Whether a guard asks who the customer is, or what they have shown. */
bool guard_needs_customer(const struct guard *);

/* Set minute and weekday from a time (seconds since 1970 UTC) in the zone,
 * which is conf->zone. */
void facts_set_time(struct facts *, int64_t time_s, const struct zone *);

#endif

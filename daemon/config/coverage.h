/*
 * coverage.h - which tickets the stacks take, found out exactly.
 *
 * Errors: a line that can never be reached, a guard that can never hold.
 * Warnings, per currency: the amounts that no route takes, those that a
 * route takes only under conditions, and likewise those that no line of
 * the auth stack can grant.  A refuse line with a guard says that its
 * tickets are not meant to be taken: of these no warning is given.
 *
 * All holds exactly as long as cases.h has no bound to pass; behind it
 * an error is still certain, and a warning says "under conditions".
 */
#ifndef CONFIG_COVERAGE_H
#define CONFIG_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "config/cases.h"
#include "config/conf.h"

/* Part of conf_check.  Holes are looked for only where there is no error,
 * for a line with a mistake may be the one that closes them. */
void coverage_check(const struct conf *, struct diag *);

/* Part of it: a warning if nobody can ever sign in to see an account. */
void coverage_sign_in(const struct conf *, struct diag *);

/* What becomes of the cases of one band of amounts.  Bit i of a mask is
 * rule i of its stack. */
struct cover {
	struct band band;
	uint64_t takers; /* settle: lines that are the first to match */
	uint64_t lines; /* auth: lines that match in some case */
	uint64_t always; /* auth: those that match in every case */
	bool some, all; /* cases that no line takes: some, or all of them */
	struct facts example; /* one of these cases */
};

/* One band of settle cases; of auth cases. */
void coverage_settle(struct cases *, const struct conf_stack *, size_t band,
    struct cover *cover_r);
void coverage_auth(struct cases *, const struct conf_stack *, size_t band,
    struct cover *cover_r);

/* "from 10.00 to 30.00", "above 30.00", "of any amount": without the
 * currency.  Ends are exact; buf of COVERAGE_RANGE_MAX octets. */
#define COVERAGE_RANGE_MAX 96
const char *coverage_range(const char *currency, const struct band *,
    char *buf);

#endif

/*
 * cases.h - all tickets that guards can tell apart.
 *
 * A guard sees a ticket through its atoms only.  So the amounts of a
 * currency fall into bands, cut at every breakpoint of an atom (at it,
 * right below it and right above it, in millionths), and merchants,
 * customers, hours, weekdays and counters into classes of which each
 * atom says the same.  One representative of each stands for all, and
 * what is found for them holds exactly for every ticket.
 *
 * The number of representatives is bounded: a part of which there are
 * too many is left unknown, and a guard's truth may then be TRUTH_MAYBE.
 */
#ifndef CONFIG_CASES_H
#define CONFIG_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"
#include "stack/guard.h"

#define CASES_ATOMS_MAX 64 /* different ones about one part of a ticket */
#define CASES_VALUES_MAX 128 /* classes of one part */
#define CASES_MAX 50000 /* representatives of one currency */
#define CASES_STACKS_MAX 4
#define CASES_CURRENCIES_MAX 256

enum truth { TRUTH_NO = 1, TRUTH_MAYBE, TRUTH_YES };

enum cases_part {
	PART_MERCHANT,
	PART_CUSTOMER,
	PART_MINUTE,
	PART_WEEKDAY,
	PART_KIND,
	PART_CHANNEL,
	PART_LEVEL,
	PART_STRONG_AMOUNT,
	PART_STRONG_COUNT,
	PARTS
};

/* Amounts from low to high in millionths, both included. */
struct band {
	int64_t low, high;
};

struct cases_values {
	bool unknown;
	size_t len; /* at least 1 */
	const char *words[CASES_VALUES_MAX]; /* "": any other */
	int64_t numbers[CASES_VALUES_MAX];
};

struct cases {
	char currency[TILL_CURRENCY_MAX];
	bool paying;
	/* bands[0] is the price zero of identity tickets. */
	struct band *bands;
	size_t bands_len;
	struct cases_values parts[PARTS];
	size_t at[PARTS]; /* the next one of cases_next */
	size_t band;
	bool end;
};

/*
 * The cases of one currency for the guards of stacks_len stacks.  paying:
 * the payments only, for which the counters since the last strong
 * authentication include the payment itself.  -1: out of memory.
 */
int cases_new(const struct conf_stack *const *stacks, size_t stacks_len,
    const char *currency, bool paying, struct cases **cases_r);
void cases_free(struct cases *); /* NULL is fine */

/* Begin with the cases of one band; then call cases_next until it is
 * false.  Texts in facts live as long as the conf. */
void cases_begin(struct cases *, size_t band);
bool cases_next(struct cases *, struct facts *facts_r);

/* Does it hold for a case?  NULL always does. */
enum truth cases_hold(const struct cases *, const struct guard *,
    const struct facts *);

/* What tells this case from others of its band: "merchant press-1, 22:00";
 * "" if nothing does. */
void cases_describe(const struct cases *, const struct facts *, char *buf,
    size_t size);

/* The currencies of "set currencies" and those that guards name, the
 * former first; returns their number. */
size_t cases_currencies(const struct conf *, char (*list)[TILL_CURRENCY_MAX],
    size_t max);

#endif

/*
 * guard.c - is this rule for this ticket?
 */
#include <stdlib.h>
#include <string.h>

#include "stack/guard.h"

#define DAY_S INT64_C(86400)

static bool compare(enum guard_cmp, int64_t a, int64_t b);
static bool compare_money(const struct guard *, const struct facts *,
    int64_t micro);
static bool compare_word(const struct guard *, const char *word);
static bool is_kind(const struct guard *, const struct facts *);
static bool in_list(const struct conf_list *, const char *word);
static bool in_hours(const struct guard *, unsigned int minute);
static int by_member(const void *word, const void *member);

bool
guard_holds(const struct guard *guard, const struct facts *facts)
{
	if (guard == NULL)
		return true;
	switch (guard->op) {
	case GUARD_AND:
		return guard_holds(guard->left, facts) &&
		    guard_holds(guard->right, facts);
	case GUARD_OR:
		return guard_holds(guard->left, facts) ||
		    guard_holds(guard->right, facts);
	case GUARD_NOT:
		return !guard_holds(guard->left, facts);
	case GUARD_AMOUNT:
		return compare_money(guard, facts, facts->amount.micro);
	case GUARD_CURRENCY:
		return compare_word(guard, facts->amount.currency);
	case GUARD_CURRENCY_IN:
		return in_list(guard->list, facts->amount.currency);
	case GUARD_MERCHANT:
		return compare_word(guard, facts->merchant);
	case GUARD_MERCHANT_IN:
		return in_list(guard->list, facts->merchant);
	case GUARD_CUSTOMER:
		return compare_word(guard, facts->customer);
	case GUARD_CUSTOMER_IN:
		return in_list(guard->list, facts->customer);
	case GUARD_HOUR_IN:
		return in_hours(guard, facts->minute);
	case GUARD_WEEKDAY:
		return compare(guard->cmp, facts->weekday, guard->number);
	case GUARD_KIND:
		return is_kind(guard, facts) == (guard->cmp == CMP_EQ);
	case GUARD_CHANNEL:
		return compare_word(guard, facts->channel);
	case GUARD_AUTH_LEVEL:
		return compare(guard->cmp, facts->auth_level, guard->number);
	case GUARD_STRONG_AMOUNT:
		return compare_money(guard, facts, facts->strong_micro);
	case GUARD_STRONG_COUNT:
		return compare(guard->cmp, facts->strong_count, guard->number);
	}
	/* An op that is none holds for nothing. */
	return false;
}

bool
guard_needs_strong(const struct guard *guard)
{
	return guard != NULL &&
	    (guard->op == GUARD_STRONG_AMOUNT ||
		guard->op == GUARD_STRONG_COUNT ||
		guard_needs_strong(guard->left) ||
		guard_needs_strong(guard->right));
}

bool
guard_needs_customer(const struct guard *guard)
{
	return guard != NULL &&
	    (guard->op == GUARD_CUSTOMER || guard->op == GUARD_CUSTOMER_IN ||
		guard->op == GUARD_AUTH_LEVEL || guard_needs_strong(guard) ||
		guard_needs_customer(guard->left) ||
		guard_needs_customer(guard->right));
}

void
facts_set_time(struct facts *facts, int64_t time_s, const struct zone *zone)
{
	const int64_t local = time_s + zone_offset(zone, time_s);
	int64_t day = local / DAY_S, second = local % DAY_S;

	if (second < 0) {
		second += DAY_S;
		day--;
	}
	facts->minute = (unsigned int)(second / 60);
	/* 1970-01-01 was a Thursday. */
	facts->weekday = (unsigned int)(((day + 4) % 7 + 7) % 7);
}

static bool
compare(enum guard_cmp cmp, int64_t a, int64_t b)
{
	switch (cmp) {
	case CMP_LT:
		return a < b;
	case CMP_LE:
		return a <= b;
	case CMP_GT:
		return a > b;
	case CMP_GE:
		return a >= b;
	case CMP_EQ:
		return a == b;
	case CMP_NE:
		return a != b;
	}
	return false;
}

/* An amount in another currency is not less, not more and not other. */
static bool
compare_money(const struct guard *guard, const struct facts *facts,
    int64_t micro)
{
	return till_money_same_currency(&guard->money, &facts->amount) &&
	    compare(guard->cmp, micro, guard->money.micro);
}

static bool
compare_word(const struct guard *guard, const char *word)
{
	return compare(guard->cmp, strcmp(word, guard->word), 0);
}

/* Who enrols signs in, too: what is asked of the one is asked of the
 * other. */
static bool
is_kind(const struct guard *guard, const struct facts *facts)
{
	if (strcmp(guard->word, "enrol") == 0)
		return facts->enrol;
	return strcmp(guard->word, facts->kind) == 0;
}

static bool
in_list(const struct conf_list *list, const char *word)
{
	return list->members_len > 0 &&
	    bsearch(word, list->members, list->members_len,
		sizeof(*list->members), by_member) != NULL;
}

static bool
in_hours(const struct guard *guard, unsigned int minute)
{
	if (guard->from < guard->to)
		return minute >= guard->from && minute < guard->to;
	return minute >= guard->from || minute < guard->to;
}

static int
by_member(const void *word, const void *member)
{
	return strcmp(word, *(const char *const *)member);
}

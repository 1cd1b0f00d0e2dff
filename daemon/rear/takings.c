/*
 * takings.c - see takings.h.
 */
#include <string.h>

#include "rear/takings.h"

enum step { STEP_OVER = 2, STEP_FULL };

struct reading {
	struct takings *takings;
	int (*each)(void *arg, const struct entry *);
	void *arg;
	uint32_t looks, looks_max;
};

static int visit(void *, const struct entry *);
static bool is_wanted(const struct takings *, const struct entry *);
static struct takings_day *day_of(struct takings_days *, int64_t, const char *);

int
takings_read(struct takings *takings, struct ledger *ledger,
    int (*each)(void *, const struct entry *), void *arg,
    struct till_error *err)
{
	struct reading reading = { .takings = takings,
		.each = each,
		.arg = arg,
		.looks_max = takings->looks_max == 0 ? TAKINGS_LOOKS_MAX
						     : takings->looks_max };
	int r;

	r = ledger_entry_each_of_merchant(ledger, takings->mid, takings->before,
	    visit, &reading, err);
	if (r == -1)
		return -1;
	return r == STEP_FULL ? 1 : 0;
}

struct till_money
takings_posted(const struct entry *entry, const char *account)
{
	struct till_money none = entry->amount;
	uint32_t i;

	for (i = 0; i < entry->postings_len; i++)
		if (strcmp(entry->postings[i].account, account) == 0)
			return entry->postings[i].amount;
	none.micro = 0;
	return none;
}

void
takings_days_begin(struct takings_days *days, int64_t now_ms)
{
	days->since_ms = now_ms - now_ms % TAKINGS_DAY_MS -
	    (TAKINGS_DAYS - 1) * TAKINGS_DAY_MS;
	days->len = 0;
}

int
takings_days_add(struct takings_days *days, const struct entry *entry,
    struct till_error *err)
{
	const int64_t since_ms = entry->time_ms - days->since_ms;
	struct takings_day *day;

	if (since_ms < 0 || since_ms >= TAKINGS_DAYS * TAKINGS_DAY_MS)
		return 0;
	day = day_of(days, entry->time_ms - since_ms % TAKINGS_DAY_MS,
	    entry->amount.currency);
	if (day == NULL)
		return till_fail(err, "sales in too many currencies");
	if (__builtin_add_overflow(day->sold.micro, entry->amount.micro,
		&day->sold.micro))
		return till_fail(err,
		    "the sum of a day overflows at entry "
		    "%llu",
		    (unsigned long long)entry->serial);
	day->count++;
	return 0;
}

/* A part ends before an entry, never behind it: where it is full, the entry
 * at hand is looked at again. */
static int
visit(void *arg, const struct entry *entry)
{
	struct reading *reading = arg;
	struct takings *takings = reading->takings;

	if (reading->looks++ == reading->looks_max)
		return STEP_FULL;
	if (entry->time_ms < takings->since_ms)
		return STEP_OVER;
	if (is_wanted(takings, entry) &&
	    reading->each(reading->arg, entry) != 0)
		return STEP_FULL;
	takings->before = entry->serial;
	return 0;
}

static bool
is_wanted(const struct takings *takings, const struct entry *entry)
{
	return (takings->kinds & TAKINGS_KIND(entry->kind)) != 0 &&
	    (takings->until_ms == 0 || entry->time_ms < takings->until_ms);
}

/* Made if there is room; NULL if not. */
static struct takings_day *
day_of(struct takings_days *days, int64_t day_ms, const char *currency)
{
	struct takings_day *day = days->days;
	size_t i;

	for (i = 0; i < days->len; i++, day++)
		if (day->day_ms == day_ms &&
		    strcmp(day->sold.currency, currency) == 0)
			return day;
	if (i == sizeof(days->days) / sizeof(days->days[0]))
		return NULL;
	days->len++;
	memset(day, 0, sizeof(*day));
	day->day_ms = day_ms;
	memcpy(day->sold.currency, currency, TILL_CURRENCY_MAX);
	return day;
}

/*
 * limits.c - counters of payments: limits of policy modules, and what was
 * paid since the last strong authentication.
 *
 * A counter is looked at when policy runs, and bounded (or expected to be
 * as it was) in the request that pays, so that payments side by side
 * cannot pass together.  Its name says instance, limit and whose it is;
 * sums are per currency, numbers of payments over all currencies.
 */
#include <stdio.h>
#include <string.h>

#include "rear/run.h"

#define STRONG_LEVEL 2 /* auth.level of a strong authentication */
#define ALL_CURRENCIES "all"
#define STEM_MAX (LEDGER_COUNTER_NAME_MAX - 4) /* room for a currency */

static int of_line(struct order_run *, const struct conf_rule *,
    const struct context_limit *);
static const char *window_name(enum till_window);
static int name_of(struct order_run *, const char *, const struct till_limit *,
    char[STEM_MAX]);
static int state_one(struct order_run *, const struct ledger_counter *,
    unsigned int, bool *);
static int look(struct order_run *, const struct ledger_counter *, bool *);
static int add(struct order_run *, const struct ledger_counter *);
static bool is_counted(const struct order_run *, const struct ledger_counter *);
static uint32_t fresh_level(const struct order_run *);
static void strong_names(const struct order_run *, struct ledger_counter *,
    struct ledger_counter *);

int
limits_state(struct order_run *run, const char *instance,
    const struct till_limit *limit, unsigned int parts)
{
	const struct till_money *amount = &run->purchase->ticket->amount;
	const struct conf *conf = run->purchase->generation->conf;
	struct ledger_counter counter = { .max_micro = -1, .max_count = -1 };
	char name[STEM_MAX];
	bool fits = true;
	int n;

	/* Whose limit is it?  As long as that is open, nobody's. */
	if (limit->scope != TILL_SCOPE_MERCHANT &&
	    run->purchase->customer[0] == '\0')
		return 0;
	n = name_of(run, instance, limit, name);
	if (n == -1)
		return -1;
	counter.window = zone_window(conf->zone, limit->window, run->now_s);
	counter.add_micro = amount->micro;
	counter.add_count = 1;
	if (limit->max_micro >= 0) {
		counter.max_micro = limit->max_micro;
		(void)snprintf(counter.name, sizeof(counter.name), "%s/%s",
		    name, amount->currency);
		if (state_one(run, &counter, parts, &fits) == -1)
			return -1;
	}
	if (limit->max_count >= 0) {
		counter.add_micro = 0;
		counter.max_micro = -1;
		counter.max_count = limit->max_count;
		(void)snprintf(counter.name, sizeof(counter.name), "%s/%s",
		    name, ALL_CURRENCIES);
		if (state_one(run, &counter, parts, &fits) == -1)
			return -1;
	}
	return fits ? 0 : 1;
}

/* A line that this walk did not ask states nothing, though it has
 * answered before. */
int
limits_of_auth(struct order_run *run)
{
	const struct conf_stack *stack = &run->purchase->generation->conf->auth;
	const struct auth_line *line;
	bool fits = true;
	size_t i, k;
	int r;

	for (i = 0; i < stack->len; i++) {
		line = &run->purchase->lines[i];
		if (run->auth.lines[i].result != TILL_GRANT)
			continue;
		for (k = 0; k < line->limits_len; k++) {
			r = of_line(run, &stack->rules[i], &line->limits[k]);
			if (r == -1)
				return -1;
			fits = fits && r == 0;
		}
	}
	return fits ? 0 : 1;
}

int
limits_strong(struct order_run *run, struct till_error *err)
{
	struct ledger_counter sum, number;
	int64_t none;

	strong_names(run, &sum, &number);
	run->strong_micro = 0;
	run->strong_count = 0;
	if (ledger_counter_get(run->rear->ledger, sum.name, 0,
		&run->strong_micro, &none, err) == -1 ||
	    ledger_counter_get(run->rear->ledger, number.name, 0, &none,
		&run->strong_count, err) == -1)
		return -1;
	if (__builtin_add_overflow(run->strong_micro, run->facts.amount.micro,
		&run->facts.strong_micro))
		return till_fail(err, "too much was paid");
	run->facts.strong_count = run->strong_count + 1;
	return 0;
}

/*
 * This payment counts, or, where the customer was strongly authenticated
 * for it, the counting begins anew.  Only the sum of its own currency
 * does so: the others stay higher than they might be, which errs on the
 * side of asking.
 */
void
limits_count_strong(struct order_run *run)
{
	struct ledger_counter sum, number;

	strong_names(run, &sum, &number);
	if (!run->purchase->generation->needs_strong ||
	    run->counters_len + 2 > LEDGER_COUNTERS_MAX ||
	    is_counted(run, &sum))
		return;
	sum.add_micro = run->facts.amount.micro;
	sum.expect_micro = run->strong_micro;
	number.add_count = 1;
	number.expect_count = run->strong_count;
	if (fresh_level(run) >= STRONG_LEVEL) {
		sum.reset = number.reset = true;
		sum.expect = number.expect = false;
	}
	run->counters[run->counters_len++] = sum;
	run->counters[run->counters_len++] = number;
}

/* By a line of the settle stack before, which did not pay. */
static bool
is_counted(const struct order_run *run, const struct ledger_counter *counter)
{
	uint32_t i;

	for (i = 0; i < run->counters_len; i++)
		if (strcmp(run->counters[i].name, counter->name) == 0)
			return true;
	return false;
}

static int
of_line(struct order_run *run, const struct conf_rule *rule,
    const struct context_limit *stated)
{
	const struct till_limit limit = {
		.size = sizeof(limit),
		.name = stated->name,
		.scope = stated->scope,
		.window = stated->window,
		.max_micro = stated->max_micro,
		.max_count = stated->max_count,
	};

	return limits_state(run, rule->instance->name, &limit,
	    LIMITS_LOOK | LIMITS_KEEP);
}

static const char *
window_name(enum till_window window)
{
	switch (window) {
	case TILL_WINDOW_HOUR:
		return "hour";
	case TILL_WINDOW_DAY:
		return "day";
	case TILL_WINDOW_WEEK:
		return "week";
	case TILL_WINDOW_MONTH:
		return "month";
	}
	return NULL;
}

/* Ids have no slash, so that no two limits have one name. */
static int
name_of(struct order_run *run, const char *instance,
    const struct till_limit *limit, char name[STEM_MAX])
{
	const char *customer = run->purchase->customer;
	const char *merchant = run->purchase->ticket->iss;
	const char *window = window_name(limit->window);
	int n = -1;

	if (window == NULL || strchr(limit->name, '/') != NULL)
		return -1;
	switch (limit->scope) {
	case TILL_SCOPE_CUSTOMER:
		n = snprintf(name, STEM_MAX, "%s/%s/%s/c/%s", window, instance,
		    limit->name, customer);
		break;
	case TILL_SCOPE_CUSTOMER_AT_MERCHANT:
		n = snprintf(name, STEM_MAX, "%s/%s/%s/cm/%s/%s", window,
		    instance, limit->name, customer, merchant);
		break;
	case TILL_SCOPE_MERCHANT:
		n = snprintf(name, STEM_MAX, "%s/%s/%s/m/%s", window, instance,
		    limit->name, merchant);
		break;
	}
	return n < 0 || n >= STEM_MAX ? -1 : 0;
}

static int
state_one(struct order_run *run, const struct ledger_counter *counter,
    unsigned int parts, bool *fits_r)
{
	if ((parts & LIMITS_LOOK) != 0 && look(run, counter, fits_r) == -1)
		return -1;
	return (parts & LIMITS_KEEP) != 0 ? add(run, counter) : 0;
}

static int
look(struct order_run *run, const struct ledger_counter *counter, bool *fits_r)
{
	int64_t micro = 0, count = 0, sum;
	struct till_error err;

	if (ledger_counter_get(run->rear->ledger, counter->name,
		counter->window, &micro, &count, &err) == -1)
		return -1;
	if (__builtin_add_overflow(micro, counter->add_micro, &sum))
		return -1;
	if ((counter->max_micro >= 0 && sum > counter->max_micro) ||
	    (counter->max_count >= 0 &&
		count + counter->add_count > counter->max_count))
		*fits_r = false;
	return 0;
}

/* A limit that is stated twice counts once, with the lower bound.  Room
 * is left for the two counters since the last strong authentication. */
static int
add(struct order_run *run, const struct ledger_counter *counter)
{
	struct ledger_counter *same;
	uint32_t i;

	for (i = 0; i < run->counters_len; i++) {
		same = &run->counters[i];
		if (strcmp(same->name, counter->name) != 0)
			continue;
		if (counter->max_micro >= 0 &&
		    counter->max_micro < same->max_micro)
			same->max_micro = counter->max_micro;
		if (counter->max_count >= 0 &&
		    counter->max_count < same->max_count)
			same->max_count = counter->max_count;
		return 0;
	}
	if (run->counters_len + 2 >= LEDGER_COUNTERS_MAX)
		return -1;
	run->counters[run->counters_len++] = *counter;
	return 0;
}

/* What a session remembers is not an authentication of now. */
static uint32_t
fresh_level(const struct order_run *run)
{
	size_t i, len = run->purchase->generation->conf->auth.len;
	const struct auth_line *line;
	uint32_t level = 0;

	for (i = 0; i < len; i++) {
		line = &run->purchase->lines[i];
		if (line->answered && !line->remembered &&
		    line->result == TILL_GRANT)
			level += line->level;
	}
	return level;
}

static void
strong_names(const struct order_run *run, struct ledger_counter *sum,
    struct ledger_counter *number)
{
	*sum = (struct ledger_counter){ .max_micro = -1,
		.max_count = -1,
		.expect = true };
	*number = *sum;
	(void)snprintf(sum->name, sizeof(sum->name), "strong/%s/%s",
	    run->purchase->customer, run->purchase->ticket->amount.currency);
	(void)snprintf(number->name, sizeof(number->name), "strong/%s/%s",
	    run->purchase->customer, ALL_CURRENCIES);
}

/*
 * velocity.c - sums and numbers of payments over windows of time.
 *
 * Nothing is counted here: each limit is stated to the server, which
 * counts, and checks once more in the transaction that settles the
 * payment.  A sum says nothing of a payment in another currency.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_rules/policy_rules.h"

#define COUNT_MAX INT64_C(1000000)
#define WORDS_MAX 8 /* of one limit */
#define TEXT_MAX 128 /* octets of one limit */
#define NAME_MAX_OCTETS 24

struct limit {
	char name[NAME_MAX_OCTETS]; /* "c-day-sum": under it is counted */
	enum till_scope scope;
	enum till_window window;
	bool is_count;
	int64_t count;
	struct till_money sum;
};

struct velocity {
	size_t len;
	struct limit limits[LIMITS_MAX];
};

static int limit_read(const char *, struct limit *, struct till_error *);
static size_t split(char *, const char *words[WORDS_MAX]);
static int measure_read(const char *, const char *, struct limit *,
    struct till_error *);
static int count_read(const char *, struct limit *, struct till_error *);
static bool same(const struct limit *, const struct limit *);
static enum till_result state(const struct limit *, const struct till_host *,
    struct till_context *);
static enum till_result refuse(const struct limit *, const struct till_host *,
    struct till_context *);

static const struct {
	const char *word, *per; /* "day", "in a day" */
	enum till_window window;
} windows[] = {
	{ "hour", "in an hour", TILL_WINDOW_HOUR },
	{ "day", "in a day", TILL_WINDOW_DAY },
	{ "week", "in a week", TILL_WINDOW_WEEK },
	{ "month", "in a month", TILL_WINDOW_MONTH },
};

#define WINDOWS (sizeof(windows) / sizeof(windows[0]))

/* The names are those of counters that outlive a configuration. */
static const struct {
	enum till_scope scope;
	const char *name, *pays, *makes, *where;
} scopes[] = {
	{ TILL_SCOPE_CUSTOMER, "c", "a customer pays", "a customer makes", "" },
	{ TILL_SCOPE_CUSTOMER_AT_MERCHANT, "cm", "a customer pays",
	    "a customer makes", " at one merchant" },
	{ TILL_SCOPE_MERCHANT, "m", "a merchant is paid", "a merchant receives",
	    "" },
};

#define SCOPES (sizeof(scopes) / sizeof(scopes[0]))

int
velocity_open(const char *const *words, struct velocity **velocity_r,
    struct till_error *err)
{
	struct velocity *velocity;
	size_t i, k;

	*velocity_r = NULL;
	if (words[0] == NULL)
		return 0;
	velocity = calloc(1, sizeof(*velocity));
	if (velocity == NULL)
		return till_fail(err, "out of memory");
	for (i = 0; words[i] != NULL; i++) {
		if (i == LIMITS_MAX) {
			till_fail(err, "limit is set more than %d times",
			    LIMITS_MAX);
			goto fail;
		}
		if (limit_read(words[i], &velocity->limits[i], err) == -1)
			goto fail;
		for (k = 0; k < i; k++) {
			if (same(&velocity->limits[k], &velocity->limits[i])) {
				till_fail(err,
				    "limit=\"%.60s\" bounds what another "
				    "limit bounds already",
				    words[i]);
				goto fail;
			}
		}
		velocity->len++;
	}
	*velocity_r = velocity;
	return 0;
fail:
	velocity_free(velocity);
	return -1;
}

void
velocity_free(struct velocity *velocity)
{
	free(velocity);
}

/* The first limit that is passed refuses; one that applies and is kept
 * allows. */
enum till_result
velocity_check(const struct velocity *velocity, const struct till_host *host,
    struct till_context *ctx, const struct till_money *amount)
{
	enum till_result verdict = TILL_NO_OPINION;
	const struct limit *limit;
	size_t i;

	for (i = 0; i < velocity->len; i++) {
		limit = &velocity->limits[i];
		if (!limit->is_count &&
		    !till_money_same_currency(&limit->sum, amount))
			continue;
		verdict = state(limit, host, ctx);
		if (verdict != TILL_ALLOW)
			return verdict;
	}
	return verdict;
}

/* [customer | customer at merchant | merchant] NUMBER UNIT per WINDOW */
static int
limit_read(const char *text, struct limit *limit, struct till_error *err)
{
	char copy[TEXT_MAX];
	const char *words[WORDS_MAX] = { NULL };
	size_t len, at = 1, i, s;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		return till_fail(err, "limit=\"%.60s...\" is too long", text);
	len = split(copy, words);
	if (len == 5 && strcmp(words[0], "customer") == 0) {
		s = 0;
	} else if (len == 7 && strcmp(words[0], "customer") == 0 &&
	    strcmp(words[1], "at") == 0 && strcmp(words[2], "merchant") == 0) {
		s = 1;
		at = 3;
	} else if (len == 5 && strcmp(words[0], "merchant") == 0) {
		s = 2;
	} else {
		return till_fail(err,
		    "limit=\"%.60s\" is not like \"customer 100.00 EUR per "
		    "day\", \"customer at merchant 5 payments per hour\" or "
		    "\"merchant 900.00 EUR per week\"",
		    text);
	}
	for (i = 0; i < WINDOWS; i++) {
		if (strcmp(words[at + 3], windows[i].word) == 0)
			break;
	}
	if (i == WINDOWS || strcmp(words[at + 2], "per") != 0)
		return till_fail(err,
		    "limit=\"%.60s\" does not end in per hour, per day, per "
		    "week or per month",
		    text);
	limit->scope = scopes[s].scope;
	limit->window = windows[i].window;
	if (measure_read(words[at], words[at + 1], limit, err) == -1)
		return -1;
	(void)snprintf(limit->name, sizeof(limit->name), "%s-%s-%s",
	    scopes[s].name, windows[i].word, limit->is_count ? "count" : "sum");
	return 0;
}

/* What is behind the last word that fits stays joined to it. */
static size_t
split(char *text, const char *words[WORDS_MAX])
{
	size_t n = 0;
	char *word;

	while (n < WORDS_MAX && (word = strsep(&text, " ")) != NULL) {
		if (word[0] != '\0')
			words[n++] = word;
	}
	return n;
}

static int
measure_read(const char *number, const char *unit, struct limit *limit,
    struct till_error *err)
{
	struct till_error why;

	if (strcmp(unit, "payments") == 0 || strcmp(unit, "payment") == 0)
		return count_read(number, limit, err);
	if (till_money_parse(number, unit, &limit->sum, &why) == -1)
		return till_fail(err, "limit of %.30s %.20s: %.150s", number,
		    unit, why.text);
	return 0;
}

static int
count_read(const char *number, struct limit *limit, struct till_error *err)
{
	const size_t len = strspn(number, "0123456789");
	size_t i;

	limit->is_count = true;
	for (i = 0; i < len && limit->count <= COUNT_MAX; i++)
		limit->count = limit->count * 10 + (number[i] - '0');
	if (len == 0 || number[len] != '\0' || limit->count < 1 ||
	    limit->count > COUNT_MAX)
		return till_fail(err,
		    "limit of '%.30s' payments: a number from 1 to %lld",
		    number, (long long)COUNT_MAX);
	return 0;
}

static bool
same(const struct limit *a, const struct limit *b)
{
	return strcmp(a->name, b->name) == 0 &&
	    (a->is_count || till_money_same_currency(&a->sum, &b->sum));
}

static enum till_result
state(const struct limit *limit, const struct till_host *host,
    struct till_context *ctx)
{
	const struct till_limit stated = { .size = sizeof(stated),
		.name = limit->name,
		.scope = limit->scope,
		.window = limit->window,
		.max_micro = limit->is_count ? -1 : limit->sum.micro,
		.max_count = limit->is_count ? limit->count : -1 };

	switch (host->limit(ctx, &stated)) {
	case 0:
		return TILL_ALLOW;
	case 1:
		return refuse(limit, host, ctx);
	default:
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the limit %s could not be checked", limit->name);
	}
}

static enum till_result
refuse(const struct limit *limit, const struct till_host *host,
    struct till_context *ctx)
{
	char text[TILL_MONEY_MAX];
	size_t s = 0, w = 0;

	while (scopes[s].scope != limit->scope)
		s++;
	while (windows[w].window != limit->window)
		w++;
	if (limit->is_count)
		return host->fail(ctx, TILL_REFUSE, "limit",
		    "%s at most %lld payment%s %s%s", scopes[s].makes,
		    (long long)limit->count, limit->count == 1 ? "" : "s",
		    windows[w].per, scopes[s].where);
	return host->fail(ctx, TILL_REFUSE, "limit", "%s at most %s %s %s%s",
	    scopes[s].pays, till_money_print(&limit->sum, text),
	    limit->sum.currency, windows[w].per, scopes[s].where);
}

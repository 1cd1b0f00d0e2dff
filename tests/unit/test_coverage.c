/*
 * test_coverage.c - what the analysis says of a stack is what trying all
 * tickets says.
 *
 * Stacks are made at random from a small grammar whose tickets can all be
 * tried: then each line, each band of amounts and each hole must come out
 * the same.  The walk of the daemon itself is what is tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/coverage.h"
#include "stack/walk.h"

#define STACKS 400
#define RULES 6
#define TEXT_MAX 8192
#define AMOUNTS 5
#define ATOMS_MANY 72 /* more than CASES_ATOMS_MAX */

static const char head[] = "module pin auth_password\n"
			   "module wallet settle_wallet\n"
			   "list trusted press-1 press-2\n"
			   "auth required pin\n";
static const char tail[] = "settle refuse \"no\"\n";

static const char *const merchants[] = { "press-1", "press-2", "press-3",
	"press-4", NULL };
static const char *const channels[] = { "browser", "api", NULL };
static const char *const kinds[] = { "single", "basket", NULL };
static const char *const currencies[] = { "EUR", "USD", "CHF", NULL };
static const int amounts[AMOUNTS] = { 1, 5, 10, 20, 50 };

/* What trying all tickets gave. */
struct tried {
	uint64_t takers, reached, held;
	bool some, all;
};

static unsigned int
next(uint32_t *seed, unsigned int below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static void append(char *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
append(char *text, const char *fmt, ...)
{
	const size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + len, TEXT_MAX - len, fmt, ap);
	va_end(ap);
}

static void
append_atom(char *text, uint32_t *seed)
{
	static const char *const cmps[] = { "<", "<=", ">", ">=", "==", "!=" };
	const unsigned int cmp = next(seed, 6);

	switch (next(seed, 8)) {
	case 0:
	case 1:
	case 2:
		append(text, "amount %s %d %s", cmps[cmp],
		    amounts[next(seed, AMOUNTS)], currencies[next(seed, 2)]);
		return;
	case 3:
		append(text, "currency %s %s", cmps[4 + next(seed, 2)],
		    currencies[next(seed, 2)]);
		return;
	case 4:
		append(text, "channel %s api", cmps[4 + next(seed, 2)]);
		return;
	case 5:
		append(text, "kind == %s", kinds[next(seed, 2)]);
		return;
	case 6:
		if (next(seed, 2) == 0)
			append(text, "merchant in trusted");
		else
			append(text, "merchant %s press-%u",
			    cmps[4 + next(seed, 2)], 1 + next(seed, 3));
		return;
	case 7:
		append(text, "hour in %02u:00..%02u:00", 6 * next(seed, 2),
		    12 + 6 * next(seed, 2));
		return;
	}
}

static void
append_guard(char *text, uint32_t *seed)
{
	unsigned int i, n = 1 + next(seed, 3);

	for (i = 0; i < n; i++) {
		if (i > 0)
			append(text, next(seed, 3) == 0 ? " or " : " and ");
		if (next(seed, 4) == 0)
			append(text, "not ");
		append_atom(text, seed);
	}
}

static void
make_text(char *text, uint32_t *seed)
{
	static const char *const controls[] = { "route", "route", "route",
		"fallback", "refuse" };
	unsigned int i, n = 1 + next(seed, RULES);
	const char *control;

	text[0] = '\0';
	append(text, "%s", head);
	for (i = 0; i < n; i++) {
		control = controls[i == 0 ? 0 : next(seed, 5)];
		append(text, "settle %s %s when ", control,
		    strcmp(control, "refuse") == 0 ? "\"no\"" : "wallet");
		append_guard(text, seed);
		if (strcmp(control, "route") == 0 && next(seed, 3) == 0)
			append(text, " on not-attempted=refuse");
		append(text, "\n");
	}
	append(text, "%s", tail);
}

/* Which line is asked first, and which may be asked at all if none can
 * settle it. */
static void
try_one(const struct conf_stack *stack, const struct facts *facts,
    struct tried *tried)
{
	const struct conf_rule *rule;
	struct walk walk;
	bool first = true;
	size_t i;

	for (i = 0; i < stack->len; i++)
		if (guard_holds(stack->rules[i].when, facts))
			tried->held |= UINT64_C(1) << i;
	walk_begin(&walk, stack, TILL_SETTLE, facts);
	while (walk_next(&walk, &rule)) {
		if (first)
			tried->takers |= UINT64_C(1) << rule->number;
		first = false;
		tried->reached |= UINT64_C(1) << rule->number;
		walk_answer(&walk, TILL_NOT_ATTEMPTED);
	}
	/* Every stack here ends at a line: refuse, or a route that does not
	 * go on. */
	i = walk.at - 1;
	assert_int_equal(walk.lines[i].effect, LINE_ENDED);
	tried->reached |= UINT64_C(1) << i;
	if (first && stack->rules[i].when != NULL)
		tried->takers |= UINT64_C(1) << i;
	if (first && stack->rules[i].when == NULL)
		tried->some = true;
	else
		tried->all = false;
}

static void
try_amount(const struct conf_stack *stack, const char *currency, int64_t micro,
    struct tried *tried)
{
	struct facts facts = { .amount.micro = micro,
		.customer = "",
		.strong_micro = micro,
		.strong_count = 1 };
	size_t m, c, k;

	memcpy(facts.amount.currency, currency, TILL_CURRENCY_MAX);
	tried->all = true;
	for (m = 0; merchants[m] != NULL; m++)
		for (c = 0; channels[c] != NULL; c++)
			for (k = 0; kinds[k] != NULL; k++)
				for (facts.minute = 0; facts.minute < 1440;
				     facts.minute += 360) {
					facts.merchant = merchants[m];
					facts.channel = channels[c];
					facts.kind = kinds[k];
					try_one(stack, &facts, tried);
				}
}

/* All that the analysis says of one currency. */
static void
compare_currency(const struct conf *conf, const char *text,
    const char *currency, struct tried *all)
{
	const struct conf_stack *const stack = &conf->settle;
	struct cases *cases = NULL;
	struct cover cover;
	struct tried tried;
	int64_t micro;
	size_t i, k;

	assert_int_equal(cases_new(&stack, 1, currency, true, &cases), 0);
	for (i = 1; i < cases->bands_len; i++) {
		coverage_settle(cases, stack, i, &cover);
		for (k = 0; k < 2; k++) {
			micro = k == 0 ? cover.band.low : cover.band.high;
			memset(&tried, 0, sizeof(tried));
			try_amount(stack, currency, micro, &tried);
			if (tried.takers != cover.takers ||
			    tried.some != cover.some || tried.all != cover.all)
				fail_msg("%lld %s: takers %llx %llx, some %d "
					 "%d, all %d %d in\n%s",
				    (long long)micro, currency,
				    (unsigned long long)tried.takers,
				    (unsigned long long)cover.takers,
				    tried.some, cover.some, tried.all,
				    cover.all, text);
			all->reached |= tried.reached;
			all->held |= tried.held;
		}
		if (i > 1)
			assert_int_equal(cover.band.low,
			    cases->bands[i - 1].high + 1);
	}
	assert_int_equal(cover.band.high, TILL_MICRO_LIMIT);
	cases_free(cases);
}

static bool
has_error(const struct diag *diag, unsigned int line)
{
	size_t i;

	for (i = 0; i < diag_size(diag); i++)
		if (diag_at(diag, i)->level == DIAG_ERROR &&
		    diag_at(diag, i)->place.line == line)
			return true;
	return false;
}

/* What could be read, even if there are errors. */
static struct conf *
parse(const char *text, struct diag *diag)
{
	char path[] = "/tmp/till-coverage-XXXXXX";
	struct conf *conf = NULL;
	FILE *file;
	int fd;

	fd = mkstemp(path);
	assert_int_not_equal(fd, -1);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_int_not_equal(fputs(text, file), EOF);
	assert_int_equal(fclose(file), 0);
	(void)conf_read(path, diag, &conf);
	assert_int_equal(unlink(path), 0);
	assert_non_null(conf);
	return conf;
}

static void
compare(const char *text, const struct conf *conf, const struct diag *diag)
{
	struct tried all = { 0 };
	const struct conf_rule *rule;
	size_t i;

	for (i = 0; currencies[i] != NULL; i++)
		compare_currency(conf, text, currencies[i], &all);
	for (i = 0; i + 1 < conf->settle.len; i++) {
		rule = &conf->settle.rules[i];
		if (((all.reached & UINT64_C(1) << i) == 0) !=
		    has_error(diag, rule->place.line))
			fail_msg("line %u: reached %d, error %d in\n%s",
			    rule->place.line,
			    (all.reached & UINT64_C(1) << i) != 0,
			    has_error(diag, rule->place.line), text);
	}
}

static void
test_all_tickets_say_the_same(void **state)
{
	char text[TEXT_MAX];
	unsigned int i, right = 0;
	struct conf *conf;
	struct diag *diag;
	uint32_t seed = 2026;

	(void)state;
	for (i = 0; i < STACKS; i++) {
		make_text(text, &seed);
		diag = diag_new();
		assert_non_null(diag);
		conf = parse(text, diag);
		right += diag_errors(diag) == 0;
		compare(text, conf, diag);
		conf_free(conf);
		diag_free(diag);
	}
	/* Both kinds have been there. */
	assert_in_range(right, STACKS / 20, STACKS - STACKS / 20);
}

static void
append_many(char *text, unsigned int from, unsigned int to)
{
	unsigned int i;

	append(text, "settle route wallet when ");
	for (i = from; i < to; i++)
		append(text, "%smerchant == m-%u", i > from ? " or " : "", i);
	append(text, "\n");
}

/* Where there are more atoms than can be tried nothing is an error that
 * is not certain, and nothing is taken for certain. */
static void
test_what_is_too_much_stays_unknown(void **state)
{
	char text[TEXT_MAX] = "";
	struct conf *conf;
	struct diag *diag;
	size_t i;

	(void)state;
	append(text, "%s", head);
	append_many(text, 0, ATOMS_MANY / 3);
	append_many(text, ATOMS_MANY / 3, 2 * ATOMS_MANY / 3);
	append_many(text, 2 * ATOMS_MANY / 3, ATOMS_MANY);
	append(text,
	    "settle route wallet when merchant == m-1 and amount > 3 "
	    "EUR and amount < 2 EUR\n");
	append(text,
	    "settle route wallet when merchant in trusted and amount "
	    "< 7 EUR\n%s",
	    tail);
	diag = diag_new();
	assert_non_null(diag);
	conf = parse(text, diag);
	assert_int_equal(diag_errors(diag), 1);
	for (i = 0; i < diag_size(diag); i++)
		if (diag_at(diag, i)->level == DIAG_ERROR)
			assert_int_equal(diag_at(diag, i)->place.line, 8);
	conf_free(conf);
	diag_free(diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_tickets_say_the_same),
		cmocka_unit_test(test_what_is_too_much_stays_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * cases.c - all tickets that guards can tell apart.
 */
#include <stdlib.h>
#include <string.h>

#include "config/cases.h"

#define NO_PART PARTS
#define ENROL "enrol" /* a kind of sign-in */

/* The atoms about one part of a ticket. */
struct atoms {
	const struct guard *list[CASES_ATOMS_MAX];
	size_t len;
	bool too_many;
};

struct maker {
	struct cases *cases;
	const struct conf_stack *const *stacks;
	size_t stacks_len;
	enum cases_part part;
	struct atoms atoms;
	uint64_t seen[CASES_VALUES_MAX]; /* what the atoms say of a value */
};

static enum cases_part part_of(const struct guard *);
static int make_bands(struct maker *);
static size_t count_cuts(const struct guard *);
static void add_cuts(const struct cases *, const struct guard *, int64_t *,
    size_t *);
static int by_number(const void *, const void *);
static void make_part(struct maker *, enum cases_part);
static void add_atoms(struct maker *, const struct guard *);
static bool same_atom(const struct guard *, const struct guard *);
static void add_words(struct maker *);
static void add_numbers(struct maker *);
static void add_near(struct maker *, int64_t number, int64_t least);
static void add_value(struct maker *, const char *word, int64_t number);
static void set_part(struct facts *, enum cases_part, const char *word,
    int64_t number);
static void bound(struct cases *);
static bool step(struct cases *);

int
cases_new(const struct conf_stack *const *stacks, size_t stacks_len,
    const char *currency, bool paying, struct cases **cases_r)
{
	struct maker maker = { .stacks = stacks, .stacks_len = stacks_len };
	struct cases *cases;
	size_t part;

	cases = calloc(1, sizeof(*cases));
	if (cases == NULL)
		return -1;
	maker.cases = cases;
	memcpy(cases->currency, currency, TILL_CURRENCY_MAX);
	cases->paying = paying;
	if (make_bands(&maker) == -1) {
		cases_free(cases);
		return -1;
	}
	for (part = 0; part < PARTS; part++)
		make_part(&maker, (enum cases_part)part);
	bound(cases);
	cases->end = true;
	*cases_r = cases;
	return 0;
}

void
cases_free(struct cases *cases)
{
	if (cases == NULL)
		return;
	free(cases->bands);
	free(cases);
}

void
cases_begin(struct cases *cases, size_t band)
{
	memset(cases->at, 0, sizeof(cases->at));
	cases->band = band;
	cases->end = false;
}

bool
cases_next(struct cases *cases, struct facts *facts)
{
	const struct band *band = &cases->bands[cases->band];
	size_t part;

	while (!cases->end) {
		*facts = (struct facts){ .amount.micro = band->low };
		memcpy(facts->amount.currency, cases->currency,
		    TILL_CURRENCY_MAX);
		for (part = 0; part < PARTS; part++)
			set_part(facts, (enum cases_part)part,
			    cases->parts[part].words[cases->at[part]],
			    cases->parts[part].numbers[cases->at[part]]);
		/* What has the price zero is no other kind. */
		if (cases->band == 0)
			facts->kind = "identity";
		cases->end = !step(cases);
		if (facts->enrol && cases->band != 0)
			continue;
		/* The class of a counter is given by its highest value. */
		if (!cases->paying || facts->strong_micro >= band->low)
			return true;
	}
	return false;
}

enum truth
cases_hold(const struct cases *cases, const struct guard *guard,
    const struct facts *facts)
{
	enum cases_part part;
	enum truth a, b;

	if (guard == NULL)
		return TRUTH_YES;
	if (guard->op == GUARD_NOT) {
		a = cases_hold(cases, guard->left, facts);
		return a == TRUTH_MAYBE ? a
		    : a == TRUTH_YES    ? TRUTH_NO
					: TRUTH_YES;
	}
	if (guard->op == GUARD_AND || guard->op == GUARD_OR) {
		a = cases_hold(cases, guard->left, facts);
		b = cases_hold(cases, guard->right, facts);
		return (guard->op == GUARD_AND) == (a < b) ? a : b;
	}
	part = part_of(guard);
	if (part != NO_PART && cases->parts[part].unknown)
		return TRUTH_MAYBE;
	return guard_holds(guard, facts) ? TRUTH_YES : TRUTH_NO;
}

/* NO_PART: it is about the amount or the currency. */
static enum cases_part
part_of(const struct guard *guard)
{
	switch (guard->op) {
	case GUARD_MERCHANT:
	case GUARD_MERCHANT_IN:
		return PART_MERCHANT;
	case GUARD_CUSTOMER:
	case GUARD_CUSTOMER_IN:
		return PART_CUSTOMER;
	case GUARD_HOUR_IN:
		return PART_MINUTE;
	case GUARD_WEEKDAY:
		return PART_WEEKDAY;
	case GUARD_KIND:
		return PART_KIND;
	case GUARD_CHANNEL:
		return PART_CHANNEL;
	case GUARD_AUTH_LEVEL:
		return PART_LEVEL;
	case GUARD_STRONG_AMOUNT:
		return PART_STRONG_AMOUNT;
	case GUARD_STRONG_COUNT:
		return PART_STRONG_COUNT;
	case GUARD_AND:
	case GUARD_OR:
	case GUARD_NOT:
	case GUARD_AMOUNT:
	case GUARD_CURRENCY:
	case GUARD_CURRENCY_IN:
		break;
	}
	return NO_PART;
}

/* A band ends before each breakpoint and at it. */
static int
make_bands(struct maker *maker)
{
	struct cases *cases = maker->cases;
	size_t max = 3, len = 0, i, j;
	int64_t *ends, low = 1;

	for (i = 0; i < maker->stacks_len; i++)
		for (j = 0; j < maker->stacks[i]->len; j++)
			max += count_cuts(maker->stacks[i]->rules[j].when);
	ends = calloc(max, sizeof(*ends));
	cases->bands = calloc(max, sizeof(*cases->bands));
	if (ends == NULL || cases->bands == NULL) {
		free(ends);
		return -1;
	}
	for (i = 0; i < maker->stacks_len; i++)
		for (j = 0; j < maker->stacks[i]->len; j++)
			add_cuts(cases, maker->stacks[i]->rules[j].when, ends,
			    &len);
	ends[len++] = TILL_MICRO_LIMIT;
	qsort(ends, len, sizeof(*ends), by_number);
	cases->bands_len = 1; /* from 0 to 0 */
	for (i = 0; i < len; i++) {
		if (ends[i] < low || ends[i] > TILL_MICRO_LIMIT)
			continue;
		cases->bands[cases->bands_len++] =
		    (struct band){ .low = low, .high = ends[i] };
		low = ends[i] + 1;
	}
	free(ends);
	return 0;
}

static size_t
count_cuts(const struct guard *guard)
{
	return guard == NULL
	    ? 0
	    : 2 + count_cuts(guard->left) + count_cuts(guard->right);
}

static void
add_cuts(const struct cases *cases, const struct guard *guard, int64_t *ends,
    size_t *len)
{
	if (guard == NULL)
		return;
	if ((guard->op == GUARD_AMOUNT || guard->op == GUARD_STRONG_AMOUNT) &&
	    strcmp(guard->money.currency, cases->currency) == 0) {
		ends[(*len)++] = guard->money.micro - 1;
		ends[(*len)++] = guard->money.micro;
	}
	add_cuts(cases, guard->left, ends, len);
	add_cuts(cases, guard->right, ends, len);
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
make_part(struct maker *maker, enum cases_part part)
{
	struct cases_values *values = &maker->cases->parts[part];
	size_t i, j;

	maker->part = part;
	maker->atoms.len = 0;
	maker->atoms.too_many = false;
	for (i = 0; i < maker->stacks_len; i++)
		for (j = 0; j < maker->stacks[i]->len; j++)
			add_atoms(maker, maker->stacks[i]->rules[j].when);
	if (part <= PART_CUSTOMER || part == PART_KIND || part == PART_CHANNEL)
		add_words(maker);
	else
		add_numbers(maker);
	values->unknown = values->unknown || maker->atoms.too_many;
}

static void
add_atoms(struct maker *maker, const struct guard *guard)
{
	struct atoms *atoms = &maker->atoms;
	size_t i;

	if (guard == NULL)
		return;
	add_atoms(maker, guard->left);
	add_atoms(maker, guard->right);
	if (part_of(guard) != maker->part)
		return;
	for (i = 0; i < atoms->len; i++)
		if (same_atom(atoms->list[i], guard))
			return;
	if (atoms->len == CASES_ATOMS_MAX)
		atoms->too_many = true;
	else
		atoms->list[atoms->len++] = guard;
}

static bool
same_atom(const struct guard *a, const struct guard *b)
{
	if (a->op != b->op || a->cmp != b->cmp || a->list != b->list ||
	    a->number != b->number || a->from != b->from || a->to != b->to ||
	    a->money.micro != b->money.micro ||
	    strcmp(a->money.currency, b->money.currency) != 0)
		return false;
	return a->word == b->word ||
	    (a->word != NULL && b->word != NULL &&
		strcmp(a->word, b->word) == 0);
}

static void
add_words(struct maker *maker)
{
	static const char *const kinds[] = { "single", "basket", NULL };
	static const char *const channels[] = { "browser", "api", NULL };
	const char *const *words = NULL;
	const struct guard *atom;
	size_t i, j;

	if (maker->part == PART_KIND)
		words = kinds;
	if (maker->part == PART_CHANNEL)
		words = channels;
	for (i = 0; words != NULL && words[i] != NULL; i++)
		add_value(maker, words[i], 0);
	/* Where nothing tells it from an identity it is none of its own. */
	for (i = 0; maker->part == PART_KIND && i < maker->atoms.len; i++)
		if (strcmp(maker->atoms.list[i]->word, ENROL) == 0)
			add_value(maker, ENROL, 0);
	if (words != NULL)
		return;
	add_value(maker, "", 0);
	for (i = 0; i < maker->atoms.len; i++) {
		atom = maker->atoms.list[i];
		if (atom->list == NULL)
			add_value(maker, atom->word, 0);
		for (j = 0; atom->list != NULL && j < atom->list->members_len;
		     j++)
			add_value(maker, atom->list->members[j], 0);
	}
}

static void
add_numbers(struct maker *maker)
{
	const int64_t counted = maker->cases->paying ? 1 : 0;
	const struct guard *atom;
	size_t i;

	if (maker->part == PART_WEEKDAY)
		for (i = 0; i < 7; i++)
			add_value(maker, "", (int64_t)i);
	else if (maker->part == PART_STRONG_AMOUNT)
		add_value(maker, "", INT64_MAX);
	else
		add_value(maker, "",
		    maker->part == PART_STRONG_COUNT ? counted : 0);
	for (i = 0; i < maker->atoms.len; i++) {
		atom = maker->atoms.list[i];
		if (maker->part == PART_MINUTE) {
			add_value(maker, "", atom->from % 1440);
			add_value(maker, "", atom->to % 1440);
		} else if (maker->part == PART_LEVEL) {
			add_near(maker, atom->number, 0);
		} else if (maker->part == PART_STRONG_COUNT) {
			add_near(maker, atom->number, counted);
		}
	}
	/* From the top down, so that the highest of a class is taken. */
	for (i = maker->cases->bands_len;
	     maker->part == PART_STRONG_AMOUNT && i-- > 0;)
		add_value(maker, "", maker->cases->bands[i].high);
}

static void
add_near(struct maker *maker, int64_t number, int64_t least)
{
	int64_t n;

	for (n = number - 1; n <= number + 1; n++)
		if (n >= least)
			add_value(maker, "", n);
}

/* Only if the atoms do not say the same of another value. */
static void
add_value(struct maker *maker, const char *word, int64_t number)
{
	struct cases_values *values = &maker->cases->parts[maker->part];
	struct facts facts = { .merchant = "",
		.customer = "",
		.kind = "",
		.channel = "" };
	uint64_t seen = 0;
	size_t i;

	memcpy(facts.amount.currency, maker->cases->currency,
	    TILL_CURRENCY_MAX);
	set_part(&facts, maker->part, word, number);
	for (i = 0; i < maker->atoms.len; i++)
		if (guard_holds(maker->atoms.list[i], &facts))
			seen |= UINT64_C(1) << i;
	for (i = 0; i < values->len; i++)
		if (maker->seen[i] == seen)
			return;
	if (values->len == CASES_VALUES_MAX) {
		values->unknown = true;
		return;
	}
	maker->seen[values->len] = seen;
	values->words[values->len] = word;
	values->numbers[values->len++] = number;
}

static void
set_part(struct facts *facts, enum cases_part part, const char *word,
    int64_t number)
{
	switch (part) {
	case PART_MERCHANT:
		facts->merchant = word;
		return;
	case PART_CUSTOMER:
		facts->customer = word;
		return;
	case PART_MINUTE:
		facts->minute = (unsigned int)number;
		return;
	case PART_WEEKDAY:
		facts->weekday = (unsigned int)number;
		return;
	case PART_KIND:
		facts->enrol = strcmp(word, ENROL) == 0;
		facts->kind = facts->enrol ? "identity" : word;
		return;
	case PART_CHANNEL:
		facts->channel = word;
		return;
	case PART_LEVEL:
		facts->auth_level = number;
		return;
	case PART_STRONG_AMOUNT:
		facts->strong_micro = number;
		return;
	case PART_STRONG_COUNT:
		facts->strong_count = number;
		return;
	case PARTS:
		return;
	}
}

/* What would be too many cases stays unknown. */
static void
bound(struct cases *cases)
{
	size_t part, all = cases->bands_len;
	struct cases_values *values;

	for (part = 0; part < PARTS; part++) {
		values = &cases->parts[part];
		if (values->unknown || all * values->len > CASES_MAX) {
			values->unknown = true;
			values->len = 1;
		}
		all *= values->len;
	}
}

/* On to the next case; false behind the last. */
static bool
step(struct cases *cases)
{
	size_t part;

	for (part = 0; part < PARTS; part++) {
		if (++cases->at[part] < cases->parts[part].len)
			return true;
		cases->at[part] = 0;
	}
	return false;
}

/*
 * cases_text.c - cases in words, and the currencies that matter.
 */
#include <stdarg.h>
#include <string.h>

#include "config/cases.h"
#include "config/parse.h"

struct list {
	char (*codes)[TILL_CURRENCY_MAX];
	size_t len, max;
};

static void describe_who(const struct cases *, const struct facts *, char *,
    size_t);
static void describe_when(const struct cases *, const struct facts *, char *,
    size_t);
static void describe_counts(const struct cases *, const struct facts *, char *,
    size_t);
static bool tells(const struct cases *, enum cases_part);
static void add(char *, size_t, const char *, ...)
    __attribute__((format(printf, 3, 4)));
static void add_code(struct list *, const char *, size_t);
static void add_set(struct list *, const struct conf *);
static void add_named(struct list *, const struct guard *);

void
cases_describe(const struct cases *cases, const struct facts *facts, char *buf,
    size_t size)
{
	buf[0] = '\0';
	describe_who(cases, facts, buf, size);
	describe_when(cases, facts, buf, size);
	describe_counts(cases, facts, buf, size);
}

size_t
cases_currencies(const struct conf *conf, char (*codes)[TILL_CURRENCY_MAX],
    size_t max)
{
	const struct conf_stack *const stacks[CASES_STACKS_MAX] = {
		&conf->policy, &conf->auth, &conf->settle, &conf->notify
	};
	struct list list = { .codes = codes, .max = max };
	size_t i, j;

	add_set(&list, conf);
	for (i = 0; i < CASES_STACKS_MAX; i++)
		for (j = 0; j < stacks[i]->len; j++)
			add_named(&list, stacks[i]->rules[j].when);
	return list.len;
}

static void
describe_who(const struct cases *cases, const struct facts *facts, char *buf,
    size_t size)
{
	if (tells(cases, PART_MERCHANT))
		add(buf, size, "%s %s",
		    facts->merchant[0] == '\0' ? "any other" : "merchant",
		    facts->merchant[0] == '\0' ? "merchant" : facts->merchant);
	if (tells(cases, PART_CUSTOMER))
		add(buf, size, "%s %s",
		    facts->customer[0] == '\0' ? "any other" : "customer",
		    facts->customer[0] == '\0' ? "customer" : facts->customer);
	if (tells(cases, PART_KIND))
		add(buf, size, "kind %s", facts->enrol ? "enrol" : facts->kind);
	if (tells(cases, PART_CHANNEL))
		add(buf, size, "channel %s", facts->channel);
}

static void
describe_when(const struct cases *cases, const struct facts *facts, char *buf,
    size_t size)
{
	if (tells(cases, PART_WEEKDAY))
		add(buf, size, "%s", conf_weekday_words[facts->weekday]);
	if (tells(cases, PART_MINUTE))
		add(buf, size, "%02u:%02u", facts->minute / 60,
		    facts->minute % 60);
}

static void
describe_counts(const struct cases *cases, const struct facts *facts, char *buf,
    size_t size)
{
	struct till_money sum = facts->amount;
	char amount[TILL_MONEY_MAX];

	if (tells(cases, PART_LEVEL))
		add(buf, size, "auth.level %lld", (long long)facts->auth_level);
	sum.micro = facts->strong_micro;
	if (tells(cases, PART_STRONG_AMOUNT) && sum.micro == INT64_MAX)
		add(buf, size, "since-strong.amount above all");
	else if (tells(cases, PART_STRONG_AMOUNT))
		add(buf, size, "since-strong.amount %s %s",
		    till_money_print(&sum, amount), sum.currency);
	if (tells(cases, PART_STRONG_COUNT))
		add(buf, size, "since-strong.count %lld",
		    (long long)facts->strong_count);
}

/* Are there others of this part? */
static bool
tells(const struct cases *cases, enum cases_part part)
{
	return cases->parts[part].len > 1;
}

static void
add(char *buf, size_t size, const char *fmt, ...)
{
	const size_t len = strlen(buf);
	const char *comma = len > 0 ? ", " : "";
	va_list ap;

	if (len + strlen(comma) + 1 >= size)
		return;
	memcpy(buf + len, comma, strlen(comma) + 1);
	va_start(ap, fmt);
	(void)vsnprintf(buf + strlen(buf), size - strlen(buf), fmt, ap);
	va_end(ap);
}

static void
add_code(struct list *list, const char *code, size_t len)
{
	char copy[TILL_CURRENCY_MAX] = "";
	size_t i;

	if (len != TILL_CURRENCY_MAX - 1 || list->len == list->max)
		return;
	memcpy(copy, code, len);
	if (till_currency_exponent(copy) == -1)
		return;
	for (i = 0; i < list->len; i++)
		if (strcmp(list->codes[i], copy) == 0)
			return;
	memcpy(list->codes[list->len++], copy, sizeof(copy));
}

static void
add_set(struct list *list, const struct conf *conf)
{
	const char *code = conf_set(conf, "currencies");
	size_t len;

	for (; *code != '\0'; code += len + (code[len] == ' ')) {
		len = strcspn(code, " ");
		add_code(list, code, len);
	}
}

static void
add_named(struct list *list, const struct guard *guard)
{
	size_t i;

	if (guard == NULL)
		return;
	if (guard->op == GUARD_AMOUNT || guard->op == GUARD_STRONG_AMOUNT)
		add_code(list, guard->money.currency,
		    strlen(guard->money.currency));
	if (guard->op == GUARD_CURRENCY)
		add_code(list, guard->word, strlen(guard->word));
	for (i = 0; guard->op == GUARD_CURRENCY_IN && guard->list != NULL &&
	     i < guard->list->members_len;
	     i++)
		add_code(list, guard->list->members[i],
		    strlen(guard->list->members[i]));
	add_named(list, guard->left);
	add_named(list, guard->right);
}

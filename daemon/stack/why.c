/*
 * why.c - why a guard holds for a ticket, or does not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"
#include "stack/why.h"

#define VALUE_MAX 96

static void because(const struct guard *, const struct facts *, FILE *);
static void both(const struct guard *, const struct facts *, FILE *);
static void atom(const struct guard *, const struct facts *, FILE *);
static void money(const struct facts *, int64_t micro, char *, size_t);

const char *
why_guard(const struct guard *guard, const struct facts *facts,
    char buf[WHY_MAX])
{
	FILE *out;

	buf[0] = '\0';
	if (guard == NULL)
		return buf;
	out = fmemopen(buf, WHY_MAX - 1, "w");
	if (out == NULL)
		return buf;
	because(guard, facts, out);
	(void)fclose(out);
	buf[WHY_MAX - 1] = '\0';
	return buf;
}

void
why_value(const struct guard *guard, const struct facts *facts, char *buf,
    size_t size)
{
	const char *text = NULL;

	switch (guard->op) {
	case GUARD_AMOUNT:
		money(facts, facts->amount.micro, buf, size);
		return;
	case GUARD_STRONG_AMOUNT:
		money(facts, facts->strong_micro, buf, size);
		return;
	case GUARD_CURRENCY:
	case GUARD_CURRENCY_IN:
		text = facts->amount.currency;
		break;
	case GUARD_MERCHANT:
	case GUARD_MERCHANT_IN:
		text = facts->merchant;
		break;
	case GUARD_CUSTOMER:
	case GUARD_CUSTOMER_IN:
		text = facts->customer;
		break;
	case GUARD_KIND:
		text = facts->enrol ? "enrol" : facts->kind;
		break;
	case GUARD_CHANNEL:
		text = facts->channel;
		break;
	case GUARD_WEEKDAY:
		text = conf_weekday_words[facts->weekday];
		break;
	case GUARD_HOUR_IN:
		(void)snprintf(buf, size, "%02u:%02u", facts->minute / 60,
		    facts->minute % 60);
		return;
	case GUARD_AUTH_LEVEL:
		(void)snprintf(buf, size, "%lld", (long long)facts->auth_level);
		return;
	case GUARD_STRONG_COUNT:
		(void)snprintf(buf, size, "%lld",
		    (long long)facts->strong_count);
		return;
	case GUARD_AND:
	case GUARD_OR:
	case GUARD_NOT:
		break;
	}
	(void)snprintf(buf, size, "%s",
	    text == NULL || text[0] == '\0' ? "not known" : text);
}

/* Of "and" the first side that fails decides, of "or" the first that
 * holds; otherwise it takes both. */
static void
because(const struct guard *guard, const struct facts *facts, FILE *out)
{
	const bool holds = guard_holds(guard, facts);

	if (guard->op == GUARD_NOT)
		because(guard->left, facts, out);
	else if (guard->op != GUARD_AND && guard->op != GUARD_OR)
		atom(guard, facts, out);
	else if ((guard->op == GUARD_AND) == holds)
		both(guard, facts, out);
	else if (guard_holds(guard->left, facts) == holds)
		because(guard->left, facts, out);
	else
		because(guard->right, facts, out);
}

static void
both(const struct guard *guard, const struct facts *facts, FILE *out)
{
	because(guard->left, facts, out);
	(void)fputs("; ", out);
	because(guard->right, facts, out);
}

static void
atom(const struct guard *guard, const struct facts *facts, FILE *out)
{
	char value[VALUE_MAX];

	why_value(guard, facts, value, sizeof(value));
	conf_dump_guard(guard, out);
	(void)fprintf(out, ": %s, it is %s",
	    guard_holds(guard, facts) ? "yes" : "no", value);
}

static void
money(const struct facts *facts, int64_t micro, char *buf, size_t size)
{
	struct till_money sum = facts->amount;
	char text[TILL_MONEY_MAX];

	sum.micro = micro;
	(void)snprintf(buf, size, "%s %s", till_money_print(&sum, text),
	    sum.currency);
}

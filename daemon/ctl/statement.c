/*
 * statement.c - see statement.h.
 *
 * The lines are those that the server has sent, in several parts, so that
 * they are added up here and not there.
 */
#include <stdio.h>
#include <string.h>

#include <till/money.h>

#include "config/zone.h"
#include "ctl/explain_args.h"
#include "ctl/show.h"
#include "ctl/statement.h"

#define DAY_LEN 10 /* of "2026-11-23" */
#define DAY_MS INT64_C(86400000)
#define SUMS_MAX 16 /* currencies */

/* Of the currencies of a statement: what its lines have left of them. */
struct sums {
	struct till_money list[SUMS_MAX];
	size_t len;
};

static int take_time(json_t *, const char *, const char *, int64_t,
    struct till_error *);
static int read_sums(const json_t *, struct sums *, struct till_error *);
static int read_amount(const char *, struct till_money *, struct till_error *);
static int64_t digits_of(const char **, unsigned int width);
static int add_line(struct sums *, const json_t *, struct till_error *);
static struct till_money *sum_in(struct sums *, const char *);
static void print_balances(const json_t *, const char *);

int
statement_prepare(json_t *args, struct till_error *err)
{
	const json_t *since, *until;

	if (take_time(args, "since", "since-ms", 0, err) == -1 ||
	    take_time(args, "until", "until-ms", DAY_MS, err) == -1)
		return -1;
	since = json_object_get(args, "since-ms");
	until = json_object_get(args, "until-ms");
	if (since != NULL && until != NULL &&
	    json_integer_value(since) >= json_integer_value(until))
		return till_fail(err, "--from is not before --to");
	return 0;
}

int
statement_check(const json_t *reply, struct till_error *err)
{
	const json_t *lines = json_object_get(reply, "lines");
	struct sums sums = { .len = 0 }, closing = { .len = 0 };
	const struct till_money *sum;
	size_t i;

	if (read_sums(json_object_get(reply, "opening"), &sums, err) == -1 ||
	    read_sums(json_object_get(reply, "closing"), &closing, err) == -1)
		return -1;
	/* The newest is the first. */
	for (i = json_array_size(lines); i-- > 0;)
		if (add_line(&sums, json_array_get(lines, i), err) == -1)
			return -1;
	for (i = 0; i < closing.len; i++) {
		sum = sum_in(&sums, closing.list[i].currency);
		if (sum == NULL || sum->micro != closing.list[i].micro)
			break;
	}
	if (i < closing.len || sums.len > closing.len)
		return till_fail(err,
		    "the lines do not lead from the opening to the closing "
		    "balance");
	return 0;
}

void
statement_print(const json_t *reply)
{
	static const struct column columns[] = {
		{ "entry", "serial", true },
		{ "time", "time", false },
		{ "what", "kind", false },
		{ "amount", "amount", true },
		{ "balance", "balance", true },
		{ "fee", "fee", true },
		{ "order", "jti|id", false },
		{ "with", "merchant|customer", false },
		{ "by", "instrument|via", false },
		{ "refund of", "payment", true },
		{ "refunded", "refunded|state", false },
		{ NULL, NULL, false },
	};
	const json_t *lines = json_object_get(reply, "lines");
	json_t *upwards = json_array();
	size_t i;

	for (i = json_array_size(lines); i-- > 0;)
		(void)json_array_append(upwards, json_array_get(lines, i));
	if (json_object_get(reply, "next") != NULL)
		puts("(what is older is left out)");
	print_balances(json_object_get(reply, "opening"), "opening");
	show_table(upwards, columns);
	print_balances(json_object_get(reply, "closing"), "closing");
	json_decref(upwards);
}

static int
take_time(json_t *args, const char *name, const char *number, int64_t day_ms,
    struct till_error *err)
{
	const char *text = json_string_value(json_object_get(args, name));
	char buf[DAY_LEN + sizeof("T00:00Z")];
	struct zone *zone = NULL;
	int64_t time_s = 0;
	int r = -1;

	if (text == NULL)
		return 0;
	if (strlen(text) == DAY_LEN)
		(void)snprintf(buf, sizeof(buf), "%sT00:00Z", text);
	else
		day_ms = 0;
	if (zone_load("UTC", &zone, err) == 0 &&
	    explain_time(strlen(text) == DAY_LEN ? buf : text, zone, &time_s,
		err) == 0) {
		(void)json_object_del(args, name);
		r = json_object_set_new(args, number,
		    json_integer((json_int_t)time_s * 1000 + day_ms));
	}
	zone_free(zone);
	return r;
}

static int
read_sums(const json_t *list, struct sums *sums, struct till_error *err)
{
	struct till_money money, *sum;
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (read_amount(json_string_value(item), &money, err) == -1)
			return -1;
		sum = sum_in(sums, money.currency);
		if (sum == NULL)
			return till_fail(err, "too many currencies");
		sum->micro = money.micro;
	}
	return 0;
}

/* As doc_money writes it: also below zero, and beyond what a ticket may
 * say. */
static int
read_amount(const char *text, struct till_money *money, struct till_error *err)
{
	const char *at = text;
	bool minus;
	int64_t whole, part = 0;

	memset(money, 0, sizeof(*money));
	if (at == NULL)
		return till_fail(err, "an amount is missing");
	minus = *at == '-';
	at += minus;
	whole = digits_of(&at, 0);
	if (*at == '.') {
		at++;
		part = digits_of(&at, 6);
	}
	if (whole == -1 || part == -1 || *at != ' ' ||
	    strlen(at + 1) != TILL_CURRENCY_MAX - 1 ||
	    __builtin_mul_overflow(whole, TILL_MICRO, &money->micro) ||
	    __builtin_add_overflow(money->micro, part, &money->micro))
		return till_fail(err, "'%.40s' is no amount", text);
	memcpy(money->currency, at + 1, TILL_CURRENCY_MAX);
	if (minus)
		money->micro = -money->micro;
	return 0;
}

/* A number; of a fraction (width not 0) as if all its digits were there. */
static int64_t
digits_of(const char **at, unsigned int width)
{
	unsigned int len = 0;
	int64_t number = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++, len++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, **at - '0', &number))
			return -1;
	}
	if (len == 0 || (width > 0 && len > width))
		return -1;
	for (; len < width; len++)
		number *= 10;
	return number;
}

static int
add_line(struct sums *sums, const json_t *line, struct till_error *err)
{
	const char *balance =
	    json_string_value(json_object_get(line, "balance"));
	struct till_money amount, after, *sum;

	/* It went past the account. */
	if (balance == NULL)
		return 0;
	if (read_amount(json_string_value(json_object_get(line, "amount")),
		&amount, err) == -1 ||
	    read_amount(balance, &after, err) == -1)
		return -1;
	sum = sum_in(sums, amount.currency);
	if (sum != NULL &&
	    !__builtin_add_overflow(sum->micro, amount.micro, &sum->micro) &&
	    sum->micro == after.micro)
		return 0;
	return till_fail(err, "entry %lld does not lead to its balance",
	    (long long)json_integer_value(json_object_get(line, "serial")));
}

/* Made if it is not there; NULL if there is no room. */
static struct till_money *
sum_in(struct sums *sums, const char *currency)
{
	struct till_money *sum;
	size_t i;

	for (i = 0; i < sums->len; i++)
		if (strcmp(sums->list[i].currency, currency) == 0)
			return &sums->list[i];
	if (i == SUMS_MAX)
		return NULL;
	sum = &sums->list[sums->len++];
	memset(sum, 0, sizeof(*sum));
	(void)snprintf(sum->currency, sizeof(sum->currency), "%s", currency);
	return sum;
}

static void
print_balances(const json_t *list, const char *title)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	    printf("%s balance: %s\n", title, json_string_value(item));
}

/*
 * locale.c - amounts and times as readers of a language write them.
 *
 * The rules are texts of the catalogue: format.point, format.group (both
 * between digits), format.time with {day} {month} {year} {time}, format.day
 * with the first three, and the months' names.  Times are in UTC and say so.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "front/catalogue.h"

#define NBSP "\302\240" /* U+00A0: an amount is not broken over lines */

struct field {
	const char *name, *value;
};

static const char *fill(const struct catalogue *, const char *, int64_t,
    char[LOCALE_TIME_MAX]);
static const char *word(const struct catalogue *, const char *);
static void append(char *, size_t, const char *, size_t);

const char *
locale_decimal(const struct catalogue *catalogue, const char *decimal,
    char buf[LOCALE_AMOUNT_MAX])
{
	const char *group = word(catalogue, "format.group");
	size_t whole = strcspn(decimal, "."), i;

	buf[0] = '\0';
	for (i = 0; i < whole; i++) {
		append(buf, LOCALE_AMOUNT_MAX, decimal + i, 1);
		if (i + 1 < whole && (whole - i - 1) % 3 == 0 &&
		    decimal[i] != '-')
			append(buf, LOCALE_AMOUNT_MAX, group, strlen(group));
	}
	if (decimal[whole] == '.') {
		append(buf, LOCALE_AMOUNT_MAX, word(catalogue, "format.point"),
		    strlen(word(catalogue, "format.point")));
		append(buf, LOCALE_AMOUNT_MAX, decimal + whole + 1,
		    strlen(decimal + whole + 1));
	}
	return buf;
}

const char *
locale_amount(const struct catalogue *catalogue, const struct till_money *money,
    char buf[LOCALE_AMOUNT_MAX])
{
	char decimal[TILL_MONEY_MAX];

	(void)locale_decimal(catalogue, till_money_print(money, decimal), buf);
	append(buf, LOCALE_AMOUNT_MAX, NBSP, strlen(NBSP));
	append(buf, LOCALE_AMOUNT_MAX, money->currency,
	    strlen(money->currency));
	return buf;
}

const char *
locale_time(const struct catalogue *catalogue, int64_t time_s,
    char buf[LOCALE_TIME_MAX])
{
	return fill(catalogue, word(catalogue, "format.time"), time_s, buf);
}

const char *
locale_day(const struct catalogue *catalogue, int64_t time_s,
    char buf[LOCALE_TIME_MAX])
{
	return fill(catalogue, word(catalogue, "format.day"), time_s, buf);
}

static const char *
fill(const struct catalogue *catalogue, const char *p, int64_t time_s,
    char buf[LOCALE_TIME_MAX])
{
	const char *close;
	char day[16], year[16], clock[32], key[32];
	struct field fields[] = { { "{day}", day }, { "{month}", NULL },
		{ "{year}", year }, { "{time}", clock } };
	const time_t when = (time_t)time_s;
	struct tm tm;
	size_t i;

	if (gmtime_r(&when, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	(void)snprintf(day, sizeof(day), "%d", tm.tm_mday);
	(void)snprintf(year, sizeof(year), "%d", tm.tm_year + 1900);
	(void)snprintf(clock, sizeof(clock), "%02d:%02d", tm.tm_hour,
	    tm.tm_min);
	(void)snprintf(key, sizeof(key), "month.%d", tm.tm_mon + 1);
	fields[1].value = word(catalogue, key);
	buf[0] = '\0';
	while (*p != '\0') {
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (strncmp(p, fields[i].name,
				strlen(fields[i].name)) == 0)
				break;
		if (i < sizeof(fields) / sizeof(fields[0])) {
			append(buf, LOCALE_TIME_MAX, fields[i].value,
			    strlen(fields[i].value));
			p += strlen(fields[i].name);
			continue;
		}
		close = p + 1 + strcspn(p + 1, "{");
		append(buf, LOCALE_TIME_MAX, p, (size_t)(close - p));
		p = close;
	}
	return buf;
}

static const char *
word(const struct catalogue *catalogue, const char *key)
{
	const char *text = catalogue_word(catalogue, key);

	return text == NULL ? "" : text;
}

/* What does not fit is left out: the sizes have room for any number. */
static void
append(char *buf, size_t size, const char *text, size_t len)
{
	size_t at = strlen(buf);

	if (at + len >= size)
		return;
	memcpy(buf + at, text, len);
	buf[at + len] = '\0';
}

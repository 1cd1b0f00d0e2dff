/*
 * zone_rule.c - summer time by rule, as POSIX' TZ variable writes it.
 *
 * POSIX.1-2017, section 8.3, with the wider hours of RFC 8536, section
 * 3.3.1: "CET-1CEST,M3.5.0,M10.5.0/3".
 */
#include <ctype.h>
#include <stddef.h>

#include "zone_rule.h"

#define DAY INT64_C(86400)
#define CHANGE_S 7200 /* when nothing is said: at two o'clock */

static int name(const char **at);
static int offset(const char **at, int32_t *);
static int change(const char **at, struct zone_change *);
static int clock_time(const char **at, unsigned int hours_max, int32_t *);
static int number(const char **at, unsigned int max, unsigned int *);
static int64_t change_at(const struct zone_change *, int64_t year);
static bool leap_year(int64_t year);

int
zone_rule_parse(const char *text, struct zone_rule *rule_r)
{
	struct zone_rule rule = { 0 };
	const char *at = text;

	if (name(&at) == -1 || offset(&at, &rule.standard) == -1)
		return -1;
	if (*at != '\0') {
		rule.has_summer = true;
		rule.summer = rule.standard + 3600;
		if (name(&at) == -1)
			return -1;
		if (*at != ',' && offset(&at, &rule.summer) == -1)
			return -1;
		if (change(&at, &rule.begin) == -1 ||
		    change(&at, &rule.end) == -1)
			return -1;
	}
	if (*at != '\0')
		return -1;
	*rule_r = rule;
	return 0;
}

int32_t
zone_rule_offset(const struct zone_rule *rule, int64_t time_s)
{
	const int64_t local = time_s + rule->standard;
	int64_t year, begin, end;
	bool summer;

	if (!rule->has_summer)
		return rule->standard;
	year = zone_date(local / DAY - (local % DAY < 0)).year;
	begin = change_at(&rule->begin, year) - rule->standard;
	end = change_at(&rule->end, year) - rule->summer;
	/* In the south the summer goes over the turn of the year. */
	if (begin < end)
		summer = time_s >= begin && time_s < end;
	else
		summer = time_s >= begin || time_s < end;
	return summer ? rule->summer : rule->standard;
}

int64_t
zone_day(int64_t year, unsigned int month, unsigned int day)
{
	int64_t era, of_era;
	unsigned int of_year;

	/* Years from March on: the day that may be missing is the last. */
	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = year - era * 400;
	of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

struct zone_date
zone_date(int64_t day)
{
	struct zone_date date;
	int64_t era, of_era, year, of_year;
	unsigned int month;

	day += 719468;
	era = (day >= 0 ? day : day - 146096) / 146097;
	of_era = day - era * 146097;
	year =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (unsigned int)((5 * of_year + 2) / 153);
	date.day = (unsigned int)(of_year - (153 * month + 2) / 5 + 1);
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = year + era * 400 + (date.month <= 2);
	return date;
}

/* Three letters or more, or anything between < and >. */
static int
name(const char **at)
{
	size_t len = 0;

	if (**at == '<') {
		while (**at != '>' && **at != '\0')
			(*at)++;
		return *(*at)++ == '>' ? 0 : -1;
	}
	while (isalpha((unsigned char)**at)) {
		(*at)++;
		len++;
	}
	return len >= 3 ? 0 : -1;
}

/* POSIX counts to the west, we count to the east. */
static int
offset(const char **at, int32_t *offset_r)
{
	int32_t west;

	if (clock_time(at, 24, &west) == -1)
		return -1;
	*offset_r = -west;
	return 0;
}

static int
change(const char **at, struct zone_change *change_r)
{
	struct zone_change c = { .second = CHANGE_S };
	int r;

	if (*(*at)++ != ',')
		return -1;
	if (**at == 'M') {
		c.kind = ZONE_DAY_OF_WEEK;
		(*at)++;
		if (number(at, 12, &c.month) == -1 || *(*at)++ != '.' ||
		    number(at, 5, &c.week) == -1 || *(*at)++ != '.' ||
		    number(at, 6, &c.day) == -1 || c.month == 0 || c.week == 0)
			return -1;
		r = 0;
	} else if (**at == 'J') {
		c.kind = ZONE_DAY_JULIAN;
		(*at)++;
		r = number(at, 365, &c.day);
		if (c.day == 0)
			return -1;
	} else {
		c.kind = ZONE_DAY_OF_YEAR;
		r = number(at, 365, &c.day);
	}
	if (r == 0 && **at == '/') {
		(*at)++;
		r = clock_time(at, 167, &c.second);
	}
	*change_r = c;
	return r;
}

/* [+-]hh[:mm[:ss]] */
static int
clock_time(const char **at, unsigned int hours_max, int32_t *seconds_r)
{
	unsigned int hours, minutes = 0, seconds = 0;
	bool minus = **at == '-';

	if (**at == '-' || **at == '+')
		(*at)++;
	if (number(at, hours_max, &hours) == -1)
		return -1;
	if (**at == ':') {
		(*at)++;
		if (number(at, 59, &minutes) == -1)
			return -1;
		if (**at == ':') {
			(*at)++;
			if (number(at, 59, &seconds) == -1)
				return -1;
		}
	}
	*seconds_r = (int32_t)(hours * 3600 + minutes * 60 + seconds);
	if (minus)
		*seconds_r = -*seconds_r;
	return 0;
}

static int
number(const char **at, unsigned int max, unsigned int *number_r)
{
	unsigned int n = 0;

	if (!isdigit((unsigned char)**at))
		return -1;
	while (isdigit((unsigned char)**at)) {
		n = n * 10 + (unsigned int)(**at - '0');
		if (n > max)
			return -1;
		(*at)++;
	}
	*number_r = n;
	return 0;
}

/* When the clock that goes before the change shows it, as if that were
 * UTC. */
static int64_t
change_at(const struct zone_change *c, int64_t year)
{
	int64_t day = 0, first, next;

	switch (c->kind) {
	case ZONE_DAY_JULIAN:
		day = zone_day(year, 1, 1) + c->day - 1;
		if (leap_year(year) && c->day >= 60)
			day++;
		break;
	case ZONE_DAY_OF_YEAR:
		day = zone_day(year, 1, 1) + c->day;
		break;
	case ZONE_DAY_OF_WEEK:
		first = zone_day(year, c->month, 1);
		next = c->month == 12 ? zone_day(year + 1, 1, 1)
				      : zone_day(year, c->month + 1, 1);
		/* Day 0 was a Thursday; the millions keep the days
		 * before it positive. */
		day = first + (c->day + 7 - (first + 7000000 + 4) % 7) % 7 +
		    (c->week - 1) * 7;
		if (day >= next)
			day -= 7;
		break;
	}
	return day * DAY + c->second;
}

static bool
leap_year(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

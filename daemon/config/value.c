/*
 * value.c - values as they are written in till.conf.
 */
#include <stddef.h>
#include <string.h>

#include "config/value.h"

#define DIGITS "0123456789"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit durations[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "d", 24 * 60 * 60 * 1000 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "KB", 1024 },
	{ "MB", 1024 * 1024 },
	{ "GB", 1024 * 1024 * 1024 },
	{ NULL, 0 },
};

static int digits(const char *text, size_t len, int64_t max, int64_t *);
static int with_unit(const char *text, const struct unit *, int64_t *);

int
value_number(const char *text, int64_t max, int64_t *number_r)
{
	return digits(text, strlen(text), max, number_r);
}

int
value_duration(const char *text, int64_t *ms_r)
{
	return with_unit(text, durations, ms_r);
}

int
value_size(const char *text, int64_t *octets_r)
{
	return with_unit(text, sizes, octets_r);
}

int
value_time_of_day(const char *text, int64_t *minutes_r)
{
	int64_t hour, minute;

	if (strlen(text) != 5 || text[2] != ':' || strspn(text, DIGITS) != 2 ||
	    strspn(text + 3, DIGITS) != 2)
		return -1;
	hour = (text[0] - '0') * 10 + (text[1] - '0');
	minute = (text[3] - '0') * 10 + (text[4] - '0');
	if (minute > 59 || hour * 60 + minute > 24 * 60)
		return -1;
	*minutes_r = hour * 60 + minute;
	return 0;
}

static int
digits(const char *text, size_t len, int64_t max, int64_t *number_r)
{
	int64_t number = 0;
	size_t i;

	if (len == 0 || strspn(text, DIGITS) < len)
		return -1;
	if (len > 1 && text[0] == '0')
		return -1;
	for (i = 0; i < len; i++) {
		if (number > max / 10 || number * 10 > max - (text[i] - '0'))
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	*number_r = number;
	return 0;
}

static int
with_unit(const char *text, const struct unit *unit, int64_t *value_r)
{
	const size_t len = strspn(text, DIGITS);
	int64_t number;

	while (unit->name != NULL && strcmp(unit->name, text + len) != 0)
		unit++;
	if (unit->name == NULL)
		return -1;
	if (digits(text, len, INT64_MAX / unit->factor, &number) == -1)
		return -1;
	*value_r = number * unit->factor;
	return 0;
}

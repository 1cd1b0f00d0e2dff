/*
 * zone_rule.h - summer time by rule, as POSIX' TZ variable writes it.
 */
#ifndef ZONE_RULE_H
#define ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define ZONE_RULE_MAX 128 /* octets of one rule, with its NUL */

enum zone_day_kind {
	ZONE_DAY_JULIAN = 1, /* Jn: 1..365, 29 February is not counted */
	ZONE_DAY_OF_YEAR, /* n: 0..365, it is */
	ZONE_DAY_OF_WEEK /* Mm.w.d: weekday d of week w of month m */
};

struct zone_change {
	enum zone_day_kind kind;
	unsigned int month, week, day;
	int32_t second; /* of that day, on the clock before the change */
};

struct zone_rule {
	int32_t standard, summer; /* seconds east of UTC */
	bool has_summer;
	struct zone_change begin, end; /* of summer time */
};

struct zone_date {
	int64_t year;
	unsigned int month, day; /* from 1 */
};

int zone_rule_parse(const char *text, struct zone_rule *rule_r);
int32_t zone_rule_offset(const struct zone_rule *, int64_t time_s);

/* Days since 1970-01-01 in the Gregorian calendar, and back. */
int64_t zone_day(int64_t year, unsigned int month, unsigned int day);
struct zone_date zone_date(int64_t day);

#endif
